"""Winners who applied by e-mail or on paper hear their result like everybody else."""

from datetime import UTC, datetime
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from pypdf import PdfReader

from lorbeer.awards import queries, services
from lorbeer.awards.models import Award
from lorbeer.awards.tests.factories import announce, make_decided_competition
from lorbeer.entries.models import Contributor, Entry
from lorbeer.entries.services import accept_invitation, invite_co_editor
from lorbeer.intake.models import Arrival, Submission
from lorbeer.people.models import Person, Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import Type
from lorbeer.questionnaire.frozen import canonical_document
from lorbeer.questionnaire.tests.factories import make_form, make_question, make_version
from lorbeer.shared import clock, files
from lorbeer.shared.desk import tasks_for
from lorbeer.shared.errors import Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db


def make_paper(entry: Entry, email="") -> None:
    """Let `entry` be one that came by post: no account, an entry form with a postal address and perhaps `email`."""
    entry.contributors.all().delete()
    form = make_form(
        make_question("name", role="contact_name"), make_question("mail", role="contact_email"),
        make_question("anschrift", type=Type.ADDRESS, role="address"))
    version = make_version(entry.competition, form)
    answers = {("name", 0): "Erika Muster", ("mail", 0): email,
               ("anschrift", 0): {"street": "Musterweg 3", "postcode": "12345", "town": "Aastadt"}}
    data, sha256 = canonical_document(form, version, answers)
    arrival = Arrival.objects.create(competition=entry.competition, channel="post", entry=entry)
    Submission.objects.create(entry=entry, number=1, version=version, arrival=arrival, document=data.decode(), sha256=sha256)


def office_of(competition):
    return make_role(competition, Role.Kind.OFFICE).person


def labels(person, competition):
    return [task.label for task in tasks_for(person, competition) if "per Post" in task.label]


def test_the_result_goes_to_the_address_to_which_the_receipt_went():
    competition, winner, _loser, sponsor = make_decided_competition()
    make_paper(winner, "gruppe-7@example.net")
    assert queries.letter_count(competition, 1).by_post == []

    announce(competition, sponsor)

    mail = Message.objects.get(kind="result", subject=f"entry:{winner.code}")
    assert mail.recipient == "gruppe-7@example.net"
    assert "Die Urkunde senden wir Ihnen zu" in mail.body               # no page that they could not open
    assert labels(office_of(competition), competition) == []


def test_who_has_no_address_gets_a_letter_by_post_and_the_office_is_told_until_it_is_sent(client):
    competition, winner, _loser, sponsor = make_decided_competition()
    make_paper(winner)
    office = office_of(competition)
    assert labels(office, competition) == []                            # nothing before the announcement
    announce(competition, sponsor)
    client.force_login(office)
    letter = reverse("awards:letter_pdf", args=[competition.code, winner.code])

    assert labels(office, competition) == ["1 Brief mit dem Ergebnis per Post senden"]
    assert letter in client.get(reverse("awards:result_list", args=[competition.code])).content.decode()
    assert letter in client.get(reverse("entries:entry_tab", args=[competition.code, winner.code, "award"])).content.decode()
    text = PdfReader(BytesIO(client.get(letter).content)).pages[0].extract_text()
    for wanted in ("Aastadt", "Erika Muster", "Musterweg 3", "12345 Aastadt", "Siegreicher Beitrag"):
        assert wanted in text
    client.post(reverse("awards:letter_posted", args=[competition.code, winner.code]))

    assert labels(office, competition) == []
    assert LogEvent.objects.filter(verb="results.post").count() == 1


@pytest.mark.parametrize(("reads", "written", "words"), [
    ("de", "", ("Büro für alle", "Unser Zeichen", "Juni 2018", "hat gewonnen")),
    ("en", "", ("Office for all", "Our reference", "June 2018", "has won")),
    ("en", "de", ("Büro für alle", "Unser Zeichen", "Juni 2018", "Glückwunsch, Grüße vom Büro für alle")),
])
def test_a_printed_letter_is_in_one_language_whatever_the_office_reads(client, reads, written, words):
    competition, winner, _loser, sponsor = make_decided_competition(
        office_name={"de": "Büro für alle", "en": "Office for all"}, languages=["de", "en"])
    winner.contributors.all().delete()
    Contributor.objects.create(entry=winner, person=make_person(language=reads), is_contact=True)
    if written:
        competition.letters.create(code="result_won", language=written, subject="Ihr Ergebnis",
                                   body="Glückwunsch, Grüße vom {{ office.name }}")
    with clock.at(datetime(2018, 6, 11, 10, tzinfo=UTC)):
        announce(competition, sponsor)
    office = office_of(competition)
    office.choose_language("de" if reads == "en" else "en")
    client.force_login(office)

    printed = client.get(reverse("awards:letter_pdf", args=[competition.code, winner.code])).content
    enclosed = files.read(Message.objects.get(kind="result", subject=f"entry:{winner.code}").attachments.get())

    for letter in (printed, enclosed):
        text = PdfReader(BytesIO(letter)).pages[0].extract_text().replace("\xa0", " ")
        assert all(word in text for word in words), text
        assert not any(name in text for name in competition.office_name.values() if name not in words), text
        assert PdfReader(BytesIO(letter)).trailer["/Root"]["/Lang"].startswith(written or reads)


@pytest.mark.parametrize(("kind", "status"), [(Role.Kind.SPONSOR, 403), (Role.Kind.JUROR, 403), (None, 404)])
def test_only_the_office_prints_letters(client, kind, status):
    competition, winner, _loser, _sponsor = make_decided_competition()
    client.force_login(make_role(competition, kind).person if kind else make_person())
    assert client.get(reverse("awards:letter_pdf", args=[competition.code, winner.code])).status_code == status


@pytest.mark.parametrize("announced", [False, True])
def test_the_file_of_a_letter_opens_for_those_alone_for_whom_its_page_does(client, announced):
    competition, winner, _loser, sponsor = make_decided_competition()
    if announced:
        announce(competition, sponsor)
    stored = files.store(b"%PDF-1.7", name="Schreiben.pdf", scope=competition.code, subject=f"result:{winner.code}",
                         media_type="application/pdf")
    opens = {}
    for kind in Role.Kind.values:
        client.force_login(make_role(competition, kind).person)
        page = client.get(reverse("awards:letter_pdf", args=[competition.code, winner.code])).status_code
        assert client.get(files.address_of(stored)).status_code == page, kind
        opens[kind] = page == 200

    assert {kind for kind, does in opens.items() if does} == {Role.Kind.OFFICE, Role.Kind.OFFICE_LEAD}


def make_portrait(client):
    """A portrait of a winner on paper, and the office signed in."""
    competition, winner, _loser, sponsor = make_decided_competition()
    make_paper(winner, "gruppe-7@example.net")
    announce(competition, sponsor)
    portrait = services.write_portrait(Award.objects.get(), description="Text", reasons="", by=None)
    office = office_of(competition)
    client.force_login(office)
    return portrait, winner, office


def test_the_office_notes_an_approval_on_paper(client):
    portrait, winner, office = make_portrait(client)
    page = reverse("awards:portrait_write", args=[winner.competition.code, portrait.award.code])
    address = reverse("awards:portrait_approve_on_paper", args=[winner.competition.code, portrait.award.code])
    assert address in client.get(page).content.decode()

    assert client.post(address, {"ground": ""}).status_code == 400
    client.post(address, {"ground": "Brief von Frau Muster vom 3. März"})

    portrait.refresh_from_db()
    assert portrait.approved_by == office
    assert "Brief von Frau Muster vom 3. März" in client.get(page).content.decode()
    assert LogEvent.objects.get(verb="portrait.approve").detail["on_paper"] is True


def test_the_office_invites_a_contact_person_who_then_reads_the_portrait(client):
    portrait, winner, office = make_portrait(client)
    with pytest.raises(Refused):
        services.send_portrait_for_proof(portrait, by=office)
    people = reverse("intake:contributor_list", args=[winner.competition.code, winner.code])
    assert people in client.get(reverse("awards:portrait_write", args=[winner.competition.code, portrait.award.code])).content.decode()
    assert "hat noch niemand ein Konto" in client.get(people).content.decode()
    _invitation, token = invite_co_editor(winner, "erika@example.org", by=office)
    person = make_person()

    accept_invitation(token, by=person)

    assert Contributor.objects.get(entry=winner).is_contact
    services.send_portrait_for_proof(portrait, by=office)
    assert Message.objects.get(kind="portrait_proof").recipient == person.email
    with pytest.raises(Refused):
        invite_co_editor(winner, "noch@example.org", by=office)         # from now on they invite others themselves


@pytest.mark.parametrize(("data", "said"), [
    (b"no picture", "„bad.jpg“ wurde nicht gespeichert, weil der Inhalt nicht dem Namen entspricht"),
    (b"", "Diese Datei ist leer und wurde nicht gespeichert"),
    (b"x" * (1024 * 1024 + 1), "„bad.jpg“ ist größer als 1 MB und wurde nicht gespeichert"),
])
def test_a_refused_picture_is_named_and_the_page_says_to_choose_a_file_again(client, settings, data, said):
    settings.MAX_UPLOAD_MB = 1
    portrait, winner, _office = make_portrait(client)
    answer = client.post(reverse("awards:picture_upload", args=[winner.competition.code, portrait.award.code]), {
        "picture": SimpleUploadedFile("bad.jpg", data), "alternative_text": "Ein Beet", "credit": "Ada Meyer"})

    page = answer.content.decode()
    assert (answer.status_code, said in page, 'value="Ada Meyer"' in page) == (400, True, True)
    assert "Browser behalten keine Dateien" in page


def test_the_file_of_a_letter_is_called_in_the_language_of_its_reader_whoever_announces():
    competition, winner, loser, sponsor = make_decided_competition()
    Person.objects.filter(contributions__entry=loser).update(language="en")
    with translation.override("en"):
        announce(competition, sponsor)
    names = {mail.subject: mail.attachments.get().name for mail in Message.objects.filter(kind="result")}
    assert names == {f"entry:{winner.code}": f"Schreiben {winner.code}.pdf", f"entry:{loser.code}": f"Letter {loser.code}.pdf"}
