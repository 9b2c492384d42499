"""The name of an applicant that is somebody's own: a question of a class of personal data gave it, or the sender of a mail or letter."""

from lorbeer.entries.models import Entry
from lorbeer.entries.rules import was_keyed_by_office
from lorbeer.intake.queries import document_or_none, draft_answers
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared.reasons import ERASED

ROLE = "applicant_name"


def name_left(entry: Entry, personal_class: str) -> str:
    """What stands for the applicant once the class is erased: as it is now, or the municipality, or nothing that says a name.

    Ask before the answers go. A name that a question without a class gave, and one from the register, stays.
    """
    if not entry.applicant or entry.applicant == ERASED:
        return entry.applicant
    body = entry.municipality
    versions = _versions(entry)
    classes = {placed.question.personal_data for version in versions for placed in form_of(version).placed.values()
               if placed.question.role == ROLE}
    is_personal = personal_class in classes
    if personal_class == "contact" and was_keyed_by_office(entry) and not _is_answered(entry):
        is_personal = True                                              # the sender of what came, until the form said better
    if not is_personal or (body is not None and entry.applicant == body.name):
        return entry.applicant
    return body.name if body else ERASED


def _versions(entry: Entry) -> list[Version]:
    draft = getattr(entry, "draft", None)
    return [*([draft.version] if draft else []), *(one.version for one in entry.submissions.select_related("version"))]


def _is_answered(entry: Entry) -> bool:
    """Whether the form says who applies: what was handed in, or the draft where nothing was."""
    if document := document_or_none(entry):
        return bool(document.by_role(ROLE))
    draft = getattr(entry, "draft", None)
    names = {name for name, placed in form_of(draft.version).placed.items() if placed.question.role == ROLE} if draft else set()
    return any(value for (name, _place), value in draft_answers(draft).items() if name in names) if draft else False
