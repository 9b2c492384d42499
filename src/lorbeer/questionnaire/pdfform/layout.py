"""A questionnaire as a page to fill in: what is printed, in which order, and the field behind each frame.

The Typst template `form` draws it (its data: shared/typst/README.md); a frame is a link to `field.invalid/NUMBER`, and
`widgets.py` puts the field of that number in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.questionnaire.conditions import in_words, options_in_words
from lorbeer.questionnaire.definition import (
    ONE_OF,
    UPLOADED,
    Form,
    Group,
    Item,
    Node,
    Question,
    Repeat,
    Section,
    Type,
)
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.forms import ADDRESS_LABELS, LONGEST_FACT, PHOTO_LABELS, PRINTABLE, may_be_printed
from lorbeer.questionnaire.pdfform.fields import (
    MOST_DESCRIBED,
    ON,
    Field,
    Kind,
    fields_of,
    filled_in,
    names_field,
    photo_fields,
    tokens,
)
from lorbeer.questionnaire.values import LINE_CHARACTERS, PAGE_LINES, display, is_blank, signs_in_words
from lorbeer.shared.filetypes import endings_in_words

COPIES = 3                                                              # of a repeat that names no limit
MOST_COPIES = 20
LEAST_LINES, MOST_LINES = 4, 38                                         # of a field for a long text; the most fill a page
SIGNS = 1.2                                                             # room for the signs of a formatted text, which are not counted
_PART = {"file": "name"}                                                # where an answer calls a part of a photo otherwise
WIDEST_MATRIX = 6                                                       # columns; a wider one is asked row by row


@dataclass
class Drawn:
    """A field as it is drawn: with what it holds, what a screen reader says, and what it allows."""

    field: Field
    tip: str
    value: str = ""
    required: bool = False
    readonly: bool = False
    most: int | None = None                                             # characters
    labels: list[str] = field(default_factory=list)                     # of the options


class Layout:
    """The sections of a form for the template, and the drawn fields in their order."""

    def __init__(self, form: Form, evaluation: Evaluation) -> None:
        self.form, self.evaluation = form, evaluation
        self.fields: list[Drawn] = []
        self.sections = [self._section(section) for section in form.sections]

    def _section(self, section: Section) -> dict[str, Any]:
        return {"title": self._text(section.title) or _("Questions"), "hint": self._text(section.hint),
                "condition": in_words(self.evaluation, section), "items": self._items(section.items, 0)}

    def _text(self, label: Any, place: int = 0) -> str:
        return str(self.evaluation.text(label, place)).strip() if label else ""

    def _items(self, items: Sequence[Item], place: int, level: int = 3, around: str = "") -> list[dict[str, Any]]:
        """`around`: what was said of a block without a heading of its own, for each question in it."""
        found: list[dict[str, Any]] = []
        for item in items:
            if isinstance(item, Question):
                found += self._question(item, place, around)
            elif isinstance(item, Group):
                found += self._group(item, place, level, around)
            else:
                found += self._repeat(item, level, around)
        return found

    def _heading(self, item: Node, label: str, place: int, level: int, around: str) -> dict[str, Any]:
        said = " ".join(filter(None, [around, in_words(self.evaluation, item, place)]))
        return {"kind": "heading", "level": min(level, 4), "label": label, "condition": said,
                "hint": self._text(item.hint, place)}

    def _group(self, group: Group, place: int, level: int, around: str) -> list[dict[str, Any]]:
        label = self._text(group.label, place)
        if group.is_matrix and (matrix := self._matrix(group, place)):
            head = [self._heading(group, label, place, level, around)] if label else []
            return [*head, matrix]
        if not label:
            said = " ".join(filter(None, [around, in_words(self.evaluation, group, place)]))
            return self._items(group.items, place, level, said)
        return [self._heading(group, label, place, level, around), *self._items(group.items, place, level + 1)]

    def _repeat(self, repeat: Repeat, level: int, around: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        label = self._text(repeat.label) or repeat.name
        copies = self.copies(repeat)
        for place in range(1, copies + 1):
            found.append(self._heading(repeat, f"{label} {place}", 0, level, around))
            if place > max(repeat.min_count, 1):
                found[-1]["hint"] = " ".join(filter(None, [_("Leave it empty if you do not need it."), found[-1]["hint"]]))
            found += self._items(repeat.items, place, level + 1)
        if repeat.max_count is None or repeat.max_count > copies:
            found.append({"kind": "note", "text": _("There is room for more in the form online.")})
        return found

    def copies(self, repeat: Repeat) -> int:
        """How often the questions of a repeat are printed: as often as they can be asked, within reason."""
        wanted = repeat.max_count or max(repeat.min_count, COPIES)
        if repeat.count.strip().isdigit():
            wanted = int(repeat.count)
        return max(min(wanted, MOST_COPIES), self.evaluation.count(repeat))

    # --- questions ---

    def _question(self, question: Question, place: int, around: str = "") -> list[dict[str, Any]]:
        if question.type == Type.CALCULATE:
            return []
        said = " ".join(filter(None, [around, in_words(self.evaluation, question, place)]))
        label = self._text(question.label or question.hint, place)
        hints = [self._text(question.hint, place) if question.label else "", self._text(question.guidance, place)]
        if question.example:
            hints.append(_("For example: %(example)s") % {"example": self._text(question.example, place)})
        if question.type == Type.NOTE:
            return [{"kind": "note", "text": "\n".join(filter(None, [said, label, *hints]))}]
        hints.append(options_in_words(self.evaluation, question, place))
        required = question.required == "yes"
        return [{
            "kind": "question", "label": label or question.name, "required": required, "condition": said,
            "hint": " ".join(filter(None, hints)), "limits": self._limits(question),
            **self._control(question, place, label, required and not self._is_conditional(question, place)),
        }]

    def _is_conditional(self, question: Question, place: int) -> bool:
        """Whether a question may stay empty because it, a block around it, or its place is not needed."""
        placed = self.form.placed[question.name]
        return bool(question.relevant) or any(block.relevant for block in placed.blocks) or (
            placed.repeat is not None and place > placed.repeat.min_count)

    def _control(self, question: Question, place: int, label: str, required: bool) -> dict[str, Any]:
        """How the question is answered: a `control`, and what the template needs to draw it."""
        if question.type == Type.PHOTO:
            return {"control": "photos", "text": self._attached(question, place), "photos": self._photos(question, place, label)}
        if question.type in UPLOADED:
            names = Drawn(names_field(question, place), f"{label or question.name}: {_('Name of the file that you attach')}")
            return {"control": "attach", "text": self._attached(question, place), "name": _("Name of the file that you attach"),
                    "field": self._number(names)}
        fields = fields_of(question, place)
        if not fields:
            return {"control": "none"}
        drawn = [self._drawn(question, place, one, label, required) for one in fields]
        kept = self._kept(question, place)
        values = filled_in(question, fields, kept)
        for one in drawn:
            one.value = values.get(one.field.name, "")
            if one.most is not None:                                    # what is there already is not cut off
                one.most = max(one.most, len(one.value))
        first = drawn[0]
        if question.type == Type.ADDRESS:
            parts = [{"label": str(ADDRESS_LABELS[one.field.part]), "field": self._number(one)} for one in drawn]
            return {"control": "parts", "parts": parts}
        if question.type == Type.MULTI:
            return self._options([(self._number(one), one.labels[0]) for one in drawn])
        if first.field.kind == Kind.BUTTONS:
            number = self._number(first)
            return self._options([(f"{number}/{at}", text) for at, text in enumerate(first.labels)])
        if first.field.kind == Kind.LIST:
            return {"control": "list", "field": self._number(first), "options": " · ".join(first.labels)}
        if first.field.kind == Kind.AREA:
            return {"control": "area", "field": self._number(first), "lines": _lines(question)}
        if first.field.kind == Kind.TICK:
            return {"control": "tick", "field": self._number(first)}
        return {"control": "line", "field": self._number(first), "width": _width(question)}

    def _photos(self, question: Question, place: int, label: str) -> list[dict[str, Any]]:
        """What is asked of each photo: how its file is called, what is said of it, and whether it may be printed."""
        kept = self._kept(question, place)
        found, rows = [], photo_fields(question, place)
        for number, row in enumerate(rows):
            there = kept[number] if isinstance(kept, list) and number < len(kept) else {}
            whole = f"{label or question.name}: {_('Photo %(number)d') % {'number': number + 1}}" if len(rows) > 1 else label or question.name
            texts = {"file": _("Name of the file that you attach"), **{part: str(text) for part, text in PHOTO_LABELS.items()}}
            lines = [{"label": text, "field": self._number(Drawn(row[part], f"{whole}: {text}", str(there.get(_PART.get(part, part), "")),
                                                                 most=LONGEST_FACT))} for part, text in texts.items()]
            printable = Drawn(row[PRINTABLE], f"{whole}: {may_be_printed()}", ON if there.get(PRINTABLE) else "")
            found.append({"title": _("Photo %(number)d") % {"number": number + 1} if len(rows) > 1 else "", "lines": lines,
                          "tick": self._number(printable), "tick_label": may_be_printed()})
        return found

    @staticmethod
    def _options(options: list[tuple[str, str]]) -> dict[str, Any]:
        longest = max((len(text) for _field, text in options), default=0)
        columns = 1 if longest > 38 else 2 if longest > 22 else 3
        return {"control": "options", "columns": min(columns, len(options)),
                "options": [{"field": number, "label": text} for number, text in options]}

    def _kept(self, question: Question, place: int) -> Any:
        """The answer that is there, else what an untouched question shows."""
        key = (question.name, place)
        value = self.evaluation.answers.get(key)
        return self.evaluation.default(question, place) if is_blank(value) and key not in self.evaluation.answers else value

    def _number(self, drawn: Drawn) -> str:
        self.fields.append(drawn)
        return str(len(self.fields) - 1)

    def _drawn(self, question: Question, place: int, one: Field, label: str, required: bool) -> Drawn:
        repeat = self.form.placed[question.name].repeat
        labels = [self._text(choice.label, place) or token for token, choice in one.options]
        whole = [f"{self._text(repeat.label) or repeat.name} {place}" if repeat is not None else "", label or question.name]
        if question.type == Type.ADDRESS:
            whole.append(str(ADDRESS_LABELS[one.part]))
            required = required and one.part != "recipient"
        if question.type == Type.MULTI:
            choice = next(choice for choice in tokens(question).values() if choice.code == one.part)
            labels = [self._text(choice.label, place) or one.part]
            whole.append(labels[0])
            required = False                                            # one of them is needed, not each
        return Drawn(one, ": ".join(filter(None, whole)), required=required, readonly=question.readonly,
                     most=_most_characters(question) if one.kind in (Kind.LINE, Kind.AREA) else None, labels=labels)

    def _limits(self, question: Question) -> str:
        """What the answer may measure and how it is written, in words."""
        limits, said = question.limits, []

        def number(value: Any) -> str:
            return formats.number_format(value, force_grouping=True)

        if question.type == Type.INTEGER:
            said.append(_("A whole number."))
        if question.type == Type.DECIMAL:
            said.append(_("A number."))
        if question.type == Type.DATE:
            said.append(_("A date such as 31.12.2017."))
        if question.type == Type.TIME:
            said.append(_("A time such as 14:30."))
        if question.type == Type.MUNICIPALITY:
            said.append(_("Its name or its official key."))
        if question.type in (Type.INTEGER, Type.DECIMAL, Type.DATE):
            for text, limit in ((_("At least %(value)s."), limits.min), (_("At most %(value)s."), limits.max)):
                if limit:
                    value = int(limit) if question.type == Type.INTEGER and limit.lstrip("-").isdigit() else limit
                    said.append(text % {"value": display(question, value)})
        if limits.characters:
            said.append(_("At most %(count)s characters.") % {"count": number(limits.characters)})
        if limits.words:
            said.append(_("At most %(count)s words.") % {"count": number(limits.words)})
        if limits.pages and question.type not in UPLOADED:
            said.append(ngettext("At most %(count)s printed A4 page; the field takes more than it shows.",
                                 "At most %(count)s printed A4 pages; the field takes more than it shows.", limits.pages)
                        % {"count": number(limits.pages)})
        if question.is_formatted:
            said.append(signs_in_words())
        if question.type == Type.MULTI:
            said.append(_("More than one is possible.") if limits.max != "1" and not question.hint else "")
            if limits.min:
                said.append(_("At least %(value)s.") % {"value": limits.min})
            if limits.max:
                said.append(_("At most %(value)s.") % {"value": limits.max})
        return " ".join(filter(None, said))

    def _attached(self, question: Question, place: int) -> str:
        """What is said where a file is wanted: a form holds none, the mail does."""
        kinds = endings_in_words(question.limits.file_types)
        text = _("Attach it to the mail that brings this form, or upload it online.")
        if question.limits.files and question.limits.files > 1:
            text += " " + _("At most %(count)s files.") % {"count": question.limits.files}
        if kinds:
            text += f" {kinds}."
        if question.type == Type.PHOTO:
            text += " " + _("Without what is asked below a photo cannot be taken; only the caption may be left out.")
            if question.most_files > MOST_DESCRIBED:
                text += " " + _("There is room for %(count)d photos here; say the same of any others in the mail.") % {"count": MOST_DESCRIBED}
        text += " " + _("Write the name of the file below, or let it begin with “%(name)s”: then the file is put here by itself.") % {
            "name": f"{question.name}_{place}" if place else question.name}
        there = display(question, self.evaluation.answers.get((question.name, place)))
        return text + (" " + _("There already: %(files)s.") % {"files": there} if there else "")

    # --- a matrix ---

    def _matrix(self, group: Group, place: int) -> dict[str, Any] | None:
        """Rows that share their options, as a table; None where that would be too wide or is none."""
        asked = [item for item in group.items if not (isinstance(item, Question) and item.type in (Type.NOTE, Type.CALCULATE))]
        if not asked or not all(isinstance(item, Question) and item.type in (*ONE_OF, Type.MULTI) for item in asked):
            return None
        rows: list[Question] = [item for item in asked if isinstance(item, Question)]
        columns = [choice.code for choice in tokens(rows[0]).values()]
        if not 0 < len(columns) <= WIDEST_MATRIX or any([one.code for one in tokens(row).values()] != columns for row in rows):
            return None
        if any(one.kind == Kind.LIST for row in rows for one in fields_of(row, place)):  # a list that opens fits no cell of a table
            return None
        found = []
        for row in rows:
            parts = self._control(row, place, self._text(row.label, place),
                                  row.required == "yes" and not self._is_conditional(row, place))
            found.append({"label": self._text(row.label, place) or row.name, "required": row.required == "yes",
                          "condition": in_words(self.evaluation, row, place),
                          "fields": [option["field"] for option in parts["options"]]})
        return {"kind": "matrix", "rows": found,
                "columns": [self._text(choice.label, place) or choice.code for choice in tokens(rows[0]).values()]}


def _most_characters(question: Question) -> int | None:
    """The most characters that a field takes. Pages: as many as fit at best, so that no text within the limit is cut off."""
    limits, signs = question.limits, SIGNS if question.is_formatted else 1
    if limits.characters:
        return int(limits.characters * signs)
    if limits.pages:
        return int((limits.pages + 0.1) * PAGE_LINES * (LINE_CHARACTERS + 2) * signs)
    return None


def _lines(question: Question) -> int:
    """How many lines a field for a long text shows."""
    limits = question.limits
    characters = limits.characters or (limits.words or 0) * 7 or (limits.pages or 0) * PAGE_LINES * LINE_CHARACTERS or 600
    return max(LEAST_LINES, min(characters // LINE_CHARACTERS + 2, MOST_LINES))


def _width(question: Question) -> int:
    """How wide a field is, in percent of the line."""
    if question.type in (Type.INTEGER, Type.DECIMAL, Type.DATE, Type.TIME):
        return 35
    return 35 if (question.limits.characters or 100) <= 20 else 100
