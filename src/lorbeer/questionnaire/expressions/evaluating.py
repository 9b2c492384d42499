"""From a tree to its value."""

from decimal import Decimal

from lorbeer.questionnaire.expressions.library import FUNCTIONS, MANY, function
from lorbeer.questionnaire.expressions.tokens import Tree
from lorbeer.questionnaire.expressions.values import (
    ARITHMETIC,
    MAX_TEXT,
    Nodes,
    Scope,
    Value,
    as_number,
    as_text,
    as_truth,
    compare,
    each,
    first,
    size,
)


@function("if", 3, lazy=True)
def _if(scope: Scope, condition: Tree, yes: Tree, no: Tree) -> Value | Nodes:
    return evaluate(yes if as_truth(evaluate(condition, scope)) else no, scope)


@function("coalesce", 1, MANY, lazy=True)
def _coalesce(scope: Scope, *trees: Tree) -> Value:
    for tree in trees:
        value = first(evaluate(tree, scope))
        if value != "":
            return value
    return ""


@function("once", 1, lazy=True)
def _once(scope: Scope, tree: Tree) -> Value | Nodes:
    own = scope.own()
    return own if own != "" else evaluate(tree, scope)


@function("position", 1, lazy=True)
def _position(scope: Scope, tree: Tree) -> Decimal:
    return Decimal(scope.place)


@function("jr:choice-name", 2, lazy=True)
def _choice_name(scope: Scope, code: Tree, question: Tree) -> str:
    name = question[1] if question[0] == "ref" else question[1][2:-1]
    return scope.choice_label(name, as_text(evaluate(code, scope)))


@function("indexed-repeat", 3, lazy=True)
def _indexed_repeat(scope: Scope, question: Tree, repeat: Tree, number: Tree) -> Value:
    place = as_number(evaluate(number, scope))
    return scope.lookup_at(question[1], int(place)) if place.is_finite() and 0 < place < 10_000 else ""


def evaluate(tree: Tree, scope: Scope) -> Value | Nodes:
    """The value of an expression; never fails: what cannot be computed, or is too much, is not a number or blank."""
    if scope.effort.left <= 0:
        return ""
    value = _evaluated(tree, scope)
    scope.effort.spend(size(value))
    return "" if tree[0] == "call" and isinstance(value, str) and len(value) > MAX_TEXT else value


def _evaluated(tree: Tree, scope: Scope) -> Value | Nodes:
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
        return Nodes([*each(left), *each(right)])
    if kind in ("=", "!=", "<", "<=", ">", ">="):
        scope.effort.spend(size(left) * len(each(right)) + size(right) * len(each(left)))
        return compare(kind, left, right)
    a, b = as_number(left), as_number(right)
    if kind == "+":
        return ARITHMETIC.add(a, b)
    if kind == "-":
        return ARITHMETIC.subtract(a, b)
    if kind == "*":
        return ARITHMETIC.multiply(a, b)
    if kind == "div":
        return ARITHMETIC.divide(a, b)
    return ARITHMETIC.remainder(a, b)                                  # mod: the sign of the left side, as in XPath


def is_true(tree: Tree, scope: Scope) -> bool:
    return as_truth(evaluate(tree, scope))
