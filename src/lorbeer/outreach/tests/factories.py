from itertools import count

from lorbeer.call.models import Letter
from lorbeer.call.tests.factories import make_competition
from lorbeer.outreach.models import Address, Wave
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.shared.tests.built_once import built_once

_numbers = count(1)


@built_once
def make_address(competition=None, **facts) -> Address:
    number = next(_numbers)
    facts.setdefault("name", f"Stadt Musterort {number}")
    facts.setdefault("email", f"post-{number}@example.net")
    facts.setdefault("category", "kommunen")
    return Address.objects.create(competition=competition or make_competition(), **facts)


@built_once
def make_letter(competition, **facts) -> Letter:
    facts.setdefault("code", f"wave_{next(_numbers)}")
    facts.setdefault("subject", "Einladung: {{ competition.title }}")
    facts.setdefault("body", "Guten Tag {{ address.name }},\n\n{{ competition.aim }}\n{{ competition.link }}\n")
    return Letter.objects.create(competition=competition, **facts)


@built_once
def make_wave(competition=None, **facts) -> Wave:
    competition = competition or make_competition()
    number = next(_numbers)
    facts.setdefault("code", f"wave-{number}")
    facts.setdefault("title", f"Welle {number}")
    facts.setdefault("letter", make_letter(competition) if "letter" not in facts else None)
    return Wave.objects.create(competition=competition, **facts)


def make_office(competition):
    return make_role(competition, Role.Kind.OFFICE).person
