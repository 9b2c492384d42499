"""The database itself refuses to alter a sealed vote, its ratings and its project votes, whoever asks and however.

The services refuse first, with a sentence. These triggers are for everything that goes around them.
"""

# ruff: noqa: S608  every name in these statements is our own

from lorbeer.shared.triggers import Trigger

REASON = "a sealed vote never changes"
SHEET = ("screening_rating", "screening_projectvote")


def of_sealed_votes(vendor: str) -> list[Trigger]:
    return sqlite() if vendor == "sqlite" else postgresql()


def sqlite() -> list[Trigger]:
    def trigger(table: str, verb: str, condition: str) -> Trigger:
        return Trigger(f"{table}_sealed_{verb}", table, (verb,), f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{REASON}'); END")

    found = [
        trigger("screening_vote", "update", "OLD.sealed_at IS NOT NULL"),
        trigger("screening_vote", "delete", "OLD.sealed_at IS NOT NULL"),
        # INSERT OR REPLACE deletes without asking the trigger above.
        trigger(
            "screening_vote",
            "insert",
            "EXISTS (SELECT 1 FROM screening_vote WHERE sealed_at IS NOT NULL AND (id = NEW.id OR code = NEW.code OR secret = NEW.secret"
            " OR (entry_id = NEW.entry_id AND (seat = NEW.seat OR screener_id = NEW.screener_id))))",
        ),
    ]
    for table in SHEET:
        for verb, rows in (("insert", ("NEW",)), ("update", ("OLD", "NEW")), ("delete", ("OLD",))):
            votes = ", ".join(f"{row}.vote_id" for row in rows)
            replaced = f" OR id IN (SELECT vote_id FROM {table} WHERE id = NEW.id)" if verb == "insert" else ""
            condition = (
                f"EXISTS (SELECT 1 FROM screening_vote WHERE sealed_at IS NOT NULL AND (id IN ({votes}){replaced}))"
            )
            found.append(trigger(table, verb, condition))
    return found


def postgresql() -> list[Trigger]:
    refuse = f"RAISE EXCEPTION '{REASON}' USING ERRCODE = 'integrity_constraint_violation'"
    vote = f"""
        BEGIN
            IF OLD.sealed_at IS NOT NULL THEN {refuse}; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END """
    sheet = f"""
        BEGIN
            IF (TG_OP <> 'INSERT' AND EXISTS (
                    SELECT 1 FROM screening_vote WHERE id = OLD.vote_id AND sealed_at IS NOT NULL))
                OR (TG_OP <> 'DELETE' AND EXISTS (
                    SELECT 1 FROM screening_vote WHERE id = NEW.vote_id AND sealed_at IS NOT NULL))
            THEN {refuse}; END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END """
    whole = f"""
        BEGIN
            IF EXISTS (SELECT 1 FROM screening_vote WHERE sealed_at IS NOT NULL) THEN {refuse}; END IF;
            RETURN NULL;
        END """
    found = [Trigger("screening_vote_sealed_change", "screening_vote", ("update", "delete"), vote, "screening_refuse_vote")]
    found += [
        Trigger(f"{table}_sealed_change", table, ("insert", "update", "delete"), sheet, "screening_refuse_sheet") for table in SHEET
    ]
    return found + [
        Trigger(f"{table}_sealed_truncate", table, ("truncate",), whole, "screening_refuse_truncate", "STATEMENT")
        for table in ("screening_vote", *SHEET)
    ]
