"""A part of a questionnaire that is being written, as applicants will see it: the real form, without its conditions."""

from dataclasses import replace
from typing import Any

from lorbeer.call.models import Competition
from lorbeer.call.queries import register_of
from lorbeer.questionnaire.conditions import in_words
from lorbeer.questionnaire.definition import Form, Question, Repeat, Section, section_key
from lorbeer.questionnaire.editor.checks import readable
from lorbeer.questionnaire.editor.operations import everywhere, node_of, place_of
from lorbeer.questionnaire.evaluation import Evaluation
from lorbeer.questionnaire.forms import Block, SectionForm, section_form


def condition_of(form: Form, key: str) -> str:
    """The sentence that says when a part is asked; "" where it always is."""
    shown = readable(form)
    return in_words(Evaluation(shown, {}), node_of(shown, key))


def preview_of(form: Form, key: str, competition: Competition, language: str | None = None) -> tuple[SectionForm, list[Block]]:
    """(the page's form, the blocks to show): one block, or all of a page; none for what applicants never see."""
    around = [key]
    while parent := place_of(form, around[-1]).parent:
        around.append(parent)
    names = {node_of(form, one).name for one in around}

    def always(node: Any) -> Any:
        if node.name not in names:
            return node
        node = replace(node, relevant="")
        if isinstance(node, Repeat):
            return replace(node, count="", min_count=max(1, node.min_count), max_count=max(1, node.max_count or 1))
        return replace(node, readonly=False) if isinstance(node, Question) else node

    number = next(index for index, section in enumerate(form.sections) if section_key(index + 1, section) == around[-1])
    shown = everywhere(readable(form), always)
    section = shown.sections[number]
    page = section_form(shown, section, {}, language, zone=competition.time_zone, edition=register_of(competition))
    node = node_of(form, key)
    if isinstance(node, Section):
        return page, page.blocks
    return page, _found(page.blocks, node.name, isinstance(node, Question))


def _found(blocks: list[Block], name: str, is_question: bool) -> list[Block]:
    for block in blocks:
        own = block.question.name == name if block.question is not None else block.id == f"b-{name}" or block.name == name
        if own and (block.question is not None) == is_question:
            return [block]
        if inner := _found(block.items, name, is_question):
            return [block] if block.kind == "matrix" else inner
    return []
