"""The public database with 142, 100,000 and 1,000,000 entries: search with exact counts, pages over HTTP, index, memory.

    python bench/catalogue.py [--sizes 142 100000 1000000] [--postgresql] [--peer] [--people 10] [--queries 40] [--processes 1]

Entries are invented: a title and an abstract of some 120 words, of 20,000 German compounds by Zipf's law and every third word one without
meaning; nine facts and questions by which one can narrow. An edition of them is published in an installation of its own (SQLite in a
temporary folder, or a PostgreSQL of its own), with a row and three releases for each entry, so that what was taken back is asked as in
earnest.
A query is the first page of 24 entries, read, and the exact counts of all values. `--peer`: the same words asked of the database itself
(FTS5 or tsvector and GIN over the same folded and stemmed text; first page by rank, and the counts by GROUP BY).
"""

import argparse
import http.client
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

from rush import cpu_of, exact_cpu_of, installation, serving, share

STEMS = [
    "Wasser", "Haus", "Garten", "Schule", "Dorf", "Stadt", "Bürger", "Jugend", "Kultur", "Sprache", "Brücke", "Straße", "Markt", "Bahnhof",
    "Energie", "Klima", "Verkehr", "Rad", "Wohn", "Nachbarschaft", "Verein", "Familie", "Kinder", "Senioren", "Gesundheit", "Bildung",
    "Bibliothek", "Museum", "Theater", "Musik", "Sport", "Spiel", "Platz", "Park", "Wald", "Fluss", "See", "Berg", "Tal", "Kirche", "Rathaus",
    "Werkstatt", "Handwerk", "Gewerbe", "Laden", "Café", "Küche", "Mittag", "Fest", "Begegnung", "Begleitung", "Beratung", "Betreuung",
    "Beteiligung", "Forum", "Netzwerk", "Bündnis", "Partner", "Integration", "Willkommen", "Zukunft", "Heimat", "Region", "Kreis", "Gemeinde",
    "Quartier", "Viertel", "Block", "Hof", "Grün", "Blumen", "Bäume", "Boden", "Luft", "Licht", "Wärme", "Strom", "Daten", "Karten", "Medien",
    "Zeitung", "Radio", "Film", "Foto", "Kunst", "Bau", "Umbau", "Pflege", "Hilfe", "Rettung", "Feuer", "Schutz", "Sicherheit", "Ordnung",
    "Freiheit", "Gleich", "Recht", "Arbeit", "Beruf", "Lehr", "Stelle", "Börse", "Tausch", "Leih", "Fahrt", "Bus", "Zug", "Weg", "Pfad",
    "Ring", "Tor", "Turm", "Mauer", "Keller", "Dach", "Fenster", "Tür", "Tisch", "Stuhl", "Bank", "Buch", "Heft", "Stift", "Papier", "Holz",
    "Stein", "Glas", "Metall", "Stoff", "Faden", "Näh", "Koch", "Back", "Brot", "Apfel", "Obst", "Gemüse", "Ernte", "Saat", "Imker", "Bienen",
    "Vogel", "Fisch", "Hund", "Pferd", "Schaf", "Hirten", "Mühle", "Brunnen", "Quelle", "Ufer", "Hafen", "Boot", "Angel", "Reise", "Tour",
    "Gast", "Herberge", "Lager", "Treff", "Stube", "Saal", "Halle", "Studio", "Labor", "Akademie", "Kolleg", "Kurs", "Seminar", "Abend",
    "Morgen", "Nacht", "Sommer", "Winter", "Herbst", "Frühling",
]
SMALL = [
    "und", "die", "der", "in", "zu", "den", "das", "mit", "von", "für", "auf", "ist", "im", "sich", "eine", "ein", "des", "dem", "nicht",
    "auch", "es", "an", "werden", "aus", "er", "hat", "dass", "sie", "nach", "wird", "bei",
]
WORDS, ABSTRACT, PEOPLE = 20_000, 120, 10
LANDS = ["NW", "BY", "BW", "NI", "HE", "RP", "SN", "BE", "SH", "BB", "ST", "TH", "HH", "MV", "SL", "HB"]
SIZES = ("under_5000", "5000_19999", "20000_49999", "50000_99999", "100000_499999", "from_500000")
QUESTIONS = {"felder": ("field_of_action", 10, True), "zielgruppen": ("target_group", 8, True), "ort": ("place", 6, False),
             "dauer": ("duration", 5, False), "geld": ("financing", 6, True)}


def vocabulary() -> list[str]:
    """Single stems first, then compounds; ß and umlauts as they come."""
    drawn, found = random.Random(7), dict.fromkeys(STEMS)
    while len(found) < WORDS:
        parts = drawn.choices(STEMS, k=drawn.choice((2, 2, 2, 3)))
        found[parts[0] + "".join(part.lower() for part in parts[1:])] = None
    several = list(found)
    drawn.shuffle(several)
    return several


def entries(size: int) -> Iterator[dict]:
    import numpy as np

    drawn, known = np.random.default_rng(11), np.array(vocabulary(), object)
    chances = 1 / np.arange(1, WORDS + 1)
    cumulated = np.cumsum(chances / chances.sum())
    small = np.array(SMALL, object)
    for start in range(0, size, 5_000):
        count = min(5_000, size - start)
        texts = known[np.searchsorted(cumulated, drawn.random((count, ABSTRACT)))]
        between = drawn.random((count, ABSTRACT)) < 1 / 3
        texts[between] = small[(drawn.random(int(between.sum())) ** 2 * len(SMALL)).astype(int)]
        titles = known[np.searchsorted(cumulated, drawn.random((count, 4)))]
        for at in range(count):
            number = start + at
            chance = random.Random(number)
            answers = {name: chance.sample([f"v{one}" for one in range(options)], chance.randint(1, 3)) if several
                       else f"v{chance.randrange(options)}" for name, (_role, options, several) in QUESTIONS.items()}
            population = int(10 ** chance.uniform(3, 6))
            yield {
                "code": code_of(number), "reference": f"{number:07d}", "title": " ".join(titles[at]),
                "applicant": f"Stadt {known[number % 11_000]}",
                "group": "abc"[number % 3], "land": LANDS[int(chance.random() ** 2 * 16)], "legal_status": "kreisangehoerig",
                "population": population, "size_class": SIZES[sum(population >= limit for limit in (5_000, 20_000, 50_000, 100_000, 500_000))],
                "is_unlisted": False, "round": 1, "municipality": "", "key": "", "latitude": 51.0, "longitude": 10.0, "projects": [],
                "abstract": " ".join(texts[at]), "answers": answers}


def code_of(number: int) -> str:
    return f"K{number:07d}-M"


def fill(size: int) -> None:
    """A published edition of so many entries, in the installation that the environment names."""
    import hashlib
    import tempfile

    import django

    django.setup()
    from datetime import UTC, datetime

    from django.db import connection

    from lorbeer.awards.models import Announcement
    from lorbeer.call.models import AwardGroup, Competition
    from lorbeer.editions.models import Edition
    from lorbeer.entries.models import Entry
    from lorbeer.shared import files
    from lorbeer.shared.models import LogProof

    moment = datetime(2018, 6, 1, tzinfo=UTC)
    competition = Competition.objects.create(code="bestand", title={"de": "Bestand"}, is_public=True)
    groups = [AwardGroup.objects.create(competition=competition, code=code, label={"de": f"Gruppe {code}"}, heading={"de": f"Gruppe {code}"})
              for code in "abc"]
    Announcement.objects.create(competition=competition, round=1, approved_at=moment, announced_at=moment)
    facts = {"competition": {"code": "bestand", "title": {"de": "Bestand"}, "is_sample": False, "sample_note": {}}, "prizes": [], "phases": [],
             "criteria": [], "announced": [1], "jury": [], "portraits": [],
             "groups": [{"code": one.code, "label": dict(one.label), "heading": dict(one.heading), "is_special": False} for one in groups]}
    started = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        file.write(json.dumps(facts, ensure_ascii=False).encode()[:-1] + b', "entries": [')
        won = []
        for number, entry in enumerate(entries(size)):
            file.write((b",\n" if number else b"") + json.dumps(entry, ensure_ascii=False).encode())
            if number % 50 == 0:
                won.append({"entry": entry["code"], "group": entry["group"], "prize": "p", "amount_cents": 100_000, "project": ""})
        file.write(b'], "awards": ' + json.dumps(won).encode() + b"}")
        file.seek(0)
        stored = files.store(file, name="facts.json", media_type="application/json")
    codebook = [{"name": f"{name}_{value}", "question": name, "role": role, "label": {"de": name.title()}, "choice": f"v{value}",
                 "choice_label": {"de": f"{name.title()} {value}"}, "values": {}}
                for name, (role, options, _several) in QUESTIONS.items() for value in range(options)]
    other = files.store(json.dumps(codebook).encode(), name="codebook.json", media_type="application/json")
    digest = hashlib.sha256(stored.blob_id.encode()).hexdigest()
    Edition.objects.create(competition=competition, number=1, frozen_at=moment, sha256=digest, answers=other, codebook=other, facts=stored,
                           is_published=True)
    first = Entry.objects.create(competition=competition, code=code_of(0), reference="0", state="not_awarded", title="T", applicant="A",
                                 group=groups[0], land_code="NW", created_at=moment)
    columns = [one.column for one in Entry._meta.concrete_fields if one.column not in ("id", "code")]
    padded = "right('000000' || n, 7)" if connection.vendor == "postgresql" else "substr('000000' || n, -7)"
    cursor = connection.cursor()
    cursor.execute(f"WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < %s) "  # noqa: S608
                   f"INSERT INTO entries_entry (code, {', '.join(columns)}) SELECT 'K' || {padded} || '-M', {', '.join(columns)} "
                   "FROM numbers, entries_entry WHERE entries_entry.id = %s", [size - 1, first.pk])
    for part in ("entry", "abstract", "answers"):
        cursor.execute("INSERT INTO editions_release (entry_id, part, field, released_at, written_consent) "
                       "SELECT id, %s, '', created_at, '' FROM entries_entry", [part])
    # These rows have no log to be walked along; what the walk costs beside pages is measured in log.py.
    LogProof.objects.update_or_create(pk=1, defaults={"due_at": datetime(2100, 1, 1, tzinfo=UTC)})
    connection.cursor().execute("ANALYZE")
    print(f"filled in {time.perf_counter() - started:.0f} s, facts {stored.blob.size / 1e6:,.0f} MB", flush=True)


# --- queries ----------------------------------------------------------------------------------------------------------


def classes(catalogue: object, count: int) -> dict[str, list[tuple[str, dict, bool]]]:
    """What is asked: (query, choices, within words), by class; drawn from the words of the index by how many entries have them."""
    import numpy as np

    drawn, index = random.Random(3), catalogue.view.index
    starts, total = index.arrays["text.starts"], index.size
    by_share = sorted(range(len(index.spelling.words)), key=lambda one: -index.spelling.often[one])
    from lorbeer.catalogue.search.words import STOP_WORDS, terms

    known = []
    for one in by_share[:40] + by_share[40::7]:
        folded = index.spelling.words[one]
        number = index.segment.terms.number(terms(folded)[0])
        if folded.isalpha() and folded not in STOP_WORDS and number is not None:
            known.append((index.spelling.written[one], (starts[number + 1] - starts[number]) / total))
    shares = np.array([part for _word, part in known])

    def about(part: float, least: int = 12) -> list[str]:
        near = np.argsort(abs(np.log(np.maximum(shares, 1e-9) / part)))[:least]
        return [known[one][0] for one in near.tolist()]

    frequent, middling, rare = about(.3, 8), about(.01), about(max(1e-4, 2 / total))
    abstracts = [index.entry(drawn.randrange(total))["abstract"].split() for _one in range(count)]
    pairs = []
    for words in abstracts:
        at = drawn.randrange(20, 90)
        pairs.append(f"„{' '.join(words[at:at + drawn.choice((2, 3))])}“")

    def slip(word: str) -> str:
        at = drawn.randrange(1, len(word) - 1)
        return drawn.choice((word[:at] + word[at + 1:], word[:at] + drawn.choice("aeinrst") + word[at + 1:],
                             word[:at] + word[at + 1] + word[at] + word[at + 2:]))

    chosen = {"land": ["NW", "BY"], "felder": ["v1"], "dauer": ["v2"]}
    pick = drawn.choice
    return {
        "nothing asked": [("", {}, False)] * 5, "choices alone": [("", chosen, False)] * 5,
        "word in 30 %": [(pick(frequent), {}, False) for _one in range(count)],
        "word in 1 %": [(pick(middling), {}, False) for _one in range(count)],
        "rare word": [(pick(rare), {}, False) for _one in range(count)],
        "two frequent words": [(" ".join(drawn.sample(frequent, 2)), {}, False) for _one in range(count)],
        "frequent and middling": [(f"{pick(frequent)} {pick(middling)}", {}, False) for _one in range(count)],
        "word and three choices": [(pick(frequent), chosen, False) for _one in range(count)],
        "phrase from a text": [(pair, {}, False) for pair in pairs],
        "phrase of frequent words": [(f"„{pick(frequent)} {pick(frequent)}“", {}, False) for _one in range(count)],
        "phrase of small words": [(f"„{pick(SMALL[:10])} {pick(SMALL[:10])}“", {}, False) for _one in range(count)],
        "typing error": [(slip(pick(middling + rare)), {}, False) for _one in range(count)],
        "part of words (haus)": [(pick(("Haus", "Garten", "Wasser", "Schule")), {}, True) for _one in range(count)],
    }


def measure(count: int) -> None:
    import django

    django.setup()
    from lorbeer.call.models import Competition
    from lorbeer.catalogue.search import shelf
    from lorbeer.editions.queries import closed_parts, published_edition

    competition = Competition.objects.get(code="bestand")
    edition = published_edition(competition)
    busy, began = time.process_time(), time.perf_counter()
    shelf.build_edition(edition, lambda done, total: None)
    took, busy = time.perf_counter() - began, time.process_time() - busy
    place = shelf._place(edition)
    sizes = {file.name: file.stat().st_size for file in place.iterdir()}
    texts = sizes["entries"]
    print(f"index built in {took:.1f} s ({busy:.1f} s CPU), {sum(sizes.values()) / 1e6:,.1f} MB, of which the entries themselves "
          f"{texts / 1e6:,.1f} MB; memory at most {peak():,.0f} MB", flush=True)
    subprocess.run([sys.executable, __file__, "--part", "ask", "--queries", str(count)], check=True)
    times = []
    for _turn in range(7):
        began = time.perf_counter()
        closed_parts(competition.pk)
        times.append(time.perf_counter() - began)
    print(f"what was taken back, asked of the database: {1000 * statistics.median(times):.1f} ms")


def ask(count: int) -> None:
    """In a process that has not built the index."""
    import django

    django.setup()
    from lorbeer.call.models import Competition
    from lorbeer.catalogue.queries import catalogue_of, search

    began = time.perf_counter()
    catalogue = catalogue_of(Competition.objects.get(code="bestand"))
    search(catalogue, "", {})
    print(f"opened and first counted in {1000 * (time.perf_counter() - began):.0f} ms; memory {now():,.0f} MB", flush=True)
    asked = classes(catalogue, count)
    print(f"{'query':<28}{'p50':>9}{'p95':>9}{'max':>9}{'CPU p50':>9}{'CPU p95':>9}{'hits':>11}")
    for name, several in asked.items():
        times, cpu, hits = [], [], []
        for turn in range(2):                                           # the second is counted, as of a server that runs
            for query, chosen, within in several:
                began, busy = time.perf_counter(), time.process_time()
                result = search(catalogue, query, chosen, within_words=within)
                read = result.entries[:24]
                if turn:
                    times.append(1000 * (time.perf_counter() - began))
                    cpu.append(1000 * (time.process_time() - busy))
                    hits.append(len(result.entries))
                del read
        print(f"{name:<28}{share(times, .5):>6.1f} ms{share(times, .95):>6.1f} ms{max(times):>6.1f} ms"
              f"{share(cpu, .5):>6.1f} ms{share(cpu, .95):>6.1f} ms{statistics.median(hits):>11,.0f}", flush=True)
    print(f"memory {now():,.0f} MB in all, {own():,.0f} MB of it our own and not pages of the files")
    Path(os.environ["LORBEER_VAR"], "queries.json").write_text(json.dumps(asked))


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _status(name: str) -> float:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def now() -> float:
    return _status("VmRSS:")


def own() -> float:
    return _status("RssAnon:")


# --- pages ------------------------------------------------------------------------------------------------------------


def visit(port: int, server: int, asked: dict, people: int, each: int = 30) -> None:
    """So many people at once, each page after page, of all classes."""
    addresses = []
    for name, several in asked.items():
        for query, chosen, within in several[:10]:
            pairs = [("q", query)] * bool(query) + [(facet, value) for facet, values in chosen.items() for value in values]
            pairs += [("within", "1")] * within
            addresses.append((name, "/bestand/catalogue/?" + urlencode(pairs)))
    random.Random(5).shuffle(addresses)
    for _name, address in addresses[:60]:                               # a server that runs, each of its processes
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        line.request("GET", address)
        line.getresponse().read()
        line.close()
    first = []
    for _turn in range(10):                                             # as everybody opens it, nothing asked
        busy = exact_cpu_of(server)
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        line.request("GET", "/bestand/catalogue/")
        line.getresponse().read()
        line.close()
        first.append(1000 * (exact_cpu_of(server) - busy))
    print(f"first page: {statistics.median(first):.1f} ms CPU", flush=True)
    times, weights, faults = [], [], []

    def read(start: int) -> None:
        own = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        for turn in range(each):
            _name, address = addresses[(start * each + turn) % len(addresses)]
            began = time.perf_counter()
            own.request("GET", address)
            answer = own.getresponse()
            body = answer.read()
            times.append(1000 * (time.perf_counter() - began))
            weights.append(len(body) / 1024)
            if answer.status != 200:
                faults.append(answer.status)

    for many in (1, people):
        times.clear()
        busy, began = cpu_of(server), time.perf_counter()
        threads = [threading.Thread(target=read, args=(number,)) for number in range(many)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        used = [1000 * (after - before) / len(times) for before, after in zip(busy, cpu_of(server), strict=True)]
        rate = len(times) / (time.perf_counter() - began)
        print(f"pages, {many:>2} at once: p50 {share(times, .5):.0f} ms, p95 {share(times, .95):.0f} ms, {rate:.0f}/s, "
              f"{used[0]:.0f} ms CPU each{f' and {used[1]:.0f} in PostgreSQL' if used[1] else ''}; at most {max(weights):.0f} KB; "
              f"faults {faults or 'none'}", flush=True)


# --- the database itself ----------------------------------------------------------------------------------------------


def peer(size: int) -> None:
    """The same texts and words in FTS5 or tsvector, one table with the values beside it."""
    import django

    django.setup()
    from django.db import connection

    from lorbeer.catalogue.search.question import ask as question
    from lorbeer.catalogue.search.words import terms, words

    cursor, is_postgresql = connection.cursor(), connection.vendor == "postgresql"
    columns = ["land", "size_class", "grp", "ort", "dauer"]
    cursor.execute("CREATE TABLE peer (id integer primary key, land text, size_class text, grp text, ort text, dauer text"
                   + (", words tsvector)" if is_postgresql else ")"))
    if not is_postgresql:
        cursor.execute("CREATE VIRTUAL TABLE peer_words USING fts5(words, content='')")
    began, rows = time.perf_counter(), []
    for number, entry in enumerate(entries(size)):
        shadow = " ".join(term for word in words(f"{entry['title']} {entry['abstract']}") for term in terms(word))
        rows.append((number, entry["land"], entry["size_class"], entry["group"], entry["answers"]["ort"], entry["answers"]["dauer"], shadow))
        if len(rows) == 5_000 or number == size - 1:
            if is_postgresql:
                cursor.executemany("INSERT INTO peer VALUES (%s, %s, %s, %s, %s, %s, to_tsvector('simple', %s))", rows)
            else:
                cursor.executemany("INSERT INTO peer VALUES (%s, %s, %s, %s, %s, %s)", [row[:6] for row in rows])
                cursor.executemany("INSERT INTO peer_words (rowid, words) VALUES (%s, %s)", [(row[0], row[6]) for row in rows])
            rows.clear()
    if is_postgresql:
        cursor.execute("CREATE INDEX ON peer USING gin (words)")
        cursor.execute("ANALYZE peer")
    print(f"peer: filled in {time.perf_counter() - began:.0f} s (folding and stemming of whole texts included)", flush=True)
    asked = json.loads(Path(os.environ["LORBEER_VAR"], "queries.json").read_text())
    for name in ("word in 30 %", "word in 1 %", "rare word", "two frequent words", "frequent and middling", "phrase from a text"):
        times = []
        for query, _chosen, _within in asked[name][:10]:
            found = question(query)
            is_phrase = bool(found.phrases)
            shown = [word.terms[0] for word in (found.phrases[0] if is_phrase else found.words)]
            if is_postgresql:
                ranked = "SELECT id FROM peer WHERE words @@ %s::tsquery ORDER BY ts_rank(words, %s::tsquery) DESC LIMIT 24"
                counted = (f"SELECT {', '.join(columns)}, count(*) FROM peer WHERE words @@ %s::tsquery "  # noqa: S608
                           f"GROUP BY GROUPING SETS ({', '.join(f'({one})' for one in columns)})")
                match = (" <-> " if is_phrase else " & ").join(f"'{one}'" for one in shown)
                run = [(ranked, [match, match]), (counted, [match])]
            else:
                match = f'"{" ".join(shown)}"' if is_phrase else " AND ".join(f'"{one}"' for one in shown)
                run = [("SELECT rowid FROM peer_words WHERE peer_words MATCH %s ORDER BY rank LIMIT 24", [match]),
                       *((f"SELECT {one}, count(*) FROM peer WHERE id IN (SELECT rowid FROM peer_words WHERE peer_words MATCH %s) "  # noqa: S608
                          f"GROUP BY {one}", [match]) for one in columns)]
            began = time.perf_counter()
            for statement, values in run:
                cursor.execute(statement, values)
                cursor.fetchall()
            times.append(1000 * (time.perf_counter() - began))
        print(f"peer: {name:<28}{share(times, .5):>8.1f} ms{share(times, .95):>8.1f} ms", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[142, 100_000, 1_000_000])
    parser.add_argument("--queries", type=int, default=40, help="of each class")
    parser.add_argument("--people", type=int, default=PEOPLE, help="at once")
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--peer", action="store_true", help="ask the full text of the database as well")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    given = parser.parse_args()
    parts: dict[str, Callable[[], None]] = {"fill": lambda: fill(given.sizes[0]), "measure": lambda: measure(given.queries),
                                            "ask": lambda: ask(given.queries), "peer": lambda: peer(given.sizes[0])}
    if given.part:
        parts[given.part]()
        return
    for size in given.sizes:
        with ExitStack() as stack:
            environment = installation(stack, given.postgresql)
            print(f"\n{environment['LORBEER_DATABASE'].partition(':')[0]}, {size:,} entries, {given.processes} processes, "
                  f"load average {os.getloadavg()[0]:.1f}", flush=True)
            for part in ("fill", "measure"):
                subprocess.run([sys.executable, __file__, "--part", part, "--sizes", str(size), "--queries", str(given.queries)],
                               env=environment, check=True)
            asked = json.loads(Path(environment["LORBEER_VAR"], "queries.json").read_text())
            server, port = stack.enter_context(serving(environment, "--processes", str(given.processes)))
            visit(port, server.pid, asked, given.people)
            if given.peer:
                subprocess.run([sys.executable, __file__, "--part", "peer", "--sizes", str(size)], env=environment, check=True)


if __name__ == "__main__":
    main()
