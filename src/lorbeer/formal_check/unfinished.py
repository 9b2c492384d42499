"""What earlier stages have not finished with a round, said before a later one closes over it, with who has to do what.

The stages below add theirs: see `screening.queries.unfinished_before_jury` and `jury.queries.unfinished`.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import ngettext

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry, State
from lorbeer.entries.queries import SEE_ALL, entries_visible_to
from lorbeer.intake.models import Arrival, Submission
from lorbeer.intake.queries import to_key_in
from lorbeer.people.access import OFFICE, roles_of

MOST = 5                                                                # so many are named at once; the others are folded


@dataclass(frozen=True)
class Unfinished:
    """Things of one kind that wait for somebody. `text` says what they wait for and who does it; their codes follow it."""

    text: str
    things: list[Arrival] | list[Entry]

    @property
    def sentence(self) -> str:
        codes = ", ".join(code_of(thing) for thing in self.things[:MOST])
        return f"{self.text} {codes}{', …' if len(self.things) > MOST else '.'}"


def code_of(thing: Arrival | Entry) -> str:
    return thing.number if isinstance(thing, Arrival) else thing.code


def unfinished_before_screening(competition: Competition, round: int) -> list[Unfinished]:
    """What was handed in for the round and has neither been keyed in nor checked.

    Late ones that nobody has let in are not among them: they do not take part.
    """
    late = Submission.objects.filter(
        entry=OuterRef("pk"), is_accepted=True, arrival__timeliness=Arrival.Timeliness.LATE)
    to_key = list(to_key_in(competition, round).order_by("arrived_at", "pk"))
    to_check = list(Entry.objects.filter(~Exists(late), competition=competition, round=round, state=State.SUBMITTED).order_by("code"))
    return only_some(
        Unfinished(ngettext(
            "%(count)s arrival by post or e-mail is no submitted entry yet. The competition office keys it in and submits it, or"
            " closes it where it is none:",
            "%(count)s arrivals by post or e-mail are no submitted entries yet. The competition office keys them in and submits"
            " them, or closes what is none:", len(to_key)) % {"count": len(to_key)}, to_key),
        Unfinished(ngettext(
            "%(count)s entry still waits for its formal check. The competition office admits or excludes it:",
            "%(count)s entries still wait for their formal check. The competition office admits or excludes them:",
            len(to_check)) % {"count": len(to_check)}, to_check),
    )


def only_some(*kinds: Unfinished) -> list[Unfinished]:
    return [kind for kind in kinds if kind.things]


def with_links(unfinished: Iterable[Unfinished], person: object, competition: Competition) -> list[dict[str, Any]]:
    """`unfinished` for `formal_check/_unfinished.html`: each code with the page on which `person` can do or read something."""
    unfinished = list(unfinished)
    roles = roles_of(person, competition)
    named = {thing.pk for kind in unfinished for thing in kind.things if isinstance(thing, Entry)}
    visible = set(entries_visible_to(person, competition).filter(pk__in=named).values_list("pk", flat=True)) if named else set()

    def url(thing: Arrival | Entry) -> str:
        if isinstance(thing, Arrival):
            return reverse("intake:arrival_show", args=[competition.code, thing.number]) if roles & SEE_ALL else ""
        if thing.state == State.SUBMITTED and roles & OFFICE:
            return reverse("formal_check:check_show", args=[competition.code, thing.code])
        return reverse("entries:entry_show", args=[competition.code, thing.code]) if thing.pk in visible else ""

    linked = [(kind.text, [(code_of(one), url(one)) for one in kind.things]) for kind in unfinished]
    return [{"text": text, "things": things[:MOST], "rest": things[MOST:]} for text, things in linked]
