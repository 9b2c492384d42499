"""Which questions ask for files, which files they take, and what came beside a mailed form and waits for its question."""

from collections.abc import Collection
from typing import Any

from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import State
from lorbeer.intake import queries
from lorbeer.intake.models import Arrival, Channel, Draft, Enclosure
from lorbeer.questionnaire.definition import UPLOADED, Question, Type, section_key
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.forms import anchor_of
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key, is_blank
from lorbeer.shared import files, filetypes
from lorbeer.shared.models import StoredFile

KINDS_OF_FILES = {Type.PHOTO: ("image",), Type.FILE: ("image", "pdf", "document")}
TYPES_OF_KIND = {"pdf": "pdf", "docx": "document", "odt": "document", "doc": "document", "rtf": "document",
                 "jpg": "image", "jpeg": "image", "png": "image", "webp": "image"}


def taken_by(question: Question) -> tuple[tuple[str, ...], set[str]]:
    """Kinds of files that a question takes, and the endings that they must have; none: any of these kinds."""
    kinds, endings = KINDS_OF_FILES[question.type], set(question.limits.file_types)
    named = {TYPES_OF_KIND.get(kind, "") for kind in endings}
    return tuple(kind for kind in kinds if kind in named) or kinds, endings | ({"jpg", "jpeg"} if {"jpg", "jpeg"} & endings else set())


def file_questions(evaluation: Evaluation) -> dict[Key, Question]:
    """The questions for files that are asked now, with their places in repeats."""
    return {(name, place): evaluation.form.question(name) for name, place in evaluation.relevant()
            if evaluation.form.question(name).type in UPLOADED and not evaluation.form.question(name).readonly}


def fits(question: Question, stored: StoredFile) -> bool:
    """Whether a question takes files of this kind; how large and how long they may be is judged when one is attached."""
    kinds, endings = taken_by(question)
    if endings and files.suffix_of(stored.name).lstrip(".") not in endings:
        return False
    try:
        with files.open_file(stored) as opened:
            kind = filetypes.kind_of(opened.read(4096), stored.name)
    except OSError:
        return False
    return kind in kinds and stored.blob.media_type != "application/octet-stream"


def enclosures_of(arrival: Arrival, person: object) -> dict[str, Any]:
    """What the desk shows: `rows` with their file, where it stands, and the questions that may be chosen; {} where nothing is to be decided.

    `why_not`: why this person cannot choose, while the entry is a draft: another one keys it in, or it is settled.
    """
    found = list(arrival.enclosures.select_related("file__blob", "by"))
    found += pictures_of_letter(arrival, known={one.file_id for one in found})
    draft = Draft.objects.select_related("entry__competition", "version__questionnaire").filter(entry=arrival.entry_id).first()
    if not found or draft is None:
        return {}
    evaluation = queries.evaluation_of(draft)
    questions = file_questions(evaluation)
    draft.entry.competition = arrival.competition
    can_attach = entry_rules.can_attach_files(person, draft.entry)
    could_be = draft.entry.state in (State.DRAFT, State.SUBMITTED) and not arrival.closed_at
    is_open = could_be and bool(can_attach)
    rows = []
    for row, listed in zip(found, files.listed(person, [one.file for one in found]), strict=True):
        own = (row.question, row.place)
        choices = [{"value": f"{key[0]}:{key[1]}", "label": _choice_of(evaluation, key, question)}
                   for key, question in questions.items() if key != own and fits(question, row.file)] if is_open else []
        rows.append({**listed, "row": row, "choices": choices, "label": label_of(evaluation, own) if row.question else "",
                     "place_url": _place_of(draft, own) if is_open and row.question in evaluation.form.placed else "",
                     "is_picture": row.file.blob.media_type.startswith("image/")})
    is_handed_in = draft.entry.state == State.SUBMITTED
    return {"rows": rows, "is_open": is_open, "is_handed_in": is_handed_in, "why_not": can_attach.reason if could_be else "",
            "waiting": could_be and not is_handed_in and any(one.pk and not one.reason for one in found)}


def sections_with_files(draft: Draft) -> set[str]:
    """The keys of the sections in which files are asked for now."""
    return {_section_of(draft, name) for name, _place in file_questions(queries.evaluation_of(draft))}


def _section_of(draft: Draft, question: str) -> str:
    form = form_of(draft.version)
    section = form.placed[question].section
    return section_key(form.sections.index(section) + 1, section)


def _place_of(draft: Draft, key: Key) -> str:
    """The address of a question in its draft, where one says what stands on paper about a photo."""
    name, place = key
    address = reverse("intake:section_edit", args=[draft.entry.competition.code, draft.entry.code, _section_of(draft, name)])
    return f"{address}#{anchor_of(name, place)}"


def pictures_of_letter(arrival: Arrival, known: Collection[int] = ()) -> list[Enclosure]:
    """Pictures that the office scanned of a letter and may put to a question for photos. Nobody has to: a page can be scanned as a picture."""
    if arrival.channel != Channel.POST:
        return []
    pictures = arrival.files.filter(kind=files.UPLOAD, blob__media_type__startswith="image/").exclude(pk__in=known)
    return [Enclosure(arrival=arrival, file=stored) for stored in pictures.select_related("blob").order_by("pk")]


def _choice_of(evaluation: Evaluation, key: Key, question: Question) -> str:
    label = label_of(evaluation, key)
    replaces = question.takes_one_file and not is_blank(evaluation.answers.get(key))
    return _("%(question)s, in place of the file there") % {"question": label} if replaces else label


def label_of(evaluation: Evaluation, key: Key) -> str:
    """A question as buttons say it."""
    name, place = key
    placed = evaluation.form.placed.get(name)
    label = Truncator(str(evaluation.text(placed.question.label, place)) if placed else name).chars(80) or name
    return f"{label} ({place})" if place else label
