"""What happens after the announcement: later stages tell the winner here what comes next, until when, and where."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lorbeer.awards.models import Award


@dataclass(frozen=True)
class Step:
    """One line: what it is, how it stands, until when (or since when), and its page."""

    label: str
    text: str = ""
    at: datetime | None = None
    url: str = ""
    is_done: bool = False


StepSource = Callable[[Any, Award], Iterable[Step]]
_sources: list[StepSource] = []


def steps(source: StepSource) -> StepSource:
    """Register `source(person, award)`; an app does it in its tasks.py. It is asked for announced awards only."""
    _sources.append(source)
    return source


def steps_of(person: Any, award: Award) -> list[Step]:
    return [step for source in _sources for step in source(person, award)]
