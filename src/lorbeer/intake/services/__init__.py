"""How entries come in: drafts answer by answer, arrivals through three doors, submissions frozen for good."""

from lorbeer.intake.services.answers import Saved, fill_draft, save_answer, save_answers
from lorbeer.intake.services.arrivals import (
    add_arrival,
    admit_late,
    attach_scan,
    key_in,
    register_arrival,
    start_key_in,
    submit_keyed,
)
from lorbeer.intake.services.attachments import attach_file, file_reference
from lorbeer.intake.services.beginning import start_draft
from lorbeer.intake.services.changes import Change, as_changes
from lorbeer.intake.services.choosing import settle_conflict
from lorbeer.intake.services.collisions import Conflict
from lorbeer.intake.services.corrections import close_arrival, correct_arrival, reopen_arrival
from lorbeer.intake.services.enclosing import assign_enclosure, set_aside_enclosure
from lorbeer.intake.services.fetching import decide_waiting_mail, fetch_mails
from lorbeer.intake.services.filling import Filling, fill_from_arrival, fill_from_form, fill_online, say_no_body
from lorbeer.intake.services.keying import (
    begin_second_keying,
    change_second_places,
    decide_difference,
    finish_first_keying,
    finish_second_keying,
    key_anew,
    save_second_keying,
    take_over_keying,
)
from lorbeer.intake.services.mails import start_from_mail, take_in
from lorbeer.intake.services.merging import keep_apart, merge_entries, undo_merger
from lorbeer.intake.services.repeats import PlaceChanged, bring_back, change_places
from lorbeer.intake.services.scanning import hand_over, link_arrival, read_scan, take_back, take_up, unlink_arrival
from lorbeer.intake.services.stacks import (
    accept_part,
    attach_part,
    divide_part,
    go_on_unread,
    join_part,
    leave_out_part,
    read_stack,
    receive_stack,
)
from lorbeer.intake.services.submitting import (
    Incomplete,
    Overtaken,
    ShownOtherwise,
    digest_of_answers,
    is_unchanged,
    resume,
    submit,
    withdraw,
)
from lorbeer.intake.services.unread import keep_unread

__all__ = [
    "Change",
    "Conflict",
    "Filling",
    "Incomplete",
    "Overtaken",
    "PlaceChanged",
    "Saved",
    "ShownOtherwise",
    "accept_part",
    "add_arrival",
    "admit_late",
    "as_changes",
    "assign_enclosure",
    "attach_file",
    "attach_part",
    "attach_scan",
    "begin_second_keying",
    "bring_back",
    "change_places",
    "change_second_places",
    "close_arrival",
    "correct_arrival",
    "decide_difference",
    "decide_waiting_mail",
    "digest_of_answers",
    "divide_part",
    "fetch_mails",
    "file_reference",
    "fill_draft",
    "fill_from_arrival",
    "fill_from_form",
    "fill_online",
    "finish_first_keying",
    "finish_second_keying",
    "go_on_unread",
    "is_unchanged",
    "join_part",
    "keep_apart",
    "keep_unread",
    "key_anew",
    "key_in",
    "leave_out_part",
    "hand_over",
    "link_arrival",
    "merge_entries",
    "read_scan",
    "read_stack",
    "receive_stack",
    "register_arrival",
    "reopen_arrival",
    "resume",
    "save_answer",
    "save_answers",
    "save_second_keying",
    "say_no_body",
    "set_aside_enclosure",
    "settle_conflict",
    "start_draft",
    "start_from_mail",
    "start_key_in",
    "submit",
    "submit_keyed",
    "take_back",
    "take_in",
    "take_over_keying",
    "take_up",
    "undo_merger",
    "unlink_arrival",
    "withdraw",
]
