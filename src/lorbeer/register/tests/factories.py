from datetime import date
from itertools import count

from lorbeer.register.folding import fold
from lorbeer.register.models import Municipality, RegisterEdition
from lorbeer.shared.tests.built_once import built_once

_numbers = count(1)


@built_once
def make_edition(**facts) -> RegisterEdition:
    facts.setdefault("as_of", date(2017, 1, next(_numbers) % 28 + 1))
    facts.setdefault("source", f"Muster {next(_numbers)}")
    facts.setdefault("sha256", f"{next(_numbers):064x}")
    return RegisterEdition.objects.create(**facts)


@built_once
def make_municipality(edition=None, **facts) -> Municipality:
    """A municipality within a Kreis, in Nordrhein-Westfalen unless told otherwise."""
    number = next(_numbers)
    facts.setdefault("key", f"05{number:06d}")
    facts.setdefault("name", f"Musterort {number}")
    facts.setdefault("search_name", fold(facts["name"]))
    facts.setdefault("legal_status", "kreisangehoerig")
    facts.setdefault("land_code", "NW")
    facts.setdefault("population", 20_000 + number)
    return Municipality.objects.create(edition=edition or make_edition(), **facts)
