"""What a tree reads: questions, functions, columns of the choices sheet."""

from collections.abc import Iterator
from typing import Any

from lorbeer.questionnaire.expressions.tokens import Tree


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
