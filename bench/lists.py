"""Seconds of CPU, times and queries of list pages, in a database of its own.

    python bench/lists.py [--sizes 142 10000]          SQLite in a temporary folder, or the empty database of LORBEER_DATABASE
    python bench/lists.py --sizes 10000 --profile desk  what the page with this name spends its time on
"""

import argparse
import cProfile
import os
import pstats
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
LANDS = ("NW", "BY", "BW", "NI", "HE", "SN", "BE", "SH")
WORDS = ("Garten", "Nachbarschaft", "Sprache", "Schule", "Sport", "Begegnung", "Wohnen", "Arbeit", "Musik", "Ehrenamt")
PUBLISHED = (
    ("office: list of entries", "entries/", True), ("office: entries, sorted and narrowed", "entries/?q=Garten&sort=-population", True),
    ("office: results", "awards/", True), ("office: desk", "desk/", True), ("office: an entry from the list", "{entry}", True),
    ("catalogue: all", "catalogue/", False), ("catalogue: search", "catalogue/?q=Garten+Schule", False),
    ("catalogue: nothing found", "catalogue/?q=Gartn+Schuhle", False),
    ("catalogue: facets", "catalogue/?land=NW&land=BY&award=none", False), ("catalogue: map", "catalogue/?view=map", False),
    ("catalogue: one entry", "catalogue/{code}/", False), ("catalogue: CSV", "catalogue/entries.csv", False),
)
RUNNING = (
    ("running: desk of the office", "desk/", True), ("running: list of entries", "entries/", True),
    ("running: formal check", "check/", True), ("running: next check", "check/next/", True),
    ("running: one check", "check/entries/{code}/", True),
    ("running: arrivals", "arrivals/", True), ("running: assignment", "screening/assignment/", True),
    ("running: sessions", "screening/sessions/", True), ("running: distribution list", "outreach/addresses/", True),
    ("running: mailings", "outreach/waves/", True),
    ("running: outbox", "outreach/mails/", True), ("running: letters of intent", "outreach/intents/", True),
    ("running: funnel", "outreach/funnel/", True), ("running: log", "audit/", True), ("running: retention", "money/retention/", True),
    ("running: home", "", False),
    ("screener: pile of 500", "screening/mine/", "screener"), ("screener: desk", "desk/", "screener"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[142, 10_000])
    parser.add_argument("--profile", metavar="WORD", help="profile the pages in whose name WORD stands")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lorbeer.settings")
        os.environ.setdefault("LORBEER_DATABASE", f"sqlite:///{folder}/bench.sqlite3")
        os.environ |= {"LORBEER_TESTING": "yes", "LORBEER_VAR": folder}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection

        call_command("migrate", verbosity=0)
        print(f"{connection.vendor}, load average {os.getloadavg()[0]:.1f}")
        print(f"{'page':<38}{'entries':>8}{'first':>10}{'median':>10}{'CPU':>10}{'queries':>9}{'KB':>7}", flush=True)
        for size in asked.sizes:
            for fill, pages in ((published, PUBLISHED), (running, RUNNING)):
                started = time.perf_counter()
                competition, people, code = fill(size)
                print(f"({fill.__name__}: filled in {time.perf_counter() - started:.0f} s)", flush=True)
                if connection.vendor == "sqlite":
                    connection.cursor().execute("ANALYZE")
                for name, path, who in pages:
                    if asked.profile is None or asked.profile in name:
                        person = people["screener" if who == "screener" else "office"] if who else None
                        measure(name, f"/{competition.code}/", path, person, code, size, profile=asked.profile is not None)


def measure(name: str, start: str, path: str, person: object, code: str, size: int, *, profile: bool) -> None:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(headers={"host": "localhost"})
    if person:
        client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    if path == "{entry}":                                               # as one comes to it: with the list in the address
        page = client.get(start + "entries/").content.decode()
        path = page.split(f'href="{start}entries/', 1)[1].split('"', 1)[0].replace("&amp;", "&")
        path = f"entries/{path}"
    address = start + path.format(code=code)
    times, cpu = [], []
    for _turn in range(3 if profile else 5):
        with CaptureQueriesContext(connection) as captured:
            busy, began = time.process_time(), time.perf_counter()
            response = client.get(address)
            times.append(1000 * (time.perf_counter() - began))
            cpu.append(1000 * (time.process_time() - busy))
    if response.status_code not in (200, 302):
        raise SystemExit(f"{address} answers {response.status_code}")
    print(f"{name:<38}{size:>8,}{times[0]:>7,.0f} ms{statistics.median(times):>7,.0f} ms{statistics.median(cpu):>7,.0f} ms"
          f"{len(captured):>9}{len(response.getvalue()) / 1024:>7,.0f}", flush=True)
    if profile:
        for query in sorted(captured.captured_queries, key=lambda one: -float(one["time"]))[:5]:
            print(f"   {query['time']} s  {query['sql'][:600]}")
        work = cProfile.Profile()
        work.runcall(client.get, address)
        pstats.Stats(work).sort_stats("cumulative").print_stats("lorbeer|sqlite", 30)


def make(code: str, size: int, **facts: object) -> tuple:
    """A competition with one group and somebody of the office."""
    from lorbeer.call.models import AwardGroup, Competition
    from lorbeer.people.models import Person, Role

    competition = Competition.objects.create(code=code, title={"de": f"{size} entries"}, is_public=True, **facts)
    group = AwardGroup.objects.create(competition=competition, code="main", label={"de": "Gruppe"}, heading={"de": "Gruppe"})
    office = Person.objects.create_user(f"office-{code}@example.org", None, name="Office")
    Role.objects.create(competition=competition, person=office, kind=Role.Kind.OFFICE_LEAD)
    return competition, group, office


def many(rows: list) -> list:
    return type(rows[0]).objects.bulk_create(rows, batch_size=500)


def entry_facts(number: int) -> dict:
    return {
        "code": f"B{number:05}-X", "land_code": LANDS[number % len(LANDS)],
        "title": f"{WORDS[number % 10]} und {WORDS[number // 10 % 10]} {number}", "applicant": f"Stadt Musterort {number}",
        "applicant_key": f"stadt musterort {number}", "legal_status": "kreisangehoerig", "population": 1000 + 37 * number % 400_000,
    }


def published(size: int) -> tuple:
    """`size` entries that were judged and released, published; (competition, people, a code)."""
    from datetime import UTC, datetime

    from lorbeer.awards.models import Announcement
    from lorbeer.editions import services
    from lorbeer.editions.models import Release
    from lorbeer.entries.models import Entry, Project

    competition, group, office = make(f"bench-{size}", size)
    moment = datetime(2018, 6, 1, tzinfo=UTC)
    Announcement.objects.create(competition=competition, round=1, approved_at=moment, announced_at=moment)
    entries = many([
        Entry(competition=competition, state="not_awarded", group=group, **entry_facts(number) | {"code": f"P{size}-{number:05}"})
        for number in range(size)])
    many([Release(entry=entry, part=part) for entry in entries for part in (Release.Part.ENTRY, Release.Part.ABSTRACT)])
    many([Project(entry=entry, position=1, title=f"Projekt {WORDS[entry.pk % 10]}") for entry in entries])
    services.publish(services.freeze(competition, by=None), by=None)
    return competition, {"office": office}, entries[0].code


def running(size: int) -> tuple:
    """`size` entries on their way: checked, assigned, half of the votes sealed; letters, mails, log and list beside them."""
    from datetime import timedelta

    from django.utils import timezone

    from lorbeer.call.models import CheckPoint, ExclusionClause, Phase
    from lorbeer.entries.models import Contributor, Entry, Move
    from lorbeer.formal_check.models import Check
    from lorbeer.intake.models import Arrival, Submission
    from lorbeer.outreach.models import Address, LetterOfIntent
    from lorbeer.people.models import Person, Role
    from lorbeer.questionnaire.frozen import canonical_document
    from lorbeer.questionnaire.queries import form_of
    from lorbeer.questionnaire.services import import_workbook
    from lorbeer.screening.models import Vote
    from lorbeer.shared import log
    from lorbeer.shared.models import Message

    competition, group, office = make(f"running-{size}", size)
    now = timezone.now()
    for kind in ("letters", "entries", "check", "screening"):
        Phase.objects.create(competition=competition, kind=kind, starts_at=now - timedelta(days=90), ends_at=now + timedelta(days=9))
    clause = ExclusionClause.objects.create(competition=competition, code="x", number="1", label={"de": "Grund"})
    CheckPoint.objects.create(competition=competition, code="x", label={"de": "Vollständig"}, clause=clause)
    workbook = Path(__file__).resolve().parent.parent / "competitions" / "quartiersfonds" / "questionnaire.xlsx"
    version = import_workbook(competition, workbook)
    document = canonical_document(form_of(version), version, {})[0].decode()
    states = ["submitted"] * 2 + ["admitted"] * 5 + ["screened"] * 2 + ["inadmissible"]
    entries = many([
        Entry(competition=competition, state=states[number % 10], group=group, **entry_facts(number) | {"code": f"R{size}-{number:05}"})
        for number in range(size)])
    people = many([Person(email=f"person-{size}-{number}@example.org", name=f"Person {number}") for number in range(size)])
    many([Contributor(entry=entry, person=person, is_contact=True) for entry, person in zip(entries, people, strict=True)])
    arrivals = many([Arrival(competition=competition, number=f"A{size}-{entry.pk}", channel=("online", "post")[entry.pk % 2], entry=entry,
                             sender=entry.applicant, arrived_at=now - timedelta(minutes=entry.pk % 50_000)) for entry in entries])
    submissions = many([
        Submission(entry=entry, number=1, version=version, arrival=arrival, receipt_number=f"Q{size}-{entry.pk}", sha256="x" * 64,
                   document=document, submitted_at=arrival.arrived_at)
        for entry, arrival in zip(entries, arrivals, strict=True)])
    many([Move(entry=entry, name="submit", source="draft", target="submitted") for entry in entries])
    many([Check(entry=entry, submission=one, verdict="excluded" if entry.state == "inadmissible" else "admitted",
                clause=clause if entry.state == "inadmissible" else None, checked_by=office)
          for entry, one in zip(entries, submissions, strict=True) if entry.state != "submitted"])
    screeners = people[: max(4, size // 40)]
    many([Role(competition=competition, person=person, kind=Role.Kind.SCREENER, land_code=LANDS[person.pk % 8]) for person in screeners])
    many([
        Vote(entry=entry, screener=screeners[(index + seat) % len(screeners)], seat=seat, submission=one, option="x", reason="x",
             sha256="x" * 64 if entry.state == "screened" else "", sealed_at=now if entry.state == "screened" else None)
        for index, (entry, one) in enumerate(zip(entries, submissions, strict=True)) if entry.state in ("admitted", "screened") and index % 7
        for seat in (1, 2)])
    many([Address(competition=competition, category=("gemeinden", "kreise")[number % 2], name=f"Stadt {number}",
                  email=f"stadt-{number}@example.org", land_code=LANDS[number % 8]) for number in range(size)])
    many([LetterOfIntent(competition=competition, code=f"I{size}-{number}", applicant=f"Stadt {number}", group=group,
                         contact_email=f"stadt-{number}@example.org", land_code=LANDS[number % 8], confirmed_at=now)
          for number in range(size)])
    many([Message(scope=competition.code, kind=("wave", "receipt")[number % 2], recipient=f"stadt-{number}@example.org", title="Brief",
                  body="Text", state="done", subject=f"entry:{entry.code}", message_id=f"<{number}@bench>")
          for number, entry in enumerate(entries * 2)])
    for start in range(0, size, 1_000):
        log.record_many(log.event("entry.submit", subject=f"entry:{entry.code}", scope=competition.code)
                        for entry in entries[start : start + 1_000])
    return competition, {"office": office, "screener": screeners[0]}, entries[0].code


if __name__ == "__main__":
    main()
