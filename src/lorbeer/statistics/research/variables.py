"""The answers of an edition as statistics programs know data: numbered values with labels, and why something is missing.

Options are numbered in the order of the form, from 1; of a question with several answers each option is a variable of its own,
0 or 1. A missing value says why: no answer given, nothing stored, question not asked.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from lorbeer.editions.dataset import STATES
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import answers_of, codebook_of, frozen_facts_of
from lorbeer.questionnaire.definition import Type
from lorbeer.shared.text import localized
from lorbeer.statistics.queries import row_labels

NO_ANSWER, NOTHING, NOT_ASKED = -9, -8, -7                              # of coded variables; numbers have them a million times as large
FAR = 1_000_000
SHORTEST_MISSING = {STATES["no_answer"]: NO_ANSWER, STATES["missing"]: NOTHING, STATES["not_asked"]: NOT_ASKED}
LONGEST_NAME = 28                                                       # Stata takes 32; its sets of labels have name and number
ROWS = ("group", "land", "legal_status", "size_class", "awarded", "round")


@dataclass(frozen=True)
class Variable:
    """One column. `kind`: coded, flag, number, day. `values`: number → label; `codes`: value in the edition → number."""

    name: str
    column: str                                                         # in the edition
    label: str
    kind: str
    question: str = ""                                                  # its words, where it is one of several of a question
    values: dict[int, str] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    no_answer: frozenset[str] = frozenset()                             # options that mean just that

    @property
    def missing(self) -> dict[int, str]:
        """number → why; a number may be negative itself, so its own are far off. Days have none: they are empty."""
        size = {"number": FAR, "day": 0}.get(self.kind, 1)
        reasons = {NO_ANSWER: pgettext("data", "no answer"), NOTHING: pgettext("data", "missing"), NOT_ASKED: pgettext("data", "not asked")}
        return {code * size: label for code, label in reasons.items()} if size else {}

    def value(self, row: dict[str, Any]) -> Any:
        """What stands in this column: a number, a date, or None."""
        value, state = row.get(self.column), row.get(f"{self.column}__state", STATES["answered"])
        if self.kind == "day":
            return value if isinstance(value, date) or not value else date.fromisoformat(value)
        size = FAR if self.kind == "number" else 1
        if str(value) in self.no_answer:
            return NO_ANSWER
        if value is None or value == "" or state is None or state != STATES["answered"]:
            return SHORTEST_MISSING.get(STATES["missing"] if state is None else state, NOTHING) * size
        return self.codes[str(value)] if self.codes else value


@dataclass(frozen=True)
class Study:
    """An edition as a researcher gets it: facts about it, variables, and a row of numbers per admitted entry."""

    edition: Edition
    facts: dict[str, Any]
    variables: list[Variable]
    rows: list[dict[str, Any]]

    @property
    def title(self) -> str:
        return str(self.facts["competition"]["title"])

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.facts['competition']['code']}-{self.edition.number}"

    @cached_property
    def columns(self) -> dict[str, list[Any]]:
        return {variable.name: [variable.value(row) for row in self.rows] for variable in self.variables}


def study_of(edition: Edition) -> Study:
    """The edition in the active language."""
    with answers_of(edition) as answers:
        answers.execute("SELECT * FROM answers")
        names = [column[0] for column in answers.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in answers.fetchall()]
    variables = [*_row_variables(edition, rows), *map(_of_question, codebook_of(edition))]
    return Study(edition, frozen_facts_of(edition), _with_names(variables), rows)


def _row_variables(edition: Edition, rows: list[dict[str, Any]]) -> list[Variable]:
    """What an entry is, beside what it answered; only what any entry has."""
    words = {"group": _("Award group"), "land": _("Land"), "legal_status": _("Legal status"), "size_class": _("Size"),
             "awarded": pgettext("data", "Awarded"), "round": _("Round")}
    labels = row_labels(edition)
    found = []
    for column in ROWS:
        present = {str(row[column]) for row in rows if row.get(column) not in (None, "")}
        if not present:
            continue
        if column in ("awarded", "round"):
            flags = {0: _("no"), 1: _("yes")} if column == "awarded" else {}
            found.append(Variable(column, column, words[column], "flag" if flags else "coded", values=flags))
            continue
        known = {code: _spoken(label) for code, label in labels[column].items()}
        ordered = [code for code in known if code in present] + sorted(present - set(known))
        codes = {code: number for number, code in enumerate(ordered, 1)}
        found.append(Variable(column, column, words[column], "coded", values={codes[code]: known.get(code, code) for code in ordered},
                              codes=codes))
    return found


def _spoken(label: Any) -> str:
    """The label in the active language; one in another language knows which."""
    return str(localized(label))


def _of_question(entry: dict[str, Any]) -> Variable:
    label, name = _spoken(entry["label"]), str(entry["name"])
    no_answer = frozenset(entry["no_answer"])
    if entry["choice"]:
        if entry["choice"] in no_answer:
            no_answer = frozenset()
        return Variable(name, name, _spoken(entry["choice_label"]), "flag", label, {0: _("not chosen"), 1: _("chosen")})
    if entry["type"] == Type.DATE:
        return Variable(name, name, label, "day")
    if entry["type"] in (Type.INTEGER, Type.DECIMAL):
        return Variable(name, name, label, "number")
    if entry["type"] == Type.YES_NO and not entry["values"]:
        return Variable(name, name, label, "flag", values={0: _("no"), 1: _("yes")}, codes={"False": 0, "True": 1, "0": 0, "1": 1})
    options = [code for code in entry["values"] if code not in no_answer]
    codes = {code: number for number, code in enumerate(options, 1)}
    return Variable(name, name, label, "coded", "", {codes[code]: _spoken(entry["values"][code]) for code in options}, codes, no_answer)


def _with_names(variables: Iterable[Variable]) -> list[Variable]:
    """Each with a name that SPSS, Stata and R take: letters, digits, `_`, at most 28, none twice."""
    taken: set[str] = set()
    result = []
    for variable in variables:
        plain = re.sub(r"\W", "_", variable.name, flags=re.ASCII)
        name = (plain if plain[:1].isalpha() else f"v_{plain}")[:LONGEST_NAME]
        number = 2
        while name.lower() in taken:
            ending = f"_{number}"
            name, number = plain[:LONGEST_NAME - len(ending)] + ending, number + 1
        taken.add(name.lower())
        result.append(replace(variable, name=name))
    return result
