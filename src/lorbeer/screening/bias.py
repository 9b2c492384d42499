"""Who must be kept apart from which entry while it is screened: recorded, or computed from Land and employer."""

from typing import TYPE_CHECKING

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Lower

from lorbeer.call.rulebook import ScreeningRules
from lorbeer.entries.models import Bias, Contributor, Entry
from lorbeer.people.models import Person, Role

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

LAND, EMPLOYER, CONTRIBUTOR = "land", "employer", "contributor"


def excluded_pairs(
    competition: "Competition", entries: QuerySet[Entry], screeners: list[Person]
) -> dict[tuple[str, str], str]:
    """{(entry code, person code): kind} for every pair that must not meet. Four queries, whatever the number."""
    rules = ScreeningRules.from_json(competition.screening)
    people = {person.pk: person.code for person in screeners}
    facts = list(entries.values_list("pk", "code", "land_code", "applicant", "municipality__name"))
    codes = {pk: code for pk, code, *_rest in facts}
    pairs: dict[tuple[str, str], str] = {}
    for person_id, land, employer in Role.objects.filter(competition=competition, person__in=people).values_list(
        "person", "land_code", "employer"
    ):
        body = employer.strip().lower()
        for _pk, code, land_code, applicant, municipality in facts:
            if rules.exclude_own_land and land and land == land_code:
                pairs[code, people[person_id]] = LAND
            elif body and body in (applicant.lower(), (municipality or "").lower()):
                pairs.setdefault((code, people[person_id]), EMPLOYER)
    for entry_id, person_id in Contributor.objects.filter(entry__in=codes, person__in=people).values_list(
        "entry", "person"
    ):
        pairs.setdefault((codes[entry_id], people[person_id]), CONTRIBUTOR)
    for entry_id, person_id, kind in Bias.objects.filter(entry__in=codes, person__in=people).values_list(
        "entry", "person", "kind"
    ):
        pairs.setdefault((codes[entry_id], people[person_id]), kind)
    return pairs


def without_biased(entries: QuerySet[Entry], person: Person, competition: "Competition") -> QuerySet[Entry]:
    """`entries` of `competition` without those that `person` is biased for. No query of its own."""
    roles = Role.objects.filter(person=person, competition=OuterRef("competition"))
    employer = roles.exclude(employer="").annotate(body=Lower("employer"))
    result = entries.filter(
        ~Exists(Bias.objects.filter(entry=OuterRef("pk"), person=person)),
        ~Exists(Contributor.objects.filter(entry=OuterRef("pk"), person=person)),
        ~Exists(employer.filter(Q(body=Lower(OuterRef("applicant"))) | Q(body=Lower(OuterRef("municipality__name"))))),
    )
    if ScreeningRules.from_json(competition.screening).exclude_own_land:
        result = result.filter(~Exists(roles.exclude(land_code="").filter(land_code=OuterRef("land_code"))))
    return result.order_by(F("pk")) if not entries.query.order_by else result


def is_biased(person: Person, entry: Entry) -> bool:
    return not without_biased(Entry.objects.filter(pk=entry.pk), person, entry.competition).exists()


def biased_anywhere(person: Person, competition: "Competition", entries: list[int]) -> bool:
    """Whether `person` is biased for any of `entries` (ids)."""
    found = Entry.objects.filter(pk__in=entries)
    return without_biased(found, person, competition).count() < found.count()
