"""The pairs of judgements that agreement is computed from."""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from lorbeer.people.models import Person
from lorbeer.screening.agreement import Agreement, agreement
from lorbeer.screening.models import ProjectVote, Rating, Vote
from lorbeer.screening.queries import options_of, rules_of
from lorbeer.screening.rules import THROUGH

if TYPE_CHECKING:
    from lorbeer.call.models import Competition


@dataclass(frozen=True)
class AgreementLine:
    """Agreement on one thing: `kind` is overall, project or criterion (then `criterion` says which), or on the votes of two `people`."""

    kind: str
    found: Agreement
    criterion: Any = None
    people: tuple[Person, ...] = ()
    rated: Agreement | None = None                                      # of two people: their points on all criteria


def agreement_of(competition: "Competition", votes: QuerySet[Vote]) -> tuple[list[AgreementLine], list[AgreementLine]]:
    """(by what was judged, by pairs of people) over `votes` (from `rules.votes_readable_by`, of entries that are through).

    By what was judged, all pairs count each way, because who sits on which seat is chance. Two people are compared as Cohen did.
    """
    through = votes.filter(entry__state__in=THROUGH)
    options, scale = list(options_of(competition)), list(range(rules_of(competition).scale + 1))
    criteria = list(competition.criteria.all())
    seats: dict[int, list[tuple[int, int, str]]] = defaultdict(list)    # entry → vote, screener, option
    for pk, entry, screener, option in through.order_by("entry", "seat").values_list("pk", "entry", "screener", "option"):
        seats[entry].append((pk, screener, option))
    points: dict[int, dict[int, int]] = defaultdict(dict)               # vote → criterion → points
    for vote, criterion, given in Rating.objects.filter(vote__in=through, project=None, points__isnull=False).values_list(
            "vote", "criterion", "points"):
        points[vote][criterion] = given
    on_projects: dict[int, dict[int, str]] = defaultdict(dict)
    for vote, project, option in ProjectVote.objects.filter(vote__in=through).exclude(option="").values_list("vote", "project", "option"):
        on_projects[vote][project] = option
    overall: list[tuple[str, str]] = []
    projects: list[tuple[str, str]] = []
    rated: dict[int, list[tuple[int, int]]] = defaultdict(list)
    of_two: dict[tuple[int, int], tuple[list[tuple[str, str]], list[tuple[int, int]]]] = {}
    for group in seats.values():
        for (vote, screener, option), (other_vote, other, other_option) in combinations(sorted(group, key=lambda one: one[1]), 2):
            both, marks = of_two.setdefault((screener, other), ([], []))
            overall.append((option, other_option))
            both.append((option, other_option))
            projects += [(one, on_projects[other_vote][at]) for at, one in on_projects[vote].items() if at in on_projects[other_vote]]
            for criterion, given in points[vote].items():
                if criterion in points[other_vote]:
                    rated[criterion].append((given, points[other_vote][criterion]))
                    marks.append((given, points[other_vote][criterion]))
    lines = [AgreementLine("overall", agreement(overall, options, both_ways=True))]
    if projects:
        lines.append(AgreementLine("project", agreement(projects, options, both_ways=True)))
    lines += [AgreementLine("criterion", agreement(rated[one.pk], scale, ordered=True, both_ways=True), one) for one in criteria]
    people = Person.objects.in_bulk({pk for pair in of_two for pk in pair})
    pairs = [
        AgreementLine("pair", agreement(both, options), people=(people[one], people[other]), rated=agreement(marks, scale, ordered=True))
        for (one, other), (both, marks) in of_two.items()
    ]
    return lines, sorted(pairs, key=lambda line: [(person.name, person.code) for person in line.people])
