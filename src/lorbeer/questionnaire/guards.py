"""Triggers by which the database itself keeps published versions as they are."""

from lorbeer.shared.triggers import Trigger

_TABLE = "questionnaire_version"
_CONDITION = """OLD.published_at IS NOT NULL AND (
    NEW.published_at IS NULL OR NEW.published_at <> OLD.published_at OR NEW.definition <> OLD.definition
    OR NEW.sha256 <> OLD.sha256 OR NEW.number <> OLD.number OR NEW.questionnaire_id <> OLD.questionnaire_id)"""
_REASON = "a published questionnaire never changes"


def of_published_versions(vendor: str) -> list[Trigger]:
    if vendor == "sqlite":
        body, function = f"WHEN {_CONDITION} BEGIN SELECT RAISE(ABORT, '{_REASON}'); END", ""
    else:
        condition = _CONDITION.replace("NEW.definition <> OLD.definition", "NEW.definition::text <> OLD.definition::text")
        body = f" BEGIN IF {condition} THEN RAISE EXCEPTION '{_REASON}'; END IF; RETURN NEW; END "
        function = "refuse_change_of_published_version"
    return [Trigger("published_version_stays", _TABLE, ("update",), body, function)]
