"""What can be done to lists of options, and to title and languages: each a function from one form to the next."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.questionnaire.definition import OTHER, Choice, Form, Question
from lorbeer.questionnaire.editor.names import propose_name
from lorbeer.questionnaire.editor.operations import Gone, StillUsed, everywhere, settled
from lorbeer.questionnaire.editor.references import Use, list_users, uses_of_code, with_codes
from lorbeer.shared.errors import BadInput
from lorbeer.shared.text import Localized


def change_list(form: Form, old: str, new: str, choices: Sequence[Choice], codes: Mapping[str, str]) -> Form:
    """Other options for a list, perhaps under another name; `old` is "" for a new list. `codes`: {old code: new code} of those
    that were called differently. Raises StillUsed where an option that goes away is asked for somewhere."""
    if not re.fullmatch(r"[^\s]{1,60}", new):
        raise BadInput(_("The name of a list has no blanks and at most 60 characters."))
    if new != old and new in form.lists:
        raise BadInput(_("There is a list “%(name)s” already.") % {"name": new})
    if old and old not in form.lists:
        raise Gone(_("The list “%(name)s” is not in the questionnaire any more.") % {"name": old[:60]})
    after = [choice.code for choice in choices]
    for code in after:
        if not code or re.search(r"\s", code) or len(code) > 100:
            raise BadInput(_("“%(name)s” cannot be the name of an option: use no blanks and at most 100 characters.") % {"name": code[:60]})
    before = {choice.code for choice in form.lists.get(old, ())}
    doubled = sorted({code for code in after if after.count(code) > 1})
    if doubled and len({choice.code for choice in form.lists.get(old, ())}) == len(form.lists.get(old, ())):
        raise BadInput(_("The list “%(list)s” has the option “%(name)s” twice.") % {"list": new, "name": doubled[0]})
    moved = {code: to for code, to in codes.items() if code != to}
    for code in sorted(before - set(after) - set(moved)):
        if uses := uses_of_code(form, old, code):
            raise StillUsed(_("The option “%(name)s” is asked for in other places. Change them first.") % {"name": code}, uses)
    if moved:
        questions = {question.name for question in list_users(form, old)}
        form = everywhere(form, lambda node: with_codes(node, questions, moved))
    lists = {(new if name == old else name): (tuple(choices) if name == old else kept) for name, kept in form.lists.items()}
    if not old:
        lists[new] = tuple(choices)
    form = replace(form, lists=lists)
    if old and new != old:
        form = everywhere(form, lambda node: replace(node, list_name=new)
                           if isinstance(node, Question) and node.list_name == old else node)
    return settled(form)


def delete_list(form: Form, name: str) -> Form:
    if users := list_users(form, name):
        raise StillUsed(_("Questions offer these options. Give them another list first."),
                        [Use(question.name, "list_name") for question in users])
    return replace(form, lists={code: choices for code, choices in form.lists.items() if code != name})


def choices_from_lines(text: str, language: str, taken: Collection[str] = ()) -> tuple[Choice, ...]:
    """An option of each line, under a code made of its words."""
    found: list[Choice] = []
    for line in text.splitlines():
        if label := line.strip()[:1000]:
            code = propose_name(label, {*taken, OTHER, *(choice.code for choice in found)}, otherwise="option")
            found.append(Choice(code, Localized({language: label})))
    return tuple(found)


def change_heading(form: Form, *, title: Localized, code: str, languages: Mapping[str, str], default_language: str) -> Form:
    """Title, code and languages of the form; the texts of a language that is not among them any more go away."""
    gone = set(form.languages) - set(languages)
    form = replace(form, title=title, code=code, languages=dict(languages), default_language=default_language)
    if not gone:
        return form

    def without(texts: Localized) -> Localized:
        return Localized({language: text for language, text in texts.items() if language not in gone})

    def cut(node: Any) -> Any:
        facts = {name: without(value) for name, value in vars(node).items() if isinstance(value, Localized)}
        return replace(node, **facts)

    lists = {name: tuple(replace(choice, label=without(choice.label)) for choice in choices) for name, choices in form.lists.items()}
    return everywhere(replace(form, title=without(title), lists=lists), cut)
