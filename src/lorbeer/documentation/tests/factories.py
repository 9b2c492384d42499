"""A small dataset with everything a book has, and editions that hold it."""

import hashlib
import json
import tempfile
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

from django.urls import reverse
from PIL import Image

from lorbeer.call.models import Competition
from lorbeer.documentation.dataset import Dataset
from lorbeer.documentation.models import Chapter
from lorbeer.editions import columns
from lorbeer.editions.models import Edition
from lorbeer.shared import files
from lorbeer.shared.tests.built_once import built_once
from lorbeer.statistics.models import TableDefinition

GROUPS = [
    {"code": "town", "label": "Städte", "heading": "Städte", "is_special": False},
    {"code": "district", "label": "Landkreise", "heading": "Landkreise", "is_special": False},
    {"code": "special", "label": "Sonderkategorie", "heading": "Sonderkategorie", "is_special": True},
]


def address(name: str, competition: Competition, **facts: str) -> str:
    """Of a page of the book."""
    return reverse(f"documentation:{name}", kwargs={"competition": competition.code, **facts})


def entry(code: str, **facts) -> dict:
    number = int("".join(c for c in code if c.isdigit()) or 0)
    return {
        "code": code, "reference": code, "title": f"Beitrag {code}", "applicant": f"Stadt Musterort {code}", "group": "town",
        "land": "NW", "municipality": f"Musterort {code}", "population": 1000 + number, "is_unlisted": False, "projects": [],
        "office": "Sozialamt", "street": "Musterweg", "postcode": "12345", "town": "Musterort", "website": "www.example.org",
        "approved": True,
    } | facts


def cells(yes: int, base: int) -> dict:
    def share(part: int) -> str:
        return f"{round(1000 * part / base) / 10:.1f}"

    return {"yes": {"count": yes, "percent": share(yes)}, "no": {"count": base - yes, "percent": share(base - yes)}}


def make_dataset(**facts) -> Dataset:
    """Nine listed entries and one unlisted; of ten, three quarters … say yes: 8 of 10 (80.0 %)."""
    entries = [entry(f"T-{number}", projects=["Café", "Garten"][: number % 3]) for number in range(1, 7)]
    entries += [entry(f"D-{number}", group="district", land="BY") for number in range(1, 4)]
    entries += [{"code": "", "group": "town", "is_unlisted": True, "projects": []}]
    award = {"entry": "T-1", "group": "town", "prize": "main", "amount_cents": 2_500_000, "project": "", "title": "Beitrag T-1",
             "applicant": "Stadt Musterort T-1", "land": "NW", "municipality": "Musterort T-1", "population": 1001}
    special = {**award, "entry": "D-1", "group": "special", "amount_cents": 1_000_000, "project": "Café",
               "title": "Beitrag D-1", "applicant": "Stadt Musterort D-1", "land": "BY", "municipality": "Musterort D-1"}
    table = {
        "code": "tab1", "number": 1, "title": "Gibt es ein Konzept?", "note": "", "base": 10, "kind": "cross",
        "columns": [{"code": "yes", "label": "Ja"}, {"code": "no", "label": "Nein"}],
        "rows": [
            {"code": "town", "label": "Städte", "base": 7, "is_total": False, "cells": cells(5, 7)},
            {"code": "district", "label": "Landkreise", "base": 3, "is_total": False, "cells": cells(3, 3)},
            {"code": "total", "label": "Gesamt", "base": 10, "is_total": True, "cells": cells(8, 10)},
        ],
    }
    known = {
        "competition": {"code": "demo", "title": "Gutes Miteinander", "kind": "Landeswettbewerb", "sponsor": "Ministerium",
                        "office": "Büro", "sample_note": "Musterantworten."},
        "edition": {"number": 3, "sha256": "ab" * 32, "frozen_on": date(2018, 6, 1)}, "groups": GROUPS, "entries": entries,
        "awards": [award, special], "tables": [table], "numbers": {"received": 12, "excluded": 2},
        "criteria": [{"number": 1, "label": "Ziele"}, {"number": 2, "label": "Dauer", "description": "auf Dauer angelegt"}],
        "phases": [{"kind": "jury", "label": "Jury", "starts_on": date(2018, 3, 22), "ends_on": date(2018, 3, 22)}],
        "prizes": [{"code": "main", "group": "town", "label": "Preis", "amount_cents": 2_500_000, "up_to": False}],
        "cap_cents": 10_000_000,
        "jury": [{"function": "Wissenschaft", "name": "A. Beispiel", "role": "Vorsitz", "is_sample": True, "votes": True}],
        "portraits": [
            {**entry("T-1"), **award, "group_label": "Städte", "description": "Worum es geht.", "reasons": "Warum.",
             "picture": make_picture(), "alt": "Ein Platz", "credit": "A. Beispiel", "is_sample": True, "note": ""},
            {**entry("D-1"), **special, "group_label": "Sonderkategorie", "description": "", "reasons": "", "picture": None,
             "note": ""},
        ],
    }
    return Dataset(**(known | facts))


def make_picture() -> bytes:
    result = BytesIO()
    Image.new("RGB", (120, 80), "#17513f").save(result, "JPEG")
    return result.getvalue()


def parquet(rows: list[dict]) -> bytes:
    with tempfile.TemporaryDirectory() as folder, columns.connect() as connection:
        source, target = Path(folder, "rows.json"), Path(folder, "rows.parquet")
        source.write_text(json.dumps(rows))
        connection.execute(f"COPY (SELECT * FROM read_json('{source}')) TO '{target}' (FORMAT parquet)")
        return target.read_bytes()


@built_once
def make_edition(competition, number: int = 1, *, dataset: Dataset | None = None) -> Edition:
    """An edition of the small dataset as statistics and book read it, without the entries behind it."""
    dataset = dataset or make_dataset()
    picture = files.store(make_picture(), name="platz.jpg", alternative_text="Ein Platz", is_sample=True, credit="A. Beispiel")
    facts = {
        "competition": dataset.competition | {"code": competition.code}, "groups": dataset.groups, "criteria": dataset.criteria,
        "phases": [
            phase | {key: phase[key] and phase[key].isoformat() for key in ("starts_on", "ends_on")} | {"round": 1}
            for phase in dataset.phases
        ],
        "prizes": dataset.prizes, "cap_cents": dataset.cap_cents, "numbers": dataset.numbers, "entries": dataset.entries,
        "awards": dataset.awards,
        "jury": [{"function": "Vorsitz", "constituency": "Wissenschaft", "votes": True, "name": "A. Beispiel",
                  "is_sample": True}],
        "portraits": [
            {key: value for key, value in portrait.items() if key not in ("picture", "alt", "credit", "is_sample", "note")}
            | {"picture": {"file": picture.code, "alt": "Ein Platz", "credit": "A. Beispiel", "is_sample": True}
               if portrait["picture"] else None}
            for portrait in dataset.portraits
        ],
    }
    values = {"yes": {"de": "Ja"}, "no": {"de": "Nein"}}
    codebook = [{"name": "q1", "question": "q1", "place": "", "type": "single", "label": {"de": "Konzept?"}, "choice": "",
                 "choice_label": {}, "values": values, "no_answer": []}]
    rows = [{"group": "town" if number < 7 else "district", "q1": "no" if number in (0, 1) else "yes", "q1__state": 0}
            for number in range(10)]
    TableDefinition.objects.get_or_create(competition=competition, code="tab1", defaults={
        "number": 1, "title": {"de": "Gibt es ein Konzept?"}, "definition": {"question": "q1"}})
    kept = {"scope": competition.code, "subject": f"edition:{number}"}
    return Edition.objects.create(
        competition=competition, number=number, sha256=hashlib.sha256(json.dumps([facts, rows]).encode()).hexdigest(),
        frozen_at=datetime(2018, 5, 31, 22, 30, tzinfo=UTC),        # the first of June in the competition's zone
        answers=files.store(parquet(rows), name="answers.parquet", **kept),
        codebook=files.store(json.dumps(codebook).encode(), name="codebook.json", **kept),
        facts=files.store(json.dumps(facts, ensure_ascii=False).encode(), name="facts.json", **kept),
    )


def make_chapter(competition, text: str = "Es sind {{ numbers.admitted }} Beiträge.", **facts) -> Chapter:
    facts.setdefault("code", f"chapter-{competition.chapters.count() + 1}")
    facts.setdefault("title", "Ein Kapitel")
    facts.setdefault("position", competition.chapters.count() + 1)
    return Chapter.objects.create(competition=competition, text=text, **facts)
