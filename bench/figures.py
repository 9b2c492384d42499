"""Nine tables over an edition of 142, 100,000 and 1,000,000 answered questionnaires of 60 questions: seconds and memory.

    python bench/figures.py [--cases 142 100000 1000000]

Six tables cross a question with the award groups, three count the mentions of one with six options; the answers are drawn by
chance, 8 in 100 not given. Each size runs in a process of its own, so that the first reading is counted as well. Beside it the
bare engine: the counts alone, without labels, percentages and suppression.
"""

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[0] = str(ROOT / "src")                                         # not this folder: Python has a module of this file's name
SINGLES, MULTIS, OPTIONS, CHOICES, GROUPS = 50, 10, 6, 5, 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, nargs="+", default=[142, 100_000, 1_000_000])
    parser.add_argument("--file", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.file:
        measure(arguments.file)
        return
    for name in [name for name in os.environ if name.startswith("LORBEER_")]:
        del os.environ[name]
    print(f"load average {os.getloadavg()[0]:.1f}; by the clock / CPU of all threads; memory after the first")
    print(f"{'cases':>10} {'file':>9} {'first':>14} {'then':>14} {'engine':>14} {'memory':>9}")
    for cases in arguments.cases:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "answers.parquet"
            make(file, cases)
            shown = subprocess.run([sys.executable, __file__, "--file", str(file)], check=True, stdout=subprocess.PIPE, text=True,
                                   env=os.environ | {"LORBEER_VAR": folder, "LORBEER_SECRET_KEY": "only-for-this-measurement"})
            print(f"{cases:>10,} {file.stat().st_size / 1e6:>6.1f} MB {shown.stdout.strip()}")


def make(file: Path, cases: int) -> None:
    import duckdb

    columns = [f"['a', 'b', 'c'][1 + (random() * {GROUPS})::INT % {GROUPS}] AS \"group\"", "0 AS awarded"]
    for number in range(SINGLES):
        columns.append(f"CASE WHEN random() < 0.92 THEN 'v' || ((random() * {CHOICES})::INT % {CHOICES}) END AS q{number}")
    for number in range(MULTIS):
        for option in range(OPTIONS):
            columns += [f"(random() < 0.4)::INT AS m{number}_{option}", f"0 AS m{number}_{option}__state"]
    states = ", ".join(f"CASE WHEN q{number} IS NULL THEN 1 ELSE 0 END AS q{number}__state" for number in range(SINGLES))
    with duckdb.connect() as connection:
        connection.execute("SELECT setseed(0.5)")
        drawn = f"SELECT {', '.join(columns)} FROM range({cases})"  # noqa: S608
        connection.execute(f"COPY (SELECT *, {states} FROM ({drawn})) TO '{file}' (FORMAT parquet)")  # noqa: S608


def codebook() -> list[dict[str, Any]]:
    values = {f"v{choice}": {"de": f"Antwort {choice}"} for choice in range(CHOICES)}
    plain: dict[str, Any] = {"place": 0, "role": "", "choice": "", "choice_label": {}, "no_answer": []}
    singles = [plain | {"name": f"q{number}", "question": f"q{number}", "type": "single", "label": {"de": f"Frage {number}"}, "values": values}
               for number in range(SINGLES)]
    return singles + [
        plain | {"name": f"m{number}_{option}", "question": f"m{number}", "type": "multi", "label": {"de": f"Frage {number}"}, "values": {},
                 "choice": str(option), "choice_label": {"de": f"Option {option}"}}
        for number in range(MULTIS) for option in range(OPTIONS)]


def measure(file: Path) -> None:
    """In a process of its own: what it prints is the rest of a line of the table."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "lorbeer.settings"
    import django

    django.setup()
    from lorbeer.editions import columns
    from lorbeer.shared.text import Localized
    from lorbeer.statistics.compute import compute
    from lorbeer.statistics.definitions import TableSpec

    specs = [TableSpec(f"t{number}", number, Localized({"de": "Tabelle"}), f"q{number}", least=3) for number in range(6)]
    specs += [TableSpec(f"m{number}", number, Localized({"de": "Tabelle"}), f"m{number}", kind="choices", least=3) for number in range(3)]
    book, labels = codebook(), {"group": {"a": "A", "b": "B", "c": "C"}}

    def tables() -> tuple[float, float]:
        started, busy = time.perf_counter(), time.process_time()
        with columns.connect() as connection:
            connection.execute(f"CREATE OR REPLACE TEMP VIEW answers AS SELECT * FROM read_parquet('{file}')")  # noqa: S608
            for spec in specs:
                compute(spec, connection, book, labels)
        return time.perf_counter() - started, time.process_time() - busy

    def engine() -> tuple[float, float]:
        started, busy = time.perf_counter(), time.process_time()
        with columns.connect() as connection:
            for spec in specs:
                names = ", ".join(f"SUM({spec.question}_{option})" for option in range(OPTIONS))
                asked = f"SELECT {names} FROM" if spec.kind == "choices" else f'SELECT "group", {spec.question}, COUNT(*) FROM'
                connection.execute(f"{asked} '{file}'" + ("" if spec.kind == "choices" else " GROUP BY ALL")).fetchall()  # noqa: S608
        return time.perf_counter() - started, time.process_time() - busy

    def told(times: list[tuple[float, float]]) -> str:
        wall, busy = (1000 * sorted(column)[len(column) // 2] for column in zip(*times, strict=True))
        return f"{f'{wall:.0f} / {busy:.0f} ms':>14}"

    first = [tables()]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(told(first), told([tables() for _again in range(5)]), told([engine() for _again in range(5)]), f"{memory:>6.0f} MB")


if __name__ == "__main__":
    main()
