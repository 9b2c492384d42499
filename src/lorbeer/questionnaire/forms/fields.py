"""The fields of one section: a widget per question, named so that what was sent finds its question and its place again."""

import hashlib
import re
from collections.abc import Container, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.cleaning import ADDRESS_PARTS
from lorbeer.questionnaire.definition import (
    CHOOSING,
    UPLOADED,
    Form,
    Question,
    Section,
    Type,
    canonical_json,
)
from lorbeer.questionnaire.evaluation import GONE, MAX_PLACES, Evaluation
from lorbeer.questionnaire.values import Answers, Key, is_blank, signs_in_words
from lorbeer.register.models import RegisterEdition
from lorbeer.shared.filetypes import endings_in_words
from lorbeer.shared.text import in_sentence, listed

MARKER = "_asked"                                                       # name of the hidden inputs that carry markers
MOST_HIDDEN = 2_000                                                     # options of a question that stand on a page for scripts alone
MOST_UNREAD = 1_000                                                     # characters of a text that cannot be read and is yet shown again
OTHERWISE = "0" * 12                                                    # in a marker instead of a digest: the page shows what is no answer
ADD, REMOVE, BRING_BACK = "_add_place", "_remove_place", "_bring_back"   # names of the buttons of repeats

ADDRESS_LABELS = {
    "recipient": gettext_lazy("Addition, care of"),
    "street": gettext_lazy("Street and number"),
    "postcode": gettext_lazy("Postcode"),
    "town": gettext_lazy("Town"),
}
PHOTO_LABELS = {
    "alternative_text": gettext_lazy("What does the photo show?"),
    "caption": gettext_lazy("Caption"),
    "credit": gettext_lazy("Taken by"),
    "rights": gettext_lazy("Rights: who holds them, or which licence is it under?"),
}
LONGEST_FACT = 500                                                      # characters of each of them
WHICH = "--which"                                                       # which of the municipalities of one name
PRINTABLE = "printable"                                                 # that it may be printed, beside the texts above


def may_be_printed() -> str:
    """What is confirmed of a photo, on screen and on paper alike."""
    return _("The photo may be printed and published free of charge")


class Raw(forms.Field):
    """Gives on what was typed: the questionnaire judges answers, and a draft may have gaps."""

    def clean(self, value: Any) -> Any:
        return value

    def bound_data(self, data: Any, initial: Any) -> Any:
        return initial if data is None else data                        # what was not sent stays as it is stored


class Several(forms.ClearableFileInput):
    allow_multiple_selected = True

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs)
        self.template_name = "django/forms/widgets/file.html"           # what is there already is listed apart


class Offering(forms.widgets.ChoiceWidget):
    """All options of a question are on the page, and those that do not fit the other answers are hidden: scripts show them at once."""

    offered: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *arguments: Any, **facts: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *arguments, **facts)
        if str(value) and str(value) not in self.offered:
            option["attrs"] |= {"hidden": True, "disabled": True}
        return option


class OfferingList(Offering, forms.Select):
    pass


class OfferingRadios(Offering, forms.RadioSelect):
    pass


class OfferingBoxes(Offering, forms.CheckboxSelectMultiple):
    pass


def field_name(name: str, place: int = 0) -> str:
    """How the field of a question is called on a page; a question that is called like a field of ours gets a sign no question has."""
    if name.startswith("_") or "__" in name or "--" in name or name == "csrfmiddlewaretoken":
        name = f"q:{name}"
    return f"{name}__{place}" if place else name


def asked_by(placed: Container[str], field: str) -> Key | None:
    """The opposite of `field_name`: which of the questions (or repeats) `placed`, and at which place, a field or a part of one belongs to."""
    while field:
        bare = field.removeprefix("q:")
        name, _line, number = bare.rpartition("__")
        keys = [(bare, 0), (name, int(number) if number.isdecimal() and len(number) < 10 else 0)]
        if found := next((key for key in keys if key[0] in placed and field_name(*key) == field), None):
            return found
        field = field.rpartition("--")[0]
    return None


def anchor_of(name: str, place: int = 0) -> str:
    """Where a question, group or repeat stands on its page."""
    return f"b-{field_name(name, place)}"


def digest_of(value: Any) -> str:
    text = canonical_json(None if is_blank(value) else value)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class SectionFields(forms.Form):
    """The questions of a section as fields, with the answers that are there; `SectionForm` is what pages use."""

    use_required_attribute = False                                      # a draft with gaps can be saved
    _errors: Any                                                        # Django's own: None until cleaned

    def __init__(
        self, definition: Form, section: Section, answers: Answers, *, key: str, language: str | None = None,
        revisions: Mapping[Key, int] | None = None, edition: RegisterEdition | None = None, zone: str = "Europe/Berlin",
        now: datetime | None = None, check: bool = False, notes: Mapping[Key, str] | None = None, **arguments: Any,
    ) -> None:
        super().__init__(label_suffix="", auto_id="q-%s", **arguments)
        self.definition, self.section, self.key, self.language = definition, section, key, language
        self.stored = dict(answers)
        self.revisions = revisions or {}
        self.edition = edition
        self.zone, self.now, self.check = zone, now, check
        self.notes = notes or {}
        self.evaluation = Evaluation(definition, self.stored, now=now, zone=zone)
        self.keys: list[Key] = []
        self._shows_all: dict[str, bool] = {}
        for name, placed in definition.placed.items():
            if placed.section is section and placed.question.is_answered:
                for place in self.evaluation.places(placed.repeat):
                    self.keys.append((name, place))
                    self._add_fields(placed.question, place)
        self.markers = self._markers()
        there = set(self.keys)
        self.gone = [key for key in self.markers if key not in there and self._was_there(*key)]
        for name, place in self.gone:
            self._add_fields(definition.question(name), place)

    def _markers(self) -> dict[Key, tuple[int, str]]:
        """(name, place) → (revision, digest) of the questions that stood on the page that was sent."""
        found: dict[Key, tuple[int, str]] = {}
        sent = self.data.getlist(MARKER) if hasattr(self.data, "getlist") else self.data.get(MARKER, [])
        for text in sent:
            match = re.fullmatch(r"([A-Za-z_][\w.\-]{0,120}):(\d{1,5}):(\d{1,9}):([0-9a-f]{12})", str(text))
            if match:
                found[match[1], int(match[2])] = (int(match[3]), match[4])
        return found

    def _was_there(self, name: str, place: int) -> bool:
        """Whether a page can have asked this at a place that a repeat of this section has no more: somebody else took one out."""
        placed = self.definition.placed.get(name)
        return (placed is not None and placed.section is self.section and placed.repeat is not None and placed.question.is_answered
                and (0 < place <= (placed.repeat.max_count or MAX_PLACES) or place > GONE))

    def text(self, label: Any, place: int = 0) -> str:
        return self.evaluation.text(label, place, self.language) if label else ""

    def shown_value(self, question: Question, place: int) -> Any:
        value = self.stored.get((question.name, place))
        if is_blank(value) and (question.name, place) not in self.stored:
            value = self.evaluation.default(question, place)
        return value

    def _add_fields(self, question: Question, place: int) -> None:
        name = field_name(question.name, place)
        value = self.shown_value(question, place)
        required = self.evaluation.is_required(question, place)
        facts: dict[str, Any] = {
            "label": self.text(question.label or question.hint, place), "required": required,
            "help_text": self._hint(question, place) if question.label else "", "disabled": question.readonly,
        }
        if question.is_formatted:
            facts["help_text"] = listed([part for part in (facts["help_text"], signs_in_words()) if part], " ")
        if question.type == Type.ADDRESS:
            for part in ADDRESS_PARTS:
                widget = forms.TextInput({"autocomplete": {"street": "street-address", "postcode": "postal-code",
                                                           "town": "address-level2"}.get(part, "off")})
                self.fields[f"{name}--{part}"] = Raw(
                    label=ADDRESS_LABELS[part], required=required and part != "recipient", widget=widget,
                    initial=value.get(part, "") if isinstance(value, dict) else "")
            return
        if question.type in UPLOADED:
            several = not question.takes_one_file
            accept = ",".join(f".{part}" for part in question.limits.file_types) or (
                "image/*" if question.type == Type.PHOTO else "")
            widget_: forms.Widget = (Several if several else forms.FileInput)({"accept": accept} if accept else {})
            widget_.attrs["data-max-megabytes"] = question.limits.megabytes or settings.MAX_UPLOAD_MB
            if several:
                widget_.attrs["multiple"] = True
            facts["help_text"] = listed([part for part in (facts["help_text"], self._file_hint(question)) if part], " ")
            self.fields[name] = Raw(widget=widget_, **{**facts, "required": required and is_blank(value)})
            for number, item in enumerate(value if isinstance(value, list) else []):
                self._add_photo_facts(question, f"{name}--{number}", item)
            if question.type == Type.PHOTO:
                self._add_photo_facts(question, f"{name}--new", {})
            return
        widget, initial = self._widget(question, place, value)
        self.fields[name] = Raw(widget=widget, initial=initial, **facts)

    def _add_photo_facts(self, question: Question, name: str, item: dict[str, Any]) -> None:
        if question.type == Type.PHOTO:
            for part, label in PHOTO_LABELS.items():
                self.fields[f"{name}-{part}"] = Raw(
                    label=label, widget=forms.TextInput({"maxlength": LONGEST_FACT}), initial=item.get(part, ""), required=part != "caption")
            self.fields[f"{name}-{PRINTABLE}"] = forms.BooleanField(
                label=may_be_printed(), initial=bool(item.get(PRINTABLE)), required=False)
        if item:
            self.fields[f"{name}-remove"] = forms.BooleanField(
                label=_("Remove “%(name)s”") % {"name": item.get("name") or item["code"]}, required=False)

    def _widget(self, question: Question, place: int, value: Any) -> tuple[forms.Widget, Any]:
        attrs: dict[str, Any] = {}
        if question.type in CHOOSING:
            return self._options(question, place, value)
        if question.type == Type.ACKNOWLEDGE:
            return forms.CheckboxInput(), bool(value)
        if question.type == Type.LONG_TEXT:
            limits = question.limits
            long = (limits.characters or 0) > 2000 or (limits.words or 0) > 300 or bool(limits.pages)
            attrs["rows"] = 18 if long else 8
            if question.is_formatted:
                attrs["data-formatted"] = True
            for kind in ("characters", "words", "pages"):
                if getattr(limits, kind):
                    attrs[f"data-max-{kind}"] = getattr(limits, kind)
            return forms.Textarea(attrs), value or ""
        if question.type == Type.DATE:
            return forms.DateInput(
                {key: text for key, text in (("min", question.limits.min), ("max", question.limits.max)) if text}
            ), value or ""
        if question.type == Type.TIME:
            return forms.TimeInput(), value or ""
        if question.type in (Type.INTEGER, Type.DECIMAL):
            attrs = {"inputmode": "numeric" if question.type == Type.INTEGER else "decimal", "class": "l-input-number"}
            shown = "" if is_blank(value) else str(value)
            if question.is_money and re.fullmatch(r"-?\d+\.\d", shown):
                shown += "0"                                            # 2500,50 euro, not 2500,5
            if question.type == Type.DECIMAL and shown:
                shown = formats.localize_input(shown).replace(".", formats.get_format("DECIMAL_SEPARATOR"))
            return forms.TextInput(attrs), shown
        if question.type == Type.MUNICIPALITY:
            shown = (
                f"{value.get('name', '')} ({value['key']})".strip()
                if isinstance(value, dict) and value.get("key")
                else ""
            )
            return forms.TextInput({"autocomplete": "off"}), shown
        if question.limits.characters:
            attrs["data-max-characters"] = question.limits.characters
        purpose = {"contact_name": "name", "contact_email": "email", "contact_phone": "tel", "street": "street-address",
                   "postcode": "postal-code", "town": "address-level2", "website": "url"}.get(question.role)
        if purpose:
            attrs["autocomplete"] = purpose
        if question.type == Type.URL:
            attrs["inputmode"] = "url"
            return forms.TextInput(attrs), value or ""
        kinds = {Type.EMAIL: forms.EmailInput, Type.PHONE: forms.TextInput}
        if question.type == Type.PHONE:
            attrs["inputmode"] = "tel"
        return kinds.get(question.type, forms.TextInput)(attrs), value or ""

    def _options(self, question: Question, place: int, value: Any) -> tuple[forms.Widget, Any]:
        offered = {choice.code: choice for choice in self.evaluation.choices(question, place)}
        listed = question.choices if self.shows_all(question) else offered.values()
        shown = [(code, self.text(choice.label, place) or code)
                 for code, choice in ({choice.code: choice for choice in listed} | offered).items()]
        attrs: dict[str, Any] = {}
        kinds: dict[str, type[Offering]] = {"list": OfferingList, "radios": OfferingRadios, "boxes": OfferingBoxes}
        as_list = "minimal" in question.appearance.split() or len(shown) > 12
        if as_list and question.type != Type.MULTI:
            if language := getattr(shown[0][1] if shown else "", "language", ""):
                attrs["lang"] = language
            shown = [("", _("Please choose")), *shown]
        kind = "boxes" if question.type == Type.MULTI else "list" if as_list else "radios"
        widget = kinds[kind](attrs, choices=shown)
        widget.offered = frozenset(offered)
        return widget, value or ([] if question.type == Type.MULTI else "")

    def shows_all(self, question: Question) -> bool:
        """Whether options that do not fit the other answers are on the page, too, hidden: where the list is not too long for that."""
        if question.name not in self._shows_all:
            tree = self.definition.tree(question, "choice_filter")
            asked = {name for name, placed in self.definition.placed.items() if placed.section is self.section}
            times = len(self.evaluation.places(self.definition.placed[question.name].repeat))
            self._shows_all[question.name] = (tree is not None and bool(expressions.references(tree) & asked - {question.name})
                                              and len(question.choices) * times <= MOST_HIDDEN)
        return self._shows_all[question.name]

    def _hint(self, question: Question, place: int) -> str:
        parts = [self.text(question.hint, place)]
        if question.example:
            parts.append(in_sentence(_("For example: %(example)s"), example=self.text(question.example, place)))
        return listed([part for part in parts if part], " ")

    @staticmethod
    def _file_hint(question: Question) -> str:
        limits = question.limits
        types, pages, megabytes = endings_in_words(limits.file_types), limits.pages, limits.megabytes
        parts = [
            types,
            ngettext("at most %(pages)s page", "at most %(pages)s pages", pages) % {"pages": pages} if pages else "",
            _("at most %(megabytes)s MB each") % {"megabytes": megabytes} if megabytes else "",
        ]
        said = ", ".join(part for part in parts if part)
        return f"{said[0].upper()}{said[1:]}." if pages or megabytes else ""

    def names_of(self, name: str, place: int) -> list[str]:
        """The names of the fields of one question."""
        base = field_name(name, place)
        return [found for found in self.fields if found == base or found.startswith(f"{base}--")]

    def error_field(self, question: Question, place: int, part: str = "") -> str:
        """The field beside which a fault of the answer, or of this part of it, is told."""
        names = self.names_of(question.name, place)
        own = f"{field_name(question.name, place)}--{part}"
        return own if own in names else names[0] if names else NON_FIELD_ERRORS
