"""What of a call an import of its package must leave as it is, because somebody votes or has decided by it.

The call comes before the stages that act by it. So each of them says which changes it bars (`bars_changes`), and the import asks.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.rulebook import JuryRules, ScreeningRules
from lorbeer.shared.registry import Registry


@dataclass(frozen=True)
class Change:
    """One line of competition.toml that an import would change; None where it was not there, or is there no more."""

    place: str                                                          # "jury.quorum", "prizes.first.amount", or all of "prizes.first"
    before: Any
    after: Any

    @property
    def code(self) -> str:
        """The code of the prize or criterion, or the round of the purse."""
        return self.place.split(".")[1]

    def concerns(self, *tables: str) -> bool:
        return self.place.partition(".")[0] in tables

    @property
    def was(self) -> str:
        """How the line read, to be put back."""
        if self.before is None:
            return _("it was not there")
        return _("it was: %(value)s") % {"value": _written(self.before)}


# A stage says which changes of the call it does not bear: place and sentence. It is asked with the rows as the import leaves them.
bars_changes = Registry[[Competition, list[Change]], Iterator[tuple[str, str]]]()


def rules_in(competition: Competition) -> dict[str, Any]:
    """The rules by which people enter, vote, decide and win, by table and key of competition.toml; without words."""
    zone = ZoneInfo(competition.time_zone)
    found: dict[str, Any] = {
        f"phases.{phase.kind}.{phase.round}": tuple(moment and moment.astimezone(zone) for moment in (phase.starts_at, phase.ends_at))
        for phase in competition.phases.all()}
    for table, rules in (("screening", ScreeningRules.from_json(competition.screening)), ("jury", JuryRules.from_json(competition.jury))):
        found |= {f"{table}.{one.name}": getattr(rules, one.name) for one in fields(rules)}
    found["screening.options"] = {option.code: option.proposes for option in found["screening.options"]}
    for prize in competition.prizes.select_related("group"):
        found[f"prizes.{prize.code}"] = {"amount": Decimal(prize.amount_cents) / 100, "up_to": prize.up_to, "max_count": prize.max_count,
                                         "group": prize.group.code}
    for criterion in competition.criteria.all():
        found[f"criteria.{criterion.code}"] = {"weight": criterion.weight, "optional_in_special": criterion.optional_in_special}
    for purse in competition.purses.all():
        found[f"purses.{purse.round}"] = {"cap": Decimal(purse.cap_cents) / 100}
    return found


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    found = []
    for place in dict.fromkeys([*before, *after]):
        was, will = before.get(place), after.get(place)
        if was == will:
            continue
        if isinstance(was, dict) and isinstance(will, dict) and place != "screening.options":
            found += [Change(f"{place}.{key}", was[key], will[key]) for key in was if was[key] != will[key]]
        else:
            found.append(Change(place, was, will))
    return found


def barred(competition: Competition, before: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Place and sentence of each change since `before` that somebody bars."""
    if found := changes(before, rules_in(competition)):
        for bars in bars_changes:
            yield from bars(competition, found)


def _written(value: Any) -> str:
    """As it stands in the package."""
    if isinstance(value, dict):
        return ", ".join(f"{key} = {_written(content)}" for key, content in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(_written, value))
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M}"
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else "–" if value in (None, "") else str(value)
