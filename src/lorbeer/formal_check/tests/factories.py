from datetime import UTC, datetime

from lorbeer.call.models import CheckPoint
from lorbeer.intake.tests.factories import make_call, make_submission
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.register.tests.factories import make_edition, make_municipality
from lorbeer.shared.tests.built_once import built_once

CLOSES = datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC)


@built_once
def make_desk(**facts):
    """A call whose deadline has passed, with one check point, somebody of its office, and one entry that waits for its check."""
    facts.setdefault("closes", CLOSES)
    competition = make_call(**facts)
    CheckPoint.objects.create(competition=competition, code="form", label={"de": "Der Bogen ist vollständig."},
                              clause=competition.clauses.get())
    office = make_role(competition, Role.Kind.OFFICE).person
    entry = make_submission(competition).entry
    return competition, office, entry


__all__ = ["CLOSES", "make_call", "make_desk", "make_edition", "make_municipality", "make_submission"]
