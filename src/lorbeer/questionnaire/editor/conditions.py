"""Conditions made of menus: rows of question, sign and value, joined by and or by or; and expressions back into rows.

An expression that says more than rows can say stays text. What the menus made is read back as the same rows.
"""

import re
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import CHOOSING, ONE_OF, UPLOADED, Form, Question, Type
from lorbeer.questionnaire.expressions import Tree
from lorbeer.questionnaire.values import in_language
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import quoted

SELF = "."                                                              # the answer itself, in a constraint
MOST_ROWS = 20
ORDERING = ("<", "<=", ">", ">=")
COMPARING = ("=", "!=", *ORDERING)
NUMBER = re.compile(r"-?\d+(\.\d+)?")
NUMBERS = (Type.INTEGER, Type.DECIMAL)
ORDERED = frozenset({*NUMBERS, Type.DATE, Type.TIME})


@dataclass(frozen=True)
class Row:
    """One line of the menus. `sign`: one of COMPARING, has, lacks (an option among several), answered, blank."""

    question: str
    sign: str
    value: str = ""


def signs() -> list[tuple[str, str]]:
    return [
        ("=", _("is")), ("!=", _("is not")), ("has", _("contains the option")), ("lacks", _("does not contain the option")),
        ("answered", _("is answered")), ("blank", _("is not answered")), ("<", _("is less than")), ("<=", _("is at most")),
        (">", _("is more than")), (">=", _("is at least")),
    ]


def signs_of(question: Question | None) -> list[str]:
    """The signs that a menu offers for a question: those that its answers can be compared by; all where nobody has chosen one yet."""
    if question is None or question.type == Type.CALCULATE:
        return [sign for sign, _words in signs() if question is None or sign not in ("has", "lacks")]
    if question.type in UPLOADED | {Type.ADDRESS}:
        return ["answered", "blank"]
    equal = ["has", "lacks"] if question.type == Type.MULTI else ["=", "!="]
    ordered = [*ORDERING] if question.type in ORDERED or (question.type in ONE_OF and _is_scale(question)) else []
    return [*equal, "answered", "blank", *ordered]


def _is_scale(question: Question) -> bool:
    return bool(question.choices) and all(NUMBER.fullmatch(choice.code) for choice in question.choices)


def rows_of(form: Form, text: str) -> tuple[str, list[Row]] | None:
    """("and" or "or", rows) of an expression that the menus can show; None of any other."""
    if not text.strip():
        return "and", []
    try:
        tree = expressions.parse(text)
    except BadInput:
        return None
    joiner = tree[0] if tree[0] in ("and", "or") else "and"
    rows: list[Row] = []

    def walk(part: Tree) -> bool:
        if part[0] == joiner:
            return walk(part[1]) and walk(part[2])
        row = _row(form, part)
        if row is not None:
            rows.append(row)
        return row is not None

    if not walk(tree) or len(rows) > MOST_ROWS:
        return None
    try:
        # Only what the menus would write in the same way is theirs.
        return (joiner, rows) if expressions.parse(text_of(form, joiner, rows)) == tree else None
    except BadInput:
        return None


def _row(form: Form, tree: Tree) -> Row | None:
    sign, lacks = tree[0], False
    if tree[:2] == ["call", "not"]:
        tree, lacks = tree[2], True
    if tree[:2] == ["call", "selected"]:
        name = _operand(form, tree[2])
        return Row(name, "lacks" if lacks else "has", tree[3][1]) if name and tree[3][0] == "str" else None
    name = _operand(form, tree[1]) if sign in COMPARING and not lacks else ""
    if not name:
        return None
    value: Any = tree[2]
    if value == ["str", ""] and sign in ("=", "!="):
        return Row(name, "blank" if sign == "=" else "answered")
    if value[0] == "neg" and value[1][0] == "num":
        return Row(name, sign, f"-{value[1][1]}")
    return Row(name, sign, value[1]) if value[0] in ("str", "num") else None


def _operand(form: Form, tree: Tree) -> str:
    if tree == ["self"]:
        return SELF
    return str(tree[1]) if tree[0] == "ref" and tree[1] in form.placed else ""


def fitting(question: Question | None, sign: str) -> str:
    """The sign that says of this question what is meant; BadInput where it makes no sense there.

    Of several options “is” would hold only where nothing else is ticked, which nobody means: it is “contains the option”.
    """
    if question is None or sign in ("answered", "blank"):
        return sign
    if question.type == Type.MULTI and sign in ("=", "!="):
        return "has" if sign == "=" else "lacks"
    words = dict(signs())
    if sign in ("has", "lacks") and question.type not in CHOOSING:
        raise BadInput(_("“%(sign)s” is for questions with options. Choose “is” or another way to compare.") % {"sign": words[sign]})
    is_ordered = question.type not in CHOOSING or (question.type != Type.MULTI and _is_scale(question))
    if sign in ORDERING and not is_ordered:
        raise BadInput(_("“%(sign)s” compares numbers and dates, and this question has options. Choose “is” or “contains the option”.")
                       % {"sign": words[sign]})
    return sign


def text_of(form: Form, joiner: str, rows: list[Row], own: Question | None = None) -> str:
    """The expression that the rows say; BadInput where one says nothing. `own`: the question that SELF stands for."""
    return f" {joiner} ".join(_text(form, row, own) for row in rows)


def _text(form: Form, row: Row, own: Question | None) -> str:
    placed = form.placed.get(row.question)
    question = own if row.question == SELF else placed.question if placed else None
    if row.question != SELF and question is None:
        raise BadInput(_("There is no question “%(name)s”.") % {"name": row.question[:60]})
    reference = SELF if row.question == SELF else f"${{{row.question}}}"
    if row.sign in ("answered", "blank"):
        return f"{reference} {'!=' if row.sign == 'answered' else '='} ''"
    value, sign = row.value.strip(), fitting(question, row.sign)
    if not value:
        raise BadInput(_("Say with what the answer is compared."))
    if sign in ("has", "lacks"):
        selected = f"selected({reference}, {expressions.quoted(value)})"
        return selected if sign == "has" else f"not({selected})"
    if sign not in COMPARING:
        raise BadInput(_("Choose how the answer is compared."))
    if question is None:
        is_number = bool(NUMBER.fullmatch(value))
    else:
        is_number = question.type in (*NUMBERS, Type.CALCULATE) and bool(NUMBER.fullmatch(value))
        if question.type in NUMBERS and not is_number:
            raise BadInput(_("“%(value)s” is no number.") % {"value": value[:60]})
    return f"{reference} {sign} {value if is_number else expressions.quoted(value)}"


def meant(form: Form, question: Question | None, sign: str, value: str) -> str:
    """The value as expressions have it: the code of an option that was called by its words, a number with a point.

    Raises BadInput where a question has no such option.
    """
    value = value.strip()
    if question is None or not value:
        return value
    if question.type in CHOOSING and sign in ("=", "!=", "has", "lacks"):
        if question.choice(value) is not None:
            return value
        for choice in question.choices:
            if value.casefold() in {text.strip().casefold() for text in choice.label.values()}:
                return choice.code
        offered = ", ".join(quoted(in_language(choice.label) or choice.code) for choice in question.choices[:8])
        raise BadInput(_("“%(value)s” is no option of that question. It has: %(all)s.") % {"value": value[:60], "all": offered or "–"})
    if question.type in NUMBERS:
        return value.replace(",", ".") if re.fullmatch(r"-?\d+,\d+", value) else value
    return value


def shown(form: Form, question: Question | None, value: str) -> str:
    """The value as it stands in the menus: an option by its words, where these are its alone."""
    choice = question.choice(value) if question is not None and question.type in CHOOSING else None
    if choice is None:
        return value
    label = in_language(choice.label)
    try:
        return label if label and meant(form, question, "=", label) == value else value
    except BadInput:
        return value
