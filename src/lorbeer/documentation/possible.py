"""What a book of a call can name before there is a dataset: so that a misspelt name is found when the package comes in.

It is a dataset with one invented entry per group and Land, of which only the names of its values are read, never a number.
"""

from dataclasses import replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.documentation.book import fault_text
from lorbeer.documentation.dataset import CHAPTERS, Dataset
from lorbeer.documentation.figures import FIGURES
from lorbeer.documentation.references import MARK, Directive, Finding, scan, scan_title
from lorbeer.questionnaire.definition import Form
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.register.models import LegalStatus
from lorbeer.shared.lands import NAMES
from lorbeer.shared.text import house_language
from lorbeer.statistics.compute import MENTIONS, NO_ANSWER_COLUMN, row_name
from lorbeer.statistics.definitions import NOT_STATED, TOTAL_ROW, TableSpec
from lorbeer.statistics.queries import SIZE_CLASSES, spec_of

SOME_DAY = date(2000, 1, 1)


def faults_in(title: str, text: str, competition: Competition) -> list[str]:
    """The numbers of a chapter that were typed by hand, and the names that no dataset of the call will have; a sentence each."""
    every = _dataset(competition, list(NAMES))
    # A Land can be named as the only one without entries only where one is without.
    names = every.values.keys() | _dataset(competition, list(NAMES)[1:]).values.keys()
    found = scan(text, every)
    sentences = []
    for finding in (*scan_title(title, every).findings, *found.findings):
        if finding.status == "by_hand":
            sentences.append(fault_text(replace(finding, suggestions=())))
        elif finding.status == "unknown" and _path(finding) not in names and not _path(finding).startswith(CHAPTERS):
            sentences.append(fault_text(replace(finding, note=_("No dataset of this call will have a value of this name."))
                                        if _path(finding) else finding))
    for directive in found.directives:
        if sentence := _directive_fault(directive, every):
            sentences.append(_("line %(line)s: %(fault)s") % {"line": directive.line, "fault": sentence})
    return sentences


def names_of(competition: Competition) -> set[str]:
    """The names of all values that an edition of the call can have."""
    return set(_dataset(competition, list(NAMES)).values)


def _path(finding: Finding) -> str:
    mark = MARK.fullmatch(finding.raw)
    inside = (mark["inside"] or "") if mark else ""
    return inside.partition("|")[0].partition("=")[0].strip()


def _directive_fault(directive: Directive, data: Dataset) -> str:
    known = {"table": [table["code"] for table in data.tables], "portraits": ["", *(group["code"] for group in data.groups)],
             "figure": [*FIGURES, *(table["code"] for table in data.tables)]}.get(directive.name)
    if known is None or directive.argument in known:
        return ""
    return _("“%(value)s” is not possible; choose one of: %(choices)s") % {
        "value": directive.argument, "choices": ", ".join(filter(None, known))}


def _dataset(competition: Competition, lands: list[str]) -> Dataset:
    groups = [{"code": group.code, "label": str(group.label), "is_special": group.is_special} for group in competition.groups.all()]
    version = current_version(competition)
    form = form_of(version) if version else None
    rounds = [str(round) for round in competition.rounds]
    return Dataset(
        dict.fromkeys(("title", "kind", "sponsor", "office"), "…"), {"number": 1}, groups,
        entries=[{"group": group["code"], "land": land, "applicant": "…", "population": 1} for group in groups for land in lands],
        numbers=dict.fromkeys(("received", "excluded", "letters"), 1),
        tables=[_table(spec_of(table), form, [group["code"] for group in groups], rounds) for table in competition.tables.all()],
        phases=[{"kind": phase.kind, "label": phase.kind, "starts_on": SOME_DAY, "ends_on": SOME_DAY} for phase in competition.phases.all()],
        prizes=[{"code": prize.code, "label": prize.code, "amount_cents": 100} for prize in competition.prizes.all()],
        frozen_awards=[{"group": group["code"], "amount_cents": 100} for group in groups],
        cap_cents=100, language=house_language(competition.first_language),
    )


def _table(spec: TableSpec, form: Form | None, groups: list[str], rounds: list[str]) -> dict[str, Any]:
    """The table with every cell that it can have."""
    placed = form.placed.get(spec.question) if form else None
    options = [choice.code for choice in placed.question.choices] if placed else []
    if spec.kind == "choices":
        rows, columns = options, [MENTIONS]
    else:
        known = {"group": groups, "land": [*NAMES, NOT_STATED], "legal_status": [*LegalStatus.values, NOT_STATED],
                 "size_class": [*SIZE_CLASSES, NOT_STATED],
                 "awarded": ["0", "1"], "round": rounds}
        other = form.placed.get(spec.rows) if form else None
        choices = [row_name(choice.code) for choice in other.question.choices] if other else []
        rows = [TOTAL_ROW, *known.get(spec.rows, choices),
                *([] if spec.rows in known else [NO_ANSWER_COLUMN])]
        columns = [*options, NO_ANSWER_COLUMN]
    cells = {column: {"count": 1, "percent": "1.0"} for column in columns}
    return {"code": spec.code, "number": spec.number, "title": "…", "base": 1, "columns": [{"code": code, "label": ""} for code in columns],
            "rows": [{"code": code, "label": "", "base": 1, "cells": cells} for code in rows]}
