"""An edition's answers as files of SPSS, Stata, R (CSV with a script), and their codebook as DDI.

`FORMATS`: name → what it is. The answers as Parquet are kept by the edition itself. SPSS and Stata files name the moment at which they
were written, so two downloads differ there; their data do not.
"""

import csv
import io
import tempfile
import textwrap
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.shared.text import plain
from lorbeer.statistics.research import ddi
from lorbeer.statistics.research.variables import LONGEST_NAME, Study, Variable

LONGEST_LABEL = {"sav": 255, "dta": 80}                                 # bytes; characters
STATA_MISSING = "abc"                                                   # .a no answer, .b missing, .c not asked


@dataclass(frozen=True)
class Format:
    """`ending`: of the file's name. `write(study)`: its bytes."""

    text: str | Promise
    ending: str
    media_type: str
    write: Callable[[Study], bytes]


def shortened(text: str, limit: int, *, encoding: str = "") -> str:
    """`text` within `limit` characters, or bytes of `encoding`, with an ellipsis where it was cut."""
    def size(of: str) -> int:
        return len(of.encode(encoding)) if encoding else len(of)

    plain = " ".join(text.split())
    if size(plain) <= limit:
        return plain
    while plain and size(plain + "…") > limit:
        plain = plain[:-1]
    return plain.rstrip() + "…"


def label_of(variable: Variable) -> str:
    """An option with its question, for each variable stands for itself."""
    return f"{variable.label} – {variable.question}" if variable.question else variable.label


def _frame(study: Study, *, letters: bool) -> Any:
    """A pandas frame; `letters`: Stata's for what is missing, else its numbers. Columns of whole numbers stay such."""
    import pandas

    columns: dict[str, Any] = {}
    for variable in study.variables:
        values = study.columns[variable.name]
        if variable.kind == "day":
            columns[variable.name] = pandas.Series(values, dtype="object")
        elif letters and variable.missing:
            as_letter = dict(zip(variable.missing, STATA_MISSING, strict=True))
            columns[variable.name] = pandas.Series([as_letter.get(value, value) for value in values], dtype="object")
        else:
            columns[variable.name] = pandas.Series(values, dtype="float64")
    return pandas.DataFrame(columns)


def _written(write: Callable[[str], None], ending: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"answers.{ending}"
        write(str(path))
        return path.read_bytes()


def spss(study: Study) -> bytes:
    """`.sav` with labels of variables and values, and user-missing values."""
    import pyreadstat

    labels = [shortened(label_of(variable), LONGEST_LABEL["sav"], encoding="utf-8") for variable in study.variables]
    known = {
        variable.name: {float(code): shortened(label, 120, encoding="utf-8") for code, label in (variable.values | variable.missing).items()}
        for variable in study.variables if variable.kind != "day"
    }
    ranges: Any = {variable.name: [{"lo": float(min(variable.missing)), "hi": float(max(variable.missing))}]
              for variable in study.variables if variable.missing}
    measures = {variable.name: "scale" if variable.kind in ("number", "day") else "nominal" for variable in study.variables}
    forms = {variable.name: "F8.0" for variable in study.variables if variable.kind in ("coded", "flag")}
    return _written(lambda path: pyreadstat.write_sav(
        _frame(study, letters=False), path, file_label=shortened(study.title, 60, encoding="utf-8"), column_labels=labels,
        variable_value_labels=known, missing_ranges=ranges, variable_measure=measures, variable_format=forms, row_compress=True,
        note=[part for line in notes(study) for part in textwrap.wrap(line, 60)]), "sav")


def stata(study: Study) -> bytes:
    """`.dta` (version 15) with labels; what is missing is .a, .b or .c."""
    import pyreadstat

    labels = [shortened(label_of(variable), LONGEST_LABEL["dta"]) for variable in study.variables]
    known: Any = {variable.name: {code: plain(label) for code, label in variable.values.items()}     # the library takes no other kind of string
                  | dict(zip(STATA_MISSING, variable.missing.values(), strict=True))
             for variable in study.variables if variable.kind != "day"}
    letters = {variable.name: list(STATA_MISSING) for variable in study.variables if variable.missing}
    return _written(lambda path: pyreadstat.write_dta(
        _frame(study, letters=True), path, file_label=shortened(study.title, 80), column_labels=labels, variable_value_labels=known,
        missing_user_values=letters, version=15), "dta")


def notes(study: Study) -> list[str]:
    """Which edition it is, and that answers are invented where they are."""
    said = [_("Edition %(number)d, SHA-256 %(sha256)s.") % {"number": study.edition.number, "sha256": study.edition.sha256}]
    if study.facts["competition"].get("is_sample"):
        said.append(str(study.facts["competition"].get("sample_note") or _("Sample data.")))
    return said


def table(study: Study) -> bytes:
    """A ZIP: answers as CSV (numbers), codebook as CSV (a line per variable and value), a script for R, and what to know about them."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in ((ddi.ANSWERS, _answers(study)), ("codebook.csv", _codebook(study)), ("read.R", SCRIPT),
                              ("README.txt", _readme(study))):
            package.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), content.encode())
    return packed.getvalue()


def _answers(study: Study) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(variable.name for variable in study.variables)
    lines.writerows(zip(*(study.columns[variable.name] for variable in study.variables), strict=True))
    return out.getvalue()


def _codebook(study: Study) -> str:
    out = io.StringIO()
    lines = csv.writer(out, lineterminator="\r\n")
    lines.writerow(["variable", "kind", "question", "label", "value", "value_label", "missing"])
    for variable in study.variables:
        facts = [variable.name, variable.kind, _plain(variable.question), _plain(variable.label)]
        known: list[tuple[Any, str, Any]] = [(code, label, 0) for code, label in variable.values.items()]
        known += [(code, label, 1) for code, label in variable.missing.items()]
        for code, label, missing in known or [("", "", "")]:
            lines.writerow([*facts, code, _plain(label), missing])
    return out.getvalue()


def _plain(text: str) -> str:
    """No cell begins like a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


SCRIPT = """\
# Reads answers.csv with the labels of codebook.csv; base R, no packages.  source("read.R"); str(answers)
answers <- read.csv("answers.csv", encoding = "UTF-8")
codebook <- read.csv("codebook.csv", encoding = "UTF-8", stringsAsFactors = FALSE)
for (name in unique(codebook$variable)) {
  known <- codebook[codebook$variable == name, ]
  codes <- as.numeric(known$value)
  lost <- codes[!is.na(known$missing) & known$missing == 1]
  kept <- !is.na(known$missing) & known$missing == 0
  column <- answers[[name]]
  if (known$kind[1] == "day") {
    answers[[name]] <- as.Date(column)
  } else {
    column[column %in% lost] <- NA
    if (any(kept)) column <- factor(column, levels = codes[kept], labels = known$value_label[kept])
    answers[[name]] <- column
  }
  attr(answers[[name]], "label") <- known$label[1]
}
"""


def _readme(study: Study) -> str:
    return "\n".join([
        study.title, *notes(study), "",
        _("answers.csv: a row per admitted entry in no order; numbers, explained in codebook.csv. UTF-8, comma, CRLF."),
        _("codebook.csv: a line per variable and value; missing = 1 says why there is no answer."),
        _("read.R: reads both into a data frame with factors; what is missing becomes NA."),
        _("Names longer than %(limit)d characters are shortened.") % {"limit": LONGEST_NAME}, ""])


FORMATS = {
    "spss": Format(gettext_lazy("SPSS: labels of variables and values, user-missing values"), "sav", "application/x-spss-sav", spss),
    "stata": Format(gettext_lazy("Stata 15: labels; what is missing is .a, .b or .c"), "dta", "application/x-stata-dta", stata),
    "csv": Format(gettext_lazy("CSV with codebook, and a script that reads both in R"), "zip", "application/zip", table),
    "ddi": Format(gettext_lazy("DDI-Codebook 2.5: study, variables, values and their counts, for data archives"), "xml", "application/xml",
                  ddi.codebook),
}
