"""What stands around a table in words: what its rows are, of which entries it tells, and whom its question was put to."""

from typing import Any

from django.utils.translation import gettext as _

from lorbeer.editions.models import Edition
from lorbeer.editions.queries import codebook_of
from lorbeer.questionnaire.conditions import in_words
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.queries import current_version, form_of
from lorbeer.shared.text import in_sentence, listed, localized, said
from lorbeer.statistics.definitions import NOT_GIVEN, TableSpec
from lorbeer.statistics.forms import ROWS
from lorbeer.statistics.queries import row_labels


def rows_label(spec: TableSpec, codebook: list[dict[str, Any]]) -> str:
    """What stands above the first column: "Answer", "Land", or the question whose answers are the rows."""
    if spec.kind == "choices":
        return _("Answer")
    asked = next((str(localized(one["label"])) for one in codebook if one["name"] == spec.rows), spec.rows)
    return said(ROWS.get(spec.rows, asked))


def filter_words(edition: Edition, condition: dict[str, list[str]]) -> str:
    """ "Land: Bayern or Hessen; Evaluation: yes; Partners: clubs and schools" for a filter; "" without one."""
    if not condition:
        return ""
    variables = {variable["name"]: variable for variable in codebook_of(edition)}
    rows = row_labels(edition)
    single: dict[str, list[str]] = {}
    several: dict[str, list[str]] = {}
    for name, wanted in condition.items():
        variable = variables.get(name, {})
        if variable.get("choice"):                                      # 1: chosen, 0: not
            option = str(localized(variable["choice_label"]))
            several.setdefault(str(localized(variable["label"])), []).extend(
                option if value == "1" else in_sentence(_("not “%(option)s”"), option=option) for value in wanted)
        else:
            values = variable.get("values") or rows.get(name, {})
            label = str(localized(variable["label"])) if variable else said(ROWS.get(name, name))
            single[label] = [str(localized(values.get(value) or value or NOT_GIVEN)) for value in wanted]
    return listed([*(listed([label, listed(words, _(" or "))], ": ") for label, words in single.items()),
                   *(listed([label, listed(words, _(" and "))], ": ") for label, words in several.items())], "; ")


def asked_words(edition: Edition, question: str) -> str:
    """To whom the question was put, where not to all: the conditions of the form, of its blocks first. "" where to all."""
    version = current_version(edition.competition)
    placed = form_of(version).placed.get(question) if version else None
    if version is None or placed is None:
        return ""
    evaluation = Evaluation(form_of(version), {})
    return listed([sentence for node in (*placed.blocks, placed.question) if (sentence := in_words(evaluation, node))], " ")
