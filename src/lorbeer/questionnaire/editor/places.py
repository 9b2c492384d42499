"""Where something new, or something that moves, can stand: as people choose it, and as it is then found."""

from typing import Any

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import Form, Group, Node, Question, Repeat, Section, section_key
from lorbeer.questionnaire.editor.names import names_within
from lorbeer.questionnaire.editor.operations import Place, bare, items_of, place_of
from lorbeer.questionnaire.editor.services import words_of
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import in_sentence, listed

FIRST, AFTER, LAST = "first", "after", "last"                           # of a block; behind a node


def page_choices(form: Form, without: str = "") -> list[tuple[str, str]]:
    """Where a page can stand among the pages."""
    pages = [(key, section) for key, section in form.keyed_sections() if key != without]
    return [(f"{FIRST}:", _("as the first page")), *[
        (f"{AFTER}:{key}", in_sentence(_("behind the page “%(page)s”"), page=words_of(section))) for key, section in pages]]


def item_choices(form: Form, moving: Node | None = None) -> list[Any]:
    """Where a question, group or repeat can stand, by pages; not where `moving` cannot."""
    within = names_within(moving) if moving is not None else set()
    has_repeat = moving is not None and not isinstance(moving, Question) and _has_repeat(moving)

    def inside(key: str, block: Any, depth: int, in_repeat: bool) -> list[tuple[str, str]]:
        indent = "\N{EM SPACE}" * depth
        found: list[tuple[str, str]] = []
        fits = not (in_repeat and has_repeat) and not (isinstance(moving, Group) and isinstance(block, Section) and not block.name)
        if fits:
            found.append((f"{FIRST}:{key}", listed([indent, in_sentence(_("at the beginning of “%(block)s”"), block=words_of(block))], "")))
        for item in bare(block.items):
            if item.name in within:
                continue
            if not isinstance(item, Question):
                found += inside(item.name, item, depth + 1, in_repeat or isinstance(item, Repeat))
            if fits:
                found.append((f"{AFTER}:{item.name}", listed([indent, in_sentence(_("behind “%(item)s”"), item=words_of(item))], "")))
        return found

    return [(words_of(section), inside(key, section, 0, False)) for key, section in form.keyed_sections()]


def _has_repeat(node: Any) -> bool:
    return isinstance(node, Repeat) or any(_has_repeat(item) for item in node.items if not isinstance(item, Question))


def found(form: Form, value: str, moving: str = "") -> Place:
    """The place that was chosen, as it counts once what is called `moving` is gone from where it was."""
    kind, colon, key = value.partition(":")
    if not colon or kind not in (FIRST, AFTER, LAST):
        raise BadInput(_("Choose where it is to stand."))
    old = place_of(form, moving) if moving else None
    if kind == FIRST:
        items_of(form, key)
        return Place(key, 0)
    if kind == LAST:
        parent, index = key, len(items_of(form, key))
    else:
        place = place_of(form, key)
        parent, index = place.parent, place.index + 1
    return Place(parent, index - 1 if old is not None and old.parent == parent and old.index < index else index)


def value_of(form: Form, key: str) -> str:
    """The choice that says where something stands already."""
    place = place_of(form, key)
    if not place.index:
        return f"{FIRST}:{place.parent}"
    before = items_of(form, place.parent)[place.index - 1]
    return f"{AFTER}:{before.name if place.parent else section_key(place.index, before)}"


def last_page(form: Form) -> str:
    """The end of the last page; "" where there is none."""
    return f"{LAST}:{section_key(len(form.sections), form.sections[-1])}" if form.sections else ""
