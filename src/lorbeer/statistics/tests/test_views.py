"""Tables for everybody, the explorer for those who make them."""

import csv
import io
import re
from dataclasses import replace
from unittest import mock

import pytest
from django.conf import settings
from django.core.management import call_command
from django.urls import reverse

from lorbeer.call.package import MANIFEST, export_package, import_package
from lorbeer.editions.queries import codebook_of
from lorbeer.editions.services import revoke
from lorbeer.editions.tests.factories import FORM, make_call, make_edition, make_entry, make_person, make_role
from lorbeer.people.models import Role
from lorbeer.questionnaire.tests.factories import make_workbook
from lorbeer.shared.errors import BadInput
from lorbeer.shared.tests import databases
from lorbeer.statistics import queries
from lorbeer.statistics import words as words_of_tables
from lorbeer.statistics.services import drop_table, keep_table

pytestmark = pytest.mark.django_db


def make_tables(published=True):
    """Three entries, two of which say yes; tab1 crosses, tab2 lists several answers."""
    competition = make_call()
    for answer in ("ja", "ja", "nein"):
        make_entry(competition, answers={"q1": answer, "felder": ["sport"] if answer == "ja" else ["sport", "kultur"]})
    edition = make_edition(competition, published=published)
    keep_table(competition, title={"de": "Gibt es ein Konzept?"}, definition={"question": "q1"}, by=None)
    keep_table(competition, title={"de": "Felder"}, definition={"question": "felder", "kind": "choices"}, by=None)
    return competition, edition


tables_database = databases.scene("tables", make_tables)


@pytest.fixture
def tables(tables_database, db):
    """(competition, edition) of `make_tables`; whatever the test does is undone."""
    with databases.seen(tables_database) as made:
        yield made


def url(name, competition, *rest):
    return reverse(f"statistics:{name}", args=[competition.code, *rest])


def test_a_table_shows_numbers_base_edition_and_picture(client, tables):
    competition, edition = tables
    text = client.get(url("table_show", competition, "tab1")).content.decode()
    for words in ("66,7", "33,3", "Basis: 3 Beiträge", "Ausgabe 1", edition.sha256[:16], "<svg"):
        assert words in text
    several = client.get(url("table_show", competition, "tab2")).content.decode()
    assert "100,0" in several
    assert "können die Prozente (der Beiträge) zusammen mehr als 100 ergeben." in several      # they do not where few tick more than one


def test_the_picture_says_a_share_in_the_digits_of_the_table(client, tables):
    competition, _edition = tables
    text = client.get(url("table_show", competition, "tab1")).content.decode()
    assert re.findall(r"\((\d+(?:,\d+)?)\u00a0%\)", text)[:2] == ["66,7", "33,3"]


def test_numbers_are_written_in_the_language_of_the_reader(client, tables):
    competition, _edition = tables
    client.cookies["django_language"] = "en"
    text = client.get(url("table_show", competition, "tab1"), headers={"accept-language": "en"}).content.decode()
    assert "66.7" in text
    assert "Base: 3 entries" in text


def test_downloads(client, tables):
    competition, edition = tables
    response = client.get(url("table_show", competition, "tab1"), {"format": "csv"})
    rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[-1][:6] == ["Gesamt", "3", "2", "66,7", "1", "33,3"]
    assert rows[-1][-1] == edition.sha256
    assert client.get(url("table_show", competition, "tab1"), {"format": "xlsx"}).content[:2] == b"PK"
    assert client.get(url("table_show", competition, "tab1"), {"format": "exe"}).status_code == 400


def test_readers_choose_of_what_the_percentages_are_and_no_more(client, tables):
    competition, _edition = tables
    page = url("table_show", competition, "tab1")
    by_column = client.get(page, {"shares": "column"}).text
    assert "beziehen sich auf die Spalte; ihre Basis" in by_column
    assert 'href="?shares=column&amp;format=csv"' in by_column
    rows = list(csv.reader(io.StringIO(client.get(page, {"shares": "column", "format": "csv"}).content.decode("utf-8-sig")), delimiter=";"))
    assert (rows[0][3], rows[-1][:6]) == ("ja, Prozent der Spalte", ["Gesamt", "3", "2", "100,0", "1", "100,0"])
    for other in ({"shares": "x"}, {"rows": "land"}, {"only": "land=NW"}, {"least": "0"}):
        assert client.get(page, other).text.count("beziehen sich auf die Zeile") == 1
    assert 'href="?shares=' not in client.get(url("table_show", competition, "tab2"), {"shares": "column"}).text


def test_the_public_reads_only_the_published_edition(client):
    competition, _edition = make_tables(published=False)
    assert client.get(url("table_show", competition, "tab1")).status_code == 404
    assert client.get(url("table_show", competition, "tab1"), {"edition": "1"}).status_code == 404
    assert "Gibt es ein Konzept?" not in client.get(url("table_list", competition)).content.decode()
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    assert client.get(url("table_show", competition, "tab1")).status_code == 200


@pytest.mark.parametrize("edition", ["x", "99", "-1", "1e3", "²", "9" * 50])
def test_an_edition_that_does_not_exist_is_not_found(client, edition, tables):
    competition, _edition = tables
    assert client.get(url("table_show", competition, "tab1"), {"edition": edition}).status_code == 404


@pytest.mark.parametrize(("kind", "status"), [
    (Role.Kind.OFFICE, 200), (Role.Kind.EDITOR, 200), (Role.Kind.SPONSOR, 403), (Role.Kind.SCREENER, 403),
    (Role.Kind.JUROR, 403), (None, 404),
])
def test_who_explores(client, kind, status, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, kind).person if kind else make_person())
    assert client.get(url("table_explore", competition), {"question": "q1"}).status_code == status
    kept = client.post(url("table_keep", competition), {"question": "q1", "title": "Neu"}).status_code
    assert kept == (302 if status == 200 else status)
    assert client.get(url("table_drop", competition, "tab1")).status_code == status
    assert competition.tables.count() == (3 if status == 200 else 2)


def test_exploring_keeps_what_is_seen(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    asked = {"question": "q1", "rows": "land", "only": "land=NW", "no_answer": "leave", "least": "0"}
    text = client.get(url("table_explore", competition), asked).content.decode()
    assert "66,7" in text
    assert "Nordrhein-Westfalen" in text
    response = client.post(url("table_keep", competition), asked | {"title": "Konzept in NRW", "confirmed": "yes"})
    table = competition.tables.get(code="tab3")
    assert table.definition["filter"] == {"land": ["NW"]}
    assert table.definition["no_answer"] is False
    assert "Land: Nordrhein-Westfalen" in client.get(response.url).content.decode()


def test_small_cells_are_dots_in_the_explorer_unless_asked_for(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    assert "66,7" not in client.get(url("table_explore", competition), {"question": "q1"}).content.decode()


def test_kept_tables_tell_no_answer_of_a_single_entry_and_warn_of_what_two_of_them_would(client):
    """Everybody knows which entry is Bremen's. Neither its base nor the noughts beside what is hidden may tell its answers."""
    competition = make_call()
    for land, q1, fields in (("HB", "nein", ["kultur"]), *(("NW", answer, ["sport"]) for answer in ("ja", "ja", "ja", "nein"))):
        make_entry(competition, land_code=land, answers={"q1": q1, "felder": fields})
    make_edition(competition)
    client.force_login(make_role(competition, Role.Kind.EDITOR).person)

    def kept(**asked):
        first = client.post(url("table_keep", competition), asked | {"title": "Neu"}, follow=True)
        doubts = first.context.get("doubts")
        sent = dict(first.context["sent"]) | {"confirmed": "yes"} if doubts else {}
        answer = client.post(url("table_keep", competition), sent, follow=True) if doubts else first
        return answer.context["table"], doubts and (doubts.cells, doubts.beside)

    bremen, warned = kept(question="felder", only="land=HB")
    assert {(row["base"], row["cells"]["mentions"]["count"]) for row in bremen["rows"]} == {(None, None)}
    assert (bremen["base"], warned) == (None, None)
    by_land, warned = kept(question="q1", rows="land")
    assert {(row["code"], cell["count"]) for row in by_land["rows"] for cell in row["cells"].values()} == {
        ("HB", None), ("NW", None), ("total", None)}
    assert [row["base"] for row in by_land["rows"]] == [None, None, 5]
    assert not warned
    assert kept(question="q1", only="land=NW")[1] == ([], ["dieselbe Tabelle aller Beiträge", "Tabelle\u00a02"])     # the rest is Bremen's
    before = competition.tables.count()
    cells, beside = kept(question="q1", rows="land", least="0")[1]
    assert ("Bremen, nein: 1" in cells, "Bremen, ja: 0" in cells) == (True, False)
    assert beside == ["Tabelle\u00a03"]
    assert competition.tables.count() == before + 1                     # asked once: the first answer has kept nothing


def test_before_a_table_is_kept_the_one_is_named_that_tells_whom_its_question_was_not_put_to(client, monkeypatch):
    """Who said no to the first question was not asked the second."""
    competition = make_call()
    for answer, fields in (("ja", ["sport"]), ("ja", ["sport"]), ("ja", ["kultur"]), ("ja", ["kultur"]), ("nein", ["sport"])):
        make_entry(competition, answers={"q1": answer, "felder": fields})
    make_edition(competition)
    form = replace(FORM, sections=(replace(FORM.sections[0], items=tuple(
        replace(item, relevant="${q1} = 'ja'") if item.name == "felder" else item for item in FORM.sections[0].items)),))
    monkeypatch.setattr(queries, "form_of", lambda _version: form)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)

    def doubts(**asked):
        answer = client.post(url("table_keep", competition), asked | {"title": "Neu"})
        return answer.context["doubts"].beside if answer.context else []

    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "least": 3}, by=None)
    assert doubts(question="felder", rows="group", least="2") == ["Tabelle\u00a01"]       # it shows the base, and the other hides who said yes
    assert doubts(question="q1", least="4") == ["Tabelle\u00a01"]        # what hides beside the few may be another cell in each
    monkeypatch.setattr(queries, "form_of", lambda _version: FORM)
    assert doubts(question="felder", rows="group", least="2") == []       # two questions that do not rest on each other


def test_two_tables_are_read_beside_each_other_row_by_row(client):
    """All entries, and those without sports: in the whole they are far apart, in Hessen by one entry."""
    competition = make_call()
    for land, fields in (("HE", ["kultur"]),) * 3 + (("HE", ["sport"]),) + (("NW", ["kultur"]),) * 4 + (("NW", ["sport"]),) * 4:
        make_entry(competition, land_code=land, answers={"q1": "ja", "felder": fields})
    make_edition(competition)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "rows": "land", "least": 3}, by=None)
    answer = client.post(url("table_keep", competition), {"question": "q1", "rows": "land", "only": "felder_kultur=1", "title": "Neu"})
    assert answer.context["doubts"].beside == ["dieselbe Tabelle aller Beiträge", "Tabelle\u00a01"]


def test_two_tables_that_differ_by_one_filter_are_read_cell_by_cell(client):
    """Five entries without sports are not few; but one only of them said no."""
    competition = make_call()
    both = ["sport", "kultur"]
    for q1, fields, number in (("ja", ["kultur"], 4), ("nein", ["kultur"], 1), ("ja", both, 5), ("nein", both, 5)):
        for _time in range(number):
            make_entry(competition, answers={"q1": q1, "felder": fields})
    make_edition(competition)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "rows": "group", "least": 3}, by=None)
    asked = {"question": "q1", "rows": "group", "only": "felder_sport=1", "title": "Neu"}
    answer = client.post(url("table_keep", competition), asked)
    assert (answer.context["doubts"].cells, answer.context["doubts"].beside) == ([], ["Tabelle\u00a01"])


def test_a_filter_that_nobody_fits_gives_an_empty_table(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    for question in ("q1", "felder"):
        for rows in ("", "group", "q1"):
            assert client.get(url("table_explore", competition), {"question": question, "rows": rows, "only": "land=BY"}).status_code == 200
            assert client.get(url("table_explore", competition), {"question": question, "rows": rows, "only": "q1=nein", "also": "land=BY"}
                              ).status_code == 200


def test_the_explorer_shows_its_first_question_at_once(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.EDITOR).person)
    table = client.get(url("table_explore", competition)).context["table"]
    assert (table["base"], table["hides"]) == (3, True)                 # and hides what is small unless asked for


def test_what_is_hidden_has_no_bar_and_no_base_that_tells_it(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    answer = client.get(url("table_explore", competition), {"question": "q1", "no_answer": "leave"})
    table = answer.context["table"]
    assert table["stacks"] == []                                        # a bar would draw what is hidden to scale
    assert {(row["base"], *(cell["count"] for cell in row["shown"])) for row in table["rows"]} == {(3, None, None)}
    assert {cell["percent"] for row in table["rows"] for cell in row["shown"]} == {None}


def test_a_download_hides_what_the_page_hides(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    answer = client.get(url("table_explore", competition), {"question": "q1", "no_answer": "leave", "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig")), delimiter=";"))
    assert rows[-1][:6] == ["Gesamt", "3", "", "", "", ""]


@pytest.mark.parametrize("asked", [
    {"question": "q99"}, {"question": "bemerkung"}, {"question": "q1", "rows": 'group" FROM answers; --'},
    {"question": "q1", "only": "land=' OR 1=1 --"}, {"question": "q1", "least": "x"}, {"question": "mail"},
])
def test_the_explorer_refuses_what_it_does_not_know(client, asked, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    assert client.get(url("table_explore", competition), asked).status_code == 422


def test_numbers_of_tables_are_not_used_twice():
    competition = make_call()
    first = keep_table(competition, title={"de": "A"}, definition={"question": "q1"}, by=None)
    second = keep_table(competition, title={"de": "B"}, definition={"question": "q1"}, by=None)
    drop_table(first, by=None)
    third = keep_table(competition, title={"de": "C"}, definition={"question": "q1"}, by=None)
    drop_table(third, by=None)
    fourth = keep_table(competition, title={"de": "D"}, definition={"question": "q1"}, by=None)
    assert [second.code, third.code, fourth.code, fourth.number] == ["tab2", "tab3", "tab4", 4]     # nor of the one that was dropped last
    with pytest.raises(BadInput):
        keep_table(competition, title={"de": " "}, definition={"question": "q1"}, by=None)


@pytest.mark.parametrize(("kind", "offered"), [("municipality", True), ("organisation", False)])
def test_the_explorer_offers_land_and_size_only_where_municipalities_apply(client, kind, offered, tables):
    competition, _edition = tables
    type(competition).objects.filter(pk=competition.pk).update(applicant_kind=kind)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    form = client.get(url("table_explore", competition), {"question": "q1"}).context["form"]
    assert ({"land", "legal_status", "size_class"} <= {name for _part, rows in form.fields["rows"].choices for name, _label in rows}) is offered


# --- clicking a cross table together ----------------------------------------------------------------------------------


def explored(client, competition, asked):
    answer = client.get(url("table_explore", competition), {"least": "0"} | asked)
    assert answer.status_code == 200
    return [one["table"] for one in answer.context["tables"]]


def test_several_questions_stand_side_by_side_each_with_its_base(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    found = explored(client, competition, {"question": "q1", "second": "felder", "third": "q1"})
    assert [(table["kind"], table["base"]) for table in found] == [("cross", 3), ("choices", 3)]     # each question once
    text = client.get(url("table_explore", competition), {"question": "q1", "second": "felder"}).content.decode()
    assert text.count("Basis: 3 Beiträge") == 2
    assert text.count("kaufmännisch") + text.count("gerundet") >= 2


def test_the_answers_to_one_question_are_the_rows_of_another(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    (table,) = explored(client, competition, {"question": "q1", "rows": "q1"})
    assert [(row["label"], row["base"], [cell["count"] for cell in row["shown"]]) for row in table["rows"]] == [
        ("ja", 2, [2, 0]), ("nein", 1, [0, 1]), ("Gesamt", 3, [2, 1])]
    client.post(url("table_keep", competition), {"question": "q1", "rows": "q1", "title": "Konzept nach Konzept"})
    assert competition.tables.get(code="tab3").definition["rows"] == "q1"
    assert "Konzept?" in client.get(url("table_show", competition, "tab3")).content.decode().split("<thead")[1]


@pytest.mark.parametrize(("filters", "base"), [
    ({"only": "q1=ja"}, 2), ({"only": "q1=ja", "also": "q1=nein"}, 3), ({"only": "q1=nein", "also": "felder_kultur=1"}, 1),
    ({"only": "q1=ja", "also": "felder_kultur=1"}, 0), ({"only": "land=NW", "also": "q1=ja", "besides": "felder_sport=1"}, 2), ({}, 3),
])
def test_filters_on_one_question_are_either_and_on_several_both(client, filters, base, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    (table,) = explored(client, competition, {"question": "felder"} | filters)
    assert table["base"] == base


def test_a_table_of_laender_has_a_map_and_hides_there_what_it_hides(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    asked = {"question": "q1", "rows": "land"}
    page = client.get(url("table_explore", competition), asked | {"least": "0"}).content.decode()
    assert "<desc>Nordrhein-Westfalen 3</desc>" in page
    page = client.get(url("table_explore", competition), asked | {"least": "5"}).content.decode()
    assert "<desc>Nordrhein-Westfalen ·</desc>" in page


def test_a_picture_is_downloaded_with_its_numbers_in_words_base_and_edition(client, tables):
    competition, edition = tables
    for code, words in (("tab1", "Gesamt (Basis: 3): ja 66,7\u00a0%, nein 33,3\u00a0%"), ("tab2", "Sport: 100,0\u00a0%")):
        answer = client.get(url("table_show", competition, code), {"format": "svg"})
        assert answer["Content-Type"] == "image/svg+xml"
        text = answer.content.decode()
        assert words in text
        assert f"Ausgabe 1, SHA-256 {edition.sha256[:16]}" in text
        assert "Basis: 3" in text
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    hidden = client.get(url("table_explore", competition), {"question": "q1", "format": "svg"}).content.decode()
    assert "66,7" not in hidden                                         # small counts are hidden unless asked for


def test_a_table_is_kept_with_a_title_in_every_language_of_the_call(client, tables):
    competition, _edition = tables
    type(competition).objects.filter(pk=competition.pk).update(languages=["de", "en"])
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    client.post(url("table_keep", competition), {"question": "q1", "title": "Konzept", "title_en": "Concept"})
    assert dict(competition.tables.get(code="tab3").title) == {"de": "Konzept", "en": "Concept"}
    refused = client.post(url("table_keep", competition), {"question": "q1", "title": "", "only": "q1=ja"})
    assert refused.status_code == 422
    assert 'name="only" value="q1=ja"' in refused.content.decode()      # what was asked is not lost


def test_what_was_clicked_together_goes_out_and_comes_in_with_the_package(client, tables, tmp_path):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    client.post(url("table_keep", competition), {
        "question": "q1", "rows": "q1", "only": "felder_sport=1", "also": "land=NW", "no_answer": "leave", "least": "2", "title": "Gekreuzt",
        "confirmed": "yes"})
    before = list(competition.tables.values("code", "number", "title", "definition"))
    export_package(competition, tmp_path / "package")
    assert 'rows = "q1"' in (tmp_path / "package" / "tables.toml").read_text("utf-8")

    again = import_package(tmp_path / "package")

    kept = {row["code"]: {"kind": "cross", "rows": "group", "order": "questionnaire"} | row["definition"] for row in before}
    assert [table.code for table in again.tables.all()] == list(kept)
    crossed = again.tables.get(code="tab3").definition
    assert {name: crossed[name] for name in kept["tab3"]} == kept["tab3"]
    (tmp_path / "package" / "tables.toml").write_text(
        '[[tables]]\ncode = "x"\nquestion = "q1"\nrows = "bemerkung"\ntitle = "X"\n', "utf-8")
    with pytest.raises(BadInput, match="fault|Fehler"):
        import_package(tmp_path / "package")


def test_no_table_is_called_as_other_values_of_the_book_begin(tables, tmp_path):
    competition, _edition = tables
    export_package(competition, tmp_path / "package")
    kept = (tmp_path / "package" / "tables.toml").read_text("utf-8")
    (tmp_path / "package" / "tables.toml").write_text(kept.replace('"tab1"', '"prizes"'), "utf-8")
    with pytest.raises(BadInput) as refused:
        import_package(tmp_path / "package")
    (fault,) = refused.value.faults
    assert fault.startswith("tables.toml")
    assert "„prizes.…“" in fault


# --- what was taken back ----------------------------------------------------------------------------------------------


def test_who_makes_the_tables_reads_which_rows_tell_of_answers_that_were_taken_back(client, tables):
    competition, _edition = tables
    entry = competition.entries.order_by("pk")[0]
    page = url("table_list", competition)
    client.force_login(make_role(competition, Role.Kind.EDITOR).person)
    assert client.get(page).context["telling"] == []
    revoke(entry, ["answers"], by=None)
    (first, *_others) = client.get(page).context["telling"]
    assert first == (str(entry.group.heading), "Tab.\u00a01")
    assert ("alle Beiträge", "Tab.\u00a01, Tab.\u00a02") in client.get(page).context["telling"]
    bases = [row["base"] for row in client.get(url("table_explore", competition), {"question": "q1", "least": "0"}).context["table"]["rows"]]
    assert bases == [None, None]                                        # an editor clicks together no table that tells of it
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    assert client.get(url("table_explore", competition), {"question": "q1", "least": "0"}).context["table"]["base"] == 3
    client.force_login(make_role(competition, Role.Kind.SPONSOR).person)
    assert client.get(page).context["telling"] == []                    # it would name to others where to look
    client.logout()
    assert client.get(page).context["telling"] == []
    assert client.get(url("table_show", competition, "tab1")).context["table"]["base"] == 3


def test_whoever_imports_tables_that_hide_too_little_is_told_which_rows_tell(tables, tmp_path, capsys):
    competition, _edition = tables
    folder = tmp_path / "package"
    export_package(competition, folder)
    call_command("competition_import", folder)
    assert "tables.toml" not in capsys.readouterr().out
    revoke(competition.entries.order_by("pk")[0], ["answers"], by=None)
    call_command("competition_import", folder)
    said = capsys.readouterr().out
    assert "tables.toml" in said
    assert "alle Beiträge (Tab.\u00a01, Tab.\u00a02)" in said
    (folder / "tables.toml").write_text((folder / "tables.toml").read_text("utf-8").replace('question = "', 'least = 3, question = "'), "utf-8")
    call_command("competition_import", folder)
    assert "tables.toml" not in capsys.readouterr().out


# --- what is said around a table --------------------------------------------------------------------------------------


def test_a_question_with_several_answers_is_crossed_on_the_cases_of_each_row(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    asked = {"question": "felder", "rows": "q1", "shares": "column", "order": "count"}
    (table,) = explored(client, competition, asked)
    assert [(row["label"], row["base"], [(cell["column"], cell["count"], str(cell["percent"])) for cell in row["shown"]])
            for row in table["rows"]] == [
        ("ja", 2, [("Sport", 2, "100.0"), ("Kultur", 0, "0.0")]), ("nein", 1, [("Sport", 1, "100.0"), ("Kultur", 1, "100.0")]),
        ("Gesamt", 3, [("Sport", 3, "100.0"), ("Kultur", 1, "33.3")])]
    assert "stacks" not in table                                        # what does not add up to a hundred is no stacked bar
    assert "nein: Kultur" in client.get(url("table_explore", competition), asked | {"least": "0", "format": "svg"}).text
    hidden = client.get(url("table_explore", competition), asked).context["table"]
    assert {(row["base"], *(cell["count"] for cell in row["shown"])) for row in hidden["rows"][:-1]} == {(None, None, None)}


def test_the_most_frequent_answer_comes_first_also_where_answers_are_columns(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    asked = {"question": "q1", "rows": "group", "only": "felder_kultur=0", "also": "q1=nein", "order": "count"}
    (table,) = explored(client, competition, asked | {"only": "felder_kultur=1", "also": ""})
    assert [column["label"] for column in table["columns"]] == ["nein", "ja"]


def test_a_filter_by_an_option_of_several_is_told_by_its_name(client, tables):
    competition, _edition = tables
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "filter": {"felder_sport": ["1"], "felder_kultur": ["1"]}},
               by=None)
    keep_table(competition, title={"de": "Konzept"}, definition={"question": "q1", "filter": {"q1": ["ja", "nein"]}}, by=None)
    page = url("table_show", competition, "tab3")
    assert "Nur: Handlungsfelder: Sport und Kultur." in client.get(page).text
    assert "Nur: Konzept?: ja oder nein." in client.get(url("table_show", competition, "tab4")).text
    for kind in ("csv", "svg"):
        assert "Handlungsfelder: Sport und Kultur" in client.get(page, {"format": kind}).content.decode()


def test_a_question_that_was_not_put_to_all_says_to_whom(client, tables, monkeypatch):
    competition, _edition = tables
    form = replace(FORM, sections=(replace(FORM.sections[0], items=tuple(
        replace(item, relevant="selected(${felder}, 'kultur')") if item.name == "q1" else item for item in FORM.sections[0].items)),))
    monkeypatch.setattr(words_of_tables, "form_of", lambda _version: form)
    page = url("table_show", competition, "tab1")
    assert "Die Frage wurde nicht allen gestellt. Nur wenn" in client.get(page).text
    assert "Handlungsfelder" in client.get(page).text
    assert "nicht allen gestellt" in client.get(page, {"format": "csv"}).content.decode()
    assert "nicht allen gestellt" not in client.get(url("table_show", competition, "tab2")).text


def test_rows_of_whom_nothing_is_known_have_a_name(client):
    competition = make_call()
    make_entry(competition, land_code="", answers={"q1": "ja"})
    make_entry(competition, answers={"q1": "ja"})
    make_edition(competition)
    keep_table(competition, title={"de": "Nach Land"}, definition={"question": "q1", "rows": "land"}, by=None)
    page = url("table_show", competition, "tab1")
    assert [row["label"] for row in client.get(page).context["table"]["rows"]] == ["Nordrhein-Westfalen", "ohne Angabe", "Gesamt"]
    assert "\nohne Angabe;1;" in client.get(page, {"format": "csv"}).content.decode().replace("\r", "")


# --- the explorer's own words and fields ------------------------------------------------------------------------------


def test_what_the_house_says_in_english_is_not_marked_as_german_and_what_the_call_says_is(client):
    competition = make_call()
    make_entry(competition, answers={"q1": "ja"})
    make_edition(competition)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    codebook_in_two = [one | {"label": {"de": "Ein Konzept?", "en": "A concept?"}} for one in codebook_of(competition.editions.get())]
    with mock.patch("lorbeer.statistics.views.codebook_of", return_value=codebook_in_two):
        page = client.get(url("table_explore", competition), {"question": "q1"}).content.decode()
    assert '<option value="legal_status=landkreis">Kreis or Landkreis</option>' in page
    assert 'lang="de">A concept?' not in page
    assert "A concept?</caption>" in page


def test_the_explorer_asks_in_the_order_of_its_rows_and_calls_nothing_optional_that_is_never_empty(client, tables):
    competition, _edition = tables
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    page = client.get(url("table_explore", competition)).content.decode()
    form = page.partition('<form class="l-flow" method="get"')[2].partition("</form>")[0]
    assert re.findall(r'name="(\w+)"', form) == [
        "question", "second", "third", "rows", "shares", "only", "also", "besides", "no_answer", "order", "least"]
    assert "freiwillig" not in form
    assert client.get(url("table_explore", competition), {"question": "q1"}).context["form"]["least"].value() == "3"


def test_a_table_of_dots_has_no_picture_and_rows_of_dots_stand_in_none(client):
    competition = make_call()
    for land, answer in (("HB", "ja"), ("HE", "nein"), *(("NW", answer) for answer in ("ja",) * 4 + ("nein",) * 4)):
        make_entry(competition, land_code=land, answers={"q1": answer})
    make_edition(competition)
    client.force_login(make_role(competition, Role.Kind.OFFICE).person)
    asked = {"question": "q1", "rows": "land", "shares": "total"}
    shown, hidden = (client.get(url("table_explore", competition), asked | {"least": least}) for least in ("3", "9"))
    assert "Bremen" in hidden.context["table"]["rows"][0]["label"]
    assert "l-figure" not in hidden.content.decode().partition("s-map")[2]
    drawn = [label for label, _cells in shown.context["table"]["matrix"]]
    assert ("Nordrhein-Westfalen" in drawn, "Bremen" in drawn) == (True, False)


def test_a_questionnaire_that_cannot_be_read_brings_no_fault_on_the_rows_of_a_table(tables, tmp_path):
    competition, _edition = tables
    export_package(competition, tmp_path / "package")
    manifest = tmp_path / "package" / MANIFEST
    manifest.write_text(manifest.read_text("utf-8").replace(f'"{competition.code}"', '"neu"'), "utf-8")
    (tmp_path / "package" / "tables.toml").write_text(
        '[[tables]]\ncode = "x"\nquestion = "q1"\nrows = "q1"\ntitle = "X"\n', "utf-8")
    (tmp_path / "package" / "questionnaire.xlsx").write_bytes(
        make_workbook([["type", "name", "label", "x_role"], ["text", "q1", "Q", "tonart"]]))
    with pytest.raises(BadInput) as refused:
        import_package(tmp_path / "package")
    assert [fault for fault in refused.value.faults if fault.startswith("tables.toml")] == []
    assert any("tonart" in fault for fault in refused.value.faults)
