"""The jury's day, act by act. Every act locks its meeting first, so that of two clicks the second sees the first."""

from lorbeer.jury.services.closing import (
    close_meeting,
)
from lorbeer.jury.services.common import (
    at_close,
)
from lorbeer.jury.services.decisions import (
    decide,
    give_back,
    reopen,
    spend,
)
from lorbeer.jury.services.meeting import (
    arrive,
    call_item,
    cast_ballot,
    cast_ranking,
    leave,
    open_meeting,
)
from lorbeer.jury.services.members import (
    appoint,
    dismiss,
)
from lorbeer.jury.services.preparing import (
    add_item,
    declare,
    plan_meeting,
    take_in_proposals,
)
from lorbeer.jury.services.ranking import (
    Outcome,
    decide_ranking,
    fingerprint,
    plan_ranking,
)

__all__ = [
    "Outcome",
    "add_item",
    "appoint",
    "arrive",
    "at_close",
    "call_item",
    "cast_ballot",
    "cast_ranking",
    "close_meeting",
    "decide",
    "decide_ranking",
    "declare",
    "dismiss",
    "fingerprint",
    "give_back",
    "leave",
    "open_meeting",
    "plan_meeting",
    "plan_ranking",
    "reopen",
    "spend",
    "take_in_proposals",
]
