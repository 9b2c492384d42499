"""Long work: it says how far it is, can be stopped, survives its worker, and leaves its whole result or none."""

import os
import signal
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection, connections, transaction
from django.urls import reverse

from lorbeer.people.models import Person
from lorbeer.shared import clock, jobs, log, outbox, rules
from lorbeer.shared.models import Job, LogEvent, Message
from lorbeer.shared.tests import handlers  # noqa: F401 - registers the jobs

pytestmark = pytest.mark.django_db


def state_of(job):
    job.refresh_from_db()
    return job.state


def wait_until(condition, seconds=60):                                  # on a busy machine a process starts slowly
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.05)
    return False


def test_a_job_runs_with_its_arguments_and_keeps_result_and_progress():
    job = jobs.start("test.count", to=3, scope="demo", started_by="P-1")
    assert jobs.run_waiting() == 1
    assert state_of(job) == "done"
    assert (job.progress, job.total, job.note, job.result["url"]) == (3, 3, "Schritt 3", "/ziel/")
    assert LogEvent.objects.filter(verb="test.counted").count() == 3


def test_an_unknown_job_is_refused_when_it_is_started():
    with pytest.raises(LookupError):
        jobs.start("test.nothing")


def test_the_same_key_is_queued_once_until_it_has_ended():
    first = jobs.start("test.count", key="book", to=1)
    assert jobs.start("test.count", key="book", to=1) == first
    jobs.run_waiting()
    assert jobs.start("test.count", key="book", to=1) != first


def test_a_job_that_fails_leaves_nothing_and_shows_its_sentence():
    job = jobs.start("test.fail", sentence="Es fehlt ein Kapitel.")
    jobs.run_waiting()
    assert (state_of(job), job.error) == ("failed", "Es fehlt ein Kapitel.")
    assert not LogEvent.objects.filter(verb="test.half").exists()


def test_what_nobody_foresaw_is_tried_three_times_with_pauses():
    job = jobs.start("test.fail")
    now = clock.now()
    for attempt in range(1, 4):
        with clock.at(now + timedelta(minutes=5 * attempt)):
            assert jobs.run_waiting() == 1
            assert jobs.run_waiting() == 0
    assert state_of(job) == "failed"
    assert job.code in job.error
    assert "RuntimeError" in job.error
    assert not LogEvent.objects.filter(verb="test.half").exists()


def test_a_waiting_job_is_stopped_at_once():
    job = jobs.start("test.count", to=1)
    jobs.request_stop(job)
    assert job.state == "stopped"
    assert jobs.run_waiting() == 0


def test_a_running_job_is_stopped_at_its_next_step_and_leaves_nothing():
    job = jobs.start("test.count", to=3)
    [taken] = jobs.leases.claim(Job, lease=jobs.LEASE)
    jobs.request_stop(job)
    if connection.vendor != "sqlite":
        taken.refresh_from_db()
    jobs.run(taken)
    assert state_of(job) == "stopped"
    assert job.error
    assert not LogEvent.objects.filter(verb="test.counted").exists()
    assert not jobs.Board(job.code).stop.exists()


def test_a_late_worker_cannot_overwrite_who_took_over():
    job = jobs.start("test.count", to=2)
    [first] = jobs.leases.claim(Job, lease=timedelta(seconds=-1))
    [second] = jobs.leases.claim(Job, lease=jobs.LEASE)
    assert second.interruptions == 1
    jobs.run(first)
    assert state_of(job) == "running"
    assert not LogEvent.objects.filter(verb="test.counted").exists()
    jobs.run(second)
    assert state_of(job) == "done"
    assert LogEvent.objects.filter(verb="test.counted").count() == 2


def test_a_job_that_keeps_killing_its_worker_is_given_up():
    job = jobs.start("test.count", to=1)
    for _attempt in range(3):
        jobs.leases.claim(Job, lease=timedelta(seconds=-1))
    jobs.run_waiting()
    assert state_of(job) == "failed"


def test_a_job_of_a_rolled_back_transaction_never_runs():
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        jobs.start("test.count", to=1)
        1 / 0  # noqa: B018
    assert jobs.run_waiting() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", ["test.slow", "test.slow_atomic"])
def test_progress_is_seen_from_outside_and_the_stop_is_heard_while_it_runs(name, tmp_path):
    arguments = {"seconds": 30} | ({"flag": str(tmp_path / "flag")} if name == "test.slow" else {})
    job = jobs.start(name, **arguments)

    def work():
        try:
            jobs.run_waiting()
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    assert wait_until(lambda: state_of(job) == "running" and jobs.progress_of(job)[0] >= 3)
    assert jobs.progress_of(job)[1:] == (300, "langsam")
    jobs.request_stop(job)
    worker.join(timeout=20)
    assert not worker.is_alive()
    assert state_of(job) == "stopped"
    assert not LogEvent.objects.filter(verb__in=["test.half", "test.slow"]).exists()


WORKER = """
import django, threading
django.setup()
from datetime import timedelta
from lorbeer.shared import jobs, outbox
from lorbeer.shared.tests import handlers
jobs.LEASE = outbox.LEASE = timedelta(seconds=3)        # the mail, too, may be in hand when the worker is killed
jobs.work_forever(pause=0.1)
"""


def start_worker():
    database = connection.settings_dict
    url = f"sqlite:///{database['NAME']}"
    if connection.vendor != "sqlite":
        url = f"postgresql://{database['USER']}@/{database['NAME']}?host={database['HOST']}&port={database['PORT']}"
    environment = os.environ | {"LORBEER_DATABASE": url, "DJANGO_SETTINGS_MODULE": "lorbeer.settings",
                                "LORBEER_VAR": str(settings.VAR_DIR), "PYTHONPATH": "src"}
    return subprocess.Popen([sys.executable, "-c", WORKER], env=environment)


@pytest.mark.django_db(transaction=True)
def test_a_job_whose_worker_was_killed_runs_again_and_leaves_its_result_once(tmp_path):
    flag = tmp_path / "flag"
    with transaction.atomic():
        job = jobs.start("test.slow", flag=str(flag), seconds=2)
        outbox.queue_mail(recipient="a@example.org", title="t", body="b")
    workers = [start_worker()]
    try:
        assert wait_until(flag.exists)
        workers[0].send_signal(signal.SIGKILL)
        workers[0].wait()
        assert state_of(job) == "running"
        workers.append(start_worker())
        assert wait_until(lambda: state_of(job) == "done"), (job.state, job.error)
        assert wait_until(lambda: Message.objects.get().state == "done")
        assert wait_until(lambda: log.verify().waiting == 0)
    finally:
        for worker in workers:
            worker.kill()
            worker.wait()
    assert len(flag.read_text().split()) == 2
    assert (job.result, job.interruptions) == ({"runs": 1}, 1)
    assert log.verify()


@pytest.mark.django_db(transaction=True)
def test_a_long_job_is_not_taken_by_others_while_its_heart_beats(monkeypatch):
    monkeypatch.setattr(jobs, "LEASE", timedelta(seconds=0.6))
    job = jobs.start("test.slow", flag="/dev/null", seconds=2)

    def work():
        try:
            jobs.run_waiting()
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    assert wait_until(lambda: state_of(job) == "running")
    while worker.is_alive():
        assert jobs.run_waiting() == 0
        time.sleep(0.05)
    assert (state_of(job), job.attempts) == ("done", 1)


@pytest.mark.django_db(transaction=True)
def test_the_worker_survives_a_database_that_goes_away(monkeypatch):
    over = threading.Event()
    real, failures = log.seal_log, []

    def sometimes():
        if len(failures) < 2:
            failures.append(1)
            if connection.vendor == "postgresql":      # as a restart does: the server ends the connection
                with connection.cursor() as cursor:
                    cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
            raise jobs.OperationalError("gone")
        return real()

    monkeypatch.setattr(log, "seal_log", sometimes)
    log.record("x.y")
    worker = threading.Thread(target=jobs.work_forever, args=(over,), kwargs={"pause": 0.05})
    worker.start()
    try:
        assert wait_until(lambda: log.newest_seal()[0] == 1)
    finally:
        over.set()
        worker.join(timeout=20)
    assert len(failures) == 2
    assert not worker.is_alive()


def person(email):
    return Person.objects.create_user(email, "a long password", name="A. Beispiel")


def test_only_who_started_a_job_sees_and_stops_it(client):
    owner, other = person("a@example.org"), person("b@example.org")
    job = jobs.start("test.count", to=2, started_by=owner)
    address = reverse("job_detail", args=[job.code])
    assert client.get(address).status_code == 404
    client.force_login(other, backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(address).status_code == 404
    assert client.post(reverse("job_stop", args=[job.code])).status_code == 404
    client.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[-1])
    assert client.get(address).status_code == 200
    assert client.get(reverse("job_stop", args=[job.code])).status_code == 405
    client.post(reverse("job_stop", args=[job.code]))
    assert state_of(job) == "stopped"


def test_an_app_can_let_others_see_a_job(monkeypatch):
    job = jobs.start("test.count", to=2, scope="demo")
    assert not rules.can_see_job(None, job)
    monkeypatch.setattr(rules.also_sees_jobs, "registered", [lambda who, job: job.scope == "demo"])
    assert rules.can_see_job(None, job)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [360, 1440])
def test_the_page_of_a_job_follows_it_in_a_browser_and_breaks_no_rule(new_page, axe, tmp_path, width):
    owner = person("a@example.org")
    job = jobs.start("test.slow_atomic" if width == 360 else "test.slow", started_by=owner, seconds=3,
                     **({} if width == 360 else {"flag": "/dev/null"}))
    page = new_page(owner, width=width)

    def work():
        try:
            jobs.run_waiting()
        finally:
            connections.close_all()

    worker = threading.Thread(target=work)
    worker.start()
    page.goto(reverse("job_detail", args=[job.code]))
    page.get_by_text("langsam").first.wait_for()
    assert axe(page) == []
    if folder := os.environ.get("LORBEER_SCREENSHOTS"):
        page.screenshot(path=f"{folder}/job-running-{width}.png", full_page=True)
    page.locator("#job-state:not([hx-get])").wait_for()
    worker.join()
    assert state_of(job) == "done"
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if folder:
        page.screenshot(path=f"{folder}/job-done-{width}.png", full_page=True)


def test_the_page_of_a_job_asks_again_until_it_is_done(client):
    owner = person("a@example.org")
    job = jobs.start("test.count", to=2, started_by=owner)
    client.force_login(owner, backend=settings.AUTHENTICATION_BACKENDS[-1])
    address = reverse("job_detail", args=[job.code])
    page = client.get(address).content.decode()
    assert 'hx-trigger="every 1s"' in page
    assert '<noscript><meta http-equiv="refresh"' in page
    assert reverse("job_stop", args=[job.code]) in page
    jobs.run_waiting()
    part = client.get(address, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part
    assert "<html" not in part
    assert "/ziel/" in part
