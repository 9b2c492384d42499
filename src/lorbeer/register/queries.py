"""Looking up municipalities."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Case, IntegerField, QuerySet, Value, When

from lorbeer.register.folding import fold
from lorbeer.register.models import LegalStatus, Municipality, RegisterEdition
from lorbeer.shared.prepared import prepared


def newest_edition() -> RegisterEdition | None:
    """The full register of the latest day; a package's extract only where there is no full one."""
    return next(iter(_newest()), None)


@prepared
def _newest() -> "QuerySet[RegisterEdition]":
    return RegisterEdition.objects.order_by("is_extract", "-as_of", "-pk")[:1]


def municipalities_named(edition: RegisterEdition, text: str, limit: int = 20) -> "QuerySet[Municipality]":
    """Bodies whose name contains `text` or whose key begins with it; those that begin with it come first."""
    wanted = fold(text)
    found = edition.municipalities.exclude(legal_status=LegalStatus.LAND)
    if not wanted:
        return found.none()
    found = found.filter(key__startswith=text.strip()) if text.strip().isdigit() else found.filter(search_name__contains=wanted)
    nearness = Case(
        When(search_name=wanted, then=Value(0)), When(search_name__startswith=wanted, then=Value(1)),
        default=Value(2), output_field=IntegerField(),
    )
    return found.order_by(nearness, "-population", "name")[:limit]


@dataclass(frozen=True)
class Changes:
    """What differs between two editions, by key."""

    added: list[Municipality]
    gone: list[Municipality]
    renamed: list[tuple[Municipality, Municipality]]
    other_status: list[tuple[Municipality, Municipality]]


def changes_between(old: RegisterEdition, new: RegisterEdition) -> Changes:
    """What the newer edition has otherwise than the older one."""
    before = {body.key: body for body in old.municipalities.all()}
    after = {body.key: body for body in new.municipalities.all()}
    both = sorted(before.keys() & after.keys())
    return Changes(
        added=[after[key] for key in sorted(after.keys() - before.keys())],
        gone=[before[key] for key in sorted(before.keys() - after.keys())],
        renamed=[(before[key], after[key]) for key in both if before[key].name != after[key].name],
        other_status=[(before[key], after[key]) for key in both if before[key].legal_status != after[key].legal_status],
    )


def count_by_land(edition: RegisterEdition) -> Counter[str]:
    """How many municipalities and Kreise each Land has."""
    return Counter(edition.municipalities.exclude(legal_status=LegalStatus.LAND).values_list("land_code", flat=True))
