"""The public database as open data: what each format holds, and what the columns mean.

The columns are the same in CSV, XLSX and Parquet; JSON and GeoJSON have the entries as the catalogue knows them. What is a code
stands in words beside it (`labels.py`). A file says which search it holds: in its name, and within it where the format has room.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from lorbeer.call.deadlines import moment_in_words
from lorbeer.call.models import Competition
from lorbeer.catalogue import labels
from lorbeer.catalogue.queries import Catalogue
from lorbeer.catalogue.searches import Search
from lorbeer.editions import columns as engine
from lorbeer.shared import tables
from lorbeer.shared.money import exact_euro

# The register of municipalities comes under it as well, so that one licence covers the whole file.
LICENCE = "dl-de/by-2-0"
LICENCE_URL = "https://www.govdata.de/dl-de/by-2-0"
FORMAT = 2                                                              # raise it when the files hold something else: their checksums change
AT_ONCE = 5_000                                                         # entries that are made ready in memory
PIECE = 64_000                                                          # bytes
IN_WORDS = gettext_lazy("The same as %(column)s, in words")
Entry = dict[str, Any]


@dataclass(frozen=True)
class Kind:
    """A format: as people call it, its media type, and its name in the EU's list of file types."""

    label: str
    media_type: str
    file_type: str


KINDS = {
    "csv": Kind("CSV", "text/csv", "CSV"),
    "xlsx": Kind("XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "XLSX"),
    "json": Kind("JSON", "application/json", "JSON"),
    "geojson": Kind("GeoJSON", "application/geo+json", "GEOJSON"),
    "parquet": Kind("Parquet", "application/vnd.apache.parquet", "PARQUET"),
}


@dataclass(frozen=True)
class Column:
    """A column of the tables: its name, what it means, how an entry fills it, and its type in Parquet."""

    name: str
    meaning: str | Promise
    value: Callable[[Entry], Any]
    type: str = "VARCHAR"


def columns(catalogue: Catalogue) -> list[Column]:
    def awards(entry: Entry) -> list[dict[str, Any]]:
        return catalogue.awards.get(entry["code"], [])

    found = [
        Column("code", gettext_lazy("Code of the entry; part of its address and the same for good"), lambda entry: entry["code"]),
        Column("reference", gettext_lazy("File number of the office"), lambda entry: entry["reference"]),
        Column("title", gettext_lazy("Title of the entry"), lambda entry: entry["title"]),
        Column("applicant", gettext_lazy("Who applied"), lambda entry: entry["applicant"]),
        Column("municipality", gettext_lazy("Municipality or district of the applicant"), lambda entry: entry["municipality"]),
        Column("official_key", gettext_lazy("Its official key (AGS; 5 digits: district, 8: municipality, 9: association)"),
               lambda entry: entry["key"]),
        *_coded(catalogue, "land", gettext_lazy("Land")), *_coded(catalogue, "group", gettext_lazy("Award group")),
        *_coded(catalogue, "legal_status", gettext_lazy("Legal status of the municipality")),
        Column("population", gettext_lazy("Inhabitants, from the application or the register"), lambda entry: entry["population"], "BIGINT"),
        *_coded(catalogue, "size_class", gettext_lazy("Class of the number of inhabitants")),
        Column("latitude", gettext_lazy("Latitude of the municipality in degrees (WGS 84)"), lambda entry: entry["latitude"], "DOUBLE"),
        Column("longitude", gettext_lazy("Longitude of the municipality in degrees (WGS 84)"), lambda entry: entry["longitude"], "DOUBLE"),
        Column("round", gettext_lazy("Round of the competition, from 1"), lambda entry: entry["round"], "BIGINT"),
        Column("projects", gettext_lazy("Titles of the projects, separated by |"), lambda entry: labels.spelled(entry["projects"])),
        Column("abstract", gettext_lazy("Abstract, where it is released"), lambda entry: entry.get("abstract", "")),
        *(column for question in catalogue.questions for column in _asked(question)),
        Column("awards", gettext_lazy("Groups in which it won, separated by |"),
               lambda entry: labels.spelled([award["group"] for award in awards(entry)])),
        Column("label_awards", IN_WORDS % {"column": "awards"},
               lambda entry: labels.spelled([labels.of_award(catalogue, award)["label_group"] for award in awards(entry)])),
        Column("prize_euro", gettext_lazy("Prize money in euro"),
               lambda entry: exact_euro(sum(award["amount_cents"] for award in awards(entry))) or "", "DECIMAL(12, 2)"),
    ]
    if catalogue.is_sample:
        found.append(Column("sample", gettext_lazy("1: the entry is a sample, its answers are invented"), lambda entry: 1, "BIGINT"))
    edition = catalogue.edition
    return [*found,
            Column("edition", gettext_lazy("Number of the frozen edition that the file was made from"),
                   lambda entry: edition.number if edition else None, "BIGINT"),
            Column("edition_sha256", gettext_lazy("Its checksum (SHA-256)"), lambda entry: edition.sha256 if edition else ""),
            Column("licence", gettext_lazy("Licence of the data"), lambda entry: LICENCE)]


def _coded(catalogue: Catalogue, name: str, meaning: str | Promise) -> list[Column]:
    return [Column(name, meaning, lambda entry: entry[name]),
            Column(f"label_{name}", IN_WORDS % {"column": name}, lambda entry: labels.of_entry(catalogue, entry)[f"label_{name}"])]


def _asked(question: dict[str, Any]) -> list[Column]:
    """The columns of a question by which one can narrow; empty where the answers were not released."""
    name = answer_column(question["name"])

    def answer(entry: Entry) -> Any:
        return (entry.get("answers") or {}).get(question["name"])

    return [Column(name, _("%(question)s (several are separated by |)") % {"question": question["label"]},
                   lambda entry: labels.spelled(labels.values(answer(entry)))),
            Column(f"label_{name}", IN_WORDS % {"column": name}, lambda entry: labels.spelled(labels.of_answer(question, answer(entry))))]


def answer_column(question: str) -> str:
    """No question is called like another column: none of those begins so, and no code's column begins with label_."""
    return f"answer_{question}"


CODEBOOK_COLUMNS: list[tuple[str, Callable[[dict[str, Any]], Any]]] = [
    ("column", lambda row: row["column"]), ("meaning", lambda row: row["meaning"]), ("value", lambda row: row["value"]),
    ("value_meaning", lambda row: row["value_meaning"])]


def codebook(catalogue: Catalogue) -> list[dict[str, Any]]:
    """A row for each column, and one for each value of those that have a list of values."""
    values = labels.choices(catalogue) | {answer_column(one["name"]): one["choices"] for one in catalogue.questions}
    rows = []
    for column in columns(catalogue):
        plain = {"column": column.name, "meaning": str(column.meaning), "value": "", "value_meaning": ""}
        rows.append(plain)
        rows += [plain | {"value": value, "value_meaning": str(meaning)} for value, meaning in values.get(column.name, {}).items()]
    return rows


EVERYTHING = Search()


def response(place: Competition, catalogue: Catalogue, entries: Sequence[Entry], kind: str,
             search: Search = EVERYTHING) -> HttpResponseBase:
    """`entries` as a file of the `kind`: what `search` finds; the catalogue has an edition. Many are sent as they are read, or from a
    file on disk."""
    assert catalogue.edition is not None
    if len(entries) <= AT_ONCE:
        memory = io.BytesIO()
        write(memory, place, catalogue, entries, kind, search)
        found: HttpResponseBase = HttpResponse(memory.getvalue())
    elif kind in ("xlsx", "parquet"):
        file = tempfile.TemporaryFile()  # noqa: SIM115 (closed with the answer)
        write(file, place, catalogue, entries, kind, search)
        file.seek(0)
        found = FileResponse(file)
    else:
        found = StreamingHttpResponse(_in_pieces(_parts(place, catalogue, entries, kind, search)))
    found.headers["Content-Type"] = KINDS[kind].media_type + ("; charset=utf-8" if kind == "csv" else "")
    name = "-".join(filter(None, [place.code, "edition", str(catalogue.edition.number), search.name]))
    found.headers["Content-Disposition"] = content_disposition_header(kind != "json", f"{name}.{kind}") or "attachment"
    found.headers["X-Content-Type-Options"] = "nosniff"
    return found


def write(target: IO[bytes], place: Competition, catalogue: Catalogue, entries: Sequence[Entry], kind: str,
          search: Search = EVERYTHING) -> None:
    """The file of that kind. One entry at a time is in memory, of XLSX as soon as there are many."""
    assert catalogue.edition is not None
    if kind == "xlsx":
        told = columns(catalogue)
        tables.xlsx_to(target, [column.name for column in told], ([column.value(entry) for column in told] for entry in entries),
                       sheet=f"{place.code}-edition-{catalogue.edition.number}", made_at=catalogue.edition.frozen_at,
                       is_large=len(entries) > AT_ONCE, about=(str(_("About this file")), _about(place, catalogue, search, len(entries))))
    elif kind == "parquet":
        _parquet(target, catalogue, entries, _facts(place, catalogue, search, len(entries)))
    else:
        target.writelines(_parts(place, catalogue, entries, kind, search))


def _about(place: Competition, catalogue: Catalogue, search: Search, found: int) -> list[tuple[str, Any]]:
    """What stands on a sheet of its own, in the language of the file."""
    facts = _facts(place, catalogue, search, found)
    return [(str(label), value) for label, value in [
        (_("Competition"), facts["competition"]["title"]), (_("Edition"), facts["edition"]), (_("Its checksum (SHA-256)"), facts["sha256"]),
        (_("Frozen at"), moment_in_words(place, catalogue.edition.frozen_at, exact=True)),
        (_("Admitted entries"), facts["admitted"]), (_("Not listed"), facts["not_listed"]),
        (_("Asked for"), facts["search"]["in_words"] if facts["search"] else _("everything that is listed")),
        (_("Entries in this file"), found), (_("Address of this search"), facts["search"]["address"] if facts["search"] else ""),
        (_("Licence of the data"), facts["licence"]), (_("Its text"), facts["licence_url"]), (_("About its entries"), facts["note"]),
        (_("What the columns mean"), settings.BASE_URL + reverse("catalogue:dataset_codebook", args=[place.code])),
    ] if value != ""]


def _parts(place: Competition, catalogue: Catalogue, entries: Sequence[Entry], kind: str, search: Search) -> Iterator[bytes]:
    """CSV, JSON or GeoJSON, entry by entry."""
    if kind == "csv":
        told = columns(catalogue)
        yield from tables.csv_lines([column.name for column in told], ([column.value(entry) for column in told] for entry in entries),
                                    english=(get_language() or "de").startswith("en"))
        return
    is_map = kind == "geojson"
    facts = ({"type": "FeatureCollection"} if is_map else {}) | _facts(place, catalogue, search, len(entries))
    yield _json(facts)[:-1] + (b', "features": [' if is_map else b', "entries": [')
    for number, entry in enumerate(entries):
        shown = _entry(catalogue, entry)
        yield (b",\n" if number else b"\n") + _json(_feature(entry, shown) if is_map else shown)
    yield b"\n]}\n"


def _json(facts: dict[str, Any]) -> bytes:
    return json.dumps(facts, ensure_ascii=False).encode()


def _in_pieces(parts: Iterable[bytes]) -> Iterator[bytes]:
    """The same in pieces of a size that is worth sending."""
    several: list[bytes] = []
    size = 0
    for part in parts:
        several.append(part)
        size += len(part)
        if size >= PIECE:
            yield b"".join(several)
            several, size = [], 0
    yield b"".join(several)


def _facts(place: Competition, catalogue: Catalogue, search: Search, found: int) -> dict[str, Any]:
    """What the entries of a file are. `search`: null where it holds everything that is listed."""
    edition = catalogue.edition
    assert edition is not None
    return {
        "competition": {"code": place.code, "title": str(place)}, "edition": edition.number, "sha256": edition.sha256,
        "frozen_at": edition.frozen_at.isoformat(), "licence": LICENCE, "licence_url": LICENCE_URL,
        "note": str(place.sample_note) if place.is_sample else "", "admitted": catalogue.total, "not_listed": catalogue.withheld,
        "search": search.facts(catalogue), "found": found,
    }


def _entry(catalogue: Catalogue, entry: Entry) -> Entry:
    found = {key: value for key, value in entry.items() if key not in ("is_unlisted", "untold")} | labels.of_entry(catalogue, entry) | {
        "awards": [{key: award[key] for key in ("group", "prize", "amount_cents", "project")} | labels.of_award(catalogue, award)
                   for award in catalogue.awards.get(entry["code"], [])]}
    return found | {"label_answers": labels.of_answers(catalogue, entry["answers"])} if entry.get("answers") else found


def _feature(entry: Entry, shown: Entry) -> dict[str, Any]:
    """RFC 7946: a point where the municipality is; an entry whose place nobody knows has no geometry."""
    return {
        "type": "Feature", "id": entry["code"],
        "geometry": {"type": "Point", "coordinates": [entry["longitude"], entry["latitude"]]} if entry["latitude"] is not None else None,
        "properties": {key: value for key, value in shown.items() if key not in ("latitude", "longitude")}}


def _parquet(target: IO[bytes], catalogue: Catalogue, entries: Sequence[Entry], facts: dict[str, Any]) -> None:
    told = columns(catalogue)
    with tempfile.TemporaryDirectory() as folder, engine.connect() as connection:
        source, made = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        with source.open("w") as rows:
            for entry in entries:
                rows.write(json.dumps({
                    column.name: None if (value := column.value(entry)) == "" else str(value) if column.type.startswith("DECIMAL") else value
                    for column in told}) + "\n")
        types = ", ".join(f"'{column.name}': '{column.type}'" for column in told)
        # Types are ours, names too or those of questions (letters, digits, _ . -); what people wrote stands in the file.
        read = f"SELECT * FROM read_json('{source}', format='newline_delimited', columns={{{types}}})"  # noqa: S608
        about = json.dumps(facts, ensure_ascii=True).replace("'", "''")   # what people typed is in it: doubled, it ends no text of SQL
        connection.execute(f"COPY ({read}) TO '{made}' (FORMAT parquet, KV_METADATA {{about: '{about}'}})")
        with made.open("rb") as file:
            shutil.copyfileobj(file, target)
