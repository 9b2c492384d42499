"""The forms of the editor: a question, a page or group, something new, a list of options, title and languages."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.questionnaire.cleaning import clean_value
from lorbeer.questionnaire.definition import (
    CHOOSING,
    CONSENT,
    FORMATTED,
    PERSONAL_DATA,
    PUBLIC_PARTS,
    ROLES,
    TYPED,
    UPLOADED,
    Form,
    Group,
    Limits,
    Node,
    Question,
    Repeat,
    Section,
    Type,
    is_dynamic,
    with_choices,
)
from lorbeer.questionnaire.editor import lists, names, operations
from lorbeer.questionnaire.editor.fields import EditorForm, Part, Text
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.values import in_language, type_labels
from lorbeer.shared.errors import BadInput

BOUNDED = (Type.INTEGER, Type.DECIMAL, Type.DATE, Type.MULTI)
NEW_LIST = "+"

PART_LABELS = {"entry": gettext_lazy("that there is the entry"), "abstract": gettext_lazy("its abstract"),
               "pictures": gettext_lazy("its pictures"), "contact": gettext_lazy("the contact"),
               "answers": gettext_lazy("the answers that may be published")}


class BeginForm(forms.Form):
    """From which version somebody begins to write; or from nothing."""

    def __init__(self, versions: list[Version], *arguments: Any) -> None:
        super().__init__(*arguments, label_suffix="")
        choices = [(str(one.number), _("Version %(number)d") % {"number": one.number} + (f" ({one.source})" if one.source else ""))
                   for one in versions]
        self.fields["version"] = forms.ChoiceField(
            label=_("Begin with"), choices=[*choices, ("nothing", _("an empty questionnaire"))],
            initial=choices[0][0] if choices else "nothing", widget=forms.RadioSelect())


class ItemForm(EditorForm):
    """The form of something that is there; `apply` writes what was read into a questionnaire."""

    def __init__(self, form: Form, key: str, **arguments: Any) -> None:
        super().__init__(form, **arguments)
        self.key = key
        self.before = operations.node_of(form, key)
        self.fields["name"] = Text(
            label=_("Name"), initial=self.before.name, max_length=100, required=bool(self.before.name),
            help_text=_("What the answer is called in tables, conditions and exports. Conditions follow when you change it; tables, "
                        "letters and the groups of the call do not."))
        self.fields["name"].widget.attrs |= {"spellcheck": "false", "class": "q-code"}
        if len(self.languages) > 1:
            self.fields["shown_in"] = forms.ChoiceField(label=_("Language of the preview"), choices=list(self.languages.items()),
                                                        required=False)

    def clean_name(self) -> str:
        name = str(self.cleaned_data["name"])
        if name != self.before.name:
            try:
                names.check_name(self.form, name)
            except BadInput as error:
                raise forms.ValidationError(str(error)) from error
        return name

    def node(self) -> Node:
        raise NotImplementedError

    def apply(self, form: Form) -> Form:
        return operations.change(form, self.key, self.node())

    def panels(self) -> Iterator[tuple[str, bool, list[Part]]]:
        """(title, folded, parts)."""
        raise NotImplementedError


def item_form(form: Form, key: str, data: Any = None) -> ItemForm:
    """The form for what is called `key`; Gone where there is none."""
    kind = QuestionForm if isinstance(operations.node_of(form, key), Question) else BlockForm
    return kind(form, key, data=data)


class QuestionForm(ItemForm):
    def __init__(self, form: Form, key: str, **arguments: Any) -> None:
        super().__init__(form, key, **arguments)
        one = operations.node_of(form, key)
        assert isinstance(one, Question)
        self.question: Question = one
        self.add_texts("label", _("Question") if one.is_answered else _("Text"), one.label, rows=3)
        self.add_texts("hint", _("Hint"), one.hint, rows=2, hint=_("Stands below the question."))
        self.add_texts("example", _("Example"), one.example)
        self.add_texts("guidance", _("Longer explanation"), one.guidance, rows=3, hint=_("Folded, for those who want to know more."))
        labels = type_labels()
        self.fields["type"] = forms.ChoiceField(
            label=_("Kind"), initial=str(one.type), choices=[(str(kind), labels[kind]) for kind in Type],
            help_text=_("Save after you have chosen another kind: the page then asks for what belongs to it."))
        if one.type in CHOOSING:
            self._add_options(one)
        if one.type == Type.CALCULATE:
            self.fields["calculation"] = Text(label=_("Calculation"), initial=one.calculation, rows=3, max_length=4000)
        self._add_limits(one)
        if one.type == Type.LONG_TEXT:
            self.fields["formatted"] = forms.BooleanField(
                label=_("With simple formatting: headings, lists, bold and italic"), initial=one.is_formatted, required=False)
        if one.is_answered:
            self.add_condition("required", one.required, [
                ("no", _("can be left out")), ("yes", _("must be answered")), ("menu", _("must be answered only if …")),
                ("text", _("must be answered if this expression holds"))], own=one)
            self.add_texts("required_message", _("Message if it is left out"), one.required_message)
            self.add_condition("constraint", one.constraint, [
                ("no", _("no further rule")), ("menu", _("it is right only if …")), ("text", _("it is right only if this expression holds"))],
                own=one, with_self=True)
            self.add_texts("constraint_message", _("Message if it does not hold"), one.constraint_message)
            self.fields["default"] = Text(label=_("Default"), initial=one.default, max_length=4000,
                                          help_text=_("What stands there until it is changed: an answer, a code of an option, or today()."))
            self.fields["readonly"] = forms.BooleanField(label=_("cannot be changed by applicants"), initial=one.readonly, required=False)
            self._add_data(one)
        self.add_condition("relevant", one.relevant, [
            ("no", _("always")), ("menu", _("only if …")), ("text", _("only if this expression holds"))], own=one)
        self.fields["appearance"] = Text(label=_("Appearance"), initial=one.appearance, max_length=200,
                                         help_text=_("Words of XLSForm, such as minimal for a menu or multiline."))
        self.fields["parameters"] = Text(label=_("Parameters"), initial=one.parameters, max_length=200,
                                         help_text=_("rows=4 or max-pixels=2000, nothing else."))
        self.fields["note"] = Text(label=_("Remark for the office"), initial=one.note, rows=2)

    def _add_options(self, one: Question) -> None:
        lists = [("", _("Please choose")), (NEW_LIST, _("a new list, of the lines below"))] + [
            (name, f"{name}: {', '.join(in_language(choice.label) or choice.code for choice in choices[:4])}"
                   f"{' …' if len(choices) > 4 else ''}") for name, choices in self.form.lists.items()]
        self.fields["list_name"] = forms.ChoiceField(label=_("List of options"), choices=lists, required=False,
                                                     initial=one.list_name if one.list_name in self.form.lists else NEW_LIST)
        self.fields["new_options"] = Text(label=_("Further options, one per line"), rows=3,
                                          help_text=_(
            "They are put at the end of the list. Order, codes and translations: “Edit the options”."))
        self.fields["or_other"] = forms.BooleanField(label=_("Offer “other” with a line to write on"), initial=one.or_other, required=False)
        self.fields["choice_filter"] = Text(label=_("Choice filter"), initial=one.choice_filter, max_length=4000, help_text=_(
            "An expression over the columns of the list: only options for which it holds are offered."))

    def _add_limits(self, one: Question) -> None:
        limits = one.limits

        def number(name: str, label: str, initial: Any, most: int = 1_000_000) -> None:
            self.fields[name] = forms.IntegerField(label=label, initial=initial, min_value=0, max_value=most, required=False)

        if one.type in TYPED | UPLOADED:
            number("characters", _("Characters, at most"), limits.characters)
            number("words", _("Words, at most"), limits.words)
            number("pages", _("Printed A4 pages, at most"), limits.pages, 1000)
        if one.type in UPLOADED:
            number("files", _("Files, at most"), limits.files, 50)
            number("megabytes", _("Megabytes each, at most"), limits.megabytes, 500)
            self.fields["file_types"] = Text(label=_("Kinds of files"), initial=" ".join(limits.file_types), max_length=200,
                                             help_text=_("As endings: pdf docx"))
        if one.type in BOUNDED:
            hint = {Type.DATE: _("As a date: 2017-12-31"), Type.MULTI: _("How many options are ticked")}.get(one.type, "")
            self.fields["min"] = Text(label=_("At least"), initial=limits.min, max_length=30, help_text=hint)
            self.fields["max"] = Text(label=_("At most"), initial=limits.max, max_length=30, help_text=hint)

    def _add_data(self, one: Question) -> None:
        roles = [("", _("none")), *((code, label) for code, label in ROLES.items() if code != "project")]
        if one.role and one.role not in dict(roles):
            roles.append((one.role, one.role))
        self.fields["role"] = forms.ChoiceField(label=_("Role"), choices=roles, initial=one.role, required=False,
                                                help_text=_("What Lorbeer takes the answer for, in lists, letters and the catalogue."))
        self.fields["personal_data"] = forms.ChoiceField(
            label=_("Personal data"), choices=list(PERSONAL_DATA.items()), initial=one.personal_data,
            required=False, help_text=_("Decides when the answer is erased."))
        self.fields["publishable"] = forms.BooleanField(
            label=_("may be published, once the applicant has released it"), initial=one.publishable, required=False)
        self.fields["releases"] = forms.MultipleChoiceField(
            label=_("A yes opens to the public"), choices=[(code, PART_LABELS[code]) for code in PUBLIC_PARTS],
            initial=list(one.releases), required=False, widget=forms.CheckboxSelectMultiple(),
            help_text=_("Only for the consent to publication. Nothing ticked: the entry and its abstract."))

    # --- reading ---

    def clean_file_types(self) -> str:
        types = sorted({part.lower().lstrip(".") for part in re.split(r"[\s,;]+", self.cleaned_data["file_types"]) if part})
        if any(not re.fullmatch(r"[a-z0-9]{1,8}", part) for part in types):
            raise forms.ValidationError(_("Write file types like this: pdf docx."))
        return " ".join(types)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if "releases" in self.cleaned_data and self.cleaned_data["releases"] and self.cleaned_data.get("role") != CONSENT:
            self.add_error("releases", _("Only a question with the role “consent to publication” opens parts of an entry."))
        if self.cleaned_data.get("publishable") and self.cleaned_data.get("personal_data") == "contact":
            self.add_error("publishable", _("Contact data is erased when its time is over and cannot be published."))
        if self.read("list_name", "") == NEW_LIST and not self.read("new_options", "") and self.question.list_name:
            self.add_error("new_options", _("Write the options of the new list, one per line."))
        default = self.read("default", "")
        if default and default != self.question.default and not is_dynamic(default):
            question = self.node()
            try:
                clean_value(question, default)
            except BadInput as error:
                self.add_error("default", _("The default does not fit the question: %(reason)s") % {"reason": error})
        return self.cleaned_data

    def with_options(self, form: Form) -> tuple[Form, str]:
        """The form with the options that were added, and the name of the question's list."""
        one, chosen = self.question, self.read("list_name", self.question.list_name)
        lines = self.read("new_options", "")
        if "list_name" not in self.fields:
            return form, one.list_name
        if chosen == NEW_LIST and not lines:
            return form, one.list_name
        if chosen in (NEW_LIST, "") and lines:
            name = names.unused(self.read("name", one.name) or one.name, form.lists)
            return lists.change_list(form, "", name, lists.choices_from_lines(lines, form.default_language), {}), name
        if lines and chosen in form.lists:
            there = form.lists[chosen]
            new = lists.choices_from_lines(lines, form.default_language, {choice.code for choice in there})
            form = lists.change_list(form, chosen, chosen, (*there, *new), {})
        return form, chosen

    def node(self) -> Question:
        one, read = self.question, self.read
        form, list_name = self.with_options(self.form)
        limits = one.limits
        changed = replace(
            one, name=read("name", one.name), type=Type(read("type", str(one.type))),
            label=self.texts("label", one.label), hint=self.texts("hint", one.hint), example=self.texts("example", one.example),
            guidance=self.texts("guidance", one.guidance), calculation=read("calculation", one.calculation),
            list_name=list_name, or_other=read("or_other", one.or_other), choice_filter=read("choice_filter", one.choice_filter),
            choices=with_choices(form.lists.get(list_name, ()), or_other=read("or_other", one.or_other)) if list_name else one.choices,
            limits=Limits(
                **{name: read(name, getattr(limits, name)) for name in ("min", "max", "characters", "words", "pages", "files", "megabytes")},
                file_types=tuple(read("file_types", " ".join(limits.file_types)).split())),
            relevant=self.condition("relevant", one.relevant), appearance=read("appearance", one.appearance),
            parameters=read("parameters", one.parameters), note=read("note", one.note),
        )
        if (wanted := read("formatted", one.is_formatted)) != one.is_formatted:
            changed = replace(changed, appearance=_with_word(changed.appearance, FORMATTED, wanted=wanted))
        if one.is_answered:
            changed = replace(
                changed, required=self.condition("required", one.required), constraint=self.condition("constraint", one.constraint),
                required_message=self.texts("required_message", one.required_message),
                constraint_message=self.texts("constraint_message", one.constraint_message), default=read("default", one.default),
                readonly=read("readonly", one.readonly), role=read("role", one.role),
                personal_data=read("personal_data", one.personal_data), publishable=read("publishable", one.publishable),
                releases=tuple(read("releases", list(one.releases))),
            )
            if sorted(changed.releases) == sorted(one.releases):
                changed = replace(changed, releases=one.releases)
        return operations.without_unfit(changed) if changed.type != one.type else changed

    def apply(self, form: Form) -> Form:
        self.form = form
        now = operations.node_of(form, self.key)
        assert isinstance(now, Question)
        self.question = now
        with_list, _name = self.with_options(form)
        node = self.node()
        return operations.change(with_list, self.key, node)

    def panels(self) -> Iterator[tuple[str, bool, list[Part]]]:
        one = self.question
        yield _("Wording"), False, [
            self.texts_part("label", _("Question") if one.is_answered else _("Text")), self.texts_part("hint", _("Hint")),
            self.texts_part("example", _("Example")), self.texts_part("guidance", _("Longer explanation"))]
        answer = [name for name in ("type", "list_name", "new_options", "or_other", "calculation", "file_types", "formatted")
                  if name in self.fields]
        limits = [self[name] for name in ("min", "max", "characters", "words", "pages", "files", "megabytes") if name in self.fields]
        yield _("Answer"), False, [*[self.part(name) for name in answer], *([Part("texts", _("Limits"), fields=limits)] if limits else [])]
        rules = [self.condition_part("relevant", _("When is it asked?"))]
        if one.is_answered:
            rules = [self.condition_part("required", _("Must it be answered?")), *rules]
        yield _("When it is asked"), False, rules
        if one.is_answered:
            yield _("What the data is"), True, [self.part(name) for name in ("role", "personal_data", "publishable", "releases")]
            yield _("Rules for the answer"), not one.constraint, [
                self.condition_part("constraint", _("Is there a rule for the answer?"),
                                    _("It is judged when every answer that it reads is there.")),
                self.texts_part("constraint_message", _("Message if it does not hold")),
                self.texts_part("required_message", _("Message if it is left out")), self.part("default"), self.part("readonly")]
        yield _("Name and expert settings"), True, [
            self.part(name) for name in ("name", "choice_filter", "appearance", "parameters", "note") if name in self.fields]


def _with_word(appearance: str, word: str, *, wanted: bool) -> str:
    words = appearance.split()
    if wanted == (word in words):
        return appearance
    return " ".join([*words, word] if wanted else [one for one in words if one != word])


class BlockForm(ItemForm):
    """A page, a group or a repeat."""

    def __init__(self, form: Form, key: str, **arguments: Any) -> None:
        super().__init__(form, key, **arguments)
        block = self.block = operations.node_of(form, key)
        assert not isinstance(block, Question)
        self.add_texts("label", _("Heading"), block.label)
        self.add_texts("hint", _("Introduction"), block.hint, rows=3)
        self.add_condition("relevant", block.relevant, [
            ("no", _("always")), ("menu", _("only if …")), ("text", _("only if this expression holds"))])
        if isinstance(block, Group):
            self.fields["matrix"] = forms.BooleanField(
                label=_("Show as a matrix"), initial=block.is_matrix, required=False,
                help_text=_("For questions with the same options, one row each, and nothing else."))
        if isinstance(block, Repeat):
            self.fields["min_count"] = forms.IntegerField(label=_("At least how often"), initial=block.min_count, min_value=0, max_value=50,
                                                          required=False)
            self.fields["max_count"] = forms.IntegerField(label=_("At most how often"), initial=block.max_count, min_value=0, max_value=50,
                                                          required=False)
            self.fields["count"] = Text(label=_("Exactly how often"), initial=block.count, max_length=4000,
                                        help_text=_("A number or an expression, such as ${how_many}. Empty: applicants add places themselves."))
            self.fields["role"] = forms.ChoiceField(label=_("Role"), initial=block.role, required=False, choices=[
                ("", _("none")), *ROLES.items()])
        self.fields["appearance"] = Text(label=_("Appearance"), initial=block.appearance, max_length=200)
        self.fields["note"] = Text(label=_("Remark for the office"), initial=block.note, rows=2)

    def clean(self) -> dict[str, Any]:
        super().clean()
        if isinstance(self.block, Section) and not self.read("name", "?"):
            label = self.texts("label", self.block.label)               # a page with words has a name, too
            words = label.get(self.form.default_language) or next(iter(label.values()), "")
            self.cleaned_data["name"] = names.propose_name(words, names.names_of(self.form), otherwise="seite") if words else ""
        least, most = self.read("min_count", None), self.read("max_count", None)
        if least is not None and most is not None and least > most:
            self.add_error("max_count", _("This is less than the least number."))
        return self.cleaned_data

    def node(self) -> Node:
        block, read = self.block, self.read
        appearance = read("appearance", getattr(block, "appearance", ""))
        if isinstance(block, Group):
            appearance = _with_word(appearance, "table-list", wanted=read("matrix", block.is_matrix))
        facts: dict[str, Any] = {}
        if isinstance(block, Repeat):
            facts = {"count": read("count", block.count), "min_count": read("min_count", block.min_count) or 0,
                     "max_count": read("max_count", block.max_count), "role": read("role", block.role)}
        return replace(  # type: ignore[arg-type]
            block, name=read("name", block.name), label=self.texts("label", block.label), hint=self.texts("hint", block.hint),
            relevant=self.condition("relevant", block.relevant), appearance=appearance, note=read("note", block.note), **facts)

    def apply(self, form: Form) -> Form:
        self.form, self.block = form, operations.node_of(form, self.key)
        return super().apply(form)

    def panels(self) -> Iterator[tuple[str, bool, list[Part]]]:
        own = [name for name in ("matrix", "min_count", "max_count", "count", "role") if name in self.fields]
        yield _("Wording"), False, [self.texts_part("label", _("Heading")), self.texts_part("hint", _("Introduction"))]
        if own:
            yield _("How it is filled in"), False, [self.part(name) for name in own]
        if not isinstance(self.block, Section) or self.block.name:
            yield _("When it is asked"), False, [self.condition_part("relevant", _("When is it asked?"))]
        yield _("Name and expert settings"), bool(self.block.name), [self.part(name) for name in ("name", "appearance", "note")]
