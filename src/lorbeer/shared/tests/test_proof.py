"""What pages believe of the log, and what they look at themselves."""

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from lorbeer.shared import clock, log, proof
from lorbeer.shared.models import LogEvent, LogProof, LogSeal
from lorbeer.shared.tests.forgery import set_triggers_aside
from lorbeer.shared.triggers import create

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_to_compare(monkeypatch):
    monkeypatch.setattr(log, "_attestors", {})


def sealed(count=5):
    events = [log.record("entry.move", subject=f"entry:{n}", scope="demo", n=n) for n in range(count)]
    log.seal_log()
    return events


def forge(sql, *parameters):
    """As somebody who owns the database, takes the triggers away and makes them anew."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")             # what waits in this transaction would keep its triggers
        set_triggers_aside()
        cursor.execute(sql, parameters)
        create()


def altered(event):
    forge("UPDATE shared_logevent SET verb = 'forged' WHERE id = %s", event.pk)


def test_a_page_believes_the_last_walk_and_looks_at_what_was_sealed_since():
    sealed(5)
    proof.walk_and_keep(by="worker")
    assert (proof.look().looked, proof.look().report.seals, bool(proof.look().report)) == (0, 5, True)
    sealed(3)
    looked = proof.look()
    assert (looked.looked, looked.left, looked.report.seals, looked.proof.by, looked.newest) == (3, 0, 8, "worker", log.newest_seal()[1])


def test_a_page_finds_at_once_what_was_altered_since_the_last_walk_and_the_walk_what_is_older():
    old = sealed(5)
    proof.walk_and_keep(by="worker")
    new = sealed(3)
    altered(old[2])
    assert proof.look().report
    assert proof.walk().report.event == old[2].pk
    proof.walk_and_keep(by="worker")
    assert str(old[2].pk) in proof.look().proof.chain[0][1]

    forge("UPDATE shared_logevent SET verb = 'entry.move' WHERE id = %s", old[2].pk)
    proof.walk_and_keep(by="worker")
    assert not proof.look().proof.chain
    sealed(1)
    altered(LogEvent.objects.order_by("pk").last())
    assert proof.look().report.event == LogEvent.objects.order_by("pk").last().pk
    assert new


@pytest.mark.parametrize("statement", [
    "DELETE FROM shared_logseal WHERE number >= 5",
    "UPDATE shared_logseal SET digest = 'x' WHERE number = 5",
    "UPDATE shared_logseal SET mark = 'x' WHERE number = 7",
    "DELETE FROM shared_logseal WHERE number = 7",
])
def test_a_page_finds_at_once_what_was_cut_off_or_sealed_anew(statement):
    sealed(5)
    proof.walk_and_keep(by="worker")
    sealed(3)
    forge(statement)
    assert not proof.look().report


def test_a_page_finds_at_once_what_was_added_past_the_log():
    sealed(5)
    proof.walk_and_keep(by="worker")
    LogEvent.objects.create(verb="x.y")
    assert not proof.look().report


def test_a_page_looks_at_no_more_than_it_can_and_says_how_much_is_left(monkeypatch):
    monkeypatch.setattr(proof, "MOST", 10)
    sealed(5)
    proof.walk_and_keep(by="worker")
    sealed(25)
    looked = proof.look()
    assert (looked.looked, looked.left, bool(looked.report)) == (10, 15, True)


def test_what_a_page_costs_does_not_depend_on_how_long_the_log_is():
    def cost():
        with CaptureQueriesContext(connection) as asked:
            proof.look()
        return len(asked)

    sealed(5)
    proof.walk_and_keep(by="worker")
    few = cost()
    sealed(300)
    proof.walk_and_keep(by="worker")
    assert (cost(), proof.look().looked) == (few, 0)


def test_nobody_without_the_key_makes_what_a_page_believes(settings):
    sealed(5)
    proof.walk_and_keep(by="worker")
    row = LogProof.objects.get()
    for facts in (row.facts | {"ended": log.moment(clock.now())}, row.facts | {"number": 4}, {}):
        LogProof.objects.update(facts=facts)
        assert proof.proof() is None
    LogProof.objects.update(facts=row.facts, mark="")
    assert proof.proof() is None
    LogProof.objects.update(mark=row.mark)
    assert proof.proof().number == 5
    settings.FORMER_SECRET_KEYS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key"
    assert proof.proof().number == 5
    settings.FORMER_SECRET_KEYS = []
    assert proof.proof() is None


def test_an_older_walk_that_was_put_back_says_its_own_age():
    sealed(5)
    proof.walk_and_keep(by="worker")
    old = LogProof.objects.values("facts", "mark").get()
    with clock.at(clock.now() + proof.LEAST_PAUSE * 3):
        proof.walk_and_keep(by="worker")
        assert not proof.proof().is_stale
        LogProof.objects.update(**old)
        assert proof.proof().is_stale


def test_a_fault_is_kept_in_every_language():
    event = sealed(5)[1]
    altered(event)
    proof.walk_and_keep(by="command")
    said = {}
    for language in ("de", "en"):
        with translation.override(language):
            said[language] = proof.proof().chain[0][1]
            assert said[language] == str(log.verify())
    assert said["de"] != said["en"]


def test_the_command_keeps_what_it_finds_but_not_with_a_digest_that_somebody_typed(capsys):
    sealed(5)
    with pytest.raises(CommandError):
        call_command("audit_verify", witness=["0" * 64])
    assert proof.proof() is None
    call_command("audit_verify")
    assert (proof.proof().by, proof.proof().number) == ("command", 5)


def test_of_several_workers_one_walks_and_again_after_a_pause():
    sealed(5)
    assert [proof.is_due(), proof.is_due()] == [True, False]
    proof.walk_and_keep(by="worker")
    assert not proof.is_due()
    with clock.at(proof.proof().next_at):
        assert [proof.is_due(), proof.is_due()] == [True, False]
    with clock.at(proof.proof().next_at + proof.LEAST_LEASE):
        assert proof.is_due()                                           # whoever had taken it has died
    proof.walk_soon()
    assert proof.is_due()


def test_a_walk_that_finds_nothing_sealed_is_kept_too():
    proof.walk_and_keep(by="worker")
    assert (proof.look().report.seals, proof.proof().number, LogSeal.objects.count()) == (0, 0, 0)
    sealed(2)
    assert proof.look().looked == 2
