"""What the head of an entry says while it is a draft: its writers find it by that in their lists, and the desk, too."""

from collections.abc import Mapping

from lorbeer.entries.models import Entry, State
from lorbeer.intake import queries
from lorbeer.intake.models import Draft, DraftAnswer
from lorbeer.outreach.services import link_intents
from lorbeer.questionnaire.grouping import applicant_of, group_for
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key
from lorbeer.register.models import Municipality


def subject_of(entry: Entry) -> str:
    return f"entry:{entry.code}"


def applicant_named(applicant: str, municipality: Municipality | None) -> str:
    return (applicant.strip() or (municipality.name if municipality else ""))[:300]


def take_over_municipality(entry: Entry, municipality: Municipality | None) -> None:
    if municipality is None:
        return
    entry.municipality = municipality
    entry.land_code, entry.legal_status = municipality.land_code, municipality.legal_status
    entry.population = municipality.population


def leave_municipality(entry: Entry) -> None:
    """The opposite: the entry names no municipality any more, so what the register said of it goes."""
    entry.municipality, entry.land_code, entry.legal_status, entry.population = None, "", "", None


def propose_by_register(entry: Entry) -> None:
    """The award group of a draft, as far as the call's rule tells it from the register alone; handing in asks the answers, too."""
    entry.group = group_for(entry.competition, applicant_of(entry.municipality)) if entry.municipality_id else None


def show_in_head(draft: Draft, entry: Entry, answers: Mapping[Key, DraftAnswer]) -> None:
    """Let the head of a draft follow what is typed, so that its writers recognise it in lists."""
    form, facts, before = form_of(draft.version), {}, entry.municipality_id
    for (name, _place), answer in answers.items():
        value = answer.value
        role = form.question(name).role if name in form.placed else ""
        if role == "title":
            facts["title"] = str(value or "")[:500]
        elif role == "applicant_name" and value:
            facts["applicant"] = str(value)[:300]
        elif role == "municipality" and value:
            body = queries.find_municipality(entry.competition, value.get("key", ""))
            if body is not None:
                take_over_municipality(entry, body)
                facts.update(municipality=body, land_code=body.land_code, legal_status=body.legal_status,
                             population=body.population)
                facts.setdefault("applicant", body.name[:300])
        elif role == "municipality" and answer.revision > 1:            # there was one: it has been taken out
            leave_municipality(entry)
            facts.update(municipality=None, land_code="", legal_status="", population=None)
    if facts:
        for name, value in facts.items():
            setattr(entry, name, value)
        if "municipality" in facts and entry.state == State.DRAFT and not entry.group_reason:
            propose_by_register(entry)
            facts["group"] = entry.group
        entry.save(update_fields=list(facts))
        if entry.municipality_id != before:
            link_intents(entry, left=before)
        if entry.municipality_id and draft.unknown_body:
            draft.unknown_body = ""
            draft.save(update_fields=["unknown_body"])
