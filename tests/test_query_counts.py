"""A list costs the same number of queries however long it is: tried on every page that lists something.

The world's lists have some rows each; they are asked for once as they are, and once when there are hundreds: 300 more of what
stands alone (addresses, letters, people, mails …), ten times as many entries with all that hangs from them. A page shows fifty
rows at most, so a query for each row would be seen from the second row on; the test also looks that the lists did grow, and
names those that had nothing to show at first, where one row more could have hidden a query.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.entries.models import Entry
from lorbeer.people.models import Person, Role
from lorbeer.screening.models import Abstention, ExpertOpinion, Proposal
from lorbeer.shared import codes
from lorbeer.shared.models import Message
from tests.pages import signed_in
from tests.world import Provider, addresses

pytestmark = pytest.mark.once

# Pages that list things without `_list` in their name.
ALSO = {"website:desk", "website:competition_home", "home", "screening:assignment_show", "screening:session_show", "jury:desk_show",
        "jury:wall_show", "jury:mine_show", "jury:simulator_show", "outreach:funnel_show", "call:call_show", "editions:edition_show"}
# Each with its reason.
EXCEPT = {
    "persona_list": "the demo's page of people: as many queries as there are competitions, of which it has two",
    "desk_list": "sends on whoever works in one competition only; as long as one person's competitions",
    "waiting_mail_list": "for operators, who are not in this world; counted in intake/tests/test_mail_fetch.py",
    "register_list": "for operators, who are not in this world; counted in call/tests/test_register_page.py",
    "intake:conflict_list": "needs two people's texts for one question; as long as one entry's form, never longer",
    "intake:contributor_list": "the people of one entry: a handful",
}
# Three queries for each own entry: nobody has more than a handful (the call limits them), and each has its own steps.
FEW = {"website:desk for the applicant"}
# Lists that stay short in this world, each with the reason.
SHORT = {"outreach:funnel_show": "one row for each Land or award group, of which there are as many as the call has"}
ROUND = {"awards:result_list": "?round=1", "screening:opinion_list": "?round=1"}    # the round that has been decided
READERS = ["office_lead", "screener", "juror", "editor", "sponsor", "auditor", "applicant", "winner"]
COPIES = 9                                                              # of each entry: ten times as many rows
MANY = 300                                                              # of what stands alone


def list_pages() -> list[str]:
    names = {address.name for address in addresses()}
    return sorted(name for name in names if (name.endswith("_list") or name in ALSO) and name not in EXCEPT
                  and not name.startswith(("account_", "mfa_")))


def copies_of(row: models.Model, many: int, changed: Callable[[int], dict[str, Any]]) -> list[models.Model]:
    """So many rows like this one, in one query; codes are new; `changed`: what is different in which of them, from 0."""
    fields = row._meta.concrete_fields
    like = {field.attname: getattr(row, field.attname) for field in fields if not field.primary_key}
    new = [field for field in fields if field.unique and isinstance(field, models.CharField) and not field.primary_key]
    twins = [type(row)(**like | {field.attname: None if field.null else codes.new_code() for field in new} | changed(number))
             for number in range(many)]
    return type(row)._base_manager.bulk_create(twins)


def copy_tree(row: models.Model, many: int, twins: dict[models.Model, list[models.Model]] | None = None,
              **changed: list[Any]) -> list[models.Model]:
    """Copy a row so many times with all that hangs from it; what points at a copied row points at its copy.

    `changed`: {name of a field: its value in each copy}.
    """
    twins = {} if twins is None else twins
    for field in row._meta.concrete_fields:
        if field.is_relation and getattr(row, field.attname) is not None:
            target = next((one for one in twins if one._meta.model is field.related_model
                           and one.pk == getattr(row, field.attname)), None)
            if target is None and isinstance(field, models.OneToOneField):
                target = getattr(row, field.name)
                copy_tree(target, many, twins)
            if target is not None:
                changed[field.attname] = [twin.pk for twin in twins[target]]
        if field.name == "position":
            changed["position"] = [row.position + 1000 * (number + 1) for number in range(many)]
    twins[row] = copies_of(row, many, lambda number: {name: values[number] for name, values in changed.items()})
    for relation in row._meta.related_objects:
        if relation.many_to_many:
            continue
        for other in relation.related_model._base_manager.filter(**{relation.field.name: row}):
            if other not in twins:
                copy_tree(other, many, twins)
    return twins[row]


def grow(home: Any) -> None:
    """Ten times as many entries with everything that belongs to them, people, addresses, mails, chapters, letters."""
    # Sealed votes take no more rows; this test runs on SQLite only and is rolled back.
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP TRIGGER "{name}"')
    entries = list(Entry.objects.filter(competition=home))
    letter = home.letters.get()
    for entry in entries:
        copy_tree(entry, COPIES)
    address, intent, chapter = home.addresses.first(), home.letters_of_intent.first(), home.chapters.first()
    arrival, message = home.arrivals.filter(entry=None).first() or home.arrivals.first(), Message.objects.filter(scope=home.code).first()
    for row, changed in (
        (address, lambda number: {"email": f"verein-{number}@example.net"}),
        (intent, lambda _number: {}),
        (chapter, lambda number: {"code": f"kapitel-{number}", "position": number + 2}),
        (home.waves.first(), lambda number: {"code": f"welle-{number}"}),
        (letter, lambda number: {"code": f"brief-{number}"}),
        (home.pages.first(), lambda number: {"code": f"seite-{number}"}),
        (arrival, lambda _number: {}),
        (message, lambda _number: {"key": None}),
    ):
        copies_of(row, MANY, changed)
    for number in range(1, COPIES + 1):
        for kind in ("screener", "juror", "office"):
            person = Person.objects.create(email=f"{kind}-{number}@example.org", name=f"Person {number}")
            Role.objects.create(competition=home, person=person, kind=kind)


def counter(world: Any) -> Callable[[], tuple[dict[str, int], dict[str, int]]]:
    """How many queries each list page costs each reader who may open it: {"page for reader": number}; and {page: rows}."""
    provider = Provider(world.home)
    wanted = set(list_pages())
    places = [(address.name, reverse(address.name, kwargs=provider.rows(address, 1)[0]) + ROUND.get(address.name, ""))
              for address in addresses() if address.name in wanted]

    def count() -> tuple[dict[str, int], dict[str, int]]:
        found, rows = {}, {}
        opened: dict[str, int] = {}
        for who in READERS:
            client = signed_in(world, who)
            for name, place in places:
                if opened.get(name, 0) >= (9 if name == "website:desk" else 1):      # one reader is enough, except for desks
                    continue
                if client.get(place).status_code != 200:                # and what is kept in memory is there now
                    continue
                with CaptureQueriesContext(connection) as queries:
                    answer = client.get(place)
                if answer.context and (listing := answer.context.get("listing")) is not None:
                    rows[name] = max(rows.get(name, 0), listing.total)
                opened[name] = opened.get(name, 0) + 1
                found[f"{name} for the {who}"] = len(queries)
        return found, rows

    return count


def test_a_list_page_costs_the_same_number_of_queries_with_ten_times_as_many_rows(world):
    free = Person.objects.create(email="frei@example.org", name="Person frei")     # there is somebody to appoint: the form is shown
    Role.objects.create(competition=world.home, person=free, kind="juror")
    for proposal in Proposal.objects.filter(entry__competition=world.home):
        ExpertOpinion.objects.get_or_create(proposal=proposal)          # this call asks for none, but others do
    for entry in Entry.objects.filter(competition=world.home, votes__isnull=False).distinct():
        Abstention.objects.create(entry=entry, person=free, reason="keine Zeit")
    count = counter(world)
    before, few = count()
    grow(world.home)
    after, many = count()

    opened = {name.split(" for ")[0] for name in before}
    assert sorted(set(list_pages()) - opened) == [], "nobody can open these pages"
    more = {name: f"{before[name]} queries became {after[name]}" for name in before
            if after.get(name, 0) > before[name] and name not in FEW}
    assert more == {}
    small = {name: f"{few.get(name)} rows became {rows}" for name, rows in many.items()
             if not few.get(name) or rows < min(100, 9 * few[name])}
    assert {name for name in small if name not in SHORT} == set(), small


def test_the_exceptions_still_exist():
    names = {address.name for address in addresses()}
    assert {name for name in EXCEPT if name not in names} == set()
