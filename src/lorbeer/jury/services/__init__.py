"""The jury's day, act by act. Every act locks its meeting first, so that of two clicks the second sees the first."""

from lorbeer.jury.services.closing import (
    close_meeting,
    make_minutes,
)
from lorbeer.jury.services.common import (
    at_close,
    sums_of,
    voices_digest,
    voices_of,
)
from lorbeer.jury.services.decisions import (
    decide,
    give_back,
    reopen,
    spend,
    take_off,
)
from lorbeer.jury.services.declarations import (
    declare,
    lift_bias,
    note_declaration,
    record_bias,
    take_back_note,
)
from lorbeer.jury.services.meeting import (
    arrive,
    call_item,
    cast_approval,
    cast_ballot,
    cast_ranking,
    give_up_vote,
    leave,
    open_meeting,
)
from lorbeer.jury.services.members import (
    appoint,
    dismiss,
    note_grounds,
)
from lorbeer.jury.services.offline import (
    NotAsShown,
    Preview,
    enter_offline,
    preview_offline,
)
from lorbeer.jury.services.preparing import (
    add_item,
    move_meeting,
    plan_meeting,
    take_in_proposals,
)
from lorbeer.jury.services.ranking import (
    Outcome,
    Plan,
    close_poll,
    decide_ranking,
    fingerprint,
    give_up_poll,
    open_poll,
    payable,
    plan_ranking,
    preview_ranking,
    require_no_other,
    result_of,
)
from lorbeer.jury.services.secret import (
    cast_secretly,
    give_up_urn,
    late_text,
    late_voters,
    set_up_urn,
    urn_of,
)
from lorbeer.jury.services.signing import (
    sign_minutes,
)

__all__ = [
    "NotAsShown",
    "Outcome",
    "Plan",
    "Preview",
    "add_item",
    "appoint",
    "arrive",
    "at_close",
    "call_item",
    "cast_approval",
    "cast_ballot",
    "cast_ranking",
    "cast_secretly",
    "close_meeting",
    "close_poll",
    "decide",
    "decide_ranking",
    "declare",
    "dismiss",
    "enter_offline",
    "fingerprint",
    "give_back",
    "give_up_poll",
    "give_up_urn",
    "give_up_vote",
    "late_text",
    "late_voters",
    "leave",
    "lift_bias",
    "make_minutes",
    "move_meeting",
    "note_declaration",
    "note_grounds",
    "open_meeting",
    "open_poll",
    "payable",
    "plan_meeting",
    "plan_ranking",
    "preview_offline",
    "preview_ranking",
    "record_bias",
    "reopen",
    "require_no_other",
    "result_of",
    "set_up_urn",
    "sign_minutes",
    "spend",
    "sums_of",
    "take_back_note",
    "take_in_proposals",
    "take_off",
    "urn_of",
    "voices_digest",
    "voices_of",
]
