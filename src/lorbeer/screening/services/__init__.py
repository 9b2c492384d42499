"""What changes in the screening: assignment, sealed votes, joint session, expert opinions. Always by somebody."""

from lorbeer.screening.services.abstentions import abstain
from lorbeer.screening.services.assignment import (
    declare_bias,
    fill_seat,
    has_begun,
    reassign,
    remind_screener,
    withdraw_vote,
)
from lorbeer.screening.services.opinions import (
    build_dossier,
    draft_opinion,
    hand_to_second_reader,
    release_opinion,
    return_opinion,
)
from lorbeer.screening.services.proposals import (
    NoAssignment,
    accept_assignment,
    change_by_hand,
    free_rest,
    propose_assignment,
    take_in,
)
from lorbeer.screening.services.reminders import remind_those_behind, reminders_due
from lorbeer.screening.services.screeners import keep_apart, lift_rule, pin, save_profile
from lorbeer.screening.services.sessions import (
    check_proposals,
    close_session,
    confirm_agreeing,
    decide_item,
    open_session,
    plan_session,
    refresh_agenda,
)
from lorbeer.screening.services.votes import (
    NotAsShown,
    clean_text,
    is_intact,
    keep_sheet,
    missing_in,
    open_vote,
    save_sheet,
    seal_vote,
    shown_digest,
)

__all__ = [
    "abstain",
    "NoAssignment",
    "NotAsShown",
    "accept_assignment",
    "build_dossier",
    "change_by_hand",
    "clean_text",
    "check_proposals",
    "close_session",
    "confirm_agreeing",
    "decide_item",
    "declare_bias",
    "draft_opinion",
    "fill_seat",
    "free_rest",
    "hand_to_second_reader",
    "has_begun",
    "is_intact",
    "keep_apart",
    "keep_sheet",
    "lift_rule",
    "missing_in",
    "open_session",
    "open_vote",
    "pin",
    "plan_session",
    "propose_assignment",
    "reassign",
    "refresh_agenda",
    "release_opinion",
    "remind_screener",
    "remind_those_behind",
    "reminders_due",
    "return_opinion",
    "save_profile",
    "save_sheet",
    "seal_vote",
    "shown_digest",
    "take_in",
    "withdraw_vote",
]
