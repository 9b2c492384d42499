"""Pages of those who apply: find, ask a rule, act through a service, answer."""

from lorbeer.intake.views.beginning import entry_show, entry_start
from lorbeer.intake.views.comparing import entry_compare
from lorbeer.intake.views.filling_in import conflict_list, conflict_settle, section_edit, section_keep
from lorbeer.intake.views.from_pdf import draft_fill, draft_form_pdf, form_pdf
from lorbeer.intake.views.handing_in import (
    entry_check,
    entry_pdf,
    entry_preview,
    entry_preview_pdf,
    entry_resume,
    entry_submit,
    entry_withdraw,
    receipt_letter,
    receipt_pdf,
    receipt_posted,
    receipt_show,
)
from lorbeer.intake.views.paper import entry_cover, letter_hand_over, letter_take_back, paper_form
from lorbeer.intake.views.together import contributor_list, contributor_remove, invitation_accept, invitation_revoke

__all__ = [
    "conflict_list",
    "conflict_settle",
    "draft_fill",
    "draft_form_pdf",
    "contributor_list",
    "contributor_remove",
    "entry_check",
    "entry_compare",
    "entry_cover",
    "entry_pdf",
    "entry_preview",
    "entry_preview_pdf",
    "entry_resume",
    "entry_show",
    "entry_start",
    "entry_submit",
    "entry_withdraw",
    "form_pdf",
    "invitation_accept",
    "invitation_revoke",
    "letter_hand_over",
    "letter_take_back",
    "paper_form",
    "receipt_letter",
    "receipt_pdf",
    "receipt_posted",
    "receipt_show",
    "section_edit",
    "section_keep",
]
