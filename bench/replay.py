"""Seconds (and CPU seconds) of each stage of the replay, and the most memory: the demo into a throw-away SQLite folder.

    python bench/replay.py [--package NAME] [--no-book]
"""

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "src"))
STAGES = ("invite_people", "write_to_the_world", "take_in", "check", "screen", "meet", "write_opinions", "hold_jury_day",
          "announce", "publish", "follow_up")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", action="append", help="only this folder of competitions/; may be repeated")
    parser.add_argument("--no-book", action="store_true", help="leave the book out")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # The settings of the demo: nothing of the caller's installation is touched.
        for name in [name for name in os.environ if name.startswith("LORBEER_")]:
            del os.environ[name]
        os.environ |= {"DJANGO_SETTINGS_MODULE": "lorbeer.settings", "LORBEER_DEMO": "yes", "LORBEER_LOG": "text",
                       "LORBEER_VAR": folder, "LORBEER_SECRET_KEY": "only-for-this-measurement"}
        measure(arguments, Path(folder))


def measure(arguments: argparse.Namespace, folder: Path) -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from lorbeer.demo.management.commands.demo import DEMO_COMPETITIONS, PACKAGES
    from lorbeer.demo.replay import Replay
    from lorbeer.demo.summary import summary_of
    from lorbeer.shared import log
    from lorbeer.shared.documents import close_workers

    started = time.perf_counter()
    call_command("migrate", verbosity=0)
    print(f"{'make the tables':<24}{time.perf_counter() - started:8.1f} s")
    whole = clocks()
    for code in arguments.package or DEMO_COMPETITIONS:
        seconds: dict[str, tuple[float, float]] = {}
        replay = Replay(PACKAGES / code, with_book=not arguments.no_book)
        for stage in STAGES:
            setattr(replay, stage, timed(getattr(replay, stage), stage, seconds))
        before = clocks()
        competition = replay.play()
        whole_seconds, whole_cpu = since(before)
        print(f"\n{code:<24}{whole_seconds:8.1f} s{whole_cpu:8.1f} CPU s")
        for stage in STAGES:
            print(f"  {stage:<22}{seconds[stage][0]:8.1f} s{seconds[stage][1]:8.1f} CPU s")
        rest, rest_cpu = (total - sum(one[kind] for one in seconds.values()) for kind, total in enumerate((whole_seconds, whole_cpu)))
        print(f"  {'package, rest':<22}{rest:8.1f} s{rest_cpu:8.1f} CPU s")
        print(*("    " + line.replace(str(folder) + os.sep, "") for line in summary_of(competition, folder)), sep="\n")
    number, _digest = log.seal_now()
    seconds_of_all, cpu_of_all = since(whole)
    print(f"\n{'all replays together':<24}{seconds_of_all:8.1f} s{cpu_of_all:8.1f} CPU s, {number:,} events in the log")
    connection.close()
    close_workers()                                                     # the typesetting's CPU time counts from here on
    print(f"typesetting processes   {resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime:17.1f} CPU s")
    print(f"most memory: this process {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB,"
          f" typesetting process {resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024:.0f} MB")
    print(f"database {(folder / 'lorbeer.sqlite3').stat().st_size / 1e6:.0f} MB, files"
          f" {sum(path.stat().st_size for path in (folder / 'files').rglob('*') if path.is_file()) / 1e6:.0f} MB")


def clocks() -> tuple[float, float]:
    return time.perf_counter(), time.process_time()


def since(before: tuple[float, float]) -> tuple[float, float]:
    """Seconds on the wall and of this process's CPU since `before`."""
    wall, cpu = clocks()
    return wall - before[0], cpu - before[1]


def timed(stage: Any, name: str, seconds: dict[str, tuple[float, float]]) -> Any:
    def run() -> None:
        before = clocks()
        stage()
        seconds[name] = since(before)

    return run


if __name__ == "__main__":
    main()
