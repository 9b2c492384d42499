"""Who refers to a question or to an option: in conditions, calculations and texts."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lorbeer.questionnaire import expressions
from lorbeer.questionnaire.definition import CHOOSING, REFERENCE, Choice, Form, Node, Question, expressions_of, section_key
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized

EXPRESSIONS = ("relevant", "count", "required", "constraint", "calculation", "choice_filter", "default")
TEXTS = ("label", "hint", "guidance", "example", "required_message", "constraint_message")


@dataclass(frozen=True)
class Use:
    """A place that refers to something: the key of the node, and which of its facts."""

    key: str
    attribute: str


def keyed_nodes(form: Form) -> Iterator[tuple[str, Node]]:
    """Every node with the key that stands in addresses, without the questions that belong to an "or other"."""
    unnamed = {id(section): section_key(number, section) for number, section in enumerate(form.sections, 1)}
    for node in form.nodes():
        if not (isinstance(node, Question) and node.derived_from):
            yield unnamed.get(id(node)) or node.name, node


def uses_of(form: Form, names: Collection[str]) -> list[Use]:
    """Where one of these questions or repeats is read, outside of them or within."""
    found: dict[Use, None] = {}
    for key, node in keyed_nodes(form):
        for attribute, text in expressions_of(node):
            if read_by(text, columns=attribute == "choice_filter") & set(names):
                found[Use(key, attribute)] = None
        for attribute in TEXTS:
            for text in getattr(node, attribute, Localized()).values():
                if set(REFERENCE.findall(text)) & set(names):
                    found[Use(key, attribute)] = None
    return list(found)


def read_by(text: str, *, columns: bool = False) -> set[str]:
    """Names that an expression reads; of one that cannot be read those that look like it."""
    try:
        return expressions.references(expressions.parse(text, columns=columns))
    except BadInput:
        return set(REFERENCE.findall(text))


def list_users(form: Form, list_name: str) -> list[Question]:
    return [question for question in form.questions() if question.type in CHOOSING and question.list_name == list_name]


def uses_of_code(form: Form, list_name: str, code: str) -> list[Use]:
    """Where an option is asked for: compared with the answer to a question of its list, or the default of one."""
    names = {question.name for question in list_users(form, list_name)}
    found: dict[Use, None] = {}
    for key, node in keyed_nodes(form):
        for attribute, text in expressions_of(node):
            try:
                tree = expressions.parse(text, columns=attribute == "choice_filter")
            except BadInput:
                continue
            if any(name in names and value == code for name, value in expressions.comparisons(tree)):
                found[Use(key, attribute)] = None
        if isinstance(node, Question) and node.name in names and code in node.default.split():
            found[Use(key, "default")] = None
    return list(found)


def with_names(node: Any, names: Mapping[str, str]) -> Any:
    """A node with other names in all it refers to, {old: new}."""
    facts: dict[str, Any] = {}
    for attribute in EXPRESSIONS:
        if text := getattr(node, attribute, ""):
            plain_default = attribute == "default" and not expressions.looks_like_call(text) and not REFERENCE.search(text)
            if not plain_default and (new := _renamed(text, names)) != text:
                facts[attribute] = new
    for attribute in TEXTS:
        texts: Localized = getattr(node, attribute, Localized())
        if (changed := in_texts(texts, names)) != texts:
            facts[attribute] = changed
    return replace(node, **facts) if facts else node


def _renamed(text: str, names: Mapping[str, str]) -> str:
    new = expressions.renamed(text, names)
    try:
        expressions.parse(text, columns=True)
    except BadInput:
        return in_text(new, names)                                      # of what cannot be read at least what looks like it
    return new


def in_text(text: str, names: Mapping[str, str]) -> str:
    return REFERENCE.sub(lambda match: f"${{{names[match[1]]}}}" if match[1] in names else match[0], text)


def in_texts(texts: Localized, names: Mapping[str, str]) -> Localized:
    return Localized({language: in_text(text, names) for language, text in texts.items()})


def with_names_in_choice(choice: Choice, names: Mapping[str, str]) -> Choice:
    changed = in_texts(choice.label, names)
    return replace(choice, label=changed) if changed != choice.label else choice


def with_codes(node: Any, questions: Collection[str], codes: Mapping[str, str]) -> Any:
    """A node with other codes for the options of these questions, {old: new}."""
    facts: dict[str, Any] = {}
    for attribute, text in expressions_of(node):
        if (new := expressions.recoded(text, questions, codes)) != text:
            facts[attribute] = new
    if isinstance(node, Question) and node.name in questions and node.default and "default" not in facts:
        words = re.split(r"(\s+)", node.default)
        facts["default"] = "".join(codes.get(word, word) for word in words)
    return replace(node, **facts) if facts else node
