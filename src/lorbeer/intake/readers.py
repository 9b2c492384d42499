"""Where notices about an entry go: one answer for receipts, notices, results and reports alike."""

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from lorbeer.entries.models import Contributor, Entry
from lorbeer.intake import queries
from lorbeer.people.models import Person
from lorbeer.questionnaire.frozen import Document
from lorbeer.shared.outbox import is_address
from lorbeer.shared.prepared import prepared

_ACCOUNTS = Contributor.objects.filter(person__is_active=True).exclude(person__email="")


class Reader(NamedTuple):
    """Somebody who hears about an entry. `person` is None for the contact of an entry that came on paper or by e-mail."""

    person: Person | None
    name: str
    email: str                                                          # empty: by post only
    language: str


def readers_of(entry: Entry, document: Document | None = None) -> list[Reader]:
    """Everybody who hears about the entry by mail, its contact person first. `document`: else the accepted one."""
    found = [_reader(row) for row in _accounts_of(entry.pk)]
    return found or _by_mail(entry, document or queries.document_or_none(entry))


def readers_of_all(entries: Iterable[Entry]) -> dict[int, list[Reader]]:
    """Entry id → `readers_of`; two queries for any number. The entries' competitions are loaded already."""
    entries = list(entries)
    found = _with_account(entries)
    others = [entry for entry in entries if entry.pk not in found]
    documents = queries.accepted_documents(others) if others else {}
    return {entry.pk: found.get(entry.pk) or _by_mail(entry, documents.get(entry.pk)) for entry in entries}


def unreached(entries: QuerySet[Entry]) -> list[Entry]:
    """Those of `entries` that no mail reaches; two queries for any number."""
    others = entries.filter(~Exists(_ACCOUNTS.filter(entry=OuterRef("pk"))))
    documents = queries.accepted_documents(others)
    return [entry for entry in others if not _by_mail(entry, documents.get(entry.pk))]


def addressee_of(entry: Entry, document: Document | None = None) -> Reader:
    """Whom a letter on paper is written to: the first who hears about it, else the contact that the entry names."""
    document = document or queries.document_or_none(entry)
    return next(iter(readers_of(entry, document)), None) or _contact(entry, document)


@prepared
def _accounts_of(entry: int) -> QuerySet[Contributor]:
    return _in_order(_ACCOUNTS.filter(entry=entry))


def _in_order(accounts: QuerySet[Contributor]) -> QuerySet[Contributor]:
    return accounts.select_related("person").order_by("-is_contact", "pk")


def _reader(row: Contributor) -> Reader:
    return Reader(row.person, row.person.name, row.person.email, row.person.language)


def _with_account(entries: list[Entry]) -> dict[int, list[Reader]]:
    found: dict[int, list[Reader]] = {}
    for row in _in_order(_ACCOUNTS.filter(entry__in=[entry.pk for entry in entries])):
        found.setdefault(row.entry_id, []).append(_reader(row))
    return found


def _by_mail(entry: Entry, document: Document | None) -> list[Reader]:
    contact = _contact(entry, document)
    return [contact] if contact.email else []


def _contact(entry: Entry, document: Document | None) -> Reader:
    """The contact that the entry form names, with an address if it is one."""
    def said(role: str) -> str:
        answer = document.by_role(role) if document else None
        return answer if isinstance(answer, str) else ""

    email = said("contact_email")
    return Reader(None, said("contact_name") or entry.applicant, email if is_address(email) else "", entry.competition.first_language)
