"""A PDF form comes back: online by the applicant, or as a file in the arrival register. Nothing that is there gets lost."""

import html
import io
from datetime import timedelta
from email.message import EmailMessage

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from lorbeer.call.tests.factories import make_competition
from lorbeer.intake import documents, pdf_forms, queries, services
from lorbeer.intake.models import Arrival, DraftAnswerRevision
from lorbeer.intake.tasks import office_tasks
from lorbeer.intake.tests.factories import (
    COMPLETE,
    FORM,
    OPEN,
    make_arrival,
    make_call,
    make_draft,
    make_office,
    make_person,
    make_role,
)
from lorbeer.intake.tests.mails import make_mail
from lorbeer.intake.tests.test_services import CLOSES
from lorbeer.intake.tests.test_views import at, signed_in, writer_of
from lorbeer.intake.unknown_bodies import unknown_body_of
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.definition import Form, Question, Repeat, Section, Type
from lorbeer.questionnaire.pdfform import reading
from lorbeer.questionnaire.queries import current_version
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.questionnaire.tests.factories import make_form, make_question
from lorbeer.questionnaire.tests.test_pdfform import filled_by_pikepdf
from lorbeer.register.models import LegalStatus
from lorbeer.register.tests.factories import make_municipality
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.keeping import MOST_WAITING
from lorbeer.shared.limits import LIMITS, Limit
from lorbeer.shared.models import LogEvent
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db
LATER = OPEN + timedelta(hours=3)


@pytest.fixture(autouse=True)
def while_open():
    with clock.at(OPEN):
        yield


def blank(competition):
    competition.refresh_from_db()
    return pdfform.write(current_version(competition), competition)


def form_of_draft(draft, values, at=LATER):
    """The draft's own form as downloaded at that time, with some fields changed."""
    draft.entry.competition.refresh_from_db()
    with clock.at(at):
        return pdfform.read(filled_by_pikepdf(documents.form_with_answers(draft, "de"), values))


def said(draft):
    return queries.draft_answers(draft)


def typed(draft):
    """The same without files."""
    return {key: value for key, value in said(draft).items() if not isinstance(value, list)}


# --- the service --------------------------------------------------------------------------------------------------------


def test_an_empty_draft_takes_over_what_the_form_says_and_the_rest_is_told():
    draft = make_draft()
    content = filled_by_pikepdf(blank(draft.entry.competition), {
        "title": "Ein Garten", "agreed": "yes", "abstract": "Erster Absatz\n\nZweiter", "project_title[2]": "Beet",
        "amount": "viel", "contact_email": "a@example.org"})

    filling = services.fill_from_form(draft, pdfform.read(content), by=writer_of(draft))

    assert said(draft) == {("title", 0): "Ein Garten", ("agreed", 0): "yes", ("abstract", 0): "Erster Absatz\n\nZweiter",
                           ("project_title", 1): "Beet", ("contact_email", 0): "a@example.org"}
    assert len(filling.taken) == 5
    assert (filling.unchanged, filling.conflicts, len(filling.faults)) == (0, [], 2)
    assert "viel" in filling.faults[0]
    assert filling.faults[1] == "Das Formular lässt vor „Projekt 2“ einen Platz leer. Was dort steht, steht im Beitrag unter „Projekt 1“."
    draft.entry.refresh_from_db()
    assert draft.entry.title == "Ein Garten"
    assert LogEvent.objects.filter(verb="draft.fill", subject=f"entry:{draft.entry.code}").count() == 1


@pytest.mark.once
def test_what_is_wrong_in_a_form_is_said_in_the_language_of_the_reader_and_read_in_that_of_the_form():
    draft = make_draft()
    content = filled_by_pikepdf(blank(draft.entry.competition), {"amount": "viel", "title": "Ein Garten"})
    assert pdfform.read(content).faults[0].startswith("Beantragt in Euro: Das ist keine")
    with translation.override("en"):
        [fault] = pdfform.read(content, spoken="en").faults
    assert "This is not a number" in fault
    assert "The form says: “viel”" in fault


def make_call_for_projects():
    competition = make_competition()
    project = Repeat("project", Localized(de="Projekt"), max_count=5, items=(
        make_question("name", Type.TEXT, role="project_title"), make_question("year", Type.INTEGER), make_question("about", Type.TEXT)))
    publish(add_version(competition, make_form(make_question("title", Type.TEXT, role="title"), project)))
    return competition


def test_places_that_a_form_leaves_empty_are_closed_up_and_each_text_stays_with_its_project_however_often_it_is_read():
    competition = make_call_for_projects()
    draft = make_draft(competition)
    filled = pdfform.read(filled_by_pikepdf(blank(competition), {
        "name[2]": "Zwei", "about[2]": "Zum zweiten", "year[2]": "bald", "name[4]": "Vier", "year[4]": "2017"}))

    first = services.fill_from_form(draft, filled, by=writer_of(draft))
    assert said(draft) == {("name", 1): "Zwei", ("about", 1): "Zum zweiten", ("name", 2): "Vier", ("year", 2): 2017}
    assert [fault.split("„")[1].split("“")[0] for fault in first.faults[1:]] == ["Projekt 2", "Projekt 4"]
    again = services.fill_from_form(draft, filled, by=writer_of(draft))
    assert (again.taken, again.unchanged, again.conflicts) == ([], 4, [])

    other = pdfform.read(filled_by_pikepdf(blank(competition), {"name[2]": "Drei", "about[2]": "Zum dritten"}))
    services.fill_from_form(draft, other, by=writer_of(draft))          # another second project is no new text of the first
    assert not [one for one in queries.refused_texts(draft) if one.answer.place == 1]


def test_a_place_in_which_nothing_can_be_read_is_not_closed_up_for_its_text_is_still_to_be_typed_there():
    competition = make_call_for_projects()
    draft = make_draft(competition)
    filled = pdfform.read(filled_by_pikepdf(blank(competition), {"year[1]": "bald", "name[2]": "Zwei"}))

    filling = services.fill_from_form(draft, filled, by=writer_of(draft))

    assert said(draft) == {("name", 2): "Zwei"}
    assert len(filling.faults) == 1


def test_beside_projects_that_are_there_a_form_adds_one_behind_them_and_a_draft_s_own_form_keeps_its_numbers():
    competition = make_call_for_projects()
    draft = make_draft(competition, answers={("name", 1): "Eins"})
    services.fill_from_form(draft, pdfform.read(filled_by_pikepdf(blank(competition), {"name[3]": "Drei"})), by=writer_of(draft))
    assert said(draft) == {("name", 1): "Eins", ("name", 2): "Drei"}

    own = make_draft(competition, answers={("name", 2): "Mit Absicht"})
    services.fill_from_form(own, form_of_draft(own, {"about[2]": "Mehr"}), by=writer_of(own))
    assert said(own) == {("name", 2): "Mit Absicht", ("about", 2): "Mehr"}


def test_what_is_typed_already_stays_and_both_texts_are_put_to_the_choice_once():
    draft = make_draft(answers=COMPLETE)
    filled = pdfform.read(filled_by_pikepdf(blank(draft.entry.competition), {"title": "Anders", "abstract": COMPLETE["abstract"]}))

    first = services.fill_from_form(draft, filled, by=writer_of(draft))
    again = services.fill_from_form(draft, filled, by=writer_of(draft))

    assert said(draft)["title", 0] == COMPLETE["title"]
    assert (first.taken, first.unchanged, len(first.conflicts)) == ([], 1, 1)
    assert (again.taken, again.unchanged, len(again.conflicts)) == ([], 2, 0)
    assert [one.value for one in queries.refused_texts(draft)] == ["Anders"]


def test_what_a_form_says_beside_too_many_texts_that_wait_is_quoted_and_not_called_taken():
    draft = make_draft(answers=COMPLETE)
    for number in range(MOST_WAITING):
        with pytest.raises(services.Conflict):
            services.save_answer(draft, "title", 0, f"Text {number}", by=writer_of(draft), revision=0)

    filled = pdfform.read(filled_by_pikepdf(blank(draft.entry.competition), {"title": "Anders"}))
    filling = services.fill_from_form(draft, filled, by=writer_of(draft))
    assert (filling.taken, filling.conflicts) == ([], [])
    assert [("Titel" in one, "„Anders“" in one) for one in filling.faults] == [(True, True)]


def test_a_drafts_own_form_replaces_what_nobody_has_changed_since_and_keeps_the_former_text():
    draft = make_draft(answers=COMPLETE)
    filled = form_of_draft(draft, {"title": "Neuer Titel"})

    with clock.at(LATER + timedelta(hours=1)):
        filling = services.fill_from_form(draft, filled, by=writer_of(draft))

    assert said(draft)["title", 0] == "Neuer Titel"
    assert (len(filling.taken), filling.unchanged, filling.conflicts) == (1, 1, [])
    assert DraftAnswerRevision.objects.get(answer__draft=draft).value == COMPLETE["title"]


def test_what_a_co_editor_wrote_after_the_download_is_neither_overwritten_nor_doubted_by_a_form_that_repeats_the_old():
    draft = make_draft(answers=COMPLETE)
    filled = form_of_draft(draft, {"title": "Aus dem PDF"})
    with clock.at(LATER + timedelta(hours=1)):
        services.fill_draft(draft, {"title": "Von anderen", "abstract": "Von anderen"}, by=None)

        filling = services.fill_from_form(draft, filled, by=writer_of(draft))

    assert said(draft) == {("title", 0): "Von anderen", ("abstract", 0): "Von anderen"}
    assert (filling.taken, filling.unchanged, len(filling.conflicts)) == ([], 1, 1)
    assert [one.value for one in queries.refused_texts(draft)] == ["Aus dem PDF"]


def test_empty_fields_take_nothing_away():
    draft = make_draft(answers=COMPLETE)
    filling = services.fill_from_form(draft, form_of_draft(draft, {"title": ""}), by=writer_of(draft))
    assert said(draft)["title", 0] == COMPLETE["title"]
    assert filling.conflicts == []


def test_a_second_project_of_the_form_appears_where_the_draft_had_noted_one():
    draft = make_draft()
    services.change_places(draft, "project", by=writer_of(draft))
    filled = pdfform.read(filled_by_pikepdf(blank(draft.entry.competition), {"project_title[1]": "Eins", "project_title[2]": "Zwei"}))

    services.fill_from_form(draft, filled, by=writer_of(draft))

    assert queries.evaluation_of(draft).count(FORM.repeats["project"]) == 2


def test_the_form_of_another_competition_changes_nothing():
    draft, other = make_draft(), make_call()
    filled = pdfform.read(filled_by_pikepdf(blank(other), {"title": "Fremd"}))
    with pytest.raises(BadInput):
        services.fill_from_form(draft, filled, by=writer_of(draft))
    assert said(draft) == {}


def test_an_older_form_gives_what_the_newer_questionnaire_still_asks():
    competition = make_call()
    filled = pdfform.read(filled_by_pikepdf(blank(competition), {
        "title": "Ein Garten", "abstract": "Kurz", "amount": "12", "project_title[1]": "Eins", "project_title[2]": "Zwei"}))
    publish(add_version(competition, make_form(
        make_question("title", required="yes", role="title"), make_question("amount", "date"),
        Repeat("project", max_count=1, items=(make_question("project_title"),)))))
    draft = make_draft(competition)

    filling = services.fill_from_form(draft, filled, by=writer_of(draft))

    assert said(draft) == {("title", 0): "Ein Garten", ("project_title", 1): "Eins"}
    assert [text in " ".join(filling.faults) for text in ("Kurz", "12", "Zwei")] == [True] * 3


def test_only_those_who_write_a_draft_fill_it():
    draft = make_draft()
    filled = pdfform.read(filled_by_pikepdf(blank(draft.entry.competition), {"title": "Fremd"}))
    for person in (make_person(), make_office(draft.entry.competition)):
        with pytest.raises(Refused):
            services.fill_from_form(draft, filled, by=person)
    assert said(draft) == {}


def test_a_form_made_with_the_answers_of_another_entry_says_so():
    competition = make_call()
    mine, other = make_draft(competition), make_draft(competition, answers=COMPLETE)
    filled = form_of_draft(other, {})
    filling = services.fill_from_form(mine, filled, by=writer_of(mine))
    assert any(other.entry.code in fault for fault in filling.faults)


# --- pages --------------------------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(("name", "disposition"), [("form_pdf", "attachment"), ("paper_form", "inline")])
def test_the_empty_form_is_for_everybody_while_entries_are_taken_in_and_always_for_the_office(name, disposition):
    competition = make_call(closes=CLOSES)
    competition.refresh_from_db()
    url = reverse(f"intake:{name}", args=[competition.code])
    office = signed_in(make_office(competition))

    answer = Client().get(url)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/pdf")
    assert disposition in answer.headers["Content-Disposition"]
    with clock.at(CLOSES + timedelta(days=1)):
        assert Client().get(url).status_code == 403
        assert office.get(url).status_code == 200


@pytest.mark.once
def test_the_page_where_one_begins_offers_the_form():
    competition = make_call()
    page = signed_in(make_person()).get(reverse("intake:entry_start", args=[competition.code])).content.decode()
    assert reverse("intake:form_pdf", args=[competition.code]) in page


@pytest.mark.parametrize("address", ["", "Musterweg 1\n10000 Berlin"])
def test_the_post_is_offered_where_the_office_has_an_address(address):
    draft = make_draft(make_call(office_address=address))
    client = signed_in(writer_of(draft))

    for name, offer in (("entry_start", "paper_form"), ("entry_show", "entry_cover")):
        place, own = [draft.entry.competition.code], [draft.entry.competition.code, draft.entry.code]
        page = client.get(reverse(f"intake:{name}", args=place if name == "entry_start" else own)).content.decode()
        assert (reverse(f"intake:{offer}", args=place if offer == "paper_form" else own) in page) is bool(address)


def test_an_applicant_downloads_the_own_answers_fills_in_and_takes_them_over():
    draft = make_draft(answers={"title": "Ein Garten"})
    client = signed_in(writer_of(draft))
    assert at("draft_fill", draft.entry) in client.get(at("entry_show", draft.entry)).content.decode()
    with clock.at(LATER):
        content = client.get(at("draft_form_pdf", draft.entry)).content
    assert pdfform.read(content).answers == {"title": "Ein Garten"}

    with clock.at(LATER + timedelta(hours=1)):
        answer = send(client, draft, filled_by_pikepdf(content, {"title": "Ein Park", "amount": "zwölf", "abstract": "Kurz"}))

    assert answer.status_code == 200
    page = html.unescape(answer.content.decode())
    assert said(draft) == {("title", 0): "Ein Park", ("abstract", 0): "Kurz"}
    assert page.count("zwölf") == 1
    assert "Ein Park" in page


def send(client, draft, content):
    return client.post(at("draft_fill", draft.entry), {"form": SimpleUploadedFile("bogen.pdf", content, "application/pdf")})


@pytest.mark.once
def test_what_is_no_form_is_refused_beside_the_field_and_changes_nothing():
    draft = make_draft(answers=COMPLETE)
    client = signed_in(writer_of(draft))
    for content in (b"no pdf", b"%PDF-1.7", b"x" * (26 * 1024 * 1024)):
        assert send(client, draft, content).status_code == 422
    assert client.post(at("draft_fill", draft.entry)).status_code == 422
    assert len(said(draft)) == len(COMPLETE)


@pytest.mark.once
def test_while_other_forms_are_read_applicant_and_office_are_asked_to_send_theirs_again():
    draft = make_draft()
    competition = draft.entry.competition
    content = filled_by_pikepdf(blank(competition), {"title": "Ein Garten"})
    client, desk = signed_in(writer_of(draft)), signed_in(make_office(competition))
    arrival = arrival_with(competition, content)
    with reading.AT_ONCE, reading.AT_ONCE:
        answer = send(client, draft, content)
        office = desk.post(reverse("intake:arrival_fill", args=[competition.code, arrival.number]), follow=True)
    assert answer.status_code == 503
    for page in (answer, office):
        assert "Gerade lesen wir andere Bögen" in page.content.decode()
    assert said(draft) == {}
    assert send(client, draft, content).status_code == 200


@pytest.mark.once
def test_nobody_sends_forms_without_end(monkeypatch):
    assert LIMITS["intake:draft_fill"].per_target <= 60
    monkeypatch.setitem(LIMITS, "intake:draft_fill", Limit(per_target=2))
    draft = make_draft()
    client = signed_in(writer_of(draft))
    assert [send(client, draft, b"no pdf").status_code for _time in range(3)] == [422, 422, 429]


@pytest.mark.once
def test_strangers_and_the_office_find_neither_form_nor_page_of_a_draft():
    draft = make_draft(answers=COMPLETE)
    for person, status in ((make_person(), 404), (make_office(draft.entry.competition), 403)):
        for name in ("draft_fill", "draft_form_pdf"):
            answer = signed_in(person).get(at(name, draft.entry))
            assert answer.status_code == status, name


# --- the arrival register -----------------------------------------------------------------------------------------------


def arrival_with(competition, *contents, **facts):
    return make_arrival(competition, channel="email", sender="Verein Beispiel", subject="Unsere Bewerbung",
                        files=[(f"anlage-{number}.pdf", content) for number, content in enumerate(contents)], **facts)


def plain_pdf():
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out)
    return out.getvalue()


def test_the_office_reads_the_form_among_the_files_of_a_mail_and_submits_it():
    competition = make_call()
    office = make_office(competition)
    form = filled_by_pikepdf(blank(competition), {"title": "Ein Garten", "abstract": "Kurz", "applicant": "Gartenverein"})
    arrival = arrival_with(competition, plain_pdf(), form)
    client = signed_in(office)
    url = reverse("intake:arrival_fill", args=[competition.code, arrival.number])
    assert url in client.get(reverse("intake:arrival_show", args=[competition.code, arrival.number])).content.decode()

    answer = client.post(url)

    assert answer.status_code == 200
    arrival.refresh_from_db()
    draft = arrival.entry.draft
    assert typed(draft) == {("title", 0): "Ein Garten", ("abstract", 0): "Kurz", ("applicant", 0): "Gartenverein"}
    assert [one["name"] for one in said(draft)["attachment", 0]] == ["anlage-0.pdf"]
    assert (arrival.entry.title, arrival.entry.applicant) == ("Ein Garten", "Gartenverein")
    assert services.submit_keyed(arrival.entry, by=office).is_accepted


@pytest.mark.once
def test_of_very_many_pdfs_some_are_left_to_the_office_and_the_one_it_names_is_read_first(monkeypatch):
    monkeypatch.setattr(pdf_forms, "MOST_PDFS", 2)
    competition = make_call()
    form = filled_by_pikepdf(blank(competition), {"title": "Ein Garten"})
    files = [plain_pdf(), plain_pdf(), form]
    desk = make_office(competition)

    missed = services.take_in(make_mail(attachments=[(f"{n}.pdf", one) for n, one in enumerate(files)]), competition=competition).arrival
    read = services.take_in(make_mail(message_id="<2@example.org>", attachments=[("a.pdf", form), ("b.pdf", files[0]), ("c.pdf", files[1])]),
                            competition=competition).arrival

    assert (missed.mail.outcome, missed.mail.trouble, read.mail.outcome) == ("office", "no_form", "draft")
    for arrival in (missed, read):
        assert "Nicht jedes PDF wurde angesehen" in arrival.mail.details[0]
    assert said(read.entry.draft)["title", 0] == "Ein Garten"
    with pytest.raises(BadInput, match="Nicht jedes PDF"):
        services.fill_from_arrival(missed, by=desk)
    draft, _filling = services.fill_from_arrival(missed, by=desk, code=missed.files.get(name="2.pdf").code)
    assert said(draft)["title", 0] == "Ein Garten"


@pytest.mark.once
def test_no_pdf_of_a_mail_is_opened_once_its_time_is_over(monkeypatch):
    assert pdf_forms.SECONDS <= 60
    monkeypatch.setattr(pdf_forms, "SECONDS", 0)
    forms = pdf_forms.forms_among([b"text", plain_pdf(), plain_pdf()])
    assert (forms.unread, forms.found, forms.refused, len(forms.refusals(["a", "b", "c"]))) == ([1, 2], [], [], 1)


def test_a_form_that_came_by_mail_is_judged_by_the_version_that_was_filled_in():
    competition = make_call()
    form = filled_by_pikepdf(blank(competition), {"title": "Ein Garten", "abstract": "Kurz"})
    publish(add_version(competition, make_form(make_question("anders", role="title"))))

    draft, filling = services.fill_from_arrival(arrival_with(competition, form), by=make_office(competition))

    assert said(draft) == {("title", 0): "Ein Garten", ("abstract", 0): "Kurz"}
    assert (draft.version.number, filling.faults) == (1, [])


def test_the_form_of_another_competition_among_the_files_begins_no_draft():
    competition, other = make_call(), make_call()
    arrival = arrival_with(competition, filled_by_pikepdf(blank(other), {"title": "Fremd"}))
    with pytest.raises(BadInput):
        services.fill_from_arrival(arrival, by=make_office(competition))
    arrival.refresh_from_db()
    assert arrival.entry is None


def test_an_arrival_without_a_form_says_so_and_begins_no_draft():
    competition = make_call()
    arrival = arrival_with(competition, plain_pdf())
    client = signed_in(make_office(competition))
    answer = client.post(reverse("intake:arrival_fill", args=[competition.code, arrival.number]), follow=True)
    arrival.refresh_from_db()
    assert arrival.entry is None
    assert "„anlage-0.pdf“: " in answer.content.decode()


def test_each_pdf_that_is_no_form_has_a_line_of_its_own():
    competition = make_call()
    client = signed_in(make_office(competition))
    arrival = arrival_with(competition, plain_pdf(), plain_pdf())
    answer = client.post(reverse("intake:arrival_fill", args=[competition.code, arrival.number]), follow=True)
    assert [str(one).partition(": ")[0] for one in answer.context["messages"]] == ["„anlage-0.pdf“", "„anlage-1.pdf“"]

    mailed = services.take_in(make_mail(attachments=[("a.pdf", plain_pdf()), ("b.pdf", plain_pdf())]), competition=competition).arrival
    page = client.get(reverse("intake:arrival_show", args=[competition.code, mailed.number])).content.decode()
    assert "<br>„b.pdf“: " in page


def test_a_mailed_form_becomes_a_draft_by_itself_with_the_annex_beside_it():
    competition = make_call(is_public=True)
    form = filled_by_pikepdf(blank(competition), {"title": "Ein Garten", "amount": "zwölf", "project_title[2]": "Zwei"})

    arrival = services.take_in(make_mail(attachments=[("anlage.pdf", plain_pdf()), ("bogen.pdf", form)])).arrival

    assert arrival.mail.outcome == "draft"
    assert typed(arrival.entry.draft) == {("title", 0): "Ein Garten", ("project_title", 1): "Zwei"}
    assert [one["name"] for one in said(arrival.entry.draft)["attachment", 0]] == ["anlage.pdf"]
    assert any("zwölf" in fault for fault in arrival.mail.details)


def test_a_mailed_form_that_cannot_be_read_is_a_task_with_its_reason():
    competition = make_call(is_public=True)
    content = blank(competition)
    with pikepdf.open(io.BytesIO(content)) as pdf:                      # as after “flatten”
        del pdf.Root.AcroForm
        for page in pdf.pages:
            page.obj.Annots = pikepdf.Array()
        out = io.BytesIO()
        pdf.save(out)

    arrival = services.take_in(make_mail(attachments=[("bogen.pdf", out.getvalue())])).arrival

    assert (arrival.mail.outcome, arrival.mail.trouble, arrival.entry) == ("office", "no_form", None)
    assert competition.code in arrival.mail.details[0]


@pytest.mark.once
def test_a_late_arrival_is_decided_on_before_its_form_is_read():
    competition = make_call(closes=CLOSES)
    office = make_office(competition)
    late = CLOSES + timedelta(days=1)
    arrival = arrival_with(competition, blank(competition), arrived_at=late)
    with clock.at(late):
        answer = signed_in(office).post(reverse("intake:arrival_fill", args=[competition.code, arrival.number]))
    arrival.refresh_from_db()
    assert (answer.status_code, arrival.entry) == (403, None)


# --- a municipality that the register does not know -------------------------------------------------------------------


def call_of_municipalities():
    place = Question("place", Type.MUNICIPALITY, Localized(de="Kommune"), required="yes", role="municipality")
    competition = make_competition(is_public=True, applicant_kind="municipality")
    publish(add_version(competition, Form(title=Localized(de="Bogen"), code="entry", sections=(
        Section("all", Localized(de="Alles"), items=(Question("title", Type.TEXT, Localized(de="Titel"), role="title"), place)),))))
    body = make_municipality(key="06631009", name="Fulda, Stadt")
    competition.register_edition = body.edition
    competition.save()
    return competition, body


def mail_with(competition, **values):
    message = EmailMessage()
    message["From"], message["To"], message["Date"] = "anna@example.net", "buero@example.org", "Mon, 02 Oct 2017 11:00:00 +0200"
    message.set_content("Anbei.")
    message.add_attachment(filled_by_pikepdf(blank(competition), values), maintype="application", subtype="pdf", filename="bogen.pdf")
    return services.take_in(message.as_bytes()).arrival


def told_tasks(office, competition):
    return [task.url.partition("?")[2] for task in office_tasks(office, competition)]


def test_a_municipality_that_no_register_knows_is_a_task_with_suggestions_and_one_click_ends_it():
    competition, body = call_of_municipalities()
    office = make_office(competition)
    arrival = mail_with(competition, title="Ein Garten", place="Kommune Fulda-Süd")
    client = signed_in(office)
    assert (arrival.mail.outcome, arrival.entry.municipality) == ("draft", None)
    assert "show=unknown" in told_tasks(office, competition)
    assert [row.number for row in Arrival.objects.filter(queries.UNKNOWN_BODY)] == [arrival.number]
    address = reverse("intake:arrival_show", args=[competition.code, arrival.number])
    page = client.get(address).content.decode()
    assert "Kommune Fulda-Süd" in page
    assert f'value="{body.key}"' in page

    naming = reverse("intake:arrival_body", args=[competition.code, arrival.number])
    assert client.post(naming, {"key": "99999999"}).status_code in (302, 400, 422)
    assert signed_in(make_role(competition, "auditor").person).post(naming, {"key": body.key}).status_code == 403
    arrival.entry.refresh_from_db()
    assert arrival.entry.municipality is None
    client.post(naming, {"key": body.key})

    arrival.entry.refresh_from_db()
    assert (arrival.entry.municipality, arrival.entry.applicant) == (body, body.name)
    assert "show=unknown" not in told_tasks(office, competition)
    assert "Welche Kommune ist gemeint?" not in client.get(address).content.decode()


def test_a_municipality_that_is_known_or_left_out_asks_nobody():
    competition, body = call_of_municipalities()
    office = make_office(competition)
    assert mail_with(competition, title="Eins", place="Fulda").entry.municipality == body
    mail_with(competition, title="Zwei")

    assert "show=unknown" not in told_tasks(office, competition)


@pytest.mark.parametrize(("text", "first"), [
    ("Stadt Ulm und Neu-Ulm", ["Ulm, Stadt", "Neu-Ulm, Stadt"]), ("Landkreis Celle Nord", ["Celle"]), ("Stadtverwaltung Gera", ["Gera, Stadt"]),
    ("Gemeinde Au", ["Au"]), ("Gemeinde Nr", []), ("Samtgemeinde Hinterwaldd", []), ("Stadt Celle-Nord", ["Celle, Stadt", "Celle"]),
    ("Verein für Dornburg e.V.", ["Dornburg-Camburg, Stadt"]),
])
def test_the_suggestions_are_bodies_that_may_be_meant_and_no_word_that_every_second_one_is_called_by(text, first):
    competition, body = call_of_municipalities()
    names = ["Ulm, Stadt", "Neu-Ulm, Stadt", "Ulmen", "Celle, Stadt", "Nordhorn, Stadt", "Gera, Stadt", "Geraberg", "Au", "Augsburg, Stadt",
             "Dornburg-Camburg, Stadt", "Nordkreis Land", "Stadtroda, Stadt"]
    for number, name in enumerate(names, 1):
        make_municipality(key=f"066320{number:02d}", name=name, edition=body.edition)
    make_municipality(key="03351", name="Celle", edition=body.edition, legal_status=LegalStatus.LANDKREIS)
    arrival = mail_with(competition, title="Ein Garten", place=text)

    choices = list(unknown_body_of(arrival)["choices"].values())

    assert [words.partition(" (")[0] for words in choices][:len(first) or 1] == first


def test_where_no_municipality_applies_one_click_ends_the_task():
    competition, _body = call_of_municipalities()
    office = make_office(competition)
    arrival = mail_with(competition, title="Ein Garten", place="Verein Bürgerhaus")
    client, ending = signed_in(office), reverse("intake:arrival_no_body", args=[competition.code, arrival.number])
    shown = reverse("intake:arrival_show", args=[competition.code, arrival.number])
    assert ending in client.get(shown).content.decode()
    assert signed_in(make_role(competition, "auditor").person).post(ending).status_code == 403
    assert "show=unknown" in told_tasks(office, competition)

    client.post(ending)

    assert "show=unknown" not in told_tasks(office, competition)
    assert "Welche Kommune ist gemeint?" not in client.get(shown).content.decode()
    assert LogEvent.objects.get(verb="draft.no_body").actor == office.code
