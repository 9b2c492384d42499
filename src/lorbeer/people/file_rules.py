"""Who belongs to a competition: told to the files and jobs of the house, which know no roles."""

from lorbeer.people.access import OFFICE
from lorbeer.people.models import Person, Role
from lorbeer.shared import queries, rules
from lorbeer.shared.models import Job


def belongs_to(person: object, scope: str) -> bool:
    """Whether `person` has any role in the competition with code `scope`."""
    if not isinstance(person, Person) or not person.is_active or not scope:
        return False
    return Role.objects.filter(person=person, competition__code=scope).exists()


def keeps(person: object, scope: str) -> bool:
    """The office keeps what was sent, and the auditor looks at it."""
    if not isinstance(person, Person) or not person.is_active or not scope:
        return False
    return Role.objects.filter(person=person, competition__code=scope, kind__in=[*OFFICE, Role.Kind.AUDITOR]).exists()


def runs(person: object, job: Job) -> bool:
    """The office of a competition sees the work that is done for it."""
    if not isinstance(person, Person) or not person.is_active or not job.scope:
        return False
    return Role.objects.filter(person=person, competition__code=job.scope, kind__in=OFFICE).exists()


queries.tells_insiders(belongs_to)
queries.tells_keepers(keeps)
rules.also_sees_jobs(runs)
