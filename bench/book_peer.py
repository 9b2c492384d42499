"""The book of bench/book.py through WeasyPrint, an HTML-to-PDF engine: run by its own interpreter, which has weasyprint and no Lorbeer.

    PYTHON bench/book_peer.py FOLDER OUTPUT      FOLDER has book.html, book.css and pictures/

Prints seconds of the layout alone, most memory (MB), and the processor's seconds of all.
"""

import resource
import sys
import time
from pathlib import Path


def main() -> None:
    import weasyprint

    folder, output = Path(sys.argv[1]), Path(sys.argv[2])
    started = time.perf_counter()
    weasyprint.HTML(str(folder / "book.html")).write_pdf(str(output), pdf_variant="pdf/ua-1")
    seconds = time.perf_counter() - started
    used = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{seconds:.2f} {used.ru_maxrss / 1024:.0f} {used.ru_utime + used.ru_stime:.2f}")


if __name__ == "__main__":
    main()
