"""What somebody with the keys of the database can do."""

from django.db import connection

from lorbeer.shared import triggers


def set_triggers_aside() -> None:
    """Drop every trigger that refuses a change."""
    for one in triggers.expected():
        drop(one)


def drop(one: triggers.Trigger) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER {one.name}" + ("" if connection.vendor == "sqlite" else f" ON {one.table}"))


def hollow(one: triggers.Trigger) -> None:
    """Put a trigger of the same name in its place, which lets everything pass."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            drop(one)
            cursor.execute(f"CREATE TRIGGER {one.name} BEFORE {one.acts[0].upper()} ON {one.table} BEGIN SELECT 1; END")
        else:
            passes = "BEGIN IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END"
            cursor.execute(f"CREATE OR REPLACE FUNCTION {one.function}() RETURNS trigger LANGUAGE plpgsql AS $${passes}$$")
