"""What an applicant takes back: every number of the edition stays, every name goes, in the book too."""

import pytest

from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation.book import ChapterText, compile_book
from lorbeer.documentation.checking.facts import knowledge
from lorbeer.documentation.figures import FIGURES, figure
from lorbeer.documentation.queries import dataset_of
from lorbeer.documentation.tests.factories import make_edition
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.entries.tests.factories import make_entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def place():
    return make_competition()


@pytest.fixture
def edition(place):
    return make_edition(place)


@pytest.fixture
def winner(place):
    """The entry T-1 of the edition: the only winner in its group, with two projects, a portrait and a picture."""
    entry = make_entry(competition=place, code="T-1", state="admitted")
    services.release(entry, list(Release.Part.values), by=None)
    return entry


def test_no_number_of_an_edition_changes_when_a_winner_takes_everything_back(place, edition, winner):
    before = dataset_of(place, edition)
    figures = {name: figure(before, name) for name in FIGURES}
    facts = {fact.path: fact.text for fact in knowledge(before).facts if fact.path.startswith(("numbers.", "awards."))}
    assert before.values["awards.count"].text == "2"
    services.revoke(winner, list(Release.Part.values), by=None)
    after = dataset_of(place, edition)
    assert after.values == before.values
    assert {name: figure(after, name) for name in FIGURES} == figures
    assert {fact.path: fact.text for fact in knowledge(after).facts if fact.path.startswith(("numbers.", "awards."))} == facts


def test_the_name_goes_and_the_prize_stays_in_the_sum(place, edition, winner):
    services.revoke(winner, list(Release.Part.values), by=None)
    book = compile_book([ChapterText("all", "Alle", "{{ awards }}\n\n{{ portraits }}\n\n{{ participants }}")], dataset_of(place, edition))
    text = str(book.data)
    assert "Stadt Musterort D-1" in text
    assert "Musterort T-1" not in text
    assert "Beitrag T-1" not in text
    table = next(block for block in book.data["chapters"][0]["blocks"] if block["kind"] == "table")
    assert len(table["rows"]) == 3
    assert "35.000" in str(table["rows"][-1])
    assert not any("winner" in note for note in book.notes)
