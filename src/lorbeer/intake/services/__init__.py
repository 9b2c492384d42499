"""How entries come in: drafts answer by answer, arrivals through three doors, submissions frozen for good."""

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
from lorbeer.intake.services.corrections import close_arrival, correct_arrival, reopen_arrival
from lorbeer.intake.services.drafts import (
    Change,
    Conflict,
    Saved,
    as_changes,
    change_places,
    fill_draft,
    save_answer,
    save_answers,
    settle_conflict,
    start_draft,
)
from lorbeer.intake.services.fetching import fetch_mails
from lorbeer.intake.services.filling import Filling, fill_from_arrival, fill_from_form
from lorbeer.intake.services.mails import start_from_mail, take_in
from lorbeer.intake.services.submitting import Incomplete, Overtaken, is_unchanged, resume, submit, withdraw

__all__ = [
    "Change",
    "Conflict",
    "Filling",
    "Incomplete",
    "Overtaken",
    "Saved",
    "add_arrival",
    "admit_late",
    "as_changes",
    "attach_file",
    "attach_scan",
    "change_places",
    "close_arrival",
    "correct_arrival",
    "fetch_mails",
    "file_reference",
    "fill_draft",
    "fill_from_arrival",
    "fill_from_form",
    "is_unchanged",
    "key_in",
    "register_arrival",
    "reopen_arrival",
    "resume",
    "save_answer",
    "save_answers",
    "settle_conflict",
    "start_draft",
    "start_from_mail",
    "start_key_in",
    "submit",
    "submit_keyed",
    "take_in",
    "withdraw",
]
