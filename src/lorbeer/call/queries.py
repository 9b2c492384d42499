"""Reads of the call that are worth a name."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.attest import TABLES, words_of
from lorbeer.call.models import Competition, Phase
from lorbeer.register.models import RegisterEdition
from lorbeer.register.queries import newest_edition
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import LogEvent
from lorbeer.shared.phases import place_in_time
from lorbeer.shared.text import Localized


def register_of(competition: Competition) -> RegisterEdition | None:
    """The edition in which the municipalities of a call are looked up: its own, and the newest where there was none when it was imported."""
    return competition.register_edition or newest_edition()


def competition_called(code: str) -> Competition:
    """The competition of that code, as somebody typed it at the command line. Raises BadInput, which names those that there are."""
    found = Competition.objects.filter(code=code).first()
    if found is None:
        known = ", ".join(Competition.objects.order_by("code").values_list("code", flat=True))
        raise BadInput(_("There is no competition “%(code)s”. There are: %(known)s.") % {"code": code, "known": known} if known
                       else _("There is no competition “%(code)s”, and no other one yet.") % {"code": code})
    return found


def to_prepare(competition: Competition, kind: str) -> Phase | None:
    """The first phase of `kind` that is not over: what it needs is to be there. Where the call names none, that of the entries."""
    for wanted in (kind, Phase.Kind.ENTRIES):
        if phases := [phase for phase in competition.schedule if phase.kind == wanted]:
            return next((phase for phase in phases if place_in_time(
                phase, [other for other in competition.schedule if other.round == phase.round]) != "past"), None)
    return None


@dataclass(frozen=True)
class Reworded:
    """A criterion whose words were changed: how they read before, and when that ended."""

    label: Localized
    description: Localized
    at: datetime


def criteria_reworded_since(competition: Competition, since: datetime) -> list[Reworded]:
    """The criteria whose words are others now than at `since`, as they read then. One query, three where something was changed."""
    events = LogEvent.objects.filter(scope=competition.code, verb__in=("call.reword", "competition.import")).order_by("pk")
    if not events.filter(at__gt=since).exists():
        return []
    now = {one.code: words_of("criterion", one) for one in competition.criteria.all()}
    then: dict[str, Any] = {}
    changed: dict[str, datetime] = {}
    for event in events:
        if event.verb == "competition.import":
            told = event.detail.get("terms", {}).get(TABLES["criterion"], {})
            words = {code.removesuffix("/words"): one for code, one in told.items()}
        else:
            words = {event.detail["code"]: event.detail["after"]} if event.detail.get("kind") == "criterion" else {}
        for code, one in words.items():
            if event.at <= since:
                then[code] = one
            elif code in then and one != then[code]:
                changed.setdefault(code, event.at)
    return [Reworded(Localized(then[code]["label"]), Localized(then[code]["description"]), at)
            for code, at in sorted(changed.items()) if then[code] != now.get(code)]
