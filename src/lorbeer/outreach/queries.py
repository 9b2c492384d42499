"""Reading the distribution list, the letters of intent and the funnel."""

from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from lorbeer.call.models import AwardGroup, Competition
from lorbeer.entries.models import Entry
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.register.models import Municipality


def addresses_of(wave: Wave) -> "QuerySet[Address]":
    """Whom a wave goes to: addresses with a mail, not unsubscribed, of its categories."""
    found = wave.competition.addresses.exclude(email="").filter(unsubscribed_at=None)
    if wave.categories:
        found = found.filter(category__in=wave.categories)
    if wave.only_without_intent:
        announced = LetterOfIntent.objects.filter(competition=wave.competition, municipality__isnull=False)
        found = found.exclude(municipality__in=announced.values("municipality"))
    return found.order_by("pk")


def placeholders(competition: Competition, address: Address) -> dict[str, Any]:
    """What a letter of a wave may name: address.name, competition.title/.aim/.link, office.name/.email, sponsor.name."""
    return {
        "address": {"name": address.name},
        "competition": {"title": str(competition.title), "aim": str(competition.aim),
                        "link": f"{settings.BASE_URL.rstrip('/')}/{competition.code}/"},
        "office": {"name": str(competition.office_name), "email": competition.office_email, "phone": competition.office_phone},
        "sponsor": {"name": str(competition.sponsor)},
    }


def group_of(competition: Competition, municipality: Municipality | None) -> AwardGroup | None:
    """The group in which an entry of `municipality` would compete by the call's rule."""
    ordinary = [group for group in competition.groups.all() if not group.is_special]
    if municipality is None:
        return ordinary[0] if len(ordinary) == 1 else None
    return next((group for group in ordinary if not group.legal_statuses or municipality.legal_status in group.legal_statuses), None)


def intents_for(entry: Entry) -> "QuerySet[LetterOfIntent]":
    """Letters of intent without an entry that belong to this one: the same municipality, or the same person."""
    people = entry.contributors.values("person")
    same = Q(person__in=people) | Q(contact_email__in=entry.contributors.values("person__email"))
    if entry.municipality_id:
        same |= Q(municipality=entry.municipality_id)
    return LetterOfIntent.objects.filter(competition=entry.competition_id, entry=None).filter(same)


def funnel(competition: Competition) -> dict[str, int]:
    """addressed → letters of intent → drafts → received → admitted, as counts."""
    entries = Entry.objects.filter(competition=competition)
    return {
        "addressed": competition.addresses.filter(unsubscribed_at=None).exclude(email="").count(),
        "intents": competition.letters_of_intent.count(),
        "drafts": entries.count(),
        "received": entries.exclude(state__in=("draft", "withdrawn")).count(),
        "admitted": entries.exclude(state__in=("draft", "withdrawn", "submitted", "inadmissible")).count(),
    }
