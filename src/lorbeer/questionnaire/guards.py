"""Triggers by which the database itself keeps published versions as they are.

SQLite loses triggers when it rebuilds a table; therefore they are made after every migration, not in one.
"""

from typing import Any

from django.db import connections

_CONDITION = """OLD.published_at IS NOT NULL AND (
    NEW.published_at IS NULL OR NEW.published_at <> OLD.published_at OR NEW.definition <> OLD.definition
    OR NEW.sha256 <> OLD.sha256 OR NEW.number <> OLD.number OR NEW.questionnaire_id <> OLD.questionnaire_id)"""
_TABLE = "questionnaire_version"

SQLITE = f"""
CREATE TRIGGER IF NOT EXISTS published_version_stays BEFORE UPDATE ON {_TABLE} WHEN {_CONDITION}
BEGIN SELECT RAISE(ABORT, 'a published questionnaire never changes'); END
"""
POSTGRESQL = [
    f"""
    CREATE OR REPLACE FUNCTION refuse_change_of_published_version() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF {_CONDITION.replace("NEW.definition <> OLD.definition", "NEW.definition::text <> OLD.definition::text")} THEN
            RAISE EXCEPTION 'a published questionnaire never changes';
        END IF;
        RETURN NEW;
    END $$
    """,
    f"""
    CREATE OR REPLACE TRIGGER published_version_stays BEFORE UPDATE ON {_TABLE}
    FOR EACH ROW EXECUTE FUNCTION refuse_change_of_published_version()
    """,
]


def create_triggers(using: str = "default", **_signal: Any) -> None:
    """Make the triggers on database `using`; harmless where they exist."""
    connection = connections[using]
    if _TABLE not in connection.introspection.table_names():
        return
    with connection.cursor() as cursor:
        for statement in [SQLITE] if connection.vendor == "sqlite" else POSTGRESQL:
            cursor.execute(statement)
