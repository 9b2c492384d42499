"""Who may be named in public. One rule for start pages, catalogue, datasets, book and statistics; whether results are announced is another."""

from django.db.models import Exists, OuterRef, QuerySet

from lorbeer.editions.models import Release
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import ADMITTED


def nameable(competition_id: int) -> QuerySet[Entry]:
    """Entries that are admitted, listed, and released by their applicants up to this moment. All others are counted, never named."""
    opened = Release.objects.filter(entry=OuterRef("pk"), part=Release.Part.ENTRY, revoked_at=None)
    return Entry.objects.filter(Exists(opened), competition=competition_id, state__in=ADMITTED, is_unlisted=False)
