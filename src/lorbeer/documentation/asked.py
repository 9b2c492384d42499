"""Sentences to whoever has a book built: in their language, while the book around them is set in its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.utils import translation
from django.utils.translation import gettext as _gettext
from django.utils.translation import ngettext as _ngettext

_asker: ContextVar[str] = ContextVar("asker", default="")


@contextmanager
def setting_in(language: str) -> Iterator[None]:
    """Speak `language`, that of the book; the functions below stay with the one spoken before."""
    token = _asker.set(translation.get_language() or "de")
    try:
        with translation.override(language):
            yield
    finally:
        _asker.reset(token)


def gettext(text: str) -> str:
    """`text` in the language of the one who asks; outside of `setting_in` in the active one."""
    with translation.override(_asker.get() or translation.get_language()):
        return _gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    with translation.override(_asker.get() or translation.get_language()):
        return _ngettext(one, many, count)
