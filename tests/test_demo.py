"""The demo: sample people one click away, in demo mode only; a competition replayed once, as it was."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from lorbeer.call.tests.factories import make_competition
from lorbeer.people.tests.factories import make_person

PROJECT = Path(__file__).resolve().parent.parent


def lorbeer(var: Path, *words: str, demo: str = "yes", code: str | None = None) -> subprocess.Popen:
    """`lorbeer …` (or a piece of Python) in a process and with a data folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LORBEER_", "DJANGO_"))}
    environment = kept | {"PYTHONPATH": str(PROJECT / "src"), "LORBEER_VAR": str(var),
                          "LORBEER_DEMO": demo, "LORBEER_SQLITE_SYNCHRONOUS": "OFF"}
    if demo == "no":
        environment["LORBEER_SECRET_KEY"] = "x" * 50
    command = [sys.executable, *(["-c", code] if code else ["-m", "lorbeer", *words])]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=PROJECT)


# --- one click ----------------------------------------------------------------------------------------------------------


@pytest.mark.once
def test_one_click_signs_in_as_a_sample_person(world):
    client = Client()
    screener = world.person("screener")

    page = client.get("/demo/")
    answer = client.post("/demo/sign-in/", {"person": screener.code, "competition": world.home.code})

    assert screener.code in page.content.decode()
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/{world.home.code}/desk/"
    assert client.session["_auth_user_id"] == str(screener.pk)


@pytest.mark.once
def test_one_click_makes_the_operator_who_finds_every_competition_and_the_import(world):
    from lorbeer.demo.management.commands.demo import make_sample_operator

    client = Client()
    operator = make_sample_operator()
    assert make_sample_operator() == operator                           # a second start makes no second one

    page = client.get("/demo/")
    answer = client.post("/demo/sign-in/", {"person": operator.code})
    desk = client.get(answer.headers["Location"]).content.decode()

    assert operator.code in page.content.decode()
    assert answer.headers["Location"] == "/desks/"
    assert f"/{world.home.code}/team/" in desk
    assert "/operator/packages/" in desk
    assert client.post("/demo/sign-in/", {"person": world.person("screener").code}).status_code == 404


def test_what_the_replay_tells_of_an_entry_happens_in_order(world):
    from lorbeer.entries.models import Entry

    for entry in Entry.objects.filter(competition=world.home):
        moments = list(entry.history.order_by("pk").values_list("at", flat=True))
        assert moments == sorted(moments), entry


def test_an_applicant_of_the_demo_keeps_one_answer_closed(world):
    from lorbeer.editions.fields import closed_fields
    from lorbeer.editions.queries import facts_of, frozen_facts_of, published_edition
    from lorbeer.entries.models import Entry

    closed = {entry.pk: names for entry in Entry.objects.filter(competition=world.home) if (names := closed_fields(entry.releases.all()))}
    assert list(closed.values()) == [{"answers/zielgruppe"}]
    entry = Entry.objects.get(pk=next(iter(closed)))
    edition = published_edition(world.home)
    for facts in (frozen_facts_of(edition), facts_of(edition)):         # it was closed before the edition was frozen
        (told,) = [one for one in facts["entries"] if one["code"] == entry.code]
        assert (told["untold"], "zielgruppe" in told["answers"], "quartier" in told["answers"]) == (["zielgruppe"], False, True)
        assert all("zielgruppe" in one["answers"] for one in facts["entries"] if one["code"] != entry.code and "answers" in one)
    other = next(one["code"] for one in facts["entries"] if "answers" in one and one["code"] != entry.code)
    pages = [Client().get(f"/{world.home.code}/catalogue/{code}/").content.decode() for code in (entry.code, other)]
    assert [["In welchem Quartier?" in page, "Für wen ist es gedacht?" in page] for page in pages] == [[True, False], [True, True]]


def test_every_scan_of_the_replay_can_be_read(world):
    from lorbeer.intake.models import Arrival
    from lorbeer.shared import files

    keyed_in = Arrival.objects.filter(competition=world.home, mail=None, enclosures=None)
    scans = [scan for arrival in keyed_in for scan in arrival.files.all()]

    assert scans
    for scan in scans:
        assert files.read(files.shown(scan)).startswith(b"%PDF-")
    assert len({scan.blob_id for scan in scans}) == len(scans)          # each says whose place it takes


def test_every_receipt_of_the_replay_prints_the_seal_that_was_newest_then(world):
    from lorbeer.intake.models import Submission
    from lorbeer.shared.models import LogSeal

    printed = list(Submission.objects.filter(entry__competition=world.home).values_list("log_digest", flat=True))

    assert len(printed) > 3
    assert len(set(printed)) == len(printed)
    assert LogSeal.objects.filter(digest__in=printed).count() == len(printed)


@pytest.mark.once
def test_one_click_opens_nobody_but_sample_people(world):
    client = Client()
    real = make_person(is_sample=False)
    for kind in ("office_lead", "auditor"):
        world.home.roles.create(person=real, kind=kind)

    page = client.get("/demo/")
    answer = client.post("/demo/sign-in/", {"person": real.code, "competition": world.home.code})

    assert answer.status_code == 404
    assert "_auth_user_id" not in client.session
    assert real.code not in page.content.decode()
    make_competition().roles.create(person=real, kind="office_lead")
    assert "Hier gibt es keine Beispielpersonen." in client.get("/demo/").content.decode()


@pytest.mark.once
def test_a_session_of_a_sample_person_ends_with_the_demo(world, settings):
    client = Client()
    client.post("/demo/sign-in/", {"person": world.person("screener").code, "competition": world.home.code})
    desk = f"/{world.home.code}/desk/"
    assert client.get(desk).status_code == 200

    settings.DEMO = False

    assert client.get(desk).status_code != 200
    assert "_auth_user_id" not in client.session


@pytest.mark.once
def test_outside_demo_mode_there_is_no_such_page_and_no_such_app(tmp_path):
    code = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "lorbeer.settings"
import django
django.setup()
from django.apps import apps
from django.urls import Resolver404, get_resolver
from django.core.management import get_commands
def found(path):
    try:
        return get_resolver().resolve(path).view_name
    except Resolver404:
        return None
print("installed", apps.is_installed("lorbeer.demo"))
print("page", found("/demo/"))
print("sign-in", found("/demo/sign-in/"))
print("command", "demo" in get_commands())
"""
    process = lorbeer(tmp_path, demo="no", code=code)
    said, _ = process.communicate(timeout=120)

    assert process.returncode == 0, said
    # `/demo/` is then an address like that of any competition, of which there is none.
    answers = [line for line in said.splitlines() if not line.startswith("{")]                 # the rest is the log
    assert answers == ["installed False", "page website:competition_home", "sign-in None", "command False"]


# --- starts that are interrupted, or come two at once ------------------------------------------------------------------


@pytest.mark.once
def test_an_interrupted_start_begins_anew_two_at_once_make_one_world_and_the_next_one_finds_it(tmp_path):
    words = ["demo", "--no-serve", "--no-book", "--only", "quartiersfonds"]
    first = lorbeer(tmp_path, *words)
    for line in first.stdout:                                           # stop it dead in the middle
        if "playing: votes" in line:
            break
    first.kill()
    first.wait()

    both = [lorbeer(tmp_path, *words), lorbeer(tmp_path, *words)]
    said = [process.communicate(timeout=500)[0] for process in both]
    third = lorbeer(tmp_path, *words)
    after, _ = third.communicate(timeout=120)
    count = lorbeer(tmp_path, code=COUNT)
    counted, _ = count.communicate(timeout=60)

    assert [process.returncode for process in both] == [0, 0], "\n".join(said)
    assert sum("waits until it has finished" in text for text in said) == 1
    assert all(re.search(r"entries     19 received, 1 excluded", text) for text in said)
    assert third.returncode == 0, after
    assert counted.splitlines()[-1] == "1 competition, 21 entries, log sound"
    assert float(re.search(r"Ready after (\S+) s", after)[1]) < float(max(re.findall(r"Ready after (\S+) s", "".join(said)), key=float))


COUNT = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "lorbeer.settings"
import django
django.setup()
from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.shared import log
print(f"{Competition.objects.count()} competition, {Entry.objects.count()} entries, log {'sound' if log.verify() else 'broken'}")
"""



@pytest.mark.once
@pytest.mark.parametrize(("until", "afternoon"), [
    ("2026-06-28 23:59", "2026-06-26 15:00"), ("2026-07-01 15:00", "2026-07-01 15:00"), ("2026-07-01 14:59", "2026-06-30 15:00"),
    ("2026-06-29 00:10", "2026-06-26 15:00")])
def test_nobody_in_the_demo_meets_at_night_or_on_a_sunday(until, afternoon):
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from lorbeer.demo.replay import afternoon_before

    zone = ZoneInfo("Europe/Berlin")
    found = afternoon_before(datetime.fromisoformat(until).replace(tzinfo=zone), zone)
    assert f"{found:%Y-%m-%d %H:%M}" == afternoon


def test_the_joint_sessions_of_the_demo_are_held_in_working_hours(world):
    from lorbeer.call.package import zone_of
    from lorbeer.screening.models import JointSession

    held = [session.opened_at.astimezone(zone_of(session.competition)) for session in JointSession.objects.exclude(opened_at=None)]
    assert held
    assert [moment for moment in held if moment.weekday() > 4 or not 8 <= moment.hour < 18] == []


@pytest.mark.django_db
def test_the_summary_of_the_demo_writes_numbers_as_its_english_lines_do(monkeypatch, tmp_path):
    from types import SimpleNamespace

    from lorbeer.demo import summary

    monkeypatch.setattr(summary, "announced_results", lambda _competition: [SimpleNamespace(amount_cents=46_500_000)])

    lines = summary.summary_of(make_competition(), tmp_path)

    assert "  awards      1, together €465,000" in lines
