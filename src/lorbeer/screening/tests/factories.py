"""The least that is valid, for tests of the screening and of what follows it."""

import hashlib
import json
from itertools import count
from typing import Any

from lorbeer.call.models import AwardGroup, Competition, Criterion
from lorbeer.entries.models import Entry, Project, State
from lorbeer.intake.models import Arrival, Submission
from lorbeer.people.models import Person, Role
from lorbeer.questionnaire.definition import Form, Question, Section, Type
from lorbeer.questionnaire.frozen import DOCUMENT_SCHEMA
from lorbeer.questionnaire.models import Questionnaire
from lorbeer.screening import services
from lorbeer.screening.models import JointSession, Vote
from lorbeer.shared.tests.built_once import built_once
from lorbeer.shared.text import localized

numbers = count(1)
FORM = Form(
    title=localized("Bogen"), code="entry", languages={"de": "Deutsch"},
    sections=(Section("about", localized("Angaben"), items=(Question("aim", Type.LONG_TEXT, localized("Ziel")),)),),
)
ANSWERS = {"schema": DOCUMENT_SCHEMA, "answers": [["aim", 0, "Was wir wollen."]], "places": {}}

SCREENING = {
    "seats": 2,
    "scale": 4,
    "exclude_own_land": True,
    "options": [
        {"code": "suitable", "label": {"de": "preiswürdig", "en": "suitable for a prize"}, "proposes": "group"},
        {"code": "not_suitable", "label": {"de": "nicht preiswürdig", "en": "not suitable"}, "proposes": ""},
        {"code": "special", "label": {"de": "Sonderkategorie", "en": "special category"}, "proposes": "special"},
    ],
}


@built_once
def make_person(name: str = "", **facts: Any) -> Person:
    number = next(numbers)
    return Person.objects.create(
        email=f"person{number}@example.org",
        name=name or f"P. Beispiel {number}",
        password="!",
        **facts,  # noqa: S106
    )


@built_once
def make_role(
    competition: Competition, kind: str = Role.Kind.SCREENER, person: Person | None = None, **facts: Any
) -> Person:
    """Somebody with a role in the competition; the person is returned."""
    person = person or make_person()
    Role.objects.create(competition=competition, person=person, kind=kind, **facts)
    return person


@built_once
def make_competition(*, criteria: int = 2, screening: dict[str, Any] | None = None, **facts: Any) -> Competition:
    number = next(numbers)
    competition = Competition.objects.create(
        **{
            "code": f"probe{number}",
            "title": {"de": f"Probe {number}", "en": f"Trial {number}"},
            "languages": ["de", "en"],
            "screening": screening or SCREENING,
            "office_name": {"de": "Wettbewerbsbüro"},
        }
        | facts
    )
    AwardGroup.objects.create(competition=competition, code="towns", position=1, label={"de": "Städte", "en": "towns"})
    AwardGroup.objects.create(
        competition=competition, code="counties", position=2, label={"de": "Landkreise", "en": "counties"}
    )
    AwardGroup.objects.create(
        competition=competition,
        code="special",
        position=3,
        label={"de": "Sonderkategorie", "en": "special"},
        is_special=True,
    )
    for position in range(1, criteria + 1):
        Criterion.objects.create(
            competition=competition,
            code=f"c{position}",
            number=position,
            label={"de": f"Kriterium {position}", "en": f"criterion {position}"},
        )
    return competition


@built_once
def make_entry(competition: Competition, *, projects: int = 0, submitted: bool = True, **facts: Any) -> Entry:
    """An admitted entry with its accepted submission."""
    number = next(numbers)
    entry = Entry.objects.create(
        **{
            "competition": competition,
            "state": State.ADMITTED,
            "title": f"Beitrag {number}",
            "land_code": "NW",
            "applicant": f"Stadt Musterstadt {number}",
            "group": competition.groups.get(code="towns"),
        }
        | facts
    )
    for position in range(1, projects + 1):
        Project.objects.create(entry=entry, position=position, title=f"Projekt {position} von {number}")
    if submitted:
        make_submission(entry)
    return entry


def make_submission(entry: Entry, document: str = json.dumps(ANSWERS)) -> Submission:
    """A newer accepted submission of the entry."""
    form, _created = Questionnaire.objects.get_or_create(competition=entry.competition, code="entry")
    version = form.versions.first() or form.versions.create(
        number=1, definition=FORM.to_json(), sha256=f"{form.pk:064d}"
    )
    entry.submissions.filter(is_accepted=True).update(is_accepted=False)
    last = entry.submissions.count()
    return Submission.objects.create(
        entry=entry,
        number=last + 1,
        version=version,
        document=document,
        sha256=hashlib.sha256(document.encode()).hexdigest(),
        arrival=Arrival.objects.create(competition=entry.competition, channel="online", entry=entry),
    )


@built_once
def make_vote(entry: Entry | None = None, screener: Person | None = None, **facts: Any) -> Vote:
    """An open vote of a screener (of another Land) on an entry."""
    entry = entry or make_entry(make_competition())
    screener = screener or make_role(entry.competition)
    return Vote.objects.create(entry=entry, screener=screener, seat=facts.pop("seat", entry.votes.count() + 1), **facts)


def full_sheet(competition: Competition, option: str = "suitable") -> dict[str, Any]:
    """What `save_sheet` takes for a complete sheet."""
    return {
        "ratings": {
            criterion.code: {"points": 3, "reason": f"Grund {criterion.code}"}
            for criterion in competition.criteria.all()
        },
        "option": option,
        "reason": f"Insgesamt {option}",
    }


def project_sheet(competition: Competition, option: str = "special", reason: str = "x") -> dict[str, Any]:
    """A complete sheet of an individual project."""
    return {"ratings": full_sheet(competition)["ratings"], "option": option, "reason": reason}


@built_once
def fill(vote: Vote, option: str = "suitable", **sheet: Any) -> Vote:
    """Open the vote and write a complete sheet, as its screener."""
    services.open_vote(vote, vote.screener)
    return services.save_sheet(vote, **(full_sheet(vote.entry.competition, option) | sheet), by=vote.screener)


@built_once
def seal(vote: Vote, option: str = "suitable", **sheet: Any) -> Vote:
    fill(vote, option, **sheet)
    return services.seal_vote(vote, vote.screener)


@built_once
def make_screened(competition: Competition, options: tuple[str, ...] = ("suitable", "suitable"), **facts: Any) -> Entry:
    """An entry whose votes are all sealed."""
    entry = make_entry(competition, **facts)
    for option in options:
        seal(make_vote(entry), option)
    entry.refresh_from_db()
    return entry


def make_session(
    competition: Competition, office: Person, present: list[Person] | None = None, *, opened: bool = True
) -> JointSession:
    """A session over everything that is through."""
    from lorbeer.shared import clock

    session = services.plan_session(competition, 1, clock.today(), office)
    return services.open_session(session, office, present=present) if opened else session
