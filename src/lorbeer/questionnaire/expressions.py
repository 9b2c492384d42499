"""The language of conditions: XLSForm's XPath, compiled by a Pratt parser into a small tree.

The tree is nested lists of strings, so that it is JSON as it stands and the browser evaluates the same one
(`static/questionnaire/questionnaire.js`):

    ["num", "72"]  ["str", "yes"]  ["ref", "age"]  ["self"]  ["place"]  ["column", "cf"]  ["call", "selected", …]
    ["neg", x]  ["or", a, b]  ["and", a, b]  ["=", a, b] … ["+", a, b] ["div", a, b] ["union", a, b]

Rules that differ from plain XPath, as in ODK: a blank is '' for = and not a number for <; ISO dates compare as days;
`sum`, `min`, `max` skip blanks; `if`, `and`, `or`, `coalesce` evaluate only what they need; numbers are decimal and
round half up. Parsing raises BadInput with the column.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from typing import Any, Protocol

import regex
from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput

Tree = list[Any]
Value = str | Decimal | bool

MAX_LENGTH = 4000                                                       # characters of an expression
MAX_DEPTH = 40                                                          # brackets within brackets
MAX_OPERATORS = 300                                                     # of one expression
MAX_PATTERN = 400                                                       # characters of a regular expression
MAX_SUBJECT = 5000                                                      # characters a regular expression is tried on
PATTERN_SECONDS = 0.05

_ARITHMETIC = Context(prec=28, rounding=ROUND_HALF_UP, Emax=9999, Emin=-9999, traps=[])
NAN = Decimal("NaN")
MANY = 99                                                               # as many values as one likes

_TOKEN = re.compile(
    r"""\s*(?:
      (?P<ref>\$\{\s*(?P<name>[A-Za-z_][\w.\-]*)\s*\})
    | (?P<badref>\$\{?[^}]*\}?)
    | (?P<number>\d+(?:\.\d*)?|\.\d+)
    | (?P<string>"[^"]*"|'[^']*')
    | (?P<path>(?:current\(\)/)?(?:\.\./)+[A-Za-z_][\w.\-]*)
    | (?P<up>\.\.(?:/\.\.)*)
    | (?P<dot>(?:current\(\)/)?\.)
    | (?P<word>[A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)
    | (?P<operator><=|>=|!=|[=<>+\-*|(),])
    )""",
    re.VERBOSE,
)
_QUOTES = str.maketrans({"\N{LEFT SINGLE QUOTATION MARK}": "'", "\N{RIGHT SINGLE QUOTATION MARK}": "'",
                         "\N{LEFT DOUBLE QUOTATION MARK}": '"', "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
                         "\N{NO-BREAK SPACE}": " "})

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


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    column: int                                                         # from 1, as people count


def _tokens(text: str) -> Iterator[_Token]:
    position = 0
    text = text.translate(_QUOTES).rstrip()
    while position < len(text):
        match = _TOKEN.match(text, position)
        if match is None:
            column = position + len(text[position:]) - len(text[position:].lstrip()) + 1
            if text[column - 1] in "/[@":
                raise BadInput(_("“%(text)s” at column %(column)d begins a path of XPath, which is not supported; write ${name} for the"
                                 " answer to a question.") % {"text": text[column - 1], "column": column})
            raise BadInput(
                _("“%(text)s” is not understood at column %(column)d.") % {"text": text[column - 1], "column": column}
            )
        kind = next(name for name, part in match.groupdict().items() if part is not None and name != "name")
        column = match.start(kind) + 1
        if kind == "badref":
            raise BadInput(_("“%(text)s” at column %(column)d is not a reference; write ${name}.")
                           % {"text": match["badref"][:60], "column": column})
        yield _Token(kind, match["name"] if kind == "ref" else match[kind], column)
        position = match.end()
    yield _Token("end", "", len(text) + 1)


class _Parser:
    def __init__(self, text: str, *, columns: bool) -> None:
        self.tokens = list(_tokens(text))
        self.columns = columns
        self.position = 0
        self.depth = 0
        self.operators = 0

    @property
    def token(self) -> _Token:
        return self.tokens[self.position]

    def take(self) -> _Token:
        token = self.token
        self.position += 1
        return token

    def expect(self, text: str, opened: _Token) -> None:
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

    def call(self, name: _Token) -> Tree:
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
            _pattern(arguments[1][1], column=name.column)
        if name.text in ("format-date", "format-date-time") and arguments[1][0] == "str":
            for part in re.findall(r"%.?", arguments[1][1]):
                if part not in _FORMATS:
                    raise BadInput(_("“%(part)s” is no part of a date that “%(name)s” at column %(column)d can show. Possible are:"
                                     " %(parts)s.") % {"part": part, "name": name.text, "column": name.column,
                                                       "parts": " ".join(_FORMATS)})
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


def references(tree: Tree) -> set[str]:
    """Names of the questions and repeats that an expression reads."""
    found: set[str] = set()
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if node[0] == "ref":
            found.add(node[1])
        elif node[0] == "call":
            if node[1] == "jr:choice-name" and node[3][0] == "str":
                found.add(node[3][1][2:-1])
            stack.extend(node[2:])
        elif node[0] not in ("num", "str", "column", "self", "place"):
            stack.extend(node[1:])
    return found


def functions(tree: Tree) -> set[str]:
    """Names of the functions that an expression calls."""
    return {node[1] for node in _nodes(tree) if node[0] == "call"}


def comparisons(tree: Tree) -> list[tuple[str, str]]:
    """(question, text) for each place where an answer is compared with a fixed text: `${q} = 'a'`, `selected(${q}, 'a')`."""
    found = []
    for node in _nodes(tree):
        pair = node[1:] if node[0] in ("=", "!=") else node[2:] if node[:2] == ["call", "selected"] else []
        kinds = {part[0]: part[1] for part in pair if part[0] in ("ref", "str")}
        if len(kinds) == 2:
            found.append((kinds["ref"], kinds["str"]))
    return found


def _nodes(tree: Tree) -> Iterator[Tree]:
    """The expression and every expression in it."""
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(part for part in node[1:] if isinstance(part, list))


def columns_of(tree: Tree) -> set[str]:
    """Names of the choice columns that a choice filter reads."""
    found: set[str] = set()
    stack: list[Any] = [tree]
    while stack:
        node = stack.pop()
        if node[0] == "column":
            found.add(node[1])
        elif node[0] not in ("num", "str", "ref", "self", "place"):
            stack.extend(part for part in node[1:] if isinstance(part, list))
    return found


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The expression with other names for the questions it reads, {old: new}; all else stays as it was written."""
    def change(token: _Token, written: str) -> str:
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
    def change(tokens: list[_Token], place: int, written: str) -> str:
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


def _rewritten(text: str, change: Callable[[list[_Token], int, str], str]) -> str:
    """`text` with each token as `change` writes it; as it is where it cannot be read."""
    try:
        tokens = list(_tokens(text))
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
    value = value.translate(_QUOTES)
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


# --- values ----------------------------------------------------------------------------------------------------------


class Nodes(list[Value]):
    """The answers to one question in all places of a repeat."""


class Scope(Protocol):
    """What an expression is evaluated against."""

    @property
    def now(self) -> datetime: ...                                      # aware, in the zone of the competition
    @property
    def place(self) -> int: ...                                         # 0 outside repeats

    def lookup(self, name: str) -> Value | Nodes: ...
    def lookup_at(self, name: str, place: int) -> Value: ...
    def own(self) -> Value: ...
    def column(self, name: str) -> str: ...
    def choice_label(self, name: str, code: str) -> str: ...


_NUMBER = re.compile(r"\s*-?(?:\d{1,60}(?:\.\d{0,60})?|\.\d{1,60})\s*")
_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:\d{2})?)?")
_EPOCH = date(1970, 1, 1)


def first(value: Value | Nodes) -> Value:
    if isinstance(value, Nodes):
        return value[0] if value else ""
    return value


def as_text(value: Value | Nodes) -> str:
    value = first(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        if value.is_nan():
            return "NaN"
        if value.is_infinite():
            return "Infinity" if value > 0 else "-Infinity"
        if value.adjusted() > 60:
            return "NaN"
        text = f"{value:f}"
        return (text.rstrip("0").rstrip(".") if "." in text else text) if value != 0 else "0"
    return value


def as_number(value: Value | Nodes) -> Decimal:
    """A number; dates are days since 1970; a blank and other text are not a number."""
    value = first(value)
    if isinstance(value, bool):
        return Decimal(int(value))
    if isinstance(value, Decimal):
        return value
    if _NUMBER.fullmatch(value):
        return Decimal(value.strip())
    return _days(value)


def _days(text: str) -> Decimal:
    match = _DATE.fullmatch(text.strip())
    if not match:
        return NAN
    year, month, day, hour, minute, second, zone = match.groups()
    try:
        days = Decimal((date(int(year), int(month), int(day)) - _EPOCH).days)
        if hour is None:
            return days
        seconds = int(hour) * 3600 + int(minute) * 60 + int(second or 0)
        if zone and zone != "Z":
            sign = -1 if zone[0] == "+" else 1
            seconds += sign * (int(zone[1:3]) * 3600 + int(zone[4:6]) * 60)
    except ValueError:
        return NAN
    return _ARITHMETIC.add(days, _ARITHMETIC.divide(Decimal(seconds), Decimal(86400)))


def as_truth(value: Value | Nodes) -> bool:
    if isinstance(value, Nodes):
        return bool(value)
    if isinstance(value, bool):
        return value
    if isinstance(value, Decimal):
        return not value.is_nan() and value != 0
    return value != ""


def as_iso_date(value: Value | Nodes) -> str:
    """`value` as an ISO date; numbers are days since 1970. Blank where it is no date."""
    value = first(value)
    if isinstance(value, str) and _DATE.fullmatch(value.strip()):
        return value.strip()[:10] if not _days(value).is_nan() else ""
    number = as_number(value)
    if not number.is_finite():
        return ""
    try:
        return (_EPOCH + timedelta(days=int(number.to_integral_value(ROUND_FLOOR)))).isoformat()
    except OverflowError:
        return ""


def _each(value: Value | Nodes) -> Sequence[Value]:
    return value if isinstance(value, Nodes) else [value]


def _equal(left: Value, right: Value) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return as_truth(left) == as_truth(right)
    if isinstance(left, Decimal) or isinstance(right, Decimal):
        a, b = as_number(left), as_number(right)
        return not a.is_nan() and not b.is_nan() and a == b
    return left == right


def _compare(operator: str, left: Value | Nodes, right: Value | Nodes) -> bool:
    for a in _each(left):
        for b in _each(right):
            if operator in ("=", "!="):
                if _equal(a, b) is (operator == "="):
                    return True
                continue
            x, y = as_number(a), as_number(b)
            if x.is_nan() or y.is_nan():
                continue
            if {"<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[operator]:
                return True
    return False


def round_half_up(number: Decimal, places: int = 0) -> Decimal:
    if not number.is_finite():
        return number
    places = max(-20, min(20, places))
    result = number.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP, context=_ARITHMETIC)
    return number if result.is_nan() else result


# --- functions -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Function:
    least: int
    most: int
    apply: Callable[..., Value | Nodes]                                 # (scope, *values), or (scope, *trees) when lazy
    lazy: bool = False


FUNCTIONS: dict[str, Function] = {}


def _function(name: str, least: int, most: int | None = None, *, lazy: bool = False) -> Callable[[Any], Any]:
    def register(apply: Callable[..., Any]) -> Callable[..., Any]:
        FUNCTIONS[name] = Function(least, least if most is None else most, apply, lazy)
        return apply
    return register


def _words(value: Value | Nodes) -> list[str]:
    return as_text(value).split()


def _filled(values: Iterable[Value | Nodes]) -> list[Value]:
    """All answers of all arguments that are not blank."""
    return [one for value in values for one in _each(value) if one != ""]


def _pattern(text: str, *, column: int = 0) -> "regex.Pattern[str]":
    if len(text) > MAX_PATTERN:
        raise BadInput(_("The pattern of “regex” at column %(column)d is longer than %(most)d characters.")
                       % {"column": column, "most": MAX_PATTERN})
    try:
        return regex.compile(text)
    except (regex.error, OverflowError, RecursionError) as error:
        raise BadInput(_("The pattern of “regex” at column %(column)d is not a regular expression (%(error)s).")
                       % {"column": column, "error": error}) from error


def _to_places(value: Value | Nodes) -> int:
    number = as_number(value)
    return int(number) if number.is_finite() and abs(number) < 10_000 else 0


@_function("selected", 2)
def _selected(scope: Scope, value: Any, code: Any) -> bool:
    return any(as_text(code) in _words(one) for one in _each(value))


@_function("count-selected", 1)
def _count_selected(scope: Scope, value: Any) -> Decimal:
    return Decimal(len(_words(value)))


@_function("selected-at", 2)
def _selected_at(scope: Scope, value: Any, number: Any) -> str:
    words, place = _words(value), as_number(number)
    return words[int(place)] if place.is_finite() and 0 <= place < len(words) else ""


@_function("if", 3, lazy=True)
def _if(scope: Scope, condition: Tree, yes: Tree, no: Tree) -> Value | Nodes:
    return evaluate(yes if as_truth(evaluate(condition, scope)) else no, scope)


@_function("coalesce", 1, MANY, lazy=True)
def _coalesce(scope: Scope, *trees: Tree) -> Value:
    for tree in trees:
        value = first(evaluate(tree, scope))
        if value != "":
            return value
    return ""


@_function("once", 1, lazy=True)
def _once(scope: Scope, tree: Tree) -> Value | Nodes:
    own = scope.own()
    return own if own != "" else evaluate(tree, scope)


@_function("string", 1)
def _string(scope: Scope, value: Any) -> str:
    return as_text(value)


@_function("string-length", 0, 1)
def _string_length(scope: Scope, *values: Any) -> Decimal:
    return Decimal(len(as_text(values[0] if values else scope.own())))


@_function("normalize-space", 0, 1)
def _normalize_space(scope: Scope, *values: Any) -> str:
    return " ".join(as_text(values[0] if values else scope.own()).split())


@_function("contains", 2)
def _contains(scope: Scope, text: Any, part: Any) -> bool:
    return as_text(part) in as_text(text)


@_function("starts-with", 2)
def _starts_with(scope: Scope, text: Any, part: Any) -> bool:
    return as_text(text).startswith(as_text(part))


@_function("ends-with", 2)
def _ends_with(scope: Scope, text: Any, part: Any) -> bool:
    return as_text(text).endswith(as_text(part))


@_function("concat", 1, MANY)
def _concat(scope: Scope, *values: Any) -> str:
    return "".join(as_text(one) for value in values for one in _each(value))


@_function("join", 2, MANY)
def _join(scope: Scope, separator: Any, *values: Any) -> str:
    return as_text(separator).join(as_text(one) for value in values for one in _each(value))


@_function("substring", 2, 3)
def _substring(scope: Scope, text: Any, start: Any, *length: Any) -> str:
    """XPath's: the first character has number 1."""
    begin = round_half_up(as_number(start))
    end = _ARITHMETIC.add(begin, round_half_up(as_number(length[0]))) if length else Decimal("Infinity")
    if begin.is_nan() or end.is_nan():
        return ""
    return "".join(character for number, character in enumerate(as_text(text), 1) if begin <= number < end)


@_function("substr", 2, 3)
def _substr(scope: Scope, text: Any, start: Any, *end: Any) -> str:
    """ODK's: the first character has number 0, the end is left out."""
    return as_text(text)[_to_places(start) : (_to_places(end[0]) if end else None)]


@_function("substring-before", 2)
def _substring_before(scope: Scope, text: Any, part: Any) -> str:
    head, found, _rest = as_text(text).partition(as_text(part)) if as_text(part) else ("", "", "")
    return head if found else ""


@_function("substring-after", 2)
def _substring_after(scope: Scope, text: Any, part: Any) -> str:
    return as_text(text).partition(as_text(part))[2] if as_text(part) else as_text(text)


@_function("translate", 3)
def _translate(scope: Scope, text: Any, old: Any, new: Any) -> str:
    table: dict[int, str | None] = {}
    replacement = as_text(new)
    for number, character in enumerate(as_text(old)):
        table.setdefault(ord(character), replacement[number] if number < len(replacement) else None)
    return as_text(text).translate(table)


@_function("lower-case", 1)
def _lower_case(scope: Scope, text: Any) -> str:
    return as_text(text).lower()


@_function("upper-case", 1)
def _upper_case(scope: Scope, text: Any) -> str:
    return as_text(text).upper()


@_function("regex", 2)
def _regex(scope: Scope, text: Any, pattern: Any) -> bool:
    """Whether the whole text matches. A pattern that takes too long does not match."""
    subject = as_text(text)
    if len(subject) > MAX_SUBJECT:
        return False
    try:
        return _pattern(as_text(pattern)).fullmatch(subject, timeout=PATTERN_SECONDS) is not None
    except (TimeoutError, BadInput):
        return False


@_function("not", 1)
def _not(scope: Scope, value: Any) -> bool:
    return not as_truth(value)


@_function("true", 0)
def _true(scope: Scope) -> bool:
    return True


@_function("false", 0)
def _false(scope: Scope) -> bool:
    return False


@_function("boolean", 1)
def _boolean(scope: Scope, value: Any) -> bool:
    return as_truth(value)


@_function("boolean-from-string", 1)
def _boolean_from_string(scope: Scope, value: Any) -> bool:
    return as_text(value).lower() in ("true", "1")


@_function("today", 0)
def _today(scope: Scope) -> str:
    return scope.now.date().isoformat()


@_function("now", 0)
def _now(scope: Scope) -> str:
    return scope.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@_function("date", 1)
def _date(scope: Scope, value: Any) -> str:
    return as_iso_date(value)


@_function("date-time", 1)
def _date_time(scope: Scope, value: Any) -> str:
    text = as_text(value)
    if isinstance(first(value), str) and "T" in text and not _days(text).is_nan():
        return text
    return as_iso_date(value)


@_function("decimal-date-time", 1)
def _decimal_date_time(scope: Scope, value: Any) -> Decimal:
    return _days(as_text(value))


_FORMATS = {"%Y": "{0.year:04d}", "%y": "{1:02d}", "%m": "{0.month:02d}", "%n": "{0.month}", "%d": "{0.day:02d}",
            "%e": "{0.day}", "%H": "{0.hour:02d}", "%h": "{0.hour}", "%M": "{0.minute:02d}", "%S": "{0.second:02d}"}


def _format(scope: Scope, value: Any, pattern: Any) -> str:
    text = as_text(value) if isinstance(first(value), str) else as_iso_date(value)
    if _days(text).is_nan():
        return ""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(scope.now.tzinfo)
    return re.sub(r"%[a-zA-Z]", lambda match: _FORMATS.get(match[0], match[0]).format(moment, moment.year % 100),
                  as_text(pattern))


_function("format-date", 2)(_format)
_function("format-date-time", 2)(_format)


@_function("number", 0, 1)
def _number(scope: Scope, *values: Any) -> Decimal:
    return as_number(values[0] if values else scope.own())


@_function("int", 1)
def _int(scope: Scope, value: Any) -> Decimal:
    number = as_number(value)
    return Decimal(int(number)) if number.is_finite() and number.adjusted() < 60 else number


@_function("round", 1, 2)
def _round(scope: Scope, value: Any, *places: Any) -> Decimal:
    return round_half_up(as_number(value), _to_places(places[0]) if places else 0)


@_function("floor", 1)
def _floor(scope: Scope, value: Any) -> Decimal:
    number = as_number(value)
    return number.to_integral_value(ROUND_FLOOR) if number.is_finite() else number


@_function("ceiling", 1)
def _ceiling(scope: Scope, value: Any) -> Decimal:
    number = as_number(value)
    return number.to_integral_value(ROUND_CEILING) if number.is_finite() else number


@_function("abs", 1)
def _abs(scope: Scope, value: Any) -> Decimal:
    return abs(as_number(value))


@_function("sum", 1)
def _sum(scope: Scope, value: Any) -> Decimal:
    total = Decimal(0)
    for one in _filled([value]):
        total = _ARITHMETIC.add(total, as_number(one))
    return total


@_function("count", 1)
def _count(scope: Scope, value: Any) -> Decimal:
    return Decimal(len(_each(value)))


@_function("count-non-empty", 1)
def _count_non_empty(scope: Scope, value: Any) -> Decimal:
    return Decimal(len(_filled([value])))


@_function("min", 1, MANY)
def _min(scope: Scope, *values: Any) -> Value:
    numbers = [as_number(one) for one in _filled(values)]
    return "" if not numbers else NAN if any(one.is_nan() for one in numbers) else min(numbers)


@_function("max", 1, MANY)
def _max(scope: Scope, *values: Any) -> Value:
    numbers = [as_number(one) for one in _filled(values)]
    return "" if not numbers else NAN if any(one.is_nan() for one in numbers) else max(numbers)


@_function("position", 1, lazy=True)
def _position(scope: Scope, tree: Tree) -> Decimal:
    return Decimal(scope.place)


@_function("jr:choice-name", 2, lazy=True)
def _choice_name(scope: Scope, code: Tree, question: Tree) -> str:
    name = question[1] if question[0] == "ref" else question[1][2:-1]
    return scope.choice_label(name, as_text(evaluate(code, scope)))


@_function("indexed-repeat", 3, lazy=True)
def _indexed_repeat(scope: Scope, question: Tree, repeat: Tree, number: Tree) -> Value:
    place = as_number(evaluate(number, scope))
    return scope.lookup_at(question[1], int(place)) if place.is_finite() and 0 < place < 10_000 else ""


# --- evaluation ------------------------------------------------------------------------------------------------------


def evaluate(tree: Tree, scope: Scope) -> Value | Nodes:
    """The value of an expression; never fails: what cannot be computed is not a number or blank."""
    kind = tree[0]
    if kind == "ref":
        return scope.lookup(tree[1])
    if kind == "str":
        return str(tree[1])
    if kind == "num":
        return Decimal(tree[1])
    if kind == "self":
        return scope.own()
    if kind == "column":
        return scope.column(tree[1])
    if kind == "place":
        return Decimal(scope.place)
    if kind == "call":
        function = FUNCTIONS[tree[1]]
        if function.lazy:
            return function.apply(scope, *tree[2:])
        return function.apply(scope, *(evaluate(argument, scope) for argument in tree[2:]))
    if kind == "and":
        return as_truth(evaluate(tree[1], scope)) and as_truth(evaluate(tree[2], scope))
    if kind == "or":
        return as_truth(evaluate(tree[1], scope)) or as_truth(evaluate(tree[2], scope))
    if kind == "neg":
        return -as_number(evaluate(tree[1], scope))
    left, right = evaluate(tree[1], scope), evaluate(tree[2], scope)
    if kind == "union":
        return Nodes([*_each(left), *_each(right)])
    if kind in ("=", "!=", "<", "<=", ">", ">="):
        return _compare(kind, left, right)
    a, b = as_number(left), as_number(right)
    if kind == "+":
        return _ARITHMETIC.add(a, b)
    if kind == "-":
        return _ARITHMETIC.subtract(a, b)
    if kind == "*":
        return _ARITHMETIC.multiply(a, b)
    if kind == "div":
        return _ARITHMETIC.divide(a, b)
    return _ARITHMETIC.remainder(a, b)                                  # mod: the sign of the left side, as in XPath


def is_true(tree: Tree, scope: Scope) -> bool:
    return as_truth(evaluate(tree, scope))
