"""What is mine to do now, and until when: every stage reports its tasks here, the desk of a role lists them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from lorbeer.shared.registry import Registry


@dataclass(frozen=True)
class Task:
    """One thing to do. `count` of the same kind are one task; tasks with the nearest date come first."""

    label: str                                                          # "12 Beiträge prüfen"
    url: str
    due_at: datetime | None = None
    note: str = ""                                                      # one more line: what it is about
    count: int = 1
    role: str = ""                                                      # shown on the desk of this role


@dataclass(frozen=True)
class Picture:
    """A figure on the desk: a title and the rendered component."""

    title: str
    html: str
    url: str = ""
    role: str = ""
    link: str = ""                                                      # what leads to `url`; "to the list" where nothing is said
    round: int = 0                                                      # of which it speaks, where it does not speak of all


# What somebody has to do in a competition, of (person, competition); an app adds it in its tasks.py, which is loaded by itself.
tasks = Registry[[Any, Any], Iterable[Task]]()
# The pictures below the tasks.
pictures = Registry[[Any, Any], Iterable[Picture]]()


def tasks_for(person: Any, competition: Any, role: str = "") -> list[Task]:
    """All tasks of `person` in `competition`, the most urgent first; only those of `role` where one is named."""
    with timezone.override(competition.time_zone):                      # a page may list the desks of several competitions
        found = [task for several in tasks.answers(person, competition) for task in several]
    shown = [task for task in found if not role or task.role in ("", role)]
    far_away = datetime.max.replace(tzinfo=UTC)
    return sorted(shown, key=lambda task: (task.due_at or far_away, task.label))


def pictures_for(person: Any, competition: Any, role: str = "") -> list[Picture]:
    """The pictures of `role`, or all; where there are several rounds, those that speak of one say of which."""
    found = [picture for several in pictures.answers(person, competition) for picture in several]
    shown = [picture for picture in found if not role or picture.role in ("", role)]
    if not any(picture.round for picture in shown) or len(competition.rounds) < 2:
        return shown
    return [replace(picture, title=_("%(title)s, round %(round)d") % {"title": picture.title, "round": picture.round})
            if picture.round else picture for picture in shown]
