"""Time, memory, objective and bound of the assignment, from the database to the stored proposal, in a database of its own.

    python bench/assignment.py [--cases 142x8 10000x500 100000x2000] [--fields 1 3]    SQLite, or the empty database of LORBEER_DATABASE

Fields are scarce: 15 of them, as frequent as Zipf says; an entry is about one (or up to three), a screener knows two, any. Every twelfth
person has declared a bias for some entries, some have an employer, some an earlier relation; everybody has a home Land whose entries are
closed. Each case runs in a process of its own, so that its peak of memory is its own.
"""

import argparse
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
# Inhabitants in 100,000: entries come from where people live.
LANDS = {"NW": 179, "BY": 131, "BW": 111, "NI": 80, "HE": 63, "RP": 41, "SN": 41, "BE": 36, "SH": 29, "BB": 25, "ST": 22, "TH": 21,
         "HH": 18, "MV": 16, "SL": 10, "HB": 7}
FIELDS = tuple(f"feld{number}" for number in range(15))
ZIPF = tuple(1 / (number + 1) for number in range(15))
GROUPS = ("town", "county", "special")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", nargs="+", default=["142x8", "10000x500", "100000x2000"])
    parser.add_argument("--fields", nargs="+", type=int, default=[1, 3], help="most fields an entry is about")
    parser.add_argument("--expert", action="store_true", help="each entry needs one reader who knows its field")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        case, fields = asked.one.split(":")
        run(*map(int, case.split("x")), int(fields), asked.expert)
        return
    print(f"load average {os.getloadavg()[0]:.1f}")
    print(f"{'entries × people × 2':<24}{'fields':>7}{'database':>11}{'solver':>10}{'in all':>10}{'CPU':>10}{'peak MB':>9}{'apart':>12}"
          f"{'objective':>11}{'bound':>11}{'unknown':>9}", flush=True)
    for case in asked.cases:
        for fields in asked.fields:
            subprocess.run([sys.executable, __file__, "--one", f"{case}:{fields}", *(["--expert"] if asked.expert else [])],
                           check=True)


def run(size: int, people: int, fields: int, expert: bool) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lorbeer.settings")
        os.environ.setdefault("LORBEER_DATABASE", f"sqlite:///{folder}/bench.sqlite3")
        os.environ |= {"LORBEER_TESTING": "yes", "LORBEER_VAR": folder}
        child = os.fork()
        if child == 0:                                                  # what fills the database must not count as memory of the assignment
            start()
            fill(size, people, fields, expert)
            os._exit(0)
        if os.waitpid(child, 0)[1]:
            raise SystemExit("the database could not be filled")
        start()
        measure(size, people, fields)


def start() -> None:
    import django

    django.setup()


def measure(size: int, people: int, fields: int) -> None:
    from lorbeer.call.models import Competition
    from lorbeer.screening import assignment, pairing, services

    competition = Competition.objects.get()
    read: dict[str, float] = {}
    problem_of, solve = pairing.problem_of, assignment.solve

    def timed_problem(*arguments: object, **named: object) -> object:
        began = time.perf_counter()
        try:
            return problem_of(*arguments, **named)
        finally:
            read["database"] = time.perf_counter() - began

    def timed_solve(problem: object) -> object:
        began = time.perf_counter()
        try:
            return solve(problem)
        finally:
            read.setdefault("solver", time.perf_counter() - began)      # the first: others compute what the rules cost

    pairing.problem_of, assignment.solve = timed_problem, timed_solve
    began, busy = time.perf_counter(), time.process_time()
    found = services.propose_assignment(competition, 1, 2017, None, priority="fields")
    whole, cpu = time.perf_counter() - began, time.process_time() - busy
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{f'{size:,} × {people:,} × 2':<24}{fields:>7}{read['database']:>9.2f} s{read['solver']:>8.2f} s{whole:>8.2f} s{cpu:>8.2f} s"
          f"{peak:>9,.0f}{sum(found.explanation['excluded'].values()):>12,}{found.objective:>11,}{found.explanation['bound']:>11,}"
          f"{len(found.explanation['unknown']):>9,}", flush=True)


def fill(size: int, people: int, fields: int, expert: bool) -> None:
    from django.core.management import call_command
    from django.db import connection

    from lorbeer.call.models import AwardGroup, Competition
    from lorbeer.entries.models import Bias, Contributor, Entry
    from lorbeer.intake.models import Arrival, Submission
    from lorbeer.people.models import Person, Role
    from lorbeer.questionnaire.services import import_workbook
    from lorbeer.screening.models import ScreenerProfile

    call_command("migrate", verbosity=0)
    dice = random.Random(2017)  # noqa: S311
    competition = Competition.objects.create(code="bench", title={"de": "Bench"}, screening={
        "seats": 2, "exclude_own_land": True, "fields": "q10", "expert": expert,
        "options": [{"code": "x", "label": {"de": "x"}, "proposes": "group"}]})
    groups = [AwardGroup.objects.create(competition=competition, code=code, position=number, label={"de": code})
              for number, code in enumerate(GROUPS, 1)]
    version = import_workbook(competition, Path(__file__).resolve().parent.parent / "competitions/zusammenleben2017/questionnaire.xlsx")
    lands, weights = list(LANDS), list(LANDS.values())
    homes = dice.choices(lands, weights, k=size)
    entries = many([
        Entry(competition=competition, code=f"B{number:06}", state="admitted", land_code=homes[number], applicant=f"Stadt Musterort {number}",
              applicant_key=f"{number} musterort", group=groups[dice.choices(range(3), (5, 3, 2))[0]]) for number in range(size)])
    many([Contributor(entry=entry, person=person, is_contact=True) for entry, person in zip(entries, many([
        Person(email=f"kontakt@stadt-{number}.de", name=f"Kontakt {number}") for number in range(size)]), strict=True)])
    arrivals = many([Arrival(competition=competition, number=f"A{entry.pk}", channel="online", entry=entry) for entry in entries])
    text = "Wir bringen Menschen zusammen und lernen voneinander. " * 60    # what a document holds beside the answers
    for begin in range(0, size, 5_000):
        many([Submission(entry=entry, number=1, version=version, arrival=arrival, receipt_number=f"Q{entry.pk}", sha256="x" * 64,
                         is_accepted=True, document=document(dice, fields, text))
              for entry, arrival in zip(entries[begin : begin + 5_000], arrivals[begin : begin + 5_000], strict=True)])
    screeners = many([
        Person(email=f"person-{number}@haus-{number}.de" if number % 20 else f"person-{number}@stadt-{number}.de", name=f"Person {number}")
        for number in range(people)])
    many([Role(competition=competition, person=person, kind=Role.Kind.SCREENER, land_code=dice.choices(lands, weights)[0],
               employer=f"Musterort {dice.randrange(size)}" if number % 4 == 0 else "",
               earlier_bodies=f"Stadt Musterort {dice.randrange(size)}" if number % 6 == 0 else "")
          for number, person in enumerate(screeners)])
    many([ScreenerProfile(competition=competition, person=person, fields=sorted(dice.sample(FIELDS, 2)),
                          capacity=None if number % 25 else max(1, size * 2 // people - 2)) for number, person in enumerate(screeners)])
    many([Bias(entry=entry, person=person, kind=Bias.Kind.DECLARED, reason="x")
          for person in screeners[::12] for entry in dice.sample(entries, min(3, size))])
    if connection.vendor == "sqlite":
        connection.cursor().execute("ANALYZE")


def document(dice: random.Random, fields: int, text: str) -> str:
    from lorbeer.questionnaire.definition import canonical_json

    about = sorted({*dice.choices(FIELDS, ZIPF, k=dice.randint(1, fields))})
    return canonical_json({"schema": "lorbeer.submission/1", "places": {}, "answers": [
        ["titel", 0, "Ein Beitrag"], ["kurztext", 0, text], ["q10", 0, about], ["q11", 0, ["schulen"]]]})


def many(rows: list) -> list:
    return type(rows[0]).objects.bulk_create(rows, batch_size=500)


if __name__ == "__main__":
    main()
