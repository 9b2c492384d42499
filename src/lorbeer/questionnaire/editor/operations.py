"""What can be done to a questionnaire on screen: each a function from one form to the next, or a refusal with the reason.

Whatever is done, names stay unique, what refers to a renamed question follows, and nothing that is still referred to goes
away. A form may be unfinished all the same; `checks.py` says what is missing. Nodes are named by the keys of addresses:
their names, or `part-N` for a page without one.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import (
    CHOOSING,
    OTHER,
    TYPED,
    UPLOADED,
    Form,
    Group,
    Item,
    Node,
    Question,
    Repeat,
    Section,
    Type,
    bounded,
    other_question,
    section_key,
    with_choices,
)
from lorbeer.questionnaire.editor.names import check_name, names_of, names_within, unused
from lorbeer.questionnaire.editor.references import Use, in_texts, keyed_nodes, uses_of, with_names, with_names_in_choice
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.text import Localized


class Gone(LorbeerError):  # noqa: N818 a sentence, not a fault of the program
    """What was to be changed is not in the questionnaire any more."""


class StillUsed(BadInput):
    """What was to go away is referred to; `uses` says where."""

    def __init__(self, message: str, uses: list[Use]) -> None:
        super().__init__(message)
        self.uses = uses


@dataclass(frozen=True)
class Place:
    """Where something stands: in which block ("" for the pages themselves), as which of its items, from 0."""

    parent: str
    index: int


# --- finding ----------------------------------------------------------------------------------------------------------


def node_of(form: Form, key: str) -> Node:
    """The node with that key; Gone where there is none."""
    for found, node in keyed_nodes(form):
        if found == key:
            return node
    raise Gone(_("“%(name)s” is not in the questionnaire any more: it was deleted or renamed meanwhile.") % {"name": key[:100]})


def place_of(form: Form, key: str) -> Place:
    def walk(items: Sequence[Any], parent: str) -> Iterator[tuple[str, Place]]:
        for index, item in enumerate(bare(items)):
            yield item.name, Place(parent, index)
            if not isinstance(item, Question):
                yield from walk(item.items, item.name)

    for index, section in enumerate(form.sections):
        own = section_key(index + 1, section)
        if own == key:
            return Place("", index)
        for name, place in walk(section.items, own):
            if name == key:
                return place
    node_of(form, key)
    raise AssertionError(key)


def items_of(form: Form, parent: str) -> tuple[Any, ...]:
    """The pages, or what stands in a block; without the questions that belong to an "or other"."""
    if not parent:
        return form.sections
    node = node_of(form, parent)
    if isinstance(node, Question):
        raise BadInput(_("Questions hold no further questions. Choose a page, a group or a repeat."))
    return bare(node.items)


def bare(items: Sequence[Any]) -> tuple[Any, ...]:
    return tuple(item for item in items if not (isinstance(item, Question) and item.derived_from))


# --- putting together -------------------------------------------------------------------------------------------------


def settled(form: Form) -> Form:
    """The form as a workbook's import gives it: options at their questions, a text question behind each "or other", no two
    neighbouring pages without a name and none of them empty. The same form where it is so already."""
    def settle(items: Sequence[Item]) -> tuple[Item, ...]:
        found: list[Item] = []
        for item in bare(items):
            if not isinstance(item, Question):
                found.append(replace(item, items=settle(item.items)))
                continue
            choices = with_choices(form.lists.get(item.list_name, ()), or_other=item.or_other) if item.type in CHOOSING else ()
            found.append(replace(item, choices=choices) if item.choices != choices else item)
            if item.or_other:
                found.append(other_question(item))
        return tuple(found)

    sections: list[Section] = []
    for section in form.sections:
        items = settle(section.items)
        if section.name or section.label:
            sections.append(replace(section, items=items))
        elif sections and not sections[-1].name:
            sections[-1] = replace(sections[-1], items=(*sections[-1].items, *items))
        elif items:
            sections.append(replace(section, items=items))
    return replace(form, sections=tuple(sections))


def _with_items(form: Form, parent: str, change: Callable[[list[Any]], list[Any]]) -> Form:
    """The form with other items in one block, or with other pages."""
    if not parent:
        return settled(replace(form, sections=tuple(change(list(form.sections)))))
    found = False

    def walk(items: Sequence[Any], keys: Sequence[str]) -> tuple[Any, ...]:
        nonlocal found
        result = []
        for item, key in zip(items, keys, strict=True):
            if isinstance(item, Question):
                result.append(item)
            elif key == parent:
                found = True
                result.append(replace(item, items=tuple(change(list(bare(item.items))))))
            else:
                result.append(replace(item, items=walk(item.items, [inner.name for inner in item.items])))
        return tuple(result)

    sections = walk(form.sections, [section_key(number, section) for number, section in enumerate(form.sections, 1)])
    if not found:
        node_of(form, parent)
    return settled(replace(form, sections=sections))


def everywhere(form: Form, change: Callable[[Any], Any]) -> Form:
    """The form with every node as `change` gives it, from the inside out."""
    def walk(node: Any) -> Any:
        return change(node if isinstance(node, Question) else replace(node, items=tuple(walk(item) for item in bare(node.items))))

    return settled(replace(form, sections=tuple(walk(section) for section in form.sections)))


def _renamed(form: Form, names: Mapping[str, str]) -> Form:
    """The form with other names in all that refers to these, {old: new}; the nodes themselves keep theirs."""
    lists = {code: tuple(with_names_in_choice(choice, names) for choice in choices) for code, choices in form.lists.items()}
    changed = everywhere(form, lambda node: with_names(node, names))
    return settled(replace(changed, lists=lists, title=in_texts(form.title, names)))


# --- the operations ---------------------------------------------------------------------------------------------------


def add(form: Form, node: Node, place: Place) -> Form:
    """Put a new node in its place. Raises BadInput where it cannot stand there or its names are taken."""
    _check_place(form, node, place.parent)
    within = names_within(node)
    if twice := sorted(within & names_of(form)):
        check_name(form, twice[0])
    for name in within:
        check_name(form, name)
    return bounded(_with_items(form, place.parent, lambda items: [*items[:place.index], node, *items[place.index:]]))


def change(form: Form, key: str, node: Node) -> Form:
    """Put `node` in the place of the one called `key`, which keeps what stands in it. A new name is written into all that refers
    to the old one."""
    old = node_of(form, key)
    if type(old) is not type(node):
        raise BadInput(_("A question cannot become a group, nor a group a question. Add a new one and delete this one."))
    if not isinstance(node, Question):
        node = replace(node, items=old.items)  # type: ignore[union-attr]
    if node.name or old.name:
        own = {old.name, f"{old.name}_{OTHER}"} if isinstance(old, Question) and old.or_other else {old.name}
        wanted = {node.name, f"{node.name}_{OTHER}"} if isinstance(node, Question) and node.or_other else {node.name}
        for name in sorted(wanted):
            check_name(form, name, own=own)
    if isinstance(old, Question) and old.or_other and not (isinstance(node, Question) and node.or_other):
        _refuse_if_used(form, {f"{old.name}_{OTHER}"}, outside=())
    if old.name and node.name != old.name:
        names = {old.name: node.name}
        if isinstance(old, Question) and old.or_other:
            names[f"{old.name}_{OTHER}"] = f"{node.name}_{OTHER}"
        form, node = _renamed(form, names), with_names(node, names)
        if not isinstance(node, Question):
            node = replace(node, items=node_of(form, key).items)  # type: ignore[union-attr]
    place = place_of(form, key)
    return _with_items(form, place.parent, lambda items: [*items[:place.index], node, *items[place.index + 1:]])


def copy(form: Form, key: str) -> tuple[Form, str]:
    """A copy behind the original, with names of its own; what refers to something within the original refers to the copy's.
    Returns the form and the key of the copy."""
    node, place = node_of(form, key), place_of(form, key)
    taken = set(names_of(form))
    names: dict[str, str] = {}
    for name in sorted(names_within(node), key=lambda one: (len(one), one)):
        if name.endswith(f"_{OTHER}") and name.removesuffix(f"_{OTHER}") in names:
            names[name] = f"{names[name.removesuffix(f'_{OTHER}')]}_{OTHER}"
        else:
            names[name] = unused(re.sub(r"_\d+$", "", name), taken)
        taken.add(names[name])

    def renew(one: Any) -> Any:
        one = with_names(one, names)
        items = {} if isinstance(one, Question) else {"items": tuple(renew(item) for item in bare(one.items))}
        return replace(one, name=names.get(one.name, one.name), **items)

    if isinstance(node, Section) and not node.name:
        names[""] = unused("seite", taken)
    new = renew(node)
    after = add(form, new, Place(place.parent, place.index + 1))
    return after, new.name


def shift(form: Form, key: str, step: int) -> Form:
    """One up (-1) or down (1) among its neighbours; at the end of a block, into the neighbouring one where it can stand there."""
    place = place_of(form, key)
    index = place.index + step
    if 0 <= index < len(items_of(form, place.parent)):
        return move(form, key, Place(place.parent, index))
    if place.parent:
        around = place_of(form, place.parent)
        neighbours = items_of(form, around.parent)
        if around.parent:                                               # out of a group: before or behind it
            return move(form, key, Place(around.parent, around.index + (step > 0)))
        if 0 <= around.index + step < len(neighbours):
            number = around.index + step
            target = section_key(number + 1, neighbours[number])
            return move(form, key, Place(target, 0 if step > 0 else len(items_of(form, target))))
    raise BadInput(_("It stands at the end already."))


def move(form: Form, key: str, place: Place) -> Form:
    """Take a node to another place; `place.index` counts as it will be when the node is gone from where it was."""
    node, old = node_of(form, key), place_of(form, key)
    inner = {key} if isinstance(node, Question) else {key, *names_within(node)}
    if place.parent in inner:
        raise BadInput(_("It cannot be moved into itself."))
    _check_place(form, node, place.parent)
    if place.parent == old.parent:
        def reorder(items: list[Any]) -> list[Any]:
            rest = [*items[:old.index], *items[old.index + 1:]]
            return [*rest[:place.index], node, *rest[place.index:]]

        return _with_items(form, old.parent, reorder)
    # Put in first and taken out second, so that the keys of pages without a name stay as they are in between.
    for parent, alter in (
        (place.parent, lambda items: [*items[:place.index], node, *items[place.index:]]),
        (old.parent, lambda items: [item for index, item in enumerate(items) if index != old.index]),
    ):
        form = _with_items(form, parent, alter)
    return form


def delete(form: Form, key: str) -> Form:
    """Take a node away with all that it holds. Raises StillUsed where something outside of it refers to it."""
    node, place = node_of(form, key), place_of(form, key)
    within = [key] if isinstance(node, Question) else [key, *names_within(node)]
    _refuse_if_used(form, names_within(node), outside=within)
    return _with_items(form, place.parent, lambda items: [*items[:place.index], *items[place.index + 1:]])


def _refuse_if_used(form: Form, names: Collection[str], *, outside: Collection[str]) -> None:
    if uses := [use for use in uses_of(form, names) if use.key not in outside]:
        raise StillUsed(_("Other places of the questionnaire refer to it, and would not know what is meant. Change them first."), uses)


def _check_place(form: Form, node: Node, parent: str) -> None:
    if isinstance(node, Section) != (parent == ""):
        raise BadInput(_("A page stands among the pages, everything else on a page."))
    if not parent:
        return
    around = node_of(form, parent)
    if isinstance(around, Question):
        raise BadInput(_("Questions hold no further questions. Choose a page, a group or a repeat."))
    if isinstance(around, Section) and not around.name and isinstance(node, Group):
        raise BadInput(_("A page without a name holds no groups. Give the page a name first."))
    if isinstance(node, Section | Question) or not any(isinstance(one, Repeat) for one in _with_inner(node)):
        return
    key: str = parent
    while key:
        if isinstance(node_of(form, key), Repeat):
            raise BadInput(_("A repeat within a repeat is not supported."))
        key = place_of(form, key).parent


def _with_inner(node: Any) -> Iterator[Any]:
    yield node
    for item in () if isinstance(node, Question) else node.items:
        yield from _with_inner(item)


def blank_form(title: str, language: str, language_name: str) -> Form:
    """Nothing yet but a first page."""
    first = Section("seite_1", Localized({language: {"de": "Seite 1"}.get(language, "Page 1")}))
    return Form(title=Localized({language: title} if title else {}), languages={language: language_name}, default_language=language,
                sections=(first,))


def without_unfit(question: Question) -> Question:
    """The question without what its type cannot have: limits, a list, a calculation."""
    limits, kind = question.limits, question.type
    if kind not in TYPED | UPLOADED:
        limits = replace(limits, characters=None, words=None, pages=None)
    if kind not in UPLOADED:
        limits = replace(limits, files=None, megabytes=None, file_types=())
    if kind not in {Type.INTEGER, Type.DECIMAL, Type.DATE, Type.MULTI}:
        limits = replace(limits, min="", max="")
    question = replace(question, limits=limits)
    if kind not in CHOOSING:
        question = replace(question, list_name="", choices=(), or_other=False, choice_filter="")
    if kind != Type.CALCULATE:
        question = replace(question, calculation="")
    if not question.is_answered:
        question = replace(question, required="", constraint="")
    return question
