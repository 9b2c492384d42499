"""One section of a questionnaire as a Django form: fields with KERN widgets, repeats as numbered places.

A draft may be incomplete: `is_valid` tells whether everything on the page makes sense, while `changes` gives what can
be kept in any case. Each question on a page carries a marker (name, place, revision, digest of what was shown), so that
only what the person really changed is saved, even from an old tab.
"""

import dataclasses
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.cleaning import ADDRESS_PARTS, clean_value
from lorbeer.questionnaire.definition import (
    CHOOSING,
    TYPED,
    UPLOADED,
    Form,
    Group,
    Item,
    Question,
    Repeat,
    Section,
    Type,
    canonical_json,
    section_key,
)
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.faults import faults, value_faults
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.municipalities import Ambiguous, facts_of, key_named
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import PAPER, Answers, Key, display, is_blank, measured, signs_in_words
from lorbeer.register.choosing import more_fit, told
from lorbeer.register.models import RegisterEdition
from lorbeer.shared.errors import BadInput
from lorbeer.shared.filetypes import endings_in_words
from lorbeer.shared.formatted import formatted_html
from lorbeer.shared.models import StoredFile
from lorbeer.shared.text import house_language

MARKER = "_asked"                                                       # name of the hidden inputs that carry markers
MOST_UNREAD = 1_000                                                     # characters of a text that cannot be read and is yet shown again
ADD, REMOVE = "_add_place", "_remove_place"                             # names of the buttons of repeats

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
WHICH = "--which"                                                       # which of the municipalities of one name
PRINTABLE = "printable"                                                 # that it may be printed, beside the texts above


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


@dataclass(frozen=True)
class Change:
    """An answer that the person changed. `uploads`: new files, to be stored and added to `value` by the caller."""

    question: Question
    place: int
    value: Any
    revision: int                                                       # what the person saw when they began
    uploads: tuple[tuple[Any, dict[str, Any]], ...] = ()                # (uploaded file, facts such as credit)

    @property
    def key(self) -> Key:
        return self.question.name, self.place


@dataclass
class Block:
    """A part of the page. `kind`: question, note, group, matrix, repeat or place."""

    kind: str
    id: str
    label: str = ""
    hint: str = ""
    hidden: bool = False
    question: Question | None = None
    place: int = 0
    marker: str = ""
    field: Any = None                                                   # the bound field of a simple question
    parts: list[Any] = dataclasses.field(default_factory=list)    # the bound fields of an address or photo; which municipality is meant
    items: list["Block"] = dataclasses.field(default_factory=list)
    note: str = ""                                                      # "1.204 von 1.500 Zeichen"
    example: str = ""
    guidance: str = ""
    files: list[dict[str, Any]] = dataclasses.field(default_factory=list)
    columns: list[str] = dataclasses.field(default_factory=list)    # headings of a matrix
    errors: list[str] = dataclasses.field(default_factory=list)
    name: str = ""                                                      # of a repeat
    can_add: bool = False
    can_remove: bool = False
    controls: bool = False                                              # further questions depend on this answer
    required: bool = False
    preview: str = ""                                                   # a formatted text as it will be read


def field_name(name: str, place: int = 0) -> str:
    return f"{name}__{place}" if place else name


def digest_of(value: Any) -> str:
    text = canonical_json(None if is_blank(value) else value)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class SectionForm(forms.Form):
    """Made by `section_form`; see there."""

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
        for name, placed in definition.placed.items():
            if placed.section is section and placed.question.is_answered:
                for place in self.evaluation.places(placed.repeat):
                    self.keys.append((name, place))
                    self._add_fields(placed.question, place)
        self._changes: list[Change] | None = None
        self._typed: dict[Key, Any] = {}
        self._left_alone: dict[Key, tuple[int, str]] = {}
        self.judged: set[str] = set()                                   # names of the fields that came with answers
        self.unread: dict[str, str] = {}                                # what was typed and cannot be read, by the same names

    # --- fields ---

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
            facts["help_text"] = f"{facts['help_text']} {signs_in_words()}".strip()
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
            facts["help_text"] = " ".join(filter(None, [facts["help_text"], self._file_hint(question)]))
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
                    label=label, widget=forms.TextInput(), initial=item.get(part, ""), required=part != "caption")
            self.fields[f"{name}-{PRINTABLE}"] = forms.BooleanField(
                label=_("The photo may be printed and published free of charge"), initial=bool(item.get(PRINTABLE)), required=False)
        if item:
            self.fields[f"{name}-remove"] = forms.BooleanField(
                label=_("Remove “%(name)s”") % {"name": item.get("name") or item["code"]}, required=False)

    def _widget(self, question: Question, place: int, value: Any) -> tuple[forms.Widget, Any]:
        attrs: dict[str, Any] = {}
        if question.type in CHOOSING:
            offered = [(choice.code, self.text(choice.label, place) or choice.code)
                       for choice in _unique(self.evaluation.choices(question, place))]
            if question.type == Type.MULTI:
                return forms.CheckboxSelectMultiple(choices=offered), value or []
            if "minimal" in question.appearance.split() or len(offered) > 12:
                if language := getattr(offered[0][1] if offered else "", "language", ""):
                    attrs["lang"] = language
                return forms.Select(attrs, choices=[("", _("Please choose")), *offered]), value or ""
            return forms.RadioSelect(choices=offered), value or ""
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

    def _hint(self, question: Question, place: int) -> str:
        parts = [self.text(question.hint, place)]
        if question.example:
            parts.append(_("For example: %(example)s") % {"example": self.text(question.example, place)})
        return " ".join(filter(None, parts))

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

    # --- reading what was sent ---

    def _markers(self) -> dict[Key, tuple[int, str]]:
        """(name, place) → (revision, digest) of the questions that stood on the page that was sent."""
        found: dict[Key, tuple[int, str]] = {}
        sent = self.data.getlist(MARKER) if hasattr(self.data, "getlist") else self.data.get(MARKER, [])
        for text in sent:
            match = re.fullmatch(r"([A-Za-z_][\w.\-]{0,120}):(\d{1,3}):(\d{1,9}):([0-9a-f]{12})", str(text))
            if match:
                found[match[1], int(match[2])] = (int(match[3]), match[4])
        return found

    def clean(self) -> dict[str, Any]:
        markers = self._markers()
        # A page without markers comes from a program: everything it names counts.
        named = {
            key
            for key in self.keys
            if any(
                self.add_prefix(name) in self.data or self.add_prefix(name) in self.files
                for name in self.names_of(*key)
            )
        }
        changes: list[Change] = []
        broken: list[tuple[Question, int, str, str]] = []
        for name, place in self.keys:
            if (markers and (name, place) not in markers) or (not markers and (name, place) not in named):
                continue
            question = self.definition.question(name)
            if question.readonly:
                continue
            revision, digest = markers.get((name, place), (self.revisions.get((name, place), 0), ""))
            self.judged |= set(names := self.names_of(name, place))
            try:
                raw, uploads = self._raw(question, place)
                value = clean_value(question, raw)
                if question.type == Type.MUNICIPALITY and value:
                    value = facts_of(self.edition, value)
            except BadInput as error:
                broken.append((question, place, error.where, str(error)))
                if question.type not in UPLOADED | CHOOSING:
                    texts = {one: self._value(one) for one in names}
                    self.unread |= {one: text for one, text in texts.items()
                                    if isinstance(text, str) and text and len(text) <= MOST_UNREAD}
                continue
            self._typed[name, place] = value
            if digest_of(value) != (digest or digest_of(self.stored.get((name, place)))) or uploads:
                changes.append(Change(question, place, value, revision, tuple(uploads)))
        self._changes = changes
        after = {**self.stored, **self._typed}
        self.evaluation_after = Evaluation(self.definition, after, now=self.now, zone=self.zone)
        # What was typed and cannot be read is no answer that another one could be held against.
        unread = dict.fromkeys((question.name, place) for question, place, _part, _text in broken)
        judged = Evaluation(self.definition, {**after, **unread}, now=self.now, zone=self.zone) if unread else self.evaluation_after
        for (name, place), value in self._typed.items():
            if self.evaluation_after.is_relevant(name, place):
                question = self.definition.question(name)
                value = self._with_uploads(question, place, value)
                broken += [(question, place, "", text)
                           for _kind, text in value_faults(judged, question, place, value)]
        for question, place, part, sentence in broken:
            self.add_error(self.error_field(question, place, part), sentence)
        return self.cleaned_data

    def names_of(self, name: str, place: int) -> list[str]:
        """The names of the fields of one question."""
        base = field_name(name, place)
        return [found for found in self.fields if found == base or found.startswith(f"{base}--")]

    def error_field(self, question: Question, place: int, part: str = "") -> str:
        """The field beside which a fault of the answer, or of this part of it, is told."""
        names = self.names_of(question.name, place)
        own = f"{field_name(question.name, place)}--{part}"
        return own if own in names else names[0] if names else NON_FIELD_ERRORS

    def _value(self, name: str) -> Any:
        bound_field = self.fields.get(name)
        if bound_field is None:
            return None
        return bound_field.widget.value_from_datadict(self.data, self.files, self.add_prefix(name))

    def _raw(self, question: Question, place: int) -> tuple[Any, list[tuple[Any, dict[str, Any]]]]:
        name = field_name(question.name, place)
        if question.type == Type.ADDRESS:
            return {part: self._value(f"{name}--{part}") or "" for part in ADDRESS_PARTS}, []
        if question.type in UPLOADED:
            return self._raw_files(question, place)
        value = self._value(name)
        if question.type == Type.ACKNOWLEDGE:
            return bool(value), []
        if question.type == Type.MUNICIPALITY and isinstance(value, str):
            stored = self.stored.get((question.name, place))
            match = re.search(r"\((\d{2,12})\)\s*$", value)
            if match and isinstance(stored, dict) and stored.get("key") == match[1]:
                return stored, []
            return self._body_meant(name, value), []
        return value, []

    def _body_meant(self, name: str, text: str) -> str:
        """The key of the municipality that was typed; where several may be meant, of the one chosen below it. Raises BadInput."""
        try:
            return key_named(self.edition, text)
        except Ambiguous as error:
            keys = told(error.bodies)
            chosen = str(self.data.get(self.add_prefix(f"{name}{WHICH}")) or "")
            if chosen in keys:
                return chosen
            self.fields[f"{name}{WHICH}"] = Raw(
                label=_("Which one is meant?"), widget=forms.RadioSelect(choices=list(keys.items())), required=False,
                help_text=more_fit(error.more))
            raise BadInput(_(
                "“%(name)s” is not the exact name of one municipality alone. Choose which one is meant from the list that stands here "
                "after saving, or enter its official key.") % {"name": text.strip()[:80]}) from error

    def _raw_files(self, question: Question, place: int) -> tuple[Any, list[tuple[Any, dict[str, Any]]]]:
        name = field_name(question.name, place)
        stored = self.stored.get((question.name, place))
        kept = []
        for number, item in enumerate(stored if isinstance(stored, list) else []):
            if self._value(f"{name}--{number}-remove"):
                continue
            item = dict(item)
            for part in PHOTO_LABELS if question.type == Type.PHOTO else ():
                text = self._value(f"{name}--{number}-{part}")
                if text is not None:
                    item |= {part: str(text).strip(), PRINTABLE: bool(self._value(f"{name}--{number}-{PRINTABLE}"))}
            kept.append({part: fact for part, fact in item.items() if fact not in ("", False)})
        sent = self._value(name)
        uploads = [one for one in (sent if isinstance(sent, list) else [sent]) if one]
        facts: dict[str, Any] = {}
        if question.type == Type.PHOTO:
            facts = {part: str(self._value(f"{name}--new-{part}") or "").strip() for part in PHOTO_LABELS}
            facts[PRINTABLE] = bool(self._value(f"{name}--new-{PRINTABLE}"))
        return kept or None, [(one, facts) for one in uploads]

    def _with_uploads(self, question: Question, place: int, value: Any) -> Any:
        """The value as it will be once the uploads are stored: its limits can be judged before."""
        change = next((one for one in self._changes or [] if one.key == (question.name, place)), None)
        if change is None or not change.uploads:
            return value
        kept = [] if question.takes_one_file else value or []            # a single file is replaced, once the new one is stored
        return [*kept, *({"code": "new", **facts} for _file, facts in change.uploads)]

    # --- for callers ---

    def changes(self) -> list[Change]:
        """What the person changed and can be kept, whether or not the page is without faults."""
        if self._changes is None:
            self.full_clean()
        return list(self._changes or [])

    def data_after(self, attached: Collection[Key]) -> Any:
        """What was sent, without what has been done: files taken out or described, and new ones, where all were `attached`."""
        data: Any = self.data
        data = data.copy()
        for name, place in self.keys:
            if self.definition.question(name).type in UPLOADED:
                base = self.add_prefix(field_name(name, place))
                done = r"(\d+|new)" if (name, place) in attached else r"\d+"
                for sent in [one for one in data if re.fullmatch(rf"{re.escape(base)}--{done}-\w+", one)]:
                    del data[sent]
        return data

    def sentences(self) -> dict[str, list[str]]:
        """id of each field that was sent → what is wrong with it. Without files: saving by itself does not send them along."""
        names = [name for key in self.keys if self.definition.question(key[0]).type not in UPLOADED
                 for name in self.names_of(*key) if name in self.judged]
        return {self[name].auto_id: [str(fault) for fault in self.errors.get(name, [])] for name in names}

    def id_of(self, question: str, place: int) -> str:
        """id of the field beside which a fault of this answer is told; empty where the page does not ask it."""
        names = self.names_of(question, place)
        return self[names[0]].auto_id if names else ""

    def take_over(self, sent: "SectionForm") -> None:
        """Show the faults of `sent`, and keep the markers of what it left alone: others may have changed it meanwhile."""
        self.full_clean()
        self._errors = sent.errors
        changed = {one.key for one in sent.changes()}
        self._left_alone = {key: marker for key, marker in sent._markers().items()
                            if key not in changed and key in self.keys and self.definition.question(key[0]).type not in UPLOADED}

    def show_unread(self, sent: "SectionForm") -> None:
        """Show what was typed earlier and cannot be read, each beside its fault, as it was in `sent`."""
        self.full_clean()
        self._errors |= sent.errors
        self.initial |= sent.unread
        self.fields |= {name: field for name, field in sent.fields.items() if name.endswith(WHICH)}

    def place_action(self) -> tuple[str, str, int] | None:
        """("add", repeat, 0) or ("remove", repeat, place) where one of those buttons was pressed."""
        if name := self.data.get(ADD):
            return ("add", name, 0) if name in self.definition.repeats else None
        match = re.fullmatch(r"(.+):(\d{1,3})", self.data.get(REMOVE) or "")
        if match and match[1] in self.definition.repeats:
            return "remove", match[1], int(match[2])
        return None

    def appeared(self) -> list[Question]:
        """Questions of this section that are asked now and were not before: show the page again, not the next one.

        Not those that the page had shown by itself and that came with an answer.
        """
        before = {key for key in self.keys if self.evaluation.is_relevant(*key)}
        return [self.definition.question(name) for name, place in self.keys
                if (name, place) not in before and self.evaluation_after.is_relevant(name, place)
                and is_blank(self._typed.get((name, place)))]

    # --- the page ---

    @property
    def blocks(self) -> list[Block]:
        """What stands on the page, in order."""
        if not hasattr(self, "_blocks"):
            self._shown = self.evaluation
            if self.is_bound and self._changes is not None:
                self._shown = self.evaluation_after
            self._controlling = self._controllers()
            self._blocks = [self._block(item, 0) for item in self.section.items if self._has_place(item)]
        return self._blocks

    def full_clean(self) -> None:
        super().full_clean()
        if self.check and not self.is_bound:
            for fault in faults(self.definition, self.stored, evaluation=self.evaluation):
                if (fault.question, fault.place) in self.keys:
                    name = self.error_field(self.definition.question(fault.question), fault.place)
                    self._errors.setdefault(name, self.error_class()).append(fault.sentence)

    @staticmethod
    def _has_place(item: Item) -> bool:
        return not (isinstance(item, Question) and item.type == Type.CALCULATE)

    def _controllers(self) -> set[str]:
        """Names of the questions on which others in this section depend."""
        found: set[str] = set()
        for node in _nodes(self.section.items):
            tree = self.definition.tree(node, "relevant")
            if tree is not None:
                found |= expressions.references(tree)
        return found

    def _block(self, item: Item, place: int) -> Block:
        if isinstance(item, Question):
            return self._question_block(item, place)
        block_id = f"b-{field_name(item.name, place)}"
        label, hint = self.text(item.label, place), self.text(item.hint, place)
        hidden = not self._shown.block_relevant(item, place)
        if isinstance(item, Group):
            items = [self._block(inner, place) for inner in item.items if self._has_place(inner)]
            matrix = item.is_matrix and all(block.kind in ("question", "note") for block in items)
            columns = []
            if matrix:
                first = next((block.question for block in items if block.question is not None), None)
                columns = [self.text(choice.label, place) or choice.code for choice in first.choices] if first else []
            return Block(
                "matrix" if matrix else "group",
                block_id,
                label,
                hint,
                hidden,
                items=items,
                columns=columns,
                place=place,
            )
        count = self.evaluation.count(item)
        places = [
            Block("place", f"{block_id}-{number}", label=f"{label} {number}".strip(), place=number, name=item.name,
                  items=[self._block(inner, number) for inner in item.items if self._has_place(inner)],
                  can_remove=not item.count and count > item.min_count)
            for number in range(1, count + 1)
        ]
        return Block("repeat", block_id, label, hint, hidden, items=places, name=item.name,
                     can_add=self.evaluation.has_room(item))

    def _question_block(self, question: Question, place: int) -> Block:
        key = (question.name, place)
        name = field_name(*key)
        hidden = not self._shown.is_relevant(*key)
        if question.type == Type.NOTE:
            return Block(
                "note", f"b-{name}", self.text(question.label, place), self.text(question.hint, place), hidden, question
            )
        value = self.stored.get(key)
        revision, digest = self._left_alone.get(key, (self.revisions.get(key, 0), digest_of(value)))
        block = Block(
            "question",
            f"b-{name}",
            self.text(question.label or question.hint, place),
            self._hint(question, place),
            hidden,
            question,
            place,
            marker=f"{question.name}:{place}:{revision}:{digest}",
            guidance=self.text(question.guidance, place),
            note=self.notes.get(key, ""),
            controls=question.name in self._controlling,
            required=self.fields[self.names_of(*key)[0]].required,
        )
        if question.type == Type.ADDRESS:
            block.parts = [self[f"{name}--{part}"] for part in ADDRESS_PARTS]
            return block
        block.field = self[name]
        if f"{name}{WHICH}" in self.fields:
            block.parts = [self[f"{name}{WHICH}"]]
        if question.type in UPLOADED:
            for number, item in enumerate(value if isinstance(value, list) else []):
                block.files.append({"fact": item, "fields": [self[found] for found in self.names_of(*key)
                                                             if found.startswith(f"{name}--{number}-")]})
            block.parts = [self[found] for found in self.names_of(*key) if found.startswith(f"{name}--new-")]
        if question.type in TYPED:
            text = self._text_of(question, place)
            block.note = " · ".join(filter(None, [measure(question, text), block.note]))
            if question.is_formatted:
                block.preview = formatted_html(text, top=2)
        return block

    def _text_of(self, question: Question, place: int) -> str:
        if self.is_bound:
            return str(self._value(field_name(question.name, place)) or "")
        return str(self.stored.get((question.name, place)) or "")

    def script_data(self) -> dict[str, Any]:
        """What the browser needs to show and hide questions at once: conditions as trees, and the other answers."""
        conditions = []
        needed: set[str] = set()
        for block_id, node, place in self._conditional():
            tree = self.definition.tree(node, "relevant")
            assert tree is not None
            conditions.append({"block": block_id, "tree": tree, "place": place})
            needed |= expressions.references(tree)
        calculations: dict[str, Any] = {}
        waiting = sorted(needed)
        while waiting:                                                  # what is computed is computed there, too
            name = waiting.pop()
            placed = self.definition.placed.get(name)
            if placed is None or placed.question.type != Type.CALCULATE or name in calculations:
                continue
            tree = self.definition.tree(placed.question, "calculation")
            if tree is not None and self.definition.tree(placed.question, "relevant") is None:
                calculations[name] = tree
                waiting += expressions.references(tree)
                needed |= expressions.references(tree)
        values: dict[str, dict[str, Any]] = {}
        types: dict[str, str] = {}
        repeats: dict[str, str] = {}
        for name in sorted(needed):
            placed = self.definition.placed.get(name)
            if placed is None:
                repeats[name] = name
                values[name] = {str(place): place for place in self.evaluation.places(self.definition.repeats[name])}
                continue
            types[name] = str(placed.question.type)
            if placed.repeat is not None:
                repeats[name] = placed.repeat.name
            values[name] = {
                str(place): _for_script(placed.question, self.evaluation.value(name, place))
                for place in self.evaluation.places(placed.repeat)
            }
        return {
            "conditions": conditions,
            "calculations": calculations,
            "values": values,
            "types": types,
            "repeats": repeats,
            "today": self.evaluation.now.date().isoformat(),
            "texts": {
                "appeared": _("A question has been added: %(label)s"),
                "gone": _("A question is no longer asked."),
                "characters": _("%(count)s of %(most)s characters"),
                "words": _("%(count)s of %(most)s words"),
                "pages": _("%(count)s of %(most)s pages"),
                "too_large": _("“%(name)s” is larger than %(most)s MB and was not chosen. Please take a smaller file."),
            },
            "paper": PAPER,
            "language": house_language(translation.get_language() or "de"),
        }

    def _conditional(self) -> Sequence[tuple[str, Any, int]]:
        found: list[tuple[str, Any, int]] = []

        def walk(items: Sequence[Item], place: int) -> None:
            for item in items:
                if self.definition.tree(item, "relevant") is not None and self._has_place(item):
                    found.append((f"b-{field_name(item.name, place)}", item, place))
                if isinstance(item, Repeat):
                    for number in self.evaluation.places(item):
                        walk(item.items, number)
                elif isinstance(item, Group):
                    walk(item.items, place)

        walk(self.section.items, 0)
        return found


def _nodes(items: Sequence[Item]) -> list[Item]:
    found: list[Item] = []
    for item in items:
        found.append(item)
        if not isinstance(item, Question):
            found += _nodes(item.items)
    return found


def _unique(choices: list[Any]) -> list[Any]:
    return list({choice.code: choice for choice in choices}.values())


def _for_script(question: Question, value: Any) -> Any:
    if is_blank(value):
        return ""
    if question.type == Type.MULTI:
        return " ".join(value)
    if question.type == Type.ACKNOWLEDGE:
        return "OK"
    if question.type in UPLOADED or isinstance(value, dict | list):
        return display(question, value)
    return str(value)


def measure(question: Question, text: str) -> str:
    """How much of its limits a text uses: “1.204 von 1.500 Zeichen”; "" where there is no limit."""
    limits, parts = question.limits, []
    if not limits.of_text:
        return ""
    length = measured(question, text.replace("\r\n", "\n").strip())

    def number(value: float, places: int = 0) -> str:
        return formats.number_format(value, places, force_grouping=True)

    if limits.characters:
        parts.append(
            _("%(count)s of %(most)s characters") % {"count": number(length.characters), "most": number(limits.characters)}
        )
    if limits.words:
        parts.append(_("%(count)s of %(most)s words") % {"count": number(length.words), "most": number(limits.words)})
    if limits.pages:
        parts.append(_("%(count)s of %(most)s pages") % {"count": number(length.pages if text.strip() else 0, 1), "most": number(limits.pages)})
    return " · ".join(parts)


def section_form(
    version: Version | Form, section: Section | str, answers: Answers, language: str | None = None, *, data: Any = None,
    files: Any = None, **options: Any,
) -> SectionForm:
    """The form of one section (or its key), filled with `answers`.

    Options: `revisions` {(name, place): number} of the stored answers; `notes` {(name, place): "gespeichert 14:03"};
    `edition` the register in which municipalities are looked up; `zone`, `now`; `check=True` shows what is missing.
    With `data` and `files` it reads a POST: save `changes()` whether or not it is valid, then do `place_action()`.
    Show it with `{% include "questionnaire/section.html" %}` inside `<form method="post" novalidate
    enctype="multipart/form-data">`. Raises KeyError for a section that does not exist.
    """
    definition = version if isinstance(version, Form) else form_of(version)
    chosen = definition.section(section) if isinstance(section, str) else section
    key = next(section_key(number, one) for number, one in enumerate(definition.sections, 1) if one is chosen)
    return SectionForm(definition, chosen, answers, key=key, language=language, data=data, files=files, **options)


def file_fact(stored: StoredFile, **facts: Any) -> dict[str, Any]:
    """What an answer keeps of a stored file; `facts`: alternative_text, caption, credit, rights, printable."""
    kept = {"code": stored.code, "name": stored.name, "sha256": stored.blob_id, "size": stored.blob.size}
    return kept | {name: fact for name, fact in facts.items() if fact}


class WorkbookForm(forms.Form):
    """A questionnaire as an Excel workbook."""

    workbook = forms.FileField(
        label=gettext_lazy("Workbook"), help_text=gettext_lazy("An XLSForm workbook, .xlsx or .xls, at most 10 MB."),
        widget=forms.FileInput({"accept": ".xlsx,.xls"}),
    )


