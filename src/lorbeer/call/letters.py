"""Letters with named placeholders. Only substitution: no template language, so a letter can do no harm."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition, Letter
from lorbeer.shared.errors import BadInput

PLACEHOLDER = re.compile(r"\{\{\s*([a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)\s*\}\}")


def letter_of(competition: Competition, code: str, language: str = "de") -> Letter:
    """The competition's letter `code`, in `language` if there is one, else in German; raise BadInput if none."""
    letters = {letter.language: letter for letter in competition.letters.filter(code=code)}
    letter = letters.get(language) or letters.get("de") or next(iter(letters.values()), None)
    if letter is None:
        raise BadInput(_("This competition has no letter “%(code)s”. Write it under Letters first.") % {"code": code})
    return letter


def placeholders(letter: Letter) -> set[str]:
    """The names that the letter uses, such as `entry.title`."""
    return set(PLACEHOLDER.findall(letter.subject + "\n" + letter.body))


def render(letter: Letter, context: Mapping[str, Any]) -> tuple[str, str]:
    """Subject and body with every placeholder replaced by the text of its value.

    `context` maps the first part of a name to a mapping or an object whose attribute is read.
    Raise BadInput, naming the placeholder, where it has no value.
    """
    return _fill(letter.subject, context, letter), _fill(letter.body, context, letter)


def _fill(text: str, context: Mapping[str, Any], letter: Letter) -> str:
    def value(match: re.Match[str]) -> str:
        found: Any = context
        for part in match[1].split("."):
            found = found.get(part) if isinstance(found, Mapping) else getattr(found, part, None)
            if found is None or callable(found):
                raise BadInput(
                    _("The placeholder “%(name)s” is not known here. Correct the letter.") % {"name": match[1]},
                    where=f"{letter.code}.{letter.language}",
                )
        return str(found)

    return PLACEHOLDER.sub(value, text)
