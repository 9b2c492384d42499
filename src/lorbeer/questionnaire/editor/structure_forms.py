"""The forms of the editor that change what there is: something new, another place, title and languages."""

import re
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import CHOOSING, Choice, Form, Group, Limits, Node, Question, Repeat, Section, Type
from lorbeer.questionnaire.editor import lists, names, operations, places
from lorbeer.questionnaire.editor.fields import EditorForm, Part, Text
from lorbeer.questionnaire.values import type_labels
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

MOST_LANGUAGES = 8
LANGUAGE = re.compile(r"[a-z][a-z0-9-]{1,19}")


class PageForm(EditorForm):
    """A new page."""

    use_required_attribute = True

    def __init__(self, form: Form, **arguments: Any) -> None:
        super().__init__(form, **arguments)
        self.add_texts("label", _("Heading"), Localized())
        self.fields[f"label__{form.default_language}"].required = True
        last = form.keyed_sections()
        self.fields["place"] = forms.ChoiceField(label=_("Where"), choices=places.page_choices(form),
                                                 initial=f"{places.AFTER}:{last[-1][0]}" if last else f"{places.FIRST}:")

    def name(self, label: Localized, otherwise: str) -> str:
        return names.propose_name(label.get(self.form.default_language, ""), names.names_of(self.form), otherwise=otherwise)

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
            taken, rows = {*names.names_of(form), name}, []
            for line in self.read("rows", "").splitlines():
                if words := line.strip():
                    own = names.propose_name(words, taken)
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
            choices = lists.choices_from_lines(lines, form.default_language)
        else:
            choices = tuple(Choice(code, Localized({language: texts[language] for language in self.languages if language in texts}
                                                   or {form.default_language: texts["en"]})) for code, texts in YES_NO_LABELS.items())
            same = next((one for one, there in form.lists.items() if there == choices), "")
            if same:
                return form, same
        list_name = names.unused("ja_nein" if not lines else name, form.lists)
        return lists.change_list(form, "", list_name, choices, {}), list_name

    def parts(self) -> list[Part]:
        return [self.part("kind"), self.texts_part("label", _("Question or heading")),
                *[replace(self.part(name), name=name) for name in ("options", "list_name", "rows", "place") if name in self.fields]]


YES_NO_LABELS = {"ja": {"de": "Ja", "en": "Yes"}, "nein": {"de": "Nein", "en": "No"}}


class SeenForm(forms.Form):
    """What somebody saw of the thing that they delete."""

    seen = forms.CharField(widget=forms.HiddenInput(), required=False)


class MoveForm(forms.Form):
    place = forms.ChoiceField(label="")

    def __init__(self, form: Form, key: str, **arguments: Any) -> None:
        super().__init__(label_suffix="", **arguments)
        node = operations.node_of(form, key)
        here = places.value_of(form, key)
        if isinstance(node, Section):
            choices: list[Any] = [choice for choice in places.page_choices(form, key) if choice[0] != here]
        else:
            choices = [(page, [choice for choice in inside if choice[0] != here]) for page, inside in places.item_choices(form, node)]
        self.fields["place"] = forms.ChoiceField(label=_("New place"), choices=choices)


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
        return lists.change_heading(form, title=self.texts("title", form.title), code=self.read("code", form.code),
                                         languages=languages, default_language=self.read("default_language", form.default_language))

    def parts(self) -> list[Part]:
        return [self.texts_part("title", _("Title")), self.part("code"), self.part("default_language")]

    def language_rows(self) -> list[list[Any]]:
        return [[self[name] for name in (f"l{number}_name", f"l{number}_code", f"l{number}_delete") if name in self.fields]
                for number in range(self.count)]
