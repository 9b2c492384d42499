"""Parts that the forms of the editor are made of: texts side by side in each language, and conditions of menus."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import Form, Question
from lorbeer.questionnaire.editor import conditions
from lorbeer.questionnaire.editor.services import words_of
from lorbeer.questionnaire.values import in_language
from lorbeer.questionnaire.workbooks import cell_text
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized, in_sentence

LONGEST_TEXT = 20_000                                                   # characters of a label or hint
MORE = "_more"                                                          # the button for a further row of a condition


@dataclass
class Part:
    """What stands together on the page. `kind`: field, texts (one field per language) or condition."""

    kind: str
    legend: str = ""
    hint: str = ""
    fields: list[Any] = field(default_factory=list)
    mode: Any = None                                                    # of a condition: how it is said
    join: Any = None
    rows: list[list[Any]] = field(default_factory=list)
    text: Any = None
    count: Any = None
    name: str = ""


class Text(forms.CharField):
    """A text as a cell of a workbook would keep it."""

    def __init__(self, *, rows: int = 0, **facts: Any) -> None:
        facts.setdefault("required", False)
        longest = facts.pop("max_length", LONGEST_TEXT)                 # a limit that nobody comes near needs no counter
        widget: forms.Widget = forms.Textarea({"rows": rows}) if rows else forms.TextInput()
        super().__init__(widget=widget, strip=True, validators=[MaxLengthValidator(longest)], **facts)
        self.asked_for_by_button = True

    def to_python(self, value: Any) -> str:
        return cell_text(str(super().to_python(value) or ""))


class EditorForm(forms.Form):
    """A form over a questionnaire; `languages`: {code: name}, the form's own first."""

    use_required_attribute = False

    def __init__(self, form: Form, **arguments: Any) -> None:
        super().__init__(label_suffix="", **arguments)
        self.form = form
        first = form.default_language
        self.languages = {first: form.languages.get(first, first)} | dict(form.languages)
        self.conditions: dict[str, _Condition] = {}

    # --- texts in each language ---

    def add_texts(self, name: str, label: str, texts: Localized, *, rows: int = 1, hint: str = "") -> None:
        for code, language in self.languages.items():
            one = Text(label=f"{label} ({language})" if len(self.languages) > 1 else label, rows=rows if rows > 1 else 0,
                       initial=texts.get(code, ""), help_text=hint if len(self.languages) == 1 else "")
            one.widget.attrs["lang"] = code
            one.asked_for_by_button = name in ("label", "title")        # only of these texts it need not be said that they can be left out
            self.fields[f"{name}__{code}"] = one

    def texts(self, name: str, before: Localized) -> Localized:
        """What was written; a text that cannot be taken stays as it was. The order of the languages stays, too."""
        found = {code: self.read(f"{name}__{code}", before.get(code, "")) for code in {**before, **self.languages}
                 if f"{name}__{code}" in self.fields or code in before}
        return Localized({code: text for code, text in found.items() if text})

    def __getitem__(self, name: str) -> Any:
        if not isinstance(self.fields[name], Text):                     # nearly all can be left out; that is not said at each
            self.fields[name].asked_for_by_button = True  # type: ignore[attr-defined]
        return super().__getitem__(name)

    def texts_part(self, name: str, legend: str, hint: str = "") -> Part:
        fields = [self[f"{name}__{code}"] for code in self.languages]
        return Part("texts" if len(fields) > 1 else "field", legend, hint, fields)

    def part(self, name: str) -> Part:
        return Part("field", fields=[self[name]])

    def read(self, name: str, otherwise: Any) -> Any:
        """What was sent for a field, else what is there: an unfinished page can be shown, too."""
        return getattr(self, "cleaned_data", {}).get(name, otherwise)

    # --- conditions ---

    def add_condition(self, name: str, text: str, modes: list[tuple[str, str]], *, own: Question | None = None,
                      with_self: bool = False) -> None:
        self.conditions[name] = _Condition(self, name, text, modes, own, with_self)

    def condition_part(self, name: str, legend: str, hint: str = "") -> Part:
        one = self.conditions[name]
        rows = [[self[f"{name}_{number}_{part}"] for part in ("question", "sign", "value")] for number in range(one.count)]
        return Part("condition", legend, hint, mode=self[f"{name}_mode"], join=self[f"{name}_join"], rows=rows,
                    text=self[f"{name}_text"], count=one.count, name=name)

    def clean(self) -> dict[str, Any]:
        for one in self.conditions.values():
            one.clean()
        return self.cleaned_data

    def condition(self, name: str, otherwise: str) -> str:
        found = self.conditions[name].result
        return otherwise if found is None else found

    @property
    def wants_more(self) -> bool:
        """Whether a button was pressed that only asks for a further row."""
        return MORE in self.data


class Signs(forms.Select):
    """The signs that fit the question of the row, and the one that stands there; any may be sent: see `conditions.fitting`."""

    def __init__(self, asked: Question | None, there: str) -> None:
        super().__init__()
        self.asked, self.offered = asked, {*conditions.signs_of(asked), there}

    def format_value(self, value: Any) -> list[str]:
        try:
            return super().format_value(conditions.fitting(self.asked, str(value or "=")))
        except BadInput:                                                # the row says so
            return super().format_value("")

    def optgroups(self, name: str, value: list[str], attrs: Any = None) -> Any:
        return [(label, [one for one in inside if one["value"] in self.offered], index)
                for label, inside, index in super().optgroups(name, value, attrs)]


class _Condition:
    """The fields of one condition: how it is said, the rows of the menus, and the expression."""

    def __init__(self, form: EditorForm, name: str, text: str, modes: list[tuple[str, str]], own: Question | None,
                 with_self: bool) -> None:
        self.form, self.name, self.before, self.own, self.with_self = form, name, text, own, with_self
        self.result: str | None = None
        self.readback = conditions.rows_of(form.form, text) if text != "yes" else ("and", [])
        joiner, rows = self.readback or ("and", [])
        plain = modes[0][0] if not text else "yes"
        mode = plain if text in ("", "yes") else "menu" if self.readback else "text"
        sent = str(form.data.get(f"{name}_rows", "")) if form.is_bound else ""
        self.count = min(int(sent) if sent.isascii() and sent.isdigit() else max(1, len(rows)), conditions.MOST_ROWS)
        if form.is_bound and form.data.get(MORE) == name:
            self.count = min(self.count + 1, conditions.MOST_ROWS)
        choices = self.questions()
        form.fields[f"{name}_mode"] = forms.ChoiceField(
            label="", choices=modes, initial=mode, required=False, widget=forms.RadioSelect())
        form.fields[f"{name}_join"] = forms.ChoiceField(
            label=_("If there are several rows"), initial=joiner, required=False,
            choices=[("and", _("all of them must hold")), ("or", _("one of them must hold"))])
        for number in range(self.count):
            row = rows[number] if number < len(rows) else conditions.Row("", "=")
            chosen = str(form.data.get(f"{name}_{number}_question", "")) if form.is_bound else row.question
            asked = self.asked(chosen)
            form.fields[f"{name}_{number}_question"] = forms.ChoiceField(
                label=_("Question"), choices=choices, initial=row.question, required=False)
            form.fields[f"{name}_{number}_sign"] = forms.ChoiceField(
                label=_("how it is compared"), choices=conditions.signs(), initial=row.sign, required=False,
                widget=Signs(asked, row.sign if chosen == row.question else ""))
            form.fields[f"{name}_{number}_value"] = Text(
                label=_("with what"), initial=conditions.shown(form.form, asked, row.value), max_length=300)
            attrs = {"autocomplete": "off", "data-options": "yes"}
            if asked is not None and asked.choices:
                attrs["list"] = f"options-{asked.name}"
            form.fields[f"{name}_{number}_value"].widget.attrs |= attrs
        form.fields[f"{name}_text"] = Text(label=_("As an expression"), initial="" if text == "yes" else text, rows=2,
                                           max_length=expressions.MAX_LENGTH)
        form.fields[f"{name}_text"].widget.attrs |= {"spellcheck": "false", "class": "q-code"}

    def asked(self, name: str) -> Question | None:
        if name == conditions.SELF:
            return self.own
        placed = self.form.form.placed.get(name)
        return placed.question if placed else None

    def questions(self) -> list[Any]:
        choices: list[Any] = [("", _("Please choose"))]
        if self.with_self:
            choices.append((conditions.SELF, _("this answer itself")))
        for _key, section in self.form.form.keyed_sections():
            inside = [(name, in_sentence("%(words)s [%(name)s]", words=words_of(placed.question), name=name))
                      for name, placed in self.form.form.placed.items()
                      if placed.section is section and (placed.question.is_answered or placed.question.calculation)
                      and not placed.question.derived_from and (self.own is None or name != self.own.name)]
            if inside:
                choices.append((words_of(section), inside))
        return choices

    def clean(self) -> None:
        form, name = self.form, self.name
        mode = form.cleaned_data.get(f"{name}_mode") or form.fields[f"{name}_mode"].initial
        if mode in ("no", "yes"):
            self.result = "yes" if mode == "yes" else ""
        elif mode == "text":
            self.result = self.clean_text(form.cleaned_data.get(f"{name}_text"))
        else:
            self.result = self.clean_rows(form.cleaned_data.get(f"{name}_join") or "and")

    def clean_text(self, text: str | None) -> str | None:
        if text is None:
            return None
        if not text:
            self.form.add_error(f"{self.name}_text", _("Write the expression, or choose another way above."))
            return None
        if text != self.before:
            try:
                names = expressions.references(expressions.parse(text))
            except BadInput as error:
                self.form.add_error(f"{self.name}_text", str(error))
                return None
            known = {question.name for question in self.form.form.questions() if not question.derived_from}
            if absent := sorted(names - known - {*self.form.form.repeats}):
                self.form.add_error(f"{self.name}_text", _("There is no question “%(name)s”.") % {"name": absent[0][:60]})
                return None
        return text

    def clean_rows(self, joiner: str) -> str | None:
        form, name, rows, failed = self.form, self.name, [], False
        for number in range(self.count):
            asked = form.cleaned_data.get(f"{name}_{number}_question")
            if not asked:
                continue
            sign, value = form.cleaned_data.get(f"{name}_{number}_sign") or "=", form.cleaned_data.get(f"{name}_{number}_value") or ""
            try:
                sign = conditions.fitting(self.asked(asked), sign)
                row = conditions.Row(asked, sign, conditions.meant(form.form, self.asked(asked), sign, value))
                conditions.text_of(form.form, joiner, [row], self.own)
                rows.append(row if sign not in ("answered", "blank") else conditions.Row(asked, sign))
            except BadInput as error:
                form.add_error(f"{name}_{number}_value", str(error))
                failed = True
        if failed:
            return None
        if not rows:
            if not form.wants_more:
                form.add_error(f"{name}_0_question", _("Choose the question that decides, or choose another way above."))
            return None
        if self.readback and rows == self.readback[1] and (len(rows) == 1 or joiner == self.readback[0]):
            return self.before                                          # as it was written, where it says the same
        return conditions.text_of(form.form, joiner, rows, self.own)


def sign_data(form: Form) -> dict[str, Any]:
    """What the browser needs to offer other signs when another question is chosen: their words, and those that fit each question."""
    return {"words": conditions.signs(), "fitting": {question.name: conditions.signs_of(question) for question in form.questions()}}


def option_lists(form: Form) -> list[Mapping[str, Any]]:
    """The words of the options of each question, which the browser offers beside a condition."""
    return [{"name": question.name, "options": [in_language(choice.label) or choice.code for choice in question.choices]}
            for question in form.questions() if question.choices]
