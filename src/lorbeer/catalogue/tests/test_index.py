"""The index against a plain search over the same texts; and where it lies, who builds it, what becomes of it."""

import io
import json
import random
import shutil
from collections import Counter

import numpy as np
import pytest

from lorbeer.catalogue.queries import catalogue_of, search
from lorbeer.catalogue.search import gathering, pairs, pieces, postings, shelf
from lorbeer.catalogue.search.index import Index, make
from lorbeer.catalogue.search.question import ask
from lorbeer.catalogue.search.spelling import distances
from lorbeer.catalogue.search.view import View, packed
from lorbeer.catalogue.search.words import terms, words
from lorbeer.editions.queries import published_edition
from lorbeer.editions.services import revoke
from lorbeer.editions.tests.factories import make_call, make_edition, make_entry
from lorbeer.shared import jobs
from lorbeer.shared.models import Job

FEW = ["Haus", "Häuser", "Bürgerhaus", "Garten", "und", "der", "Straße", "Strasse", "neue", "Muenchen", "München", "2017", "im", "Dorf"]


def an_entry(chance, number):
    def text(most):
        return " ".join(chance.choices(FEW, k=chance.randint(0, most)))

    return {
        "code": f"K{number}", "title": text(4), "applicant": text(2), "group": chance.choice("ab"), "land": chance.choice(["NW", "BY", ""]),
        "size_class": "", "municipality": "", "reference": "", "projects": [text(2), text(2)], "abstract": text(12), "is_unlisted": False,
        "round": chance.choice([1, 1, 2]), "population": chance.randint(1, 99),
        "answers": {"felder": chance.sample(["a", "b", "c"], chance.randint(0, 3))}}


def an_index(folder, entries):
    facts = {"awards": [{"entry": entries[0]["code"]}], "entries": [*entries, {"code": "", "round": 1}], "portraits": [], "announced": [1, 2]}
    codebook = [{"question": "felder", "role": "field_of_action", "choice": code, "values": {}} for code in "abc"]
    folder.mkdir()
    make(folder, io.BytesIO(json.dumps(facts, ensure_ascii=False, indent=1).encode()), codebook, lambda done, total: None)
    return Index(folder)


def texts_of(entry):
    """The texts of an entry as lists of what each word is found by."""
    several = [entry["title"], entry["applicant"], *entry["projects"], entry.get("abstract", ""), entry["code"],
               {"NW": "Nordrhein-Westfalen", "BY": "Bayern"}.get(entry["land"], "")]
    return [[set(terms(word)) for word in words(text)] for text in several]


def fits(entry, question):
    found = texts_of(entry)
    everywhere = set().union(*(one for text in found for one in text))

    def stands(phrase):
        return any(all(text[at + step] & set(word.terms) for step, word in enumerate(phrase))
                   for text in found for at in range(len(text) - len(phrase) + 1))

    return all(everywhere & set(word.terms) for word in question.words) and all(map(stands, question.phrases))


@pytest.mark.once
@pytest.mark.parametrize(("block", "common", "most", "few"), [
    (40, pairs.COMMON, pairs.MOST, 64), (gathering.BLOCK, 10, 5, 0), (40, 10, 5, 1), (gathering.BLOCK, 1, 256, 64)])
def test_the_index_finds_and_counts_what_a_plain_search_does(tmp_path, monkeypatch, block, common, most, few):
    """Random texts, queries, choices and parts that are closed; in many small blocks as in one, with none, some and all pairs of words."""
    monkeypatch.setattr(gathering, "BLOCK", block)
    monkeypatch.setattr(pairs, "COMMON", common)
    monkeypatch.setattr(pairs, "MOST", most)
    monkeypatch.setattr(postings, "FEW", few)
    chance = random.Random(block + common)
    entries = [an_entry(chance, number) for number in range(150)]
    index = an_index(tmp_path / "index", entries)
    closed = {"K3": {"entry"}, "K5": {"abstract"}, "K8": {"abstract", "answers"}, "K13": {"answers"}}

    def left(entry, parts):
        if "entry" in parts:
            return {"code": ""}
        return {key: value for key, value in entry.items() if key not in parts}

    for rounds in ({1, 2}, {1}):
        view = View(index, frozenset(rounds), closed, left)
        readable = [shown for one in entries if one["round"] in rounds and (shown := left(one, closed.get(one["code"], set())))["code"]]
        assert view.total == len(readable)
        assert view.withheld == 1 + sum(one["code"] == "K3" and one["round"] in rounds for one in entries)
        for _turn in range(120):
            query, other = (" ".join(chance.choices(FEW, k=chance.randint(1, 3))) for _one in range(2))
            query = chance.choice([query, f"„{query}“", f'"{query}" {chance.choice(FEW)}', f'„{query}“ "{other}"'])
            question = ask(query)
            hits = view.find(question)
            bits = packed(hits.there)
            plain = [one for one in readable if fits(one, question)]
            assert {one["code"] for one in view.found(bits, hits, "best")} == {one["code"] for one in plain}, query
            assert {code: count for code, count in view.counts("land", bits).items() if count} == Counter(one["land"] for one in plain)
            fields = Counter(code for one in plain for code in one.get("answers", {}).get("felder", ()))
            assert {code: count for code, count in view.counts("felder", bits).items() if count} == fields
            codes = chance.sample(["a", "b", "c"], 2)
            chosen = [one for one in plain if set(codes) & set(one.get("answers", {}).get("felder", ()))]
            narrowed = bits & view.chosen("felder", codes)
            found = [one["population"] for one in view.found(narrowed, hits, "population")]
            assert found == sorted((one["population"] for one in chosen), reverse=True)


@pytest.mark.once
def test_pages_of_a_result_are_its_parts_in_order(tmp_path):
    chance = random.Random(1)
    index = an_index(tmp_path / "index", [an_entry(chance, number) for number in range(200)])
    view = View(index, frozenset({1, 2}), {}, lambda entry, parts: entry)
    hits = view.find(ask("Haus"))
    whole = [one["code"] for one in view.found(packed(hits.there), hits, "best")]
    pages = [[one["code"] for one in view.found(packed(hits.there), hits, "best")[start:start + 7]] for start in range(0, len(whole), 7)]
    assert sum(pages, []) == whole
    assert len(set(whole)) == len(whole) > 20


@pytest.mark.once
@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_facts_read_piece_by_piece_are_the_same(monkeypatch, chunk):
    monkeypatch.setattr(pieces, "CHUNK", chunk)
    facts = {"a": 12345, "entries": [{"x": "ä„“ {[,", "y": [1, {"z": None}]}, {}, {"t": "\\\""}], "b": {"c": [1.5, True]}, "list": [], "n": -7}
    for indent in (None, 1):
        read = list(pieces.pieces(io.BytesIO(json.dumps(facts, ensure_ascii=False, indent=indent).encode()), "entries"))
        assert [value for key, value in read if key == "entries"] == facts["entries"]
        assert {key: value for key, value in read if key != "entries"} == {key: value for key, value in facts.items() if key != "entries"}
    assert list(pieces.pieces(io.BytesIO(b" {} "), "entries")) == []
    for broken in (b"", b"[", b'{"entries": [1, ', b'{"a" 1}'):
        with pytest.raises(ValueError, match="Expect|decode"):
            list(pieces.pieces(io.BytesIO(broken), "entries"))


@pytest.mark.once
def test_slips_are_counted_as_one_does_by_hand():
    def plain(one, other):
        table = {(i, 0): i for i in range(len(one) + 1)} | {(0, j): j for j in range(len(other) + 1)}
        for i in range(1, len(one) + 1):
            for j in range(1, len(other) + 1):
                table[i, j] = min(table[i - 1, j] + 1, table[i, j - 1] + 1, table[i - 1, j - 1] + (one[i - 1] != other[j - 1]))
                if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                    table[i, j] = min(table[i, j], table[i - 2, j - 2] + 1)
        return table[len(one), len(other)]

    chance = random.Random(2)
    several = ["".join(chance.choices("abc", k=chance.randint(1, 8))) for _one in range(300)]
    for word in several[:30]:
        for most in (1, 2):
            near = distances(word.encode(), [one.encode() for one in several], most)
            expected = [plain(word, one) for one in several]
            assert [min(int(far), most + 1) for far in near] == [min(far, most + 1) for far in expected]


def make_large(competition, monkeypatch):
    """An edition of which the house thinks that it takes long to index."""
    monkeypatch.setattr(shelf, "AT_ONCE", 0)
    make_entry(competition, title="Ein Garten")
    make_edition(competition)
    return published_edition(competition)


@pytest.mark.django_db
def test_while_a_large_index_is_built_readers_are_told_and_the_worker_finishes_it(client, monkeypatch):
    monkeypatch.setattr(shelf, "_start", lambda *facts: None)           # as if the thread of this process were slow
    competition = make_call()
    edition = make_large(competition, monkeypatch)
    waiting = client.get(f"/{competition.code}/catalogue/")
    assert waiting.status_code == 503
    assert "vorbereitet" in waiting.content.decode()
    assert client.get(f"/{competition.code}/").status_code == 200       # the poster does not wait for it

    job = Job.objects.get(name="catalogue.index")
    jobs.run_waiting()
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert client.get(f"/{competition.code}/catalogue/").status_code == 200
    assert len(search(catalogue_of(competition), "Gärten", {}).entries) == 1
    assert not list(shelf.folder().glob("*.progress"))
    assert shelf.build_edition(edition, lambda done, total: None) is False


@pytest.mark.django_db
def test_who_stops_the_building_leaves_nothing(monkeypatch):
    competition = make_call()
    monkeypatch.setattr(shelf, "_start", lambda *facts: None)
    edition = make_large(competition, monkeypatch)

    def stop(done, total):
        raise jobs.Stopped("…")

    before = set(shelf.folder().iterdir())
    with pytest.raises(jobs.Stopped):
        shelf.build_edition(edition, stop)
    assert set(shelf.folder().iterdir()) == before
    assert shelf.build_edition(edition, lambda done, total: None) is True


@pytest.mark.django_db
def test_a_reader_sees_how_far_it_is(client, monkeypatch):
    competition = make_call()
    monkeypatch.setattr(shelf, "_start", lambda *facts: None)
    edition = make_large(competition, monkeypatch)
    shelf._progress(edition.sha256).write_text("[30, 120]")
    assert "25\N{NO-BREAK SPACE}%" in client.get(f"/{competition.code}/catalogue/").content.decode()
    shelf._progress(edition.sha256).unlink()


@pytest.mark.django_db
@pytest.mark.parametrize("harm", [
    "deleted", "cut", "of another version", "entries", "facets.npy", "spans.npy", "words.npy", "text.lengths.npy", "rest.json"])
def test_an_index_that_is_gone_or_damaged_is_built_again(harm):
    competition = make_call()
    make_entry(competition, title="Ein Garten")
    make_edition(competition)
    assert len(search(catalogue_of(competition), "Garten", {}).entries) == 1
    place = shelf._place(published_edition(competition))
    if harm == "deleted":
        shutil.rmtree(place)
    elif harm == "cut":
        (place / "index.json").write_text("{")
    elif harm == "of another version":
        (place / "index.json").write_text('{"format": 0}')
    elif harm == "entries":
        (place / harm).write_bytes((place / harm).read_bytes()[:-20])
    elif harm == "facets.npy":
        (place / harm).write_bytes(b"")
    else:
        (place / harm).unlink()
    forget_what_is_open()
    assert len(search(catalogue_of(competition), "Garten", {}).entries) == 1
    assert json.loads((place / "index.json").read_text())["size"] == 1


def forget_what_is_open():
    """As if the process had been started anew."""
    from lorbeer.catalogue import queries

    for kept in (shelf._opened, queries._catalogue, queries._views):
        kept.cache_clear()


@pytest.mark.django_db(transaction=True)
def test_the_index_of_a_former_edition_is_deleted_when_the_next_is_published():
    competition = make_call()
    make_entry(competition)
    make_edition(competition)
    catalogue_of(competition)
    former = shelf._place(published_edition(competition))
    assert former.exists()
    make_entry(competition)
    make_edition(competition)
    assert not former.exists()
    assert len(catalogue_of(competition).entries) == 2


@pytest.mark.once
def test_an_index_without_entries_answers(tmp_path):
    folder = tmp_path / "index"
    folder.mkdir()
    make(folder, io.BytesIO(b'{"entries": [], "awards": [], "portraits": []}'), [], lambda done, total: None)
    view = View(Index(folder), frozenset({1}), {}, lambda entry, parts: entry)
    assert not view.find(ask("Garten „der Garten“")).there.any()
    assert view.nearest_word(ask("Garten").words[0]) == ""
    assert view.number("K7QD4X-M") is None
    assert list(view.everything) == []
    assert isinstance(view.open_bits, np.ndarray)


@pytest.mark.django_db(transaction=True)
def test_until_the_index_of_a_large_new_edition_is_whole_the_former_edition_answers(client, monkeypatch):
    competition = make_call()
    entry = make_entry(competition, title="Alter Garten")
    make_edition(competition)
    catalogue_of(competition)
    former = shelf._place(published_edition(competition))
    monkeypatch.setattr(shelf, "_start", lambda *facts: None)           # as if the thread of this process were slow
    monkeypatch.setattr(shelf, "AT_ONCE", 0)
    make_entry(competition, title="Neuer Garten")
    new = make_edition(competition)

    base = f"/{competition.code}"
    open_pages = [f"{base}/", *(f"{base}/catalogue/{one}" for one in ("", "map/", f"{entry.code}/", "feed.atom", "entries.json", "editions/")),
                  f"{base}/sitemap.xml", "/sitemap.xml", f"/api/v1/competitions/{competition.code}/entries"]
    assert [page for page in open_pages if client.get(page).status_code != 200] == []
    assert [one["title"] for one in catalogue_of(competition).entries] == ["Alter Garten"]
    waiting = client.get(f"{base}/catalogue/editions/{new.number}/entries.json")
    assert (waiting.status_code, waiting["Retry-After"]) == (503, "5")
    assert "korrigieren" not in waiting.content.decode()                # nothing is wrong with what was asked

    revoke(entry, ["entry"], by=None)                                   # also while it stands in
    assert list(catalogue_of(competition).by_code) == []
    jobs.run_waiting()
    assert [one["title"] for one in catalogue_of(competition).entries] == ["Neuer Garten"]
    assert not former.exists()
