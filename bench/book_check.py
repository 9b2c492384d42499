"""How many planted errors the number check finds, and how often it is wrong: precision, recall, time, on the edition of 2017.

    python bench/book_check.py

The texts are in bench/texts, some of them English; RESULTS.md says what each gave at first reading. Then every number
of the book's chapters is changed by itself, once in its digits and once into another cell's, and the built book is read as PDF.
"""

import os
import random
import sys
import tempfile
import time
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in [name for name in os.environ if name.startswith("LORBEER_")]:
            del os.environ[name]
        os.environ |= {"DJANGO_SETTINGS_MODULE": "lorbeer.settings", "LORBEER_DEMO": "yes", "LORBEER_LOG": "text",
                       "LORBEER_VAR": folder, "LORBEER_SECRET_KEY": "only-for-this-measurement"}
        measure(Path(folder))


def measure(folder: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import translation

    from lorbeer.demo.management.commands.demo import PACKAGES
    from lorbeer.demo.replay import Replay
    from lorbeer.documentation.checking.reading import language_of, paragraphs_in, paragraphs_of
    from lorbeer.documentation.checking.verdicts import check
    from lorbeer.documentation.queries import dataset_of, newest_edition
    from lorbeer.documentation.services import build_book
    from lorbeer.documentation.tests.planted import held
    from lorbeer.shared import files
    from lorbeer.shared.documents import close_workers

    call_command("migrate", verbosity=0)
    competition = Replay(PACKAGES / "zusammenleben2017", with_book=False).play()
    edition = newest_edition(competition)
    data = dataset_of(competition, edition, language="de")
    with translation.override("de"):
        for path in sorted((ROOT / "bench" / "texts").glob("*.md")):
            started = time.perf_counter()
            text = path.read_text()
            found = held(text, dataset_of(competition, edition, language=language_of(paragraphs_in(text, data))))
            alarms = found.found + len(found.others)
            print(f"{path.name:<18} {found.numbers} numbers, {len(found.alarms)} false alarms where all is right; {found.planted} planted, "
                  f"{found.found} contradicted, {found.believed} believed, the rest unknown; precision {found.found / max(1, alarms):.0%}, "
                  f"recall {found.found / found.planted:.0%} ({time.perf_counter() - started:.2f} s)")
        chapters(data)
        assert edition is not None
        build = build_book(competition, edition, by=None, tell=lambda _note: None)
        (folder / "book.pdf").write_bytes(files.read(build.pdf))
        started = time.perf_counter()
        counts = Counter(verdict.status for verdict in check(paragraphs_of(folder / "book.pdf", data), data))
        print(f"the book as PDF    {build.pages} pages, {counts.total()} numbers: {dict(counts)} ({time.perf_counter() - started:.1f} s)")
    close_workers()


def chapters(data: Any) -> None:
    """The chapters as they print: false alarms, and every computed number changed, one at a time."""
    from lorbeer.documentation.checking.context import Paragraph
    from lorbeer.documentation.checking.verdicts import check
    from lorbeer.documentation.dataset import writing
    from lorbeer.documentation.references import DIRECTIVE_BASE, FINDING_BASE, scan

    paragraphs, spans = [], []
    with writing("de"):
        for path in sorted((ROOT / "competitions" / "zusammenleben2017" / "book").glob("*.md")):
            found = scan(path.read_text(), data)
            for line in filter(str.strip, found.text.split("\n")):
                plain, places = "", []
                for character in line:
                    number = ord(character) - FINDING_BASE
                    if ord(character) < FINDING_BASE:
                        plain += character
                    elif ord(character) < DIRECTIVE_BASE and number < len(found.findings):
                        finding = found.findings[number]
                        if finding.status == "computed" and finding.text == data.values[finding.path].text:
                            places.append((len(plain), len(plain) + len(finding.text), data.values[finding.path]))
                        plain += finding.text
                if plain.strip():
                    paragraphs.append(Paragraph(plain, path.name, "heading" if plain.startswith("#") else "text"))
                    spans.append(places)
    right = Counter(verdict.status for verdict in check(paragraphs, data))
    chance, changed = random.Random(7), Counter[str]()
    cells = {kind: [value for value in data.values.values() if value.kind == kind and value.path.startswith("tab") and value.number]
             for kind in ("count", "percent")}
    for place, (paragraph, places) in enumerate(zip(paragraphs, spans, strict=True)):
        before = [one for one in paragraphs[:place] if one.kind == "heading"][-2:]
        before += [one for one in paragraphs[max(0, place - 1):place] if one.kind != "heading"]
        for start, end, value in places:
            if value.kind not in cells or value.number is None:
                continue
            wrongs = [value.number + chance.choice([1, -1, 2, -2, 10, -10, 3]), chance.choice(cells[value.kind]).number]
            for wrong in wrongs:
                number = wrong if wrong and wrong > 0 and wrong != value.number else value.number + 7
                said = f"{int(Decimal(number)):,}".replace(",", ".")
                if value.kind == "percent":
                    said = f"{number:.1f}".replace(".", ",") + "\u00a0%"
                other = Paragraph(paragraph.text[:start] + said + paragraph.text[end:], paragraph.place, paragraph.kind)
                told = [one for one in check([*before, other], data) if one.paragraph is other and one.mention.start < start + len(said)
                        and one.mention.end > start]
                changed[told[0].status if told else "no number"] += 1
    print(f"chapters           {right.total()} numbers as they print: {dict(right)}; {changed.total()} changed one at a time: {dict(changed)}")


if __name__ == "__main__":
    main()
