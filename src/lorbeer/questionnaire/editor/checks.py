"""The faults of a form that is written on screen: those that the import of its workbook would find, each with its place.

The form is written into sheets and read again by the same reader that reads workbooks from outside. So there is one place
that says what a questionnaire must hold, and what passes here survives an export and an import without loss.
"""

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import CHOOSING, Form, expressions_of, section_key
from lorbeer.questionnaire.editor.operations import everywhere
from lorbeer.questionnaire.editor.references import keyed_nodes
from lorbeer.questionnaire.workbooks import sheets_from
from lorbeer.questionnaire.xlsform.reading import MOST_FAULTS, FormReader
from lorbeer.questionnaire.xlsform.reference import second_opinion
from lorbeer.questionnaire.xlsform.vocabulary import TRANSLATED
from lorbeer.questionnaire.xlsform.writing import LONGEST_CELL, sheets_of
from lorbeer.shared.errors import BadInput

MOST_KEPT = 64


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: `kind` item (a page, group or question), list or form; `key` names it."""

    kind: str
    key: str
    sentence: str
    attribute: str = ""


_kept: OrderedDict[tuple[str, str, str], list[Fault]] = OrderedDict()
_lock = Lock()


def faults_of(form: Form, language: str = "de") -> list[Fault]:
    """All faults, in the order of the form; [] for one that can become a version. `language`: the call's first."""
    key = (form.sha256, language, get_language() or "")
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return list(_kept[key])
    found = _faults(form, language)
    with _lock:
        _kept[key] = found
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)
    return list(found)


def _faults(form: Form, language: str) -> list[Fault]:
    if not form.placed:
        return [Fault("form" if not form.sections else "item", section_key(1, form.sections[0]) if form.sections else "",
                      _("There is no question yet."))]
    faults: list[Fault] = []
    plain = dict(_in_plain_words(form))
    tables: dict[str, list[list[str]]] = {}
    sheets = sheets_of(form)
    for name, sheet in sheets.items():
        tables[name] = [sheet.columns, *([row.get(column, "") for column in sheet.columns] for row in sheet.rows)]
        for origin, row in zip(sheet.origins, sheet.rows, strict=True):
            if any(len(text) > LONGEST_CELL for text in row.values()):
                faults.append(Fault(_kind(name), origin, _("A text here is longer than a cell of a workbook, which holds 32,767 characters.")))
    try:
        reader = FormReader(sheets_from(tables), language)
        again = reader.form()
        if again is not None and not reader.faults and (fault := second_opinion(reader.sheets)):
            reader.faults.append(fault)
    except BadInput as error:
        return [*faults, Fault("form", "", str(error))]
    columns = TRANSLATED | {"repeat_count": "count"}
    for fault in sorted(reader.faults, key=lambda one: one.order)[:MOST_FAULTS]:
        origins = sheets[fault.sheet].origins if fault.sheet in sheets else []
        origin = origins[fault.row - 2] if 2 <= fault.row < len(origins) + 2 else ""
        sentence = _words_of_the_page().get(fault.reason) or (fault.reason if fault.column else plain.pop(origin, fault.reason))
        faults.append(Fault(_kind(fault.sheet) if origin else "form", origin, sentence, columns.get(fault.column, fault.column)))
    unwritten = [] if again is None else [
        Fault("form", "", _("No text is written in %(language)s yet. Write one, or take the language out.") % {"language": name})
        for code, name in form.languages.items() if code not in again.languages]
    if not faults and (again is None or again.sha256 != form.sha256):
        faults = _differences(form, again)
        if not (faults or unwritten):
            faults = [Fault("form", "", _("A workbook cannot say this questionnaire as it is."))]
    return [*unwritten, *faults]


def _words_of_the_page() -> dict[str, str]:
    """What the reader says with the names of columns → the same with the labels of the page."""
    least_and_most = _("“At least” is greater than “at most”.")
    return {
        _("x_min is greater than x_max."): least_and_most, _("x_min_count is greater than x_max_count."): least_and_most,
        _("x_min is greater than the number of options."): _("“At least” is greater than the number of options."),
        _("A question of the type yes_no has exactly two options."): _("A question of the kind “yes or no” has exactly two options."),
    }


def _in_plain_words(form: Form) -> Iterator[tuple[str, str]]:
    """(name, sentence) of what the reader of workbooks says in the words of sheets."""
    for question in form.questions():
        if question.type in CHOOSING and not question.list_name:
            yield question.name, _("The options are missing. Choose a list, or write them one per line.")
        elif question.type in CHOOSING and not form.lists.get(question.list_name):
            yield question.name, _("The list “%(list)s” has no option yet.") % {"list": question.list_name}


def _kind(sheet: str) -> str:
    return {"survey": "item", "choices": "list"}.get(sheet, "form")


def _differences(form: Form, again: Form | None) -> list[Fault]:
    """What a workbook could not say: each where it stands."""
    if again is None:
        return [Fault("form", "", _("The questionnaire could not be written as a workbook."))]
    faults: list[Fault] = []
    for name, choices in form.lists.items():
        if not choices:
            faults.append(Fault("list", name, _("The list “%(list)s” has no option yet.") % {"list": name}))
        elif again.lists.get(name) != choices:
            faults.append(Fault("list", name, _("A workbook cannot say these options as they are.")))
    written = dict(keyed_nodes(again))
    for key, node in keyed_nodes(form):
        other = written.get(key)
        if other is None or any(getattr(node, fact) != getattr(other, fact) for fact in node.__dataclass_fields__
                                if fact not in ("items", "choices")):
            faults.append(Fault("item", key, _("A workbook cannot say this as it is.")))
    return faults


def readable(form: Form) -> Form:
    """The form without the expressions that cannot be read, for showing one that is not finished."""
    names = {*form.placed, *form.repeats}

    def sound(text: str, attribute: str) -> bool:
        try:
            return expressions.references(expressions.parse(text, columns=attribute == "choice_filter")) <= names
        except BadInput:
            return False

    def clean(node: Any) -> Any:
        broken = {attribute: "" for attribute, text in expressions_of(node) if not sound(text, attribute)}
        return replace(node, **broken) if broken else node

    shown = everywhere(form, clean)
    try:
        shown.order  # noqa: B018 (computing it finds circles)
    except BadInput:
        circular = ("relevant", "count", "calculation")
        shown = everywhere(shown, lambda node: replace(node, **{name: "" for name, _text in expressions_of(node) if name in circular}))
    return shown
