"""Three views of one meeting (desk, own page, wall), and what comes before and after it."""

from lorbeer.jury.views.after import (
    minutes_show,
    minutes_write,
    simulator_show,
)
from lorbeer.jury.views.before import (
    meeting_list,
    meeting_plan,
    member_dismiss,
    member_grounds,
    member_list,
)
from lorbeer.jury.views.declarations import (
    bias_lift,
    bias_list,
    bias_record,
    declaration_note,
    declaration_take_back,
)
from lorbeer.jury.views.desk import (
    agenda_extend,
    ballot_record,
    ballots_give_up,
    desk_show,
    desk_votes,
    item_add,
    item_call,
    item_decide,
    item_reopen,
    item_take_off,
    meeting_close,
    meeting_move,
    meeting_open,
    member_arrive,
    member_leave,
)
from lorbeer.jury.views.offline import (
    offline_enter,
    offline_package,
)
from lorbeer.jury.views.own import (
    approval_cast,
    ballot_cast,
    bias_declare,
    dossier_pdf,
    dossier_show,
    mine_show,
    mine_table,
    ranking_cast,
    secret_cast,
)
from lorbeer.jury.views.ranking import (
    poll_close,
    poll_give_up,
    poll_open,
    ranking_show,
)
from lorbeer.jury.views.secret import (
    urn_begin,
    urn_void,
)
from lorbeer.jury.views.signing import (
    minutes_sign,
)
from lorbeer.jury.views.wall import (
    wall_now,
    wall_show,
)

__all__ = [
    "agenda_extend",
    "approval_cast",
    "ballot_cast",
    "ballot_record",
    "ballots_give_up",
    "bias_declare",
    "bias_lift",
    "bias_list",
    "bias_record",
    "declaration_note",
    "declaration_take_back",
    "desk_show",
    "desk_votes",
    "dossier_pdf",
    "dossier_show",
    "item_add",
    "item_call",
    "item_decide",
    "item_reopen",
    "item_take_off",
    "meeting_close",
    "meeting_list",
    "meeting_move",
    "meeting_open",
    "meeting_plan",
    "member_arrive",
    "member_dismiss",
    "member_grounds",
    "member_leave",
    "member_list",
    "mine_show",
    "mine_table",
    "minutes_show",
    "minutes_write",
    "minutes_sign",
    "offline_enter",
    "offline_package",
    "poll_close",
    "poll_give_up",
    "poll_open",
    "ranking_cast",
    "ranking_show",
    "secret_cast",
    "simulator_show",
    "urn_begin",
    "urn_void",
    "wall_now",
    "wall_show",
]
