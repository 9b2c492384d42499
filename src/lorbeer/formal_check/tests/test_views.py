import html
import re
from datetime import timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

from lorbeer.call.tests.factories import make_competition, make_group
from lorbeer.entries.tabs import find
from lorbeer.formal_check import services, views
from lorbeer.formal_check.models import Check
from lorbeer.formal_check.tests.factories import make_desk, make_municipality, make_submission
from lorbeer.intake import services as intake
from lorbeer.intake.models import Arrival
from lorbeer.intake.tests.factories import OPEN, make_arrival
from lorbeer.people.models import Person, Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.models import Message

pytestmark = pytest.mark.django_db


def url(name, competition, *args):
    return reverse(f"formal_check:{name}", args=[competition.code, *args])


def decide(client, competition, entry, decision, **data):
    facts = {"decision": decision, "seen": entry.submissions.get(is_accepted=True).number,
             "point_form": "no" if decision == "excluded" else "yes"} | data
    return client.post(url("check_show", competition, entry.code), facts)


def unreachable(entry):
    Person.objects.filter(contributions__entry=entry).update(email="")


@pytest.mark.parametrize(("decision", "data", "said"), [
    ("excluded", {"exclude_reason": "Kein Brief der Stadt.", "confirmed": "yes"}, ["Kein Brief der Stadt.", "schreiben Sie uns bitte"]),
    ("returned", {"return_reason": "Der Finanzplan fehlt.", "confirmed": "yes"}, ["Der Finanzplan fehlt.", "Senden Sie uns das Fehlende"]),
    ("admitted", {"admit_reason": "Geprüft."}, ["Gruppe"]),
])
def test_whom_no_mail_reaches_gets_each_notice_as_a_letter_which_waits_until_it_is_sent(client, decision, data, said):
    competition, office, entry = make_desk()
    unreachable(entry)
    client.force_login(office)
    data |= {"clause": competition.clauses.get().pk, "group": competition.groups.get(code="main").pk,
             "until": (clock.today() + timedelta(days=10)).isoformat()}
    answer = decide(client, competition, entry, decision, **data)
    assert answer.status_code == 302
    assert not Message.objects.filter(kind__in=("admission", "exclusion", "completion")).exists()
    told = " ".join(str(one) for one in get_messages(answer.wsgi_request))
    assert "Postausgang" not in told
    assert "mit der Post" in told

    page = client.get(url("check_list", competition)).content.decode()
    letter, posted = url("notice_pdf", competition, entry.code), url("notice_posted", competition, entry.code)
    assert letter in page
    assert any("mit der Post schicken" in task.label for task in tasks_for(office, competition))
    text = " ".join("".join(one.extract_text() for one in PdfReader(BytesIO(client.get(letter).content)).pages).split())
    for words in (entry.applicant, *said):
        assert words in text
    assert "Mail" not in text
    client.force_login(make_person())
    assert (client.get(letter).status_code, client.post(posted).status_code) == (404, 404)
    client.force_login(office)
    assert client.post(posted).status_code == 302
    assert letter not in client.get(url("check_list", competition)).content.decode()
    assert client.get(letter).status_code == 404


def test_a_letter_that_went_out_is_not_taken_for_that_of_a_later_verdict(client):
    competition, office, entry = make_desk()
    unreachable(entry)
    client.force_login(office)
    services.return_for_completion(entry, until=clock.now() + timedelta(days=10), reason="Plan fehlt.", by=office)
    button = r'name="seen" value="(\d+)"'
    [seen] = re.findall(button, client.get(url("check_list", competition)).content.decode())
    with clock.at(clock.now() + timedelta(days=11)):
        services.exclude(entry, competition.clauses.get(), by=office, reason="Kein Plan.")
        posted = url("notice_posted", competition, entry.code)
        assert client.post(posted, {"seen": seen}).status_code == 403
        [newer] = re.findall(button, client.get(url("check_list", competition)).content.decode())
        assert client.post(posted, {"seen": newer}).status_code == 302


def test_of_many_letters_some_are_shown_and_the_rest_moves_up(client, monkeypatch):
    monkeypatch.setattr(views, "SHOWN_LETTERS", 2)
    competition, office, first = make_desk()
    entries = [first, *(make_submission(competition).entry for _number in range(2))]
    for entry in entries:
        entry.contributors.all().delete()
        services.exclude(entry, competition.clauses.get(), by=office, reason="Kein Plan.")
    client.force_login(office)

    for shown, words in ((2, True), (2, False), (1, False)):
        page = client.get(url("check_list", competition)).content.decode()
        waiting = re.findall(r'entries/([^/"]+)/notice/posted/', page)
        assert (len(waiting), "1 weiterer Brief" in page) == (shown, words)
        assert client.post(url("notice_posted", competition, waiting[0])).status_code == 302


def test_nobody_is_excluded_by_a_clause_whose_point_is_ticked_as_fulfilled(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    data = {"clause": competition.clauses.get().pk, "exclude_reason": "x", "confirmed": "yes"}
    answer = decide(client, competition, entry, "excluded", point_form="yes", **data)
    assert answer.status_code == 422
    assert "sagt das Gegenteil" in answer.content.decode()
    assert not Check.objects.exists()
    assert decide(client, competition, entry, "excluded", **data).status_code == 302


def test_the_page_shows_the_document_and_the_sample_note(client):
    competition, office, entry = make_desk(is_sample=True, sample_note={"de": "Erfundene Antworten."})
    Person.objects.filter(contributions__entry=entry).update(is_sample=True)
    client.force_login(office)
    page = client.get(url("check_show", competition, entry.code)).content.decode()
    assert "Wir graben gemeinsam um." in page
    assert "Kurzfassung" in page
    assert "Erfundene Antworten." in page
    assert "Der Bogen ist vollständig." in page


def test_gaps_of_what_was_keyed_in_stand_beside_the_check_points_and_in_the_request_for_completion(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    assert "Es fehlt keine Pflichtangabe" in client.get(url("check_show", competition, entry.code)).content.decode()
    with clock.at(OPEN):
        draft = intake.start_key_in(make_arrival(competition, sender="Verein Nord"), by=office)
        intake.fill_draft(draft, {"title": "Ein Garten", ("project", 0): 1}, by=None)
        intake.submit_keyed(draft.entry, by=office)

    page = client.get(url("check_show", competition, draft.entry.code)).content.decode()
    assert "2 Angaben fehlen oder passen nicht" in page
    assert re.findall(r"<li>(Kurzfassung · [^<]+)</li>", page) == ["Kurzfassung · Kurzfassung: Diese Antwort fehlt."]
    assert (page.count("Pflichtangabe, nicht beantwortet"), page.count("nicht beantwortet<") > 2) == (2, True)
    written = html.unescape(page.split('name="return_reason"')[1].split(">")[1].split("<")[0])
    assert written.strip().splitlines() == ["– Kurzfassung · Kurzfassung: Diese Antwort fehlt.",
                                            "– Einzelprojekte · Titel des Projekts (1): Diese Antwort fehlt."]


@pytest.mark.once
def test_gaps_beyond_the_room_of_the_request_are_counted_in_whole_lines_and_the_page_says_so(client, monkeypatch):
    competition, office, entry = make_desk()
    gaps = [(f"Angaben zum Beitrag · Beschreiben Sie bitte ausführlich Punkt {number}:", "Diese Antwort fehlt.") for number in range(1, 61)]
    monkeypatch.setattr(views, "gaps_of", lambda submission: gaps)
    client.force_login(office)
    page = client.get(url("check_show", competition, entry.code)).content.decode()
    written = html.unescape(page.split('name="return_reason"')[1].split(">")[1].split("<")[0]).strip()
    *lines, last = written.splitlines()
    assert lines == [f"– {label} {sentence}" for label, sentence in gaps[:len(lines)]]
    assert (last, 1_850 < len(written) <= 2_000) == (f"– und {60 - len(lines)} weitere", True)
    assert f"{60 - len(lines)} von ihnen haben dort keinen Platz" in page


def test_a_check_that_is_over_is_told_in_the_past(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    phase, _new = competition.phases.update_or_create(kind="check", round=1, defaults={"ends_at": clock.now() + timedelta(days=3)})
    assert "Die Prüfung endet:" in client.get(url("check_show", competition, entry.code)).content.decode()
    competition.phases.filter(pk=phase.pk).update(ends_at=clock.now() - timedelta(days=20))
    assert "Die Prüfung endete:" in client.get(url("check_show", competition, entry.code)).content.decode()
    start = client.get(reverse("intake:entry_start", args=[competition.code])).content.decode()
    assert "Beiträge wurden angenommen bis" in start


def test_what_came_late_leads_to_its_arrival_where_that_is_decided(client):
    competition, office, entry = make_desk()
    Arrival.objects.update(timeliness="late")
    client.force_login(office)
    page = client.get(url("check_show", competition, entry.code)).content.decode()
    assert "unter „Eingänge“" in page
    assert f'href="{reverse("intake:arrival_show", args=[competition.code, Arrival.objects.get().number])}"' in page


def test_what_came_late_is_no_check_to_do_but_a_decision_at_the_arrival_desk(client):
    competition, office, entry = make_desk()
    Arrival.objects.update(timeliness="late")
    client.force_login(office)
    register = f'{reverse("intake:arrival_list", args=[competition.code])}?show=late'

    assert [(task.label, task.url) for task in tasks_for(office, competition)] == [
        ("Über 1 verspäteten Eingang entscheiden", register)]
    assert "verspätet, zu entscheiden" in client.get(url("check_list", competition)).content.decode()
    assert client.get(url("check_next", competition)).url == url("check_list", competition)
    assert Arrival.objects.get().number in client.get(register).content.decode()

    services.exclude(entry, competition.clauses.get(), by=office)       # that decides it, too
    assert tasks_for(office, competition) == []
    assert Arrival.objects.get().number not in client.get(register).content.decode()


def test_enter_in_a_note_decides_nothing_and_keeps_what_was_typed(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    page = client.get(url("check_show", competition, entry.code)).content.decode()
    pressed = page.split('<main')[1].split('<form method="post"')[1].split("<button")[1]
    assert 'name="_enter"' in pressed                                   # the first button of the form is the one that Enter presses

    typed = {"seen": 1, "point_form": "yes", "note_form": "Seite 3 fehlt", "_enter": "yes"}
    answer = client.post(url("check_show", competition, entry.code), typed)
    assert answer.status_code == 422
    assert "Seite 3 fehlt" in answer.content.decode()
    assert "Es ist noch nichts festgehalten." in answer.content.decode()
    assert not Check.objects.exists()


def test_admitting_leads_to_the_next_entry_by_itself(client):
    competition, office, entry = make_desk()
    second = make_submission(competition).entry
    client.force_login(office)

    answer = decide(client, competition, entry, "admitted", group=competition.groups.get(code="main").pk)

    assert answer.url == url("check_show", competition, second.code)
    entry.refresh_from_db()
    assert entry.state == "admitted"
    last = decide(client, competition, second, "admitted", group=competition.groups.get(code="main").pk)
    assert last.url == url("check_list", competition)
    assert client.get(url("check_next", competition)).url == url("check_list", competition)


def test_an_exclusion_shows_the_notice_first_and_sends_it_on_confirmation(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    data = {"clause": competition.clauses.get().pk, "exclude_reason": "Ein Verein."}

    shown = decide(client, competition, entry, "excluded", **data)

    assert shown.status_code == 200
    assert "nicht teilnahmeberechtigt (1.2)" in shown.content.decode()
    assert not Check.objects.exists()
    kept = shown.context["kept"]
    assert client.post(url("check_show", competition, entry.code), kept | {"confirmed": "yes"}).status_code == 302
    entry.refresh_from_db()
    assert entry.state == "inadmissible"
    body = Message.objects.get(kind="exclusion").body
    assert body in {mail.body for mail in shown.context["mails"]}


def test_returning_asks_for_what_is_missing_and_until_when(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    day = (clock.today() + timedelta(days=10)).isoformat()
    data = {"return_reason": "Die Anlage fehlt.", "until": day}
    shown = decide(client, competition, entry, "returned", **data)
    client.post(url("check_show", competition, entry.code), shown.context["kept"] | {"confirmed": "yes"})
    check = Check.objects.get()
    assert (check.verdict, check.reason) == ("returned", "Die Anlage fehlt.")
    assert check.complete_until.astimezone().isoformat()
    assert Message.objects.filter(kind="completion").exists()


@pytest.mark.parametrize(("decision", "data", "field"), [
    ("admitted", {"point_form": ""}, "point_form"), ("admitted", {"group": ""}, "group"),
    ("admitted", {"point_form": "no"}, "admit_reason"), ("excluded", {}, "clause"), ("excluded", {"clause": "0"}, "clause"),
    ("returned", {"until": "2099-01-01"}, "return_reason"), ("returned", {"return_reason": "x", "until": ""}, "until"),
    ("returned", {"return_reason": "x", "until": "2001-01-01"}, "until"), ("dance", {}, "decision"),
])
def test_what_is_missing_is_said_beside_its_field_and_everything_typed_is_kept(client, decision, data, field):
    competition, office, entry = make_desk()
    client.force_login(office)
    facts = {"group": competition.groups.get(code="main").pk, "note_form": "Notiz bleibt"} | data
    answer = decide(client, competition, entry, decision, **facts)
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Notiz bleibt" in answer.content.decode()
    assert not Check.objects.exists()


def test_another_group_needs_a_reason_beside_its_field(client):
    competition, office, entry = make_desk()
    other = make_group(competition, code="other", position=9)
    client.force_login(office)
    assert decide(client, competition, entry, "admitted", group=other.pk).status_code == 422
    assert decide(client, competition, entry, "admitted", group=other.pk, admit_reason="Verband").status_code == 302


def test_groups_and_clauses_of_another_competition_cannot_be_chosen(client):
    competition, office, entry = make_desk()
    foreign = make_competition()
    client.force_login(office)
    assert decide(client, competition, entry, "admitted", group=foreign.groups.first().pk, admit_reason="x").status_code == 422
    assert decide(client, competition, entry, "excluded", clause=foreign.clauses.get().pk, confirmed="yes").status_code == 422
    assert not Check.objects.exists()


def test_a_stale_page_is_refused(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    answer = client.post(url("check_show", competition, entry.code), {
        "decision": "admitted", "seen": 0, "point_form": "yes", "group": competition.groups.get(code="main").pk})
    assert answer.status_code == 403
    services.admit(entry, by=office)
    assert decide(client, competition, entry, "admitted", group=competition.groups.get(code="main").pk).status_code == 403


@pytest.mark.once
def test_who_may_read_and_who_may_decide(client):
    competition, _office, entry = make_desk()
    pages = [url("check_list", competition), url("check_show", competition, entry.code)]
    group = competition.groups.get(code="main").pk
    for target in pages:
        assert client.get(target).status_code in (302, 404)
    for person, status in (
        (make_person(), 404), (entry.contributors.get().person, 404), (make_role(make_competition()).person, 404),
        (make_role(competition, Role.Kind.SCREENER).person, 403), (make_role(competition, Role.Kind.JUROR).person, 403),
        (make_role(competition, Role.Kind.SPONSOR).person, 403), (make_role(competition, Role.Kind.AUDITOR).person, 200),
    ):
        client.force_login(person)
        for target in (*pages, url("check_next", competition)):
            assert client.get(target, follow=status == 200).status_code == status, (person, target)
        assert decide(client, competition, entry, "admitted", group=group).status_code in (403, 404)
    assert not Check.objects.exists()


def test_an_entry_of_another_competition_or_a_draft_is_not_found(client):
    competition, office, _entry = make_desk()
    _other, _office, foreign = make_desk()
    client.force_login(office)
    assert client.get(url("check_show", competition, foreign.code)).status_code == 404
    type(foreign).objects.filter(pk=foreign.pk).update(competition=competition, state="draft")
    assert client.get(url("check_show", competition, foreign.code)).status_code == 404


@pytest.mark.once
def test_the_list_costs_the_same_with_3_entries_and_with_30_and_filters(client):
    competition, office, entry = make_desk()
    client.force_login(office)

    def cost():
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url("check_list", competition)).status_code == 200
        return len(caught)

    for _number in range(2):
        services.admit(make_submission(competition).entry, by=office)
    cost()
    few = cost()
    for _number in range(27):
        services.admit(make_submission(competition).entry, by=office)
    assert cost() == few
    page = client.get(url("check_list", competition), {"verdict": "waiting"})
    assert [row.code for row in page.context["listing"].rows] == [entry.code]


def test_doubles_partners_and_the_limit_are_pointed_out(client):
    body = make_municipality(name="Musterstadt")
    competition, office, entry = make_desk(register_edition=body.edition, max_entries_per_applicant=1)
    twin = make_submission(competition, applicant="Anders").entry
    type(entry).objects.filter(pk__in=[entry.pk, twin.pk]).update(municipality=body, legal_status=body.legal_status)
    entry.partners.add(make_municipality(body.edition, name="Nachbarort"))
    client.force_login(office)
    page = client.get(url("check_show", competition, entry.code))
    assert page.context["above_limit"]
    assert twin.code in page.content.decode()
    assert "Nachbarort" in page.content.decode()


def test_the_tab_in_the_file_is_for_office_auditor_and_applicant(rf):
    competition, office, entry = make_desk()
    services.exclude(entry, competition.clauses.get(), by=office, reason="Ein Verein.")
    tab = find("check")
    assert tab
    applicant = entry.contributors.get().person
    for person in (office, applicant, make_role(competition, Role.Kind.AUDITOR).person):
        assert tab.rule(person, entry)
    assert not tab.rule(make_role(competition, Role.Kind.SCREENER).person, entry)
    request = rf.get("/")
    request.user = applicant
    shown = tab.render(request, entry)
    assert "Ein Verein." in shown
    assert office.name not in shown


def test_before_the_deadline_the_pages_say_from_when_the_check_begins(client):
    competition, office, entry = make_desk(closes=clock.now() + timedelta(days=3))
    client.force_login(office)
    listed = client.get(url("check_list", competition)).content.decode()
    assert "Die formale Prüfung beginnt nach dem Ende der Frist" in listed
    assert "noch änderbar" in listed
    assert url("check_next", competition) not in listed.split("<main")[1]
    page = client.get(url("check_show", competition, entry.code)).content.decode()
    assert "Die formale Prüfung beginnt nach dem Ende der Frist" in page
    assert 'name="decision"' not in page


def test_the_desk_says_how_many_wait_and_until_when():
    competition, office, entry = make_desk()
    make_submission(competition)
    task = next(task for task in tasks_for(office, competition) if task.url == url("check_next", competition))
    assert task.count == 2
    services.admit(entry, by=office)
    assert next(t for t in tasks_for(office, competition) if t.url == url("check_next", competition)).count == 1
    assert tasks_for(make_person(), competition) == []


def test_a_page_in_english_marks_the_mail_that_goes_out_in_its_readers_language(client):
    competition, office, entry = make_desk()
    client.force_login(office)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    page = client.get(url("check_show", competition, entry.code)).content.decode()
    assert re.search(r'<h3[^>]*><span lang="de">Zugelassen: ', page)
    assert re.search(r'<div lang="de"><p>Guten Tag', page)
    Person.objects.filter(contributions__entry=entry).update(language="en")
    page = client.get(url("check_show", competition, entry.code)).content.decode()
    assert re.search(r"<h3[^>]*>Admitted: ", page)
