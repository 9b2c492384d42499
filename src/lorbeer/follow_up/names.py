"""The names of what the events of the log are about: one query for each kind of things that a page names, whatever its length, and of a
download one for thousands of codes."""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.documentation.models import Chapter, Correction
from lorbeer.jury.models import Meeting
from lorbeer.outreach.models import Address, LetterOfIntent, Wave
from lorbeer.people.models import Invitation, Person
from lorbeer.screening.models import JointSession
from lorbeer.shared.codes import is_code
from lorbeer.shared.models import LogEvent
from lorbeer.shared.templatetags.formats import short_day, spoken, written
from lorbeer.statistics.models import TableDefinition

MOST_AT_ONCE = 5_000                                                   # codes in one query: databases take only so many
Lookup = Callable[[Competition, set[str]], dict[str, Any]]


def _of(model: Any, name: Callable[[Any], Any]) -> Lookup:
    """By the code of a competition's rows."""
    return lambda competition, codes: {one.code: name(one) for one in model.objects.filter(competition=competition, code__in=codes)}


def _invited(competition: Competition, numbers: set[str]) -> dict[str, Any]:
    rows = Invitation.objects.filter(competition=competition, pk__in=[one for one in numbers if one.isdecimal()])
    return {str(one.pk): one.email for one in rows}


def _corrections(competition: Competition, codes: set[str]) -> dict[str, Any]:
    return {one.code: one.name for one in Correction.objects.filter(handout__competition=competition, code__in=codes)}


LOOKUPS: dict[str, Lookup] = {
    "person": lambda _competition, codes: {one.code: str(one) for one in Person.objects.filter(code__in=codes)},
    "invitation": _invited,
    "wave": _of(Wave, lambda one: one.title),
    "address": _of(Address, lambda one: one.name),
    "intent": _of(LetterOfIntent, lambda one: one.applicant),
    "meeting": _of(Meeting, lambda one: short_day(one.held_on)),
    "session": _of(JointSession, lambda one: short_day(one.held_on)),
    "chapter": lambda competition, _codes: {one.code: one.title for one in Chapter.objects.filter(competition=competition)},
    "correction": _corrections,
    "table": _of(TableDefinition, lambda one: spoken(one.title)),
}
TYPED = {"wave", "address", "intent", "chapter", "correction", "page"}  # people wrote it, in the competition's language


def know(kind: str, lookup: Lookup) -> None:
    """Let an app that stands further down name its things."""
    LOOKUPS.setdefault(kind, lookup)


class Names:
    """Names by kind and code; `events` gives the events of the page or the file, in which all codes stand that it may ask for."""

    def __init__(self, competition: Competition, events: Callable[[], Iterable[LogEvent]]) -> None:
        self.competition, self.events = competition, events
        self._codes: dict[str, set[str]] | None = None
        self._known: dict[str, dict[str, Any]] = {}

    def name(self, kind: str, code: str) -> Any:
        """The name; the code itself where nothing has one (any more)."""
        if kind not in LOOKUPS:
            return self._computed(kind, code)
        if kind not in self._known:
            codes = sorted(self._all().get(kind, set()) | self._all()[""])
            self._known[kind] = {}
            for start in range(0, len(codes) or 1, MOST_AT_ONCE):
                self._known[kind] |= LOOKUPS[kind](self.competition, set(codes[start:start + MOST_AT_ONCE]))
        found = self._known[kind].get(code)
        if not found:
            return code
        return written(found, self.competition) if kind in TYPED else found

    def _computed(self, kind: str, code: str) -> Any:
        if kind in ("competition", "book") and code == self.competition.code:
            return spoken(self.competition.title)
        if kind == "results":
            return _("of round %(round)s") % {"round": code}
        if kind == "questionnaire":
            _form, _stroke, version = code.partition("/")
            return _("version %(version)s") % {"version": version} if version else ""
        return short_day(date.fromisoformat(code)) if kind == "register" else code

    def _all(self) -> dict[str, set[str]]:
        """Kind → codes of the subjects; "" → whatever in actors and details may be a code."""
        if self._codes is None:
            self._codes = {"": set()}
            for event in self.events():
                kind, _colon, code = event.subject.partition(":")
                self._codes.setdefault(kind, set()).add(code)
                self._codes[""] |= {one for one in (event.actor, *_texts(event.detail)) if is_code(one)}
        return self._codes


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, dict):
        yield from value
        for one in value.values():
            yield from _texts(one)
