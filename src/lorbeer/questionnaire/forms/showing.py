"""A section as it stands on the page: blocks in order, hidden or not, with notes and faults; and what the browser needs to know."""

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.cleaning import ADDRESS_PARTS
from lorbeer.questionnaire.definition import (
    OTHER,
    REFERENCE,
    TYPED,
    UPLOADED,
    Form,
    Group,
    Item,
    Question,
    Repeat,
    Section,
    Type,
    section_key,
)
from lorbeer.questionnaire.faults import faults
from lorbeer.questionnaire.forms.fields import (
    OTHERWISE,
    WHICH,
    anchor_of,
    digest_of,
    field_name,
)
from lorbeer.questionnaire.forms.reading import SectionSent
from lorbeer.questionnaire.frozen import shown_file
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of
from lorbeer.questionnaire.values import PAPER, Answers, Key, display, in_language, is_blank, measured
from lorbeer.shared.formatted import formatted_html
from lorbeer.shared.text import house_language

LIVE = {Type.CALCULATE, Type.INTEGER, Type.DECIMAL}                      # what a note shows anew while somebody types


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
    removed: list[dict[str, Any]] = dataclasses.field(default_factory=list)     # of a repeat: what was taken out of it
    can_add: bool = False
    can_remove: bool = False
    controls: bool = False                                              # further questions depend on this answer
    waits: str = ""                                                     # the questions of this section on which its options depend
    offers: bool = False                                                # and scripts show them at once
    required: bool = False
    preview: str = ""                                                   # a formatted text as it will be read


class SectionForm(SectionSent):
    """Made by `section_form`; see there."""

    refused_places: dict[str, str] = {}                                 # name of a repeat → why its button did nothing

    removed_places: dict[str, list[dict[str, Any]]] = {}                # name of a repeat → what can be put back into it

    def take_over(self, sent: "SectionForm", attached: Collection[Key] = ()) -> None:
        """Show the faults of `sent`, and keep the markers of what it left alone: others may have changed it meanwhile.

        What is missing of photos that were `attached` is told at each of them, where it stands now.
        """
        self.full_clean()
        self._errors = sent.errors
        came = {one.key: len(one.uploads) for one in sent.changes()}
        for key in attached:
            name, there = field_name(*key), self.stored.get(key)
            for part in [one for one in self._errors if one.startswith(f"{name}--new-")] if isinstance(there, list) else ():
                told = self._errors.pop(part)
                for number in range(max(0, len(there) - came.get(key, 1)), len(there)):
                    self._errors[part.replace("--new-", f"--{number}-")] = told
        changed = set(came)
        self._left_alone = {key: marker for key, marker in sent.markers.items()
                            if key not in changed and key in self.keys and self.definition.question(key[0]).type not in UPLOADED}

    def show_unread(self, sent: "SectionForm") -> None:
        """Show what was typed earlier and cannot be read, each beside its fault, as it was in `sent`."""
        self.full_clean()
        self._errors |= sent.errors
        self.initial |= sent.unread
        self.unread |= sent.unread
        self.fields |= {name: field for name, field in sent.fields.items() if name.endswith(WHICH)}

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
                    name = self.error_field(self.definition.question(fault.question), fault.place, fault.part)
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

    def _waits(self, question: Question, place: int) -> str:
        """The questions of this section on which it depends what can be chosen here, as people call them."""
        tree = self.definition.tree(question, "choice_filter")
        asked = expressions.references(tree) - {question.name} if tree is not None else set()
        names = dict.fromkeys(name for name, _place in self.keys if name in asked)
        return ", ".join(_("“%(question)s”") % {"question": self.text(self.definition.question(name).label, place) or name} for name in names)

    def _block(self, item: Item, place: int) -> Block:
        if isinstance(item, Question):
            return self._question_block(item, place)
        block_id = anchor_of(item.name, place)
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
                     errors=[said] if (said := self.refused_places.get(item.name)) else [],
                     removed=self.removed_places.get(item.name, []), can_add=self.evaluation.has_room(item))

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
        if any(one in self.unread for one in self.names_of(*key)):      # to empty the field is an answer to what stands in it
            digest = OTHERWISE
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
            waits=self._waits(question, place),
            offers=self.shows_all(question),
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
                is_stored = item.get("code") not in (None, "new")           # else it was sent just now and refused, or tried out
                shown = shown_file(item, is_photo=question.type == Type.PHOTO) if is_stored else item
                block.files.append({"fact": shown, "fields": [self[found] for found in self.names_of(*key)
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
        offers = self._offers()
        needed |= {name for offer in offers for name in expressions.references(offer["tree"])}
        notes = self._notes()
        needed |= {part["name"] for note in notes for part in note["parts"] if "name" in part}
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
            "offers": offers,
            "notes": notes,
            "values": values,
            "types": types,
            "repeats": repeats,
            "today": self.evaluation.now.date().isoformat(),
            "texts": {
                "appeared": _("A question has been added: %(label)s"),
                "gone": _("A question is no longer asked."),
                "taken_out": _("“%(option)s” does not fit your other answers and is no longer chosen."),
                "characters": _("%(count)s of %(most)s characters"),
                "words": _("%(count)s of %(most)s words"),
                "pages": ngettext("%(count)s of %(most)s page", "%(count)s of %(most)s pages", 2),
                "page": ngettext("%(count)s of %(most)s page", "%(count)s of %(most)s pages", 1),
                "too_large": _("“%(name)s” is larger than %(most)s MB and was not chosen. Please take a smaller file."),
            },
            "paper": PAPER,
            "language": house_language(translation.get_language() or "de"),
        }

    def _offers(self) -> list[dict[str, Any]]:
        """Which options pass is found out at once: the condition, and by their code what it looks at of each option."""
        found = []
        for question in {name: self.definition.question(name) for name, _place in self.keys}.values():
            tree = self.definition.tree(question, "choice_filter")
            if tree is not None and self.shows_all(question):
                read = {name for name in expressions.columns_of(tree) if name not in ("name", "label")}
                found.append({"question": question.name, "tree": tree, "options": [
                    {"name": choice.code, "label": str(choice.label), **{name: choice.attributes.get(name, "") for name in read},
                     **({"always": True} if question.or_other and choice.code == OTHER and not choice.attributes else {})}
                    for choice in question.choices]})
        return found

    def _notes(self) -> list[dict[str, Any]]:
        """The notes that name answers, in parts: words, or the name of a number or a computed value and what is shown of it now."""
        found: list[dict[str, Any]] = []

        def parts_of(note: Question, place: int) -> list[dict[str, str]]:
            pieces = REFERENCE.split(in_language(note.label, self.language, self.definition.default_language))
            parts = []
            for number, piece in enumerate(pieces):
                if number % 2 == 0:
                    parts.append({"words": piece})
                    continue
                placed, shown = self.definition.placed.get(piece), self.evaluation.text(f"${{{piece}}}", place)
                moves = placed is not None and placed.question.type in LIVE and not placed.question.is_money
                parts.append({"name": piece, "shown": shown} if moves else {"words": shown})
            return parts

        def walk(items: Sequence[Item], place: int) -> None:
            for item in items:
                if isinstance(item, Repeat):
                    for number in self.evaluation.places(item):
                        walk(item.items, number)
                elif isinstance(item, Group):
                    walk(item.items, place)
                elif item.type == Type.NOTE:
                    parts = parts_of(item, place)
                    if any("name" in part for part in parts):
                        found.append({"block": anchor_of(item.name, place), "place": place, "parts": parts})

        walk(self.section.items, 0)
        return found

    def _conditional(self) -> Sequence[tuple[str, Any, int]]:
        found: list[tuple[str, Any, int]] = []

        def walk(items: Sequence[Item], place: int) -> None:
            for item in items:
                if self.definition.tree(item, "relevant") is not None and self._has_place(item):
                    found.append((anchor_of(item.name, place), item, place))
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
        said = ngettext("%(count)s of %(most)s page", "%(count)s of %(most)s pages", limits.pages)
        parts.append(said % {"count": number(length.pages if text.strip() else 0, 1), "most": number(limits.pages)})
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
