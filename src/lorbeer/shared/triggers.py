"""Database triggers that keep what must never change, on SQLite and PostgreSQL: the log, sealed votes, published forms.

Each app says which it needs (`keep`). They are made after every `migrate`, because SQLite drops them silently when a
migration rebuilds a table, and compared by what they do, not by their names: a trigger of the right name that does
nothing is missing.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.utils.translation import gettext as _

from lorbeer.shared.registry import Registry


@dataclass(frozen=True)
class Trigger:
    """One trigger, which fires before `acts` on `table`."""

    name: str
    table: str
    acts: tuple[str, ...]                       # insert, update, delete, truncate; SQLite: one
    body: str                                   # SQLite: what follows the table's name; PostgreSQL: its function in PL/pgSQL
    function: str = ""                          # PostgreSQL: the function's name
    each: str = "ROW"                           # PostgreSQL: or STATEMENT

    @property
    def sql(self) -> str:
        """As SQLite keeps it, letter by letter."""
        return f"CREATE TRIGGER {self.name} BEFORE {self.acts[0].upper()} ON {self.table} {self.body}"

    @property
    def bits(self) -> int:
        """`pg_trigger.tgtype`."""
        bit = {"insert": 4, "delete": 8, "update": 16, "truncate": 32}
        return 2 + (self.each == "ROW") + sum(bit[act] for act in self.acts)


# What gives an app's triggers for a vendor ("sqlite" or "postgresql").
keep = Registry[[str], list[Trigger]]()


def expected(using: str = "default") -> list[Trigger]:
    """The triggers that the database should have, as far as their tables are there."""
    connection = connections[using]
    tables = set(connection.introspection.table_names())
    return [one for several in keep.answers(connection.vendor) for one in several if one.table in tables]


# --- the log's own ----------------------------------------------------------------------------------------------------

TABLES = {"shared_logevent": "id", "shared_logseal": "number"}


def of_the_log(vendor: str) -> list[Trigger]:
    if vendor == "postgresql":
        # Statement triggers: an UPDATE that meets no row is refused as well.
        body = "BEGIN RAISE EXCEPTION 'The log is append-only: % on % is refused.', TG_OP, TG_TABLE_NAME; END"
        return [Trigger(f"{table}_no_{act}", table, (act,), body, "lorbeer_append_only", "STATEMENT")
                for table in TABLES for act in ("update", "delete", "truncate")]
    refuse = "BEGIN SELECT RAISE(ABORT, 'The log is append-only.'); END"
    found = [Trigger(f"{table}_no_{act}", table, (act,), refuse) for table in TABLES for act in ("update", "delete")]
    # INSERT OR REPLACE fires no delete trigger: an id that exists is refused before it is replaced.
    return found + [
        Trigger(f"{table}_no_replace", table, ("insert",),
                f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {key} = NEW.{key}) {refuse}")            # noqa: S608
        for table, key in TABLES.items()
    ]


keep(of_the_log)


# --- making and comparing ---------------------------------------------------------------------------------------------


def create(using: str = "default") -> None:
    """Make all triggers anew; may be run again at any time."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for one in expected(using):
            if connection.vendor == "sqlite":
                cursor.execute(f"DROP TRIGGER IF EXISTS {one.name}")
                cursor.execute(one.sql)
                continue
            cursor.execute(f"CREATE OR REPLACE FUNCTION {one.function}() RETURNS trigger LANGUAGE plpgsql AS $${one.body}$$")
            acts = " OR ".join(one.acts).upper()
            cursor.execute(f"CREATE OR REPLACE TRIGGER {one.name} BEFORE {acts} ON {one.table}"
                           f" FOR EACH {one.each} EXECUTE FUNCTION {one.function}()")
            cursor.execute(f"ALTER TABLE {one.table} ENABLE ALWAYS TRIGGER {one.name}")     # also for replicas' roles


def create_after_migrate(using: str, **facts: Any) -> None:
    """Receiver of `post_migrate`."""
    create(using)


def missing(using: str = "default") -> list[str]:
    """Names of the triggers that are not there, do not fire, or do something else than they should."""
    connection = connections[using]
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT sql FROM sqlite_master WHERE type = 'trigger'")
            present = {sql for (sql,) in cursor.fetchall()}
            return [one.name for one in expected(using) if one.sql not in present]
        cursor.execute(
            "SELECT t.tgname, c.relname, t.tgtype, p.prosrc FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_language l ON l.oid = p.prolang"
            " WHERE NOT t.tgisinternal AND t.tgenabled = 'A' AND t.tgqual IS NULL AND t.tgattr::text = '' AND t.tgnargs = 0"
            " AND l.lanname = 'plpgsql' AND pg_table_is_visible(c.oid)"
        )
        found = set(cursor.fetchall())
    return [one.name for one in expected(using) if (one.name, one.table, one.bits, one.body) not in found]


def unknown(using: str = "default") -> list[str]:
    """Triggers (on PostgreSQL rewrite rules, too) that Lorbeer did not make, each with its table: they may change what is written."""
    connection = connections[using]
    ours = {(one.name, one.table) for one in expected(using)}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name, tbl_name FROM sqlite_master WHERE type = 'trigger'")
        else:
            cursor.execute(
                "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE NOT t.tgisinternal AND pg_table_is_visible(c.oid)"
                " UNION ALL SELECT r.rulename, c.relname FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
                " WHERE c.relkind IN ('r', 'p') AND pg_table_is_visible(c.oid)"
            )
        return sorted(f"{name} ({table})" for name, table in cursor.fetchall() if (name, table) not in ours)


def faults(using: str = "default") -> list[str]:
    """What is wrong with the triggers, in sentences."""
    found = []
    if absent := missing(using):
        found.append(_("The log is not protected: %(triggers)s missing or not as Lorbeer makes them. Run “lorbeer migrate”, then "
                       "“lorbeer audit verify”.") % {"triggers": ", ".join(absent)})
    if strange := unknown(using):
        found.append(_("The database does something that Lorbeer does not know: %(triggers)s. Such a trigger can change or swallow what is "
                       "written. Look at what it does; if nobody here made it on purpose, drop it and compare with a backup.")
                     % {"triggers": ", ".join(strange)})
    return found
