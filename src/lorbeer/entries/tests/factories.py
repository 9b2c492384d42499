from itertools import count

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.models import Contributor, Entry
from lorbeer.people.tests.factories import make_person
from lorbeer.shared.tests.built_once import built_once

_numbers = count(1)


@built_once
def make_entry(**facts) -> Entry:
    """A submitted entry of a new competition, of no municipality, without content."""
    number = next(_numbers)
    facts.setdefault("state", "submitted")
    facts.setdefault("title", f"Beitrag {number}")
    facts.setdefault("applicant", f"Musterort {number}")
    if "competition" not in facts:
        facts["competition"] = make_competition()
    return Entry.objects.create(**facts)


@built_once
def make_contributor(entry, person=None, **facts) -> Contributor:
    return Contributor.objects.create(entry=entry, person=person or make_person(), **facts)
