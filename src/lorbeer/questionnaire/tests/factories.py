"""Forms and versions for tests: the least that is valid."""

import io
import re
from typing import Any

import openpyxl

from lorbeer.questionnaire.definition import Choice, Form, Item, Limits, Question, Repeat, Section, Type, with_choices
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.services import add_version
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

YES_NO = (Choice("ja", Localized({"de": "Ja", "en": "Yes"})), Choice("nein", Localized({"de": "Nein", "en": "No"})))
COLOURS = tuple(Choice(code, Localized({"de": code.title()})) for code in ("rot", "blau", "gruen"))
LISTS = {"ja_nein": YES_NO, "farben": COLOURS}


def make_question(name: str = "q1", type: Type | str = Type.TEXT, **facts: Any) -> Question:
    facts.setdefault("label", Localized({"de": f"Frage {name}?"}))
    if facts.get("list_name") and "choices" not in facts:
        facts["choices"] = with_choices(LISTS[facts["list_name"]], or_other=facts.get("or_other", False))
    return Question(name, Type(type), **facts)


def make_section(*items: Item, name: str = "teil", **facts: Any) -> Section:
    facts.setdefault("label", Localized({"de": "Teil"}))
    return Section(name, items=items, **facts)


def make_form(*items: Item, **facts: Any) -> Form:
    """A form of one section with `items`."""
    facts.setdefault("sections", (make_section(*(items or (make_question(),))),))
    return Form(title=Localized({"de": "Bogen"}), code="bogen", languages={"de": "Deutsch"}, lists=LISTS, **facts)


def make_version(competition: Any, form: Form | None = None, **facts: Any) -> Version:
    return add_version(competition, form or make_form(), **facts)


def make_workbook(survey: list[list[Any]], choices: list[list[Any]] | None = None,
                  settings: list[list[Any]] | None = None, **others: list[list[Any]]) -> bytes:
    """An .xlsx whose sheets have these rows, the first of each being the headings."""
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in {"survey": survey, "choices": choices, "settings": settings, **others}.items():
        if rows is not None:
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


def check_sentences(refused: BadInput, pattern: str = r".+") -> None:
    """That a refusal carries faults, and each is a sentence that matches `pattern`."""
    assert refused.faults
    for fault in refused.faults:
        assert re.fullmatch(pattern, fault, re.DOTALL), fault


def dependent_form() -> Form:
    """Questions that depend on each other, and a repeat of up to two projects."""
    return make_form(
        make_question("konzept", Type.SINGLE, list_name="ja_nein", required="yes"),
        make_question("welches", relevant="${konzept} = 'ja'", required="yes"),
        make_question("seite", Type.INTEGER, relevant="${welches} != ''", limits=Limits(min="1", max="9")),
        Repeat("projekt", Localized({"de": "Projekt"}), items=(
            make_question("titel", required="yes"),
            make_question("kosten", Type.INTEGER, relevant="${titel} != 'umsonst'"),
        ), max_count=2, role="project"),
    )
