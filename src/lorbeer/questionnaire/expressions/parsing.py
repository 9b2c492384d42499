"""From text to a tree: a Pratt parser. Raises BadInput with the column."""

import re

from django.utils.translation import gettext as _

from lorbeer.questionnaire.expressions.library import FORMATS, FUNCTIONS, MANY, compiled
from lorbeer.questionnaire.expressions.tokens import Token, Tree, tokens_of
from lorbeer.shared.errors import BadInput

MAX_LENGTH = 4000                                                       # characters of an expression
MAX_DEPTH = 40                                                          # brackets within brackets
MAX_OPERATORS = 300                                                     # of one expression
# Functions of XLSForm that Lorbeer does not have, and why is said in one sentence.
NOT_OURS = frozenset({
    "pulldata", "instance", "search", "randomize", "random", "uuid", "property", "version", "digest", "base64-decode", "distance",
    "area", "geofence", "intersects", "enclosed-area", "checklist", "weighted-checklist", "jr:itext", "itext", "current", "last",
    "id", "local-name", "name", "pow", "exp", "exp10", "log", "log10", "sqrt", "sin", "cos", "tan", "asin", "acos", "atan", "atan2",
    "pi", "extract-signed",
})
_POWER = {"or": 1, "and": 2, "=": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4, "+": 5, "-": 5, "*": 6, "div": 6,
          "mod": 6, "|": 8}
_UNARY = 7


class _Parser:
    def __init__(self, text: str, *, columns: bool) -> None:
        self.tokens = list(tokens_of(text))
        self.columns = columns
        self.position = 0
        self.depth = 0
        self.operators = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.position]

    def take(self) -> Token:
        token = self.token
        self.position += 1
        return token

    def expect(self, text: str, opened: Token) -> None:
        if self.token.text != text or self.token.kind != "operator":
            raise BadInput(_("The bracket opened at column %(opened)d is not closed at column %(column)d.")
                           % {"opened": opened.column, "column": self.token.column})
        self.position += 1

    def expression(self, power: int = 0) -> Tree:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise BadInput(_("The expression is nested more than %(most)d levels deep at column %(column)d.")
                           % {"most": MAX_DEPTH, "column": self.token.column})
        left = self.prefix()
        while True:
            operator = self.operator()
            if operator is None or _POWER[operator] <= power:
                break
            taken = self.take()
            self.operators += 1
            if self.operators > MAX_OPERATORS:
                raise BadInput(_("The expression has more than %(most)d operators (column %(column)d).")
                               % {"most": MAX_OPERATORS, "column": taken.column})
            right = self.expression(_POWER[operator])
            left = ["union" if operator == "|" else operator, left, right]
        self.depth -= 1
        return left

    def operator(self) -> str | None:
        token = self.token
        if token.kind == "operator" and token.text in _POWER:
            return token.text
        if token.kind == "word" and token.text in ("and", "or", "div", "mod"):
            return token.text
        if token.kind == "end" or (token.kind == "operator" and token.text in "),"):
            return None
        raise BadInput(_("An operator is missing before “%(text)s” at column %(column)d.")
                       % {"text": token.text, "column": token.column})

    def prefix(self) -> Tree:
        token = self.take()
        if token.kind == "ref":
            return ["ref", token.text]
        if token.kind == "number":
            return ["num", token.text.rstrip(".") if token.text != "." else "0"]
        if token.kind == "string":
            return ["str", token.text[1:-1]]
        if token.kind == "dot":
            return ["self"]
        if token.kind == "up":
            return ["place"]
        if token.kind == "path":
            return ["ref", token.text.rpartition("/")[2]]
        if token.kind == "operator" and token.text == "-":
            return ["neg", self.expression(_UNARY)]
        if token.kind == "operator" and token.text == "(":
            inner = self.expression()
            self.expect(")", token)
            return inner
        if token.kind == "word":
            if self.token.kind == "operator" and self.token.text == "(":
                return self.call(token)
            if self.columns:
                return ["column", token.text.lower()]                   # columns are known by their name in lower case
            raise BadInput(
                _(
                    "“%(text)s” at column %(column)d is neither a function nor text; write ${%(text)s} for the answer"
                    " to a question and '%(text)s' for text."
                )
                % {"text": token.text, "column": token.column}
            )
        if token.kind == "end":
            raise BadInput(_("Something is missing at the end, at column %(column)d.") % {"column": token.column})
        raise BadInput(
            _("“%(text)s” is not expected at column %(column)d.") % {"text": token.text, "column": token.column}
        )

    def call(self, name: Token) -> Tree:
        opened = self.take()
        arguments: list[Tree] = []
        if not (self.token.kind == "operator" and self.token.text == ")"):
            arguments.append(self.expression())
            while self.token.kind == "operator" and self.token.text == ",":
                self.take()
                arguments.append(self.expression())
        self.expect(")", opened)
        function = FUNCTIONS.get(name.text)
        if function is None and name.text in NOT_OURS:
            raise BadInput(_("Lorbeer does not know XLSForm's function “%(name)s” (column %(column)d). What reads other files,"
                             " needs chance or places, or calculates scientifically is not supported.")
                           % {"name": name.text, "column": name.column})
        if function is None:
            raise BadInput(
                _("There is no function “%(name)s” (column %(column)d).") % {"name": name.text, "column": name.column}
            )
        if not function.least <= len(arguments) <= function.most:
            facts = {"name": name.text, "column": name.column, "least": function.least, "most": function.most,
                     "count": len(arguments)}
            if function.least == function.most:
                text = _("The function “%(name)s” at column %(column)d takes %(least)d values, not %(count)d.")
            elif function.most == MANY:
                text = _("The function “%(name)s” at column %(column)d takes at least %(least)d values, not %(count)d.")
            else:
                text = _(
                    "The function “%(name)s” at column %(column)d takes %(least)d to %(most)d values, not %(count)d."
                )
            raise BadInput(text % facts)
        if name.text == "regex" and arguments[1][0] == "str":
            compiled(arguments[1][1], column=name.column)
        if name.text in ("format-date", "format-date-time") and arguments[1][0] == "str":
            for part in re.findall(r"%.?", arguments[1][1]):
                if part not in FORMATS:
                    raise BadInput(_("“%(part)s” is no part of a date that “%(name)s” at column %(column)d can show. Possible are:"
                                     " %(parts)s.") % {"part": part, "name": name.text, "column": name.column,
                                                       "parts": " ".join(FORMATS)})
        if name.text in ("indexed-repeat", "jr:choice-name") and not _is_well_referred(name.text, arguments):
            raise BadInput(_("The function “%(name)s” at column %(column)d needs references ${…}.")
                           % {"name": name.text, "column": name.column})
        return ["call", name.text, *arguments]


def _is_well_referred(name: str, arguments: list[Tree]) -> bool:
    if name == "indexed-repeat":
        return arguments[0][0] == "ref" and arguments[1][0] == "ref"
    # pyxform's form is jr:choice-name(${q}, '${q}'); the second argument names the question.
    return arguments[1][0] == "ref" or (
        arguments[1][0] == "str" and bool(re.fullmatch(r"\$\{[\w.\-]+\}", arguments[1][1]))
    )


def parse(text: str, *, columns: bool = False) -> Tree:
    """The tree of an expression; with `columns` bare words name columns of the choices sheet.

    Raises BadInput that says what is wrong at which column.
    """
    if len(text) > MAX_LENGTH:
        raise BadInput(_("The expression is longer than %(most)d characters.") % {"most": MAX_LENGTH})
    parser = _Parser(text, columns=columns)
    if parser.token.kind == "end":
        raise BadInput(_("The expression is empty."))
    tree = parser.expression()
    if parser.token.kind != "end":
        raise BadInput(_("“%(text)s” is not expected at column %(column)d.")
                       % {"text": parser.token.text, "column": parser.token.column})
    return tree
