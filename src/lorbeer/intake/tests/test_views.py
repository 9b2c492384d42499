"""The pages of applicants and office: walls, promises at the deadline, constant query counts."""

import html
import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from PIL import Image
from pypdf import PdfReader

from lorbeer.call.models import Phase
from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.models import Bias, Entry, State
from lorbeer.entries.services import accept_invitation, invite_co_editor
from lorbeer.intake import queries, services
from lorbeer.intake.models import Arrival, DraftAnswer, DraftAnswerRevision, Submission
from lorbeer.intake.tests.factories import (
    COMPLETE,
    FORM,
    OPEN,
    make_arrival,
    make_call,
    make_contributor,
    make_draft,
    make_office,
    make_person,
    make_role,
    make_submission,
)
from lorbeer.intake.tests.test_services import CLOSES, PDF, waiting_for_a_choice
from lorbeer.intake.views.beginning import what_follows
from lorbeer.intake.views.finding import sealed_numbers, token_of
from lorbeer.questionnaire.definition import Limits, Question, Repeat, Section, Type
from lorbeer.questionnaire.forms import MARKER, digest_of
from lorbeer.questionnaire.forms.showing import measure
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.questionnaire.tests.factories import make_question
from lorbeer.register.tests.factories import make_edition, make_municipality
from lorbeer.shared import clock
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.errors import Refused
from lorbeer.shared.keeping import MOST_WAITING, PAGE
from lorbeer.shared.limits import LIMITS, Limit
from lorbeer.shared.models import LogEvent, Message, StoredFile
from lorbeer.shared.tests.test_files import png_of_size
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def while_open():
    with clock.at(OPEN):
        yield


def picture(kind="PNG"):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "green").save(out, kind)
    return out.getvalue()


BOMB = png_of_size(30_000, 30_000)


def signed_in(person):
    client = Client()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    return client


def at(name, entry, *more):
    return reverse(f"intake:{name}", args=[entry.competition.code, entry.code, *more])


def writer_of(draft):
    return draft.entry.contributors.get(is_contact=True).person


OWN_PAGES = ["entry_show", "conflict_list", "draft_fill", "draft_form_pdf", "entry_check", "entry_preview",
             "entry_preview_pdf", "entry_submit", "entry_withdraw", "contributor_list"]


@pytest.mark.parametrize("name", OWN_PAGES)
def test_strangers_find_no_page_of_a_draft(name):
    draft = make_draft(answers={"title": "Geheim"})

    for person in (make_person(), make_role(make_call(), "office").person):
        assert signed_in(person).get(at(name, draft.entry)).status_code == 404
    assert Client().get(at(name, draft.entry)).status_code == 302


@pytest.mark.parametrize("name", OWN_PAGES)
def test_the_office_learns_why_it_cannot_read_a_draft(name):
    draft = make_draft(answers={"title": "Geheim"})

    answer = signed_in(make_office(draft.entry.competition)).get(at(name, draft.entry))

    assert answer.status_code == 403
    assert "Geheim" not in answer.content.decode()


def test_the_file_of_a_draft_hides_its_title_from_the_office():
    draft = make_draft(answers={**COMPLETE, "title": "Geheim"})
    competition = draft.entry.competition
    office = signed_in(make_office(competition))

    for url in (reverse("entries:entry_list", args=[competition.code]),
                reverse("entries:entry_show", args=[competition.code, draft.entry.code]),
                reverse("entries:entry_tab", args=[competition.code, draft.entry.code, "content"]),
                reverse("entries:entry_list", args=[competition.code]) + "?format=csv"):
        answer = office.get(url)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        assert answer.status_code == 200
        assert draft.entry.code in text.decode()
        assert "Geheim" not in text.decode()
    found = office.get(reverse("entries:entry_list", args=[competition.code]), {"q": "Geheim"})
    assert draft.entry.code not in found.content.decode()


def test_a_name_that_a_city_and_a_kreis_bear_is_asked_back():
    edition = make_edition()
    for key, name, status, people in (
        ("09162000", "München, Landeshauptstadt", "kreisfrei", 1_484_226), ("09184", "München", "landkreis", 350_000),
        ("11000000", "Berlin, Stadt", "stadtstaat", 3_669_491), ("16061000", "Berlingerode", "kreisangehoerig", 1_100),
    ):
        make_municipality(edition, key=key, name=name, legal_status=status, population=people)
    competition = make_call(applicant_kind="municipality", register_edition=edition)
    client, url = signed_in(make_person()), reverse("intake:entry_start", args=[competition.code])

    asked = client.post(url, {"applicant": "München"})
    page = " ".join(asked.content.decode().split())
    assert (asked.status_code, Entry.objects.count()) == (422, 0)
    assert 'name="chosen"' in page
    assert 'value="09162000"' in page
    assert 'value="09184"' in page
    assert "1.484.226 Einwohner" in page
    assert 'value="none"' not in page

    client.post(url, {"applicant": "München", "chosen": "09162000"})
    assert Entry.objects.get().municipality.key == "09162000"
    client.post(url, {"applicant": "berlin"})
    assert Entry.objects.filter(municipality__key="11000000").count() == 1
    assert client.post(url, {"applicant": "Berlinger"}).status_code == 422      # one alone contains it, and is not called so
    assert client.post(url, {"applicant": "Berlinger", "chosen": "09184"}).status_code == 422
    client.post(url, {"applicant": "Berlinger", "chosen": "none"})
    assert Entry.objects.get(applicant="Berlinger").municipality is None


@pytest.mark.parametrize("is_extract", [True, False])
def test_a_municipality_that_nobody_knows_is_said_at_the_start_and_what_was_typed_stands_beside_its_question(is_extract):
    edition = make_edition(is_extract=is_extract)
    make_municipality(edition, key="11000000", name="Berlin, Stadt")
    competition = make_competition(applicant_kind="municipality", register_edition=edition)
    publish(add_version(competition, replace(FORM, sections=(Section("where", Localized(de="Ort"), items=(
        Question("place", Type.MUNICIPALITY, Localized(de="Kommune"), role="municipality", required="yes"),)), *FORM.sections))))
    client, url = signed_in(make_person()), reverse("intake:entry_start", args=[competition.code])

    asked = client.post(url, {"applicant": "Potsdam"})
    page = asked.content.decode()
    assert (asked.status_code, Entry.objects.count(), "Wettbewerbsbüro" in page, "Auszug aus dem" in page) == (422, 0, True, is_extract)
    assert 'value="Potsdam"' in page

    client.post(url, {"applicant": "Potsdam", "chosen": "none"})
    entry = Entry.objects.get()
    assert (entry.applicant, entry.municipality) == ("Potsdam", None)
    section = client.get(at("section_edit", entry, "where")).content.decode()
    assert 'value="Potsdam"' in section
    assert ("Auszug aus dem" in section, "so schreiben Sie dem Wettbewerbsbüro" in section) == (is_extract, True)


def test_the_start_invites_to_paper_only_while_entries_are_taken_and_says_what_is_missing_in_words_of_the_house():
    competition = make_call(closes=CLOSES, office_address="Musterweg 1")
    client, url = signed_in(make_person()), reverse("intake:entry_start", args=[competition.code])

    with clock.at(OPEN):
        assert "Lieber auf Papier?" in client.get(url).content.decode()
        page = client.post(url, {"applicant": ""}).content.decode()
        assert "Bitte sagen Sie, wer sich bewirbt." in page
        assert "Bitte füllen Sie" not in page
    with clock.at(CLOSES + timedelta(minutes=1)):
        assert "Lieber auf Papier?" not in client.get(url).content.decode()


def test_an_applicant_goes_from_the_start_to_the_receipt_without_javascript():
    competition, person = make_call(), make_person()
    client = signed_in(person)

    begun = client.post(reverse("intake:entry_start", args=[competition.code]), {"applicant": "Verein Muster"})
    entry = Entry.objects.get()
    assert begun.url == at("entry_show", entry)
    client.post(at("section_edit", entry, "basics"), {"title": "Ein Garten", "agreed": "yes"})
    assert queries.draft_answers(entry.draft)["agreed", 0] == "yes"
    assert "partner_name" in client.get(at("section_edit", entry, "basics")).content.decode()
    client.post(at("section_edit", entry, "basics"), {"partner_name": "Nachbarn"})
    client.post(at("section_edit", entry, "text"), {"abstract": "Wir graben um."})
    assert client.get(at("entry_submit", entry)).status_code == 200
    sent = client.post(at("entry_submit", entry), {"number": "1"})
    submission = Submission.objects.get()
    assert sent.url == at("receipt_show", entry, submission.receipt_number)
    page = client.get(sent.url).content.decode()
    assert submission.sha256 in page
    assert "11:30:00 Uhr (MESZ)" in page
    assert client.post(at("entry_submit", entry), {"number": "1"}).url == sent.url
    assert client.post(at("entry_submit", entry), {"number": "²"}).status_code < 500
    assert client.get(at("entry_submit", entry)).url == sent.url        # unchanged: nothing to submit again


def test_no_browser_lets_two_tabs_of_a_section_pass_for_one_page():
    """Firefox puts what a script has written into hidden fields back into a page opened anew, and into a tab that was doubled."""
    draft = make_draft()
    page = signed_in(draft.entry.contributors.get().person).get(at("section_edit", draft.entry, "basics")).content.decode()
    for name in (PAGE, MARKER):
        assert 'autocomplete="off"' in re.search(rf'<input type="hidden" name="{name}"[^>]*>', page)[0]


def test_what_one_has_typed_is_not_saved_by_a_button_in_the_name_of_another_who_has_signed_in_since():
    draft = make_draft(answers={"title": "Anfang"})
    anna, bob = writer_of(draft), make_contributor(draft.entry, make_person()).person
    address = at("section_edit", draft.entry, "basics")
    page = signed_in(anna).get(address).content.decode()
    sent = {"title": "Von Anna", "_asked": ["title:0:1:000000000000"], "_of": re.search(r'name="_of" value="([^"]+)"', page)[1]}

    refused = signed_in(bob).post(address, sent)
    assert (refused.status_code, "Von Anna" in refused.content.decode()) == (403, False)
    assert queries.draft_answers(draft)["title", 0] == "Anfang"
    assert signed_in(anna).post(address, sent).status_code == 302
    assert queries.draft_answers(draft)["title", 0] == "Von Anna"


def test_what_nobody_can_read_is_not_shown_again_where_its_page_had_answered_by_the_time_it_came():
    draft = make_draft()
    anna = writer_of(draft)
    for turn, text in ((2, "300"), (1, "dreihun"), (3, "vierhundert")):
        signed_in(anna).post(at("section_keep", draft.entry, "rest"), {
            "amount": text, "_asked": ["amount:0:0:000000000000"], PAGE: f"P:{turn}"}, headers={"accept": "application/json"})
        assert queries.draft_answers(draft)["amount", 0] == 300
        assert queries.unread_texts(draft, anna) == ({"amount": text} if turn == 3 else {})


def test_a_second_tab_with_an_older_page_is_told_that_the_changes_were_not_sent():
    submission = make_submission()
    entry, client = submission.entry, signed_in(submission.submitted_by)
    services.save_answer(entry.draft, "title", 0, "Später geändert", by=submission.submitted_by)

    answer = client.post(at("entry_submit", entry), {"number": "1"}, follow=True)

    assert answer.redirect_chain[-1][0] == at("entry_submit", entry)
    assert "Die Änderungen sind nicht gesendet" in answer.content.decode()
    assert Submission.objects.count() == 1


def test_what_a_colleague_changed_since_the_page_was_opened_is_shown_before_it_is_frozen():
    draft = make_draft(answers=COMPLETE)
    client, colleague = signed_in(writer_of(draft)), make_contributor(draft.entry).person
    shown = re.findall(r'name="(number|shown)" value="(\w+)"', client.get(at("entry_submit", draft.entry)).content.decode())
    services.save_answer(draft, "title", 0, "Ein anderer Titel", by=colleague)

    answer = client.post(at("entry_submit", draft.entry), dict(shown), follow=True)

    assert answer.redirect_chain[-1][0] == at("entry_submit", draft.entry)
    assert "Ein anderer Titel" in (page := answer.content.decode())
    assert "nichts gesendet" in page
    assert not Submission.objects.exists()
    client.post(at("entry_submit", draft.entry), dict(re.findall(r'name="(number|shown)" value="(\w+)"', page)))
    assert Submission.objects.get().sha256 == services.digest_of_answers(draft)


def test_a_page_for_withdrawing_takes_back_no_submission_that_was_made_meanwhile():
    draft = make_draft(answers=COMPLETE)
    client = signed_in(writer_of(draft))
    assert 'name="receipt"' in client.get(at("entry_withdraw", draft.entry)).content.decode()
    submission = services.submit(draft.entry, by=writer_of(draft))

    asked = client.post(at("entry_withdraw", draft.entry), {"reason": "Zu knapp", "receipt": ""})

    page = asked.content.decode()
    assert (asked.status_code, Entry.objects.get().state) == (422, State.SUBMITTED)
    assert f"(Eingangsbestätigung {submission.receipt_number})" in page
    assert "Zu knapp" in page
    assert f'name="receipt" value="{submission.receipt_number}"' in page
    client.post(at("entry_withdraw", draft.entry), {"reason": "Zu knapp", "receipt": submission.receipt_number})
    assert Entry.objects.get().state == State.WITHDRAWN


def test_an_excluded_entry_is_nowhere_said_to_count():
    submission = make_submission(make_call(closes=CLOSES))
    client, entry = signed_in(submission.submitted_by), submission.entry
    addresses = [at("entry_show", entry), at("receipt_show", entry, submission.receipt_number)]
    assert all("zählt" in client.get(address).content.decode() for address in addresses)
    Arrival.objects.update(timeliness="late")
    assert all("Das Büro entscheidet" in client.get(address).content.decode() for address in addresses)
    Arrival.objects.update(timeliness="in_time")
    Entry.objects.update(state=State.INADMISSIBLE)
    for address in addresses:
        page = client.get(address).content.decode()
        assert ("ausgeschlossen" in page, re.findall(r"[^.>]*zählt\b[^<]*", page)) == (True, [])
    assert "nein, ausgeschlossen" in client.get(addresses[0]).content.decode()


def test_nobody_is_told_of_changes_where_the_office_keyed_in_what_came_earlier():
    competition, person = make_call(), make_person()
    office = make_office(competition)
    arrival = make_arrival(competition, sender="Verein Nord")
    with clock.at(OPEN + timedelta(days=1)):
        draft = services.start_key_in(arrival, by=office)
        services.fill_draft(draft, COMPLETE, by=office)
        services.submit_keyed(draft.entry, by=office)
        make_contributor(draft.entry, person)
    client = signed_in(person)
    assert "seitdem etwas geändert" not in client.get(at("entry_show", draft.entry)).content.decode()
    with clock.at(OPEN + timedelta(days=2)):
        services.save_answer(draft, "title", 0, "Anders", by=None)
    assert "seitdem etwas geändert" in client.get(at("entry_show", draft.entry)).content.decode()


def test_an_incomplete_entry_leads_to_the_check_which_links_each_gap():
    draft = make_draft(answers={"title": "Nur ein Titel"})
    client = signed_in(writer_of(draft))

    assert client.post(at("entry_submit", draft.entry), {"number": "1"}).url == at("entry_check", draft.entry)
    page = client.get(at("entry_check", draft.entry)).content.decode()
    assert f"{at('section_edit', draft.entry, 'text')}?check=1#b-abstract" in page
    assert Submission.objects.count() == 0


def test_what_is_typed_when_the_deadline_passes_is_saved_and_the_page_says_what_counts():
    draft = make_draft(make_call(closes=CLOSES), answers=COMPLETE)
    client = signed_in(writer_of(draft))

    with clock.at(CLOSES + timedelta(minutes=1)):
        client.post(at("section_edit", draft.entry, "text"), {"abstract": "In letzter Minute."})
        page = client.get(at("section_edit", draft.entry, "text")).content.decode()
        refused = client.post(at("entry_submit", draft.entry), {"number": "1"})

    assert "In letzter Minute." in page
    assert "23:59:59" in page
    assert refused.status_code == 403
    assert (Entry.objects.get().state, Submission.objects.count()) == (State.DRAFT, 0)


def test_after_the_deadline_only_those_whose_words_are_not_in_are_told_that_it_is_too_late():
    competition = make_call(closes=CLOSES)
    late, in_time = make_draft(competition, answers=COMPLETE), make_submission(competition, by=make_person())

    with clock.at(CLOSES + timedelta(minutes=1)):
        said = {one.entry.pk: client.get(at("entry_show", one.entry)).content.decode()
                for one, client in ((late, signed_in(writer_of(late))), (in_time, signed_in(in_time.submitted_by)))}
        edits = signed_in(in_time.submitted_by).get(at("section_edit", in_time.entry, "text")).content.decode()

    assert "Die Frist ist vorbei." in said[late.entry.pk]
    assert "Die Frist ist vorbei." not in said[in_time.entry.pk]
    assert "zählt" in said[in_time.entry.pk]
    assert "Die Frist ist vorbei." in edits


def test_the_desk_of_an_applicant_shows_their_entries_and_each_leads_to_its_file():
    submission = make_submission()
    client, entry = signed_in(submission.submitted_by), submission.entry

    assert at("entry_show", entry) in client.get(reverse("website:desk", args=[entry.competition.code])).content.decode()
    file = reverse("entries:entry_show", args=[entry.competition.code, entry.code])
    assert f'href="{file}"' in client.get(at("entry_show", entry)).content.decode()
    assert reverse("intake:entry_start", args=[entry.competition.code]) in client.get(file).content.decode()


def test_a_check_with_gaps_shows_submitting_locked_with_the_reason():
    draft = make_draft(answers={"title": "Nur ein Titel"})
    page = signed_in(writer_of(draft)).get(at("entry_check", draft.entry)).content.decode()
    assert "l-locked" in page
    assert "was oben steht" in page
    assert at("entry_submit", draft.entry) not in page


def test_the_deadline_asks_when_the_request_came_not_when_the_database_had_time(monkeypatch):
    draft = make_draft(make_call(closes=CLOSES), answers=COMPLETE)
    submit = services.submit

    def after_waiting_for_the_lock(entry, **facts):
        with clock.at(CLOSES + timedelta(seconds=19)):
            return submit(entry, **facts)

    monkeypatch.setattr(services, "submit", after_waiting_for_the_lock)
    with clock.at(CLOSES):
        answer = signed_in(writer_of(draft)).post(at("entry_submit", draft.entry), {"number": "1"})

    assert (answer.status_code, Submission.objects.get().submitted_at) == (302, CLOSES)


def test_an_old_tab_does_not_overwrite_and_leads_to_both_texts():
    draft = make_draft(answers={"title": "Anfang"})
    ann, bob = writer_of(draft), make_contributor(draft.entry).person
    marker = f"title:0:1:{digest_of('Anfang')}"
    signed_in(ann).post(at("section_edit", draft.entry, "basics"), {"title": "Von Ann", "_asked": marker})

    second = signed_in(bob).post(at("section_edit", draft.entry, "basics"), {"title": "Von Bob", "_asked": marker})

    assert second.url == at("conflict_list", draft.entry)
    page = signed_in(bob).get(second.url).content.decode()
    assert "Von Ann" in page
    assert "Von Bob" in page
    token = page.split('name="token" value="')[1].split('"')[0]
    signed_in(bob).post(at("conflict_settle", draft.entry), {"token": token, "choice": "merged", "merged": "Von beiden"})
    assert DraftAnswer.objects.get().value == "Von beiden"


def test_what_is_typed_after_the_session_ended_is_called_by_its_questions_and_tells_of_no_entry():
    draft = make_draft()
    for entry in (draft.entry, Entry(code="AAAAAA-A", competition=draft.entry.competition)):
        sent = {"_asked": "partner_name:0:0:000000000000", "partner_name": "Verein Süd", "applicant": ""}
        answer = Client().post(at("section_edit", entry, "basics"), sent, headers={"Sec-Fetch-Site": "same-origin"})
        assert re.findall(r'<label class="kern-label" for="kept-[^>]*>([^<]*)<', answer.content.decode()) == ["Mit wem?"]
    Phase.objects.filter(competition=draft.entry.competition).update(starts_at=OPEN - timedelta(days=9), ends_at=OPEN - timedelta(days=1))
    answer = Client().post(at("section_edit", draft.entry, "basics"), {"_asked": "partner_name:0:0:000000000000", "partner_name": "Verein Süd"})
    assert "Eingabe 1<" in answer.content.decode()


@pytest.mark.once
def test_a_double_click_registers_a_letter_once_and_the_next_letter_is_another():
    competition = make_call()
    client, url = signed_in(make_office(competition)), reverse("intake:arrival_register", args=[competition.code])
    page = re.search(r'name="sent_from" value="(\w{32})"', client.get(url).content.decode())[1]
    line = {"channel": "post", "arrived_on": "2017-10-02", "arrived_time": "09:00", "sender": "Verein Nord", "sent_from": page}

    answers = [client.post(url, line) for _click in range(2)]
    assert answers[0].url == answers[1].url
    assert Arrival.objects.count() == 1
    client.post(url, line | {"sender": "Verein Süd"})                   # from the page that the browser went back to
    client.post(url, line | {"sent_from": "0" * 32})             # from a page of its own: the same sender once more
    assert Arrival.objects.count() == 3


def two_projects():
    """Anna and Bob have the section with two projects open; its page as both got it, by the names of its fields."""
    anna, bob = make_person(), make_person()
    draft = make_draft(make_call(), anna, {("project", 0): 2, ("project_title", 1): "Garten", ("project_title", 2): "Chor"})
    make_contributor(draft.entry, bob)
    page = signed_in(bob).get(at("section_edit", draft.entry, "projects")).content.decode()
    return draft, anna, bob, {"_asked": re.findall(r'name="_asked" value="([^"]+)"', page), "project_title__1": "Garten",
                              "project_title__2": "Chor", "_places": re.search(r'name="_places" value="(\d+)"', page)[1]}


def test_an_older_page_that_changed_nothing_collides_with_nothing_when_a_place_is_gone():
    draft, anna, bob, page = two_projects()
    services.change_places(draft, "project", by=anna, remove=1)

    signed_in(bob).post(at("section_edit", draft.entry, "projects"), page)
    assert queries.refused_texts(draft) == []
    assert queries.draft_answers(draft) == {("project", 0): 1, ("project_title", 1): "Chor"}


def sure_of(page):
    """What the page sends that asks before something is removed."""
    return {name: re.findall(rf'name="{name}" value="([^"]+)"', page) for name in ("_remove_place", "_confirmed", "_asked", "_places")}


def test_a_filled_place_is_removed_after_one_question_that_shows_it_and_can_be_put_back():
    draft, anna, _bob, page = two_projects()
    client, address = signed_in(anna), at("section_edit", draft.entry, "projects")

    asked = client.post(address, page | {"project_title__1": "Garten am Wall", "_remove_place": "project:1"})
    assert queries.draft_answers(draft) == {("project", 0): 2, ("project_title", 1): "Garten am Wall", ("project_title", 2): "Chor"}
    question = client.get(asked.url).content.decode()
    assert "Garten am Wall" in question
    assert "Chor" not in question
    client.post(address, sure_of(question))
    assert queries.draft_answers(draft) == {("project", 0): 1, ("project_title", 1): "Chor"}

    shown = client.get(address).content.decode()
    back = re.findall(r'name="_bring_back" value="([^"]+)"', shown)
    assert "Garten am Wall" in shown
    for _click in range(2):                                             # the second brings nothing twice
        client.post(address, {"_bring_back": back})
    assert queries.draft_answers(draft) == {("project", 0): 2, ("project_title", 1): "Chor", ("project_title", 2): "Garten am Wall"}
    assert not draft.removed_places.exists()


def test_who_is_taken_out_of_an_entry_while_typing_reads_what_they_had_typed():
    draft, _anna, bob, page = two_projects()
    draft.entry.contributors.get(person=bob).delete()

    answer = signed_in(bob).post(at("section_edit", draft.entry, "projects"), page | {"project_title__1": "Garten mit Teich"})
    assert answer.status_code == 404
    assert "Was Sie eingegeben hatten" in answer.content.decode()
    assert "Garten mit Teich" in answer.content.decode()
    assert "Was Sie eingegeben hatten" not in signed_in(bob).get(at("section_edit", draft.entry, "projects")).content.decode()


def test_an_empty_place_goes_without_a_question_and_enter_saves_in_a_section():
    draft, anna, _bob, page = two_projects()
    services.save_answer(draft, "project_title", 2, "", by=anna)
    client, address = signed_in(anna), at("section_edit", draft.entry, "projects")

    form = client.get(address).content.decode().split('data-keep=')[1]
    assert 'name="_stay"' in form.split("<button")[1]                   # the first of the form is what Enter presses
    client.post(address, {"_remove_place": "project:2"})
    assert queries.draft_answers(draft) == {("project", 0): 1, ("project_title", 1): "Garten"}
    assert not draft.removed_places.exists()


def test_a_place_in_which_a_colleague_has_written_meanwhile_is_not_removed_unseen():
    draft, anna, bob, page = two_projects()
    address, client = at("section_edit", draft.entry, "projects"), signed_in(bob)
    question = client.get(f"{address}?remove=project:2").content.decode()
    services.save_answer(draft, "project_title", 2, "Von Anna ergänzt", by=anna)

    again = client.post(address, sure_of(question), follow=True).content.decode()
    assert queries.draft_answers(draft)["project_title", 2] == "Von Anna ergänzt"
    assert "Es ist nichts entfernt worden" in again
    assert "Von Anna ergänzt" in again
    for _click in range(2):                                             # the second of a double click takes nothing else
        client.post(address, sure_of(again))
    assert queries.draft_answers(draft) == {("project", 0): 1, ("project_title", 1): "Garten"}


def test_a_button_of_a_repeat_that_does_nothing_says_why_where_it_stands_and_the_answers_are_saved():
    draft, _anna, bob, page = two_projects()

    answer = signed_in(bob).post(at("section_edit", draft.entry, "projects"), page | {"project_title__1": "Beete", "_add_place": "project"})

    assert answer.status_code == 422
    assert "Ihre Antworten sind gespeichert." in answer.content.decode().split('data-repeat="project"')[1]
    assert queries.draft_answers(draft)["project_title", 1] == "Beete"


def test_two_texts_are_chosen_between_once_and_only_as_they_were_shown():
    draft, anna, bob, _page = two_projects()
    services.save_answer(draft, "title", 0, "Anna", by=anna)
    for text in ("Bob", "Auch Bob"):
        with pytest.raises(services.Conflict):
            services.save_answer(draft, "title", 0, text, by=bob, revision=0)
    client, settle = signed_in(bob), at("conflict_settle", draft.entry)
    shown = client.get(at("conflict_list", draft.entry)).content.decode()
    tokens = list(dict.fromkeys(re.findall(r'name="token" value="([^"]+)"', shown)))

    assert client.post(settle, {"token": tokens[0], "choice": "other"}).status_code == 400
    client.post(settle, {"token": tokens[0], "choice": "refused"})
    assert queries.draft_answers(draft)["title", 0] == "Bob"
    client.post(settle, {"token": tokens[1], "choice": "refused"})      # made when the entry still said “Anna”
    client.post(settle, {"token": tokens[0], "choice": "refused"})      # settled
    assert queries.draft_answers(draft)["title", 0] == "Bob"
    assert [one.value for one in queries.refused_texts(draft)] == ["Auch Bob"]
    client.post(settle, {"token": tokens[1], "choice": "merged", "merged": "Beide"})
    assert [one.value for one in queries.refused_texts(draft)] == ["Beide"]
    token = re.search(r'name="token" value="([^"]+)"', client.get(at("conflict_list", draft.entry)).content.decode())[1]
    for choice in ("current", "refused"):                               # of a double click on two buttons the first counts
        client.post(settle, {"token": token, "choice": choice})
    assert (queries.draft_answers(draft)["title", 0], queries.refused_texts(draft)) == ("Bob", [])


@pytest.mark.parametrize("choice", ["current", "refused", "merged"])
def test_nobody_chooses_about_a_text_that_its_page_has_written_on_since_it_was_shown(choice):
    draft = make_draft(answers={"title": "Anfang"})
    anna = writer_of(draft)
    services.save_answer(draft, "title", 0, "Von anderswo", by=None)
    client, settle, keep = signed_in(anna), at("conflict_settle", draft.entry), at("section_keep", draft.entry, "basics")

    def types(turn, text):
        client.post(keep, {"title": text, "_asked": ["title:0:1:000000000000"], PAGE: f"P:{turn}"}, headers={"accept": "application/json"})

    types(1, "Mein Te")
    page = client.get(at("conflict_list", draft.entry)).content.decode()
    types(2, "Mein Text ist viel länger.")

    token = re.search(r'name="token" value="([^"]+)"', page)[1]
    shown = client.post(settle, {"token": token, "choice": choice, "merged": "Von anderswo, Mein Te"}, follow=True).content.decode()
    assert ("Mein Text ist viel länger." in shown, "nichts gewählt" in shown) == (True, choice != "merged")
    assert [one.value for one in queries.refused_texts(draft)] == ["Mein Text ist viel länger."]
    assert queries.draft_answers(draft)["title", 0] == ("Von anderswo, Mein Te" if choice == "merged" else "Von anderswo")


def test_a_text_that_finds_no_room_among_those_that_wait_is_given_back_to_its_writer_and_all_else_is_saved():
    draft = make_draft(answers={"title": "Anfang"})
    anna = writer_of(draft)
    waiting_for_a_choice(draft, anna)
    sent = {"title": "Noch einer", "applicant": "Musterstadt", "_asked": ["title:0:0:000000000000", "applicant:0:0:000000000000"]}
    client, keep = signed_in(anna), at("section_keep", draft.entry, "basics")

    told = client.post(keep, sent, headers={"accept": "application/json"})
    assert (told.status_code, "Titel" in told.json()["error"], "auf eine Wahl" in told.json()["error"]) == (409, True, True)
    assert queries.draft_answers(draft)["applicant", 0] == "Musterstadt"
    late = client.post(keep, sent, headers={"accept": "application/json", "Sent-Late": "yes", "Page-Of": anna.code})
    page = client.post(at("section_edit", draft.entry, "basics"), sent, headers={"sec-fetch-site": "same-origin"})
    for shown in (late.json()["late"], page.content.decode()):
        assert ("Noch einer" in shown, "auf eine Wahl" in shown) == (True, True)
    assert len(queries.refused_texts(draft)) == MOST_WAITING


def test_what_was_written_out_of_two_texts_is_shown_once_more_where_it_cannot_be_saved():
    draft = make_draft(answers={"title": "Anfang"})
    anna, bob = writer_of(draft), make_contributor(draft.entry, make_person()).person
    with pytest.raises(services.Conflict):
        services.save_answer(draft, "title", 0, "Von Bob", by=bob, revision=0)
    client, settle = signed_in(anna), at("conflict_settle", draft.entry)
    shown = client.get(at("conflict_list", draft.entry)).content.decode()
    choice = {"token": re.search(r'name="token" value="([^"]+)"', shown)[1], "choice": "merged", "merged": "Aus beiden"}
    services.save_answer(draft, "title", 0, "Später", by=bob)
    waiting_for_a_choice(draft, anna)

    full = client.post(settle, choice)
    assert (full.status_code, "Aus beiden" in full.content.decode()) == (409, True)
    [theirs] = [one for one in queries.refused_texts(draft) if one.value == "Von Bob"]
    services.settle_conflict(theirs, by=bob, keep_mine=False)
    settled = client.post(settle, choice)
    assert (settled.status_code, "Aus beiden" in settled.content.decode()) == (403, True)


def test_a_conflict_of_another_entry_cannot_be_settled():
    mine, theirs = make_draft(answers={"title": "a"}), make_draft(answers={"title": "b"})
    services.save_answer(theirs, "title", 0, "c", by=None, revision=1)
    with pytest.raises(services.Conflict):
        services.save_answer(theirs, "title", 0, "d", by=None, revision=1)
    client = signed_in(writer_of(theirs))
    token = client.get(at("conflict_list", theirs.entry)).content.decode().split('name="token" value="')[1].split('"')[0]

    answer = signed_in(writer_of(mine)).post(at("conflict_settle", mine.entry), {"token": token, "choice": "refused"})

    assert answer.status_code == 404
    assert DraftAnswerRevision.objects.get(was_refused=True).settled_at is None


@pytest.mark.once
def test_a_form_holds_no_running_number_and_takes_only_what_was_made_for_it():
    request = RequestFactory().post("/", {"token": token_of("a", 12, 3)})
    assert re.fullmatch("[0-9a-f]{34,}", request.POST["token"])
    assert sealed_numbers(request, "a") == [12, 3]
    good = token_of("a", 12, 3)
    forged = good[:-2] + ("00" if good[-2:] != "00" else "11")
    for token, salt in ((good, "b"), ("", "a"), ("ä", "a"), ("12", "a"), (forged, "a"), ("0" * 40, "a")):
        with pytest.raises(Http404):
            sealed_numbers(RequestFactory().post("/", {"token": token}), salt)


def test_autosave_keeps_answers_and_hands_out_the_next_marker():
    draft = make_draft(answers={"title": "Anfang"})
    client = signed_in(writer_of(draft))

    def keep(text, marker):
        return client.post(at("section_keep", draft.entry, "basics"), {"title": text, "_asked": marker}).json()

    first = keep("Mitte", f"title:0:1:{digest_of('Anfang')}")
    second = keep("Ende", first["kept"][0]["marker"])
    late = keep("Zu spät", first["kept"][0]["marker"])

    assert first["kept"][0]["note"] == "gespeichert 11:30"
    assert (second["collisions"], late["choose"]) == ({}, at("conflict_list", draft.entry))
    assert late["collisions"] == {"q-title": "Sie haben „Titel“ in einem anderen Fenster geändert. Beide Texte sind erhalten; "
                                              "bitte wählen Sie."}
    assert DraftAnswer.objects.get().value == "Ende"


@pytest.mark.parametrize("name", ["section_edit", "section_keep"])
def test_a_number_that_cannot_be_read_is_there_with_its_fault_when_the_page_is_opened_again(name):
    draft = make_draft(answers={"amount": 500})
    client, page = signed_in(writer_of(draft)), at("section_edit", draft.entry, "rest")
    marker = f"amount:0:1:{digest_of(500)}"

    def opened():
        answer = client.get(page)
        assert answer.status_code == 200
        text = answer.content.decode()
        return 'value="viele"' in text, "Das ist keine Zahl" in text, "amount:0:1:" in text

    client.post(at(name, draft.entry, "rest"), {"amount": "viele", "contact_email": "a@example.org", "_asked": [
        marker, f"contact_email:0:0:{digest_of(None)}"]})
    assert queries.draft_answers(draft) == {("amount", 0): 500, ("contact_email", 0): "a@example.org"}
    assert opened() == (True, True, True)
    assert "a@example.org" in client.get(page).content.decode()         # what could be read stands beside it
    client.get(at("section_edit", draft.entry, "basics"))
    assert opened() == (True, True, True)
    assert f"{page}#b-amount" in client.get(at("entry_check", draft.entry)).content.decode()
    client.logout()                                                     # nor does it end with the session, or stay on this device
    client = signed_in(writer_of(draft))
    assert opened() == (True, True, True)
    assert 'value="viele"' not in signed_in(make_contributor(draft.entry).person).get(page).content.decode()

    client.post(at(name, draft.entry, "rest"), {"amount": "700", "_asked": marker})
    assert queries.draft_answers(draft)["amount", 0] == 700
    assert opened()[:2] == (False, False)
    assert f"{page}#b-amount" not in client.get(at("entry_check", draft.entry)).content.decode()


@pytest.mark.parametrize("name", ["section_edit", "section_keep"])
def test_a_window_that_does_not_show_what_cannot_be_read_does_not_take_it_away(name):
    draft = make_draft()
    writer = writer_of(draft)
    client, page = signed_in(writer), at("section_edit", draft.entry, "rest")

    def markers():
        return re.findall(r'name="_asked" value="([^"]+)"', client.get(page).content.decode())

    older = markers()
    client.post(at(name, draft.entry, "rest"), {"amount": "viele", "_asked": older})
    newer = markers()
    client.post(at(name, draft.entry, "rest"), {"amount": "", "contact_email": "a@example.org", "_asked": older})
    assert queries.unread_texts(draft, writer) == {"amount": "viele"}

    client.post(at(name, draft.entry, "rest"), {"amount": "", "_asked": newer})                # and here it was emptied
    assert queries.unread_texts(draft, writer) == {}


def test_what_a_page_sends_for_one_that_is_gone_is_told_where_it_had_not_arrived_and_saved_for_its_writer_alone():
    draft = make_draft()
    writer, page = writer_of(draft), at("section_keep", draft.entry, "rest")

    def sent(person, of=writer, **answers):
        return signed_in(person).post(page, answers | {"_page": "P:1"}, headers={
            "Accept": "application/json", "Sent-Late": "yes", "Page-Of": of.code}).json()

    assert sent(make_contributor(draft.entry).person, amount="3")["status"] == 403
    assert queries.draft_answers(draft) == {}
    for answers in ({"contact_email": "a@example.org"}, {"amount": "viele"}):
        assert "Jetzt ist es gespeichert" in sent(writer, **answers)["late"]
        assert "late" not in sent(writer, **answers)                    # it had arrived all the same
    draft.entry.contributors.filter(person=writer).delete()
    late = sent(writer, amount="4711")
    assert "4711" in late["late"]
    assert "Beantragt in Euro" in late["late"]


def test_of_what_is_saved_late_it_is_said_where_the_deadline_has_passed():
    draft = make_draft(make_call(closes=CLOSES))
    client, writer = signed_in(writer_of(draft)), writer_of(draft)
    with clock.at(CLOSES + timedelta(minutes=1)):
        late = client.post(at("section_keep", draft.entry, "basics"), {"title": "Garten"}, headers={
            "Accept": "application/json", "Sent-Late": "yes", "Page-Of": writer.code}).json()["late"]
    assert "Jetzt ist es gespeichert" in late
    assert "31. Dezember 2017, 23:59:59 Uhr" in late


def test_before_submitting_the_page_says_what_was_typed_and_would_not_be_handed_in():
    draft = make_draft(answers=COMPLETE | {"amount": 500})
    client = signed_in(writer_of(draft))
    client.post(at("section_keep", draft.entry, "rest"), {"amount": "viele", "_asked": f"amount:0:1:{digest_of(500)}"})

    page = client.get(at("entry_submit", draft.entry)).content.decode()

    assert "würde nicht eingereicht" in page
    assert f"{at('section_edit', draft.entry, 'rest')}#b-amount" in page


def test_two_texts_that_nobody_settled_are_named_on_overview_check_and_submit_and_hinder_nothing():
    draft = make_draft(answers=COMPLETE)
    client = signed_in(writer_of(draft))
    client.post(at("section_keep", draft.entry, "basics"), {"title": "Zu spät", "_asked": f"title:0:0:{digest_of('x')}"})

    for name in ("entry_show", "entry_check", "entry_submit"):
        page = client.get(at(name, draft.entry)).content.decode()
        assert "Zu einer Antwort gibt es zwei Texte." in page, name
        assert f'Titel: <a href="{at("conflict_list", draft.entry)}"' in page, name
    client.post(at("section_keep", draft.entry, "text"), {"abstract": "Zu spät", "_asked": f"abstract:0:0:{digest_of('x')}"})
    assert "Zu diesen Antworten gibt es je zwei Texte." in client.get(at("entry_show", draft.entry)).content.decode()
    client.post(at("entry_submit", draft.entry), {"number": "1"})
    assert Submission.objects.count() == 1


def test_what_comes_too_late_is_shown_with_the_words_of_its_questions_and_without_hidden_fields():
    submission = make_submission()
    client, entry = signed_in(submission.submitted_by), submission.entry
    Entry.objects.update(state=State.ADMITTED)

    page = client.post(at("section_edit", entry, "basics"), {"title": "Zu spät getippt", "_asked": "title:0:1:x"}).content.decode()
    assert re.search(r"<label[^>]*>Titel</label>", page)
    assert 'value="Zu spät getippt"' in page
    page = client.post(at("entry_submit", entry), {"number": "2"}).content.decode()
    assert "Was Sie eingegeben hatten" not in page


def test_autosave_says_beside_the_field_what_cannot_be_read_and_that_the_deadline_has_passed():
    draft = make_draft(make_call(closes=CLOSES))
    client = signed_in(writer_of(draft))

    def keep(**sent):
        return client.post(at("section_keep", draft.entry, "rest"), sent).json()

    intime = keep(amount="12")
    assert (intime["faults"]["q-amount"], intime["over"], intime["deadline"]) == ([], "", "")
    assert "Das ist keine Zahl" in keep(amount="viele")["faults"]["q-amount"][0]
    with clock.at(CLOSES + timedelta(minutes=1)):
        late = keep(contact_email="a@example.org")
    assert "31. Dezember 2017, 23:59:59 Uhr" in late["over"]
    assert "23:59:59" in late["deadline"]
    assert late["kept"][0]["question"] == "contact_email"


def draft_with_numbers():
    """A draft with a number at each of three places, its writer, and the address of the section."""
    numbers = Repeat("number", Localized(de="Zahl"), max_count=4, items=(make_question("much", Type.INTEGER),))
    section = Section("numbers", items=(make_question("name", role="title"), numbers))
    competition = make_competition()
    publish(add_version(competition, replace(FORM, sections=(section,))))
    draft = make_draft(competition)
    writer = writer_of(draft)
    for _turn in range(3):
        services.change_places(draft, "number", by=writer)
    return draft, writer, at("section_edit", draft.entry, "numbers")


@pytest.mark.parametrize(("name", "text"), [("much__3", "drei"), ("much__1", "eins " * 300)], ids=["gone", "long"])
def test_what_can_neither_be_read_nor_kept_is_given_back_where_its_page_is_gone(name, text):
    draft, writer, url = draft_with_numbers()
    shown = signed_in(writer).get(url).content.decode()
    sent = {name: text, "_places": "0", "_asked": re.findall(r'name="_asked" value="([^"]+)"', shown)}
    services.change_places(draft, "number", by=writer, remove=3)

    late = signed_in(writer).post(f"{url}keep/", sent, headers={"Accept": "application/json", "Sent-Late": "yes", "Page-Of": writer.code})
    assert (late.status_code, text.strip() in late.json()["late"]) == (403, True)


def test_what_cannot_be_read_moves_up_with_its_place():
    draft, writer, url = draft_with_numbers()

    signed_in(writer).post(url, {"much__1": "eins", "much__2": "zwei", "much__3": "drei", "_remove_place": "number:2"})
    signed_in(writer).post(url, {"_remove_place": "number:2", "_confirmed": "yes"})

    assert queries.unread_texts(draft, writer) == {"much__1": "eins", "much__2": "drei"}
    page = signed_in(writer).get(url).content.decode()
    assert 'value="eins"' in page
    assert 'value="drei"' in page
    assert 'value="zwei"' not in page


def test_a_hostile_upload_gets_a_sentence_beside_its_field_and_the_rest_is_kept():
    draft = make_draft()
    client = signed_in(writer_of(draft))

    answer = client.post(at("section_edit", draft.entry, "rest"), {
        "amount": "500", "attachment": SimpleUploadedFile("plan.pdf", b"MZ no pdf")})

    assert answer.status_code == 422
    assert queries.draft_answers(draft) == {("amount", 0): 500}
    assert "plan.pdf" in answer.content.decode()


def draft_with_a_photo(files=1, **facts):
    """A draft, and its photo: the only one, which a new one replaces, or one of several."""
    photo = Question("photo", Type.PHOTO, Localized(de="Foto"), limits=Limits(files=files, file_types=("jpg", "png")))
    competition = make_competition()
    section = Section("pictures", items=(photo, make_question("count", Type.INTEGER)))
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, section))))
    draft = make_draft(competition)
    stored = services.attach_file(draft, "photo", 0, SimpleUploadedFile("beet.png", picture()), by=writer_of(draft),
                                  alternative_text="Ein Beet", credit="Ada Meyer", **facts)
    return draft, stored


@pytest.mark.parametrize(("name", "data"), [
    ("plan.pdf", PDF), ("bild.svg", b"<svg/>"), ("halb.png", picture()[:60]), ("bombe.png", BOMB), ("hof.png", PDF),
], ids=["pdf", "svg", "truncated", "bomb", "misnamed"])
def test_a_refused_file_leaves_the_one_that_was_there(name, data):
    draft, stored = draft_with_a_photo()
    before = queries.draft_answers(draft)

    answer = signed_in(writer_of(draft)).post(at("section_edit", draft.entry, "pictures"), {
        "photo": SimpleUploadedFile(name, data), "photo--0-alternative_text": "Ein Beet", "photo--0-credit": "Ada Meyer",
        "photo--new-alternative_text": "Der Hof", "photo--new-credit": "B. Beispiel"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert queries.draft_answers(draft) == before
    assert StoredFile.objects.get().pk == stored.pk
    assert all(shown in page for shown in ("beet.png", "Datei ersetzen", 'value="Ada Meyer"', 'value="B. Beispiel"'))
    assert name in page


def test_the_pdf_and_the_preview_print_what_was_said_about_a_photo():
    draft, _stored = draft_with_a_photo(caption="Nach dem Umbau", rights="Stadt Musterstadt", printable=True)
    client = signed_in(writer_of(draft))
    pdf = client.get(at("entry_preview_pdf", draft.entry)).content
    text = " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())
    page = client.get(at("entry_preview", draft.entry)).content.decode()
    for said in ("Nach dem Umbau", "Ein Beet", "Ada Meyer", "Stadt Musterstadt", "darf gedruckt und veröffentlicht werden"):
        assert said in text, said
        assert said in page, said
    assert text.count("Ada Meyer") == 2                               # below the picture and among the answers


def test_what_is_missing_of_a_new_photo_is_said_at_the_photo_as_it_stands_now():
    draft, _stored = draft_with_a_photo()
    answer = signed_in(writer_of(draft)).post(at("section_edit", draft.entry, "pictures"), {
        "photo": SimpleUploadedFile("hof.png", picture()), "photo--new-alternative_text": "Der Hof", "photo--new-credit": "B. Beispiel"})

    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 422
    assert 'id="q-photo--0-rights_error"' in page
    assert "q-photo--new-rights_error" not in page


def test_of_two_photos_that_came_at_once_what_is_missing_is_said_at_both():
    draft, _stored = draft_with_a_photo(files=3, rights="CC0", printable=True)
    answer = signed_in(writer_of(draft)).post(at("section_edit", draft.entry, "pictures"), {
        "photo": [SimpleUploadedFile("hof.png", picture()), SimpleUploadedFile("tor.jpg", picture("JPEG"))],
        "photo--new-alternative_text": "Der Hof", "photo--new-credit": "B. Beispiel"})

    page = answer.content.decode()
    assert [number for number in range(3) if f'id="q-photo--{number}-rights_error"' in page] == [1, 2]


def test_words_about_a_photo_without_its_file_are_shown_again_with_a_sentence():
    draft, _stored = draft_with_a_photo(rights="CC BY 4.0", printable=True)
    answer = signed_in(writer_of(draft)).post(at("section_edit", draft.entry, "pictures"), {"photo--new-credit": "B. Beispiel"})

    assert answer.status_code == 422
    assert 'value="B. Beispiel"' in answer.content.decode()
    assert "aber seine Datei nicht ausgewählt" in answer.content.decode()


def test_after_a_fault_elsewhere_the_page_shows_the_file_that_is_stored_now():
    draft, _stored = draft_with_a_photo()

    answer = signed_in(writer_of(draft)).post(at("section_edit", draft.entry, "pictures"), {
        "photo": SimpleUploadedFile("hof.png", picture()), "photo--0-alternative_text": "Ein Beet", "photo--0-credit": "Ada Meyer",
        "photo--new-alternative_text": "Der Hof", "photo--new-credit": "B. Beispiel", "photo--new-rights": "CC BY 4.0",
        "photo--new-printable": "on", "count": "viele"})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert [item["name"] for item in queries.draft_answers(draft)["photo", 0]] == ["hof.png"]
    kept = queries.draft_answers(draft)["photo", 0][0]
    assert (kept["rights"], kept["printable"]) == ("CC BY 4.0", True)
    assert (page.count('value="B. Beispiel"'), page.count('value="Ada Meyer"')) == (1, 0)
    assert ("hof.png" in page, "beet.png" in page, 'value="viele"' in page) == (True, False, True)


def test_a_page_with_a_fault_does_not_take_over_what_others_wrote_meanwhile():
    draft = make_draft(answers={"amount": 500})
    client, address = signed_in(writer_of(draft)), at("section_edit", draft.entry, "rest")
    seen = f"amount:0:1:{digest_of(500)}"
    services.save_answer(draft, "amount", 0, 700, by=writer_of(draft))

    answer = client.post(address, {"amount": "500", "attachment": SimpleUploadedFile("plan.pdf", b"MZ"),
                                   "_asked": [seen, f"attachment:0:0:{digest_of(None)}"]})

    assert answer.status_code == 422
    assert seen in answer.content.decode()                              # sent again, it still changes nothing
    assert queries.draft_answers(draft)["amount", 0] == 700


def test_files_of_a_draft_are_for_its_writers_and_those_of_an_admitted_entry_for_its_readers():
    from django.core.files.base import ContentFile

    from lorbeer.shared import files

    draft = make_draft(answers=COMPLETE)
    writer, competition = writer_of(draft), draft.entry.competition
    stored = services.attach_file(draft, "attachment", 0, ContentFile(PDF, "plan.pdf"), by=writer)
    office, screener = make_office(competition), make_role(competition, "screener").person
    assert [bool(files.may_read(person, stored)) for person in (writer, office, screener, make_person())] == [
        True, False, False, False]

    services.submit(draft.entry, by=writer)
    Entry.objects.update(state="admitted")

    assert [bool(files.may_read(person, stored)) for person in (writer, office, screener, make_person())] == [
        True, True, True, False]


def test_who_has_left_the_entry_or_the_office_has_lost_what_they_brought():
    from django.core.files.base import ContentFile

    from lorbeer.shared import files

    draft = make_draft(answers=COMPLETE)
    writer, office = writer_of(draft), make_office(draft.entry.competition)
    plan = services.attach_file(draft, "attachment", 0, ContentFile(PDF, "plan.pdf"), by=writer)
    scan = services.attach_scan(make_arrival(draft.entry.competition, by=office, channel="post"), PDF, by=office)
    assert (bool(files.may_read(writer, plan)), bool(files.may_read(office, scan))) == (True, True)

    draft.entry.contributors.all().delete()
    office.roles.all().delete()

    assert (bool(files.may_read(writer, plan)), bool(files.may_read(office, scan))) == (False, False)


@pytest.mark.parametrize("is_sample", [True, False])
def test_only_what_nobody_really_wrote_is_said_to_be_invented(settings, is_sample):
    settings.DEMO = True
    competition = make_call(is_sample=True, sample_note={"de": "Erfundene Angaben."})
    submission = make_submission(competition, by=make_person(is_sample=is_sample))
    client = signed_in(submission.submitted_by)

    pages = [client.get(reverse("entries:entry_tab", args=[competition.code, submission.entry.code, "content"])).content.decode()]
    for name, *more in (("entry_preview_pdf",), ("receipt_pdf", submission.receipt_number)):
        pages.append(PdfReader(io.BytesIO(client.get(at(name, submission.entry, *more)).content)).pages[0].extract_text())

    assert [("Erfundene Angaben." in page) for page in pages] == [is_sample] * 3


def test_preview_and_receipt_are_tagged_pdfs_and_the_receipt_never_changes():
    submission = make_submission(answers={("project", 0): 1, ("project_title", 1): "Hochbeete 🌱"})
    client = signed_in(submission.submitted_by)

    preview = client.get(at("entry_preview_pdf", submission.entry))
    first = client.get(at("receipt_pdf", submission.entry, submission.receipt_number))
    second = client.get(at("receipt_pdf", submission.entry, submission.receipt_number))

    assert preview.content.startswith(b"%PDF-")
    assert b"/StructTreeRoot" in first.content
    assert first.content == second.content


def test_a_page_that_holds_only_an_optional_repeat_is_on_the_way():
    loose = Repeat("partner", Localized(de="Partner"), items=(make_question("partner_of"),))
    sections = (*FORM.sections[:3], Section("", items=(loose,)), FORM.sections[3])
    competition = make_competition()
    publish(add_version(competition, replace(FORM, sections=sections)))
    draft = make_draft(competition)
    client, entry = signed_in(writer_of(draft)), draft.entry
    following = {"text": "projects", "projects": "part-4", "part-4": "rest"}

    overview = client.get(at("entry_show", entry)).content.decode()
    for key, after in following.items():
        assert at("section_edit", entry, key) in overview
        assert client.post(at("section_edit", entry, key), {}).url == at("section_edit", entry, after)
    client.post(at("section_edit", entry, "projects"), {"_add_place": "project"})
    client.post(at("section_edit", entry, "part-4"), {"_add_place": "partner"})
    assert "project_title__1" in client.get(at("section_edit", entry, "projects")).content.decode()
    assert "partner_of__1" in client.get(at("section_edit", entry, "part-4")).content.decode()


def test_a_photo_is_seen_with_what_is_said_about_it():
    photo = Question("photo", Type.PHOTO, Localized(de="Foto"), limits=Limits(files=2, file_types=("jpg", "png")))
    competition = make_competition()
    publish(add_version(competition, replace(FORM, sections=(*FORM.sections, Section("pictures", items=(photo,))))))
    draft = make_draft(competition, answers=COMPLETE)
    person, entry = writer_of(draft), draft.entry
    services.attach_file(draft, "photo", 0, SimpleUploadedFile("beet.png", picture()), by=person,
                         alternative_text="Ein Beet <b>von oben</b>", credit="Ada Meyer", rights="Stadt Muster", printable=True)
    preview = signed_in(person).get(at("entry_preview", entry)).content.decode()
    question = signed_in(person).get(at("section_edit", entry, "pictures")).content.decode()
    services.submit(entry, by=person)
    office = signed_in(make_office(competition))
    shown = [office.get(reverse("entries:entry_tab", args=[competition.code, entry.code, tab])).content.decode()
             for tab in ("content", "attachments")]

    for page in (preview, *shown):
        source = re.search(r'<img src="([^"]+)" alt="Ein Beet &lt;b&gt;von oben&lt;/b&gt;"', page)[1]
        assert "Foto: Ada Meyer" in page
        assert "Rechte: Stadt Muster" in page
        assert f'<a href="{source}"><img' in page
    assert f'class="q-file__photo" src="{source}" alt="Ein Beet &lt;b&gt;von oben&lt;/b&gt;"' in question
    assert f'<a href="{source}" target="_blank"' in question
    answer = office.get(source)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/webp")
    assert office.get(f"{source}?original")["Content-Type"] == "image/png"
    assert f"{source}?original" in shown[1]
    assert signed_in(make_person()).get(source).status_code == 404


@pytest.mark.parametrize(("name", "content"), [
    ("beet.png", picture("WEBP")), ("beet.png", PDF), ("beet.png", b"kein Bild"), ("beet.webp", picture("WEBP")),
], ids=["another kind of picture", "a PDF", "a text", "another ending"])
def test_what_the_field_names_is_what_is_taken_and_what_the_error_says(name, content):
    photo = Question("photo", Type.PHOTO, Localized(de="Foto"),
                     limits=Limits(files=1, file_types=("jpeg", "jpg", "png"), megabytes=5))
    competition = make_competition()
    publish(add_version(competition, replace(FORM, sections=(Section(
        "pictures", Localized(de="Bilder"), items=(photo, make_question("name", role="title"))),))))
    draft = make_draft(competition)
    client, page = signed_in(writer_of(draft)), at("section_edit", draft.entry, "pictures")
    assert "JPEG, PNG, je höchstens 5" in client.get(page).content.decode()

    answer = client.post(page, {"photo": SimpleUploadedFile(name, content), "photo--new-alternative_text": "Ein Beet",
                                "photo--new-credit": "Ada Meyer"})

    text = answer.content.decode()
    assert (answer.status_code, f"„{name}“" in text, "JPEG, PNG." in text, "WebP" in text) == (422, True, True, False)
    assert not DraftAnswer.objects.exclude(value=None).exists()


def test_the_form_stands_in_a_language_of_the_call_and_its_documents_too(settings):
    title = Question("title", Type.TEXT, Localized(de="Titel", fr="Le titre"), required="yes", role="title")
    share = Question("share", Type.DECIMAL, Localized(de="Anteil", fr="La part"))
    competition = make_competition(languages=["fr"], title={"fr": "Prix"})
    publish(add_version(competition, replace(FORM, sections=(Section("basics", Localized(fr="Données"), items=(title, share)),))))
    draft = make_draft(competition)
    client, entry = signed_in(writer_of(draft)), draft.entry

    page = client.get(at("section_edit", entry, "basics")).content.decode()
    assert [word in page for word in ("Le titre", "Données", "Save and check", "Titel", "Speichern")] == [
        True, True, True, False, False]
    assert '<html lang="en"' in page
    assert re.search(r'<label [^>]*><span lang="fr">Le titre</span></label>', page)
    assert [word for word in ("Enregistrer", "maintenant", "octets") if word in page] == []
    client.post(at("section_edit", entry, "basics"), {"title": "Un jardin", "share": "1.125"})
    assert queries.draft_answers(draft)["share", 0] == "1.125"
    receipt = client.post(at("entry_submit", entry), {"number": "1"}).url
    pdf = client.get(receipt.rstrip("/") + ".pdf")
    assert (pdf.status_code, b"/StructTreeRoot" in pdf.content) == (200, True)


def test_withdrawing_asks_once_and_can_be_taken_back_before_the_deadline():
    submission = make_submission()
    client, entry = signed_in(submission.submitted_by), submission.entry

    assert client.get(at("entry_withdraw", entry)).status_code == 200
    assert Entry.objects.get().state == State.SUBMITTED
    client.post(at("entry_withdraw", entry), {"reason": ""})
    assert Entry.objects.get().state == State.WITHDRAWN
    client.post(at("entry_resume", entry))
    assert Entry.objects.get().state == State.DRAFT


def test_who_withdraws_after_the_deadline_from_a_page_of_before_is_asked_once_more():
    submission = make_submission(make_call(closes=CLOSES))
    client, entry = signed_in(submission.submitted_by), submission.entry

    with clock.at(CLOSES + timedelta(minutes=1)):
        asked = client.post(at("entry_withdraw", entry), {"reason": "Zu knapp", "is_final": "False"})
        page = asked.content.decode()
        assert (asked.status_code, Entry.objects.get().state) == (422, State.SUBMITTED)
        assert "Es wäre jetzt endgültig" in page
        assert "Zu knapp" in page
        assert 'name="is_final" value="True"' in page
        client.post(at("entry_withdraw", entry), {"reason": "Zu knapp", "is_final": "True"})
    assert Entry.objects.get().state == State.WITHDRAWN


# --- the desk ---------------------------------------------------------------------------------------------------------


def test_only_office_and_auditor_open_the_register_of_arrivals():
    competition = make_call()
    arrival = make_arrival(competition)
    urls = [reverse("intake:arrival_list", args=[competition.code]),
            reverse("intake:arrival_show", args=[competition.code, arrival.number])]

    for kind, status in (("office", 200), ("auditor", 200), ("screener", 403), ("juror", 403), ("sponsor", 403)):
        client = signed_in(make_role(competition, kind).person)
        assert [client.get(url).status_code for url in urls] == [status, status]
    assert [signed_in(make_person()).get(url).status_code for url in urls] == [404, 404]
    auditor = signed_in(make_role(competition, "auditor").person)
    assert auditor.post(reverse("intake:arrival_register", args=[competition.code]), {}).status_code == 403
    assert auditor.post(urls[1] + "late/", {"reason": "x"}).status_code == 403


def test_an_arrival_says_its_round_where_there_are_several():
    competition = make_call()
    arrival = make_arrival(competition, round=2)
    client, url = signed_in(make_office(competition)), reverse("intake:arrival_show", args=[competition.code, arrival.number])
    assert "<dt>Runde</dt>" not in client.get(url).content.decode()
    competition.phases.create(kind="entries", round=2)
    assert re.search(r"<dt>Runde</dt>\s*<dd>2</dd>", client.get(url).content.decode())


def test_the_desk_registers_a_letter_and_goes_on_to_keying_it_in():
    competition = make_call()
    client = signed_in(make_office(competition))
    url = reverse("intake:arrival_register", args=[competition.code])
    facts = {"channel": "post", "arrived_on": "2017-10-02", "arrived_time": "09:00", "postmarked_on": "2017-09-30",
             "sender": "Stadt Muster"}

    answer = client.post(url, {**facts, "_next": "key_in", "scan": SimpleUploadedFile("scan.pdf", PDF)})

    arrival = Arrival.objects.get()
    assert answer.url == at("entry_show", arrival.entry)
    assert (arrival.sender, arrival.files.count()) == ("Stadt Muster", 1)
    client.post(at("section_edit", arrival.entry, "basics"), {"title": "Vom Papier"})
    client.post(at("section_edit", arrival.entry, "rest"), {"contact_email": "nord@example.org"})
    receipt = client.post(at("entry_submit", arrival.entry), {"number": "1"})
    assert "nord@example.org" in client.get(receipt.url).content.decode()   # where the mail has gone
    assert Entry.objects.get().title == "Vom Papier"


def test_a_receipt_that_no_mail_takes_away_is_a_letter_to_print_until_it_is_posted():
    competition = make_call()
    office = make_office(competition)
    submission = services.key_in(make_arrival(competition, sender="Stadt Muster"), COMPLETE, by=office)
    reached = services.key_in(make_arrival(competition), COMPLETE | {"contact_email": "nord@example.org"}, by=office)
    client, more = signed_in(office), (submission.receipt_number,)
    letter = at("receipt_letter", submission.entry, *more)
    register = reverse("intake:arrival_list", args=[competition.code])

    def waiting():
        return [task.label for task in tasks_for(office, competition) if "per Post" in task.label]

    assert waiting() == ["1 Eingangsbestätigung per Post senden"]
    for page in (register, at("receipt_show", submission.entry, *more)):
        assert letter in client.get(page).content.decode()
    assert "Brief (PDF)" not in client.get(at("receipt_show", reached.entry, reached.receipt_number)).content.decode()
    text = PdfReader(io.BytesIO(client.get(letter).content)).pages[0].extract_text()
    assert "Stadt Muster" in text
    assert submission.receipt_number in text
    assert signed_in(make_role(competition, "auditor").person).get(letter).status_code == 403

    client.post(at("receipt_posted", submission.entry, *more))
    client.post(at("receipt_posted", submission.entry, *more))
    assert waiting() == []
    assert letter not in client.get(register).content.decode()
    assert LogEvent.objects.filter(verb="receipt.post", subject=f"entry:{submission.entry.code}").count() == 1


def test_a_broken_scan_leaves_no_half_line_in_the_register():
    competition = make_call()
    client = signed_in(make_office(competition))

    answer = client.post(reverse("intake:arrival_register", args=[competition.code]), {
        "channel": "post", "arrived_on": "2017-10-02", "arrived_time": "09:00", "sender": "Stadt Muster",
        "scan": SimpleUploadedFile("scan.pdf", b"no pdf")})

    assert answer.status_code == 422
    assert Arrival.objects.count() == 0
    assert "Stadt Muster" in answer.content.decode()


def test_a_late_arrival_is_admitted_only_with_a_reason():
    competition = make_call(closes=datetime(2017, 10, 1, tzinfo=UTC))
    arrival = make_arrival(competition, round=1)
    client = signed_in(make_office(competition))
    url = reverse("intake:arrival_admit_late", args=[competition.code, arrival.number])

    assert client.post(url, {"reason": "  "}).status_code == 422
    assert Arrival.objects.get().timeliness == "late"
    client.post(url, {"reason": "Poststreik"})
    assert (Arrival.objects.get().timeliness, Arrival.objects.get().late_reason) == ("admitted_late", "Poststreik")


@pytest.mark.once
@pytest.mark.parametrize("name", ["intake:arrival_list", "entries:entry_list", "intake:entry_start"])
def test_lists_cost_the_same_number_of_queries_for_thirty_rows_as_for_three(name):
    competition = make_call()
    person = make_office(competition)

    def cost(number):
        for _ in range(number):
            make_contributor(make_submission(competition).entry, person)
        client = signed_in(person)
        client.get(reverse(name, args=[competition.code]))
        with CaptureQueriesContext(connection) as caught:
            answer = client.get(reverse(name, args=[competition.code]))
        assert answer.status_code == 200
        return len(caught)

    assert cost(3) == cost(27)


def test_the_list_filters_downloads_and_walks():
    competition = make_call()
    first = make_submission(competition, answers={"title": "Apfel"})
    second = make_submission(competition, answers={"title": "Birne"})
    make_submission(competition, answers={"title": "=2+5"})
    office = signed_in(make_office(competition))
    url = reverse("entries:entry_list", args=[competition.code])

    found = office.get(url, {"q": "Apf"}).content.decode()
    assert ("Apfel" in found, "Birne" in found) == (True, False)
    answer = office.get(url, {"format": "csv"})
    text = (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode("utf-8-sig")
    assert ";=2+5" not in text
    assert ",=2+5" not in text
    page = office.get(url, {"sort": "title"})
    link = re.search(rf'href="([^"]*/entries/{first.entry.code}/[^"]*)"', page.content.decode())[1]
    shown = office.get(html.unescape(link)).content.decode()
    assert f"/entries/{second.entry.code}/" in shown                    # the next one is a click away


def test_after_the_announcement_the_entry_page_says_the_result_and_no_jury_is_to_come():
    from lorbeer.awards.models import Announcement

    submission = make_submission()
    entry, person = submission.entry, submission.entry.contributors.get().person
    type(entry).objects.filter(pk=entry.pk).update(state="awarded")
    browser = signed_in(person)
    before = browser.get(at("entry_show", entry)).content.decode()
    assert "eingereicht und zählt" in before
    assert "Was danach geschieht" in before
    assert "prämiert" not in before

    Announcement.objects.create(competition=entry.competition, round=1, approved_at=clock.now(), announced_at=clock.now())
    after = browser.get(at("entry_show", entry)).content.decode()

    assert "eingereicht und zählt" not in after
    assert "Was danach geschieht" not in after
    assert reverse("entries:entry_tab", args=[entry.competition.code, entry.code, "award"]) in after


# --- working together -------------------------------------------------------------------------------------------------


HOSTILE_NAME = "Wettbewerbsbüro: Ihr Zugang ist gesperrt\nhttps://evil.example/login evil.example buero@evil.example " + "x" * 90


def test_an_invitation_carries_no_text_of_a_stranger_but_a_short_name():
    draft = make_draft()
    contact, entry = writer_of(draft), draft.entry
    contact.name = HOSTILE_NAME
    contact.save()

    signed_in(contact).post(at("contributor_list", entry), {"email": "opfer@example.org"})

    mail = Message.objects.get(recipient="opfer@example.org")
    assert entry.competition.title["de"] in mail.title
    assert "gesperrt" not in mail.title
    assert "„Wettbewerbsbüro: Ihr Zugang ist gesperrt" in mail.body
    assert not re.search(r"evil|x{60}", mail.body)
    assert mail.body.count("://") == 1                                   # our link


def test_one_person_invites_so_many_on_one_day(monkeypatch):
    monkeypatch.setitem(LIMITS, "intake:contributor_list", Limit(per_person_a_day=2))
    draft = make_draft()
    client, address = signed_in(writer_of(draft)), at("contributor_list", draft.entry)

    assert [client.post(address, {"email": f"p{n}@example.org"}).status_code for n in range(3)] == [302, 302, 429]
    with clock.at(clock.now() + timedelta(hours=23)):
        assert client.post(address, {"email": "p9@example.org"}).status_code == 429
    with clock.at(clock.now() + timedelta(hours=25)):
        assert client.post(address, {"email": "p9@example.org"}).status_code == 302


def test_another_account_joins_only_after_saying_that_it_is_meant():
    draft = make_draft()
    entry, invited, other = draft.entry, make_person(email="gast@example.org"), make_person(email="zweite@example.org")
    _one, token = invite_co_editor(entry, "Gast@example.org", by=writer_of(draft))
    address = reverse("intake:invitation_accept", args=[entry.competition.code, token])

    assert "is_meant" not in signed_in(invited).get(address).content.decode()
    client = signed_in(other)
    assert "zweite@example.org" in client.get(address).content.decode()
    assert client.post(address).status_code == 422
    assert not entry.contributors.filter(person=other).exists()
    assert client.post(address, {"is_meant": "on"}).status_code == 302
    assert entry.contributors.filter(person=other).exists()


def test_the_contact_person_takes_others_out_and_nobody_else_does():
    draft = make_draft()
    contact, entry = writer_of(draft), draft.entry
    friend, third = make_contributor(entry).person, make_contributor(entry).person
    _one, token = invite_co_editor(entry, "naechste@example.org", by=friend)

    def remove(person):
        return reverse("intake:contributor_remove", args=[entry.competition.code, entry.code, person.code])

    assert remove(third) not in signed_in(friend).get(at("contributor_list", entry)).content.decode()
    assert {signed_in(friend).post(remove(one)).status_code for one in (contact, friend, third)} == {403}
    assert signed_in(contact).post(remove(contact)).status_code == 403
    assert signed_in(make_person()).post(remove(friend)).status_code == 404

    client = signed_in(contact)
    page = client.get(at("contributor_list", entry)).content.decode()
    assert f'href="{remove(friend)}">Herausnehmen<span class="kern-sr-only">: {friend}</span></a>' in page
    assert re.sub(r'<span class="kern-sr-only">[^<]*</span>', "", page).count(str(friend)) == 1
    assert str(friend) in client.get(remove(friend)).content.decode()
    assert client.post(remove(friend)).status_code == 302

    assert [one.person for one in entry.contributors.order_by("pk")] == [contact, third]
    assert signed_in(friend).get(at("entry_show", entry)).status_code == 404
    assert Bias.objects.get(entry=entry, person=friend).kind == Bias.Kind.CONTRIBUTOR
    assert LogEvent.objects.get(verb="entry.remove_contributor").detail == {"person": friend.code}
    assert entry.code in Message.objects.get(recipient=friend.email).title
    with pytest.raises(Refused):
        accept_invitation(token, by=make_person())


@pytest.mark.parametrize(("facts", "label"), [
    ({"starts_at": OPEN}, "Formale Prüfung ab"), ({"ends_at": OPEN}, "Formale Prüfung bis"),
    ({"starts_at": OPEN, "ends_at": OPEN}, "Formale Prüfung bis")])
def test_what_follows_says_from_where_a_phase_has_only_a_beginning(facts, label):
    competition = make_call()
    competition.phases.create(kind="check", **facts)
    assert [step["label"] for step in what_follows(competition, 1)][1:] == [label]


def test_of_one_page_it_is_said_in_the_singular():
    with translation.override("de"):
        said = [measure(make_question("text", Type.LONG_TEXT, limits=Limits(pages=pages)), "Ein Satz.") for pages in (1, 2)]
    assert [one.partition(" von ")[2] for one in said] == ["1 Seite", "2 Seiten"]


@pytest.mark.once
def test_no_section_is_called_complete_in_which_something_stands_that_cannot_be_read():
    writer = make_person()
    draft = make_draft(by=writer, answers=COMPLETE | {"agreed": "no", "amount": 5, "contact_email": "a@example.org"})
    code = draft.entry.competition.code
    services.keep_unread(draft, by=writer, judged=["amount", "contact_email"], typed={"contact_email": "Anna", "amount": "viel"})
    client = signed_in(writer)

    def page(name, *more):
        return client.get(reverse(f"intake:{name}", args=[code, draft.entry.code, *more])).content.decode()

    assert page("entry_show").count("2 Eingaben lassen sich nicht lesen") == 1
    assert page("section_edit", "basics").count("2 Eingaben lassen sich nicht lesen") == 1
    told = page("entry_check")
    assert told.index("#b-amount") < told.index("#b-contact_email")     # as the form has them
    services.keep_unread(draft, by=writer, judged=["amount", "contact_email"], typed={})
    assert "nicht lesen" not in page("entry_show")
