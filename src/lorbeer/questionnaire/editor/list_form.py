"""The form of a list of options: a window of a long one at a time, because a browser sends only so many fields."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import OTHER, Choice, Form
from lorbeer.questionnaire.editor import lists, names
from lorbeer.questionnaire.editor.fields import EditorForm, Text

WINDOW = 60                                                             # options on a page
BLANK, MOST_BLANK = 3, 30                                               # lines for new ones


@dataclass
class OptionRow:
    """One line of the table of options."""

    number: int
    was: str = ""
    fields: list[Any] = field(default_factory=list)


class ListForm(EditorForm):
    """A list of options: codes, words in each language, order, own columns."""

    def __init__(self, form: Form, name: str, *, start: int = 0, **arguments: Any) -> None:
        super().__init__(form, **arguments)
        self.old, self.choices = name, form.lists.get(name, ())
        self.fields["name"] = Text(label=_("Name of the list"), initial=name or names.unused("liste", form.lists), max_length=60,
                                   required=True)
        self.columns = list(dict.fromkeys(column for choices in form.lists.values() for choice in choices for column in choice.attributes))
        if self.is_bound:
            sent = [str(column) for column in self.data.getlist("columns")] if hasattr(self.data, "getlist") else []
            self.columns = list(dict.fromkeys([*self.columns, *[one for one in sent if self.is_column(one)][:20]]))
            wanted = str(self.data.get("new_column", "")).strip().lower()
            if self.wants_more and self.is_column(wanted) and wanted not in self.columns:
                self.columns.append(wanted)
        self.fields["new_column"] = Text(label=_("A further column, which choice filters read"), max_length=40)
        self.start = start if 0 <= start < len(self.choices) else 0
        self.end = min(self.start + WINDOW, len(self.choices))
        blank = BLANK if self.end == len(self.choices) else 0
        count = str(self.data.get("count", "")) if self.is_bound else ""
        self.count = min(int(count) if count.isascii() and count.isdigit() else self.end - self.start + blank, WINDOW + MOST_BLANK)
        if self.wants_more:
            self.count = min(self.count + BLANK, WINDOW + MOST_BLANK)
        self.numbers = range(self.start, self.start + self.count)
        for number in self.numbers:
            self._add_row(number, self.choices[number] if number < self.end else None)

    @staticmethod
    def is_column(text: str) -> bool:
        return bool(re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", text)) and text not in (
            "name", "label", "list_name", "x_no_answer", "x_exclusive", "value")

    def _add_row(self, number: int, choice: Choice | None) -> None:
        for code, language in self.languages.items():
            label = Text(label=_("Wording (%(language)s)") % {"language": language} if len(self.languages) > 1 else _("Wording"),
                         initial=choice.label.get(code, "") if choice else "", max_length=2000)
            label.widget.attrs["lang"] = code
            self.fields[f"o{number}_label__{code}"] = label
        self.fields[f"o{number}_code"] = Text(label=_("Code"), initial=choice.code if choice else "", max_length=100)
        self.fields[f"o{number}_place"] = forms.IntegerField(label=_("Order"), initial=number + 1, min_value=0, max_value=9999, required=False)
        for flag, words in (("no_answer", _("counts as no answer")), ("exclusive", _("excludes all others")), ("delete", _("delete"))):
            self.fields[f"o{number}_{flag}"] = forms.BooleanField(
                label=words, required=False, initial=bool(choice and getattr(choice, flag, False)))
        for column in self.columns:
            self.fields[f"o{number}_a_{column}"] = Text(label=column, max_length=2000,
                                                        initial=choice.attributes.get(column, "") if choice else "")
        self.fields[f"o{number}_was"] = forms.CharField(widget=forms.HiddenInput(), required=False, initial=choice.code if choice else "")

    def rows(self) -> Iterator[OptionRow]:
        for number in self.numbers:
            names = [*[f"label__{code}" for code in self.languages], "code", "place", "no_answer", "exclusive", "delete",
                     *[f"a_{column}" for column in self.columns]]
            yield OptionRow(number, self[f"o{number}_was"].value() or "", [self[f"o{number}_{name}"] for name in names])

    def clean(self) -> dict[str, Any]:
        if self.wants_more and self.read("new_column", "") and not self.is_column(self.read("new_column", "").lower()):
            self.add_error("new_column", _("A column is called by small letters, digits and _."))
        return super().clean()

    def read_rows(self) -> tuple[list[Choice], dict[str, str]]:
        """The options in their new order, and {old code: new code}."""
        before = {choice.code: choice for choice in self.choices}
        # An option that goes up stands before the one whose place it takes, one that goes down behind it.
        found: list[tuple[int, int, int, Choice]] = [
            (number + 1, 0, number, choice) for number, choice in enumerate(self.choices) if number not in self.numbers]
        codes = {choice.code: choice.code for _place, _side, _number, choice in found}
        taken = {*codes, *(self.read(f"o{number}_code", "") for number in self.numbers), OTHER}
        for number in self.numbers:
            was, code = self.read(f"o{number}_was", ""), self.read(f"o{number}_code", "")
            old = self.choices[number] if number < len(self.choices) and self.choices[number].code == was else before.get(was) or Choice("")
            label = self.texts(f"o{number}_label", old.label)
            if self.read(f"o{number}_delete", False) or not (code or label):
                continue
            if not code:
                code = names.propose_name(label.get(self.form.default_language) or next(iter(label.values())), taken, otherwise="option")
                taken.add(code)
            attributes = {column: text for column in {**old.attributes, **dict.fromkeys(self.columns)}
                          if (text := self.read(f"o{number}_a_{column}", old.attributes.get(column, "")))}
            place = self.read(f"o{number}_place", None)
            place = number + 1 if place is None else place
            found.append((place, (place > number + 1) - (place < number + 1), number, Choice(
                code, label, self.read(f"o{number}_no_answer", False), self.read(f"o{number}_exclusive", False), attributes)))
            if was and was in before:
                codes[was] = code
        return [choice for _place, _side, _number, choice in sorted(found, key=lambda one: one[:3])], codes

    def windows(self) -> list[tuple[int, int, bool]]:
        """(first, last, whether it is shown) of each part of a list that is too long for one page; [] of a shorter one."""
        many = len(self.choices)
        return [(first + 1, min(first + WINDOW, many), first == self.start) for first in range(0, many, WINDOW)] if many > WINDOW else []

    def apply(self, form: Form) -> Form:
        choices, codes = self.read_rows()
        return lists.change_list(form, self.old, self.read("name", self.old), choices, codes)
