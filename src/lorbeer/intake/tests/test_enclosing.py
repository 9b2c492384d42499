"""What comes beside a mailed form answers its questions for files: by itself where it is certain, else by a click of the office."""

import io
from datetime import timedelta
from email.message import EmailMessage

import pikepdf
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.models import Entry, State
from lorbeer.intake import attest, documents, queries, services
from lorbeer.intake.models import Arrival, Enclosure
from lorbeer.intake.tasks import office_tasks
from lorbeer.intake.tests.factories import OPEN, make_draft, make_office, make_person, make_role
from lorbeer.intake.tests.test_filling import blank, plain_pdf, writer_of
from lorbeer.intake.tests.test_views import signed_in
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.definition import Form, Limits, Question, Repeat, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.questionnaire.tests.test_pdfform import filled_by_pikepdf
from lorbeer.shared import clock, files
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import LogEvent
from lorbeer.shared.text import Localized

pytestmark = pytest.mark.django_db


def photo(colour="green"):
    out = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(out, "JPEG")
    return out.getvalue()


def ask(name, type, *kinds, files=1, **facts):
    return Question(name, type, Localized(de=name.title()), limits=Limits(files=files, file_types=kinds), **facts)


TITLE = Question("title", Type.TEXT, Localized(de="Titel"), required="yes", role="title")
PHOTO, PLAN, COSTS = ask("photo", Type.PHOTO, "jpg", files=2), ask("plan", Type.FILE, "pdf"), ask("costs", Type.FILE, "pdf")


@pytest.fixture(autouse=True)
def while_open():
    with clock.at(OPEN):
        yield


def call_with(*items):
    competition = make_competition(is_public=True)
    publish(add_version(competition, Form(title=Localized(de="Bogen"), code="entry", sections=(
        Section("all", Localized(de="Alles"), items=(TITLE, *items)),))))
    return competition


def mailed(competition, *came, inline=(), **values):
    """The arrival of a mail with the filled-in form and these (name, data) beside it."""
    message = EmailMessage()
    message["From"], message["To"], message["Date"] = "anna@example.net", "buero@example.org", "Mon, 02 Oct 2017 11:00:00 +0200"
    message.set_content("Anbei.")
    form = filled_by_pikepdf(blank(competition), {"title": "Ein Garten"} | values)
    for name, data in (("bogen.pdf", form), *came):
        kind = "application/pdf" if name.endswith(".pdf") else "image/jpeg" if name.endswith("jpg") else "application/octet-stream"
        message.add_attachment(data, maintype=kind.split("/")[0], subtype=kind.split("/")[1], filename=name)
    for name, data in inline:
        message.add_attachment(data, maintype="image", subtype="jpeg", filename=name, disposition="inline", cid="<logo@x>")
    return services.take_in(message.as_bytes()).arrival


def said(arrival):
    """question → names of its files."""
    answers = queries.draft_answers(arrival.entry.draft)
    return {name if not place else (name, place): [one["name"] for one in value]
            for (name, place), value in answers.items() if isinstance(value, list)}


def reasons(arrival):
    return {row.file.name: (row.reason, row.question) for row in arrival.enclosures.select_related("file")}


def test_what_can_only_be_meant_for_one_question_answers_it():
    arrival = mailed(call_with(PHOTO, PLAN), ("IMG_1.jpg", photo()), ("IMG_2.jpg", photo("red")), ("Lageplan.pdf", plain_pdf()))

    assert said(arrival) == {"photo": ["IMG_1.jpg", "IMG_2.jpg"], "plan": ["Lageplan.pdf"]}
    assert {reason for reason, _question in reasons(arrival).values()} == {"only"}
    assert LogEvent.objects.filter(verb="arrival.enclose", actor="system:mail").count() == 3
    assert list(attest.enclosures()) == []
    assert not Arrival.objects.filter(queries.UNPLACED).exists()


def test_two_questions_of_a_kind_or_one_file_too_many_are_left_to_the_office():
    both = mailed(call_with(PLAN, COSTS), ("a.pdf", plain_pdf()))
    many = mailed(call_with(PHOTO), *((f"{number}.jpg", photo(colour)) for number, colour in enumerate(("red", "green", "blue"))))

    assert said(both) == said(many) == {}
    assert reasons(both) == {"a.pdf": ("", "")}
    assert Arrival.objects.filter(queries.UNPLACED).count() == 2
    told = [(task.url.partition("?")[2], task.count) for task in office_tasks(make_office(both.competition), both.competition)]
    assert ("show=unplaced", 1) in told


def test_the_form_says_which_file_is_meant():
    arrival = mailed(call_with(PLAN, COSTS), ("a.pdf", plain_pdf()), ("b.pdf", plain_pdf() + b"\n"),
                     **{"plan:file": "B.PDF", "costs:file": "a.pdf"})

    assert said(arrival) == {"plan": ["b.pdf"], "costs": ["a.pdf"]}
    assert set(reasons(arrival).values()) == {("named", "plan"), ("named", "costs")}
    assert arrival.mail.details == []


def test_a_name_that_two_files_have_or_two_questions_claim_decides_nothing():
    twice = mailed(call_with(PLAN, COSTS), ("a.pdf", plain_pdf()), ("a.pdf", plain_pdf() + b"\n"), **{"plan:file": "a.pdf"})
    claimed = mailed(call_with(PLAN, COSTS), ("a.pdf", plain_pdf()), **{"plan:file": "a.pdf", "costs:file": "a.pdf"})

    assert said(twice) == said(claimed) == {}


@pytest.mark.parametrize(("came", "says", "taken"), [
    (("plan1.pdf", "plan2.pdf"), "", []),
    (("a.pdf", "b.pdf"), "a.pdf, b.pdf", []),
    (("a.pdf", "A.PDF"), "a.pdf, A.PDF", []),
    (("a.pdf", "plan_new.pdf"), "a.pdf", ["a.pdf"]),
    (("a.pdf", "b.pdf", "plan_new.pdf"), "a.pdf, b.pdf", []),
])
def test_more_files_than_a_question_takes_never_replace_each_other_unseen(came, says, taken):
    arrival = mailed(call_with(PLAN, COSTS), *((name, plain_pdf() + b"\n" * number) for number, name in enumerate(came)),
                     **{"plan:file": says} if says else {})

    assert said(arrival) == ({"plan": taken} if taken else {})
    assert {name: reason for name, (reason, _question) in reasons(arrival).items()} == {
        name: "named" if name in taken else "" for name in came}
    assert Arrival.objects.filter(queries.UNPLACED).get() == arrival


@pytest.mark.parametrize(("name", "question"), [
    ("plan.pdf", "plan"), ("Plan_2.pdf", "plan"), ("costs of all.pdf", "costs"), ("planung.pdf", None), ("unser plan.pdf", None),
])
def test_a_name_that_begins_as_the_question_is_called_says_it(name, question):
    arrival = mailed(call_with(PLAN, COSTS), (name, plain_pdf()))

    assert said(arrival) == ({question: [name]} if question else {})


ABOUT = {"alternative_text": "Ein Beet", "caption": "Im Mai", "credit": "A. Beispiel", "rights": "Stadt Muster"}


def about(name, number=1, **facts):
    """The fields of a photo in the form."""
    own = f"~{number}" if number > 1 else ""
    return {f"photo:{part}{own}": text for part, text in {"file": name, **facts}.items()}


def photos(draft, *key):
    value = queries.draft_answers(draft)[key or ("photo", 0)]
    return {one["name"]: {part: fact for part, fact in one.items() if part not in ("code", "name", "sha256", "size")} for one in value}


def faults_of(draft):
    return [(fault.question, fault.part) for fault in queries.completeness(draft).faults]


def test_what_the_form_says_of_photos_comes_with_them_and_makes_the_entry_complete():
    arrival = mailed(call_with(PHOTO), ("a.jpg", photo()), ("b.jpg", photo("red")),
                     **about("B.jpg", **ABOUT, printable="on"), **about("a.jpg", 2, credit="C. Beispiel"))

    assert photos(arrival.entry.draft) == {"b.jpg": {**ABOUT, "printable": True}, "a.jpg": {"credit": "C. Beispiel"}}
    assert arrival.mail.details == []
    missing = [part.partition("-")[2] for question, part in faults_of(arrival.entry.draft) if question == "photo"]
    assert missing == ["alternative_text", "rights", "printable"]


def test_each_gap_of_a_photo_is_named_and_leads_to_its_field_whatever_the_way_in():
    arrival = mailed(call_with(PHOTO), ("a.jpg", photo()), ("b.jpg", photo("red")),
                     **about("a.jpg", **ABOUT, printable="on"), **about("b.jpg", 2))
    client = signed_in(make_office(arrival.competition))
    gaps = client.get(reverse("intake:entry_check", args=[arrival.competition.code, arrival.entry.code])).content.decode()
    at_gap = next(number for number, one in enumerate(queries.draft_answers(arrival.entry.draft)["photo", 0]) if one["name"] == "b.jpg")

    assert "„b.jpg“: Bitte nennen Sie" in gaps
    assert "„a.jpg“:" not in gaps
    target = f"q-photo--{at_gap}-credit"
    assert f"?check=1#{target}" in gaps
    page = client.get(reverse("intake:section_edit", args=[arrival.competition.code, arrival.entry.code, "all"]) + "?check=1").content.decode()
    assert f'id="{target}"' in page


def test_a_description_without_its_photo_is_quoted_and_comes_with_the_photo_when_the_office_puts_it_there():
    arrival = mailed(call_with(ask("photo", Type.PHOTO, "jpg"), ask("other", Type.PHOTO, "jpg")), ("a.jpg", photo()), **about("", **ABOUT))
    assert said(arrival) == {}
    assert "„A. Beispiel“" in arrival.mail.details[0]

    services.assign_enclosure(arrival.enclosures.get(), "photo", 0, by=make_office(arrival.competition))

    assert photos(arrival.entry.draft) == {"a.jpg": ABOUT}


def test_words_about_a_photo_that_are_too_long_or_of_another_file_are_quoted_and_change_nothing():
    arrival = mailed(call_with(PHOTO), ("a.jpg", photo()), **about("a.jpg", caption="x" * 501, credit="A. Beispiel"),
                     **about("nie-geschickt.jpg", 2, credit="B. Beispiel"))

    assert photos(arrival.entry.draft) == {"a.jpg": {"credit": "A. Beispiel"}}
    told = " ".join(arrival.mail.details)
    assert "höchstens 500" in told
    assert "nie-geschickt.jpg" in told
    assert "B. Beispiel" in told


def test_online_the_form_fills_gaps_of_the_photos_there_and_overwrites_nothing_unseen():
    competition = call_with(PHOTO)
    draft = make_draft(competition)
    services.attach_file(draft, "photo", 0, SimpleUploadedFile("a.jpg", photo()), by=writer_of(draft), credit="A. Beispiel")
    filled = pdfform.read(filled_by_pikepdf(blank(competition), about("a.jpg", credit="B. Beispiel", rights="CC BY 4.0")))

    filling = services.fill_online(draft, filled, by=writer_of(draft))

    assert photos(draft) == {"a.jpg": {"credit": "A. Beispiel", "rights": "CC BY 4.0"}}
    assert any("B. Beispiel" in fault for fault in filling.faults)


def test_a_form_made_with_the_photos_shows_what_is_known_and_may_correct_it():
    competition = call_with(PHOTO)
    draft = make_draft(competition)
    services.attach_file(draft, "photo", 0, SimpleUploadedFile("a.jpg", photo()), by=writer_of(draft), credit="A. Beispeil", printable=True)
    with clock.at(OPEN + timedelta(minutes=1)):
        form = documents.form_with_answers(draft, "de")
        fields = names_and_values(form)
        services.fill_online(draft, pdfform.read(filled_by_pikepdf(form, about("a.jpg", credit="A. Beispiel"))), by=writer_of(draft))

    assert {part: fields[f"photo:{part}"] for part in ("file", "credit", "printable")} == {
        "file": "a.jpg", "credit": "A. Beispeil", "printable": "/on"}
    assert photos(draft) == {"a.jpg": {"credit": "A. Beispiel", "printable": True}}


def names_and_values(content):
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return {str(one.T): str(one.get("/V", "")) for one in pdf.Root.AcroForm.Fields}


def test_a_photo_scanned_with_a_letter_is_put_to_its_question_with_a_click_and_asks_nobody():
    competition = call_with(PHOTO)
    office = make_office(competition)
    arrival = services.register_arrival(competition, channel="post", by=office, arrived_at=OPEN, postmarked_on=OPEN.date(), sender="Stadt",
                                        files=[("foto.jpg", photo()), ("brief.pdf", plain_pdf())])
    services.start_key_in(arrival, by=office)
    arrival.refresh_from_db()
    client = signed_in(office)
    page = client.get(at("arrival_show", arrival)).content.decode()
    assert page.count('value="photo:0"') == 1
    assert not Arrival.objects.filter(queries.UNPLACED).exists()

    client.post(at("enclosure_assign", arrival, arrival.files.get(name="foto.jpg").code), {"_question": "photo:0"})
    assert client.post(at("enclosure_assign", arrival, arrival.files.get(name="brief.pdf").code), {"_question": "photo:0"}).status_code == 404

    assert said(arrival) == {"photo": ["foto.jpg"]}
    assert list(attest.enclosures()) == []


def test_in_a_repeat_the_name_says_the_place():
    repeat = Repeat("project", Localized(de="Projekt"), max_count=2, items=(
        Question("project_title", Type.TEXT, Localized(de="Titel des Projekts")), ask("sketch", Type.FILE, "pdf")))
    arrival = mailed(call_with(repeat), ("sketch_2.pdf", plain_pdf()), ("sketch.pdf", plain_pdf() + b"\n"),
                     **{"project_title[1]": "Eins", "project_title[2]": "Zwei"})

    assert said(arrival) == {("sketch", 2): ["sketch_2.pdf"]}
    assert reasons(arrival)["sketch.pdf"] == ("", "")


def test_the_logo_of_a_signature_is_never_taken_for_the_photo():
    arrival = mailed(call_with(PHOTO), inline=[("logo.jpg", photo("red"))])
    beside = mailed(call_with(PHOTO), ("garten.jpg", photo()), inline=[("logo.jpg", photo("red"))])

    assert said(arrival) == said(beside) == {}
    assert reasons(beside) == {"garten.jpg": ("", ""), "logo.jpg": ("", "")}


def test_what_answers_no_question_asks_nobody():
    arrival = mailed(call_with(PHOTO), ("notiz.bin", b"\0\1\2"), ("brief.pdf", plain_pdf()))
    assert not arrival.enclosures.exists()


def test_a_question_that_is_not_asked_gets_no_file():
    arrival = mailed(call_with(ask("plan", Type.FILE, "pdf", relevant="${title} = 'Anderes'")), ("plan.pdf", plain_pdf()))
    assert said(arrival) == {}


def test_a_file_that_is_certain_and_too_long_is_refused_with_its_sentence_and_left_to_the_office():
    short = Question("plan", Type.FILE, Localized(de="Plan"), limits=Limits(pages=1, file_types=("pdf",)))
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.add_blank_page()
        pdf.save(out)

    arrival = mailed(call_with(short), ("plan.pdf", out.getvalue()))

    assert said(arrival) == {}
    assert reasons(arrival) == {"plan.pdf": ("", "")}
    assert "plan.pdf" in arrival.mail.details[0]
    assert (arrival.mail.outcome, arrival.entry.title) == ("draft", "Ein Garten")


# --- at the desk ------------------------------------------------------------------------------------------------------


def at(name, arrival, *more):
    return reverse(f"intake:{name}", args=[arrival.competition.code, arrival.number, *more])


def test_the_office_gives_each_file_its_question_with_one_click_changes_its_mind_and_the_task_ends():
    competition = call_with(PLAN, COSTS)
    plan = plain_pdf()
    arrival = mailed(competition, ("a.pdf", plan))
    row = arrival.enclosures.get()
    client = signed_in(make_office(competition))
    page = client.get(at("arrival_show", arrival)).content.decode()
    assert "Welche Frage beantworten diese Dateien?" in page
    assert 'value="plan:0"' in page
    assert 'value="costs:0"' in page

    client.post(at("enclosure_assign", arrival, row.file.code), {"_question": "plan:0"})
    assert said(arrival) == {"plan": ["a.pdf"]}
    assert not Arrival.objects.filter(queries.UNPLACED).exists()
    client.post(at("enclosure_assign", arrival, row.file.code), {"_question": "plan:0"})
    client.post(at("enclosure_assign", arrival, row.file.code), {"_question": "costs:0"})
    assert said(arrival) == {"costs": ["a.pdf"]}
    client.post(at("enclosure_set_aside", arrival, row.file.code))
    assert said(arrival) == {}
    assert reasons(arrival) == {"a.pdf": ("aside", "")}

    assert [event.detail["reason"] for event in LogEvent.objects.filter(verb="arrival.enclose").order_by("pk")] == ["office", "office", "aside"]
    assert list(attest.enclosures()) == []
    Enclosure.objects.update(reason="office", question="plan")
    assert len(list(attest.enclosures())) == 1
    assert files.read(row.file) == plan


def test_where_one_file_is_asked_for_a_second_one_takes_its_place_and_the_first_waits_again():
    competition = call_with(ask("photo", Type.PHOTO, "jpg"))
    arrival = mailed(competition, ("a.jpg", photo()), ("b.jpg", photo("red")))
    first, second = arrival.enclosures.order_by("pk")
    client = signed_in(make_office(competition))

    client.post(at("enclosure_assign", arrival, first.file.code), {"_question": "photo:0"})
    assert "anstelle der Datei dort" in client.get(at("arrival_show", arrival)).content.decode()
    client.post(at("enclosure_assign", arrival, second.file.code), {"_question": "photo:0"})

    assert said(arrival) == {"photo": ["b.jpg"]}
    assert reasons(arrival) == {"a.jpg": ("", ""), "b.jpg": ("office", "photo")}
    assert list(attest.enclosures()) == []


def test_a_click_that_fits_nothing_changes_nothing():
    competition = call_with(PLAN, COSTS, PHOTO)
    arrival = mailed(competition, ("a.pdf", plain_pdf()))
    row = arrival.enclosures.get()
    client = signed_in(make_office(competition))

    for question in ("photo:0", "title:0", "plan:7", "", "plan", "x" * 300, "plan:99999999999999"):
        assert client.post(at("enclosure_assign", arrival, row.file.code), {"_question": question}).status_code == 302
    assert reasons(arrival) == {"a.pdf": ("", "")}


def test_only_the_office_decides_and_only_until_it_is_decided_whether_the_entry_is_admitted():
    competition = call_with(PLAN, COSTS)
    arrival, other = mailed(competition, ("a.pdf", plain_pdf())), mailed(call_with(PLAN, COSTS), ("b.pdf", plain_pdf()))
    row, office = arrival.enclosures.get(), make_office(competition)
    insiders = [make_role(competition, kind).person for kind in ("auditor", "juror")]
    for person, status in ((make_person(), 404), *((one, 403) for one in insiders)):
        assert signed_in(person).post(at("enclosure_assign", arrival, row.file.code), {"_question": "plan:0"}).status_code == status
        assert signed_in(person).post(at("enclosure_set_aside", arrival, row.file.code)).status_code == status
    assert signed_in(office).post(at("enclosure_assign", arrival, other.enclosures.get().file.code), {"_question": "plan:0"}).status_code == 404
    assert reasons(arrival) == {"a.pdf": ("", "")}

    services.submit_keyed(arrival.entry, by=office)
    page = signed_in(office).get(at("arrival_show", arrival)).content.decode()
    assert 'value="plan:0"' in page
    assert "zählt, sobald Sie ihn erneut einreichen" in page
    Entry.objects.update(state=State.ADMITTED)
    with pytest.raises(Refused):
        services.assign_enclosure(row, "plan", 0, by=office)
    assert 'value="plan:0"' not in signed_in(office).get(at("arrival_show", arrival)).content.decode()


def test_of_two_forms_the_office_says_which_is_read_and_nobody_guesses():
    competition = call_with(PLAN)
    form = filled_by_pikepdf(blank(competition), {"title": "Ein Park"})
    arrival = mailed(competition, ("zweiter.pdf", form))
    client = signed_in(make_office(competition))
    assert (arrival.mail.trouble, arrival.entry) == ("several_forms", None)

    assert "bogen.pdf" in client.post(at("arrival_fill", arrival), follow=True).content.decode()
    arrival.refresh_from_db()
    assert arrival.entry is None
    second = arrival.files.get(name="zweiter.pdf")
    client.post(at("arrival_fill", arrival), {"_file": second.code})
    arrival.refresh_from_db()
    assert (arrival.entry.title, said(arrival)) == ("Ein Park", {})     # the other form is no plan
