from itertools import count

from lorbeer.people.models import Person, Role
from lorbeer.shared.tests.built_once import built_once

_numbers = count(1)


@built_once
def make_person(**facts) -> Person:
    number = next(_numbers)
    facts.setdefault("email", f"person-{number}@example.org")
    facts.setdefault("name", f"Person {number}")
    password = facts.pop("password", None)
    return Person.objects.create_user(facts.pop("email"), password, **facts)


@built_once
def make_role(competition, kind=Role.Kind.OFFICE, person=None, **facts) -> Role:
    return Role.objects.create(competition=competition, kind=kind, person=person or make_person(), **facts)
