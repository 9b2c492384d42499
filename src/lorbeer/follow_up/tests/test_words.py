"""The log page names every detail that is ever logged in words; the source says which these are."""

import ast
import re
from pathlib import Path

from django.utils import translation

import lorbeer
from lorbeer.follow_up.words import DETAILS, MAILS, SUBJECTS, SYSTEM, detail_word

SOURCE = Path(lorbeer.__file__).parent
NO_DETAIL = {"subject", "scope", "actor", "why", "by"}
LOGS = re.compile(r"record\(|\bevent\(|def (facts|report|reopening|terms)_of\(")


def called(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def app_of(path):
    return path.relative_to(SOURCE).parts[0]


def calls_in(node):
    return [one for one in ast.walk(node) if isinstance(one, ast.Call)]


def keys_of(node):
    """The keys of the dictionary that `node` is, or is put together from; not of those inside it."""
    if isinstance(node, ast.Dict):
        return {key.value for key in node.keys if isinstance(key, ast.Constant)}
    return set().union(*(keys_of(part) for part in ast.iter_child_nodes(node) if isinstance(node, ast.BinOp | ast.IfExp | ast.Return)))


def logged():
    """{key: where it is logged}, from calls of `record` and `event`, and of functions that hand their own `**detail` on to these; what
    such calls spread is written down there, or is what another function returns."""
    trees = {path: ast.parse(text) for path in SOURCE.rglob("*.py")
             if not {"tests", "migrations"} & set(path.parts) and LOGS.search(text := path.read_text())}
    functions = [(path, one) for path, tree in trees.items() for one in ast.walk(tree) if isinstance(one, ast.FunctionDef)]
    returned, handing = {}, {"record", "event"}
    for path, one in functions:
        if path.name != "audit_whole.py":                               # it tells what the log says, and logs none of that
            answers = [keys_of(part) for part in ast.walk(one) if isinstance(part, ast.Return)]
            returned.setdefault((app_of(path), one.name), set()).update(*answers)
        if one.args.kwarg and any(called(call) in handing and keyword.arg is None and getattr(keyword.value, "id", "") == one.args.kwarg.arg
                                  for call in calls_in(one) for keyword in call.keywords):
            handing.add(one.name)
    found = {}
    for path, tree in trees.items():
        for call in calls_in(tree):
            if called(call) in handing and {"subject", "scope", "by"} & {one.arg for one in call.keywords}:
                for keyword in call.keywords:
                    value, place = keyword.value, f"{path.relative_to(SOURCE)}:{call.lineno}"
                    spread = returned.get((app_of(path), called(value)), set()) if isinstance(value, ast.Call) else keys_of(value)
                    found |= dict.fromkeys({keyword.arg} if keyword.arg else spread, place)
    return {key: place for key, place in found.items() if key not in NO_DETAIL}


def test_every_detail_that_is_ever_logged_has_a_word_on_the_log_page():
    found = logged()
    assert {"approved", "up_to", "keep", "report_sha256", "consent_sha256", "opinion"} <= set(found), "all the ways in which keys are given"
    assert {key: place for key, place in found.items() if key not in DETAILS} == {}


def test_details_are_named_in_german():
    with translation.override("de"):
        assert [str(detail_word(key)) for key in ("approved", "up_to", "no such key")] == ["zugestimmt", "bis Nachtrag", "no such key"]


def test_whatever_the_log_can_be_about_has_a_word():
    kinds = set()
    for path in SOURCE.rglob("*.py"):
        if not {"tests", "migrations"} & set(path.parts) and LOGS.search(text := path.read_text()):
            for call in calls_in(ast.parse(text)):
                if called(call) in ("record", "event"):
                    kinds |= {found[1] for one in call.keywords if one.arg == "subject"
                              if (found := re.match(r"f?['\"]([a-z]+):", ast.unparse(one.value)))}
    assert {"entry", "invitation", "wave", "handout"} <= kinds
    assert kinds - set(SUBJECTS) == set()


def test_every_kind_of_mail_has_a_word_on_the_log_page():
    kinds = set()
    for path in SOURCE.rglob("*.py"):
        if not {"tests", "migrations"} & set(path.parts) and "recipient=" in (text := path.read_text()):
            for call in calls_in(ast.parse(text)):
                given = {one.arg: one.value for one in call.keywords}
                if "recipient" in given and isinstance(given.get("kind"), ast.Constant):
                    kinds.add(given["kind"].value)
    assert {"receipt", "wave"} <= kinds
    assert kinds - set(MAILS) == set()


def test_whoever_acts_without_being_a_person_has_a_name():
    """`actor="system:worker"`, `actor=by or "public"`: no code stands where the log says who did it."""
    acting = {constant.value: f"{path.relative_to(SOURCE)}:{constant.lineno}"
              for path in SOURCE.rglob("*.py") if not {"tests", "migrations"} & set(path.parts) and "actor=" in (text := path.read_text())
              for call in calls_in(ast.parse(text)) for keyword in call.keywords if keyword.arg == "actor"
              for constant in ast.walk(keyword.value)
              if isinstance(constant, ast.Constant) and isinstance(constant.value, str) and constant.value}
    assert {actor: place for actor, place in acting.items() if actor not in SYSTEM} == {}
    assert "public" in acting
