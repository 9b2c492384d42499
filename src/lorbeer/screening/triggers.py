"""The database itself refuses to alter a sealed vote, its ratings and its project votes, whoever asks and however.

The services refuse first, with a sentence. These triggers are for everything that goes around them.
"""

# ruff: noqa: S608  every name in these statements is our own

from collections.abc import Iterator
from typing import Any

from django.db import connections

REASON = "a sealed vote never changes"
SHEET = ("screening_rating", "screening_projectvote")


def create_after_migration(sender: Any, using: str, **kwargs: Any) -> None:
    """Handler of post_migrate."""
    connection = connections[using]
    if "screening_vote" in connection.introspection.table_names():
        create_triggers(connection)


def create_triggers(connection: Any) -> None:
    """Make the triggers anew; does nothing that a second call would change."""
    statements = {"sqlite": sqlite, "postgresql": postgresql}[connection.vendor]
    with connection.cursor() as cursor:
        for statement in statements():
            cursor.execute(statement)


def missing_triggers(connection: Any) -> list[str]:
    """Names of the triggers that the database should have and has not."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'")
        present = {name for (name,) in cursor.fetchall()}
    return [name for name in names(connection.vendor) if name not in present]


def names(vendor: str) -> list[str]:
    verbs = {"sqlite": ("insert", "update", "delete"), "postgresql": ("change", "truncate")}[vendor]
    return [f"{table}_sealed_{verb}" for table in ("screening_vote", *SHEET) for verb in verbs]


def sqlite() -> Iterator[str]:
    def trigger(table: str, verb: str, condition: str) -> Iterator[str]:
        yield f"DROP TRIGGER IF EXISTS {table}_sealed_{verb}"
        yield (
            f"CREATE TRIGGER {table}_sealed_{verb} BEFORE {verb.upper()} ON {table} "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{REASON}'); END"
        )

    yield from trigger("screening_vote", "update", "OLD.sealed_at IS NOT NULL")
    yield from trigger("screening_vote", "delete", "OLD.sealed_at IS NOT NULL")
    # INSERT OR REPLACE deletes without asking the trigger above.
    yield from trigger(
        "screening_vote",
        "insert",
        "EXISTS (SELECT 1 FROM screening_vote WHERE sealed_at IS NOT NULL AND (id = NEW.id OR code = NEW.code"
        " OR (entry_id = NEW.entry_id AND (seat = NEW.seat OR screener_id = NEW.screener_id))))",
    )
    for table in SHEET:
        for verb, rows in (("insert", ("NEW",)), ("update", ("OLD", "NEW")), ("delete", ("OLD",))):
            votes = ", ".join(f"{row}.vote_id" for row in rows)
            replaced = f" OR id IN (SELECT vote_id FROM {table} WHERE id = NEW.id)" if verb == "insert" else ""
            condition = (
                f"EXISTS (SELECT 1 FROM screening_vote WHERE sealed_at IS NOT NULL AND (id IN ({votes}){replaced}))"
            )
            yield from trigger(table, verb, condition)


def postgresql() -> Iterator[str]:
    yield f"""
        CREATE OR REPLACE FUNCTION screening_refuse_vote() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.sealed_at IS NOT NULL THEN
                RAISE EXCEPTION '{REASON}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$"""
    yield f"""
        CREATE OR REPLACE FUNCTION screening_refuse_sheet() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF (TG_OP <> 'INSERT' AND EXISTS (
                    SELECT 1 FROM screening_vote WHERE id = OLD.vote_id AND sealed_at IS NOT NULL))
                OR (TG_OP <> 'DELETE' AND EXISTS (
                    SELECT 1 FROM screening_vote WHERE id = NEW.vote_id AND sealed_at IS NOT NULL))
            THEN
                RAISE EXCEPTION '{REASON}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$"""
    yield f"""
        CREATE OR REPLACE FUNCTION screening_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF EXISTS (SELECT 1 FROM screening_vote WHERE sealed_at IS NOT NULL) THEN
                RAISE EXCEPTION '{REASON}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$"""
    for table, verbs, function in (
        ("screening_vote", "UPDATE OR DELETE", "screening_refuse_vote"),
        *((table, "INSERT OR UPDATE OR DELETE", "screening_refuse_sheet") for table in SHEET),
    ):
        yield f"DROP TRIGGER IF EXISTS {table}_sealed_change ON {table}"
        yield (
            f"CREATE TRIGGER {table}_sealed_change BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
        yield f"DROP TRIGGER IF EXISTS {table}_sealed_truncate ON {table}"
        yield (
            f"CREATE TRIGGER {table}_sealed_truncate BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION screening_refuse_truncate()"
        )
