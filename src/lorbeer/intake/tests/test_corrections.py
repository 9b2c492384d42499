"""A typo at the arrival desk is refused, put right, or taken out of the way, and nothing of it is lost."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from lorbeer.call.models import Phase
from lorbeer.entries.models import Entry, State
from lorbeer.intake import rules, services
from lorbeer.intake.models import Arrival
from lorbeer.intake.tests.factories import OPEN, make_arrival, make_call, make_office, make_person, make_submission
from lorbeer.shared import clock, log
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent
from lorbeer.shared.templatetags.formats import day, short_day

pytestmark = pytest.mark.django_db
FACTS = {"channel": "post", "postmarked_on": None, "sender": "Verein Nord", "subject": "Garten"}


def make_desk(client, **facts):
    """(competition, arrival, office): a letter that is registered, and the office signed in."""
    competition = make_call()
    office = make_office(competition)
    client.force_login(office)
    return competition, make_arrival(competition, sender="Verein Nord", **facts), office


def at(name, arrival):
    return reverse(f"intake:{name}", args=[arrival.competition.code, arrival.number])


def typed(arrived_on="2017-10-02", **facts):
    return {"channel": "post", "arrived_on": arrived_on, "arrived_time": "09:30", "postmarked_on": "", "sender": "Verein Nord",
            "subject": "", **facts}


@pytest.mark.parametrize(("facts", "field"), [
    ({"arrived_on": "1999-01-01"}, "arrived_on"), ({"postmarked_on": "1999-01-01"}, "postmarked_on"),
    ({"arrived_on": "2017-10-04"}, "arrived_on"),
])
def test_dates_that_cannot_be_meant_are_refused_beside_their_field(client, facts, field):
    competition = make_call()
    client.force_login(make_office(competition))
    with clock.at(OPEN + timedelta(hours=1)):
        answer = client.post(reverse("intake:arrival_register", args=[competition.code]), typed(**facts))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Arrival.objects.exists()


def test_a_correction_judges_anew_and_keeps_what_stood_there(client):
    competition, arrival, _office = make_desk(client)
    deadline = competition.phases.get(kind="entries").ends_at
    with clock.at(deadline + timedelta(days=9)):
        late = (deadline + timedelta(days=3)).date().isoformat()
        client.post(at("arrival_correct", arrival), typed(late, subject="Garten", reason="Zahlendreher"))
        client.post(at("arrival_correct", arrival), typed(late, subject="Garten", postmarked_on=late, reason="Stempel"))
        client.post(at("arrival_correct", arrival), typed(late, subject="Garten", reason="doch keiner"))
        arrival.refresh_from_db()
        page = client.get(at("arrival_show", arrival)).content.decode()

    assert (arrival.timeliness, arrival.subject) == ("late", "Garten")
    assert "Zahlendreher" in page
    assert "zuvor: fristgerecht" in page
    assert f"Poststempel zuvor: {day(date.fromisoformat(late))}" in page
    event = LogEvent.objects.filter(verb="arrival.correct").earliest("pk")
    assert event.detail["changed"] == ["arrived_at", "subject", "timeliness"]
    assert "subject" not in event.detail["before"]                      # the log never forgets, so it holds no names


def test_of_two_who_correct_the_same_line_the_later_sees_what_stands_there_now(client):
    _competition, arrival, _office = make_desk(client)
    seen = client.get(at("arrival_correct", arrival)).context["form"]["seen"].value()
    with clock.at(arrival.arrived_at + timedelta(days=1)):
        day_there = arrival.arrived_at.date().isoformat()
        first = typed(day_there, postmarked_on=day_there, reason="Stempel gefunden", seen=seen)
        assert client.post(at("arrival_correct", arrival), first).status_code == 302
        late = typed(day_there, sender="Verein Süd", reason="Absender", seen=seen)
        answer = client.post(at("arrival_correct", arrival), late)
        assert answer.status_code == 422
        assert f"Poststempel {short_day(arrival.arrived_at.date())}" in answer.content.decode()
        arrival.refresh_from_db()
        assert (arrival.sender, arrival.postmarked_on) == ("Verein Nord", arrival.arrived_at.date())
        late["seen"] = answer.context["form"]["seen"].value()
        assert client.post(at("arrival_correct", arrival), late).status_code == 302
    arrival.refresh_from_db()
    assert (arrival.sender, arrival.postmarked_on) == ("Verein Süd", None)


def test_a_correction_needs_a_reason_and_keeps_the_seconds(client):
    _competition, arrival, _office = make_desk(client, at=OPEN + timedelta(seconds=17))
    before = arrival.arrived_at
    with clock.at(OPEN + timedelta(days=1)):
        hour = before.astimezone(clock.now().tzinfo)
        assert client.post(at("arrival_correct", arrival), typed()).status_code == 422
        client.post(at("arrival_correct", arrival), typed(arrived_time="11:30", sender="Verein Süd", reason="verlesen"))
    arrival.refresh_from_db()

    assert (arrival.sender, arrival.arrived_at) == ("Verein Süd", hour)


def test_nothing_is_corrected_after_the_verdict_or_where_the_server_noted_it():
    competition = make_call()
    office = make_office(competition)
    arrival = make_arrival(competition)
    with clock.at(OPEN):
        draft = services.start_key_in(arrival, by=office)
    Entry.objects.filter(pk=draft.entry.pk).update(state=State.ADMITTED)
    with pytest.raises(Refused), clock.at(OPEN):
        services.correct_arrival(arrival, by=office, reason="x", arrived_at=OPEN - timedelta(hours=1), **FACTS)
    Entry.objects.filter(pk=draft.entry.pk).update(state=State.DRAFT)
    Arrival.objects.update(channel="online")
    with pytest.raises(Refused), clock.at(OPEN):
        services.correct_arrival(arrival, by=office, reason="x", arrived_at=OPEN - timedelta(hours=1), **FACTS)


def test_the_channel_stays_once_the_receipt_names_it():
    competition = make_call()
    office = make_office(competition)
    arrival = make_arrival(competition)
    with clock.at(OPEN):
        services.key_in(arrival, {"title": "Garten"}, by=office)
        with pytest.raises(BadInput):
            services.correct_arrival(arrival, by=office, reason="x", arrived_at=OPEN, **FACTS | {"channel": "email"})
        with pytest.raises(Refused):
            services.close_arrival(arrival, by=office, reason="doppelt")


def test_what_does_not_belong_here_leaves_the_desk_with_a_reason_and_can_come_back(client):
    competition, arrival, office = make_desk(client)
    assert any("erfassen" in task.label for task in tasks_for(office, competition))
    client.post(at("arrival_key_in", arrival))

    assert client.post(at("arrival_close", arrival), {"reason": ""}).status_code == 422
    client.post(at("arrival_close", arrival), {"reason": "doppelt"})

    assert not any("erfassen" in task.label for task in tasks_for(office, competition))
    page = client.get(at("arrival_show", arrival)).content.decode()
    assert "doppelt" in page
    assert "geschlossen" in page.split("</h1>")[1].split("l-alert")[0]
    assert not any(told in page for told in ("fristgerecht", at("arrival_scan", arrival)))
    assert client.post(at("arrival_scan", arrival)).status_code == 403
    assert "derselbe Brief" not in client.get(at("arrival_reopen", arrival)).content.decode()
    assert at("arrival_key_in", arrival) not in page
    arrival.refresh_from_db()
    assert arrival.entry.state == State.WITHDRAWN
    shown = client.get(reverse("intake:arrival_list", args=[competition.code]), {"show": "closed"})
    assert [row.number for row in shown.context["listing"].rows] == [arrival.number]

    client.post(at("arrival_reopen", arrival), {"reason": "doch nicht"})

    assert any("erfassen" in task.label for task in tasks_for(office, competition))
    verbs = [verb for verb in LogEvent.objects.values_list("verb", flat=True) if verb in ("arrival.close", "arrival.reopen")]
    assert verbs == ["arrival.close", "arrival.reopen"]


def test_the_log_agrees_with_what_was_corrected_closed_withdrawn_and_taken_up_again():
    competition = make_call()
    office, person = make_office(competition), make_person()
    letter, double = make_arrival(competition, sender="Verein Nord"), make_arrival(competition, sender="Verein Nord")
    with clock.at(OPEN + timedelta(days=1)):
        services.correct_arrival(letter, by=office, reason="x", arrived_at=OPEN - timedelta(hours=1), **FACTS)
        keyed_in = services.start_key_in(letter, by=office).entry
        for step in (services.close_arrival, services.reopen_arrival):
            step(letter, by=office, reason="x")
        services.close_arrival(double, by=office, reason="doppelt")
        entry = make_submission(competition, by=person).entry
        entry = services.withdraw(entry, by=person)
        assert log.attested("entries", "intake") == []
        entry = services.resume(entry, by=person)
        assert log.attested("entries", "intake") == []
        services.fill_draft(entry.draft, {"title": "Neu"}, by=person)
        services.submit(entry, by=person)

    assert log.attested("entries", "intake") == []
    assert list(Entry.objects.order_by("pk").values_list("pk", "state")) == [(keyed_in.pk, State.DRAFT), (entry.pk, State.SUBMITTED)]


def test_a_line_registered_for_a_later_round_moves_with_its_date():
    competition = make_call()
    phase = competition.phases.get(kind="entries")
    Phase.objects.create(competition=competition, kind="entries", round=2, starts_at=phase.ends_at + timedelta(days=1),
                         ends_at=phase.ends_at + timedelta(days=90))
    with clock.at(phase.ends_at + timedelta(days=10)):
        arrival = services.register_arrival(competition, channel="post", by=None)
        assert arrival.round == 2
        corrected = services.correct_arrival(arrival, by=make_office(competition), reason="falscher Monat",
                                             arrived_at=phase.ends_at - timedelta(days=1), **FACTS)
    assert (corrected.round, corrected.timeliness) == (1, "in_time")


def test_a_late_arrival_is_shown_with_the_deadline_of_its_own_round(client):
    competition, arrival, _office = make_desk(client)
    phase = competition.phases.get(kind="entries")
    Phase.objects.create(competition=competition, kind="entries", round=2, starts_at=phase.ends_at + timedelta(days=1),
                         ends_at=phase.ends_at + timedelta(days=90))
    Arrival.objects.update(timeliness="late")
    with clock.at(phase.ends_at + timedelta(days=10)):
        pages = [client.get(at(name, arrival)).content.decode() for name in ("arrival_show", "arrival_correct")]
    assert all(f"Frist: {rules.moment_in_words(competition, phase.ends_at, exact=True)}" in page for page in pages)


def test_the_office_says_why_it_withdraws_what_it_keyed_in(client):
    competition, arrival, office = make_desk(client)
    with clock.at(OPEN):
        entry = services.start_key_in(arrival, by=office).entry
    address = reverse("intake:entry_withdraw", args=[competition.code, entry.code])
    assert "für die Bewerbenden zurückziehen?" in client.get(address).content.decode()
    client.post(address, {"reason": ""})
    entry.refresh_from_db()
    assert entry.state == State.DRAFT
    client.post(address, {"reason": "auf Bitte, Brief vom 3. Mai"})
    entry.refresh_from_db()
    assert entry.state == State.WITHDRAWN


def test_sender_and_title_of_the_register_stand_in_the_form_that_is_keyed_in():
    competition = make_call()
    arrival = make_arrival(competition, sender="Verein Nord", subject="Ein Garten")
    with clock.at(OPEN):
        draft = services.start_key_in(arrival, by=make_office(competition))
    assert dict(draft.answers.values_list("question", "value")) == {"applicant": "Verein Nord", "title": "Ein Garten"}
    assert (draft.entry.applicant, draft.entry.title) == ("Verein Nord", "Ein Garten")


def test_dates_of_the_register_begin_with_the_call():
    competition = make_call()
    first = min(phase.starts_at for phase in competition.phases.all() if phase.starts_at)
    with pytest.raises(BadInput), clock.at(OPEN):
        services.register_arrival(competition, channel="post", by=None, postmarked_on=first.date() - timedelta(days=2))
    with clock.at(OPEN):
        assert services.register_arrival(competition, channel="post", by=None, postmarked_on=date(2017, 10, 1)).timeliness == "in_time"


@pytest.mark.parametrize(("minutes", "is_taken"), [(2, True), (20, False)])
def test_an_arrival_later_today_is_no_slip_of_two_clocks(client, minutes, is_taken):
    competition = make_call()
    client.force_login(make_office(competition))
    with clock.at(OPEN):                                                # 11:30 in Berlin
        answer = client.post(reverse("intake:arrival_register", args=[competition.code]), typed(arrived_time=f"11:{30 + minutes}"))

    assert (answer.status_code == 302) is is_taken
    assert [arrival.arrived_at for arrival in Arrival.objects.all()] == ([OPEN] if is_taken else [])
    if not is_taken:
        assert list(answer.context["form"].errors) == ["arrived_on"]


def test_arrival_and_deadline_are_shown_to_the_second(client):
    competition, arrival, _office = make_desk(client)
    Arrival.objects.filter(pk=arrival.pk).update(arrived_at=datetime(2017, 9, 12, 21, 59, 0, tzinfo=UTC), timeliness="late")
    competition.phases.filter(kind="entries").update(
        starts_at=datetime(2017, 1, 1, tzinfo=UTC), ends_at=datetime(2017, 9, 12, 21, 58, 59, tzinfo=UTC))
    page = client.get(at("arrival_show", arrival)).content.decode()
    assert "12. September 2017, 23:59:00 Uhr (MESZ)" in page
    assert "12. September 2017, 23:58:59 Uhr (MESZ)" in page
