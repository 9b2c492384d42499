"""A questionnaire on paper: the same questions with boxes to tick and lines to write on, as data for the template `paper`."""

from collections.abc import Iterator
from math import ceil
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.questionnaire.conditions import in_words, options_in_words
from lorbeer.questionnaire.definition import (
    CHOOSING,
    MONEY,
    UPLOADED,
    Form,
    Group,
    Item,
    Question,
    Repeat,
    Section,
    Type,
)
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.forms import PHOTO_LABELS, may_be_printed

CHARACTERS_PER_LINE = 50                                                # of handwriting
MOST_LINES = 24                                                         # what is longer is written on sheets of one's own
MOST_PLACES = 3                                                         # of a repeat; for more the page is copied
SHORT = 3


def paper_sections(form: Form) -> list[dict[str, Any]]:
    """Every section with its questions, numbered 1.1, 1.2 …, so that a condition can name the question it looks at."""
    return list(_Writer(form).sections())


class _Writer:
    def __init__(self, form: Form) -> None:
        self.form = form
        self.evaluation = Evaluation(form, {})
        self.numbers: dict[str, str] = {}
        for number, section in enumerate(self._asked(), 1):
            asked = [placed.question for placed in form.placed.values()
                     if placed.section is section and placed.question.is_answered]
            self.numbers |= {question.name: f"{number}.{place}" for place, question in enumerate(asked, 1)}

    def _asked(self) -> list[Section]:
        """The sections in which something can be answered."""
        return [section for section in self.form.sections
                if any(one.section is section and one.question.is_answered for one in self.form.placed.values())]

    def sections(self) -> Iterator[dict[str, Any]]:
        for number, section in enumerate(self._asked(), 1):
            label = self._text(section.title) or _("Further questions")
            yield {"title": f"{number} {label}", "note": self._note(section), "items": list(self._items(section.items))}

    def _text(self, label: Any) -> str:
        return str(self.evaluation.text(label)) if label else ""

    def _note(self, node: Section | Group | Repeat) -> str:
        return " ".join(filter(None, [in_words(self.evaluation, node, numbers=self.numbers), self._text(node.hint)]))

    def _items(self, items: tuple[Item, ...]) -> Iterator[dict[str, Any]]:
        for item in items:
            if isinstance(item, Repeat):
                yield from self._places(item)
            elif isinstance(item, Group):
                rows = [one for one in item.items if isinstance(one, Question) and one.type in CHOOSING and one.choices]
                inner = [self._matrix(item, rows)] if item.is_matrix and len(rows) == len(item.items) else list(self._items(item.items))
                yield {"kind": "group", "label": self._text(item.label), "note": self._note(item), "items": inner}
            elif item.type == Type.NOTE:
                if text := self._text(item.label):
                    yield {"kind": "note", "text": text}
            elif item.is_answered and not item.readonly:
                yield self._question(item)

    def _places(self, repeat: Repeat) -> Iterator[dict[str, Any]]:
        """A repeat, written out so often as there is room for; where more are possible, the sheet says what to do."""
        count = min(repeat.max_count or MOST_PLACES, MOST_PLACES)
        label = self._text(repeat.label) or _("Entry in the list")
        for place in range(1, count + 1):
            more = place == count and (repeat.max_count is None or repeat.max_count > count)
            hints = [self._note(repeat) if place == 1 else "", _("If you need more, copy these questions.") if more else ""]
            yield {"kind": "group", "label": f"{label} {place}" if count > 1 else label, "note": " ".join(filter(None, hints)),
                   "items": list(self._items(repeat.items))}

    def _matrix(self, group: Group, rows: list[Question]) -> dict[str, Any]:
        columns = rows[0].choices
        return {"kind": "matrix", "header": [self._text(choice.label) or choice.code for choice in columns],
                "label": self._text(group.label) or _("Question"),
                "rows": [f"{self.numbers[row.name]} {self._text(row.label) or row.name}" for row in rows]}

    def _question(self, question: Question) -> dict[str, Any]:
        label = self._text(question.label) or self._text(question.hint) or question.name
        hints = [in_words(self.evaluation, question, numbers=self.numbers), self._text(question.hint) if question.label else "",
                 options_in_words(self.evaluation, question, numbers=self.numbers), self._measure(question)]
        return {"kind": "question", "number": self.numbers[question.name], "label": label, "hint": " ".join(filter(None, hints)),
                "required": question.required == "yes", **self._answer(question)}

    def _answer(self, question: Question) -> dict[str, Any]:
        """What there is to write on: `boxes` to tick, so many `lines`, `cells` for single figures, `fields` with a name each."""
        limits = question.limits
        if question.type in CHOOSING:
            return {"boxes": [self._text(choice.label) or choice.code for choice in question.choices], "lines": 0}
        if question.type == Type.ACKNOWLEDGE:
            return {"boxes": [_("Yes, I confirm this.")], "lines": 0}
        if question.type in UPLOADED:
            return self._photos(question) if question.type == Type.PHOTO else {"boxes": [_("It is enclosed.")], "lines": 0}
        if question.type == Type.ADDRESS:
            return {"fields": [_("Street and number"), _("Postcode and town")], "lines": 0}
        if question.type == Type.MUNICIPALITY:
            return {"lines": 1, "cells": [{"label": _("official key, if you know it"), "count": 8}]}
        if question.type == Type.DATE:
            parts = ((_("day"), 2), (_("month"), 2), (_("year"), 4))
            return {"lines": 0, "cells": [{"label": label, "count": count} for label, count in parts]}
        if question.type == Type.LONG_TEXT:
            characters = limits.characters or (limits.words or 0) * 7
            needed = ceil(characters / CHARACTERS_PER_LINE) if characters else MOST_LINES // 2
            apart = bool(limits.pages) or needed > MOST_LINES
            return {"lines": SHORT if apart else max(SHORT, needed)}
        if question.type in (Type.INTEGER, Type.DECIMAL):
            return {"lines": 1, "width": 40, "unit": "€" if question.role in MONEY else ""}
        return {"lines": 2 if (limits.characters or 0) > 2 * CHARACTERS_PER_LINE else 1, "width": 40 if question.type == Type.TIME else 100}

    @staticmethod
    def _photos(question: Question) -> dict[str, Any]:
        """What is asked of each photo, so often as there is room for. Its name: what is written on its back, or of its file."""
        most = min(question.most_files, MOST_PLACES)
        return {"lines": 0, "parts": [{
            "label": _("Photo %(number)d") % {"number": number} if most > 1 else "",
            "boxes": [_("It is enclosed."), may_be_printed()],
            "fields": [_("Mark on the photo, or name of the file"), *(str(label) for label in PHOTO_LABELS.values())],
        } for number in range(1, most + 1)]}

    def _measure(self, question: Question) -> str:
        """How many crosses, how much text, and where it goes when it is long."""
        limits, parts = question.limits, []
        if question.type == Type.MULTI:
            parts.append(_("You may tick several."))
        elif question.type in CHOOSING:
            parts.append(_("Please tick one."))
        if question.type == Type.PHOTO:
            parts.append(_("Without this a photo cannot be taken; only the caption may be left out."))
            if question.most_files > MOST_PLACES:
                parts.append(_("For more photos write the same on a sheet of your own."))
        if question.type == Type.LONG_TEXT:
            if limits.pages:
                parts.append(ngettext(
                    "At most %(count)d page A4, on a sheet of your own.", "At most %(count)d pages A4, on sheets of your own.", limits.pages
                ) % {"count": limits.pages})
            if limits.characters:
                parts.append(_("At most %(count)d characters.") % {"count": limits.characters})
            if limits.words:
                parts.append(_("At most %(count)d words.") % {"count": limits.words})
            if not limits.pages and max(limits.characters or 0, (limits.words or 0) * 7) > MOST_LINES * CHARACTERS_PER_LINE:
                parts.append(_("Go on with it on a sheet of your own and write the number of the question on it."))
        return " ".join(parts)
