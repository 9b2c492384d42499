"""What the codes of an entry say in words, for files, API and codebook alike: beside `land` stands `label_land`."""

from collections.abc import Mapping, Sequence
from typing import Any

from lorbeer.catalogue.queries import SIZE_LABELS, Catalogue, Entry
from lorbeer.register.models import LegalStatus
from lorbeer.shared.lands import NAMES

CODED = ("land", "group", "legal_status", "size_class")                 # facts of an entry that are codes


def choices(catalogue: Catalogue) -> dict[str, Mapping[str, Any]]:
    """{coded fact: {code: words}}; `awards`: the groups in which an entry won."""
    return {"land": NAMES, "group": catalogue.groups, "legal_status": dict(LegalStatus.choices), "size_class": SIZE_LABELS,
            "awards": catalogue.headings}


def of_entry(catalogue: Catalogue, entry: Entry) -> dict[str, str]:
    """{label_land: Bayern, …}; "" where there is no code."""
    known = choices(catalogue)
    return {f"label_{name}": str(known[name].get(entry[name], entry[name])) if entry[name] else "" for name in CODED}


def of_award(catalogue: Catalogue, award: Mapping[str, Any]) -> dict[str, str]:
    return {"label_group": catalogue.headings.get(award["group"], "") or award["group"],
            "label_prize": catalogue.prize_labels.get(award["prize"], award["prize"])}


def values(answer: Any) -> list[str]:
    """An answer as a list: of a single choice, a number or a text one, without an answer none."""
    return [str(one) for one in answer] if isinstance(answer, list) else [] if answer in (None, "") else [str(answer)]


def of_answer(question: Mapping[str, Any], answer: Any) -> list[str]:
    """The words of what was chosen; what is no code stands for itself."""
    return [question["choices"].get(value, value) for value in values(answer)]


def of_answers(catalogue: Catalogue, answers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """{question: {label: its words, values: the words of what was chosen}}."""
    plain: dict[str, Any] = {"label": "", "choices": {}}
    return {name: {"label": catalogue.asked.get(name, plain)["label"], "values": of_answer(catalogue.asked.get(name, plain), answer)}
            for name, answer in answers.items()}


def spelled(several: Sequence[str]) -> str:
    """Several in one cell."""
    return " | ".join(several)
