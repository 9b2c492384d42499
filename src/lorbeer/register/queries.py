"""Looking up municipalities."""

from collections import Counter

from django.db.models import Case, ForeignObjectRel, IntegerField, Model, Q, QuerySet, Value, When

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


def dependents_of(edition: RegisterEdition) -> list[tuple[type[Model], int]]:
    """What of any app refers to the edition or to one of its bodies: (model, how many rows), whatever refers to nothing left out."""
    found: dict[type[Model], Q] = {}
    for model, path in ((RegisterEdition, "{}"), (Municipality, "{}__edition")):
        for relation in model._meta.get_fields(include_hidden=True):    # those without a name of their own, too
            if isinstance(relation, ForeignObjectRel) and relation.related_model is not Municipality:
                referring: type[Model] = relation.related_model         # type: ignore[assignment]
                found[referring] = found.get(referring, Q()) | Q(**{path.format(relation.field.name): edition})
    rows = [(model, model._base_manager.filter(condition).distinct().count())
            for model, condition in found.items() if not model._meta.auto_created]
    return [(model, number) for model, number in rows if number]


def municipalities_named(edition: RegisterEdition, text: str, limit: int = 20) -> "QuerySet[Municipality]":
    """Bodies whose name contains `text` or whose key begins with it; those that begin with it come first."""
    wanted, found = fold(text), _fitting(edition, text)
    nearness = Case(
        When(search_name=wanted, then=Value(0)), When(search_name__startswith=wanted, then=Value(1)),
        default=Value(2), output_field=IntegerField(),
    )
    return found.order_by(nearness, "-population", "name")[:limit]


def _fitting(edition: RegisterEdition, text: str) -> "QuerySet[Municipality]":
    wanted, found = fold(text), edition.municipalities.exclude(legal_status=LegalStatus.LAND)
    if not wanted:
        return found.none()
    return found.filter(key__startswith=text.strip()) if text.strip().isdigit() else found.filter(search_name__contains=wanted)


def bodies_called(edition: RegisterEdition, text: str) -> list[Municipality]:
    """Bodies whose key is `text`, or whose name is: as it stands, or without its addition (“München” of “München, Landeshauptstadt”)."""
    text, wanted = text.strip(), fold(text)
    if not wanted:
        return []
    same = Q(key=text) | Q(search_name=wanted) | Q(search_name__startswith=f"{wanted} ")
    found = edition.municipalities.filter(same).exclude(legal_status=LegalStatus.LAND).order_by("-population", "name")
    return [one for one in found if text == one.key or wanted in (fold(one.name), fold(one.name.split(",")[0]))]


def bodies_to_choose(edition: RegisterEdition, text: str, most: int = 12) -> tuple[list[Municipality], int]:
    """Up to `most` bodies that `text` may mean, those that are called so first; how many more there are."""
    exact = bodies_called(edition, text)
    near = [one for one in municipalities_named(edition, text, limit=most + 1) if one not in exact]
    found = [*exact, *near][:most]
    more = 0 if len(exact) + len(near) <= most else _fitting(edition, text).count() - len(found)
    return found, max(0, more)


def count_by_land(edition: RegisterEdition, *, whole: bool = False) -> Counter[str]:
    """How many municipalities, Kreise and associations each Land has; `whole`: the Land itself counted, too."""
    found = edition.municipalities.all() if whole else edition.municipalities.exclude(legal_status=LegalStatus.LAND)
    return Counter(found.values_list("land_code", flat=True))
