"""One section of a questionnaire as a Django form: fields with KERN widgets, repeats as numbered places.

A draft may be incomplete: `is_valid` tells whether everything on the page makes sense, while `changes` gives what can
be kept in any case. Each question on a page carries a marker (name, place, revision, digest of what was shown), so that
only what the person really changed is saved, even from an old tab.

`fields` makes them, `reading` reads what was sent, `showing` lays out the page.
"""

from lorbeer.questionnaire.forms.fields import (
    ADD,
    ADDRESS_LABELS,
    BRING_BACK,
    LONGEST_FACT,
    MARKER,
    PHOTO_LABELS,
    PRINTABLE,
    REMOVE,
    anchor_of,
    asked_by,
    digest_of,
    field_name,
    may_be_printed,
)
from lorbeer.questionnaire.forms.showing import Block, SectionForm, measure, section_form
from lorbeer.questionnaire.forms.workbook import WorkbookForm

__all__ = [
    "ADD", "ADDRESS_LABELS", "BRING_BACK", "LONGEST_FACT", "MARKER", "PHOTO_LABELS", "PRINTABLE", "REMOVE", "Block", "SectionForm",
    "WorkbookForm", "anchor_of", "asked_by", "digest_of", "field_name", "may_be_printed", "measure", "section_form",
]
