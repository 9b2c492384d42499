"""What each rule costs, and which rules, once lifted, would let an impossible case be solved."""

from dataclasses import dataclass, replace

from lorbeer.screening.assignment.conflict import Impossible, is_feasible
from lorbeer.screening.assignment.network import solve
from lorbeer.screening.assignment.problem import Problem, ScreenerFacts, Solution

EXPLAINED_PAIRS = 200_000  # up to so many pairs the price of each rule is computed by solving without it
TRIED_PAIRS = 10_000_000  # up to so many pairs remedies are tried, each with two flows
WIDEST = 50  # the largest difference of loads that is tried as a remedy
MOST_NEWCOMERS = 10


@dataclass(frozen=True)
class Price:
    """What would be better without the rule: the objective, places beyond a fair share of a group, points of expertise."""

    objective: int
    excess: int
    points: int


def price_of_rules(problem: Problem, solution: Solution) -> dict[str, Price]:
    """For each rule that can bind, see Problem.rules. Empty where the case is too large for it."""
    if len(problem.entries) * len(problem.screeners) > EXPLAINED_PAIRS:
        return {}
    prices = {}
    for rule in problem.rules():
        try:
            free = solve(problem.without(rule))
        except Impossible:  # lifting a capacity moves the others' share
            continue
        prices[rule] = Price(
            max(0, solution.objective - free.objective), solution.excess - free.excess,
            sum(free.points.values()) - sum(solution.points.values()),
        )
    return prices


@dataclass(frozen=True)
class Remedies:
    """What would do, each by itself: kinds of rules to lift; the smallest difference of loads; so many more people without bias."""

    rules: list[str]
    spread: int | None
    newcomers: int | None


def remedies_of(problem: Problem) -> Remedies | None:
    """Of a problem without a solution; each remedy has been tried. None where the case is too large to try."""
    if len(problem.entries) * len(problem.screeners) > TRIED_PAIRS:
        return None
    rules = [rule for rule in problem.rules() if rule != "balance" and is_feasible(problem.without(rule))]
    spread = None
    if is_feasible(replace(problem, spread=WIDEST)):
        low, high = problem.spread, WIDEST  # the larger the difference, the more is allowed
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if is_feasible(replace(problem, spread=middle)) else (middle, high)
        spread = high
    newcomers = None
    for count in range(1, MOST_NEWCOMERS + 1):
        more = tuple(ScreenerFacts(f"\0{number}") for number in range(count))
        if is_feasible(replace(problem, screeners=(*problem.screeners, *more))):
            newcomers = count
            break
    return Remedies(rules, spread, newcomers)
