"""What is asked, what is computed, what may be chosen, and how many places there are, for one set of answers."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import (
    REFERENCE,
    UPLOADED,
    Choice,
    Form,
    Group,
    Node,
    Placed,
    Question,
    Repeat,
    Section,
    Type,
    is_dynamic,
)
from lorbeer.questionnaire.expressions import MAX_TEXT, Effort, Nodes, Value
from lorbeer.questionnaire.values import Answers, Key, display, in_language, is_blank
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized, spoken_in

MAX_PLACES = 50                                                         # of a repeat that names no limit
GONE = 1000                                                             # above it: places that were taken out of their repeat

ASK_WHETHER_ANSWERED = {"coalesce", "string-length", "count-selected", "selected", "boolean"}


class Evaluation:
    """What is asked, what is computed and what may be chosen, for one set of answers. Cheap to make, computes once."""

    def __init__(
        self, form: Form, answers: Answers, *, now: datetime | None = None, zone: str = "Europe/Berlin"
    ) -> None:
        self.form = form
        self.answers = answers
        self.now = (now or clock.now()).astimezone(ZoneInfo(zone))
        self.effort = Effort()
        self._relevant: dict[Key, bool] = {}
        self._block: dict[Key, bool] = {}
        self._computed: dict[Key, Value] = {}
        self._count: dict[str, int] = {}
        for name in form.order:                                         # each after what it needs: no deep recursion
            placed = form.placed[name]
            for place in self.places(placed.repeat):
                self._relevant[name, place] = self._is_asked(placed, place)
                if placed.question.type == Type.CALCULATE and self._relevant[name, place]:
                    tree = form.tree(placed.question, "calculation")
                    if tree is not None:
                        result = expressions.first(expressions.evaluate(tree, _Scope(self, place, name)))
                        self._computed[name, place] = expressions.as_text(result)

    def _is_asked(self, placed: Placed, place: int) -> bool:
        for block in placed.blocks:
            inside = place if placed.repeat is not None and _within(placed, block) else 0
            if not self.block_relevant(block, inside):
                return False
        tree = self.form.tree(placed.question, "relevant")
        return tree is None or expressions.is_true(tree, _Scope(self, place, placed.question.name))

    def block_relevant(self, block: Node, place: int = 0) -> bool:
        """Whether a section, group or repeat's own condition holds (not those around it)."""
        tree = self.form.tree(block, "relevant")
        if tree is None:
            return True
        key = (block.name, place)
        if key not in self._block:
            self._block[key] = expressions.is_true(tree, _Scope(self, place, ""))
        return self._block[key]

    def places(self, repeat: Repeat | None) -> range:
        """The places of a repeat: 1, 2, …; only 0 outside."""
        return range(1) if repeat is None else range(1, self.count(repeat) + 1)

    def count(self, repeat: Repeat) -> int:
        if repeat.name not in self._count:
            tree = self.form.tree(repeat, "count")
            if tree is not None:
                number = expressions.as_number(expressions.evaluate(tree, _Scope(self, 0, "")))
                wanted = int(number) if number.is_finite() and number > 0 else 0
            else:
                stored = self.answers.get((repeat.name, 0))
                if isinstance(stored, int):
                    wanted = stored
                else:
                    names = self._names_in(repeat)
                    wanted = max((place for name, place in self.answers if name in names), default=0)
                wanted = max(wanted, repeat.min_count)
            self._count[repeat.name] = min(wanted, repeat.max_count or MAX_PLACES, MAX_PLACES)
        return self._count[repeat.name]

    def has_room(self, repeat: Repeat) -> bool:
        """Whether the person can add a place; never where another answer says how many there are."""
        return not repeat.count and self.count(repeat) < (repeat.max_count or MAX_PLACES)

    def can_be_filled_in(self, section: Section) -> bool:
        """Whether a section has something to do: a question that is asked, or a repeat that has room for a place."""
        for name, placed in self.form.placed.items():
            if placed.section is not section or not placed.question.is_answered:
                continue
            if any(self.is_relevant(name, place) for place in self.places(placed.repeat)):
                return True
            if placed.repeat is not None and self.has_room(placed.repeat) and self.is_open(placed.repeat):
                return True
        return False

    def is_open(self, repeat: Repeat) -> bool:
        """Whether the conditions of a repeat, and of all that is around it, hold."""
        placed = next((one for one in self.form.placed.values() if one.repeat is repeat), None)
        return placed is not None and all(self.block_relevant(one) for one in placed.blocks[: placed.blocks.index(repeat) + 1])

    def _names_in(self, repeat: Repeat) -> set[str]:
        return {name for name, placed in self.form.placed.items() if placed.repeat is repeat}

    def is_relevant(self, name: str, place: int = 0) -> bool:
        return self._relevant.get((name, place), False)

    def value(self, name: str, place: int = 0) -> Any:
        """The answer as kept, or what is computed; None where the question is not asked."""
        if not self.is_relevant(name, place):
            return None
        if (name, place) in self._computed:
            return self._computed[name, place] or None
        return self.answers.get((name, place))

    def relevant(self) -> list[Key]:
        """Every question that is asked, with its place, in the order of the form."""
        return [
            (name, place) for name, placed in self.form.placed.items() for place in self.places(placed.repeat)
            if self._relevant[name, place]
        ]

    def holds(self, question: Question, attribute: str, place: int, value: Any = None) -> bool | None:
        """Whether an expression of the question is true (for `value` as its answer); None where there is none."""
        tree = self.form.tree(question, attribute)
        if tree is None:
            return None
        return expressions.is_true(tree, _Scope(self, place, question.name, own=plain_value(question, value)))

    def can_judge(self, question: Question, place: int) -> bool:
        """Whether every answer that the question's constraint reads is there: a sum cannot be compared with one that is missing.

        A constraint that itself asks whether something was answered is always judged.
        """
        tree = self.form.tree(question, "constraint")
        if tree is None or expressions.functions(tree) & ASK_WHETHER_ANSWERED:
            return True
        asked = {name for name, text in expressions.comparisons(tree) if text == ""}
        for name in expressions.references(tree) - asked - {question.name}:
            placed = self.form.placed.get(name)
            if placed is None:                                          # how many places a repeat has is always known
                continue
            same = placed.repeat is self.form.placed[question.name].repeat
            places = [place if placed.repeat is not None else 0] if same or placed.repeat is None else self.places(placed.repeat)
            if all(is_blank(self.value(name, one)) for one in places):
                return False
        return True

    def is_required(self, question: Question, place: int = 0) -> bool:
        if question.required == "yes":
            return True
        return bool(self.holds(question, "required", place, self.value(question.name, place)))

    def default(self, question: Question, place: int = 0) -> Any:
        """What an untouched question shows; None for nothing."""
        if not question.default:
            return None
        raw: Any = question.default
        if is_dynamic(question.default):
            tree = self.form.tree(question, "default")
            if tree is None:
                return None
            computed = expressions.evaluate(tree, _Scope(self, place, question.name))
            raw = expressions.as_iso_date(computed) if question.type == Type.DATE else expressions.as_text(computed)
        try:
            return clean_value(question, raw)
        except BadInput:
            return None

    def choices(self, question: Question, place: int = 0) -> list[Choice]:
        """The options of the question that pass its choice filter."""
        tree = self.form.tree(question, "choice_filter")
        if tree is None:
            return list(question.choices)
        effort = Effort()                                               # thousands of options in each of fifty places are no misuse
        return [
            choice for choice in question.choices
            if (question.or_other and choice.code == "other" and not choice.attributes)
            or expressions.is_true(tree, _Scope(self, place, question.name, choice=choice, effort=effort))
        ]

    def text(self, label: Localized | str, place: int = 0, language: str | None = None) -> str:
        """A label with `${name}` replaced by the answer as people read it."""
        text = in_language(label, language, self.form.default_language) if isinstance(label, dict) else str(label)

        room = MAX_TEXT

        def shown(match: re.Match[str]) -> str:
            nonlocal room
            name = match[1]
            placed = self.form.placed.get(name)
            if placed is None:
                return match[0]
            at = place if placed.repeat is not None else 0
            answer = display(placed.question, self.value(name, at), language, self.form.default_language)
            room -= len(answer)
            return answer if answer and room >= 0 else "…"

        return spoken_in(REFERENCE.sub(shown, text), getattr(text, "language", ""))


def _within(placed: Placed, block: Section | Group | Repeat) -> bool:
    """Whether `block` is the repeat itself or lies inside it."""
    if placed.repeat is None:
        return False
    return placed.blocks.index(block) > placed.blocks.index(placed.repeat)


class _Scope:
    """One place from which an expression looks at the answers."""

    def __init__(self, evaluation: Evaluation, place: int, name: str, *, own: Value | None = None,
                 choice: Choice | None = None, effort: Effort | None = None) -> None:
        self.effort = effort or evaluation.effort
        self.evaluation, self.place, self.name, self.own_value, self.choice = evaluation, place, name, own, choice

    @property
    def now(self) -> datetime:
        return self.evaluation.now

    def lookup(self, name: str) -> Value | Nodes:
        form = self.evaluation.form
        placed = form.placed.get(name)
        if placed is None:
            repeat = form.repeats.get(name)
            if repeat is None:
                return ""
            if not self.evaluation.block_relevant(repeat):
                return Nodes()
            return Nodes(Decimal(place) for place in self.evaluation.places(repeat))
        if placed.repeat is None:
            return self.lookup_at(name, 0)
        here = form.placed.get(self.name)
        if self.place and here is not None and here.repeat is placed.repeat:
            return self.lookup_at(name, self.place)
        if self.place and here is None:                                 # the condition of a block inside the repeat
            return self.lookup_at(name, self.place)
        evaluation = self.evaluation
        return Nodes(
            self.lookup_at(name, place)
            for place in evaluation.places(placed.repeat)
            if evaluation.is_relevant(name, place)
        )

    def lookup_at(self, name: str, place: int) -> Value:
        placed = self.evaluation.form.placed.get(name)
        if placed is None:
            return ""
        return plain_value(placed.question, self.evaluation.value(name, place))

    def own(self) -> Value:
        if self.own_value is not None:
            return self.own_value
        placed = self.evaluation.form.placed.get(self.name)
        if placed is None:
            return ""
        return plain_value(placed.question, self.evaluation.answers.get((self.name, self.place)))

    def column(self, name: str) -> str:
        if self.choice is None:
            return ""
        if name == "name":
            return self.choice.code
        if name == "label":
            return str(self.choice.label)
        return self.choice.attributes.get(name, "")

    def choice_label(self, name: str, code: str) -> str:
        placed = self.evaluation.form.placed.get(name)
        choice = placed.question.choice(code) if placed else None
        return in_language(choice.label, None, self.evaluation.form.default_language) if choice else ""


def plain_value(question: Question, value: Any) -> Value:
    """A kept value as expressions see it: text, or a number."""
    if is_blank(value):
        return ""
    if question.type == Type.INTEGER and isinstance(value, int):
        return Decimal(value)
    if question.type == Type.DECIMAL:
        return expressions.as_number(str(value))
    if question.type == Type.ACKNOWLEDGE:
        return "OK"
    if question.type == Type.MULTI and isinstance(value, list):
        return " ".join(map(str, value))
    if question.type in UPLOADED and isinstance(value, list):
        return str(value[0].get("name") or value[0]["code"])
    if question.type == Type.MUNICIPALITY and isinstance(value, dict):
        return str(value.get("key", ""))
    if isinstance(value, dict):
        return ", ".join(str(part) for part in value.values())
    return str(value)


def relevant_questions(form: Form, answers: Answers, *, now: datetime | None = None) -> list[Key]:
    """(name, place) of every question that is asked, in the order of the form."""
    return Evaluation(form, answers, now=now).relevant()


# --- places ----------------------------------------------------------------------------------------------------------


def add_place(form: Form, answers: Answers, repeat_name: str) -> dict[Key, Any]:
    """The answers with one more (empty) place of a repeat; BadInput where there is no room."""
    repeat = form.repeats[repeat_name]
    evaluation = Evaluation(form, answers)
    if repeat.count:
        raise BadInput(_("How many there are follows from another answer."))
    if not evaluation.has_room(repeat):
        raise BadInput(
            _("There is no room for another one: at most %(most)d.") % {"most": repeat.max_count or MAX_PLACES}
        )
    return {**answers, (repeat_name, 0): evaluation.count(repeat) + 1}


def answers_at(form: Form, answers: Answers, repeat_name: str, place: int) -> list[tuple[str, Any]]:
    """(question, value) of what was answered at a place of a repeat, in the order of the form."""
    names = [name for name, placed in form.placed.items()
             if placed.repeat and placed.repeat.name == repeat_name and placed.question.is_answered]
    return [(name, answers[name, place]) for name in names if not is_blank(answers.get((name, place)))]


def remove_place(form: Form, answers: Answers, repeat_name: str, place: int) -> dict[Key, Any]:
    """The answers without one place of a repeat; those behind it move up. BadInput where it is gone already, or has to stay."""
    repeat = form.repeats[repeat_name]
    count = Evaluation(form, answers).count(repeat)
    if repeat.count:
        raise BadInput(_("How many there are follows from another answer."))
    if place > GONE:
        raise BadInput(_("It has been removed already."))
    if not 1 <= place <= count or count <= repeat.min_count:
        raise BadInput(_("This one cannot be removed."))
    names = {name for name, placed in form.placed.items() if placed.repeat is repeat}
    kept: dict[Key, Any] = {}
    for (name, number), value in answers.items():
        if name in names and number == place:
            continue
        kept[name, number - 1 if name in names and number > place else number] = value
    kept[repeat_name, 0] = count - 1
    return kept
