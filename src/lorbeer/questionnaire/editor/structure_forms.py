"""The forms of the editor that change what there is: something new, another place, a list of options, title and languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import CHOOSING, Choice, Form, Group, Limits, Node, Question, Repeat, Section, Type
from lorbeer.questionnaire.editor import operations, places
from lorbeer.questionnaire.editor.fields import EditorForm, Part, Text
from lorbeer.questionnaire.values import type_labels
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

MOST_OPTIONS, MOST_LANGUAGES, BLANK = 1_000, 8, 3
COLUMN = "_column"                                                      # the button for a further column of a list
LANGUAGE = re.compile(r"[a-z][a-z0-9-]{1,19}")


class PageForm(EditorForm):
    """A new page."""

    kind = "page"

    def __init__(self, form: Form, **arguments: Any) -> None:
        super().__init__(form, **arguments)
        self.add_texts("label", _("Heading"), Localized())
        self.fields[f"label__{form.default_language}"].required = True
        last = form.keyed_sections()
        self.fields["place"] = forms.ChoiceField(label=_("Where"), choices=places.page_choices(form),
                                                 initial=f"{places.AFTER}:{last[-1][0]}" if last else f"{places.FIRST}:")

    def name(self, label: Localized, otherwise: str) -> str:
        return operations.propose_name(label.get(self.form.default_language, ""), operations.names_of(self.form), otherwise=otherwise)

    def apply(self, form: Form) -> tuple[Form, str]:
        """The form with what is new, and its key."""
        self.form = form
        label = self.texts("label", Localized())
        node = Section(self.name(label, "seite"), label)
        return operations.add(form, node, places.found(form, self.read("place", ""))), node.name

    def parts(self) -> list[Part]:
        return [self.texts_part("label", _("Heading")), self.part("place")]


class NewItemForm(PageForm):
    """A new question, group, matrix or repeat. Its name is made of its words; all else follows on its own page."""

    kind = "item"

    def __init__(self, form: Form, place: str = "", **arguments: Any) -> None:
        super().__init__(form, **arguments)
        labels = type_labels()
        blocks = [("group", _("group of questions under one heading")), ("matrix", _("matrix: several rows, the same options")),
                  ("repeat", _("repeat: questions that are asked several times"))]
        kinds = [(str(kind), labels[kind]) for kind in Type]
        self.fields = {"kind": forms.ChoiceField(label=_("What is it?"), initial="text", choices=[
            (_("Question"), kinds), (_("Block"), blocks)])} | self.fields
        for code in self.languages:
            one = self.fields[f"label__{code}"]
            one.label = _("Question or heading") + (f" ({self.languages[code]})" if len(self.languages) > 1 else "")
        self.fields["options"] = Text(label=_("Options, one per line"), rows=4, help_text=_(
            "For a choice or a matrix. For “yes or no” nothing is needed."))
        lists = [("", _("none, the lines above")), *((name, name) for name in form.lists)]
        if form.lists:
            self.fields["list_name"] = forms.ChoiceField(label=_("Or the options of a list that is there"), choices=lists, required=False)
        self.fields["rows"] = Text(label=_("Rows of the matrix, one per line"), rows=3)
        choices = places.item_choices(form)
        known = [value for _page, inside in choices for value, _words in inside]
        if place not in known and place:
            try:
                at = places.found(form, place)
                items = operations.items_of(form, at.parent)
                place = f"{places.AFTER}:{items[at.index - 1].name}" if at.index else f"{places.FIRST}:{at.parent}"
            except (BadInput, operations.Gone):
                place = ""
        self.fields["place"] = forms.ChoiceField(label=_("Where"), choices=choices, initial=place if place in known else (known or [""])[-1])

    def clean(self) -> dict[str, Any]:
        super().clean()
        kind = self.cleaned_data.get("kind")
        if kind == "matrix" and not self.cleaned_data.get("rows"):
            self.add_error("rows", _("Write the rows of the matrix, one per line."))
        if kind in (Type.SINGLE, Type.MULTI, "matrix") and not (self.cleaned_data.get("options") or self.cleaned_data.get("list_name")):
            self.add_error("options", _("Write the options, one per line."))
        return self.cleaned_data

    def apply(self, form: Form) -> tuple[Form, str]:
        self.form = form
        kind, label = self.read("kind", "text"), self.texts("label", Localized())
        name = self.name(label, {"group": "gruppe", "matrix": "matrix", "repeat": "wiederholung"}.get(kind, "frage"))
        list_name = ""
        if kind in CHOOSING or kind == "matrix":
            form, list_name = self.with_list(form, kind, name)
        node: Node
        if kind == "repeat":
            node = Repeat(name, label)
        elif kind == "group":
            node = Group(name, label)
        elif kind == "matrix":
            taken, rows = {*operations.names_of(form), name}, []
            for line in self.read("rows", "").splitlines():
                if words := line.strip():
                    own = operations.propose_name(words, taken)
                    taken.add(own)
                    rows.append(Question(own, Type.SINGLE, Localized({form.default_language: words}), list_name=list_name))
            node = Group(name, label, appearance="table-list", items=tuple(rows))
        else:
            limits = Limits(files=1) if kind in (Type.FILE, Type.PHOTO) else Limits()
            node = Question(name, Type(kind), label, list_name=list_name, limits=limits)
        return operations.add(form, node, places.found(form, self.read("place", ""))), name

    def with_list(self, form: Form, kind: str, name: str) -> tuple[Form, str]:
        lines = self.read("options", "")
        if not lines and (chosen := self.read("list_name", "")):
            return form, chosen
        if lines:
            choices = operations.choices_from_lines(lines, form.default_language)
        else:
            choices = tuple(Choice(code, Localized({language: texts[language] for language in self.languages if language in texts}
                                                   or {form.default_language: texts["en"]})) for code, texts in YES_NO_LABELS.items())
            same = next((one for one, there in form.lists.items() if there == choices), "")
            if same:
                return form, same
        list_name = operations.unused("ja_nein" if not lines else name, form.lists)
        return operations.change_list(form, "", list_name, choices, {}), list_name

    def parts(self) -> list[Part]:
        return [self.part("kind"), self.texts_part("label", _("Question or heading")),
                *[self.part(name) for name in ("options", "list_name", "rows", "place") if name in self.fields]]


YES_NO_LABELS = {"ja": {"de": "Ja", "en": "Yes"}, "nein": {"de": "Nein", "en": "No"}}


class MoveForm(forms.Form):
    place = forms.ChoiceField(label="")

    def __init__(self, form: Form, key: str, **arguments: Any) -> None:
        super().__init__(label_suffix="", **arguments)
        node = operations.node_of(form, key)
        choices = places.page_choices(form, key) if isinstance(node, Section) else places.item_choices(form, node)
        self.fields["place"] = forms.ChoiceField(label=_("New place"), choices=choices)


@dataclass
class OptionRow:
    """One line of the table of options."""

    number: int
    was: str = ""
    fields: list[Any] = field(default_factory=list)


class ListForm(EditorForm):
    """A list of options: codes, words in each language, order, own columns."""

    def __init__(self, form: Form, name: str, **arguments: Any) -> None:
        super().__init__(form, **arguments)
        self.old, self.choices = name, form.lists.get(name, ())
        self.fields["name"] = Text(label=_("Name of the list"), initial=name or operations.unused("liste", form.lists), max_length=60,
                                   required=True)
        self.columns = list(dict.fromkeys(column for choices in form.lists.values() for choice in choices for column in choice.attributes))
        if self.is_bound:
            sent = [str(column) for column in self.data.getlist("columns")] if hasattr(self.data, "getlist") else []
            self.columns = list(dict.fromkeys([*self.columns, *[one for one in sent if self.is_column(one)][:20]]))
            wanted = str(self.data.get("new_column", "")).strip().lower()
            if self.wants_more and self.is_column(wanted) and wanted not in self.columns:
                self.columns.append(wanted)
        self.fields["new_column"] = Text(label=_("A further column, which choice filters read"), max_length=40)
        sent_count = str(self.data.get("count", "")) if self.is_bound else ""
        self.count = min(int(sent_count) if sent_count.isascii() and sent_count.isdigit() else len(self.choices) + BLANK, MOST_OPTIONS)
        if self.wants_more:
            self.count = min(self.count + BLANK, MOST_OPTIONS)
        for number in range(self.count):
            self._add_row(number, self.choices[number] if number < len(self.choices) else None)

    @staticmethod
    def is_column(text: str) -> bool:
        return bool(re.fullmatch(r"[a-z_][a-z0-9_]{0,39}", text)) and text not in (
            "name", "label", "list_name", "x_no_answer", "x_exclusive", "value")

    def _add_row(self, number: int, choice: Choice | None) -> None:
        nth = _("option %(number)d") % {"number": number + 1}
        for code, language in self.languages.items():
            label = Text(label=_("Words (%(language)s), %(option)s") % {"language": language, "option": nth},
                         initial=choice.label.get(code, "") if choice else "", max_length=2000)
            label.widget.attrs["lang"] = code
            self.fields[f"o{number}_label__{code}"] = label
        self.fields[f"o{number}_code"] = Text(label=_("Code, %(option)s") % {"option": nth}, initial=choice.code if choice else "",
                                              max_length=100)
        self.fields[f"o{number}_place"] = forms.IntegerField(label=_("Place, %(option)s") % {"option": nth}, initial=number + 1, min_value=0,
                                                             max_value=9999, required=False)
        for flag, words in (("no_answer", _("counts as no answer, %(option)s")), ("exclusive", _("excludes all others, %(option)s")),
                            ("delete", _("delete, %(option)s"))):
            self.fields[f"o{number}_{flag}"] = forms.BooleanField(
                label=words % {"option": nth}, required=False, initial=bool(choice and getattr(choice, flag, False)))
        for column in self.columns:
            self.fields[f"o{number}_a_{column}"] = Text(label=f"{column}, {nth}", max_length=2000,
                                                        initial=choice.attributes.get(column, "") if choice else "")
        self.fields[f"o{number}_was"] = forms.CharField(widget=forms.HiddenInput(), required=False, initial=choice.code if choice else "")

    def rows(self) -> Iterator[OptionRow]:
        for number in range(self.count):
            names = [*[f"label__{code}" for code in self.languages], "code", "place", "no_answer", "exclusive",
                     *[f"a_{column}" for column in self.columns], "delete"]
            yield OptionRow(number, self[f"o{number}_was"].value() or "", [self[f"o{number}_{name}"] for name in names])

    def clean(self) -> dict[str, Any]:
        if self.wants_more and self.read("new_column", "") and not self.is_column(self.read("new_column", "").lower()):
            self.add_error("new_column", _("A column is called by small letters, digits and _."))
        return super().clean()

    def read_rows(self) -> tuple[list[Choice], dict[str, str]]:
        """The options in their new order, and {old code: new code}."""
        before = {choice.code: choice for choice in self.choices}
        found: list[tuple[int, int, Choice]] = []
        codes: dict[str, str] = {}
        taken = {self.read(f"o{number}_code", "") for number in range(self.count)} | {operations.OTHER}
        for number in range(self.count):
            was, code = self.read(f"o{number}_was", ""), self.read(f"o{number}_code", "")
            old = self.choices[number] if number < len(self.choices) and self.choices[number].code == was else before.get(was) or Choice("")
            label = self.texts(f"o{number}_label", old.label)
            if self.read(f"o{number}_delete", False) or not (code or label):
                continue
            if not code:
                code = operations.propose_name(label.get(self.form.default_language) or next(iter(label.values())), taken, otherwise="option")
                taken.add(code)
            attributes = {column: text for column in {**old.attributes, **dict.fromkeys(self.columns)}
                          if (text := self.read(f"o{number}_a_{column}", old.attributes.get(column, "")))}
            place = self.read(f"o{number}_place", None)
            found.append((place if place is not None else 10_000, number, Choice(
                code, label, self.read(f"o{number}_no_answer", False), self.read(f"o{number}_exclusive", False), attributes)))
            if was and was in before:
                codes[was] = code
        return [choice for _place, _number, choice in sorted(found, key=lambda one: one[:2])], codes

    def apply(self, form: Form) -> Form:
        choices, codes = self.read_rows()
        return operations.change_list(form, self.old, self.read("name", self.old), choices, codes)


class HeadingForm(EditorForm):
    """Title, code and languages of the questionnaire."""

    def __init__(self, form: Form, **arguments: Any) -> None:
        super().__init__(form, **arguments)
        self.add_texts("title", _("Title"), form.title)
        self.fields["code"] = Text(label=_("Code of the form (form_id)"), initial=form.code, max_length=100)
        self.known = list(self.languages.items())
        self.count = min(len(self.known) + 2, MOST_LANGUAGES)
        for number in range(self.count):
            code, name = self.known[number] if number < len(self.known) else ("", "")
            nth = {"number": number + 1}
            self.fields[f"l{number}_name"] = Text(label=_("Language %(number)d") % nth, initial=name, max_length=40)
            self.fields[f"l{number}_code"] = Text(label=_("Its code, such as de or en") if not code else _("Its code"), initial=code,
                                                  max_length=20, disabled=bool(code))
            if code and code != form.default_language:
                self.fields[f"l{number}_delete"] = forms.BooleanField(
                    label=_("take %(language)s out, with all its texts") % {"language": name}, required=False)
        self.fields["default_language"] = forms.ChoiceField(
            label=_("Language in which all is written"), choices=self.known, initial=form.default_language)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if code and not re.fullmatch(r"[\w.\- ]{1,100}", code):
            raise forms.ValidationError(_("The code consists of letters, digits, hyphens and dots."))
        return code

    def clean(self) -> dict[str, Any]:
        super().clean()
        seen: set[str] = set()
        for number in range(self.count):
            code, name = self.read(f"l{number}_code", "").lower(), self.read(f"l{number}_name", "")
            if not code and not name:
                continue
            if not LANGUAGE.fullmatch(code):
                self.add_error(f"l{number}_code", _("The code of a language has small letters, such as de, en or fr."))
            if not name or re.search(r"[()]|::", name):
                self.add_error(f"l{number}_name", _("Write the name of the language, without brackets."))
            if code in seen:
                self.add_error(f"l{number}_code", _("This language stands there twice."))
            seen.add(code)
        if self.cleaned_data.get("default_language") in self.gone():
            self.add_error("default_language", _("This language is taken out."))
        return self.cleaned_data

    def gone(self) -> set[str]:
        return {code for number, (code, _name) in enumerate(self.known) if self.read(f"l{number}_delete", False)}

    def apply(self, form: Form) -> Form:
        languages = {}
        for number in range(self.count):
            code, name = self.read(f"l{number}_code", "").lower(), self.read(f"l{number}_name", "")
            if code and not self.read(f"l{number}_delete", False):
                languages[code] = name
        languages = {code: languages[code] for code in [*(one for one in form.languages if one in languages),
                                                        *(one for one in languages if one not in form.languages)]}
        return operations.change_heading(form, title=self.texts("title", form.title), code=self.read("code", form.code),
                                         languages=languages, default_language=self.read("default_language", form.default_language))

    def parts(self) -> list[Part]:
        return [self.texts_part("title", _("Title")), self.part("code"), self.part("default_language")]

    def language_rows(self) -> list[list[Any]]:
        return [[self[name] for name in (f"l{number}_name", f"l{number}_code", f"l{number}_delete") if name in self.fields]
                for number in range(self.count)]
