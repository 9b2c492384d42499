"""What the entry form consents to opens with the announcement of its round, and nothing else does."""

from datetime import timedelta

import pytest
from django.urls import reverse

from lorbeer.awards import services as awards
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.queries import publications
from lorbeer.editions.tests.factories import announce, make_call, make_edition, make_entry, make_person, make_role
from lorbeer.people.models import Role
from lorbeer.shared import clock, jobs
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.models import LogEvent
from lorbeer.shared.tests import databases

pytestmark = pytest.mark.django_db
ALL = set(Release.Part.values)


def opened(entry):
    return set(entry.releases.filter(revoked_at=None).values_list("part", flat=True))


def make_announced(competition, *, at=None):
    """Announce round 1 by the service, as the office does."""
    competition.announcements.create(round=1, approved_at=clock.now())
    return awards.announce(competition, at=at, by=None, with_letters=False)


KINDS = {
    "agreed": {}, "refused": {"answers": {"einwilligung": "nein"}}, "unlisted": {"is_unlisted": True}, "other_round": {"round": 2},
    "excluded": {"state": "inadmissible"}, "withdrawn": {},
}


def make_waiting_call():
    """A call before its announcement, with an entry of each kind."""
    competition = make_call(announced=False)
    entries = {kind: make_entry(competition, released=False, **facts) for kind, facts in KINDS.items()}
    services.withdraw_consent(entries["withdrawn"], by=None)
    return [competition, *entries.values()]


waiting_database = databases.scene("waiting", make_waiting_call)


@pytest.fixture
def waiting(waiting_database, db):
    """(competition, {kind: entry}) of `make_waiting_call`; whatever the test does is undone."""
    with databases.seen(waiting_database) as (competition, *entries):
        yield competition, dict(zip(KINDS, entries, strict=True))


def test_the_announcement_releases_what_was_agreed_and_nothing_else(waiting):
    competition, entries = waiting

    make_announced(competition)

    assert {name: opened(entry) for name, entry in entries.items()} == dict.fromkeys(entries, set()) | {"agreed": ALL}
    events = LogEvent.objects.filter(verb="entry.release").values_list("subject", flat=True)
    assert set(events) == {f"entry:{entries['agreed'].code}"}


def test_an_announcement_set_for_later_releases_at_its_moment(waiting):
    competition, entries = waiting
    moment = clock.now() + timedelta(days=3)

    make_announced(competition, at=moment)
    jobs.run_waiting()
    assert opened(entries["agreed"]) == set()
    with clock.at(moment):
        jobs.run_waiting()

    assert {name for name, entry in entries.items() if opened(entry)} == {"agreed"}


def test_the_list_says_where_each_entry_stands(client, waiting):
    competition, entries = waiting
    make_announced(competition)
    late = make_entry(competition, released=False)

    found = {row.entry.pk: row.standing for row in publications(competition)}

    assert found == {
        entries["agreed"].pk: "released", entries["refused"].pk: "no_consent", entries["unlisted"].pk: "unlisted",
        entries["other_round"].pk: "waiting", entries["withdrawn"].pk: "taken_back", late.pk: "consented",
    }
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    page = client.get(reverse("editions:publication_list", args=[competition.code]), {"standing": "consented"})
    assert {row.code for row in page.context["listing"].rows} == {late.code}


def test_the_office_is_told_of_what_is_closed_and_opens_it_in_one_step(client, waiting):
    competition, entries = waiting
    announce(competition)
    office = make_role(competition, Role.Kind.OFFICE).person
    client.force_login(office)
    assert "1 Beitrag freigeben, dessen Veröffentlichung zugestimmt wurde" in [task.label for task in tasks_for(office, competition)]

    answer = client.post(reverse("editions:publication_open", args=[competition.code]))

    assert answer.status_code == 302
    assert {name for name, entry in entries.items() if opened(entry)} == {"agreed"}
    assert not [task for task in tasks_for(office, competition) if "zugestimmt" in task.label]


@pytest.mark.parametrize(("kind", "reads", "opens"), [
    (Role.Kind.OFFICE_LEAD, 200, 200), (Role.Kind.EDITOR, 200, 403), (Role.Kind.AUDITOR, 200, 403), (Role.Kind.SPONSOR, 200, 403),
    (Role.Kind.JUROR, 403, 403), (Role.Kind.SCREENER, 403, 403), (None, 404, 404),
])
def test_who_reads_the_list_and_who_opens(client, kind, reads, opens, waiting):
    competition, _entries = waiting
    announce(competition)
    client.force_login(make_role(competition, kind).person if kind else make_person())

    assert client.get(reverse("editions:publication_list", args=[competition.code])).status_code == reads
    assert client.get(reverse("editions:publication_open", args=[competition.code])).status_code == opens


def test_applicants_take_their_consent_back_before_anything_opens(client):
    competition, person = make_call(announced=False), make_person()
    entry = make_entry(competition, by=person, released=False)
    tab = reverse("entries:entry_tab", args=[competition.code, entry.code, "publication"])
    address = reverse("editions:consent_withdraw", args=[competition.code, entry.code])
    client.force_login(make_person())
    assert client.post(address).status_code == 404
    client.force_login(person)
    assert address in client.get(tab).content.decode()

    client.post(address)
    make_announced(competition)

    assert opened(entry) == set()
    assert address not in client.get(tab).content.decode()


def test_after_a_later_round_somebody_is_told_to_freeze_again():
    competition = make_call()
    make_entry(competition)
    office = make_role(competition, Role.Kind.OFFICE).person
    make_edition(competition)

    def told():
        return [task.label for task in tasks_for(office, competition) if "seither" in task.label]

    # Nothing is won here, so the announced results that the task waits for are made by hand.
    from lorbeer.editions.tests.test_editions import make_award
    late = make_entry(competition, released=False)
    make_award(competition, late)
    assert told() == []

    services.release_as_consented([late], by=None)

    assert told() == ["Ausgabe mit 1 seither freigegebenen Beitrag einfrieren"]
