"""Inside a part each field is closed and opened by itself: single answers, and lines of the address."""

import re
from dataclasses import replace

import pytest
from django.db import IntegrityError, connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.editions import attest, services
from lorbeer.editions.dataset import collect
from lorbeer.editions.fields import closed_fields, fields_of, open_parts
from lorbeer.editions.models import Release
from lorbeer.editions.queries import Standing, facts_of, publications, shown_at_once, waiting_for_release
from lorbeer.editions.tests.factories import (
    FIELDS,
    FORM,
    YES_NO,
    announce,
    make_call,
    make_edition,
    make_entry,
    make_person,
    make_role,
)
from lorbeer.intake.queries import document_or_none
from lorbeer.people.models import Role
from lorbeer.questionnaire.definition import Question, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.shared.models import LogEvent, Message
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
CONTACT = {"amt": "Grünflächenamt", "strasse": "Gartenweg 1", "plz": "12345", "ort": "Musterort", "web": "www.beispielstadt.de"}
MORE = (
    # Asked only of those who have a concept, and its last option possible only where the field of action is sport.
    Question("q2", Type.SINGLE, Localized(de="Wurde das Konzept beschlossen?"), list_name="yes_no", choices=YES_NO, publishable=True,
             relevant="${q1} = 'ja'"),
    Question("amt", Type.TEXT, Localized(de="Amt"), role="office"), Question("strasse", Type.TEXT, Localized(de="Straße"), role="street"),
    Question("plz", Type.TEXT, Localized(de="PLZ"), role="postcode"), Question("ort", Type.TEXT, Localized(de="Ort"), role="town"),
    Question("web", Type.TEXT, Localized(de="Website"), role="website"),
)


def make_wide_call(**facts):
    competition = make_call(**facts)
    (section,) = FORM.sections
    publish(add_version(competition, replace(FORM, sections=(replace(section, items=(*section.items, *MORE)),))))
    return competition


@pytest.fixture
def person(db):
    return make_person(name="Erika Muster")


@pytest.fixture
def entry(person):
    return make_entry(make_wide_call(), by=person, answers=CONTACT | {"q2": "nein", "felder": ["sport", "kultur"]})


def tab(entry, name="publication"):
    return reverse("entries:entry_tab", args=[entry.competition.code, entry.code, name])


def send(client, entry, **changed):
    """Send the form as the page shows it, but for what is `changed`."""
    address = reverse("editions:entry_release", args=[entry.competition.code, entry.code])
    form = client.get(tab(entry)).content.decode().partition(f'action="{address}"')[2].partition("</form>")[0]
    sent = {"shown": re.search(r'name="shown" value="([^"]*)"', form)[1]}
    for name, value in re.findall(r'type="checkbox" id="[^"]*" name="([^"]*)" value="([^"]*)" checked', form):
        sent.setdefault(name, []).append(value)
    return client.post(address, sent | changed, follow=True)


def told(entry):
    """What the dataset holds of the entry now."""
    return next(one for one in collect(entry.competition).facts["entries"] if one["code"] == entry.code)


def test_a_single_answer_is_closed_at_once_and_the_others_stay(client, entry, person):
    edition = make_edition(entry.competition)
    client.force_login(person)

    answer = send(client, entry, answers=["answers/q1", "answers/q2"])

    assert closed_fields(entry.releases.all()) == {"answers/felder"}
    assert "Zurückgenommen: Antworten aus dem Fragebogen: Handlungsfelder." in answer.content.decode()
    (facts,) = facts_of(edition)["entries"]
    assert facts["answers"] == {"q1": "ja", "q2": "nein"}
    assert facts["abstract"]
    assert told(entry)["answers"] == {"q1": "ja", "q2": "nein"}

    assert "zeigen es sofort: Antworten aus dem Fragebogen: Handlungsfelder" in send(
        client, entry, answers=["answers/q1", "answers/q2", "answers/felder"]).content.decode()
    assert facts_of(edition)["entries"][0]["answers"]["felder"] == ["sport", "kultur"]
    assert send(client, entry).content.decode().count("Es wurde nichts geändert.") == 1


@pytest.mark.parametrize(("closed", "gone"), [
    ("office", {"office"}), ("address", {"street", "postcode", "town"}), ("website", {"website"})])
def test_of_the_address_the_office_its_postal_address_and_the_website_close_one_by_one(client, entry, person, closed, gone):
    edition = make_edition(entry.competition)
    client.force_login(person)

    send(client, entry, contact=[f"contact/{one}" for one in ("office", "address", "website") if one != closed])

    for facts in (facts_of(edition)["entries"][0], told(entry)):
        assert {"office", "street", "postcode", "town", "website"} - set(facts) == gone


def test_what_was_never_open_is_in_no_edition_and_the_announcement_opens_the_rest(client, person):
    competition = make_wide_call(announced=False)
    entry = make_entry(competition, by=person, released=False, answers=CONTACT | {"q2": "nein"})
    client.force_login(person)

    answer = send(client, entry, answers=["answers/q1", "answers/q2"], contact=["contact/address"])

    assert "Bleibt geschlossen: die Anschrift: Amt oder Abteilung, die Anschrift: Website, " in answer.content.decode()
    assert [(one.standing, one.open_parts) for one in publications(competition)] == [(Standing.WAITING, 0)]
    assert waiting_for_release(competition, 1) == [entry]
    services.release_announced(announce(competition))
    assert [(one.standing, one.open_parts, one.closed_fields) for one in publications(competition)] == [(Standing.RELEASED, 5, 3)]
    dataset = collect(competition)
    assert dataset.facts["entries"][0]["answers"] == {"q1": "ja", "q2": "nein"}
    facts = str(dataset.facts)
    assert ["Gartenweg" in facts, "Grünflächenamt" in facts, "beispielstadt" in facts, "sport" in facts] == [True, False, False, False]


def test_a_closed_field_stays_closed_when_its_part_is_taken_back_and_opened_again(client, entry, person):
    client.force_login(person)
    send(client, entry, answers=["answers/q1", "answers/q2"])

    send(client, entry, parts=["entry", "abstract"])
    send(client, entry, parts=["entry", "answers"])

    assert told(entry)["answers"] == {"q1": "ja", "q2": "nein"}
    services.withdraw_consent(entry, by=person)
    assert told_of_nobody(entry)
    send(client, entry, parts=["entry", "answers"])
    assert told(entry)["answers"] == {"q1": "ja", "q2": "nein"}


def told_of_nobody(entry):
    return entry.code not in collect(entry.competition).canonical


def test_an_answer_that_would_give_another_one_away_closes_and_opens_with_it(client, entry, person):
    """Who was asked whether the concept was decided on has one."""
    client.force_login(person)

    send(client, entry, answers=["answers/q2", "answers/felder"])
    assert closed_fields(entry.releases.all()) == {"answers/q1", "answers/q2"}
    send(client, entry, answers=["answers/q2", "answers/felder"])       # as long as the other one is closed
    assert closed_fields(entry.releases.all()) == {"answers/q1", "answers/q2"}

    send(client, entry, answers=["answers/q1", "answers/q2", "answers/felder"])
    assert closed_fields(entry.releases.all()) == set()
    send(client, entry, answers=["answers/q1", "answers/felder"])
    assert closed_fields(entry.releases.all()) == {"answers/q2"}


def test_nor_is_it_told_by_a_line_of_the_address_that_only_some_are_asked_for(client, person):
    competition = make_call()
    (section,) = FORM.sections
    website = Question("web", Type.TEXT, Localized(de="Website"), role="website", relevant="${q1} = 'ja'")
    publish(add_version(competition, replace(FORM, sections=(replace(section, items=(*section.items, website)),))))
    entry = make_entry(competition, by=person, answers={"web": "www.beispielstadt.de"})
    client.force_login(person)

    send(client, entry, answers=["answers/felder"])

    assert closed_fields(entry.releases.all()) == {"answers/q1", "contact/website"}
    assert "beispielstadt" not in str(told(entry))


def test_nor_is_a_line_of_the_address_told_by_an_answer_that_only_those_give_who_have_one(client, person):
    competition = make_call()
    (section,) = FORM.sections
    asked = Question("q9", Type.SINGLE, Localized(de="Barrierefrei?"), list_name="yes_no", choices=YES_NO, publishable=True,
                     relevant="${web} != ''")
    items = (*section.items, Question("web", Type.TEXT, Localized(de="Website"), role="website"), asked)
    publish(add_version(competition, replace(FORM, sections=(replace(section, items=items),))))
    entry = make_entry(competition, by=person, answers={"web": "www.beispielstadt.de", "q9": "ja"})
    client.force_login(person)

    send(client, entry, contact=[])

    assert closed_fields(entry.releases.all()) == {"contact/website", "answers/q9"}


def test_nor_by_a_question_that_only_a_later_entry_form_asks(client, person):
    competition = make_call()
    entry = make_entry(competition, by=person)
    client.force_login(person)
    send(client, entry, answers=["answers/felder"])
    (section,) = FORM.sections
    publish(add_version(competition, replace(FORM, sections=(replace(section, items=(*section.items, MORE[0])),))))
    later = make_entry(competition, by=person, answers={"q2": "nein"})
    entry.submissions.update(is_accepted=False)
    later.submissions.update(entry=entry, number=2)                     # as when it was opened again and sent anew

    assert told(entry)["answers"] == {"felder": ["sport"]}
    assert client.get(tab(entry)).content.decode().count("2 geschlossen") == 1


def test_that_a_question_was_not_asked_tells_as_much_and_closes_and_opens_unseen(client, person):
    entry = make_entry(make_wide_call(), by=person, answers={"q1": "nein"})
    client.force_login(person)
    assert "answers/q2" not in client.get(tab(entry)).content.decode()

    send(client, entry, answers=["answers/felder"])
    assert told(entry)["answers"] == {"felder": ["sport"]}
    send(client, entry, answers=["answers/q1", "answers/felder"])

    assert told(entry)["answers"] == {"q1": "nein", "q2": None, "felder": ["sport"]}


def test_a_page_that_was_opened_before_opens_nothing_again(client, entry, person):
    """What the office has closed meanwhile stays closed, whatever an older page shows as ticked."""
    client.force_login(person)
    shown = {"shown": "entry abstract answers contact answers/q1 answers/felder", "parts": ["entry", "abstract", "answers", "contact"]}
    services.revoke(entry, ["contact", "answers/felder"], by=None)

    client.post(reverse("editions:entry_release", args=[entry.competition.code, entry.code]),
                shown | {"answers": ["answers/felder"], "contact": []})

    assert closed_fields(entry.releases.all()) == {"answers/felder", "answers/q1", "answers/q2"}
    assert "contact" not in set(entry.releases.filter(revoked_at=None).values_list("part", flat=True))


SHOWN = "entry abstract pictures contact answers/q1 answers/felder answers/q2 contact/office contact/address contact/website"
TICKED = {"answers": ["answers/q1", "answers/felder", "answers/q2"], "contact": ["contact/office", "contact/address", "contact/website"]}


def test_with_the_entry_itself_all_closes_also_what_another_page_has_opened_meanwhile(client, entry, person):
    client.force_login(person)
    address = reverse("editions:entry_release", args=[entry.competition.code, entry.code])

    client.post(address, {"shown": SHOWN, "parts": ["abstract", "pictures", "contact"]} | TICKED)      # knows nothing of the open answers
    assert open_parts(entry.releases.all()) == set()

    refused = client.post(address, {"shown": SHOWN, "parts": ["entry", "abstract", "pictures", "contact", "answers"]} | TICKED)
    assert (refused.status_code, open_parts(entry.releases.all())) == (403, set())
    assert "wurde inzwischen zurückgenommen" in refused.content.decode()


def test_what_is_sent_twice_is_said_once_and_told_by_one_mail(client, entry):
    client.force_login(make_role(entry.competition, Role.Kind.OFFICE).person)
    address = reverse("editions:entry_release", args=[entry.competition.code, entry.code])
    sent = {"shown": f"{SHOWN} answers", "parts": ["entry", "abstract", "pictures", "contact"]} | TICKED

    first, second = (client.post(address, sent, follow=True).content.decode() for _time in range(2))

    assert ["Zurückgenommen: Antworten" in first, "Zurückgenommen: Antworten" in second] == [True, False]
    assert Message.objects.filter(kind="publication").count() == 1


def test_a_field_of_a_part_that_is_closed_is_not_called_public(client, entry, person):
    make_edition(entry.competition)
    services.revoke(entry, ["answers", "answers/felder"], by=person)
    client.force_login(person)

    page = send(client, entry, answers=["answers/q1", "answers/q2", "answers/felder"]).content.decode()

    assert "Nicht mehr einzeln geschlossen: Antworten aus dem Fragebogen: Handlungsfelder." in page
    assert "zeigen es sofort" not in page


def test_who_ticks_what_would_give_another_one_away_is_told_so(client, entry, person):
    client.force_login(person)
    send(client, entry, answers=["answers/felder"])

    page = send(client, entry, answers=["answers/q2", "answers/felder"]).content.decode()

    assert "Weiterhin geschlossen: Antworten aus dem Fragebogen: Wurde das Konzept beschlossen?" in page
    assert "Es wurde nichts geändert" not in page


def test_what_no_page_sends_as_shown_is_refused(client, entry, person):
    client.force_login(person)
    answer = client.post(reverse("editions:entry_release", args=[entry.competition.code, entry.code]), {"shown": "\x00", "parts": ["entry"]})
    assert answer.status_code == 422
    assert len(open_parts(entry.releases.all())) == 5


def test_the_office_closes_and_opens_with_a_written_consent_only_and_the_applicant_hears_of_both(client, entry):
    client.force_login(make_role(entry.competition, Role.Kind.OFFICE).person)
    ticked = ["answers/q1", "answers/q2", "answers/felder"]

    send(client, entry, answers=ticked[:2])
    refused = send(client, entry, answers=ticked)
    assert closed_fields(entry.releases.all()) == {"answers/felder"}
    opened = send(client, entry, answers=ticked, written_consent="Brief von Frau Muster vom 3. März")

    assert [refused.status_code, opened.status_code] == [422, 200]
    assert closed_fields(entry.releases.all()) == set()
    assert entry.releases.get(field="felder", revoked_at=None).written_consent == "Brief von Frau Muster vom 3. März"
    closed_mail, opened_mail = Message.objects.filter(kind="publication").order_by("pk")
    assert "Zurückgenommen: Antworten aus dem Fragebogen: Handlungsfelder" in closed_mail.body
    assert "Freigegeben: Antworten aus dem Fragebogen: Handlungsfelder" in opened_mail.body


def test_consent_opens_parts_and_never_a_field_that_was_closed(entry, person):
    services.revoke(entry, ["answers", "answers/felder"], by=person)

    services.release_as_consented([entry], by=None)
    services.release(entry, ["answers"], by=person)

    assert set(told(entry)["answers"]) == {"q1", "q2"}


def test_to_tick_nothing_is_an_answer_so_that_nothing_is_called_optional(client, entry, person):
    client.force_login(person)

    assert "freiwillig" not in client.get(tab(entry)).content.decode().partition("entry_release")[0]


def test_history_and_log_say_which_field_and_the_tables_are_as_the_log_says(client, entry, person):
    client.force_login(person)
    send(client, entry, answers=["answers/q1", "answers/q2"])
    send(client, entry, answers=["answers/q1", "answers/q2", "answers/felder"])
    send(client, entry, answers=["answers/q1", "answers/felder"], contact=["contact/office"])

    page = client.get(tab(entry, "history")).content.decode()
    assert "zurückgenommen: Antworten aus dem Fragebogen: Handlungsfelder" in page
    assert "freigegeben: Antworten aus dem Fragebogen: Handlungsfelder" in page
    events = LogEvent.objects.filter(verb__in=["entry.release", "entry.revoke"], detail__field__isnull=False).order_by("pk")
    assert [(one.verb, one.detail["part"], one.detail["field"]) for one in events] == [
        ("entry.revoke", "answers", "felder"), ("entry.release", "answers", "felder"), ("entry.revoke", "answers", "q2"),
        ("entry.revoke", "contact", "address"), ("entry.revoke", "contact", "website")]
    assert list(attest.releases()) == []
    entry.releases.filter(field="q2").update(field="q1")
    assert {fault.table for fault in attest.releases()} == {"editions_release"}


def test_nobody_closes_what_is_no_field(client, entry, person):
    client.force_login(person)

    answer = send(client, entry, answers=["answers/bemerkung"])

    assert (answer.status_code, "3 geschlossen" in answer.content.decode()) == (422, True)
    assert services.change(entry, [], ["answers/bemerkung", "pictures/x", "contact/person"], by=person) == ([], [])
    assert not entry.releases.exclude(field="").exists()


def test_fields_are_what_the_public_reads_of_an_entry_and_no_personal_data(entry):
    fields = fields_of(document_or_none(entry))

    assert {name: one.value for name, one in fields.items()} == {
        "contact/office": "Grünflächenamt", "contact/address": "Gartenweg 1, 12345 Musterort", "contact/website": "www.beispielstadt.de",
        "answers/q1": "ja", "answers/felder": "Sport; Kultur", "answers/q2": "nein"}
    assert {choice.code for choice in FIELDS} == {"sport", "kultur"}


def test_what_the_edition_holds_of_a_field_decides_when_it_shows(entry, person):
    services.revoke(entry, ["answers/felder"], by=person)
    make_edition(entry.competition)
    services.revoke(entry, ["answers/q2"], by=person)

    assert shown_at_once(entry, ["answers/felder", "answers/q2", "contact/office"]) == {"answers/q2", "contact/office"}


def test_who_only_reads_sees_what_is_closed_and_nothing_to_choose(client, entry, person):
    services.revoke(entry, ["answers/felder", "contact/website"], by=person)
    client.force_login(make_role(entry.competition, Role.Kind.SPONSOR).person)

    page = client.get(tab(entry)).content.decode()

    assert [page.count("Einzeln geschlossen"), "Handlungsfelder" in page, "type=\"checkbox\"" in page] == [2, True, False]
    assert "Die Antworten auf 2 Fragen" in page                         # of three, as the list beside it says
    services.revoke(entry, ["answers/q2"], by=person)
    assert "Die Antwort auf 1 Frage mit" in client.get(tab(entry)).content.decode()


@pytest.mark.once
def test_page_and_list_cost_the_same_queries_with_closed_fields(client, entry, person):
    client.force_login(person)

    def cost():
        with CaptureQueriesContext(connection) as queries:
            client.get(tab(entry))
        with CaptureQueriesContext(connection) as more:
            publications(entry.competition)
            collect(entry.competition)
        return len(queries), len(more)

    client.get(tab(entry))
    before = cost()
    services.revoke(entry, ["answers/felder", "contact/website"], by=person)
    assert cost() == before


def test_the_database_keeps_fields_of_no_other_part(entry):
    with pytest.raises(IntegrityError):
        Release.objects.create(entry=entry, part="entry", field="title")
