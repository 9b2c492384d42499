"""Giving an entry back with a reason, its replacement, and reminders that go out by themselves."""

import io
import re
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.people.models import Role
from lorbeer.screening import queries, services
from lorbeer.screening.models import Abstention, Rating, Vote
from lorbeer.screening.tests import factories as make
from lorbeer.screening.tests.test_walls import VOLATILE
from lorbeer.shared import clock, desk
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db
BY_CHANCE = re.compile(VOLATILE.pattern + r"|\b\w+-[0-9a-f]{8}\b")


def browser(person):
    client = Client(headers={"accept-language": "de"})
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    return client


def scene():
    """An entry with one of two places given, and the office."""
    competition = make.make_competition()
    office = make.make_role(competition, Role.Kind.OFFICE_LEAD)
    vote = make.make_vote(make.make_entry(competition, title="Der Garten"), make.make_role(competition, person=make.make_person("E. Müde")))
    return competition, office, vote


# --- abstention -------------------------------------------------------------------------------------------------------


def test_who_abstains_gives_reason_and_place_and_the_office_finds_somebody_else():
    competition, office, vote = scene()
    make.fill(vote)
    at = [competition.code, vote.entry.code]

    answer = browser(vote.screener).post(reverse("screening:vote_abstain", args=at), {"reason": "  Das Thema ist mir fremd. "})

    assert answer.status_code == 302
    assert not Vote.objects.exists()
    assert not Rating.objects.exists(), "what was typed is gone"
    assert Abstention.objects.get().reason == "Das Thema ist mir fremd."
    page = browser(office).get(reverse("screening:abstention_list", args=at[:1])).text
    for words in (vote.entry.code, "E. Müde", "Das Thema ist mir fremd.", "ein Platz ist frei"):
        assert words in page
    assert reverse("screening:abstention_list", args=at[:1]) in [task.url.split("?")[0] for task in desk.tasks_for(office, competition)]
    for _place in range(2):
        services.fill_seat(vote.entry, make.make_role(competition), office, "Ersatz")
    assert "neu besetzt" in browser(office).get(reverse("screening:abstention_list", args=at[:1])).text
    assert not [task for task in desk.tasks_for(office, competition) if "abstentions" in task.url]


def test_neither_a_proposal_nor_the_list_of_the_possible_gives_the_entry_back_to_them():
    competition, office, vote = scene()
    others = [make.make_role(competition) for _number in range(2)]
    services.abstain(vote, vote.screener, "keine Zeit")

    run = services.propose_assignment(competition, 1, 7, office)
    page = browser(office).get(reverse("screening:seats_show", args=[competition.code, vote.entry.code])).text

    assert sorted(person for _entry, person in run.result) == sorted(person.code for person in others)
    assert "hat sich enthalten" in page


@pytest.mark.parametrize("case", ["no reason", "sealed", "somebody else"])
def test_an_abstention_needs_a_reason_an_open_vote_and_its_own_screener(case):
    _competition, _office, vote = scene()
    by = make.make_role(vote.entry.competition) if case == "somebody else" else vote.screener
    if case == "sealed":
        make.seal(vote)

    with pytest.raises(BadInput if case == "no reason" else Refused):
        services.abstain(vote, by, " " if case == "no reason" else "Darum.")

    assert Vote.objects.filter(pk=vote.pk).exists()
    assert not Abstention.objects.exists()


def test_abstentions_are_for_the_office_that_does_not_judge():
    competition, _office, vote = scene()
    both = make.make_role(competition, Role.Kind.OFFICE)
    make.make_role(competition, person=both)
    make.make_vote(make.make_entry(competition), both)
    services.abstain(vote, vote.screener, "keine Zeit")

    for person in (both, vote.screener, *(make.make_role(competition, kind) for kind in ("auditor", "sponsor", "juror", "editor"))):
        answer = browser(person).get(reverse("screening:abstention_list", args=[competition.code]))
        assert answer.status_code == 403
        assert "keine Zeit" not in answer.text


def test_the_log_names_the_place_and_not_the_reason():
    _competition, _office, vote = scene()
    services.abstain(vote, vote.screener, "vertraulich")

    event = LogEvent.objects.get(verb="vote.abstain")

    assert (event.subject, event.detail) == (f"vote:{vote.code}", {})
    assert "vote.abstain" in queries.OF_PLACES


# --- reminders --------------------------------------------------------------------------------------------------------


def due(competition, days, person=None, **facts):
    vote = make.make_vote(make.make_entry(competition), person, seat=1, **facts)
    Vote.objects.filter(pk=vote.pk).update(due_on=clock.today() + timedelta(days=days))
    return vote


def remind(*words):
    out = io.StringIO()
    call_command("screening_remind", *words, stdout=out)
    return out.getvalue()


def test_reminders_go_to_those_whose_votes_are_due_and_to_nobody_twice():
    competition = make.make_competition()
    late, soon, later, sealed, gone = (due(competition, days) for days in (-2, 3, 4, -2, -2))
    make.seal(sealed)
    gone.screener.roles.all().delete()

    assert remind("--dry-run").count("\n") == 3
    assert not Message.objects.exists()
    assert "queued: 2" in remind(competition.code)
    assert "queued: 0" in remind()

    assert set(Message.objects.values_list("recipient", flat=True)) == {late.screener.email, soon.screener.email}
    with clock.at(clock.now() + timedelta(days=3)):
        assert {one.person for one in services.reminders_due(competition)} == {late.screener, soon.screener, later.screener}
    with pytest.raises(BadInput, match=competition.code):               # names those that there are
        remind("nirgends")


def test_who_was_reminded_by_hand_is_not_reminded_again_at_once():
    competition = make.make_competition()
    vote = due(competition, -1)
    services.remind_screener(vote.screener, competition, 1, make.make_role(competition, Role.Kind.OFFICE))

    assert services.remind_those_behind(competition) == []


def test_of_two_reminders_in_one_round_and_day_one_mail_goes_out_and_the_second_click_is_told_so():
    competition, office, vote = scene()
    later = make.make_vote(make.make_entry(competition, round=2), vote.screener)
    url = reverse("screening:screener_remind", args=[competition.code, vote.screener.code])
    client = browser(office)

    said = [[str(one) for one in client.post(f"{url}?round={round}", follow=True).context["messages"]] for round in (1, 1, 2)]

    assert ["schon erinnert" in one[0] for one in said] == [False, True, False]
    assert Message.objects.count() == LogEvent.objects.filter(verb="screening.remind").count() == 2
    assert {event.detail["round"] for event in LogEvent.objects.filter(verb="screening.remind")} == {1, later.entry.round}


@pytest.mark.once
def test_progress_of_many_screeners_is_folded_and_cut_short_on_the_desk_for_the_same_queries():
    from lorbeer.screening.tasks import pictures_for

    competition, office, _first = scene()
    client, page = browser(office), reverse("screening:assignment_show", args=[competition.code])

    def seen():
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            shown = client.get(page).content.decode()
        (picture,) = pictures_for(office, competition)
        return len(asked), shown.count("l-disclosure__summary"), shown.count("Fällt aus"), picture.html

    few = seen()
    assert few[1:3] == (0, 1)
    for number in range(13):
        due(competition, 5, make.make_role(competition, person=make.make_person(f"P. {number:02d}")))
    many = seen()
    assert many[:3] == (few[0], 2, 14)                                  # all are there, behind two lines
    assert "Die 12 von 14 Personen mit den meisten offenen Voten." in many[3]
    assert "Personen mit den meisten" not in few[3]


@pytest.mark.once
def test_nothing_that_the_office_sees_of_the_slow_depends_on_which_of_their_votes_is_sealed():
    """Twin worlds: of two places with different days the one is sealed, or the other."""
    competition, office, first = scene()
    second = due(competition, 20, first.screener)
    Vote.objects.filter(pk=first.pk).update(due_on=clock.today() - timedelta(days=2))
    seen = []
    for one in (first, second):
        point = transaction.savepoint()
        make.seal(one)
        page = browser(office).get(reverse("screening:assignment_show", args=[competition.code])).content.decode()
        near, far = (services.reminders_due(competition, ahead_days=days) for days in (3, 20))
        services.remind_screener(first.screener, competition, 1, office)
        seen.append((
            BY_CHANCE.sub("", page), near, far,
            [(task.label, task.note) for task in desk.tasks_for(office, competition)], [mail.body for mail in Message.objects.all()]))
        transaction.savepoint_rollback(point)

    assert seen[0] == seen[1]
    assert "1 von 2" in seen[0][0]
    assert (seen[0][1], len(seen[0][2])) == ([], 1)


def test_an_entry_that_bias_closes_reminds_nobody():
    competition = make.make_competition()
    vote = due(competition, -1)
    Role.objects.filter(person=vote.screener).update(land_code="NW")

    assert services.reminders_due(competition) == []


@pytest.mark.parametrize("gone", ["role", "account"])
def test_what_somebody_leaves_unsealed_whose_role_or_account_ended_is_a_task_and_nobody_is_to_remind_them(gone):
    competition, office, vote = scene()
    person, day = vote.screener, clock.today() - timedelta(days=1)
    Vote.objects.update(due_on=day)
    sealed = make.make_vote(make.make_entry(competition), person, due_on=day)
    make.seal(sealed)
    here = reverse("screening:assignment_show", args=[competition.code])
    away, remind = (reverse(f"screening:{name}", args=[competition.code, person.code]) for name in ("rest_free", "screener_remind"))
    asked = lambda: [task.label for task in desk.tasks_for(office, competition) if task.url.split("?")[0] == here]  # noqa: E731
    assert not any("ausgeschiedene" in one for one in asked())

    if gone == "role":
        person.roles.all().delete()
    else:
        type(person).objects.filter(pk=person.pk).update(is_active=False)

    told = [one for one in asked() if "ausgeschiedene" in one or "erinnern" in one]
    assert told == ["Weitergeben, was 1 ausgeschiedene Person nicht versiegelt hat"]
    page = browser(office).get(here).text
    assert "nicht mehr in der Vorprüfung" in page
    assert away in page
    assert remind not in page
    for one in (vote, sealed):                                          # the same, whatever is sealed
        places = reverse("screening:seats_show", args=[competition.code, one.entry.code])
        assert "nicht mehr in der Vorprüfung" in browser(office).get(places).text
    browser(office).post(away, {"reason": "krank"})
    assert not any("ausgeschiedene" in one for one in asked())


def test_the_places_of_an_entry_name_who_is_biased_and_still_holds_one():
    competition, office, vote = scene()
    page = reverse("screening:seats_show", args=[competition.code, vote.entry.code])
    held = re.compile(r"E\. Müde[^<]*</span><span class=\"l-actions\">.{0,200}befangen", re.DOTALL)
    assert not held.search(browser(office).get(page).text)

    services.record_bias(vote.entry, vote.screener, "Bruder", by=office)

    assert held.search(browser(office).get(page).text)


@pytest.mark.parametrize("name", ["seat_fill", "vote_reassign"])
def test_who_takes_over_a_place_gets_a_day_that_has_not_passed(name):
    competition, office, vote = scene()
    today, to = clock.today(competition.time_zone), make.make_role(competition)
    here = reverse(f"screening:{name}", args=[competition.code, vote.entry.code if name == "seat_fill" else vote.code])
    client = browser(office)
    for days, offered in ((-8, None), (8, today + timedelta(days=8))):
        Vote.objects.update(due_on=today + timedelta(days=days))
        assert client.get(here).context["form"]["due_on"].initial == offered
    given = {"to": to.pk, "reason": "krank"}

    assert client.post(here, given | {"due_on": (today - timedelta(days=1)).isoformat()}).status_code == 400
    assert client.post(here, given | {"due_on": (today + timedelta(days=5)).isoformat()}).status_code == 302

    assert Vote.objects.get(screener=to).due_on == today + timedelta(days=5)
    assert f"{today + timedelta(days=5):%d.%m.%Y}" in Message.objects.get(recipient=to.email).body
