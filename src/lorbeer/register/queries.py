"""Looking up municipalities."""

from collections import Counter

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


def edition_before(edition: RegisterEdition) -> RegisterEdition | None:
    """The full register of the day before it, or the one imported before it."""
    others = RegisterEdition.objects.filter(is_extract=False, as_of__lte=edition.as_of).exclude(pk=edition.pk)
    return others.order_by("-as_of", "-pk").first()


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


def count_by_land(edition: RegisterEdition, *, whole: bool = False) -> Counter[str]:
    """How many municipalities, Kreise and associations each Land has; `whole`: the Land itself counted, too."""
    found = edition.municipalities.all() if whole else edition.municipalities.exclude(legal_status=LegalStatus.LAND)
    return Counter(found.values_list("land_code", flat=True))
