"""Appends, seals and verified rows per second of the log, and what an auditor's pages cost with it, in a database of its own.

    python bench/log.py [--rows 20000]          SQLite in a temporary folder, or the empty database of LORBEER_DATABASE
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))
SCOPE = "messung"


def rate(what: str, count: int, started: float) -> None:
    seconds = time.perf_counter() - started
    print(f"{what:<44}{count / seconds:>12,.0f}/s   ({count:,} in {seconds:.2f} s)")


def pages() -> None:
    """Milliseconds of the look that stands on the auditor's pages, and of these pages, each as if nobody had looked for a minute."""
    from django.contrib.auth.hashers import make_password
    from django.core.cache import cache
    from django.test import Client
    from django.urls import reverse

    from lorbeer.call.models import Competition
    from lorbeer.people.models import Person, Role
    from lorbeer.shared import log, proof

    competition = Competition.objects.create(code=SCOPE, title={"de": "Messung"})
    person = Person.objects.create(email="revision@example.net", name="Revision", password=make_password(None))
    Role.objects.create(competition=competition, person=person, kind=Role.Kind.AUDITOR)
    started = time.perf_counter()
    if not (walked := proof.walk_and_keep(by="command")).report:           # the competition is not in the log, and the tables differ
        raise SystemExit(str(walked.report))
    print(f"{'walk along the whole, and keep it':<44}{time.perf_counter() - started:>10.2f} s")
    client = Client()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    addresses = {"page of the log": reverse("follow_up:event_list", args=[SCOPE]),
                 "desk of the auditor": reverse("website:desk", args=[SCOPE])}
    for later in (0, 1000):
        for number in range(later):
            log.record("bench.append", subject=f"entry:{number}", scope=SCOPE, n=number)
        log.seal_log()
        print(f"{later:,} events sealed since:")
        for what, act in {"look": proof.look, **{name: lambda to=to: client.get(to) for name, to in addresses.items()}}.items():
            taken = []
            for _again in range(6):
                cache.clear()
                started = time.perf_counter()
                answer = act()
                taken.append((time.perf_counter() - started) * 1000)
            if getattr(answer, "status_code", 200) != 200:
                raise SystemExit(f"{what}: {answer.status_code}")
            print(f"{'  ' + what:<44}{sorted(taken[1:])[2]:>10.1f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    rows = parser.parse_args().rows
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lorbeer.settings")
        os.environ.setdefault("LORBEER_DATABASE", f"sqlite:///{folder}/bench.sqlite3")
        os.environ |= {"LORBEER_TESTING": "yes", "LORBEER_VAR": folder}
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection, transaction

        from lorbeer.shared import log

        settings.LOG_WITNESS = Path(folder, "log-witness")          # tests have none
        call_command("migrate", verbosity=0)
        print(f"{connection.vendor}, {rows:,} rows")
        one_by_one = min(rows, 2000)
        started = time.perf_counter()
        for number in range(one_by_one):
            log.record("bench.append", subject=f"entry:{number}", scope=SCOPE, n=number)
        rate("append, each in its own transaction", one_by_one, started)
        started = time.perf_counter()
        with transaction.atomic():
            for number in range(rows - one_by_one):
                log.record("bench.append", subject=f"entry:{number}", scope=SCOPE, n=number)
        rate("append, all in one transaction", rows - one_by_one, started)
        started = time.perf_counter()
        log.record_many(log.event("bench.append", subject=f"entry:{n}", scope=SCOPE, n=n) for n in range(rows))
        rate("append, many at once", rows, started)
        started = time.perf_counter()
        rate("seal", log.seal_log(), started)
        log.record("bench.one")
        started = time.perf_counter()
        log.seal_now()
        print(f"{'seal one more':<44}{(time.perf_counter() - started) * 1000:>10.1f} ms")
        started = time.perf_counter()
        report = log.verify()
        if not report:
            raise SystemExit(str(report))
        rate("verify", report.seals, started)
        pages()
        connection.close()


if __name__ == "__main__":
    main()
