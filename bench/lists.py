"""Times and queries of the office's list of entries and of the public database, in a database of its own.

    python bench/lists.py [--sizes 142 10000]          SQLite in a temporary folder, or the empty database of LORBEER_DATABASE
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
LANDS = ("NW", "BY", "BW", "NI", "HE", "SN", "BE", "SH")
WORDS = ("Garten", "Nachbarschaft", "Sprache", "Schule", "Sport", "Begegnung", "Wohnen", "Arbeit", "Musik", "Ehrenamt")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[142, 10_000])
    sizes = parser.parse_args().sizes
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lorbeer.settings")
        os.environ.setdefault("LORBEER_DATABASE", f"sqlite:///{folder}/bench.sqlite3")
        os.environ |= {"LORBEER_TESTING": "yes", "LORBEER_VAR": folder}
        import django

        django.setup()
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.test.utils import CaptureQueriesContext

        call_command("migrate", verbosity=0)
        print(f"{connection.vendor}\n{'page':<34}{'entries':>9}{'first':>10}{'median':>10}{'queries':>9}")
        for size in sizes:
            competition, office, code = fill(size)
            client = Client()
            pages = [("office: list of entries", f"/{competition.code}/entries/", office)]
            public = f"/{competition.code}/catalogue/"
            pages += [(f"catalogue: {name}", public + path, None) for name, path in (
                ("all", ""), ("search", "?q=Garten+Schule"), ("facets", "?land=NW&land=BY&award=none"), ("map", "?view=map"),
                ("one entry", f"{code}/"), ("CSV", "entries.csv"))]
            for name, address, person in pages:
                client.logout()
                if person:
                    client.force_login(person)
                times = []
                for _turn in range(5):
                    with CaptureQueriesContext(connection) as captured:
                        started = time.perf_counter()
                        response = client.get(address, headers={"host": "localhost"})
                        times.append(1000 * (time.perf_counter() - started))
                if response.status_code != 200:
                    raise SystemExit(f"{address} answers {response.status_code}")
                print(f"{name:<34}{size:>9,}{times[0]:>7,.0f} ms{statistics.median(times):>7,.0f} ms{len(captured):>9}")


def fill(size: int) -> tuple:
    """A competition with `size` admitted and released entries, published; (competition, somebody of the office, a code)."""
    from datetime import UTC, datetime

    from lorbeer.awards.models import Announcement
    from lorbeer.call.models import AwardGroup, Competition
    from lorbeer.editions import services
    from lorbeer.editions.models import Release
    from lorbeer.entries.models import Entry, Project
    from lorbeer.people.models import Person, Role

    competition = Competition.objects.create(code=f"bench-{size}", title={"de": f"{size} entries"}, is_public=True)
    group = AwardGroup.objects.create(competition=competition, code="main", label={"de": "Gruppe"}, heading={"de": "Gruppe"})
    office = Person.objects.create_user(f"office-{size}@example.org", None, name="Office")
    Role.objects.create(competition=competition, person=office, kind=Role.Kind.OFFICE)
    moment = datetime(2018, 6, 1, tzinfo=UTC)
    Announcement.objects.create(competition=competition, round=1, approved_at=moment, announced_at=moment)
    entries = Entry.objects.bulk_create([
        Entry(competition=competition, state="not_awarded", group=group, land_code=LANDS[number % len(LANDS)],
              title=f"{WORDS[number % 10]} und {WORDS[number // 10 % 10]} {number}", applicant=f"Stadt Musterort {number}",
              legal_status="kreisangehoerig", population=1000 + 37 * number % 400_000)
        for number in range(size)], batch_size=500)
    Release.objects.bulk_create([Release(entry=entry, part=Release.Part.ENTRY) for entry in entries], batch_size=500)
    Project.objects.bulk_create([Project(entry=entry, position=1, title=f"Projekt {WORDS[entry.pk % 10]}") for entry in entries],
                                batch_size=500)
    services.publish(services.freeze(competition, by=None), by=None)
    return competition, office, entries[0].code


if __name__ == "__main__":
    main()
