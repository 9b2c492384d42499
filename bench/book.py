"""Time, memory and pages of a book: 150 pages over an invented dataset, with 21 photographs of 1 MB.

    python bench/book.py [--entries 142] [--portraits 21] [--runs 3] [--untouched] [--peer PYTHON]

The prose stands in eight chapters. A photograph comes as the book gets it: made ready for print when it was first asked for, which is
counted apart; with `--untouched` as it was taken.

`--peer` sets the same book through WeasyPrint (bench/book_peer.py): PYTHON is an interpreter that has it, for example
`python3 -m venv peer && peer/bin/pip install weasyprint`, then `--peer peer/bin/python`. It needs libpango. Pictures, text, tables,
notes and the contents with page numbers are the same; WeasyPrint makes PDF/UA-1, Lorbeer PDF/UA-1 and PDF/A-2a at once.
For the real book: `lorbeer book build zusammenleben2017 --output book.pdf`.
"""

import argparse
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--entries", type=int, default=142)
    parser.add_argument("--portraits", type=int, default=21)
    parser.add_argument("--letters", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--untouched", action="store_true", help="photographs as they were taken")
    parser.add_argument("--peer", help="an interpreter that has weasyprint")
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

    chapters, dataset = invented(arguments.entries, arguments.portraits, untouched=arguments.untouched)
    times = []
    pdf = b""
    begun = time.process_time()
    for _run in range(arguments.runs):
        started = time.perf_counter()
        book = compile_book(chapters, dataset)
        compiled = time.perf_counter()
        pdf = render_pdf("book", book.data, book.files)
        times.append((compiled - started, time.perf_counter() - compiled))
        close_workers()                                                 # a fresh process for each book, as after a real one
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = (used.ru_utime + used.ru_stime + time.process_time() - begun) / arguments.runs
    with pikepdf.open(BytesIO(pdf)) as document:
        pages = len(document.pages)
    close_workers()
    whole = statistics.median(one + two for one, two in times)
    print(f"book: {arguments.entries} entries, {arguments.portraits} portraits: {pages} pages, {number_text(len(pdf))} bytes")
    print(f"  references resolved  {statistics.median(one for one, _two in times):6.2f} s")
    print(f"  pages set            {statistics.median(two for _one, two in times):6.2f} s")
    print(f"  whole book           {whole:6.2f} s (median of {len(times)}: {', '.join(f'{one + two:.2f}' for one, two in times)})")
    print(f"  processor time       {busy:6.2f} s (all threads, starting the typesetting process included)")
    print(f"  most memory, typesetting process {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB,"
          f" this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    if arguments.peer:
        against(arguments.peer, book, whole, busy, arguments.runs)
    letter = {
        "office": {"name": "Wettbewerbsbüro", "lines": ["Musterweg 1"]}, "recipient": ["Stadt Musterstadt"],
        "subject": "Ihr Beitrag", "salutation": "Guten Tag,", "blocks": blocks("Danke. " * 200),
    }
    started = time.perf_counter()
    render_many("letter", [{**letter, "subject": f"Ihr Beitrag {number}"} for number in range(arguments.letters)])
    seconds = time.perf_counter() - started
    print(f"letters: {arguments.letters} in {seconds:.2f} s, {1000 * seconds / max(arguments.letters, 1):.1f} ms each")


CHAPTERS, SECTIONS = "ABCDEFGH", 2                                              # of prose: the book has 150 pages with them
PRINTED = """
@page { size: A4; margin: 30mm 24mm 28mm 28mm; @bottom-center { content: counter(page); } }
body { font: 10.5pt/1.4 "Liberation Serif", serif; text-align: justify; hyphens: auto; } main { max-width: none; padding: 0; }
h1 { break-before: page; } h1, h2, h3, h4 { break-after: avoid; } .portrait { break-before: page; }
.footnote { float: footnote; } figure, tr { break-inside: avoid; } thead { display: table-header-group; } nav.ways, .skip { display: none; }
.toc a::after { content: leader(".") target-counter(attr(href), page); }
"""


def against(python: str, book: Any, ours: float, busy: float, runs: int) -> None:
    """The same book as one HTML file, set by WeasyPrint."""
    from lorbeer.documentation import web

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pictures").mkdir()
        pages = web.files_of(book, language="de")
        bodies, contents = [], []
        for file, content in pages.items():
            if file.endswith(".html"):
                text = content.decode()
                body = re.search(r"<main[^>]*>(.*)</main>", text, re.DOTALL)[1]
                stem = file.removesuffix(".html")
                body = re.sub(r'\b(id|href)="(#?)((?:fn|note|call)[^"]*)"', rf'\1="\2{stem}-\3"', body)
                contents += [f'<li><a href="#{stem}-{number}">{match[2]}</a></li>' for number, match in enumerate(
                    re.finditer(r"<h([123])[^>]*>(.*?)</h\1>", body))]
                numbers = iter(range(len(contents)))
                body = re.sub(r"<h([123])\b(?![^>]*id=)", lambda match, n=numbers, s=stem: f'<h{match[1]} id="{s}-{next(n)}"', body)
                bodies.append(body.replace('href="', 'href="#').replace('href="##', 'href="#'))
            else:
                (folder / file).write_bytes(content)
        (folder / "book.css").write_text(PRINTED)
        (folder / "book.html").write_text(
            f'<!DOCTYPE html><html lang="de"><head><meta charset="utf-8"><title>{book.data["title"]}</title><link rel="stylesheet" '
            f'href="book.css"></head><body><ol class="toc">{"".join(contents)}</ol>{"".join(bodies)}</body></html>')
        import pikepdf

        times = []
        for _run in range(runs):
            said = subprocess.run([python, "-I", str(ROOT / "bench" / "book_peer.py"), name, str(folder / "peer.pdf")], check=True,
                                  capture_output=True, text=True).stdout.split()
            times.append((float(said[0]), float(said[1]), float(said[2])))
        with pikepdf.open(folder / "peer.pdf") as document:
            count = len(document.pages)
        median = statistics.median(seconds for seconds, _memory, _busy in times)
        print(f"  WeasyPrint           {median:6.2f} s (median of {runs}: {', '.join(f'{seconds:.2f}' for seconds, _memory, _busy in times)}), "
              f"{count} pages, {max(memory for _seconds, memory, _busy in times):.0f} MB; {median / ours:.1f} times as long; "
              f"processor time {statistics.median(one for _s, _m, one in times):.2f} s, "
              f"{statistics.median(one for _s, _m, one in times) / busy:.1f} times as much")


def photograph(number: int) -> bytes:
    """A JPEG of 1 MB, 2400 × 1600, another one for each number: soft colours with the grain of a photograph."""
    import io

    import numpy
    from PIL import Image

    chance = numpy.random.default_rng(number)
    soft = Image.fromarray(chance.integers(40, 220, (6, 9, 3), dtype=numpy.uint8)).resize((2400, 1600), Image.Resampling.BICUBIC)
    grain = chance.normal(0, 6.4, (1600, 2400, 1))
    out = io.BytesIO()
    Image.fromarray(numpy.clip(numpy.asarray(soft) + grain, 0, 255).astype(numpy.uint8)).save(out, "JPEG", quality=88)
    return out.getvalue()


def invented(entries: int, portraits: int, *, untouched: bool):
    """Chapters that use every kind of directive, and a dataset of the small kind, multiplied."""
    from lorbeer.documentation.book import ChapterText
    from lorbeer.documentation.dataset import Dataset
    from lorbeer.documentation.tests.factories import entry, make_dataset
    from lorbeer.shared.filetypes import print_picture

    photographs, started = [photograph(number) for number in range(1, portraits + 1)], time.process_time()
    ready = photographs if untouched else [print_picture(one)[0] for one in photographs]
    print(f"{portraits} photographs of {sum(map(len, photographs)) / max(1, portraits) / 1e6:.1f} MB made ready in "
          f"{time.process_time() - started:.2f} s CPU: {sum(map(len, ready)) / max(1, portraits) / 1e6:.1f} MB each")
    small = make_dataset()
    many = [entry(f"T-{number}", land=("NW", "BY", "HE", "NI")[number % 4], projects=["Café", "Garten"][: number % 3])
            for number in range(1, entries + 1)]
    awards, pictures = [], []
    for number in range(1, portraits + 1):
        one = many[number % len(many)]
        award = {**small.awards[0], "entry": one["code"], "title": one["title"], "applicant": one["applicant"]}
        awards.append(award)
        pictures.append({**one, **award, "group_label": "Städte", "description": "Ein Mustersatz von üblicher Länge. " * 60,
                         "reasons": "Eine Begründung in Sätzen. " * 40, "picture": ready[number - 1], "alt": "Ein Platz",
                         "credit": "Lorbeer", "is_sample": True, "note": ""})
    tables = [{**small.tables[0], "code": f"tab{number}", "number": number} for number in range(1, SECTIONS * len(CHAPTERS) + 1)]
    dataset = Dataset(**{**{name: getattr(small, name) for name in small.__dataclass_fields__},
                         "entries": many, "awards": awards, "portraits": pictures, "tables": tables})

    def section(number: int) -> str:
        prose = f"Von {{{{ numbers.admitted }}}} Beiträgen sagen {{{{ tab{number}.total.yes.percent }}}} ja[^{number}]. " * 30
        shown = f"## Zahlen\n\n{{{{ table tab{number} }}}}\n\n{{{{ figure tab{number} }}}}"
        return f"{prose}\n\n{PROSE * 14}\n\n[^{number}]: Eine Fußnote.\n\n{shown}\n\n"

    texts = ["".join(map(section, range(first, first + SECTIONS))) for first in range(1, len(tables) + 1, SECTIONS)]
    return [
        *(ChapterText(f"prose-{letter.lower()}", f"Auswertung {letter}", text) for letter, text in zip(CHAPTERS, texts, strict=True)),
        ChapterText("awarded", "Ausgezeichnete", "{{ awards }}\n\n{{ portraits }}"),
        ChapterText("all", "Alle", "{{ figure entries_by_land }}\n\n{{ participants }}\n\n{{ index }}"),
    ], dataset


PROSE = ("Wer in einer Kommune etwas ändern will, braucht Geduld, Verbündete und einen langen Atem; das zeigen die Beiträge aus allen Ländern, "
         "in denen Verwaltungen, Vereine und Einzelne über Jahre an derselben Sache gearbeitet haben. Wo Haushaltsmittel, Förderprogramme und "
         "Ehrenamt zusammenkommen, entstehen Begegnungsorte, Sprachlernangebote und Nachbarschaftsnetzwerke. " * 4 + "\n\n")


if __name__ == "__main__":
    main()
