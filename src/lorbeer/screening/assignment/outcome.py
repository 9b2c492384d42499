"""What an assignment comes to, whether the solver found it or somebody made it by hand."""

from lorbeer.screening.assignment.problem import FULL_POINTS, PRIORITIES, Pair, Problem, Solution, field_points, knows
from lorbeer.screening.assignment.tables import fair_shares, limits_of

STEPS = ((1, 1), (2, 3), (None, 6))  # (places beyond the fair share, what each weighs)


def unknown_in(problem: Problem, pairs: list[Pair]) -> tuple[str, ...]:
    """Entries with a place to give none of whose readers, with `pairs` as new places, knows a field of theirs; () where the call asks for
    nobody who does."""
    if not problem.expert:
        return ()
    about = {one.code: one.fields for one in problem.entries}
    known = {one.code: one.fields for one in problem.screeners}
    met = {entry for entry, screener in (*problem.fixed, *pairs) if knows(about.get(entry, ()), known.get(screener, ()))}
    free = problem.free_seats()
    return tuple(sorted(one.code for one in problem.entries if one.fields and free[one.code] > 0 and one.code not in met))


def result_of(problem: Problem, pairs: list[Pair], bound: int, *, unknown_least: bool = True) -> Solution:
    """What `pairs` (new places, by the solver or by hand) come to. `bound`, `unknown_least`: what the solver proved for the problem."""
    entries = {one.code: one for one in problem.entries}
    people = {one.code: one for one in problem.screeners}
    groups = sorted({one.group for one in problem.entries})
    loads: dict[str, dict[str, int]] = {code: dict.fromkeys(groups, 0) for code in people}
    points, missed = dict.fromkeys(people, 0), 0
    wanted = any(one.fields for one in problem.screeners)
    for number, (entry, screener) in enumerate((*problem.fixed, *pairs)):
        if screener not in people or entry not in entries:
            continue
        loads[screener][entries[entry].group] += 1
        known = field_points(entries[entry].fields, people[screener].fields)
        points[screener] += known
        if wanted and number >= len(problem.fixed) and entries[entry].fields:
            missed += FULL_POINTS - known
    share = fair_shares(problem, limits_of(problem))
    beyond = [max(0, count - share[code, group]) for code, by_group in loads.items() for group, count in by_group.items()]
    return Solution(
        pairs=tuple(sorted(pairs)), objective=missed + PRIORITIES[problem.priority] * sum(map(steep, beyond)), bound=bound,
        loads={code: sum(by_group.values()) for code, by_group in loads.items()}, group_loads=loads, excess=sum(beyond), points=points,
        unknown=unknown_in(problem, pairs), unknown_least=unknown_least,
    )


def steep(beyond: int) -> int:
    """What so many places beyond a fair share weigh together."""
    total = 0
    for width, cost in STEPS:
        step = beyond if width is None else min(beyond, width)
        total, beyond = total + step * cost, beyond - step
    return total
