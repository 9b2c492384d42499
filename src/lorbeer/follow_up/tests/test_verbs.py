"""Every event that the code records has a title on the page of the log."""

import ast
import re
from collections.abc import Iterator

from lorbeer.entries.transitions import TRANSITIONS
from lorbeer.follow_up.verbs import TITLES
from lorbeer.intake.services import corrections
from lorbeer.settings import PACKAGE_DIR

RECORD = {"record", "event", "note_opinion", "_note", "_tell"}          # what writes into the log, and what stands before it
COMPUTED = {                                                            # verbs that the code puts together
    "f'entry.{name}'": {f"entry.{name}" for name in TRANSITIONS},
    "f'duplicate.{kind}'": {"duplicate.merged", "duplicate.apart"},
    "VERBS[kind]": set(corrections.VERBS.values()),
    "verb": set(),                                                      # handed on: its callers name it
}


def verbs(node: ast.expr, *, of_log: bool) -> Iterator[str]:
    if isinstance(node, ast.IfExp):
        yield from verbs(node.body, of_log=of_log)
        yield from verbs(node.orelse, of_log=of_log)
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"[a-z]+\.[a-z_]+", node.value):
        yield node.value
    elif of_log:
        yield from COMPUTED[ast.unparse(node)]


def recorded() -> Iterator[str]:
    for path in PACKAGE_DIR.rglob("*.py"):
        if {"tests", "migrations"} & set(path.relative_to(PACKAGE_DIR).parts) or path.name == "log.py":
            continue
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and call.args:
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                of_log = name in ("record", "event") and getattr(getattr(call.func, "value", None), "id", "") == "log"
                for argument in call.args[:2] if name in RECORD else ():
                    yield from verbs(argument, of_log=of_log)


def test_every_event_of_the_log_has_a_title():
    assert set(recorded()) == set(TITLES)
