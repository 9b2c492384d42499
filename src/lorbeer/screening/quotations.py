"""What an expert opinion quotes of the entry: found in quotation marks, looked up in the version that the opinion is about.

A passage of at least three words in „…“, “…”, »…« or "…" claims to stand in the entry. Spaces, line ends, hyphenation and the kind of
inner quotation marks do not matter, nor does the sign before the closing mark; […] leaves something out. Personal answers are not quoted.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import Document, ShownAnswer, ShownBlock

LEAST_WORDS = 3                                                         # fewer is a term or a title, not a quotation
QUOTED = re.compile("„([^„“]*)“|“([^“”]*)”|»([^»«]*)«|\"([^\"]*)\"")
LEFT_OUT = re.compile(r"\s*(?:\[[^\]]{0,200}\]|\((?:…|\.\.\.)\))\s*|\s*…\s*|\s*\.\.\.\s*")
MARKS = re.compile("[„“”‚‘’»«›‹\"'`´]")
ENCLOSED = frozenset({Type.FILE})
SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Quotation:
    """One quotation. `label`: the question below which it stands in the entry; "" where it was not found.

    `is_enclosed`: not found, but the entry has enclosures, which nobody searches here: a person compares.
    """

    text: str
    end: int                                                            # where it ends in the text of the opinion, behind the closing mark
    label: str = ""
    question: str = ""
    place: int = 0
    is_enclosed: bool = False

    @property
    def is_found(self) -> bool:
        return bool(self.question)

    @property
    def fragment(self) -> str:
        """For the address of the page that shows the entry: browsers mark the passage there."""
        words = LEFT_OUT.split(self.text)[0].split()
        if len(words) > 8:
            return f"#:~:text={_encoded(words[:4])},{_encoded(words[-4:])}"
        return f"#:~:text={_encoded(words)}"

    def as_json(self) -> dict[str, object]:
        return {"text": self.text, "label": self.label, "question": self.question, "place": self.place, "enclosed": self.is_enclosed}


def _encoded(words: list[str]) -> str:
    return quote(" ".join(words).strip(" .,;:!?"), safe="").replace("-", "%2D")


def normal(text: str) -> str:
    """A text as quotations are compared: what is set differently but read alike is the same."""
    text = unicodedata.normalize("NFC", text).replace("\N{SOFT HYPHEN}", "")
    text = re.sub("[\N{HYPHEN}\N{NON-BREAKING HYPHEN}\N{EN DASH}\N{EM DASH}-]", "-", text)
    return " ".join(MARKS.sub("'", text).split())


def quoted(text: str) -> list[Quotation]:
    """Every passage in quotation marks that is long enough to be one, in order."""
    found = []
    for match in QUOTED.finditer(text):
        inner = next(one for one in match.groups() if one is not None)
        if len(re.findall(r"\w+", LEFT_OUT.sub(" ", inner))) >= LEAST_WORDS:
            found.append(Quotation(" ".join(inner.split()), match.end()))
    return found


def looked_up(text: str, document: Document | None) -> list[Quotation]:
    """The quotations of `text`, each with the first answer of `document` in which all of it stands, in its order."""
    claimed = quoted(text)
    if not claimed:
        return []
    answers = list(_answers(document)) if document else []
    enclosed = any(answer.question.type in ENCLOSED and answer.value for _label, answer, _text in answers)
    found = []
    for one in claimed:
        parts = [normal(part).strip(" .,;:!?-") for part in LEFT_OUT.split(one.text)]
        parts = [part for part in parts if part]
        at = next(((label, answer) for label, answer, said in answers if _stands_in(parts, said)), None)
        if at:
            label, answer = at
            found.append(Quotation(one.text, one.end, label, answer.question.name, answer.place))
        else:
            found.append(Quotation(one.text, one.end, is_enclosed=enclosed))
    return found


def _stands_in(parts: list[str], text: str) -> bool:
    at = 0
    for part in parts:
        match = re.compile(rf"(?<!\w){re.escape(part)}(?!\w)").search(text, at)
        if match is None:
            return False
        at = match.end()
    return bool(parts)


def _answers(document: Document) -> Iterator[tuple[str, ShownAnswer, str]]:
    """(label, answer, its text as it is compared) of everything that is not personal."""
    def walk(block: ShownBlock, heading: str) -> Iterator[tuple[str, ShownAnswer, str]]:
        for item in block.items:
            if isinstance(item, ShownBlock):
                yield from walk(item, f"{item.label} {item.place}".strip() if item.kind == "place" else item.label)
            else:
                yield f"{heading} – {item.label}" if heading else item.label, item, normal(item.text)

    for section in document.without_personal().sections():
        yield from walk(section, "")


def with_numbers(text: str, found: list[Quotation], first: int = 1) -> str:
    """`text` with a raised number behind each quotation: ¹ behind the first."""
    for number, one in reversed(list(enumerate(found, first))):
        text = text[:one.end] + str(number).translate(SUPERSCRIPT) + text[one.end:]
    return text
