"""Whoever judges an entry reads it without contact data and other personal answers, on pages, in PDFs and among files."""

from io import BytesIO

import pytest
from django.db.models import Q
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from lorbeer.call.models import AwardGroup
from lorbeer.call.tests.factories import make_competition
from lorbeer.entries import queries as entries
from lorbeer.intake import services as intake
from lorbeer.intake.tests.factories import OPEN
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.questionnaire.definition import Form, Question, Section, Type
from lorbeer.questionnaire.services import add_version, publish
from lorbeer.screening import services
from lorbeer.screening.tests.factories import SCREENING
from lorbeer.shared import clock, files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.text import localized

pytestmark = pytest.mark.django_db
MAIL, AIM = "geheim@example.org", "Wir graben gemeinsam um."
FORM = Form(title=localized("Bogen"), code="entry", languages={"de": "Deutsch"}, sections=(Section("a", localized("Angaben"), items=(
    Question("title", Type.TEXT, localized("Titel"), role="title"),
    Question("aim", Type.LONG_TEXT, localized("Ziel")),
    Question("mail", Type.EMAIL, localized("E-Mail der Ansprechperson"), role="contact_email", personal_data="contact"),
    Question("proof", Type.FILE, localized("Vollmacht"), personal_data="person"),
    Question("plan", Type.FILE, localized("Plan")),
)),))


@pytest.fixture
def vote():
    competition = make_competition(screening=SCREENING)
    publish(add_version(competition, FORM))
    applicant = make_person()
    with clock.at(OPEN):
        draft = intake.start_draft(competition, by=applicant, applicant="Stadt Musterstadt")
        codes = {}
        for name in ("proof", "plan"):
            stored = files.store(f"%PDF {name}".encode(), name=f"{name}.pdf", stored_by=applicant, scope=competition.code,
                                 subject=f"entry:{draft.entry.code}", media_type="application/pdf")
            codes[name] = [{"code": stored.code, "sha256": stored.blob_id, "name": stored.name, "size": 4}]
        intake.fill_draft(draft, {"title": "Garten", "aim": AIM, "mail": MAIL} | codes, by=None)
        entry = intake.submit(draft.entry, by=applicant).entry
    group = AwardGroup.objects.filter(competition=competition, is_special=False).first()
    type(entry).objects.filter(pk=entry.pk).update(state="admitted", group=group)
    entry.refresh_from_db()
    screener = make_role(competition, Role.Kind.SCREENER, land_code="HB").person
    given = services.fill_seat(entry, screener, make_role(competition, Role.Kind.OFFICE_LEAD).person, "Ersatz")
    services.open_vote(given, screener)
    return given


def client_of(person):
    client = Client(headers={"accept-language": "de"})
    client.force_login(person)
    return client


def read(client, vote):
    """Everything of the entry that its file shows: page, PDF, list of files, and which of the files can be fetched."""
    where = [vote.entry.competition.code, vote.entry.code]
    text = "".join(client.get(reverse("entries:entry_tab", args=[*where, tab])).content.decode() for tab in ("content", "attachments"))
    pdf = client.get(reverse("intake:entry_pdf", args=where)).content
    text += "".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages)
    fetched = {stored.name for stored in StoredFile.objects.filter(subject=f"entry:{vote.entry.code}", original=None)
               if client.get(files.address_of(stored)).status_code == 200}
    return text, fetched & {"proof.pdf", "plan.pdf"}


def test_the_file_of_an_entry_shows_no_personal_answers_to_those_who_judge(vote, monkeypatch):
    monkeypatch.setattr(entries.opens_entries_to_jurors, "registered", [lambda _person, _competition: Q(round=1)])
    juror = make_role(vote.entry.competition, Role.Kind.JUROR, land_code="HB").person
    for reader in (vote.screener, juror):
        text, fetched = read(client_of(reader), vote)
        assert (AIM[:20] in text, MAIL in text, "Ansprechperson" in text, "proof.pdf" in text) == (True, False, False, False)
        assert "plan.pdf" in text
        assert "proof.pdf" not in fetched


def test_applicant_office_and_auditor_read_them(vote):
    readers = [vote.entry.contributors.get().person]
    readers += [make_role(vote.entry.competition, kind).person for kind in (Role.Kind.OFFICE, Role.Kind.AUDITOR)]
    for reader in readers:
        text, fetched = read(client_of(reader), vote)
        assert (MAIL in text, "proof.pdf" in text, "proof.pdf" in fetched) == (True, True, True)


def test_the_page_of_a_vote_shows_none(vote):
    page = client_of(vote.screener).get(reverse("screening:vote_write", args=[vote.entry.competition.code, vote.entry.code])).content.decode()
    assert AIM in page
    assert "plan.pdf" in page
    assert MAIL not in page
    assert "proof.pdf" not in page


def test_a_sheet_that_is_not_complete_is_not_sealed_and_the_page_says_what_is_missing(vote):
    answer = client_of(vote.screener).post(reverse("screening:vote_seal", args=[vote.entry.competition.code, vote.entry.code]))
    vote.refresh_from_db()
    assert (answer.status_code, vote.sealed_at) == (422, None)
    for missing in services.missing_in(vote):
        assert missing in answer.text
