"""Between the decision and the announcement nobody outside can see or infer a result, on any address."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from lorbeer.awards import queries, services
from lorbeer.awards.models import Award
from lorbeer.awards.tests.factories import announce
from lorbeer.entries import embargo
from lorbeer.entries.models import Entry, State
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock
from lorbeer.shared.models import Message

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("bare_errors")]

KNOWS = {Role.Kind.OFFICE, Role.Kind.OFFICE_LEAD, Role.Kind.SPONSOR, Role.Kind.AUDITOR, Role.Kind.JUROR}


def signed_in(person):
    client = Client()
    if person is not None:
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


def addresses(competition, entry, award):
    """Every address of the house that takes no more than what an outsider can know of this entry (and its award)."""
    known = {
        "competition": competition.code,
        "code": entry.code,
        "entry": entry.code,
        "award": award.code,
        "round": 1,
        "position": 1,
        "group": entry.group.code,
        "tab": "award",
        "page": "imprint",
        "person": "X",
        "kind": "juror",
        "number": 1,
    }
    found = []

    def walk(patterns, prefix):
        for one in patterns:
            route = prefix + str(one.pattern)
            if isinstance(one, URLResolver):
                walk(one.url_patterns, route)
            elif isinstance(one, URLPattern) and "<" in route and "competition>" in route:
                names = re.findall(r"<(?:\w+:)?(\w+)>", route)
                if all(name in known for name in names):
                    found.append("/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(known[match[1]]), route))

    walk(get_resolver().url_patterns, "")
    return sorted(set(found))


def shape(response, entry):
    """What an answer tells, without what names the entry itself, and without tokens that differ each time."""
    if response.streaming:
        body = b"".join(response.streaming_content).decode(errors="replace")
    else:
        body = response.content.decode(errors="replace")
    body = re.sub(r'(csrfmiddlewaretoken" value|id|for|aria-\w+|nonce|content)="[^"]*"', "", body)
    for name in (entry.code, entry.title, entry.applicant):
        body = body.replace(name, "·")
    etag = response.headers.get("ETag", "") != ""
    location = response.headers.get("Location", "").replace(entry.code, "·")
    return response.status_code, location, etag, body


SECRET = 1_234_567
OUTSIDERS = [None, "stranger", "applicant", Role.Kind.SCREENER, Role.Kind.EDITOR]


@pytest.mark.once
@pytest.mark.parametrize("who", OUTSIDERS)
def test_before_the_announcement_a_winners_addresses_answer_like_a_losers(who, decided):
    competition, winner, loser, sponsor = decided
    services.approve_results(competition, by=sponsor)
    Award.objects.update(amount_cents=SECRET)  # an amount that no public page of the call names
    winner.jury_items.update(amount_cents=SECRET)
    award = Award.objects.get()

    def person_for(entry):
        if who == "applicant":
            return entry.contributors.get().person
        if who == "stranger":
            return make_person()
        return make_role(competition, who).person if who else None

    if who in ("applicant",):
        clients = [signed_in(person_for(winner)), signed_in(person_for(loser))]
        names = [text for entry in (winner, loser) for text in (person_for(entry).name, person_for(entry).email)]
    else:
        clients = [signed_in(person_for(winner))] * 2
        names = ["", ""]
    tried = 0
    for mine, theirs in zip(addresses(competition, winner, award), addresses(competition, loser, award), strict=True):
        if award.code in mine and award.code in theirs and mine == theirs:
            answer = clients[0].get(mine)
            assert answer.status_code in (302, 403, 404, 405), mine  # the award's own addresses do not exist
            continue
        won = shape(clients[0].get(mine), winner)
        # The same address asked for by the same person is asked for once.
        lost = won if mine == theirs and clients[0] is clients[1] else shape(clients[1].get(theirs), loser)
        for name in names:
            if name:
                won = (*won[:3], won[3].replace(name, "·"))
                lost = (*lost[:3], lost[3].replace(name, "·"))
        assert won[:3] == lost[:3], mine
        if who == "applicant" or winner.code in mine:
            assert won[3] == lost[3], mine
        for text in (won[3], lost[3]):
            assert "12.345" not in text, mine
            assert award.code not in text, mine
        tried += 1
    assert tried > 20


@pytest.mark.parametrize("kind", [None, *Role.Kind])
def test_states_are_masked_for_everybody_outside(kind, decided):
    competition, winner, loser, _sponsor = decided
    viewer = make_role(competition, kind).person if kind else make_person()

    shown = [queries.public_state(entry, viewer) for entry in (winner, loser)]

    if kind in KNOWS:
        assert shown == [State.AWARDED, State.NOT_AWARDED]
    else:
        assert shown[0] == shown[1]
        assert shown[0] not in (State.AWARDED, State.NOT_AWARDED)


def test_the_public_door_opens_with_the_announcement_to_the_second(decided):
    competition, winner, loser, sponsor = decided
    moment = clock.now() + timedelta(days=3)
    assert not queries.announced_results(competition).exists()
    announce(competition, sponsor, at=moment)
    applicant = winner.contributors.get().person

    with clock.at(moment - timedelta(seconds=1)):
        assert not queries.announced_results(competition).exists()
        assert not queries.is_announced(competition, 1)
        assert queries.public_state(winner, applicant) == State.ADMITTED
        assert not embargo.is_announced(winner)
    with clock.at(moment):
        assert [award.entry for award in queries.announced_results(competition)] == [winner]
        assert queries.public_state(winner, applicant) == State.AWARDED
        assert queries.public_state(loser, applicant) == State.NOT_AWARDED


def test_approval_alone_announces_nothing(decided):
    competition, winner, _loser, sponsor = decided
    services.approve_results(competition, by=sponsor)
    assert not queries.announced_results(competition).exists()
    assert queries.public_state(winner, make_person()) == State.ADMITTED


def test_another_round_stays_closed(decided):
    competition, winner, _loser, sponsor = decided
    announce(competition, sponsor)
    assert queries.announced_results(competition, 1).exists()
    assert not queries.announced_results(competition, 2).exists()
    Entry.objects.filter(pk=winner.pk).update(round=2)
    assert not queries.announced_results(competition).exists()


def test_letters_wait_for_the_announcement_in_the_outbox(decided):
    competition, _winner, _loser, sponsor = decided
    moment = clock.now() + timedelta(days=3)
    announce(competition, sponsor, at=moment)
    assert list(Message.objects.filter(kind="result").values_list("run_at", flat=True).distinct()) == [moment]


def test_a_page_of_many_entries_asks_once_whether_they_are_announced(django_assert_num_queries, decided):
    competition, winner, loser, _sponsor = decided
    queries._start_request()
    try:
        with django_assert_num_queries(1):
            assert [embargo.state_shown(entry, []) for entry in (winner, loser) * 20] == [State.ADMITTED] * 40
    finally:
        queries.forget_announcements()
    assert competition.announcements.count() == 0


def test_applicants_read_why_screening_and_jury_stay_closed_to_them(decided):
    competition, winner, _loser, sponsor = decided
    client = signed_in(winner.contributors.get().person)

    def reason(tab):
        return client.get(reverse("entries:entry_tab", args=[competition.code, winner.code, tab])).content.decode()

    assert "befangen" not in reason("screening")
    assert "Sie arbeiten selbst an diesem Beitrag." in reason("screening")
    assert "bis zur Bekanntgabe der Ergebnisse vertraulich" in reason("jury")
    announce(competition, sponsor)
    assert "vertraulich" not in reason("jury")
    assert "Das Ergebnis ist bekannt gegeben" in reason("jury")
