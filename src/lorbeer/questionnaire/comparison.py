"""Two versions of one entry side by side: what was added, taken away and written anew, word by word."""

from collections.abc import Iterator
from dataclasses import dataclass

from lorbeer.questionnaire.frozen import Document, ShownAnswer, ShownBlock
from lorbeer.questionnaire.values import Key
from lorbeer.shared.pieces import Piece, pieces
from lorbeer.shared.text import listed


@dataclass(frozen=True)
class Change:
    """One answer that differs. `before` and `after`: the whole text in pieces; empty where nothing was answered.

    `was_asked` and `is_asked`: whether the version asked for it at all.
    """

    section: str
    label: str
    before: tuple[Piece, ...]
    after: tuple[Piece, ...]
    was_asked: bool
    is_asked: bool
    is_format: bool = False                                             # the words are the same, headings or lists are not


@dataclass(frozen=True)
class Comparison:
    changes: list[Change]
    same: int                                                           # answers that are equal in both

    @property
    def by_section(self) -> list[tuple[str, list[Change]]]:
        sections: dict[str, list[Change]] = {}
        for change in self.changes:
            sections.setdefault(change.section, []).append(change)
        return list(sections.items())


def compare(before: Document, after: Document) -> Comparison:
    """What differs between two documents, in the order of `after`; what only `before` asked follows within its section.

    Questions are held against each other by name and place, also across versions of the questionnaire.
    """
    old, new = dict(_answers(before)), dict(_answers(after))
    changes, same = [], 0
    for key in _in_order(list(new), list(old)):
        was, now = old.get(key), new.get(key)
        text_before, text_after = _text(was), _text(now)
        is_format = False
        if was is not None and now is not None and text_before == text_after and _codes(was) == _codes(now):
            is_format = was[2].blocks != now[2].blocks
            if not is_format:
                same += 1
                continue
        if not text_before and not text_after:                          # asked in one of them only, and not answered
            continue
        section, label, _answer = now or was                            # type: ignore[misc]
        changes.append(Change(section, label, *pieces(text_before, text_after), was is not None, now is not None, is_format))
    return Comparison(changes, same)


def _answers(document: Document) -> Iterator[tuple[Key, tuple[str, str, ShownAnswer]]]:
    """(name, place) → (section, label with its headings, answer) of everything that was asked."""
    for section in document.sections():
        for label, answer in _labelled(section, ""):
            yield (answer.question.name, answer.place), (section.label, label, answer)


def _labelled(block: ShownBlock, heading: str) -> Iterator[tuple[str, ShownAnswer]]:
    for item in block.items:
        if isinstance(item, ShownBlock):
            own = listed([item.label, item.place] if item.label else [item.place], " ") if item.kind == "place" else item.label
            yield from _labelled(item, own)
        else:
            yield listed([heading, item.label], " – ") if heading else item.label, item


def _text(found: tuple[str, str, ShownAnswer] | None) -> str:
    if found is None:
        return ""
    answer = found[2]
    return "\n\n".join(answer.lines) if answer.lines else answer.text


def _codes(found: tuple[str, str, ShownAnswer]) -> list[str]:
    """The files of an answer: another file may have the same name."""
    return [str(one["code"]) for one in found[2].files]


def _in_order(first: list[Key], others: list[Key]) -> list[Key]:
    """`first` in its order, each of `others` that it lacks behind the one that it follows in its own."""
    result, known = list(first), set(first)
    for number, key in enumerate(others):
        if key not in known:
            before = others[number - 1] if number else None
            result.insert(result.index(before) + 1 if before in result else 0, key)
            known.add(key)
    return result
