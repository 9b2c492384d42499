"""What an applicant has taken back only they open again, or the office with a written consent that it names."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.urls import reverse

from lorbeer.editions import queries, services
from lorbeer.editions.models import Release
from lorbeer.editions.queries import consented_parts
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry, make_person, make_role
from lorbeer.people.models import Role
from lorbeer.questionnaire.definition import CONSENT, PUBLIC_PARTS, Type
from lorbeer.questionnaire.frozen import Document, canonical_document
from lorbeer.questionnaire.tests.factories import make_form, make_question, make_version
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db


def tab(entry, name="publication"):
    return reverse("entries:entry_tab", args=[entry.competition.code, entry.code, name])


def save(client, entry, parts, **more):
    address = reverse("editions:entry_release", args=[entry.competition.code, entry.code])
    return client.post(address, {"parts": parts, **more}, follow=True)


def opened(entry):
    return set(entry.releases.filter(revoked_at=None).values_list("part", flat=True))


def make_taken_back():
    """A published entry of which its applicant has taken everything back, and the office's lead."""
    competition, person = make_call(), make_person(name="Erika Muster")
    entry = make_entry(competition, by=person)
    make_edition(competition)
    services.withdraw_consent(entry, by=person)
    return entry, person, make_role(competition, Role.Kind.OFFICE_LEAD).person


def test_the_office_does_not_open_again_what_an_applicant_has_taken_back(client):
    entry, _person, lead = make_taken_back()
    client.force_login(lead)

    answer = save(client, entry, ["entry", "abstract"])

    assert answer.status_code == 422
    assert "schriftlichen Zustimmung: Tragen Sie hier ein" in answer.content.decode()
    assert opened(entry) == set()


def test_the_office_opens_with_a_written_consent_that_history_and_mail_name(client):
    entry, person, lead = make_taken_back()
    client.force_login(lead)

    answer = save(client, entry, ["entry"], written_consent="Brief von Frau Muster vom 3. März")

    assert opened(entry) == {"entry"}
    page = client.get(tab(entry, "history")).content.decode()
    assert "freigegeben: der Beitrag selbst" in page
    assert "zurückgenommen: der Beitrag selbst, die Kurzfassung" in page
    assert "Brief von Frau Muster vom 3. März" in page
    mail = Message.objects.get(kind="publication")
    assert mail.recipient == person.email
    assert "Brief von Frau Muster vom 3. März" in mail.body
    assert "sofort" in answer.content.decode()
    assert LogEvent.objects.filter(verb="entry.release").last().detail["consent_sha256"]


@pytest.mark.parametrize(("published", "said"), [
    (True, "zeigen es sofort: der Beitrag selbst"), (False, "Es erscheint mit der nächsten Ausgabe")])
def test_applicants_open_again_and_are_told_when_it_shows(client, published, said):
    competition, person = make_call(), make_person()
    entry = make_entry(competition, by=person)
    make_edition(competition, published=published)
    services.withdraw_consent(entry, by=person)
    client.force_login(person)

    assert said in save(client, entry, ["entry"]).content.decode()
    assert opened(entry) == {"entry"}
    assert not Message.objects.filter(kind="publication").exists()      # nobody is told what they did themselves


def test_with_the_entry_itself_everything_else_closes(client):
    competition, person = make_call(), make_person()
    entry = make_entry(competition, by=person)
    client.force_login(person)

    save(client, entry, ["abstract", "pictures", "contact", "answers"])

    assert opened(entry) == set()


def test_everything_is_taken_back_in_one_step(client):
    competition, person = make_call(), make_person()
    entry = make_entry(competition, by=person)
    client.force_login(person)
    address = reverse("editions:consent_withdraw", args=[competition.code, entry.code])

    assert address in client.get(tab(entry)).content.decode()
    assert "Wettbewerbsbüro, Redaktion, Auslober und Revision" in client.get(address).content.decode()     # who still reads former editions
    client.post(address)

    assert opened(entry) == set()


def answered(answers, **questions):
    form = make_form(*[make_question(name, type=Type.ACKNOWLEDGE, role=CONSENT, releases=parts) for name, parts in questions.items()])
    data, _sha256 = canonical_document(form, make_version(make_call(announced=False), form), {(name, 0): True for name in answers})
    return Document.read(form, data)


@pytest.mark.parametrize(("questions", "answers", "parts"), [
    ({"frei": ()}, ["frei"], ["entry", "abstract"]),                    # a consent that does not say to what
    ({"frei": ("entry", "pictures")}, ["frei"], ["entry", "pictures"]),
    ({"frei": (), "bild": ("pictures",)}, ["frei"], ["entry", "abstract"]),
    ({"frei": (), "bild": ("pictures",)}, ["frei", "bild"], ["entry", "abstract", "pictures"]),
    ({"frei": (), "bild": ("pictures",)}, ["bild"], []),                # nothing without title and name
    ({"frei": (), "noch": ()}, ["frei"], []),
])
def test_a_consent_opens_what_its_question_names(questions, answers, parts):
    assert consented_parts(answered(answers, **questions)) == parts




def test_the_parts_of_a_consent_are_those_of_a_release():
    assert list(PUBLIC_PARTS) == Release.Part.values


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL decides by what is in the tables")
def test_what_changed_since_an_edition_is_found_from_the_few_rows_in_question():
    revoked = queries._ever_revoked.__wrapped__(1).explain()
    steps = queries._steps_out.__wrapped__(1, datetime(2019, 1, 1, tzinfo=UTC)).explain()
    assert "USING INDEX release_taken_back" in revoked
    assert "USING INDEX move_by_name (name=?" in steps
    assert "SCAN entries" not in revoked + steps
