"""What happens after the announcement: later stages tell the winner here what comes next, until when, and where."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lorbeer.awards.models import Award
from lorbeer.shared.registry import Registry


@dataclass(frozen=True)
class Step:
    """One line: what it is, how it stands, until when (or since when), and its page."""

    label: str
    text: str = ""
    at: datetime | None = None
    url: str = ""
    is_done: bool = False


# An app adds its lines of (person, award) in its tasks.py. It is asked for announced awards only.
steps = Registry[[Any, Award], Iterable[Step]]()


def steps_of(person: Any, award: Award) -> list[Step]:
    return [step for several in steps.answers(person, award) for step in several]
