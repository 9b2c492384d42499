"""What stands between a set of answers and a complete entry, a sentence each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import (
    CHOOSING,
    ONE_OF,
    TYPED,
    UPLOADED,
    Form,
    Placed,
    Question,
    Section,
    Type,
    section_key,
)
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.values import Answers, display, in_language, is_blank, measured
from lorbeer.shared.errors import BadInput

# Where a question names no bound of its own: what lies beyond was mistyped.
FIRST_DAY, LAST_DAY = "1000-01-01", "2199-12-31"


@dataclass(frozen=True)
class Fault:
    """What is missing or wrong at a question. `kind`: missing, constraint, limit, form or count."""

    question: str
    place: int
    sentence: str
    kind: str
    section: str = ""                                                   # key of the section, as in addresses
    part: str = ""                                                      # of a photo: number and what is missing, "0-credit"


def _whole(number: int) -> str:
    return formats.number_format(number, 0, force_grouping=True)


def limit_faults(question: Question, value: Any) -> list[str]:
    """Sentences for each limit that the answer exceeds."""
    limits, found = question.limits, []
    if is_blank(value):
        return []
    if isinstance(value, str) and question.type in TYPED and limits.of_text:
        length = measured(question, value)
        if limits.characters is not None and length.characters > limits.characters:
            found.append(_("The text has %(count)s characters; at most %(most)s are allowed.")
                         % {"count": _whole(length.characters), "most": _whole(limits.characters)})
        if limits.words is not None and length.words > limits.words:
            found.append(_("The text has %(count)s words; at most %(most)s are allowed.")
                         % {"count": _whole(length.words), "most": _whole(limits.words)})
        if limits.pages is not None and length.pages > limits.pages:
            found.append(_("The text fills %(count)s printed pages; at most %(most)d are allowed.")
                         % {"count": formats.number_format(length.pages, 1), "most": limits.pages})
    if question.type in (Type.INTEGER, Type.DECIMAL, Type.DATE):
        number = expressions.as_number(str(value))
        shown = {"least": display(question, _limit_value(question, limits.min)),
                 "most": display(question, _limit_value(question, limits.max))}
        if limits.min and number < expressions.as_number(limits.min):
            found.append((_("Here %(least)s is the first possible day. Please name a later one.") if question.type == Type.DATE else
                          _("Less than %(least)s is not possible here. Please enter a larger number.")) % shown)
        if limits.max and number > expressions.as_number(limits.max):
            found.append((_("Here %(most)s is the last possible day. Please name an earlier one.") if question.type == Type.DATE else
                          _("More than %(most)s is not possible here. Please enter a smaller number.")) % shown)
    if question.type == Type.DATE and isinstance(value, str) and (
            (value < FIRST_DAY and not limits.min) or (value > LAST_DAY and not limits.max)):
        found.append(_("The year %(year)s can hardly be meant. Please check the day.") % {"year": value[:4]})
    if question.type == Type.MULTI and isinstance(value, list):
        if limits.min and len(value) < int(limits.min):
            found.append(
                ngettext(
                    "Please choose at least %(least)d option.",
                    "Please choose at least %(least)d options.",
                    int(limits.min),
                )
                % {"least": int(limits.min)}
            )
        if limits.max and len(value) > int(limits.max):
            found.append(ngettext("Please choose at most %(most)d option.", "Please choose at most %(most)d options.",
                                  int(limits.max)) % {"most": int(limits.max)})
        exclusive = [choice for choice in question.choices if choice.exclusive or choice.no_answer]
        for choice in exclusive:
            if choice.code in value and len(value) > 1:
                found.append(
                    _("“%(option)s” cannot be combined with other options.") % {"option": in_language(choice.label)}
                )
    if question.type in UPLOADED and isinstance(value, list) and limits.files and len(value) > limits.files:
        found.append(ngettext("At most %(most)d file can be attached.", "At most %(most)d files can be attached.",
                              limits.files) % {"most": limits.files})
    return found


def photo_faults(photos: list[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """(part, sentence) of everything that is not said of a photo; `part` names its field: "0-credit". Of several each is named."""
    found = []
    for number, item in enumerate(photos):
        which = "new" if item.get("code") == "new" else str(number)
        asked = {
            "alternative_text": _("Please describe what the photo shows, for people who cannot see it."),
            "credit": _("Please name who took the photo."),
            "rights": _("Please say who holds the rights in the photo, or which licence it is under."),
            "printable": _("Please confirm that the photo may be printed and published, or choose one that may."),
        }
        for part, sentence in asked.items():
            if not item.get(part):
                named = len(photos) > 1 and item.get("name")
                found.append((f"{which}-{part}", _("“%(name)s”: %(fault)s") % {"name": item["name"], "fault": sentence} if named else sentence))
    return found


def _limit_value(question: Question, text: str) -> Any:
    if question.type == Type.INTEGER and text:
        return int(Decimal(text))
    return text


def value_faults(evaluation: Evaluation, question: Question, place: int, value: Any) -> list[tuple[str, str, str]]:
    """(kind, sentence, part) of everything that is wrong with one answer that is there; a blank has no faults here.

    `part`: of a photo the field that is missing, else "".
    """
    if is_blank(value) or not question.is_answered:
        return []
    try:
        clean = clean_value(question, value, kept=True)
    except BadInput as error:
        return [("form", str(error), "")]
    found = [("limit", sentence, "") for sentence in limit_faults(question, clean)]
    if question.type == Type.PHOTO:
        found += [("limit", sentence, part) for part, sentence in photo_faults(clean)]
    if question.choice_filter and question.type in CHOOSING:
        offered = {choice.code for choice in evaluation.choices(question, place)}
        if strange := [code for code in (clean if isinstance(clean, list) else [clean]) if code not in offered]:
            labels = ", ".join(_("“%(option)s”") % {"option": display(question, code)} for code in strange)
            found.append(("constraint", ngettext(
                "%(options)s does not fit your other answers any more. Please choose again.",
                "%(options)s do not fit your other answers any more. Please choose again.", len(strange)) % {"options": labels}, ""))
    if evaluation.can_judge(question, place) and evaluation.holds(question, "constraint", place, clean) is False:
        message = evaluation.text(question.constraint_message, place) if question.constraint_message else ""
        found.append(("constraint", message or _("This answer does not fit. Please check it."), ""))
    return found


def faults(form: Form, answers: Answers, *, now: datetime | None = None,
           evaluation: Evaluation | None = None) -> list[Fault]:
    """Everything that stands between these answers and a complete entry, in the order of the form."""
    evaluation = evaluation or Evaluation(form, answers, now=now)
    keys = {id(section): section_key(number, section) for number, section in enumerate(form.sections, 1)}
    found: list[Fault] = []
    counted: set[str] = set()
    for name, placed in form.placed.items():
        question, section = placed.question, keys[id(placed.section)]
        if placed.repeat is not None and placed.repeat.name not in counted:
            counted.add(placed.repeat.name)
            found += _count_faults(evaluation, placed, section)
        if not question.is_answered:
            continue
        for place in evaluation.places(placed.repeat):
            if not evaluation.is_relevant(name, place):
                continue
            value = evaluation.value(name, place)
            if is_blank(value):
                if evaluation.is_required(question, place):
                    message = evaluation.text(question.required_message, place) if question.required_message else ""
                    found.append(Fault(name, place, message or _missing(question), "missing", section))
                continue
            found += [Fault(name, place, sentence, kind, section, part)
                      for kind, sentence, part in value_faults(evaluation, question, place, value)]
    return found


def _missing(question: Question) -> str:
    if question.type == Type.ACKNOWLEDGE:
        return _("Please confirm this.")
    if question.type in ONE_OF:
        return _("Please choose an option.")
    if question.type == Type.MULTI:
        return _("Please choose at least one option.")
    if question.type in UPLOADED:
        return _("Please attach a file.")
    return _("This answer is missing.")


def _count_faults(evaluation: Evaluation, placed: Placed, section: str) -> list[Fault]:
    repeat = placed.repeat
    assert repeat is not None
    outer = placed.blocks[: placed.blocks.index(repeat) + 1]
    if not all(evaluation.block_relevant(block) for block in outer):
        return []
    stored = evaluation.answers.get((repeat.name, 0))
    if repeat.max_count and isinstance(stored, int) and stored > repeat.max_count:
        sentence = ngettext("At most %(most)d can be given here.", "At most %(most)d can be given here.",
                            repeat.max_count) % {"most": repeat.max_count}
        return [Fault(repeat.name, 0, sentence, "count", section)]
    return []


def progress(form: Form, section: Section, evaluation: Evaluation) -> dict[str, int]:
    """How far a section is: questions asked, answered, required, and required ones that are missing."""
    tally = {"asked": 0, "answered": 0, "required": 0, "missing": 0}
    for name, place in evaluation.relevant():
        placed = form.placed[name]
        if placed.section is not section or not placed.question.is_answered:
            continue
        blank = is_blank(evaluation.value(name, place))
        required = evaluation.is_required(placed.question, place)
        tally["asked"] += 1
        tally["answered"] += not blank
        tally["required"] += required
        tally["missing"] += required and blank
    return tally
