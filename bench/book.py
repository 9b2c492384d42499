"""Time, memory and pages of a book: invented chapters over an invented dataset of any size.

    python bench/book.py [--entries 142] [--portraits 21] [--runs 3]

For the real book: `lorbeer book build zusammenleben2017 --output book.pdf`.
"""

import argparse
import os
import resource
import statistics
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=142)
    parser.add_argument("--portraits", type=int, default=21)
    parser.add_argument("--letters", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"DJANGO_SETTINGS_MODULE": "lorbeer.settings", "LORBEER_TESTING": "yes", "LORBEER_VAR": folder}
        import django

        django.setup()
        measure(arguments)


def measure(arguments: argparse.Namespace) -> None:
    import pikepdf

    from lorbeer.documentation.book import compile_book
    from lorbeer.documentation.dataset import number_text
    from lorbeer.shared.blocks import blocks
    from lorbeer.shared.documents import close_workers, render_many, render_pdf

    chapters, dataset = invented(arguments.entries, arguments.portraits)
    times = []
    pdf = b""
    for _run in range(arguments.runs):
        started = time.perf_counter()
        book = compile_book(chapters, dataset)
        compiled = time.perf_counter()
        pdf = render_pdf("book", book.data, book.files)
        times.append((compiled - started, time.perf_counter() - compiled))
    with pikepdf.open(BytesIO(pdf)) as document:
        pages = len(document.pages)
    close_workers()
    print(f"book: {arguments.entries} entries, {arguments.portraits} portraits: {pages} pages, {number_text(len(pdf))} bytes")
    print(f"  references resolved  {statistics.median(one for one, _two in times):6.2f} s")
    print(f"  pages set            {statistics.median(two for _one, two in times):6.2f} s")
    print(f"  most memory, typesetting process {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB,"
          f" this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    letter = {
        "office": {"name": "Wettbewerbsbüro", "lines": ["Musterweg 1"]}, "recipient": ["Stadt Musterstadt"],
        "subject": "Ihr Beitrag", "salutation": "Guten Tag,", "blocks": blocks("Danke. " * 200),
    }
    started = time.perf_counter()
    render_many("letter", [{**letter, "subject": f"Ihr Beitrag {number}"} for number in range(arguments.letters)])
    seconds = time.perf_counter() - started
    print(f"letters: {arguments.letters} in {seconds:.2f} s, {1000 * seconds / max(arguments.letters, 1):.1f} ms each")


def invented(entries: int, portraits: int):
    """Chapters that use every kind of directive, and a dataset of the small kind, multiplied."""
    from lorbeer.documentation.book import ChapterText
    from lorbeer.documentation.dataset import Dataset
    from lorbeer.documentation.tests.factories import entry, make_dataset, make_picture

    small = make_dataset()
    many = [entry(f"T-{number}", land=("NW", "BY", "HE", "NI")[number % 4], projects=["Café", "Garten"][: number % 3])
            for number in range(1, entries + 1)]
    awards, pictures = [], []
    for number in range(1, portraits + 1):
        one = many[number % len(many)]
        award = {**small.awards[0], "entry": one["code"], "title": one["title"], "applicant": one["applicant"]}
        awards.append(award)
        pictures.append({**one, **award, "group_label": "Städte", "description": "Ein Mustersatz von üblicher Länge. " * 60,
                         "reasons": "Eine Begründung in Sätzen. " * 40, "picture": make_picture(), "alt": "Ein Platz",
                         "credit": "Lorbeer", "is_sample": True, "note": ""})
    dataset = Dataset(**{**{name: getattr(small, name) for name in small.__dataclass_fields__},
                         "entries": many, "awards": awards, "portraits": pictures})
    prose = "Von {{ numbers.admitted }} Beiträgen sagen {{ tab1.total.yes.percent }} ja[^1]. " * 30
    text = (prose + "\n\n[^1]: Eine Fußnote.\n\n## Zahlen\n\n{{ table tab1 }}\n\n{{ figure tab1 }}\n\n") * 8
    return [
        ChapterText("prose", "Auswertung", text),
        ChapterText("awarded", "Ausgezeichnete", "{{ awards }}\n\n{{ portraits }}"),
        ChapterText("all", "Alle", "{{ figure entries_by_land }}\n\n{{ participants }}\n\n{{ index }}"),
    ], dataset


if __name__ == "__main__":
    main()
