"""Who is one applicant? A body by municipality or name; a person never by name alone.

Of people the account of the contact person says who they are; of an entry on paper or by e-mail without an account the name
together with the mail address or, without one, the postal address that its form gives. The same name found otherwise is
something to look at (`same_name`), and counts for nothing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet

from lorbeer.call.models import Competition
from lorbeer.entries.models import Contributor, Entry, State
from lorbeer.entries.queries import ADMITTED, RECEIVED, applicant_marks
from lorbeer.intake.queries import accepted_documents

ADDRESS = ("street", "postcode", "town", "address")


def identities(competition: Competition, entries: "QuerySet[Entry]") -> dict[int, tuple[Any, ...]]:
    """Entry id → what its applicant is known by: equal ones are one applicant. One query, two more where people have no account."""
    found: dict[int, tuple[Any, ...]] = dict(applicant_marks(entries, competition))
    alone = [pk for pk, mark in found.items() if mark[0] == "entry"] if competition.of_persons else []
    if alone:
        found |= _by_form(dict(Entry.objects.filter(pk__in=alone).values_list("pk", "applicant_key")))
    return found


def _by_form(names: dict[int, str]) -> dict[int, tuple[Any, ...]]:
    """What people without an account are known by; `names`: entry id → folded name."""
    documents = accepted_documents(Entry.objects.filter(pk__in=names)) if names else {}
    found: dict[int, tuple[Any, ...]] = {}
    for pk, name in names.items():
        document = documents.get(pk)
        email = _text([document.by_role("contact_email")] if document else [])
        address = _text([document.by_role(role) for role in ADDRESS] if document else [])
        if not name or not (email or address):
            found[pk] = ("entry", pk)
        elif email:
            found[pk] = ("mail", name, email)
        else:
            found[pk] = ("address", name, address)
    return found


def _text(answers: Iterable[Any]) -> str:
    """As somebody would compare them: blanks and case do not matter."""
    return " ".join(" ".join(answer for answer in answers if isinstance(answer, str)).casefold().split())


def same_applicant(entry: Entry) -> list[Entry]:
    """Other entries of the round that the same body or person handed in."""
    others = _others(entry)
    if not entry.competition.of_persons:
        same = Q(pk__in=[])
        if entry.municipality_id:
            same |= Q(municipality=entry.municipality_id)
        if entry.applicant_key:
            same |= Q(applicant_key=entry.applicant_key)
        return list(others.filter(same))
    known = _known_by(entry, others)
    return [other for other in others.filter(_alike(entry)) if known[other.pk] == known[entry.pk]]


def same_name(entry: Entry) -> list[Entry]:
    """In a call to people: other entries of the round under the same name of which nobody can tell whether it is the same person."""
    if not entry.competition.of_persons or not entry.applicant_key:
        return []
    others = _others(entry)
    known = _known_by(entry, others)
    return [other for other in others.filter(applicant_key=entry.applicant_key) if known[other.pk] != known[entry.pk]]


def _known_by(entry: Entry, others: "QuerySet[Entry]") -> dict[int, tuple[Any, ...]]:
    chosen = [entry.pk, *others.filter(_alike(entry)).values_list("pk", flat=True)]
    return identities(entry.competition, Entry.objects.filter(pk__in=chosen))


def _alike(entry: Entry) -> Q:
    """Entries that can be of the same person: from the same account, or under the same name."""
    contacts = Contributor.objects.filter(entry=entry, is_contact=True).values("person")
    alike = Q(pk__in=Contributor.objects.filter(person__in=contacts, is_contact=True).values("entry"))
    return alike | Q(applicant_key=entry.applicant_key) if entry.applicant_key else alike


def _others(entry: Entry) -> "QuerySet[Entry]":
    return Entry.objects.filter(competition=entry.competition_id, round=entry.round, state__in=RECEIVED).exclude(pk=entry.pk).order_by(
        "created_at", "pk")


def has_no_room(entry: Entry) -> bool:
    """Whether as many entries of the same applicant as the call allows have been admitted to the round already."""
    most = entry.competition.max_entries_per_applicant
    return most is not None and sum(other.state in ADMITTED for other in same_applicant(entry)) >= most


@dataclass(frozen=True)
class Counts:
    """Entries and those who handed them in are two numbers: an applicant may enter more than once."""

    entries: int
    applicants: int
    several: int                                                        # applicants with more than one entry
    above: int                                                          # with more in one round than the call allows, not all checked


def counts(competition: Competition) -> Counts:
    """Entries received, and from how many applicants; two queries, four where people entered without an account."""
    entries = Entry.objects.filter(competition=competition, state__in=RECEIVED)
    marks = identities(competition, entries)
    seen = Counter(marks.values())
    rounds: dict[object, list[str]] = {}
    for pk, round, state in entries.values_list("pk", "round", "state"):
        rounds.setdefault((marks.get(pk), round), []).append(state)
    most = competition.max_entries_per_applicant
    above = [states for states in rounds.values()
             if most is not None and State.SUBMITTED in states and sum(state != State.INADMISSIBLE for state in states) > most]
    return Counts(sum(seen.values()), len(seen), sum(number > 1 for number in seen.values()), len(above))
