"""What an applicant takes back: every number of the edition stays, every name goes, in the book too."""

import io
import re
from datetime import date

import openpyxl
import pytest
from django.urls import reverse

from lorbeer.call.tests.factories import make_competition
from lorbeer.documentation import services as book_services
from lorbeer.documentation.book import ChapterText, compile_book
from lorbeer.documentation.checking.facts import knowledge
from lorbeer.documentation.figures import FIGURES, figure
from lorbeer.documentation.queries import dataset_of
from lorbeer.documentation.taken_back import changed_since
from lorbeer.documentation.tests.factories import entry, make_chapter, make_dataset, make_edition
from lorbeer.editions import services
from lorbeer.editions.models import Release
from lorbeer.editions.tests import factories as editions
from lorbeer.entries.tests.factories import make_entry
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.shared import files
from lorbeer.shared.desk import tasks_for
from lorbeer.statistics.services import keep_table

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
    winner = make_entry(competition=place, code="T-1", state="admitted")
    services.release(winner, list(Release.Part.values), by=None)
    return winner


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


def test_an_edition_is_of_the_day_that_it_was_where_it_was_frozen(place, edition):
    assert dataset_of(place, edition).edition["frozen_on"] == date(2018, 6, 1)


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


def test_the_list_of_the_unnamed_stays_and_says_of_what_was_taken_back_neither_group_nor_land(place, edition, winner):
    def listed():
        data = dataset_of(place, edition)
        book = compile_book([ChapterText("all", "Alle", "{{ participants }}")], data)
        return data.values["numbers.unlisted"].text, book.data["chapters"][0]["blocks"]

    def rows(blocks):
        return [block["rows"] for block in blocks if block["kind"] == "table"]

    number, before = listed()
    services.revoke(winner, ["entry"], by=None)
    same, after = listed()
    assert (same, rows(after)) == (number, rows(before))
    assert [row[-1] for table in rows(after) for row in table[-1:]] == ([number] if number != "0" else [])
    said = [str(block) for block in after if block not in before and block["kind"] == "paragraph"]
    assert len(said) == 1
    assert "seit der Ausgabe zurückgenommen" in said[0]


NAMED = ("Musterort T-1", "Beitrag T-1", "portrait-t-1", "participants-t-1")
PARTS = ["{{ portraits }}", "{{ awards }}", "{{ participants }}", "{{ index }}", "Kein Name."]


@pytest.fixture
def published(place, edition, winner):
    for text in PARTS:
        make_chapter(place, text)
    return book_services.publish_book(book_services.build_book(place, edition, by=None), by=None)


def page(client, place, name):
    return client.get(reverse("documentation:book_page", args=[place.code, name]))


def read(client, place):
    return {name: page(client, place, name) for name in ["index.html", *(f"chapter-{number:02}.html" for number in range(1, 7))]}


def pictures(build):
    from lorbeer.documentation import web

    return [name for name in web.unpacked(files.read(build.site)) if name.startswith("pictures/portrait-t-1")]


def test_the_website_of_the_book_leaves_out_at_once_what_is_taken_back(client, place, winner, published):
    [picture] = pictures(published)
    before = read(client, place)
    assert all(any(name in answer.text for answer in before.values()) for name in NAMED)
    assert page(client, place, picture).status_code == 200
    services.revoke(winner, list(Release.Part.values), by=None)
    after = read(client, place)
    assert [name for name, answer in after.items() if answer.status_code != before[name].status_code] == []
    assert [(name, word) for name, answer in after.items() for word in NAMED if word in answer.text] == []
    assert "35.000" in after["chapter-02.html"].text
    assert "Musterort D-1" in after["chapter-03.html"].text
    assert after["chapter-05.html"].content == before["chapter-05.html"].content
    assert page(client, place, picture).status_code == 410
    assert page(client, place, picture)["Cache-Control"] == "no-store"
    assert before["index.html"]["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize(("part", "gone", "stays"), [
    ("pictures", "<img", "Beitrag T-1"), ("contact", "Musterweg", "Beitrag T-1")])
def test_of_a_part_that_is_taken_back_only_that_part_goes(client, place, winner, published, part, gone, stays):
    def portrait():
        return page(client, place, "chapter-01.html").text.partition('id="portrait-t-1"')[2].partition("</section>")[0]

    assert gone in portrait()
    services.revoke(winner, [part], by=None)
    assert gone not in portrait()
    assert stays in portrait()


@pytest.mark.parametrize(("field", "gone"), [
    ("office", ["Sozialamt"]), ("address", ["Musterweg", "12345 Musterort"]), ("website", ["www.example.org"])])
def test_a_line_of_the_address_that_is_closed_by_itself_leaves_the_others_where_they_are(client, place, winner, published, field, gone):
    def lines():
        """Of the portrait, and of the list of participants."""
        portrait = page(client, place, "chapter-01.html").text.partition('id="portrait-t-1"')[2].partition("</section>")[0]
        listed = page(client, place, "chapter-03.html").text.partition('id="participants-t-1"')[2].partition("</div>")[0]
        return [[word for word in ("Sozialamt", "Musterweg", "12345 Musterort", "www.example.org") if word in text]
                for text in (portrait, listed)]

    before = lines()
    assert before == [["Sozialamt", "Musterweg", "12345 Musterort", "www.example.org"]] * 2

    services.revoke(winner, [f"contact/{field}"], by=None)

    assert lines() == [[word for word in before[0] if word not in gone]] * 2
    assert client.get(files.address_of(published.pdf)).status_code == 404
    services.revoke(winner, ["contact/office", "contact/address", "contact/website"], by=None)
    assert lines() == [[], []]
    assert "Kontakt" not in page(client, place, "chapter-01.html").text.partition('id="portrait-t-1"')[2].partition("</section>")[0]
    services.release(winner, ["contact/office", "contact/address", "contact/website"], by=None)
    assert lines() == before


@pytest.mark.parametrize("at_first", [[], ["contact/office"]])
def test_two_lines_of_the_address_that_say_the_same_go_when_both_are_closed(client, place, winner, at_first):
    edition = make_edition(place, dataset=make_dataset(entries=[entry("T-1", office="Rathaus am See", street="Rathaus am See")]))
    services.revoke(winner, at_first, by=None)
    make_chapter(place, "{{ participants }}")
    book_services.publish_book(book_services.build_book(place, edition, by=None), by=None)
    assert "Rathaus am See" in page(client, place, "chapter-01.html").text
    services.revoke(winner, ["contact/office"], by=None)
    assert "Rathaus am See" in page(client, place, "chapter-01.html").text

    services.revoke(winner, ["contact/address"], by=None)

    assert "Rathaus am See" not in page(client, place, "chapter-01.html").text


def test_a_book_made_without_a_closed_line_shows_it_nowhere_and_is_held_back_by_nothing(client, place, edition, winner):
    services.revoke(winner, ["contact/office"], by=None)
    data = dataset_of(place, edition)
    book = compile_book([ChapterText("all", "Alle", "{{ participants }}")], data)
    listed = [one for block in book.data["chapters"][0]["blocks"] if block["kind"] == "participants" for one in block["entries"]]
    assert [one["address"] for one in listed if one["key"] == "T-1"] == ["Musterweg\n12345 Musterort\nwww.example.org"]
    make_chapter(place, "{{ participants }}")
    built = book_services.build_book(place, edition, by=None)
    assert not changed_since(built)
    services.revoke(winner, ["answers/q1"], by=None)                    # no table of it hides anything
    assert not changed_since(built)


def test_a_page_that_names_it_in_its_own_words_is_held_back_with_a_sentence(client, place, winner):
    edition = make_edition(place, 2, dataset=make_dataset(entries=[entry("T-1", applicant="Stadt Seehausen")]))
    make_chapter(place, "Gewonnen hat die Stadt Seehausen für ihren Plan. Die Stadt  \nSeehausen ist klein.")
    make_chapter(place, "Anderes.")
    book_services.publish_book(book_services.build_book(place, edition, by=None), by=None)
    services.revoke(winner, ["entry"], by=None)
    held = page(client, place, "chapter-01.html")
    assert held.status_code == 410
    assert "Seehausen" not in held.text
    assert page(client, place, "chapter-02.html").status_code == 200


def test_the_downloads_are_held_back_until_the_book_is_built_anew_and_the_office_is_told(client, place, edition, winner, published):
    lead = make_role(place, Role.Kind.OFFICE_LEAD).person
    home = reverse("website:competition_home", args=[place.code])
    for file in published.files:
        assert client.get(files.address_of(file))["Cache-Control"] == "public, no-cache"
    assert files.address_of(published.pdf) in client.get(home).text
    todo = reverse("documentation:build_list", args=[place.code])
    services.revoke(winner, ["entry"], by=None)
    assert [client.get(files.address_of(file)).status_code for file in published.files] == [404] * 3
    assert files.address_of(published.pdf) not in client.get(home).text
    assert todo in [task.url for task in tasks_for(lead, place)]
    client.force_login(lead)
    assert client.get(files.address_of(published.pdf)).status_code == 200
    client.logout()
    anew = book_services.publish_book(book_services.build_book(place, edition, by=None), by=None)
    assert client.get(files.address_of(anew.pdf)).status_code == 200
    assert "Musterort T-1" not in page(client, place, "chapter-02.html").text


def test_what_the_book_does_not_show_holds_nothing_back(client, place, edition, winner):
    make_chapter(place, "Es sind {{ numbers.admitted }} Beiträge.")
    build = book_services.publish_book(book_services.build_book(place, edition, by=None), by=None)
    services.revoke(winner, list(Release.Part.values), by=None)
    assert client.get(files.address_of(build.pdf)).status_code == 200


def test_what_is_released_again_is_shown_again(client, place, winner, published):
    services.revoke(winner, ["entry"], by=None)
    assert "Beitrag T-1" not in page(client, place, "chapter-01.html").text
    services.release(winner, ["entry"], by=None)
    assert "Beitrag T-1" in page(client, place, "chapter-01.html").text


# --- tables that hide small counts -----------------------------------------------------------------------------------


@pytest.fixture
def counted():
    """(competition, an entry from NW, the published book): of each of two Länder six entries are public, half of which say yes.

    Chapters: the table by Land, a number of it, a picture of it, a table that hides nothing, a sum that stays.
    """
    competition = editions.make_call()
    entries = [editions.make_entry(competition, land_code=land, answers={"q1": answer})
               for land in ("NW", "HE") for answer in ("ja", "nein") for _times in range(3)]
    edition = editions.make_edition(competition)
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "rows": "land", "least": 3}, by=None)
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "rows": "land"}, by=None)
    for text in ("{{ table tab1 }}\n\nEs sind {{ numbers.admitted }}.", "Es sagen {{ tab1.NW.ja }} ja.", "{{ figure tab1 }}",
                 "{{ table tab2 }}", "In {{ tab1.label }} steht mehr: {{ tab1.HE.ja }} aus Hessen."):
        make_chapter(competition, text)
    return competition, entries[0], book_services.publish_book(book_services.build_book(competition, edition, by=None), by=None)


def test_a_published_book_does_not_keep_what_a_table_hides_since_answers_were_taken_back(client, counted):
    """The rest of a row is public, so its old counts would tell what was taken back."""
    competition, entry, build = counted
    before = read(client, competition)
    assert "<td class=\"number\">3</td>" in before["chapter-01.html"].text
    assert not changed_since(build)
    services.revoke(entry, ["answers"], by=None)
    after = read(client, competition)
    drawn = after["chapter-01.html"].text.partition("<tbody>")[2].partition("</tbody>")[0]
    of_nw = drawn.partition("Nordrhein-Westfalen")[2].partition("</tr>")[0]
    assert re.findall(">([^<]*)</td>", of_nw) == ["·"] * 5
    assert [words in after["chapter-01.html"].text for words in (">Land</th>", "Ein Punkt steht für")] == [True, True]
    assert "Es sind" in after["chapter-01.html"].text
    assert [after[f"chapter-0{number}.html"].status_code for number in range(1, 6)] == [200, 410, 410, 200, 200]
    assert page(client, competition, "pictures/figure-1.svg").status_code == 410
    for number in (4, 5):                                               # what is printed without hiding stays, and what is shown still
        assert after[f"chapter-0{number}.html"].content == before[f"chapter-0{number}.html"].content
    assert [client.get(files.address_of(file)).status_code for file in build.files] == [404] * 3
    services.release(entry, ["answers"], by=None)
    assert client.get(files.address_of(build.pdf)).status_code == 200
    assert page(client, competition, "chapter-01.html").content == before["chapter-01.html"].content


def test_nor_since_a_single_answer_was_closed(client, counted):
    competition, entry, build = counted
    services.revoke(entry, ["answers/felder"], by=None)
    assert not changed_since(build)
    services.revoke(entry, ["answers/q1"], by=None)
    drawn = read(client, competition)["chapter-01.html"].text.partition("<tbody>")[2].partition("</tbody>")[0]
    assert re.findall(">([^<]*)</td>", drawn.partition("Nordrhein-Westfalen")[2].partition("</tr>")[0]) == ["·"] * 5
    assert client.get(files.address_of(build.pdf)).status_code == 404


def test_a_book_is_held_back_too_when_so_much_is_opened_that_the_rest_is_few(client, counted):
    """Three are left whose answers are not public, then two: the counts that the book prints tell of them."""
    competition, entry, build = counted
    others = list(competition.entries.filter(land_code="NW").exclude(pk=entry.pk))
    assert len(others) == 5
    for one in (entry, *others):
        services.revoke(one, ["answers"], by=None)
    anew = book_services.publish_book(book_services.build_book(competition, build.edition, by=None), by=None)
    assert client.get(files.address_of(anew.pdf)).status_code == 200
    for one in others:
        services.release(one, ["answers"], by=None)
    assert client.get(files.address_of(anew.pdf)).status_code == 404


def test_a_book_without_such_a_table_stays_as_it_is(client, counted):
    competition, entry, build = counted
    competition.chapters.exclude(code="chapter-4").delete()
    build = book_services.publish_book(book_services.build_book(competition, build.edition, by=None), by=None)
    services.revoke(entry, ["answers"], by=None)
    assert build.guarded == []
    assert client.get(files.address_of(build.pdf)).status_code == 200


# --- what the place of a name would tell -------------------------------------------------------------------------------


def test_a_row_that_names_nobody_any_more_goes_to_the_end_of_its_table(client, place, winner):
    edition = make_edition(place, 2, dataset=make_dataset(awards=[
        {"entry": code, "group": "town", "prize": "main", "amount_cents": cents, "project": "", "title": f"Beitrag {code}",
         "applicant": f"Stadt Musterort {code}", "land": "NW", "municipality": f"Musterort {code}", "population": 1001}
        for code, cents in (("T-1", 100), ("T-2", 200), ("T-3", 300))]))
    make_chapter(place, "{{ awards }}")
    book_services.publish_book(book_services.build_book(place, edition, by=None), by=None)
    services.revoke(winner, ["entry"], by=None)

    def rows(text):
        return re.findall(r"<tr[^>]*><th[^>]*>([^<]*)</th>", text.partition("<tbody>")[2])

    there = rows(page(client, place, "chapter-01.html").text)
    assert there == ["Stadt Musterort T-2", "Stadt Musterort T-3", "wird nicht genannt", "Summe"]
    block = compile_book([ChapterText("all", "Alle", "{{ awards }}")], dataset_of(place, edition)).data["chapters"][0]["blocks"][0]
    assert [row[0] for row in block["rows"]] == there                   # so does a book that is built anew


def test_the_heading_of_a_land_goes_with_its_only_entry(client, place, winner):
    entries = [entry("T-1", land="MV"), entry("T-2"), entry("T-3")]
    edition = make_edition(place, 2, dataset=make_dataset(entries=entries, awards=[], portraits=[]))
    make_chapter(place, "{{ participants }}")
    book_services.publish_book(book_services.build_book(place, edition, by=None), by=None)
    assert "Mecklenburg" in page(client, place, "chapter-01.html").text
    services.revoke(winner, ["entry"], by=None)
    text = page(client, place, "chapter-01.html").text
    assert ("Mecklenburg" in text, "Nordrhein-Westfalen" in text) == (False, True)


def test_the_row_that_a_withdrawal_hides_and_the_one_that_goes_with_it_are_the_same_wherever_the_table_is_read(client):
    """Of Nordrhein-Westfalen one is closed, of Hessen and Bayern so many that nothing tells of them. The row that goes with it is the one
    of which fewest are closed; of those of whom nobody is, none."""
    competition = editions.make_call()
    entries = {(land, answer): [editions.make_entry(competition, land_code=land, answers={"q1": answer}) for _time in range(4)]
               for land in ("NW", "BY", "HE", "BE") for answer in ("ja", "nein")}
    edition = editions.make_edition(competition)
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "rows": "land", "least": 3}, by=None)

    def hidden():
        """Rows of which something is hidden, by where they are read: the label, or the code."""
        address = reverse("statistics:table_show", args=[competition.code, "tab1"])
        csv_file = client.get(address, {"format": "csv"}).content.decode("utf-8-sig").splitlines()
        sheet = openpyxl.load_workbook(io.BytesIO(client.get(address, {"format": "xlsx"}).content)).active
        svg = client.get(address, {"format": "svg"}).content.decode()
        page = client.get(address).context["table"]
        labels = {row["label"]: row["code"] for row in page["rows"]}
        data = dataset_of(competition, edition)
        (table,) = data.tables
        api = client.get(reverse("api_table", args=[competition.code, "tab1"])).json()
        return {
            "page": {row["code"] for row in page["rows"] if row["hides"]},
            "csv": {labels[line.split(";")[0].strip('"')] for line in csv_file[1:] if ";;" in line or ';"";' in line},
            "xlsx": {labels[row[0].value] for row in sheet.iter_rows(min_row=2) if any(cell.value in (None, "") for cell in row[:6])},
            "svg": {code for label, code in labels.items() if f"{label} (Basis" not in svg},
            "api": {row["code"] for row in api["rows"] if row["base"] is None or any(cell["count"] is None for cell in row["cells"].values())},
            "book": {row["code"] for row in table["rows"] if any(f"tab1.{row['code']}.{code}" not in data.values for code in row["cells"])},
        }

    assert {frozenset(rows) for rows in hidden().values()} == {frozenset()}
    services.revoke(entries["NW", "ja"][0], ["answers"], by=None)
    assert {where: rows for where, rows in hidden().items() if rows != {"NW", "total"}} == {}      # the total less what is public tells it, too
    for land, times in (("BY", 4), ("HE", 3)):
        for answer in ("ja", "nein"):
            for entry_ in entries[land, answer][:times]:
                services.revoke(entry_, ["answers"], by=None)
    assert {where: rows for where, rows in hidden().items() if rows != {"NW", "HE"}} == {}
