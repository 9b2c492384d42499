"""A form as an XLSForm workbook."""

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import CHOOSING, ONE_OF, Form, Group, Item, Question, Repeat, Section, Type, section_key
from lorbeer.questionnaire.xlsform.vocabulary import OWN, REFINED, TRANSLATED, TYPE_NAMES
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

LONGEST_CELL = 32_767                                                   # characters that Excel holds


@dataclass(frozen=True)
class Written:
    """A sheet as it is written: its columns in order, its rows, and what each row speaks of (a question's or a list's name)."""

    columns: list[str]
    rows: list[dict[str, str]]
    origins: list[str]


def sheets_of(form: Form) -> dict[str, Written]:
    """The sheets survey, choices and settings that say what the form says."""
    languages = {**form.languages}
    survey: list[tuple[str, dict[str, str]]] = []
    for number, section in enumerate(form.sections, 1):
        if section.name:
            survey.append((section.name, _block_row(section, "begin group", languages)))
        survey += _item_rows(section.items, languages)
        if section.name:
            survey.append((section_key(number, section), {"type": "end group"}))
    choices = [
        (list_name,
         {"list_name": list_name, "name": choice.code, **_texts("label", choice.label, languages),
          "x_no_answer": _yes(choice.no_answer), "x_exclusive": _yes(choice.exclusive), **choice.attributes})
        for list_name, options in form.lists.items() for choice in options
    ]
    default = form.default_language
    settings = {
        "form_title": form.title.get(default, ""),
        "form_id": form.code,
        "default_language": _heading_language(default, languages),
        **{
            f"form_title::{_heading_language(code, languages)}": text
            for code, text in form.title.items()
            if code != default
        },
        **form.settings,
    }
    return {
        "survey": _written(survey, _survey_order(languages)),
        "choices": _written(choices, ["list_name", "name"]),
        "settings": _written([("", settings)], list(settings)),
    }


def export_workbook(form: Form) -> bytes:
    """The form as .xlsx; the same form gives the same bytes, and importing them gives the same form."""
    import xlsxwriter

    output = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(output, options) as book:
        book.set_properties({"created": datetime(2017, 6, 12, tzinfo=UTC).replace(tzinfo=None)})
        style = {"head": book.add_format({"bold": True, "bg_color": "#E6EEF5", "border": 1}),
                 "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
                 "group": book.add_format({"text_wrap": True, "valign": "top", "bold": True, "bg_color": "#F2F4F7"})}
        for name, written in sheets_of(form).items():
            _write_sheet(book.add_worksheet(name), written, style)
    return output.getvalue()


def _written(rows: list[tuple[str, dict[str, str]]], order: list[str]) -> Written:
    used = {column for _origin, row in rows for column, text in row.items() if text}
    others = [column for _origin, row in rows for column in row if column in used and column not in order]
    columns = [column for column in order if column in used or column in ("type", "name", "list_name")]
    columns += list(dict.fromkeys(others))
    return Written(columns, [row for _origin, row in rows], [origin for origin, _row in rows])


def _survey_order(languages: dict[str, str]) -> list[str]:
    def each(column: str) -> list[str]:
        return [f"{column}::{_heading_language(code, languages)}" for code in languages]

    return [
        "type",
        "name",
        *each("label"),
        *each("hint"),
        *each("guidance_hint"),
        *each("x_example"),
        "required",
        *each("required_message"),
        "relevant",
        "constraint",
        *each("constraint_message"),
        "calculation",
        "choice_filter",
        "default",
        "readonly",
        "appearance",
        "parameters",
        "repeat_count",
        *OWN,
    ]


def _write_sheet(sheet: Any, written: Written, style: dict[str, Any]) -> None:
    for place, column in enumerate(written.columns):
        sheet.write_string(0, place, column, style["head"])
        wide = column.startswith(("label", "hint", "guidance", "x_example", "x_note")) or column.endswith("message")
        sheet.set_column(place, place, 44 if wide else 18)
        for number, row in enumerate(written.rows, 1):
            text = row.get(column, "")
            if len(text) > LONGEST_CELL:
                raise BadInput(_("A cell of a workbook holds at most 32,767 characters."), where=column)
            if text:
                heading = row.get("type", "").startswith("begin")
                sheet.write_string(number, place, text, style["group" if heading else "wrap"])
    sheet.freeze_panes(1, 2)


def _yes(fact: bool) -> str:
    return "yes" if fact else ""


def _heading_language(code: str, languages: dict[str, str]) -> str:
    return f"{languages.get(code, code)} ({code})"


def _texts(column: str, text: Localized, languages: dict[str, str]) -> dict[str, str]:
    return {f"{column}::{_heading_language(code, languages)}": part for code, part in text.items()}


def _block_row(block: Section | Group | Repeat, kind: str, languages: dict[str, str]) -> dict[str, str]:
    row = {"type": kind, "name": block.name, **_texts("label", block.label, languages),
           **_texts("hint", block.hint, languages), "relevant": block.relevant, "appearance": block.appearance,
           "x_note": block.note, **block.extra}
    if isinstance(block, Repeat):
        row |= {"repeat_count": block.count, "x_min_count": str(block.min_count or ""),
                "x_max_count": "" if block.max_count is None else str(block.max_count), "x_role": block.role}
    return row


def _item_rows(items: tuple[Item, ...], languages: dict[str, str]) -> list[tuple[str, dict[str, str]]]:
    rows: list[tuple[str, dict[str, str]]] = []
    for item in items:
        if isinstance(item, Question):
            if not item.derived_from:
                rows.append((item.name, _question_row(item, languages)))
            continue
        kind = "repeat" if isinstance(item, Repeat) else "group"
        rows += [
            (item.name, _block_row(item, f"begin {kind}", languages)),
            *_item_rows(item.items, languages),
            (item.name, {"type": f"end {kind}"}),
        ]
    return rows


def _question_row(question: Question, languages: dict[str, str]) -> dict[str, str]:
    if question.type in CHOOSING:
        kind = f"{'select_one' if question.type in ONE_OF else 'select_multiple'} {question.list_name}"
        kind += " or_other" if question.or_other else ""
    else:
        kind = TYPE_NAMES[question.type]
    refined = ""
    if question.type in (*REFINED[Type.TEXT], Type.YES_NO):
        is_plain_multiline = question.type == Type.LONG_TEXT and "multiline" in question.appearance.split()
        refined = "" if is_plain_multiline else str(question.type)
    limits = question.limits

    def number(value: int | None) -> str:
        return "" if value is None else str(value)

    row = {"type": kind, "name": question.name, "x_type": refined}
    for column, attribute in TRANSLATED.items():
        row |= _texts(column, getattr(question, attribute), languages)
    return row | {
        "required": question.required,
        "relevant": question.relevant,
        "constraint": question.constraint,
        "calculation": question.calculation,
        "choice_filter": question.choice_filter,
        "default": question.default,
        "readonly": _yes(question.readonly),
        "appearance": question.appearance,
        "parameters": question.parameters,
        "x_role": question.role,
        "x_releases": " ".join(question.releases),
        "x_personal_data": question.personal_data,
        "x_publishable": _yes(question.publishable),
        "x_min": limits.min,
        "x_max": limits.max,
        "x_max_characters": number(limits.characters),
        "x_max_words": number(limits.words),
        "x_max_pages": number(limits.pages),
        "x_max_files": number(limits.files),
        "x_max_megabytes": number(limits.megabytes),
        "x_file_types": " ".join(limits.file_types),
        "x_note": question.note,
        **question.extra,
    }
