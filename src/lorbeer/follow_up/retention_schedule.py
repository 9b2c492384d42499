"""When personal data of a competition is due to be erased, by the periods of its call. The erasure itself: see retention.py."""

from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from lorbeer.awards.models import Award
from lorbeer.call.models import Competition
from lorbeer.call.rulebook import PERSONAL_CLASSES, RetentionRules
from lorbeer.entries.models import Entry
from lorbeer.follow_up.models import Erasure
from lorbeer.follow_up.queries import months_after
from lorbeer.questionnaire.models import Version
from lorbeer.questionnaire.queries import form_of
from lorbeer.shared import clock

CONTACT, NOT_AWARDED = "contact", "not_awarded"
CLASSES = PERSONAL_CLASSES


@dataclass(frozen=True)
class Due:
    """Entries of one round whose data of one class falls due on one day."""

    round: int
    personal_class: str
    awarded: bool
    months: int
    due_on: date
    is_due: bool
    entries: int
    erased: int

    @property
    def waiting(self) -> int:
        return self.entries - self.erased

    @property
    def label(self) -> str:
        return {CONTACT: _("contact data"), "person": _("data about people"), "sensitive": _("sensitive data")}[self.personal_class]


def months_of(competition: Competition) -> dict[tuple[str, bool], int]:
    """(class, has a prize) → months after the announcement; classes that the call gives no months are not erased."""
    given = RetentionRules.from_json(competition.retention).months
    found: dict[tuple[str, bool], int] = {}
    for name in CLASSES:
        own = given.get(name, given.get(CONTACT))
        shorter = [months for months in (own, given.get(NOT_AWARDED)) if months is not None]
        if own is not None:
            found[name, True] = own
        if shorter:
            found[name, False] = min(shorter)
    return found


def classes_used(competition: Competition) -> tuple[str, ...]:
    """`contact` always (accounts, letters of intent), the others where a question has them."""
    used = {CONTACT}
    for version in Version.objects.filter(questionnaire__competition=competition, published_at__isnull=False):
        used |= {placed.question.personal_data for placed in form_of(version).placed.values()} - {""}
    return tuple(name for name in CLASSES if name in used)


def schedule(competition: Competition) -> list[Due]:
    """What falls due when, the earliest first; one query per line."""
    today, zone = clock.today(competition.time_zone), competition.time_zone
    rows = []
    used = classes_used(competition)
    announced = competition.announcements.filter(announced_at__lte=clock.now()).values_list("round", "announced_at")
    for round, at in announced:
        for (name, awarded), months in months_of(competition).items():
            if name not in used:
                continue
            due_on = months_after(clock.day(at, zone), months)
            found = entries_of_round(competition, round, awarded=awarded)
            rows.append(Due(
                round, name, awarded, months, due_on, due_on <= today, found.count(),
                found.filter(erasures__personal_class=name).count(),
            ))
    return sorted((row for row in rows if row.entries), key=lambda row: (row.due_on, row.round, row.personal_class))


def entries_of_round(competition: Competition, round: int, *, awarded: bool) -> "QuerySet[Entry]":
    return Entry.objects.filter(competition=competition, round=round).filter(
        Exists(Award.objects.filter(entry=OuterRef("pk"))) if awarded else ~Exists(Award.objects.filter(entry=OuterRef("pk")))
    )


def last_erasure(competition: Competition) -> Erasure | None:
    return Erasure.objects.filter(entry__competition=competition).order_by("-erased_at").first()
