"""The numbers of a paragraph that came back: each is again the reference it was, and a sentence says what was tried with it."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from lorbeer.documentation.dataset import Dataset
from lorbeer.documentation.references import MARK, REFERENCE, apply_filter, by_hand, typed_numbers
from lorbeer.documentation.word.manuscript import Manuscript, Run, Unit, joined

WORDS = re.compile(r"\w+|[^\w\s]|\s+")
PLACE = "\ue000"                                                        # stands for a reference where numbers are looked for


def settle(unit: Unit, before: Unit | None, given: Manuscript, data: Dataset) -> tuple[Unit, list[str]]:
    """`unit` with its references as they were, and a sentence for each number that was changed, typed or dropped."""
    notices: list[str] = []
    runs: list[Run] = []
    for run in unit.runs:
        if run.mark < 0:
            runs.append(run)
        elif run.mark >= len(given.findings):
            runs.append(replace(run, mark=-1))
        else:
            raw, said, path, _status = given.findings[run.mark]
            if spaced(run.text) == spaced(said):
                runs.append(replace(run, text=said, raw=raw))
            elif words := _reworded(raw, run.text, data):
                runs.append(replace(run, raw=words))
            else:
                notices.append(_kept(run.text, said, raw))
                runs.append(replace(run, text=said, raw=raw))
    if before is not None:
        runs, said_of = _reattached(runs, before)
        notices += said_of
    settled = replace(unit, runs=joined(runs))
    notices += _typed(settled, before, data)
    if before is not None:
        notices += dropped(before, settled)
    return settled, notices


def _kept(typed: str, right: str, raw: str) -> str:
    return _("“%(typed)s” was put in the place of “%(right)s”. This number is computed (%(raw)s) and stays “%(right)s”.") % {
        "typed": typed.strip(), "right": right, "raw": raw}


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00a0]+", "", text)


def spaced(text: str) -> str:
    return re.sub(r"[\s\u00a0]+", " ", text).strip()


def _reworded(raw: str, typed: str, data: Dataset) -> str:
    """The reference with an editor's own words for its share, where they are true; else ""."""
    mark = MARK.fullmatch(raw)
    match = REFERENCE.fullmatch(mark["inside"]) if mark and mark["inside"] is not None else None
    value = data.values.get(match["path"]) if match else None
    typed = typed.strip()
    if match is None or value is None or match["filter"] not in ("says", "words") or re.search(r"[\"„“”{}|]", typed):
        return ""
    said, wrong = apply_filter(value, "says", typed)
    return f'{{{{ {match["path"]} | says: "{said}" }}}}' if not wrong else ""


def _reattached(runs: list[Run], before: Unit) -> tuple[list[Run], list[str]]:
    """References whose marks a program has lost are found again by the words around them."""
    lost = Counter(run.raw for run in before.runs if run.raw)
    lost.subtract(run.raw for run in runs if run.raw)
    if not +lost:
        return runs, []
    old, spans = "", []
    for run in before.runs:
        if run.raw:
            spans.append((len(old), len(old) + len(run.text), run))
        old += run.text
    letters = [(character, run) for run in runs for character in run.text or (PLACE if run.note else "")]
    new = "".join(character for character, _run in letters)
    notices, cuts = [], []
    for start, end, run in spans:
        if lost[run.raw] <= 0:
            continue
        found = _counterpart(old, new, start, end)
        if found is None or any(letters[place][1].raw for place in range(*found)):
            continue
        lost[run.raw] -= 1
        typed = new[found[0]:found[1]]
        if spaced(typed) != spaced(run.text):
            notices.append(_kept(typed, run.text, run.raw))
        cuts.append((*found, run))
    result: list[Run] = []
    at = 0
    for start, end, run in sorted(cuts, key=lambda cut: cut[0]):
        if start < at:
            continue
        result += _slice(letters, at, start)
        form = letters[start][1] if start < len(letters) else run
        result.append(replace(run, strong=form.strong, emph=form.emph, url=form.url))
        at = end
    return result + _slice(letters, at, len(letters)), notices


def _slice(letters: list[tuple[str, Run]], start: int, end: int) -> list[Run]:
    result: list[tuple[Run, str]] = []
    for character, run in letters[start:end]:
        if result and result[-1][0] is run:
            result[-1] = (run, result[-1][1] + character)
        else:
            result.append((run, character))
    return [run if run.note else replace(run, text=text) for run, text in result]


def _counterpart(old: str, new: str, start: int, end: int) -> tuple[int, int] | None:
    """Where the number at `start` to `end` of `old` stands in `new`, unchanged or as another number in its place."""
    a, b = [match.span() for match in WORDS.finditer(old)], [match.span() for match in WORDS.finditer(new)]
    matcher = SequenceMatcher(None, [old[i:j] for i, j in a], [new[i:j] for i, j in b], autojunk=False)
    touched: list[tuple[int, int]] = []
    is_same = True
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        inside = [number for number in range(i1, i2) if a[number][0] < end and a[number][1] > start]
        if not inside:
            continue
        if tag == "equal":
            touched += [b[j1 + number - i1] for number in inside]
        else:
            is_same = False
            touched += b[j1:j2]
    if not touched:
        return None
    first, last = touched[0][0], touched[-1][1]
    if is_same:
        return first, last
    numbers = [match.span() for match in typed_numbers(new) if match.start() < last and match.end() > first]
    return numbers[0] if len(numbers) == 1 else None


def _typed(unit: Unit, before: Unit | None, data: Dataset) -> Iterator[str]:
    def numbers(one: Unit) -> Counter[str]:
        text = "".join(PLACE if run.raw or run.note or run.code else run.text for run in one.runs)
        return Counter(match[0] for match in typed_numbers(MARK.sub(PLACE, text)))

    def marks(one: Unit) -> Counter[str]:
        return Counter(match[0] for run in one.runs if not run.raw and not run.code for match in MARK.finditer(run.text))

    for mark in marks(unit) - (marks(before) if before is not None else Counter()):
        yield _("“%(mark)s” was typed in the document: it would be set as a reference or as a figure with a source. Take it in only if "
                "you have looked it up.") % {"mark": mark}
    for typed in numbers(unit) - (numbers(before) if before is not None else Counter()):
        finding = by_hand(typed, 0, 0, data)
        sentence = _(
            "“%(typed)s” is new and was typed by hand: the book is not built until it names its value or its source."
        ) % {"typed": typed}
        if finding.suggestions:
            sentence += " " + _("The edition has it as %(references)s.") % {"references": _(" or ").join(finding.suggestions[:2])}
        yield sentence


def dropped(before: Unit, after: Unit | None) -> Iterator[str]:
    left = Counter(run.raw for run in before.runs if run.raw)
    left.subtract(run.raw for run in after.runs if run.raw) if after is not None else None
    for run in before.runs:
        changed = MARK.fullmatch(run.raw) if run.raw else None
        if changed and left[run.raw] > 0 and not (after is not None and _same_value(run.raw, after)):
            left[run.raw] -= 1
            yield _("The computed number “%(said)s” (%(raw)s) goes with it.") % {"said": run.text, "raw": run.raw}


def _same_value(raw: str, unit: Unit) -> bool:
    """Whether `unit` names the same value in other words."""
    path = re.match(r"\{\{\s*([\w.-]+)", raw)
    return path is not None and any(re.match(rf"\{{\{{\s*{re.escape(path[1])}\s*\|\s*says", run.raw) for run in unit.runs)
