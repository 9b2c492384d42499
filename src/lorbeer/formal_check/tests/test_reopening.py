"""A wrong verdict can be taken back: by the lead, with a reason, until somebody reads the entry or the jury has met."""

import pytest
from django.urls import reverse

from lorbeer.entries.models import Entry, State
from lorbeer.formal_check import queries, rules, services
from lorbeer.formal_check.tests.factories import make_desk
from lorbeer.jury.models import Meeting
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.screening.models import Vote
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    competition, office, entry = make_desk()
    lead = make_role(competition, Role.Kind.OFFICE_LEAD).person
    return competition, office, lead, entry


def page(name, competition, entry):
    return reverse(f"formal_check:{name}", args=[competition.code, entry.code])


def test_an_exclusion_taken_back_leads_to_the_check_again_and_withdraws_the_notice(desk):
    competition, office, lead, entry = desk
    services.exclude(entry, competition.clauses.get(), by=office, reason="Ein Verein.")

    check = services.reopen(entry, reason="Der Verein ist ein Eigenbetrieb.", by=lead)

    entry.refresh_from_db()
    step = entry.history.last()
    assert entry.state == State.SUBMITTED
    assert (step.name, step.source, step.target, step.by) == ("reopen", "inadmissible", "submitted", lead)
    assert step.reason == "Der Verein ist ein Eigenbetrieb."
    assert [one.verdict for one in entry.checks.all()] == ["excluded", "reopened"]
    assert (check.reason, check.checked_by) == ("Der Verein ist ein Eigenbetrieb.", lead)
    assert LogEvent.objects.filter(verb="entry.reopen", subject=f"entry:{entry.code}").count() == 1
    body = Message.objects.get(kind="reopening").body
    assert "Der Verein ist ein Eigenbetrieb." in body
    assert "zurückgezogen" in body
    assert "{{" not in body
    assert queries.next_waiting(competition) == entry
    services.admit(entry, by=office)
    assert Entry.objects.get(pk=entry.pk).state == State.ADMITTED


def test_an_entry_may_be_excluded_and_taken_back_twice_and_each_notice_is_mailed(desk):
    competition, office, lead, entry = desk
    for number in (1, 2):
        services.exclude(entry, competition.clauses.get(), by=office)
        services.reopen(entry, reason=f"Irrtum {number}", by=lead)
    assert (Message.objects.filter(kind="exclusion").count(), Message.objects.filter(kind="reopening").count()) == (2, 2)


def test_an_admission_taken_back_falls_back_to_the_group_of_the_rule(desk):
    competition, office, lead, entry = desk
    ruled = queries.proposal(entry).group
    other = competition.groups.create(code="other", position=9, label={"de": "Andere"}, heading={"de": "Andere"})
    services.admit(entry, by=office, group=other, reason="Anders.")

    services.reopen(entry, reason="Falsche Gruppe.", by=lead)

    entry.refresh_from_db()
    assert (entry.state, entry.group, entry.group_reason) == (State.SUBMITTED, ruled, "")


@pytest.mark.parametrize("state", State.values)
def test_only_a_verdict_of_the_formal_check_can_be_taken_back(desk, state):
    _competition, _office, lead, entry = desk
    Entry.objects.filter(pk=entry.pk).update(state=state)
    entry.refresh_from_db()
    possible = state in (State.ADMITTED, State.INADMISSIBLE)

    assert bool(rules.can_reopen(lead, entry)) is possible
    if possible:
        services.reopen(entry, reason="weil", by=lead)
    else:
        with pytest.raises(Refused):
            services.reopen(entry, reason="weil", by=lead)
    assert Entry.objects.get(pk=entry.pk).state == (State.SUBMITTED if possible else state)
    assert entry.history.filter(name="reopen").count() == Message.objects.filter(kind="reopening").count() == int(possible)


def test_only_the_lead_takes_a_verdict_back(desk):
    competition, office, _lead, entry = desk
    services.exclude(entry, competition.clauses.get(), by=office)
    others = [make_person(), *(make_role(competition, kind).person for kind in Role.Kind.values if kind != Role.Kind.OFFICE_LEAD)]
    for person in others:
        with pytest.raises(Refused, match="Leitung"):
            services.reopen(entry, reason="weil", by=person)
    assert Entry.objects.get(pk=entry.pk).state == State.INADMISSIBLE


def test_nothing_is_taken_back_without_a_reason(desk):
    competition, office, lead, entry = desk
    services.exclude(entry, competition.clauses.get(), by=office)
    with pytest.raises(BadInput):
        services.reopen(entry, reason="  ", by=lead)
    assert Entry.objects.get(pk=entry.pk).state == State.INADMISSIBLE


def test_an_entry_that_somebody_was_given_to_read_stays_admitted_until_the_place_is_taken_back(desk):
    competition, office, lead, entry = desk
    services.admit(entry, by=office)
    vote = Vote.objects.create(entry=entry, screener=make_role(competition, Role.Kind.SCREENER).person, seat=1)
    with pytest.raises(Refused, match="zugeteilt"):
        services.reopen(entry, reason="weil", by=lead)
    vote.delete()
    services.reopen(entry, reason="weil", by=lead)


def test_after_the_jury_of_the_round_has_met_an_exclusion_stands(desk):
    competition, office, lead, entry = desk
    services.exclude(entry, competition.clauses.get(), by=office)
    Meeting.objects.create(competition=competition, round=entry.round + 1, held_on=clock.today(), opened_at=clock.now())
    assert rules.can_reopen(lead, entry)
    Meeting.objects.create(competition=competition, round=entry.round, held_on=clock.today(), opened_at=clock.now())
    with pytest.raises(Refused, match="getagt"):
        services.reopen(entry, reason="weil", by=lead)


def test_of_two_who_take_a_verdict_back_one_is_refused(desk):
    competition, office, lead, entry = desk
    services.exclude(entry, competition.clauses.get(), by=office)
    stale = Entry.objects.select_related("competition").get(pk=entry.pk)
    services.reopen(entry, reason="weil", by=lead)
    with pytest.raises(Refused):
        services.reopen(stale, reason="weil", by=lead)
    assert Message.objects.filter(kind="reopening").count() == 1


# --- the pages ----------------------------------------------------------------------------------------------------------


def test_the_lead_takes_a_verdict_back_on_the_page(client, desk):
    competition, office, lead, entry = desk
    services.exclude(entry, competition.clauses.get(), by=office)
    client.force_login(lead)
    address = page("check_reopen", competition, entry)
    assert address in client.get(page("check_show", competition, entry)).content.decode()
    assert address in client.get(reverse("entries:entry_tab", args=[competition.code, entry.code, "check"])).content.decode()
    assert client.get(address).status_code == 200

    empty = client.post(address, {"reason": ""})
    done = client.post(address, {"reason": "Ein Irrtum."}, follow=True)

    assert empty.status_code == 422
    assert done.redirect_chain[-1][0] == page("check_show", competition, entry)
    assert "Entscheidung zurückgenommen" in done.content.decode()
    assert Entry.objects.get(pk=entry.pk).state == State.SUBMITTED
    assert client.post(address, {"reason": "Noch einmal."}).status_code == 403


def test_others_of_the_office_see_the_button_locked_with_the_reason(client, desk):
    competition, office, _lead, entry = desk
    services.exclude(entry, competition.clauses.get(), by=office)
    client.force_login(office)
    shown = client.get(page("check_show", competition, entry)).content.decode()
    assert "nimmt nur die Leitung des Wettbewerbsbüros zurück" in shown
    assert page("check_reopen", competition, entry) not in shown
    answer = client.post(page("check_reopen", competition, entry), {"reason": "x"})
    assert answer.status_code == 403
    assert Entry.objects.get(pk=entry.pk).state == State.INADMISSIBLE


def test_the_form_of_the_check_does_not_take_back(client, desk):
    competition, _office, lead, entry = desk
    client.force_login(lead)
    answer = client.post(page("check_show", competition, entry), {
        "decision": "reopened", "seen": 1, "confirmed": "yes", "return_reason": "x", "until": "2030-01-01"})
    assert answer.status_code == 422
    assert not entry.checks.exists()
