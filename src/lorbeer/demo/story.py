"""What happened in a competition, read from the folder `sample` of its package. Nothing about one competition is here.

people.toml     invented people with their roles and seats in the jury
entries.csv     one line per entry: reference, how far it goes (`until`), when and how it came, what stays `closed`, its answers
answers.csv     further answers by reference: question name, or question_choice for several answers at once
decisions.csv   what the jury decided: reference, project, group, prize, amount in euro
story.toml      dates of mailings, check, sessions; how the votes fell
"""

import csv
import hashlib
import tomllib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from lorbeer.call.toml import Table
from lorbeer.shared.errors import BadInput

# How far an entry can go, in order; `excluded` leaves after `submitted`.
STAGES = [
    "draft", "paper", "submitted", "excluded", "admitted", "assigned", "one_vote", "diverging", "screened", "not_proposed",
    "proposed", "decided", "not_awarded", "announced", "paid", "report_due", "reported", "closed",
]
OWN_COLUMNS = {
    "reference", "until", "channel", "arrived_at", "intent", "group", "group_reason", "unlisted", "check", "clause",
    "municipality_key", "project_1", "project_2", "closed",
}


@dataclass(frozen=True)
class SamplePerson:
    email: str
    name: str
    roles: list[dict[str, Any]]
    jury: dict[str, Any] | None = None


@dataclass
class SampleEntry:
    reference: str
    until: str
    channel: str
    arrived_at: datetime
    facts: dict[str, str]                                               # the other columns, by role or question name
    answers: dict[str, str] = field(default_factory=dict)
    municipality_key: str = ""
    has_intent: bool = False
    group: str = ""
    group_reason: str = ""
    is_unlisted: bool = False
    clause: str = ""
    projects: list[str] = field(default_factory=list)
    closed: list[str] = field(default_factory=list)                     # fields that their applicant keeps closed, `answers/q7`

    def reaches(self, stage: str) -> bool:
        return STAGES.index(self.until) >= STAGES.index(stage)


@dataclass(frozen=True)
class Decision:
    reference: str
    project: int | None
    group: str
    prize: str
    amount_cents: int


@dataclass
class Story:
    folder: Path
    people: list[SamplePerson]
    entries: list[SampleEntry]
    decisions: list[Decision]
    moments: dict[str, datetime]                                        # "check", "session", "announced", …
    waves: list[dict[str, Any]]
    settings: dict[str, Any]

    def dice(self, *names: object, sides: int = 100) -> int:
        """A number from 0 to sides − 1 that is the same in every replay."""
        text = "|".join(map(str, (self.folder.parent.name, *names)))
        return int(hashlib.sha256(text.encode()).hexdigest(), 16) % sides


def read_story(package: Path, zone: ZoneInfo) -> Story:
    """The story in `package`/sample; raise BadInput with file and place where it does not make sense."""
    folder = package / "sample"
    faults: list[str] = []

    def table(name: str) -> Table:
        path = folder / name
        return Table(tomllib.loads(path.read_text("utf-8")) if path.exists() else {}, name, faults)

    people = []
    for one in table("people.toml").tables("people", most=10_000):
        people.append(SamplePerson(one.text("email", required=True), one.text("name", required=True),
                                   [role.data for role in one.tables("roles")], one.get("jury")))
    story = table("story.toml")
    moments_table = story.table("moments")
    moments = {name: moment for name in list(moments_table.data) if (moment := moments_table.moment(name, zone))}
    waves = [{"code": wave.code(), "at": wave.moment("at", zone), "letter": wave.text("letter"), "title": wave.text("title"),
              "categories": wave.codes("categories")} for wave in story.tables("waves")]
    entries = _entries(folder, zone, faults)
    if faults:
        raise BadInput("The sample of this package has faults.", where=str(folder), faults=faults)
    return Story(folder, people, entries, _decisions(folder), moments, waves, dict(story.table("votes").data))


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [{key: value or "" for key, value in row.items() if key} for row in csv.DictReader(file)]


def _entries(folder: Path, zone: ZoneInfo, faults: list[str]) -> list[SampleEntry]:
    answers = {row.pop("reference"): row for row in _rows(folder / "answers.csv")}
    found = []
    for number, row in enumerate(_rows(folder / "entries.csv"), 2):
        place = Table({"arrived_at": _moment_value(row["arrived_at"])}, f"entries.csv[{number}]", faults)
        arrived_at = place.moment("arrived_at", zone)
        until = row.get("until") or ("excluded" if row.get("check") == "excluded" else "closed")
        if arrived_at is None or until not in STAGES:
            place.fault("until", f"“{until}” is not a stage")
            continue
        found.append(SampleEntry(
            reference=row["reference"], until=until, channel=row["channel"], arrived_at=arrived_at,
            facts={{"partners": "partner"}.get(name, name): value for name, value in row.items() if name not in OWN_COLUMNS and value},
            answers=answers.get(row["reference"], {}), municipality_key=row.get("municipality_key", ""),
            has_intent=bool(row.get("intent")), group=row.get("group", ""), group_reason=row.get("group_reason", ""),
            is_unlisted=bool(row.get("unlisted")), clause=row.get("clause", ""),
            projects=[row[name] for name in ("project_1", "project_2") if row.get(name)], closed=row.get("closed", "").split(),
        ))
    return sorted(found, key=lambda entry: (entry.arrived_at, entry.reference))


def _moment_value(text: str) -> datetime | str:
    return text if text.startswith("today") else datetime.fromisoformat(text)


def _decisions(folder: Path) -> list[Decision]:
    return [
        Decision(row["reference"], int(row["project"]) if row["project"] else None, row["group"], row["prize"],
                 round(float(row["amount_euro"]) * 100))
        for row in _rows(folder / "decisions.csv")
    ]
