"""How a dataset is made: facts that may be public, and answers without anything personal.

facts: {competition, groups, criteria, phases, prizes, cap_cents, numbers, announced, entries, awards, jury, portraits}. Texts of
the call stand there in all its languages; `queries.spoken` gives them in the reader's. An entry
that is not released (or not listed) stands there with its group alone, after the others: it is counted, never named.
answers: one row per admitted entry. The rows are sorted by what stands in them, so that the place of a row says nothing more than
the row: no code, number or hash of an entry has a part in it, and the same answers are the same file wherever they are frozen.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Prefetch
from django.utils import translation

from lorbeer.awards.models import Award
from lorbeer.awards.queries import announced_rounds
from lorbeer.call.models import Competition, Phase
from lorbeer.editions.fields import ANSWER_ROLES, closed_of, contact_of, open_parts, published_questions, without
from lorbeer.editions.models import Release
from lorbeer.editions.naming import nameable
from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import ADMITTED
from lorbeer.intake.queries import accepted_documents
from lorbeer.outreach.queries import confirmed_intents
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document, columns
from lorbeer.shared import clock
from lorbeer.shared.text import localized

COUNTED = frozenset({Type.SINGLE, Type.MULTI, Type.YES_NO, Type.INTEGER, Type.DECIMAL, Type.DATE})
STATES = {"answered": 0, "no_answer": 1, "missing": 2, "not_asked": 3}
SIZE_CLASSES = [(5_000, "under_5000"), (20_000, "5000_19999"), (50_000, "20000_49999"), (100_000, "50000_99999"),
                (500_000, "100000_499999")]


@dataclass
class Dataset:
    facts: dict[str, Any]
    variables: list[dict[str, Any]]                                     # the codebook: name, question, choice, label, values
    rows: list[dict[str, Any]]

    @property
    def canonical(self) -> str:
        """What the hash is taken of: facts, variables and rows as JSON with sorted keys."""
        return json.dumps([self.facts, self.variables, self.rows], ensure_ascii=False, sort_keys=True, separators=(",", ":"))

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.canonical.encode()).hexdigest()


def size_class(population: int | None) -> str:
    """The class of a municipality's population: `under_5000` … `from_500000`; empty where unknown."""
    if population is None:
        return ""
    return next((name for limit, name in SIZE_CLASSES if population < limit), "from_500000")


def collect(competition: Competition) -> Dataset:
    """The dataset of a competition as it stands now; announced results only."""
    releases = Prefetch("releases", to_attr="all_releases")
    entries = list(
        Entry.objects.filter(competition=competition, state__in=ADMITTED)
        .select_related("group", "municipality").prefetch_related("projects", releases).order_by("reference", "code")
    )
    documents = accepted_documents(entries)
    awards = _announced_awards(competition)
    by_key = {entry.pk: entry for entry in entries}
    for award in awards:
        award.entry = by_key.get(award.entry_id, award.entry)           # the one whose releases are known
    variables, rows = _answers(competition, entries, documents, awards)
    return Dataset(_facts(competition, entries, documents, awards), variables, rows)


def _announced_awards(competition: Competition) -> list[Award]:
    return list(
        competition.awards.filter(entry__round__in=announced_rounds(competition))
        .select_related("entry", "group", "prize", "project", "portrait__picture").order_by("group__position", "entry__reference")
    )


def _answers(
    competition: Competition, entries: Sequence[Entry], documents: dict[int, Document], awards: list[Award]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    awarded = {award.entry_id for award in awards}
    variables: dict[str, dict[str, Any]] = {}
    rows = []
    for entry in entries:
        document = documents.get(entry.pk)
        row: dict[str, Any] = {
            "group": entry.group.code if entry.group else "", "land": entry.land_code, "legal_status": entry.legal_status,
            "size_class": size_class(entry.population), "awarded": int(entry.pk in awarded), "round": entry.round,
        }
        if document:
            cells = document.rows_for_statistics()
            for column in columns(document.form):
                question = column.question
                if question.type not in COUNTED or question.personal_data or question.role not in ANSWER_ROLES:
                    continue
                cell = cells[column.name]
                row[column.name] = cell.value
                row[f"{column.name}__state"] = STATES[cell.state]
                variables.setdefault(column.name, {
                    "name": column.name, "question": question.name, "place": column.place, "type": str(question.type),
                    "role": question.role,
                    "label": dict(question.label), "choice": column.choice.code if column.choice else "",
                    "choice_label": dict(column.choice.label) if column.choice else {},
                    "values": {choice.code: dict(choice.label) for choice in question.choices} if not column.choice else {},
                    "no_answer": [choice.code for choice in question.choices if choice.no_answer],
                })
        rows.append(row)
    names = sorted({name for row in rows for name in row})
    return list(variables.values()), sorted(({name: row.get(name) for name in names} for row in rows), key=_as_text)


def _as_text(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True)


def _facts(
    competition: Competition, entries: Sequence[Entry], documents: dict[int, Document], awards: list[Award]
) -> dict[str, Any]:
    zone = competition.time_zone
    named = set(nameable(competition.pk).values_list("pk", flat=True))
    by_entry = {
        entry.pk: _entry_facts(entry, documents.get(entry.pk)) if entry.pk in named else
        withheld(entry.group.code if entry.group else "", entry.round) for entry in entries
    }
    states = Counter(competition.entries.exclude(state__in=(State.DRAFT, State.WITHDRAWN)).values_list("state", flat=True))
    return {
        "competition": {
            "code": competition.code, "title": _said(competition.title), "kind": _said(competition.kind),
            "sponsor": _said(competition.sponsor), "office": _said(competition.office_name), "aim": _said(competition.aim),
            "is_sample": competition.is_sample, "sample_note": _said(competition.sample_note),
        },
        "groups": [{"code": group.code, "label": _said(group.label), "heading": _said(group.heading),
                    "is_special": group.is_special}
                   for group in competition.groups.all()],
        "criteria": [{"number": criterion.number, "code": criterion.code, "label": _said(criterion.label)}
                     for criterion in competition.criteria.all()],
        "phases": [{"kind": phase.kind, "round": phase.round, "label": _in_each_language(phase),
                    "starts_on": _day(phase.starts_at, zone), "ends_on": _day(phase.ends_at, zone)}
                   for phase in competition.phases.all()],
        "prizes": [{"code": prize.code, "group": prize.group.code, "label": _said(prize.label),
                    "amount_cents": prize.amount_cents, "up_to": prize.up_to} for prize in competition.prizes.select_related("group")],
        "cap_cents": sum(purse.cap_cents for purse in competition.purses.all()),
        "numbers": {
            "received": sum(states.values()), "excluded": states[State.INADMISSIBLE], "admitted": len(entries),
            "letters": confirmed_intents(competition).count(),
        },
        "announced": sorted(announced_rounds(competition)),             # rounds of which `awards` tells
        # Where an unnamed entry would have stood among the named ones would tell of it.
        "entries": sorted(by_entry.values(), key=lambda one: (not one["code"], *(() if one["code"] else (one["group"], one["round"])))),
        "awards": unnamed_last([_award_facts(award, by_entry[award.entry_id]) for award in awards if award.entry_id in by_entry]),
        "jury": [{"function": member.kind, "constituency": member.constituency, "votes": member.votes,
                  "name": member.person.name, "is_sample": member.person.is_sample}
                 for member in competition.jury_members.select_related("person").order_by("pk")],
        "portraits": [_portrait_facts(award, by_entry[award.entry_id]) for award in awards
                      if hasattr(award, "portrait") and by_entry.get(award.entry_id, {}).get("code")],
    }


def _said(text: Any) -> dict[str, str]:
    """A text of the call in all its languages, whoever freezes and whoever reads."""
    return dict(localized(text))


def _in_each_language(phase: Phase) -> dict[str, str]:
    """What the house calls the phase."""
    said = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            said[language] = str(phase.get_kind_display())
    return said


def _day(moment: Any, zone: str) -> str | None:
    return clock.day(moment, zone).isoformat() if moment else None


def withheld(group: str, round: int) -> dict[str, Any]:
    """What the facts say of an entry that is counted, never named."""
    return {"code": "", "group": group, "round": round, "is_unlisted": True, "projects": []}


def _entry_facts(entry: Entry, document: Document | None) -> dict[str, Any]:
    """What is public of an entry that may be named: as much as its releases say."""
    released = open_parts(entry.all_releases)  # type: ignore[attr-defined]
    facts: dict[str, Any] = {
        "code": entry.code, "reference": entry.reference, "title": entry.title, "applicant": entry.applicant,
        "group": entry.group.code if entry.group else "",
        "land": entry.land_code, "legal_status": entry.legal_status, "population": entry.population,
        "size_class": size_class(entry.population), "is_unlisted": False, "round": entry.round,
        "municipality": entry.municipality.name if entry.municipality else "",
        "key": entry.municipality.key if entry.municipality else "",
        "latitude": entry.municipality.latitude if entry.municipality else None,
        "longitude": entry.municipality.longitude if entry.municipality else None,
        "projects": [project.title for project in entry.projects.all()],
    }
    if document and Release.Part.ABSTRACT in released:
        facts["abstract"] = document.said("abstract")
    if document and Release.Part.CONTACT in released:
        facts |= contact_of(document)
    if document and Release.Part.ANSWERS in released:
        facts["answers"] = {question.name: document.value(question.name) for question in published_questions(document.form)}
    return without(facts, closed_of(entry.all_releases, document))  # type: ignore[attr-defined]


def _award_facts(award: Award, entry: dict[str, Any]) -> dict[str, Any]:
    return {
        "entry": entry["code"], "reference": entry.get("reference", ""), "group": award.group.code, "prize": award.prize.code,
        "amount_cents": award.amount_cents, "project": award.project.title if award.project and entry["code"] else "",
        "title": entry.get("title", ""), "applicant": entry.get("applicant", ""), "land": entry.get("land", ""),
        "municipality": entry.get("municipality", ""), "population": entry.get("population"),
    }


def unnamed_last(awards: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Awards by group, as they come; in each those that name nobody behind the others, whose order would narrow down who they are."""
    groups = list(dict.fromkeys(one["group"] for one in awards))
    return sorted(awards, key=lambda one: (groups.index(one["group"]), not one["entry"],
                                           *(() if one["entry"] else (-one["amount_cents"], one["prize"]))))


def _portrait_facts(award: Award, entry: dict[str, Any]) -> dict[str, Any]:
    portrait = award.portrait
    is_open = Release.Part.PICTURES in open_parts(award.entry.all_releases)  # type: ignore[attr-defined]
    picture = portrait.picture if is_open else None
    return _award_facts(award, entry) | {
        "description": portrait.description, "reasons": portrait.reasons, "approved": portrait.approved_at is not None,
        "picture": {
            "file": picture.code, "alt": picture.alternative_text, "credit": picture.credit, "caption": picture.caption,
            "is_sample": picture.is_sample,
        } if picture else None,
    }
