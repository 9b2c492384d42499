"""A filled form back into answers. What does not fit is said and quoted, never dropped; what is no form is refused in a sentence."""

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lorbeer.call.queries import register_of
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import Form, Question, Type
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.municipalities import facts_of, key_named, question_for_applicant
from lorbeer.questionnaire.pdfform.fields import (
    IDENTITY,
    Beside,
    Identity,
    every_field,
    fields_of,
    files_beside,
    filled_in,
    is_off,
    typed,
)
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import Key, in_language, is_blank
from lorbeer.register.models import RegisterEdition
from lorbeer.shared.errors import BadInput, Busy
from lorbeer.shared.text import language_for, readable

MOST_MEGABYTES = 25
SECONDS = 10                                                            # for one file, by the clock
AT_ONCE = threading.Semaphore(2)                                        # files being opened, each with memory of its own
PATIENCE = 2                                                            # seconds until its turn: whoever waits holds a thread of the server
SENTENCES = {
    "broken": gettext_lazy("This file cannot be opened as a PDF, or it is damaged. Please save the form again and send the new file."),
    "password": gettext_lazy("The PDF is protected by a password. Please save it without one and send it again."),
    "scripts": gettext_lazy("The PDF contains scripts or actions. A form of Lorbeer has none, so its answers are not taken over; please "
                            "fill in the form as you downloaded it."),
    "xfa": gettext_lazy("The PDF is a form of another kind (XFA), which cannot be read. Please fill in the form as you downloaded it."),
    "too_many": gettext_lazy("The PDF has more fields than any form of Lorbeer. Please fill in the form as you downloaded it."),
    "too_large": gettext_lazy("The PDF is too large to be read. Please fill in the form as you downloaded it, without anything added."),
    "no_fields": gettext_lazy("This PDF has no fields to read. If it is a filled form, it was printed, scanned or flattened: please save "
                              "the form itself and send that, or have the answers keyed in by the office."),
}


class Unreadable(BadInput):
    """What is no readable form; `word` (a key of SENTENCES, or "strange") for those whose forms are of another kind and say it otherwise."""

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


@dataclass(frozen=True)
class Filled:
    """What somebody filled in.

    `answers`: question name, or (name, place) in a repeat → value as it is kept, ready for `intake.services.fill_draft`.
    `faults`: a sentence for each thing that could not be taken over, with what stands there. `entry`: code of the draft
    whose answers the form was made with at `made_at`, "" for an empty form. In the language of the form. `files`: (question,
    place) → what the form says of the files that came beside it.
    """

    competition: str
    form: str
    version: int
    entry: str
    answers: dict[str | Key, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    made_at: datetime | None = None
    unknown_body: str = ""                                              # who applies, where the register knows no one body of that name
    files: dict[Key, list[Beside]] = field(default_factory=dict)        # how the attached files are called, what is said of photos
    written: frozenset[Key] = frozenset()                               # where something stands, be it what nobody can read


@dataclass(frozen=True)
class Returned:
    """A form that came back: what it says it is, and what stands in it, as `Filled` has it. In the language of the form."""

    identity: Identity
    answers: dict[str | Key, Any]
    faults: list[str]
    files: dict[Key, list[Beside]]
    unknown_body: str = ""
    written: frozenset[Key] = frozenset()


def read_any(content: bytes, form_for: Callable[[Identity], tuple[Form, RegisterEdition | None]], spoken: str = "") -> Returned:
    """What was filled in in any form that `pdf_of` makes; `form_for` knows it by its number and raises BadInput for a strange one.

    Numbers are read as the language of the form writes them; faults are `spoken` in that of the reader, else in that of the form.

    Raises BadInput (Unreadable), a sentence to show, and Busy while others are read.
    """
    found = _harvested(content)
    if word := found.get("refused"):
        raise Unreadable(word, _refusal(word, found.get("mark", "")))
    try:
        identity = Identity.read(str(found["fields"].get(IDENTITY) or found["mark"]))
    except BadInput as fault:
        raise Unreadable("strange", str(fault)) from None
    form, edition = form_for(identity)
    with translation.override(language_for(identity.language)):
        answers, faults = interpret(form, found["fields"], edition, spoken)
        named = {(question.name, place): there for question, place, there, _names in files_beside(form, found["fields"])}
        with _spoken_in(spoken):
            faults = [*_doubts(found, bool(answers or named)), *faults]
        unknown, written = _unknown_body(form, found["fields"], answers), _written(form, found["fields"])
    if found["damaged"] and not answers:
        raise BadInput(str(SENTENCES["broken"]))
    return Returned(identity, answers, faults, named, unknown, written | named.keys())


def read(content: bytes, spoken: str = "") -> Filled:
    """What was filled in; faults `spoken` in this language, else in that of the form.

    Raises BadInput, a sentence to show, for what is no readable form of a version that is here, and Busy while others are read.
    """
    back = read_any(content, _entry_form, spoken)
    one = back.identity
    return Filled(one.competition, one.form, one.version, one.entry, back.answers, back.faults, one.made_at, back.unknown_body, back.files,
                  back.written)


def _entry_form(identity: Identity) -> tuple[Form, RegisterEdition | None]:
    version = (
        Version.objects.filter(questionnaire__competition__code=identity.competition, questionnaire__code=identity.form,
                               number=identity.version, published_at__isnull=False)
        .select_related("questionnaire__competition__register_edition").first()
    )
    if version is None:
        raise BadInput(_("This form belongs to a questionnaire that is not here: “%(competition)s”, version %(number)d.")
                       % {"competition": identity.competition, "number": identity.version})
    return form_of(version), register_of(version.questionnaire.competition)


def _harvested(content: bytes) -> dict[str, Any]:
    if len(content) > MOST_MEGABYTES * 1024 * 1024:
        return {"refused": "too_large"}
    if b"%PDF-" not in content[:1024]:
        return {"refused": "broken"}
    if not AT_ONCE.acquire(timeout=PATIENCE):
        raise Busy(_("Other forms are being read just now. Nothing of yours was taken over yet: please try again in a moment."))
    try:
        done = subprocess.run(  # noqa: S603 our own file with our own interpreter
            [sys.executable, "-I", str(Path(__file__).with_name("harvest.py"))],
            input=content, capture_output=True, timeout=SECONDS, check=False, env={},
        )
    except subprocess.TimeoutExpired:
        return {"refused": "too_large"}
    finally:
        AT_ONCE.release()
    try:
        return dict(json.loads(done.stdout))
    except ValueError:                                                  # it was stopped, or died
        return {"refused": "too_large"}


def _refusal(word: str, mark: str) -> str:
    try:
        identity = Identity.read(mark)
    except BadInput:
        return str(SENTENCES[word])
    known = _("It was the form of “%(competition)s”, version %(number)d.") % {
        "competition": identity.competition, "number": identity.version}
    return f"{SENTENCES[word]} {known}"


def _doubts(found: dict[str, Any], says_something: bool) -> list[str]:
    """What is said of the file as a whole."""
    said = []
    if found["damaged"]:
        said.append(_("The file is damaged. Please compare what was read with the PDF: something may be missing or older."))
    said += [_("The field “%(name)s” stands in the file twice, with different answers. Only one of them was read.") % {"name": name}
             for name in found["twice"][:20]]
    if not says_something:
        said.append(_("Nothing is filled in."))
    return said


def _spoken_in(language: str) -> AbstractContextManager[Any]:
    return translation.override(language) if language else nullcontext()


def _said_of(question: Question, raw: Any, edition: RegisterEdition | None, error: BadInput) -> str:
    """What is wrong with an answer, in the language that is spoken now; `error` says it in that of the form."""
    try:
        _cleaned(question, raw, edition)
    except BadInput as same:
        return str(same)
    return str(error)


def interpret(form: Form, found: dict[str, Any], edition: RegisterEdition | None, spoken: str = "") -> tuple[dict[str | Key, Any], list[str]]:
    """(answers, faults) of the fields by their names; faults `spoken` in this language, else as it is now."""
    answers: dict[str | Key, Any] = {}
    faults: list[str] = []
    known = {IDENTITY, *(name for _question, _place, _there, names in files_beside(form, found) for name in names)}
    for question, place, fields in every_field(form, set(found)):
        known |= {one.name for one in fields}
        raw = typed(question, fields, found)
        try:
            value = _cleaned(question, raw, edition)
        except BadInput as error:
            with _spoken_in(spoken):
                faults.append(_("%(question)s: %(fault)s The form says: “%(text)s”") % {
                    "question": _spoken(form, question, place), "fault": _said_of(question, raw, edition, error), "text": _quoted(raw)})
            continue
        if not is_blank(value):
            answers[(question.name, place) if place else question.name] = value
    strange = {name: value for name, value in found.items() if name not in known and not is_off(value)}
    with _spoken_in(spoken):
        for name, value in list(strange.items())[:20]:
            faults.append(_("The questionnaire has no field “%(name)s”. It says: “%(text)s”")
                          % {"name": Truncator(name).chars(100), "text": _quoted(value)})
        if len(strange) > 20:
            faults.append(ngettext("There is %(count)d more such field.", "There are %(count)d more such fields.", len(strange) - 20)
                          % {"count": len(strange) - 20})
    return answers, faults


def _written(form: Form, found: dict[str, Any]) -> frozenset[Key]:
    """(question, place) of every question in whose fields something stands."""
    return frozenset((question.name, place) for question, place, fields in every_field(form, set(found))
                     if typed(question, fields, found) is not None)


def _unknown_body(form: Form, found: dict[str, Any], answers: dict[str | Key, Any]) -> str:
    """What stands where the applying municipality is asked for and could not be read; "" where it was, or nothing stands there."""
    name = question_for_applicant(form)
    if not name or name in answers:
        return ""
    raw = typed(form.question(name), fields_of(form.question(name)), found)
    return " ".join(readable(raw).split())[:200] if isinstance(raw, str) else ""


def _cleaned(question: Question, raw: Any, edition: RegisterEdition | None) -> Any:
    if isinstance(raw, list) and question.type != Type.MULTI:
        raise BadInput(_("This answer has a form that does not fit the question."))
    if question.type != Type.MUNICIPALITY or raw is None:
        return clean_value(question, raw)
    value = clean_value(question, key_named(edition, str(raw)))
    return facts_of(edition, value) if value else value


def _spoken(form: Form, question: Question, place: int) -> str:
    label = Truncator(in_language(question.label, None, form.default_language) or question.name).chars(120)
    return f"{label} ({place})" if place else label


def _quoted(raw: Any) -> str:
    parts = raw.values() if isinstance(raw, dict) else raw if isinstance(raw, list) else [raw]
    return Truncator(", ".join(str(part) for part in parts)).chars(500)


def look_alike(question: Question, one: Any, other: Any) -> bool:
    """Whether two answers read the same in the form."""
    fields = fields_of(question)
    return bool(fields) and filled_in(question, fields, one) == filled_in(question, fields, other)
