from datetime import date

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.tests.factories import make_entry
from lorbeer.outreach import services
from lorbeer.outreach.tests.factories import make_office
from lorbeer.register.models import RegisterEdition
from lorbeer.register.tests.factories import make_edition, make_municipality

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    """A competition of 2025 with an entry and a letter of intent of a town that has another name in the register of 2026."""
    old, new = make_edition(as_of=date(2025, 9, 30)), make_edition(as_of=date(2026, 9, 30))
    town = make_municipality(old, key="05111000", name="Altstadt", population=5_000)
    make_municipality(new, key="05111000", name="Neustadt", population=5_000)
    for number in range(3):
        make_municipality(old, key=f"0511200{number}", name=f"Dorf {number}")
        make_municipality(new, key=f"0511200{number}", name=f"Markt Dorf {number}")
    competition = make_competition(register_edition=old)
    return competition, town


def page(client, competition):
    return client.get(reverse("outreach:register_show", args=[competition.code]))


def test_the_office_sees_what_the_newer_register_says_and_whom_it_concerns(client, place):
    competition, town = place
    entry = make_entry(competition=competition, municipality=town, title="Ein Garten")
    make_entry(competition=competition, municipality=town, title="Noch geheim", state="draft")
    services.record_intent(competition, applicant="Altstadt", municipality=town, contact_email="a@example.org", subject="x")
    client.force_login(make_office(competition))
    text = page(client, competition).content.decode()
    assert text.index("Neustadt") < text.index("Markt Dorf 0")         # what concerns the competition comes first
    assert reverse("entries:entry_show", args=[competition.code, entry.code]) in text
    assert "Absichtserklärung von Altstadt" in text
    assert "Noch geheim" not in text
    entry.refresh_from_db()
    assert entry.municipality.name == "Altstadt"


def test_the_newest_edition_and_none_at_all_are_said(client, place):
    competition, _town = place
    client.force_login(make_office(competition))
    competition.register_edition = make_edition(as_of=date(2027, 9, 30))
    competition.save()
    assert "Dies ist das neueste Verzeichnis" in page(client, competition).content.decode()
    competition.register_edition = None
    competition.save()
    assert "hat kein Verzeichnis" in page(client, competition).content.decode()


@pytest.mark.once
def test_an_extract_is_not_called_the_newest_register(client, place):
    competition, _town = place
    client.force_login(make_office(competition))
    competition.register_edition = make_edition(as_of=date(2026, 9, 30), is_extract=True)
    competition.brings_register = True
    competition.save()
    text = page(client, competition).content.decode()
    assert "ist ein Auszug" in text
    assert "vollständige Verzeichnis der Installation hat den Stand Mi, 30." in text
    assert "neueste Verzeichnis" not in text
    RegisterEdition.objects.filter(is_extract=False).delete()
    assert "hat kein vollständiges Verzeichnis" in page(client, competition).content.decode()


def test_an_extract_is_compared_in_the_bodies_that_it_holds(client, place):
    competition, town = place
    competition.register_edition.is_extract = True
    competition.register_edition.save()
    competition.register_edition.municipalities.exclude(pk=town.pk).delete()
    make_municipality(competition.register_edition, key="05315999", name="Bezirk, den niemand führt")
    make_municipality(competition.register_edition, key="05051", name="Landkreis Goslar")
    make_municipality(RegisterEdition.objects.get(as_of=date(2026, 9, 30)), key="05051", name="Goslar, Kreis")
    client.force_login(make_office(competition))
    text = page(client, competition).content.decode()
    assert "Neustadt" in text
    assert "Markt Dorf" not in text
    assert "Bezirk, den niemand führt" not in text
    assert "Goslar" not in text


def test_many_changes_need_no_more_queries(client, place):
    competition, _town = place
    client.force_login(make_office(competition))

    def counted():
        from django.db import connection
        with CaptureQueriesContext(connection, ) as found:
            assert page(client, competition).status_code == 200
        return len(found)

    few = counted()
    old = competition.register_edition
    for number in range(40):
        town = make_municipality(old, key=f"053{number:05d}")
        make_entry(competition=competition, municipality=town)
    assert counted() == few


def test_a_competition_that_borrowed_an_extract_takes_the_full_register_until_an_entry_is_begun(client, place):
    competition, town = place
    competition.register_edition.is_extract = True
    competition.register_edition.save()
    services.record_intent(competition, applicant="Altstadt", municipality=town, contact_email="a@example.org", subject="x")
    client.force_login(make_office(competition))
    assert "Das vollständige Verzeichnis verwenden" in page(client, competition).content.decode()
    entry = make_entry(competition=competition, state="draft")
    assert client.post(reverse("outreach:register_show", args=[competition.code])).status_code == 403
    entry.delete()
    assert client.post(reverse("outreach:register_show", args=[competition.code])).status_code == 302
    competition.refresh_from_db()
    assert not competition.register_edition.is_extract
    assert competition.letters_of_intent.get().municipality.name == "Neustadt"
    assert "Das vollständige Verzeichnis verwenden" not in page(client, competition).content.decode()
