import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.models import Entry
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.register.models import RegisterEdition
from lorbeer.register.tests.factories import make_edition
from lorbeer.register.tests.official import SMALL, as_gv100ad, as_workbook, rows_of
from lorbeer.shared.models import LogEvent

pytestmark = pytest.mark.django_db
NEXT = SMALL.replace("Averlak", "Averlak an der Au").replace("60,63,01,0,51,5163,016", "60,61,01,0,51,5163,016")


@pytest.fixture
def operator(client):
    client.force_login(make_person(is_operator=True))
    return client


def bring(client, data, **facts):
    return client.post(reverse("register_list"), {"file": SimpleUploadedFile("gv.xlsx", data), "source": "Muster", **facts})


def test_only_operators_see_the_register_of_the_installation(client):
    assert client.get(reverse("register_list")).status_code == 302
    client.force_login(make_role(make_competition(), Role.Kind.OFFICE_LEAD).person)
    assert client.get(reverse("register_list")).status_code == 404
    assert bring(client, as_workbook(rows_of(SMALL))).status_code == 404
    assert not RegisterEdition.objects.exists()


def test_an_edition_is_brought_in_and_its_changes_are_listed(operator):
    assert bring(operator, as_workbook(rows_of(SMALL))).status_code == 302
    old = RegisterEdition.objects.get()
    competition = make_competition(register_edition=old)
    answer = bring(operator, as_gv100ad(rows_of(NEXT), "20271231"))
    page = operator.get(answer.headers["Location"]).content.decode()
    assert "Averlak an der Au" in page
    assert "kreisfreie" in page or "Kreisfreie" in page
    assert "Wettbewerb competition-" in page
    competition.refresh_from_db()
    assert competition.register_edition == old


def test_the_same_file_twice_is_said_and_adds_nothing(operator):
    data = as_workbook(rows_of(SMALL))
    for _time in range(2):
        bring(operator, data)
    assert RegisterEdition.objects.count() == 1
    assert "schon vorhanden" in operator.get(reverse("register_list")).content.decode()


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04kaputt", b"key,name\n", b"\x00" * 50, SMALL.encode()])
def test_what_is_no_register_or_names_no_day_is_refused_in_words(operator, data):
    answer = bring(operator, data)
    assert answer.status_code == 422
    assert not RegisterEdition.objects.exists()


def test_the_day_may_be_given_where_the_file_says_none(operator):
    assert bring(operator, SMALL.encode(), as_of="30.09.2026").status_code == 302


def test_many_editions_and_competitions_need_no_more_queries(operator):
    def counted():
        with CaptureQueriesContext(connection) as found:
            assert operator.get(reverse("register_list")).status_code == 200
        return len(found)

    make_competition(register_edition=make_edition())
    few = counted()
    for _number in range(20):
        make_competition(register_edition=make_edition())
    assert counted() == few


def test_a_file_that_holds_far_less_needs_a_tick(operator):
    bring(operator, as_workbook(rows_of(SMALL)))
    short = as_workbook([row for row in rows_of(SMALL) if row["kreis"] != "51"], "31.12.2027")
    answer = bring(operator, short)
    assert answer.status_code == 422
    assert 'name="confirmed"' in answer.content.decode()
    assert 'name="confirmed"' not in operator.get(reverse("register_list")).content.decode()
    assert RegisterEdition.objects.count() == 1
    assert bring(operator, short, confirmed="on").status_code == 302
    assert RegisterEdition.objects.count() == 2


def removal(edition):
    return reverse("register_remove", kwargs={"mark": edition.sha256[:16]})


def test_an_edition_that_nobody_uses_is_removed_with_a_reason(operator):
    bring(operator, as_workbook(rows_of(SMALL)))
    edition = RegisterEdition.objects.get()
    assert removal(edition) in operator.get(reverse("register_list")).content.decode()
    page = operator.get(removal(edition)).content.decode()
    assert f"{edition.municipalities.count()} Körperschaften" in page
    assert "haben dann kein Verzeichnis" in page
    assert operator.post(removal(edition), {"reason": " "}).status_code == 422
    assert RegisterEdition.objects.exists()
    assert operator.post(removal(edition), {"reason": "falsches Jahr"}).status_code == 302
    assert not RegisterEdition.objects.exists()
    event = LogEvent.objects.get(verb="register.remove")
    assert (event.detail["reason"], event.detail["sha256"]) == ("falsches Jahr", edition.sha256)
    assert event.actor


def test_what_hangs_on_an_edition_is_named_and_keeps_it(operator):
    bring(operator, as_workbook(rows_of(SMALL)))
    edition = RegisterEdition.objects.get()
    call = make_competition(register_edition=edition)
    one, other = edition.municipalities.all()[:2]
    Entry.objects.create(competition=call, municipality=one, code="AAAA").partners.add(one, other)
    page = operator.get(removal(edition)).content.decode()
    assert removal(edition) not in operator.get(reverse("register_list")).content.decode()
    assert "1 Wettbewerb<" in page
    assert "1 Beitrag<" in page
    assert f"verwenden: {call.title['de']}" in " ".join(page.split())
    assert 'name="reason"' not in page
    assert operator.post(removal(edition), {"reason": "weg"}, follow=True).status_code == 200
    assert RegisterEdition.objects.get() == edition


def test_nobody_but_operators_removes_an_edition(client):
    client.force_login(make_role(make_competition(), Role.Kind.OFFICE_LEAD).person)
    edition = make_edition()
    assert client.post(removal(edition), {"reason": "weg"}).status_code == 404
    assert RegisterEdition.objects.get() == edition
