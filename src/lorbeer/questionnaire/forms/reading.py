"""What was sent for a section: which answers changed, what cannot be read, which buttons were pressed."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext as _

from lorbeer.questionnaire.cleaning import ADDRESS_PARTS, clean_value
from lorbeer.questionnaire.definition import (
    CHOOSING,
    UPLOADED,
    Question,
    Type,
)
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.faults import value_faults
from lorbeer.questionnaire.forms.fields import (
    ADD,
    BRING_BACK,
    MOST_UNREAD,
    PHOTO_LABELS,
    PRINTABLE,
    REMOVE,
    WHICH,
    Raw,
    SectionFields,
    digest_of,
    field_name,
)
from lorbeer.questionnaire.municipalities import Ambiguous, facts_of, key_named
from lorbeer.questionnaire.values import Key, is_blank
from lorbeer.register.choosing import more_fit, told
from lorbeer.shared.errors import BadInput


@dataclass(frozen=True)
class Change:
    """An answer that the person changed. `uploads`: new files, to be stored and added to `value` by the caller."""

    question: Question
    place: int
    value: Any
    revision: int                                                       # what the person saw when they began
    uploads: tuple[tuple[Any, dict[str, Any]], ...] = ()                # (uploaded file, facts such as credit)
    is_gone: bool = False                                               # its place of a repeat has been taken out since

    @property
    def key(self) -> Key:
        return self.question.name, self.place


class SectionSent(SectionFields):
    """Reads a POST; what makes no sense becomes an error beside its field, all else is kept."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._changes: list[Change] | None = None
        self._typed: dict[Key, Any] = {}
        self._left_alone: dict[Key, tuple[int, str]] = {}
        self.judged: set[str] = set()                                   # names of the fields that came with answers
        self.answered: set[str] = set()                                 # those that say something else than the page did, or cannot be read
        self.unread: dict[str, str] = {}                                # what was typed and cannot be read, by the same names
        self.unkept: list[str] = []                                     # why some of it cannot even be kept: it stands on the page alone

    def clean(self) -> dict[str, Any]:
        markers = self.markers
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
        for name, place in [*self.keys, *self.gone]:
            is_gone = (name, place) in self.gone
            if (markers and (name, place) not in markers) or (not markers and (name, place) not in named):
                continue
            question = self.definition.question(name)
            if question.readonly:
                continue
            revision, digest = markers.get((name, place), (self.revisions.get((name, place), 0), ""))
            names = self.names_of(name, place)
            self.judged |= set() if is_gone else set(names)
            try:
                raw, uploads = self._raw(question, place)
                value = clean_value(question, raw)
                if question.type == Type.MUNICIPALITY and value:
                    value = facts_of(self.edition, value)
            except BadInput as error:
                if is_gone:
                    self._tell_gone(question, place, str(self._value(names[0]) or ""))
                    continue
                broken.append((question, place, error.where, str(error)))
                self.answered |= set(names)
                if question.type not in UPLOADED | CHOOSING:
                    texts = {one: self._value(one) for one in names}
                    typed = {one: text for one, text in texts.items() if isinstance(text, str) and text}
                    self.unread |= {one: text for one, text in typed.items() if len(text) <= MOST_UNREAD}
                    self.unkept += [str(error)] * any(len(text) > MOST_UNREAD for text in typed.values())
                continue
            if is_gone:
                for uploaded, _facts in uploads:
                    self._tell_gone(question, place, str(getattr(uploaded, "name", "")))
                if question.type not in UPLOADED and value not in (None, self.evaluation.default(question, place)) and digest_of(
                        value) != digest:
                    changes.append(Change(question, place, value, revision, is_gone=True))
                continue
            self._typed[name, place] = value
            if question.type == Type.PHOTO and not uploads and self._describes_new(name, place):
                broken.append((question, place, "", _(
                    "You have described a photo, but not chosen its file. Please choose the file, too; else this would not be kept.")))
            is_changed = digest_of(value) != (digest or digest_of(self.stored.get((name, place)))) or bool(uploads)
            self.answered |= set(names) if is_changed or not markers else set()
            if is_changed:
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
                broken += [(question, place, part, text)
                           for _kind, text, part in value_faults(judged, question, place, value)]
        for question, place, part, sentence in broken:
            self.add_error(self.error_field(question, place, part), sentence)
        return self.cleaned_data

    def _tell_gone(self, question: Question, place: int, text: str) -> None:
        said = _("“%(label)s” has been removed meanwhile, so “%(text)s” could not be saved there.") % {
            "label": self.text(question.label, place) or question.name, "text": text[:500]}
        self.add_error(self.error_field(question, place), said)
        self.unkept.append(said)

    def seen_in(self, repeat: str, place: int) -> dict[Key, int] | None:
        """The revisions of the answers at a place that the page showed; None where a program sent it, without markers."""
        if not self.markers:
            return None
        return {key: revision for key, (revision, _digest) in self.markers.items()
                if key[1] == place and (placed := self.definition.placed.get(key[0])) and placed.repeat
                and placed.repeat.name == repeat}

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
                label=_("Which one is meant?"), widget=forms.RadioSelect(choices=list(keys.items())), required=True,
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

    def _describes_new(self, name: str, place: int) -> bool:
        """Whether something stands in the fields of a photo that is still to come."""
        return any(str(self._value(f"{field_name(name, place)}--new-{part}") or "").strip() for part in PHOTO_LABELS)

    def _with_uploads(self, question: Question, place: int, value: Any) -> Any:
        """The value as it will be once the uploads are stored: its limits can be judged before."""
        change = next((one for one in self._changes or [] if one.key == (question.name, place)), None)
        if change is None or not change.uploads:
            return value
        kept = [] if question.takes_one_file else value or []            # a single file is replaced, once the new one is stored
        return [*kept, *({"code": "new", "name": getattr(one, "name", ""), **facts} for one, facts in change.uploads)]

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
        names += [name for key in self.gone for name in self.names_of(*key) if name in self.errors]
        return {self[name].auto_id: [str(fault) for fault in self.errors.get(name, [])] for name in names}

    def id_of(self, question: str, place: int) -> str:
        """id of the field beside which a fault of this answer is told; empty where the page does not ask it."""
        names = self.names_of(question, place)
        return self[names[0]].auto_id if names else ""

    def place_action(self) -> tuple[str, str, int] | None:
        """("add", repeat, 0), ("remove", repeat, place) or ("bring_back", repeat, 0) where one of those buttons was pressed."""
        if name := self.data.get(ADD):
            return ("add", name, 0) if name in self.definition.repeats else None
        if name := (self.data.get(BRING_BACK) or "").partition(":")[0]:
            return ("bring_back", name, 0) if name in self.definition.repeats else None
        match = re.fullmatch(r"(.+):(\d{1,5})", self.data.get(REMOVE) or "")
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
