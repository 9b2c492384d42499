"""Which entries can be written to, and what came."""

from datetime import datetime

from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse

from lorbeer.call.models import Competition
from lorbeer.catalogue.queries import catalogue_of
from lorbeer.enquiries.models import Closing, Enquiry
from lorbeer.entries.models import Entry
from lorbeer.intake.readers import Reader, readers_of
from lorbeer.shared import clock

_CLOSED = Exists(Closing.objects.filter(entry=OuterRef("pk")))


def public_entry(place: Competition, code: str) -> Entry | None:
    """The entry if everybody may read its page now; `is_closed` says whether its form is switched off."""
    if code not in catalogue_of(place).by_code:
        return None
    return Entry.objects.filter(competition=place, code=code).select_related("competition").annotate(is_closed=_CLOSED).first()


def recipients_of(entry: Entry) -> list[Reader]:
    """Those who hear about the entry by mail; empty where nobody can be reached, or their data have been erased."""
    return [one for one in readers_of(entry) if one.email]


def address_of_form(place: Competition, code: str) -> str:
    """Where one writes to the office of a public entry; "" where that is not possible."""
    entry = public_entry(place, code)
    if entry is None or entry.is_closed or not recipients_of(entry):    # type: ignore[attr-defined]
        return ""
    return reverse("enquiries:message_write", args=[place.code, code])


def is_open(entry: Entry) -> bool:
    return not Closing.objects.filter(entry=entry).exists()


def waiting(digest: str) -> QuerySet[Enquiry]:
    """The message behind a link that still holds."""
    return Enquiry.objects.filter(token_digest=digest, passed_on_at=None, erase_at__gt=clock.now())


def passed_on_since(entry: Entry, moment: datetime) -> int:
    return Enquiry.objects.filter(entry=entry, passed_on_at__gt=moment).count()


def passed_on(entry: Entry) -> list[datetime]:
    """When messages were passed on, the newest first."""
    found = Enquiry.objects.filter(entry=entry, passed_on_at__isnull=False)
    return list(found.order_by("-passed_on_at").values_list("passed_on_at", flat=True))
