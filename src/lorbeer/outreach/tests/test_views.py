import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from lorbeer.call.models import Competition, Phase
from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.tests.factories import make_entry
from lorbeer.outreach import queries, services
from lorbeer.outreach.models import LetterOfIntent
from lorbeer.outreach.tasks import apart_in_words
from lorbeer.outreach.tests.factories import make_address, make_letter, make_office, make_wave
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.register.tests.factories import make_municipality
from lorbeer.shared import clock, limits, log, outbox
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db
INSIDE = ("address_list", "wave_list", "mail_list", "intent_list", "funnel_show", "register_show")


def url(name, competition, *args):
    return reverse(f"outreach:{name}", args=[competition.code, *args])


@pytest.fixture
def place():
    """A competition with one of everything."""
    competition = make_competition()
    address = make_address(competition)
    wave = make_wave(competition)
    sent = make_wave(competition)
    services.send_wave(sent, by=None)
    intent = services.record_intent(competition, applicant="Stadt A", contact_email="a@example.org", subject="Ein Garten")
    return competition, address, wave, sent, intent


def addresses(place):
    competition, address, wave, sent, intent = place
    return [url(name, competition) for name in (*INSIDE, "address_new", "address_import", "wave_new", "intent_note")] + [
        url("address_edit", competition, address.code), url("address_remove", competition, address.code),
        url("wave_show", competition, wave.code), url("wave_show", competition, sent.code), url("wave_edit", competition, wave.code),
        url("wave_send", competition, wave.code), url("wave_delete", competition, wave.code),
        url("intent_show", competition, intent.code),
    ]


def test_every_page_opens_for_the_office_and_nothing_is_left_in_braces(client, place):
    client.force_login(make_office(place[0]))
    for address in addresses(place):
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert "{{" not in answer.content.decode().replace("{{ competition", "").replace("{{ address", ""), address


def test_strangers_find_nothing_and_other_roles_hear_why_not(client, place):
    competition = place[0]
    for address in addresses(place):
        assert client.get(address).status_code in (302, 404), address
    client.force_login(make_person())
    for address in addresses(place):
        assert client.get(address).status_code == 404, address
    for kind in (Role.Kind.SCREENER, Role.Kind.JUROR, Role.Kind.EDITOR):
        client.force_login(make_role(competition, kind).person)
        for address in addresses(place):
            assert client.get(address).status_code == 403, (kind, address)


def test_the_auditor_reads_and_changes_nothing_and_the_sponsor_sees_numbers_alone(client, place):
    competition, address, wave, _sent, intent = place
    client.force_login(make_role(competition, Role.Kind.AUDITOR).person)
    for name in INSIDE:
        assert client.get(url(name, competition)).status_code == 200
    page = client.get(url("address_edit", competition, address.code))
    assert page.status_code == 200
    assert (address.email in page.content.decode(), b'name="email"' in page.content) == (True, False)
    for target in (url("address_edit", competition, address.code), url("wave_send", competition, wave.code),
                   url("address_stop", competition, address.code),
                   url("intent_show", competition, intent.code)):
        assert client.post(target, {"entry": ""}).status_code == 403
    client.force_login(make_role(competition, Role.Kind.SPONSOR).person)
    assert client.get(url("funnel_show", competition)).status_code == 200
    assert client.get(url("address_list", competition)).status_code == 403
    assert not wave.__class__.objects.get(pk=wave.pk).queued_at


def test_the_office_of_another_competition_finds_nothing(client, place):
    other = make_competition()
    client.force_login(make_office(other))
    _competition, address, wave, sent, intent = place
    message = Message.objects.filter(kind="wave").first()
    for target in (url("address_edit", other, address.code), url("wave_show", other, wave.code), url("intent_show", other, intent.code)):
        assert client.get(target).status_code == 404
    for target in (url("mail_again", other, message.pk), url("wave_send", other, sent.code), url("address_stop", other, address.code)):
        assert client.post(target).status_code == 404


@pytest.mark.once
@pytest.mark.parametrize("name", ["address_list", "intent_list", "mail_list", "wave_list", "funnel_show"])
def test_a_list_costs_the_same_with_3_rows_and_with_30(client, name, django_assert_max_num_queries):
    from django.db import connection

    competition = make_competition()
    client.force_login(make_office(competition))

    def fill(count):
        for number in range(count):
            body = make_municipality(land_code=("NW", "BY", "BE")[number % 3])
            make_address(competition, municipality=body, land_code=body.land_code)
            intent = services.record_intent(competition, applicant=body.name, municipality=body)
            services.link_intent(intent, make_entry(competition=competition), by=make_person())
            services.send_test(make_wave(competition), to=make_person())

    def cost():
        with CaptureQueriesContext(connection, ) as caught:
            assert client.get(url(name, competition)).status_code == 200
        return len(caught)

    fill(3)
    cost()
    few = cost()
    fill(27)
    assert cost() == few


def test_a_download_holds_no_formula(client):
    competition = make_competition()
    make_address(competition, name='=HYPERLINK("http://example.org")', category="+x")
    client.force_login(make_office(competition))
    text = client.get(url("address_list", competition) + "?format=csv").content.decode("utf-8-sig")
    assert "'=HYPERLINK" in text
    assert "'+x" in text


def test_the_list_is_filtered_by_category_land_and_word(client):
    competition = make_competition()
    wanted = make_address(competition, name="Stadt Köln", category="a", land_code="NW")
    make_address(competition, name="Stadt Köln", category="b", land_code="NW")
    make_address(competition, name="Stadt Köln", category="a", land_code="BY")
    make_address(competition, name="Andere", category="a", land_code="NW")
    client.force_login(make_office(competition))
    page = client.get(url("address_list", competition), {"q": "köln", "category": "a", "land": "NW"})
    assert [row.pk for row in page.context["listing"].rows] == [wanted.pk]


def test_an_address_is_added_and_a_second_time_refused_beside_its_field(client):
    competition = make_competition()
    client.force_login(make_office(competition))
    data = {"category": "k", "name": "Stadt A", "email": "A@example.org", "land_code": "NW"}
    assert client.post(url("address_new", competition), data).status_code == 302
    assert competition.addresses.get().email == "a@example.org"
    again = client.post(url("address_new", competition), data)
    assert again.status_code == 422
    assert "email" in again.context["form"].errors


def test_an_import_names_its_faults_on_the_page(client):
    competition = make_competition()
    client.force_login(make_office(competition))

    def send(text):
        return client.post(url("address_import", competition), {"file": SimpleUploadedFile("liste.csv", text.encode())})

    wrong = send("Kategorie;Name;E-Mail\nk;<script>;keine\n")
    assert wrong.status_code == 422
    assert "„keine“" in wrong.content.decode() or "“keine”" in wrong.content.decode()
    assert send("Kategorie;Name;E-Mail\nk;A;a@example.org\n").status_code == 302
    double = send("Kategorie;Name;E-Mail\nk;A;a@example.org\n")
    assert "a@example.org" in double.content.decode()
    assert competition.addresses.count() == 1


def test_opening_the_link_changes_nothing_and_confirming_ends_the_mails(client):
    address = make_address()
    path = queries.unsubscribe_path(address)
    assert client.get(path).status_code == 200
    address.refresh_from_db()
    assert address.unsubscribed_at is None
    assert client.post(path).status_code == 302
    address.refresh_from_db()
    assert address.unsubscribed_at
    assert client.get(path).status_code == 200
    assert client.get(path[:-3] + "xx/").status_code == 404


def test_a_wave_is_planned_looked_at_sent_and_not_sent_twice(client):
    competition = make_competition()
    addresses = [make_address(competition) for _number in range(2)]
    make_address(competition, email="")
    letter = make_letter(competition)
    office = make_office(competition)
    client.force_login(office)
    answer = client.post(url("wave_new", competition), {
        "title": "Einladung", "code": "first", "letter": letter.pk, "categories": ["kommunen"], "planned_on": "2017-07-01"})
    assert answer.status_code == 302
    page = client.get(url("wave_show", competition, "first"), {"recipient": "2"})
    assert (page.context["count"], page.context["without"]) == (2, 1)
    assert addresses[1].name in page.content.decode()
    client.post(url("wave_test", competition, "first"))
    assert [mail.recipient for mail in Message.objects.all()] == [office.email]
    assert client.post(url("wave_send", competition, "first")).status_code == 302
    assert client.post(url("wave_send", competition, "first")).status_code == 403
    assert Message.objects.filter(kind="wave").count() == 2
    assert client.post(url("wave_edit", competition, "first"), {"title": "x"}).status_code == 403
    assert client.post(url("wave_delete", competition, "first")).status_code == 403


@pytest.mark.once
def test_a_wave_that_was_sent_shows_what_each_mail_said_until_that_is_erased(client):
    competition = make_competition(languages=["de", "en"])
    letter = make_letter(competition, code="wave", body="Guten Tag {{ address.name }}, machen Sie mit.")
    make_letter(competition, code="wave", language="en", body="Hello {{ address.name }}, take part.")
    make_address(competition, name="Musterstadt")
    make_address(competition, name="Sampletown", language="en")
    wave = make_wave(competition, code="first", letter=letter)
    client.force_login(make_office(competition))
    services.send_wave(wave, by=None)
    competition.letters.filter(language="de").update(body="Später anders, {{ address.name }}.")
    make_address(competition, name="Neudorf")                           # came to the list afterwards
    address = url("wave_show", competition, "first")

    for number, said in ((1, "Guten Tag Musterstadt, machen Sie mit."), (2, "Hello Sampletown, take part.")):
        answer = client.get(address, {"recipient": number})
        page = answer.content.decode()
        assert (said in page, "{{" in page, "Später anders" in page) == (True, False, False)
        assert (answer.context["count"], answer.context["language"]) == (2, ["de", "en"][number - 1])

    Message.objects.filter(kind="wave").update(state="done")
    outbox.forget(Message.objects.filter(kind="wave"))
    page = client.get(address).content.decode()
    assert ("Guten Tag" in page, "Später anders" in page, "{{" in page, "gelöscht" in page) == (False, True, False, True)


def test_another_competitions_letter_cannot_be_chosen(client):
    competition = make_competition()
    client.force_login(make_office(competition))
    foreign = make_letter(make_competition())
    answer = client.post(url("wave_new", competition), {"title": "x", "code": "first", "letter": foreign.pk})
    assert answer.status_code == 422
    assert not competition.waves.exists()


def test_a_failed_mail_is_shown_with_its_reason_and_tried_again(client, place):
    competition, _address, _wave, sent, _intent = place
    office = make_office(competition)
    message = Message.objects.get(kind="wave")
    Message.objects.filter(pk=message.pk).update(state="failed", error="550 no such box")
    assert any(task.url.endswith("?state=failed") for task in tasks_for(office, competition))
    client.force_login(office)
    assert "550 no such box" in client.get(url("wave_show", competition, sent.code)).content.decode()
    assert client.post(url("mail_again", competition, message.pk)).status_code == 302
    message.refresh_from_db()
    assert message.state == "waiting"


# --- letters of intent ---


def announce(client, competition, **data):
    facts = {"subject": "Ein Garten", "contact_name": "A. Beispiel", "contact_email": "a@example.org"} | data
    return client.post(url("intent_new", competition), facts)


def test_an_organisation_announces_with_its_name(client):
    competition = make_competition(applicant_kind=Competition.ApplicantKind.ORGANISATION)
    answer = announce(client, competition, applicant="Verein Beispiel")
    intent = competition.letters_of_intent.get()
    assert answer.url == url("intent_done", competition, intent.code)
    page = client.get(answer.url).content.decode()
    assert intent.code in page
    assert "a@example.org" not in page


def link_in(message):
    return re.search(r"http://127\.0\.0\.1:8000(\S+)", message.body)[1]


def test_a_letter_from_the_public_form_counts_once_the_link_in_the_mail_was_opened_and_used(client):
    body = make_municipality(name="Musterstadt")
    competition = make_competition(register_edition=body.edition)
    address = make_address(competition, municipality=body)
    wave = make_wave(competition, only_without_intent=True)
    sent = announce(client, competition, place="muster", municipality=body.key, subject="Kauf bei uns")
    page = client.get(sent.url).content.decode()
    assert ("Bitte bestätigen Sie" in page, "Ihre Absichtserklärung ist eingegangen" in page) == (True, False)
    mail = Message.objects.get(kind="intent_link")
    assert mail.recipient == "a@example.org"
    assert "Kauf" not in mail.body + mail.title
    assert "Musterstadt" not in mail.body
    client.get(link_in(mail))                                           # a mail program opens it by itself
    assert list(queries.addresses_of(wave)) == [address]
    assert queries.funnel(competition)["intents"] == queries.funnel_by(competition, "land")[0]["intents"] == 0

    client.post(link_in(mail))
    client.post(link_in(mail))
    assert list(queries.addresses_of(wave)) == []
    assert queries.funnel(competition)["intents"] == queries.funnel_by(competition, "land")[0]["intents"] == 1
    assert LogEvent.objects.filter(verb="intent.confirm").count() == 1
    assert [fault for fault in log.attested("outreach") if fault.table == "outreach_letterofintent"] == []
    LetterOfIntent.objects.update(confirmed_at=None)
    assert [fault for fault in log.attested("outreach") if fault.table == "outreach_letterofintent"]


@pytest.mark.once
def test_the_link_to_confirm_goes_out_anew_when_the_form_is_sent_again_but_fills_no_mailbox(client):
    competition = make_competition(applicant_kind=Competition.ApplicantKind.ORGANISATION)
    sent, now = [], clock.now()
    for minutes in (0, 1, 11, 22, 33, 60 * 25):
        with clock.at(now + timedelta(minutes=minutes)):
            page = announce(client, competition, applicant="Verein Beispiel")
            sent.append(Message.objects.filter(kind="intent_link").count())
    assert sent == [1, 1, 2, 3, 3, 4]
    assert "Der Link ging zuletzt hinaus:" in client.get(page.url).content.decode()
    client.post(link_in(Message.objects.order_by("pk").first()))        # an older one does, too
    assert competition.letters_of_intent.get().confirmed_at


@pytest.mark.once
def test_another_contact_person_of_a_letter_that_counts_holds_once_its_address_has_confirmed_it(client):
    competition = make_competition(applicant_kind=Competition.ApplicantKind.ORGANISATION)
    page = announce(client, competition, applicant="Verein Beispiel")
    client.post(link_in(Message.objects.get()))
    with clock.at(clock.now() + timedelta(hours=1)):
        announce(client, competition, applicant="Verein Beispiel", contact_name="B. Fremd")
        intent = competition.letters_of_intent.get()
        assert intent.contact_name == "A. Beispiel"
        assert "sobald Sie es bestätigt haben" in client.get(page.url).content.decode()
        link = link_in(Message.objects.order_by("-pk")[0])
        assert "B. Fremd" not in Message.objects.order_by("-pk")[0].body
        assert "B. Fremd" in client.get(link).content.decode()
        done = client.get(client.post(link).url).content.decode()
        assert ("sobald Sie es bestätigt haben" in done, "Der Name ist dadurch nicht geändert" in done) == (False, False)
    intent.refresh_from_db()
    assert intent.contact_name == "B. Fremd"
    assert LogEvent.objects.get(verb="intent.correct").actor == "public"

    with clock.at(clock.now() + timedelta(hours=2)):                    # by now the first link is out of date
        announce(client, competition, applicant="Verein Beispiel", contact_name="C. Beispiel")
        client.post(link_in(Message.objects.order_by("-pk")[0]))
        old = client.post(link)
        assert (old.status_code, "Dieser Link ist überholt" in old.content.decode()) == (422, True)
    intent.refresh_from_db()
    assert intent.contact_name == "C. Beispiel"


@pytest.mark.once
def test_a_name_corrected_too_soon_for_another_mail_is_said_to_be_unchanged_and_when_to_send_it_again(client):
    competition = make_competition(applicant_kind=Competition.ApplicantKind.ORGANISATION)
    now = clock.now()
    page = announce(client, competition, applicant="Verein Beispiel")
    client.post(link_in(Message.objects.get()))
    for minutes, waits in ((4, True), (11, False)):
        with clock.at(now + timedelta(minutes=minutes)):
            assert ("Der Name ist dadurch nicht geändert" in client.get(page.url).content.decode()) is waits
            announce(client, competition, applicant="Verein Beispiel", contact_name="B. Neu")
            assert Message.objects.count() == (1 if waits else 2)


@pytest.mark.once
def test_who_confirms_reads_the_contact_person_and_confirms_no_other_one(client):
    competition = make_competition(applicant_kind=Competition.ApplicantKind.ORGANISATION)
    announce(client, competition, applicant="Verein Beispiel")
    link = link_in(Message.objects.get())
    assert "A. Beispiel" in client.get(link).content.decode()
    announce(client, competition, applicant="Verein Beispiel", contact_name="E. Fremd")
    again = client.post(link, {"contact": "A. Beispiel"})
    assert (again.status_code, "E. Fremd" in again.content.decode()) == (422, True)
    assert competition.letters_of_intent.get().confirmed_at is None
    announce(client, competition, applicant="Verein Beispiel")
    client.post(link, {"contact": "A. Beispiel"})
    assert competition.letters_of_intent.get().confirmed_at


@pytest.mark.once
def test_who_has_an_account_confirms_and_changes_no_letter_of_somebody_else():
    competition = make_competition()
    facts = {"applicant": "A", "contact_email": "a@example.org"}
    theirs = services.announce(competition, contact_name="A. Beispiel", person=None, **facts)
    stranger, holder = make_person(), make_person(email="A@example.org")

    own = services.announce(competition, contact_name="B. Fremd", person=stranger, **facts)
    assert services.announce(competition, contact_name="B. Fremd", person=stranger, **facts) == own != theirs
    theirs.refresh_from_db()
    assert (theirs.confirmed_at, theirs.contact_name) == (None, "A. Beispiel")
    assert services.announce(competition, contact_name="C. Beispiel", person=holder, **facts) == theirs
    theirs.refresh_from_db()
    assert (theirs.confirmed_at is None, theirs.contact_name) == (False, "C. Beispiel")


@pytest.mark.once
def test_no_link_confirms_the_letter_of_another_competition(client):
    competition, other = make_competition(), make_competition()
    intent = services.record_intent(competition, applicant="A", contact_email="a@example.org")
    path = queries.confirm_path(intent)
    assert client.post(path.replace(f"/{competition.code}/", f"/{other.code}/")).status_code == 404
    assert client.post(path[:-2] + "x/").status_code == 404
    intent.refresh_from_db()
    assert intent.confirmed_at is None


@pytest.mark.once
def test_an_account_needs_no_link_and_the_office_sees_and_confirms_what_nobody_did(client, place):
    competition, *_rest, intent = place
    by_account = services.announce(competition, applicant="B", contact_email="b@example.org", person=make_person())
    assert by_account.confirmed_at
    assert not Message.objects.filter(kind="intent_link").exists()
    client.force_login(make_office(competition))
    page = client.get(url("intent_list", competition)).content.decode()
    assert page.count("online, nicht bestätigt") == 1
    assert "1 hat niemand bestätigt" in page
    assert "hat niemand bestätigt" in client.get(url("intent_show", competition, intent.code)).content.decode()
    client.post(url("intent_show", competition, intent.code), {"_confirm": "yes"})
    assert queries.funnel(competition)["intents"] == 2


def test_one_connection_announces_only_so_often_a_day(client, monkeypatch):
    limit = limits.LIMITS["outreach:intent_new"]
    assert (limit.minutes, 0 < limit.per_address <= 200, 0 < limit.per_target <= 12) == (24 * 60, True, True)
    monkeypatch.setitem(limits.LIMITS, "outreach:intent_new", replace(limit, per_address=2))
    competition = make_competition(applicant_kind=Competition.ApplicantKind.ORGANISATION)
    answers = [announce(client, competition, applicant=f"Verein {number}", contact_email=f"v{number}@example.org") for number in range(3)]
    assert [answer.status_code for answer in answers] == [302, 302, 429]
    assert "Warten Sie 24 Stunden" in answers[-1].content.decode()


def test_a_municipality_is_searched_and_chosen_without_script(client):
    body = make_municipality(name="Musterstadt")
    competition = make_competition(register_edition=body.edition)
    first = client.get(url("intent_new", competition)).content.decode()
    assert "Ihre Kommune" in first
    assert "freiwillig" not in first.split("Ihre Kommune")[1].split("</label>")[0]
    found = announce(client, competition, place="muster", _search="yes")
    page = found.content.decode()
    assert found.status_code == 200
    assert f'value="{body.key}"' in page
    assert f'value="{body.pk}"' not in page                             # a running number of the database
    assert "Ein Garten" in page                                         # nothing typed is lost
    assert not competition.letters_of_intent.exists()
    pressed = page.split('<main')[1].split('<form method="post"')[1].split("<button")[1]
    assert 'name="_enter"' in pressed                                   # Enter searches for new words, and sends what has been searched for
    searched = announce(client, competition, place="muster", searched="gar", municipality="05", _enter="yes")
    assert f'value="{body.key}"' in searched.content.decode()
    assert not competition.letters_of_intent.exists()
    assert announce(client, competition, place="muster", searched="muster", _enter="yes").status_code == 422
    assert announce(client, competition, place="muster").status_code == 422
    assert client.post(url("intent_new", competition)).status_code == 422    # nothing at all
    assert announce(client, competition, place="muster", municipality=body.key).status_code == 302
    intent = competition.letters_of_intent.get()
    assert (intent.municipality, intent.applicant, intent.land_code) == (body, "Musterstadt", "NW")


@pytest.mark.parametrize("chosen", ["999999999", "x", "1 OR 1=1", "9" * 60])
def test_a_municipality_that_is_none_is_refused(client, chosen):
    body = make_municipality()
    competition = make_competition(register_edition=body.edition)
    other = make_municipality()
    for value in (chosen, other.key, body.pk):
        assert announce(client, competition, place="", municipality=value).status_code == 422
    assert not competition.letters_of_intent.exists()


def test_after_the_date_the_form_says_so_and_takes_nothing_but_the_office_does(client):
    competition = make_competition(applicant_kind=Competition.ApplicantKind.ORGANISATION)
    competition.phases.filter(kind=Phase.Kind.LETTERS).update(ends_at=datetime(2017, 9, 15, 21, 59, 59, tzinfo=UTC))
    with clock.at(datetime(2017, 10, 1, tzinfo=UTC)):
        page = client.get(url("intent_new", competition))
        assert "<form method=\"post\" novalidate" not in page.content.decode()
        assert announce(client, competition, applicant="Verein").status_code == 403
        client.force_login(make_office(competition))
        assert client.post(url("intent_note", competition), {"channel": "post", "applicant": "Verein Spät"}).status_code == 302
    intent = competition.letters_of_intent.get()
    assert (intent.applicant, intent.channel) == ("Verein Spät", "post")


def test_the_office_ties_a_letter_to_its_entry(client, place):
    competition, *_rest, intent = place
    entry = make_entry(competition=competition, applicant="Stadt A")
    foreign = make_entry()
    client.force_login(make_office(competition))
    page = client.get(url("intent_show", competition, intent.code))
    assert page.context["candidates"] == [entry]
    assert client.post(url("intent_show", competition, intent.code), {"entry": foreign.code}).status_code == 422
    client.post(url("intent_show", competition, intent.code), {"entry": entry.code.lower()})
    intent.refresh_from_db()
    assert intent.entry == entry


def test_the_desk_names_planned_waves_and_announced_entries_near_the_deadline():
    competition = make_competition(closes=datetime(2017, 12, 31, 22, 59, 59, tzinfo=UTC))
    office = make_office(competition)
    make_wave(competition, title="Erinnerung")
    with clock.at(datetime(2017, 9, 1, tzinfo=UTC)):
        services.record_intent(competition, applicant="A", person=make_person())
        early = [task.url for task in tasks_for(office, competition)]
    with clock.at(datetime(2017, 12, 20, tzinfo=UTC)):
        late = [task.url for task in tasks_for(office, competition)]
    assert any("/waves/" in one for one in early)
    assert not any("linked=no" in one for one in early)
    assert any("linked=no" in one for one in late)
    assert tasks_for(make_person(), competition) == []


@pytest.mark.parametrize(("kind", "shown"), [("municipality", True), ("organisation", False)])
def test_lists_speak_of_land_and_key_only_where_municipalities_apply(client, place, kind, shown):
    competition = place[0]
    Competition.objects.filter(pk=competition.pk).update(applicant_kind=kind)
    client.force_login(make_office(competition))
    for name in ("address_list", "intent_list"):
        listing = client.get(url(name, competition)).context["listing"]
        assert ("land" in [column.key for column in listing.columns], "land" in listing.form.fields) == (shown, shown)
    form = client.get(url("address_new", competition)).context["form"]
    assert ("municipality_key" in form.fields) is shown
    client.post(url("address_new", competition), {"category": "vereine", "name": "Verein Nord", "email": "nord@example.org"})
    assert competition.addresses.filter(name="Verein Nord").exists()


def test_a_letter_of_intent_counts_by_the_day_on_which_it_came(client):
    competition = make_competition()
    ends = datetime(2017, 9, 15, 21, 59, 59, tzinfo=UTC)
    competition.phases.filter(kind=Phase.Kind.LETTERS).update(starts_at=datetime(2017, 6, 1, tzinfo=UTC), ends_at=ends)
    client.force_login(make_office(competition))
    with clock.at(datetime(2017, 9, 20, 9, tzinfo=UTC)):
        for day, name in (("2017-09-15", "Verein Pünktlich"), ("2017-09-16", "Verein Spät")):
            facts = {"channel": "email", "applicant": name, "received_on": day}
            assert client.post(url("intent_note", competition), facts).status_code == 302
        future = client.post(url("intent_note", competition), {"channel": "post", "applicant": "Verein X", "received_on": "2017-09-21"})
        assert future.status_code == 422
        page = client.get(url("intent_list", competition)).content.decode()
        late = competition.letters_of_intent.get(applicant="Verein Spät")
        assert "nach dem Termin" in client.get(url("intent_show", competition, late.code)).content.decode()
    assert page.count("verspätet") == 1
    assert [one.received_at.astimezone(UTC).day for one in competition.letters_of_intent.order_by("received_at")] == [15, 16]


def test_one_entry_of_one_municipality_is_told_in_the_singular():
    competition = make_competition(applicant_kind="municipality")
    make_entry(competition=competition, municipality=make_municipality(), land_code="NW")

    with translation.override("de"):
        assert apart_in_words(competition).startswith("Beiträge sind nicht Kommunen: 1 Beitrag wurde von 1 Kommune eingereicht;")


def test_entries_and_municipalities_are_counted_apart_in_the_funnel(client):
    competition = make_competition()
    town = make_municipality()
    for number in range(2):
        make_entry(competition=competition, municipality=town, land_code="NW", title=f"Vorhaben {number}")
    for _number in range(2):
        make_entry(competition=competition, applicant="Nicht aufgeführt", is_unlisted=True, land_code="NW")
    make_entry(competition=competition, state="draft", land_code="NW")
    assert queries.applicants_in(competition) == {"received": 3, "admitted": 0}
    row = next(row for row in queries.funnel_by(competition, "land") if row["key"] == "NW")
    assert (row["drafts"], row["received"], row["received_from"]) == (5, 4, 3)
    client.force_login(make_office(competition))
    page = client.get(url("funnel_show", competition)).content.decode()
    assert "4 Beiträge wurden von 3 Kommunen eingereicht" in page or "4 Beiträge wurden von 3 Bewerbern eingereicht" in page


def test_whoever_chooses_a_letter_reads_its_subject_as_it_is_sent_in_its_language(client):
    competition = make_competition(languages=["de", "en"], title={"de": "Gärten", "en": "Gardens"})
    letter = make_letter(competition)
    make_letter(competition, language="en", subject="Apply: {{ competition.title }}, {{ address.name }}")
    make_letter(competition, subject="Falsch: {{ competition.unknown }}")
    make_wave(competition, letter=letter)
    client.force_login(make_office(competition))

    pages = [client.get(url(name, competition), headers={"accept-language": "en"}).content.decode() for name in ("wave_new", "wave_list")]

    for page in pages:
        assert "Einladung: Gärten" in page
        assert "competition.title" not in page
        assert re.search(r'lang="de"[^>]*>[^<]*Einladung: Gärten', page)
    assert re.search(r">\s*Apply: Gardens, Musterstadt", pages[0])
    assert "Falsch: {{ competition.unknown }}" in pages[0]
