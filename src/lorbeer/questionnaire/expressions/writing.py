"""Changing the text of an expression and writing values into it; all else stays as it was written."""

import re
from collections.abc import Callable, Collection, Mapping

from django.utils.translation import gettext as _

from lorbeer.questionnaire.expressions.library import FUNCTIONS
from lorbeer.questionnaire.expressions.parsing import parse
from lorbeer.questionnaire.expressions.tokens import QUOTES, Token, tokens_of
from lorbeer.shared.errors import BadInput


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The expression with other names for the questions it reads, {old: new}; all else stays as it was written."""
    def change(token: Token, written: str) -> str:
        if token.kind == "ref" and token.text in names:
            return f"${{{names[token.text]}}}"
        if token.kind == "path":
            head, slash, name = written.rpartition("/")
            return f"{head}{slash}{names.get(name, name)}"
        if token.kind == "string" and (match := re.fullmatch(r"\$\{([\w.\-]+)\}", token.text[1:-1])):
            return f"{written[0]}${{{names.get(match[1], match[1])}}}{written[-1]}"
        return written

    return _rewritten(text, lambda tokens, place, written: change(tokens[place], written))


def recoded(text: str, questions: Collection[str], codes: Mapping[str, str]) -> str:
    """The expression with other codes, {old: new}, where one of these questions is compared with them."""
    def change(tokens: list[Token], place: int, written: str) -> str:
        code = tokens[place].text[1:-1] if tokens[place].kind == "string" else None
        if code not in codes:
            return written

        def is_ref(distance: int) -> bool:
            at = place + distance
            return 0 <= at < len(tokens) and tokens[at].kind in ("ref", "path") and tokens[at].text.rpartition("/")[2] in questions

        def says(distance: int, *texts: str) -> bool:
            at = place + distance
            return 0 <= at < len(tokens) and tokens[at].text in texts

        compared = (is_ref(-2) and says(-1, "=", "!=")) or (is_ref(2) and says(1, "=", "!="))
        chosen = is_ref(-2) and says(-1, ",") and says(-3, "(") and says(-4, "selected")
        return f"{written[0]}{codes[code]}{written[-1]}" if compared or chosen else written

    return _rewritten(text, change)


def _rewritten(text: str, change: Callable[[list[Token], int, str], str]) -> str:
    """`text` with each token as `change` writes it; as it is where it cannot be read."""
    try:
        tokens = list(tokens_of(text))
    except BadInput:
        return text
    parts, done = [], 0
    for place, token in enumerate(tokens[:-1]):
        start = token.column - 1
        end = text.index("}", start) + 1 if token.kind == "ref" else start + len(token.text)
        parts += [text[done:start], change(tokens, place, text[start:end])]
        done = end
    return "".join([*parts, text[done:]])


def quoted(value: str) -> str:
    """`value` as an expression has it; BadInput where it holds both kinds of quotation marks."""
    value = value.translate(QUOTES)
    if "'" not in value:
        return f"'{value}'"
    if '"' in value:
        raise BadInput(_("A value cannot hold both kinds of quotation marks."))
    return f'"{value}"'


def looks_like_call(text: str) -> bool:
    """Whether a default such as `today()` or `today() + 7` is meant as an expression: it begins with a function that we know."""
    match = re.match(r"\s*([A-Za-z][\w:\-]*)\s*\(", text)
    if match is None or match[1] not in FUNCTIONS:
        return False
    if text.rstrip().endswith(")"):
        return True
    try:
        parse(text)
    except BadInput:
        return False
    return True
