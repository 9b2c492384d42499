"""What has changed between two versions of an entry, and who may see it."""

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from lorbeer.intake import services
from lorbeer.intake.tests.factories import COMPLETE, OPEN, make_call, make_draft
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock
from lorbeer.shared.pieces import Piece, pieces


def signed_in(person):
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return client


@pytest.fixture
def entry(db):
    """Submitted twice with another text, and changed since."""
    applicant = make_person(name="A. Beispiel")
    draft = make_draft(make_call(), applicant, COMPLETE)
    with clock.at(OPEN):
        services.submit(draft.entry, by=applicant, number=1)
        services.fill_draft(draft, {"abstract": "Wir graben zusammen um & <b>pflanzen</b>."}, by=applicant)
        services.submit(draft.entry, by=applicant, number=2)
        services.fill_draft(draft, {"abstract": "Heimlich weitergeschrieben.", "applicant": "Verein Muster"}, by=applicant)
    draft.entry.applicant_person = applicant
    return draft.entry


def page(entry, person, **query):
    with clock.at(OPEN):
        return signed_in(person).get(reverse("intake:entry_compare", args=[entry.competition.code, entry.code]), query)


def test_words_that_went_and_came_are_marked_and_the_rest_is_not(entry):
    text = page(entry, entry.applicant_person, before="1", after="2").content.decode()
    assert "Wir graben <del>gemeinsam</del> um" in text
    assert " &amp; &lt;b&gt;pflanzen&lt;/b&gt;</ins>." in text
    assert "Heimlich" not in text
    assert "1 Antwort ist anders" in text


def test_the_applicant_sees_by_itself_what_the_draft_would_change(entry):
    text = page(entry, entry.applicant_person).content.decode()
    assert "<ins>Heimlich weitergeschrieben</ins>" in text
    assert "<ins>Verein Muster</ins>" in text
    assert "nicht beantwortet" in text


def test_the_office_compares_what_was_handed_in_and_never_reads_the_draft(entry):
    office = make_role(entry.competition, "office").person
    assert "<ins>zusammen" in page(entry, office).content.decode()
    for query in ({"after": "draft"}, {"before": "draft", "after": "2"}, {"before": "draft", "after": "draft"}):
        assert "Heimlich" not in page(entry, office, **query).content.decode()
    file = signed_in(office).get(reverse("entries:entry_tab", args=[entry.competition.code, entry.code, "content"])).content.decode()
    assert reverse("intake:entry_compare", args=[entry.competition.code, entry.code]) in file


@pytest.mark.parametrize("kind", ["screener", "juror", "editor", "sponsor"])
def test_who_judges_reads_what_counts_and_not_what_stood_there_before(entry, kind):
    assert page(entry, make_role(entry.competition, kind).person).status_code in {403, 404}


def test_strangers_find_nothing(entry):
    assert page(entry, make_person()).status_code == 404


@pytest.mark.parametrize("query", [{"before": "9", "after": "٣"}, {"before": "2", "after": "1"}, {"after": "1"}])
def test_whatever_is_asked_for_two_versions_stand_there(entry, query):
    assert page(entry, entry.applicant_person, **query).status_code == 200


def test_the_same_version_twice_says_so(entry):
    assert "zweimal dieselbe" in page(entry, entry.applicant_person, before="1", after="1").content.decode()


def test_with_nothing_submitted_there_is_nothing_to_compare(db):
    applicant = make_person()
    draft = make_draft(make_call(), applicant, COMPLETE)
    assert page(draft.entry, applicant).status_code == 403


@pytest.mark.parametrize(("before", "after"), [
    ("", ""), ("eins", ""), ("", "eins"), ("eins zwei drei", "eins drei"), ("a  b\n\nc", "a b c"), ("x " * 20_000, "y " * 20_000),
    ("Zeile\n" * 9_000, "Zeile\n" * 8_999 + "anders"), ("ä" * 100_000, "ö"),
])
def test_the_pieces_put_together_are_the_texts(before, after):
    old, new = pieces(before, after)
    assert "".join(piece.text for piece in old) == before
    assert "".join(piece.text for piece in new) == after
    assert "".join(piece.text for piece in old if not piece.is_other) == "".join(piece.text for piece in new if not piece.is_other)


def test_a_word_that_was_changed_is_all_that_is_marked():
    assert pieces("Wir graben gemeinsam um.", "Wir graben zusammen um.")[1] == (
        Piece("Wir graben ", False), Piece("zusammen", True), Piece(" um.", False))
