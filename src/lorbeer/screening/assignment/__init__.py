"""Who reads what: an optimal flow over all admissible pairs. Codes in, codes out; nothing here knows the database.

`problem` says what is asked and what an answer is, `network` solves it and proves the optimum, `conflict` names what contradicts
itself where there is no answer, `price` tells what each rule costs.
"""

from lorbeer.screening.assignment.conflict import Conflict, Impossible, conflict_of, is_feasible
from lorbeer.screening.assignment.network import solve
from lorbeer.screening.assignment.outcome import result_of
from lorbeer.screening.assignment.price import EXPLAINED_PAIRS, Price, Remedies, price_of_rules, remedies_of
from lorbeer.screening.assignment.problem import (
    PRIORITIES,
    EntryFacts,
    Problem,
    ScreenerFacts,
    Solution,
    bounds,
    digest,
    field_points,
    knows,
)
from lorbeer.screening.assignment.tables import limits_of

__all__ = [
    "EXPLAINED_PAIRS", "PRIORITIES", "Conflict", "EntryFacts", "Impossible", "Price", "Problem", "Remedies", "ScreenerFacts", "Solution",
    "bounds", "conflict_of", "digest", "field_points", "is_feasible", "knows", "limits_of", "price_of_rules", "remedies_of", "result_of",
    "solve",
]
