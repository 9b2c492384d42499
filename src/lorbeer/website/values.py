"""What a page can name instead of typing it: `{{ dates.entries.end }}`, `{{ prizes.main }}`; from the call, by the names the book uses.

What the call does not say, the published edition may: `{{ numbers.admitted }}`, `{{ tab1.total.ja.percent }}`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import Competition, Phase
from lorbeer.call.rulebook import RetentionRules
from lorbeer.documentation.queries import dataset_of
from lorbeer.editions.queries import published_edition
from lorbeer.shared.money import format_euro
from lorbeer.shared.phases import current_round
from lorbeer.shared.templatetags.formats import long_day, number, time_of_day, zone
from lorbeer.shared.text import house_language, language_for, listed


@dataclass(frozen=True)
class Value:
    """A value by its path. `exact`: what it is besides its words, to recognise it where somebody typed it: a day, an amount in cents."""

    path: str
    text: str
    label: str
    exact: date | int | None = None

    @property
    def reference(self) -> str:
        return "{{ " + self.path + " }}"


def call_values(competition: Competition, language: str) -> dict[str, Value]:
    """What the call says, by path, in `language` and in the zone of the competition."""
    with translation.override(language_for(language)), timezone.override(competition.time_zone):
        return {value.path: value for value in [*_words(competition), *_dates(competition), *_prizes(competition), *_rules(competition)]
                if value.text}


def edition_values(competition: Competition, language: str) -> dict[str, Value]:
    """The values of the published edition; none before there is one."""
    edition = published_edition(competition)
    if edition is None:
        return {}
    dataset = replace(dataset_of(competition, edition), language=house_language(language))
    return {path: Value(path, value.text, value.label) for path, value in dataset.values.items()}


def _words(competition: Competition) -> Iterator[Value]:
    words: dict[str, tuple[Any, str]] = {
        "title": (competition.title, _("title")), "kind": (competition.kind, _("kind of competition")), "aim": (competition.aim, _("aim")),
        "sponsor": (competition.sponsor, _("sponsor")), "office": (competition.office_name, _("competition office")),
        "address": (" · ".join(competition.office_address.split("\n")), _("address of the office")),
        "email": (competition.office_email, _("mail address of the office")),
        "phone": (competition.office_phone, _("telephone of the office")),
    }
    for name, (text, label) in words.items():
        yield Value(f"competition.{name}", str(text), label)
    for group in competition.groups.all():
        yield Value(f"groups.{group.code}", str(group.label), _("award group"))
    criteria = list(competition.criteria.all())
    for criterion in criteria:
        yield Value(f"criteria.{criterion.code}", str(criterion.label), _("criterion"))
    yield Value("numbers.criteria", number(len(criteria)), _("number of criteria"))


def _dates(competition: Competition) -> Iterator[Value]:
    """Of the current round by their kind alone; in a call of several rounds each also with its number: `dates.entries.2.end`."""
    rounds, current = len(competition.rounds), current_round(competition.schedule)
    for phase in competition.schedule:
        stems = [f"dates.{phase.kind}"] * (phase.round == current) + [f"dates.{phase.kind}.{phase.round}"] * (rounds > 1)
        for name, moment, label in (("start", phase.starts_at, _("%(phase)s: begins")), ("end", phase.ends_at, _("%(phase)s: ends"))):
            if moment:
                label = label % {"phase": _of_round(phase, rounds)}
                for stem in stems:
                    yield Value(f"{stem}.{name}", long_day(moment), label, timezone.localtime(moment).date())
                    yield Value(f"{stem}.{name}.time", _time(moment), label)


def _of_round(phase: Phase, rounds: int) -> str:
    label = str(Phase.Kind(phase.kind).label)
    return f"{label} ({phase.round})" if rounds > 1 else label


def _time(moment: datetime) -> str:
    """`24:00 Uhr MEZ`."""
    return _("%(time)s %(zone)s") % {"time": time_of_day(moment), "zone": zone(moment)}


def _prizes(competition: Competition) -> Iterator[Value]:
    for prize in competition.prizes.select_related("group"):
        if prize.amount_cents:
            yield Value(f"prizes.{prize.code}", format_euro(prize.amount_cents),
                        listed([str(prize.group.label), str(prize.label)], ": "), prize.amount_cents)
    purses = list(competition.purses.order_by("round")) if competition.has_money else []
    for purse in purses:
        path = "awards.cap" if purse == purses[0] else f"awards.cap.{purse.round}"
        yield Value(path, format_euro(purse.cap_cents), _("prize money at most"), purse.cap_cents)


def _rules(competition: Competition) -> Iterator[Value]:
    rules = RetentionRules.from_json(competition.retention)
    months = {f"retention.{name}": count for name, count in rules.months.items()} | (
        {"retention.proof": rules.proof_due_months} if competition.has_money else {})
    labels = {"retention.proof": _("proof of use is due after the announcement"),
              "retention.contact": _("contact data is erased after the announcement"),
              "retention.not_awarded": _("entries without a prize are erased after the announcement")}
    for path, count in months.items():
        text = ngettext("%(count)d month", "%(count)d months", count) % {"count": count}
        yield Value(path, text, labels.get(path, _("erased after the announcement")))
    if competition.max_projects:
        yield Value("numbers.projects", number(competition.max_projects), _("projects per entry at most"))
    if competition.max_entries_per_applicant:
        yield Value("numbers.entries", number(competition.max_entries_per_applicant), _("entries per applicant at most"))
