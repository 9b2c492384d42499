"""Database triggers that keep the log as it was written, on SQLite and PostgreSQL.

They are made after every `migrate`, because SQLite drops them silently when a migration rebuilds a table.
"""

from typing import Any

from django.db import connections
from django.utils.translation import gettext as _

TABLES = {"shared_logevent": "id", "shared_logseal": "number"}
FUNCTION = "lorbeer_append_only"
ACTS = {"sqlite": ("update", "delete", "replace"), "postgresql": ("update", "delete", "truncate")}


def names(vendor: str) -> list[str]:
    return [f"{table}_no_{act}" for table in TABLES for act in ACTS.get(vendor, ())]


def statements(vendor: str) -> list[str]:
    """The SQL that makes the triggers anew; may be run again at any time."""
    made = []
    if vendor == "postgresql":
        made.append(
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION 'The log is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME; END $$"
        )
    for table, key in TABLES.items():
        for act in ACTS.get(vendor, ()):
            name = f"{table}_no_{act}"
            if vendor == "sqlite":
                # INSERT OR REPLACE fires no delete trigger: an id that exists is refused before it is replaced.
                when = f" WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key})" if act == "replace" else ""  # noqa: S608
                event = "INSERT" if act == "replace" else act.upper()
                made.append(f"DROP TRIGGER IF EXISTS {name}")
                made.append(
                    f"CREATE TRIGGER {name} BEFORE {event} ON {table}{when}"
                    f" BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END"
                )
            else:
                # Statement triggers: an UPDATE that meets no row is refused as well. ALWAYS: also for replicas' roles.
                made.append(
                    f"CREATE OR REPLACE TRIGGER {name} BEFORE {act.upper()} ON {table}"
                    f" FOR EACH STATEMENT EXECUTE FUNCTION {FUNCTION}()"
                )
                made.append(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
    return made


def create(using: str = "default") -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for statement in statements(connection.vendor):
            cursor.execute(statement)


def create_after_migrate(using: str, **facts: Any) -> None:
    """Receiver of `post_migrate` for this app."""
    if set(connections[using].introspection.table_names()) >= set(TABLES):
        create(using)


def missing(using: str = "default") -> list[str]:
    """Names of the triggers that are not there or do not fire."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled = 'A' AND tgrelid IN"
                " (SELECT oid FROM pg_class WHERE relname = ANY(%s))",
                [list(TABLES)],
            )
        present = {name for (name,) in cursor.fetchall()}
    return [name for name in names(connection.vendor) if name not in present]


def sentence(absent: list[str]) -> str:
    return _("The log is not protected: %(triggers)s missing. Run `lorbeer migrate`.") % {"triggers": ", ".join(absent)}
