"""The log: append-only, chained without gaps, and whatever is changed is named."""

import threading
from io import StringIO

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction

from lorbeer.shared import log, triggers, witness
from lorbeer.shared.models import LogEvent, LogSeal, UnsealedEvent
from lorbeer.shared.tests.forgery import hollow, set_triggers_aside

pytestmark = pytest.mark.django_db


def sealed(count=6):
    events = [log.record("entry.move", subject=f"entry:{n}", scope="demo", actor="system:test", n=n) for n in range(count)]
    log.seal_log()
    return events


def execute(sql, *parameters):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)


@pytest.fixture
def forger():
    """Somebody who owns the database: the triggers are set aside."""
    set_triggers_aside()
    if connection.vendor == "sqlite":
        execute("PRAGMA defer_foreign_keys = ON")
    yield execute
    if connection.vendor == "sqlite":          # rolled back with the test; its deferred references must not be checked
        connection.check_constraints = lambda *args, **options: None


@pytest.fixture(autouse=True)
def _forget_the_lifted_check():
    yield
    connection.__dict__.pop("check_constraints", None)


@pytest.mark.parametrize("statement", [
    "UPDATE shared_logevent SET verb = 'x'",
    "DELETE FROM shared_logevent",
    "UPDATE shared_logseal SET digest = 'x'",
    "DELETE FROM shared_logseal",
    "UPDATE shared_logevent SET verb = 'x' WHERE id = (SELECT min(id) FROM shared_logevent)",
])
def test_the_database_refuses_to_change_the_log(statement):
    sealed(2)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():  # noqa: PT012
        execute(statement)
    assert log.verify()


def test_the_database_refuses_to_replace_rows_of_the_log():
    first = sealed(2)[0]
    values = f"({first.pk}, '2017-01-01', '', '', 'forged', '', '{{}}')"
    columns = "shared_logevent (id, at, scope, actor, verb, subject, detail)"
    if connection.vendor == "sqlite":
        statements = [f"INSERT OR REPLACE INTO {columns} VALUES {values}",
                      f"REPLACE INTO shared_logseal (number, event_id, digest, sealed_at) VALUES (1, {first.pk}, 'x', '2017')",
                      f"INSERT INTO {columns} VALUES {values} ON CONFLICT (id) DO UPDATE SET verb = 'forged'"]
    else:
        execute("SET CONSTRAINTS ALL IMMEDIATE")          # else TRUNCATE waits for the references of this transaction
        statements = [f"INSERT INTO {columns} VALUES {values} ON CONFLICT (id) DO UPDATE SET verb = 'forged'",
                      "TRUNCATE shared_logevent CASCADE", "TRUNCATE shared_logseal",
                      "SET LOCAL session_replication_role = replica; DELETE FROM shared_logseal"]
    for statement in statements:
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            execute(statement)
    assert log.verify()


def test_triggers_that_are_missing_are_told_and_migrate_makes_them_again():
    assert triggers.missing() == []
    execute("DROP TRIGGER shared_logevent_no_delete" + (" ON shared_logevent" if connection.vendor != "sqlite" else ""))
    assert triggers.missing() == ["shared_logevent_no_delete"]
    assert "lorbeer.E011" in [fault.id for fault in run_checks(databases=["default"])]
    with pytest.raises(CommandError, match="shared_logevent_no_delete"):
        call_command("audit_verify", stdout=StringIO())
    call_command("migrate", verbosity=0, skip_checks=False)             # as somebody types it who was told to
    triggers.create_after_migrate("default")
    assert triggers.missing() == []


def test_a_trigger_of_the_right_name_that_does_nothing_is_missing(client):
    for one in triggers.expected():
        with transaction.atomic():
            hollow(one)
            assert one.name in triggers.missing()
            assert "lorbeer.E011" in [fault.id for fault in run_checks(databases=["default"])]
            assert client.get("/readyz").json()["log"] == "not protected"
            with pytest.raises(CommandError, match=one.name):
                call_command("audit_verify", stdout=StringIO())
            transaction.set_rollback(True)
    assert triggers.missing() == []


def test_the_triggers_of_all_apps_are_made_and_looked_after_together():
    tables = {one.table for one in triggers.expected()}
    assert tables == {"shared_logevent", "shared_logseal", "screening_vote", "screening_rating", "screening_projectvote",
                      "questionnaire_version"}
    set_triggers_aside()
    assert len(triggers.missing()) == len(triggers.expected()) > 10
    triggers.create()
    assert triggers.missing() == []


def test_an_untouched_log_is_verified_to_its_newest_seal():
    sealed(5)
    number, digest = log.newest_seal()
    report = log.verify(scope="demo", witness=digest)
    assert (bool(report), report.seals, report.events, report.newest, number) == (True, 5, 5, digest, 5)
    assert log.verify(scope="other").events == 0
    with pytest.raises(CommandError, match=r"There is no competition “other” in the log\. There are: demo\."):
        call_command("audit_verify", scope="other")


def test_an_event_waits_for_its_seal_and_a_rolled_back_one_leaves_nothing():
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        log.record("x.y")
        1 / 0  # noqa: B018
    log.record("x.z")
    assert (LogEvent.objects.count(), log.verify().waiting, log.seal_log(), log.verify().waiting) == (1, 1, 1, 0)
    assert not UnsealedEvent.objects.exists()


def test_a_log_in_which_events_wait_is_not_called_empty():
    def said():
        out = StringIO()
        call_command("audit_verify", stdout=out)
        return out.getvalue().splitlines()

    empty = said()[0]
    assert empty == str(log.verify())
    log.record("x.y")
    assert said()[0] != empty
    assert said()[1] == "Waiting for a seal: 1"


def test_sealing_looks_at_new_events_only(django_assert_max_num_queries):
    sealed(1200)
    log.record("x.y")
    with django_assert_max_num_queries(8):
        assert log.seal_log() == 1
    assert list(LogSeal.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 1202))


def test_detail_keeps_only_what_every_database_gives_back():
    event = log.record("x.y", price=1.5, text="a\0b\ud800", many={3, 1}, nested={"k": (1, None, True)}, big=10**30)
    log.seal_log()
    event.refresh_from_db()
    assert event.detail == {"price": "1.5", "text": "a�b�", "many": [1, 3], "nested": {"k": [1, None, True]}, "big": 10**30}
    assert log.verify()


def test_a_word_that_is_too_long_is_refused_on_every_database():
    with pytest.raises(ValueError, match="subject"):
        log.record("x.y", subject="s" * 81)


@pytest.mark.parametrize("column", ["verb", "scope", "actor", "subject"])
def test_an_altered_event_is_named(forger, column):
    victim = sealed()[2]
    forger(f"UPDATE shared_logevent SET {column} = 'forged' WHERE id = %s", victim.pk)
    report = log.verify()
    assert (report.number, report.event, report.seals) == (3, victim.pk, 2)
    assert f"Event {victim.pk} " in str(report) or f"Ereignis {victim.pk} " in str(report)


def test_an_altered_detail_or_time_is_named(forger):
    victim = sealed()[4]
    forger("UPDATE shared_logevent SET detail = %s WHERE id = %s", '{"n": 99}', victim.pk)
    assert log.verify().event == victim.pk
    other = LogEvent.objects.order_by("pk")[1]
    forger("UPDATE shared_logevent SET at = %s WHERE id = %s", "2017-12-31 22:59:59+00:00", other.pk)
    assert log.verify().event == other.pk


def test_a_deleted_event_is_named_with_and_without_its_seal(forger):
    victim = sealed()[3]
    if connection.vendor == "sqlite":
        forger("DELETE FROM shared_logevent WHERE id = %s", victim.pk)
        report = log.verify()
        assert (report.number, report.event) == (4, victim.pk)
    forger("DELETE FROM shared_logseal WHERE number = 4")
    forger("DELETE FROM shared_logevent WHERE id = %s", victim.pk)
    report = log.verify()
    assert (report.number, report.seals) == (4, 3)
    assert "4" in str(report)


def test_a_deleted_seal_in_the_middle_and_at_the_end_is_named(forger):
    events = sealed()
    forger("DELETE FROM shared_logseal WHERE number = 6")
    assert log.verify().event == events[5].pk
    forger("DELETE FROM shared_logseal WHERE number = 2")
    assert log.verify().number == 2


def test_an_exchange_of_two_events_is_named(forger):
    events = sealed()
    placeholder = log.record("placeholder").pk
    for number, event in ((2, placeholder), (3, events[1].pk), (2, events[2].pk)):
        forger("UPDATE shared_logseal SET event_id = %s WHERE number = %s", event, number)
    report = log.verify()
    assert report.number == 2
    assert str(events[1].pk) in str(report)
    assert str(events[2].pk) in str(report)


def test_an_altered_digest_is_named(forger):
    sealed()
    forger("UPDATE shared_logseal SET digest = %s WHERE number = 3", "f" * 64)
    report = log.verify()
    assert report.number == 3
    assert "digest" in str(report).lower() or "Prüfwert" in str(report)


def test_a_row_replaced_by_another_is_named(forger):
    victim = sealed()[1]
    forger("DELETE FROM shared_logseal WHERE number = 2")
    forger("DELETE FROM shared_logevent WHERE id = %s", victim.pk)
    LogEvent(pk=victim.pk, verb="forged").save(force_insert=True)
    LogSeal(number=2, event_id=victim.pk, digest="a" * 64, mark="a" * 64).save(force_insert=True)
    assert log.verify().number == 2


def test_an_event_inserted_past_the_log_is_named():
    sealed()
    stray = LogEvent.objects.create(verb="forged")
    report = log.verify()
    assert (report.event, report.number) == (stray.pk, None)


def test_a_log_cut_short_is_found_by_a_witness(forger):
    events = sealed()
    witness = log.newest_seal()[1]
    forger("DELETE FROM shared_logseal WHERE number > 4")
    forger("DELETE FROM shared_logevent WHERE id >= %s", events[4].pk)
    if connection.vendor == "sqlite":
        assert log.verify().event == events[3].pk, "the database counts further than the log goes"
    else:
        assert log.verify().unaccounted == 2, "rolled-back events leave such gaps, too: it is told, and proves nothing"
    assert witness in str(log.verify(witness=witness))


def test_a_log_cut_short_is_found_by_a_digest_that_a_table_holds(forger, monkeypatch):
    events = sealed()
    digest = log.newest_seal()[1]
    monkeypatch.setattr(log.witnessed, "registered", [lambda: [("demo", "shelf_book K7QD", digest)]])
    assert log.verify()
    forger("DELETE FROM shared_logseal WHERE number > 4")
    forger("DELETE FROM shared_logevent WHERE id >= %s", events[4].pk)
    assert "shelf_book K7QD" in str(log.verify())


def test_an_event_that_somebody_without_the_key_lets_wait_is_named_and_never_sealed():
    sealed(3)
    forged = LogEvent.objects.create(verb="entry.admit", subject="entry:1", actor="FORGED")
    UnsealedEvent.objects.create(event=forged, mark="f" * 64)
    honest = log.record("entry.admit")
    assert log.verify().event == forged.pk
    assert log.seal_log() == 1
    assert LogSeal.objects.order_by("number").last().event == honest
    report = log.verify()
    assert (report.event, report.number, report.seals) == (forged.pk, None, 4)


def test_a_changed_secret_key_leaves_what_waits_unsealed_until_the_former_one_is_back(settings):
    waiting, former = log.record("x.y"), settings.SECRET_KEY
    settings.SECRET_KEY = "another"
    assert (log.seal_log(), log.verify().event) == (0, waiting.pk)
    settings.SECRET_KEY = former
    assert (log.seal_log(), bool(log.verify())) == (1, True)


def test_events_robbed_of_their_seals_and_altered_cannot_be_sealed_again(forger):
    events = sealed()
    forger("DELETE FROM shared_logseal WHERE number > 4")
    forger("UPDATE shared_logevent SET actor = 'FORGED' WHERE id >= %s", events[4].pk)
    UnsealedEvent.objects.bulk_create([UnsealedEvent(event=event, mark=log.mark_of(event)) for event in events[4:]])
    assert log.seal_log() == 0
    assert log.verify().event == events[4].pk


def test_many_forged_events_do_not_keep_the_sealer_from_its_work():
    forged = LogEvent.objects.bulk_create([LogEvent(verb="forged") for _ in range(log.BATCH + 1)])
    UnsealedEvent.objects.bulk_create([UnsealedEvent(event=one, mark="") for one in forged])
    log.record("x.y")
    assert log.seal_log() == 1


def test_a_row_that_differs_at_two_looks_is_a_fault_and_what_was_being_written_is_none(monkeypatch):
    looks = iter([["a", "b"], ["b"]])
    monkeypatch.setattr(log, "_attestors", {"shelf": [lambda: [log.Fault("shelf_book", "", code, "gone") for code in next(looks)]]})
    assert [str(fault) for fault in log.attested()] == ["shelf_book b: gone"]


def test_the_command_names_the_first_row_of_each_table_that_is_not_as_the_log_says(monkeypatch):
    faults = [log.Fault("shelf_book", "", "a", "x"), log.Fault("shelf_book", "", "b", "x"), log.Fault("shelf_page", "", "c", "x")]
    monkeypatch.setattr(log, "_attestors", {"shelf": [lambda: faults]})
    with pytest.raises(CommandError) as told:
        call_command("audit_verify", stdout=StringIO())
    assert str(told.value).splitlines() == ["shelf_book a: x", "shelf_page c: x"]
    assert told.value.returncode == 1


def test_a_chain_written_anew_is_found_by_a_witness(forger):
    events = sealed()
    witness = log.newest_seal()[1]
    forger("UPDATE shared_logevent SET actor = 'somebody' WHERE id = %s", events[1].pk)
    forger("DELETE FROM shared_logseal")
    for event in events:                        # by somebody who has the secret key as well
        event.refresh_from_db()
    UnsealedEvent.objects.bulk_create([UnsealedEvent(event=event, mark=log.mark_of(event)) for event in events])
    log.seal_log()
    assert log.verify()
    assert not log.verify(witness=witness)
    with pytest.raises(CommandError, match=witness):
        call_command("audit_verify", witness=[witness], stdout=StringIO())


# --- whoever has the database alone -----------------------------------------------------------------------------------


def reseal(number, forger):
    """Compute seals anew from `number` on as somebody does who has the database and reads this file, but not the key."""
    previous = LogSeal.objects.filter(number=number - 1).values_list("digest", flat=True).first() or log.NOTHING_BEFORE
    for seal in LogSeal.objects.filter(number__gte=number).order_by("number"):
        event = LogEvent.objects.get(pk=seal.event_id)
        previous = log.digest_of(seal.number, previous, seal.sealed_at, event)
        forger("UPDATE shared_logseal SET digest = %s, mark = %s WHERE number = %s", previous,
               log.mark_of_seal(previous, "a guess"), seal.number)


def mend_the_counter(forger):
    if connection.vendor == "sqlite":
        forger("UPDATE sqlite_sequence SET seq = (SELECT max(id) FROM shared_logevent) WHERE name = 'shared_logevent'")


def test_an_event_inserted_with_a_seal_of_its_own_is_named():
    sealed(3)
    number, previous = log.newest_seal()
    forged = LogEvent.objects.create(verb="entry.admit", subject="entry:1", scope="demo")
    digest = log.digest_of(number + 1, previous, forged.at, forged)
    LogSeal.objects.create(number=number + 1, event=forged, digest=digest, sealed_at=forged.at, mark=LogSeal.objects.first().mark)
    report = log.verify()
    assert (report.number, report.event, report.seals, report.scope) == (number + 1, forged.pk, 3, "demo")


def test_a_chain_computed_anew_from_an_altered_event_on_is_named_at_that_event(forger):
    victim = sealed(6)[2]
    forger("UPDATE shared_logevent SET actor = 'FORGED' WHERE id = %s", victim.pk)
    reseal(3, forger)
    report = log.verify()
    assert (report.number, report.event) == (3, victim.pk)


def test_a_former_key_verifies_what_it_sealed_and_nothing_after_the_key_was_changed(settings):
    sealed(2)
    former, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    assert log.verify().number == 1, "without the former key nobody can tell"
    settings.FORMER_SECRET_KEYS = ["older", former]
    sealed(1)
    assert log.verify()
    settings.SECRET_KEY = former                            # somebody who found the former key goes on with it
    sealed(1)
    settings.SECRET_KEY = "another"
    assert log.verify().number == 4


# --- the file beside the database -------------------------------------------------------------------------------------


@pytest.fixture
def beside(settings, tmp_path, django_capture_on_commit_callbacks):
    """The witness in a folder of its own; `beside()` seals as after a commit and gives what the file holds."""
    settings.LOG_WITNESS = tmp_path / "log-witness"

    def seal():
        with django_capture_on_commit_callbacks(execute=True):
            log.seal_log()
        return witness.read()

    return seal


def test_the_newest_seal_stands_beside_the_database_and_finds_an_end_that_was_cut_off(beside, forger):
    assert witness.read() is None
    events = [log.record("entry.move", scope="demo", n=n) for n in range(6)]
    assert beside() == log.newest_seal()
    assert log.verify()
    log.record("x.y")
    known = beside()
    assert known == log.newest_seal()
    forger("DELETE FROM shared_logseal WHERE number > 4")
    forger("DELETE FROM shared_logevent WHERE id >= %s", events[4].pk)
    mend_the_counter(forger)
    report = log.verify()
    assert (bool(report), report.cut, known[1] in str(report)) == (False, True, True)

    for n in range(9):                                      # work goes on: what the witness knows must not be written over
        log.record("x.y", n=n)
    assert beside() == known
    assert log.verify().cut


@pytest.mark.parametrize("gone", [lambda path: path.unlink(), lambda path: path.write_text("")])
def test_an_end_that_was_cut_off_does_not_go_unnoticed_because_the_witness_is_gone_too(beside, settings, forger, gone):
    assert log.verify()
    events = [log.record("entry.move", scope="demo", n=n) for n in range(6)]
    beside()
    gone(settings.LOG_WITNESS)
    forger("DELETE FROM shared_logseal WHERE number > 4")
    forger("DELETE FROM shared_logevent WHERE id >= %s", events[4].pk)
    mend_the_counter(forger)
    report = log.verify()
    assert (bool(report), report.cut, "log-witness" in str(report)) == (False, True, True)

    log.record("x.y")                                       # work goes on, and the file does not come back by itself
    assert beside() is None
    assert log.verify().cut
    call_command("audit_acknowledge", reason="Neuer Rechner", stdout=StringIO())
    assert log.verify()
    assert LogEvent.objects.filter(verb="log.acknowledge", detail__lost=0).count() == 2


def test_a_witness_that_makes_no_sense_is_told(beside, settings):
    log.record("x.y")
    beside()
    settings.LOG_WITNESS.write_text("nonsense\n")
    assert log.verify().cut


def test_a_disk_that_refuses_the_witness_stops_nobody(beside, settings, tmp_path):
    settings.LOG_WITNESS = tmp_path / "nowhere" / "log-witness"
    log.record("x.y")
    assert beside() is None
    assert (log.verify().seals, log.verify().cut) == (1, True)


def test_a_restored_backup_is_told_until_the_operator_says_that_it_was_meant(beside, settings):
    log.record("x.y", scope="demo")
    beside()
    with pytest.raises(CommandError, match="nothing"):
        call_command("audit_acknowledge", reason="x")
    settings.LOG_WITNESS.write_text(f"40 {'a' * 64}\n")
    with pytest.raises(CommandError, match="audit acknowledge"):
        call_command("audit_verify", stdout=StringIO())
    with pytest.raises(CommandError, match="reason"):
        call_command("audit_acknowledge", reason=" ")
    out = StringIO()
    call_command("audit_acknowledge", reason="Platte defekt, Sicherung von gestern", stdout=out)
    assert witness.read() == log.newest_seal()
    assert log.verify()
    events = LogEvent.objects.filter(verb="log.acknowledge")
    assert {(event.scope, event.detail["lost"], event.detail["reason"]) for event in events} == {
        (scope, 40, "Platte defekt, Sicherung von gestern") for scope in ("", "demo")}


def test_what_else_is_wrong_is_not_acknowledged_away(beside, forger, settings):
    victim = sealed(2)[0]
    settings.LOG_WITNESS.write_text(f"40 {'a' * 64}\n")
    forger("UPDATE shared_logevent SET actor = 'FORGED' WHERE id = %s", victim.pk)
    with pytest.raises(CommandError, match=str(victim.pk)):
        call_command("audit_acknowledge", reason="x")
    assert witness.read() == (40, "a" * 64)


def test_a_trigger_that_nobody_knows_is_named():
    assert triggers.unknown() == []
    if connection.vendor == "sqlite":
        execute("CREATE TRIGGER swallow BEFORE INSERT ON shared_tally BEGIN SELECT RAISE(IGNORE); END")
    else:
        execute("CREATE FUNCTION swallow() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$")
        execute("CREATE TRIGGER swallow BEFORE INSERT ON shared_tally FOR EACH ROW EXECUTE FUNCTION swallow()")
        execute("CREATE RULE forget AS ON DELETE TO shared_tally DO INSTEAD NOTHING")
    found = ["swallow (shared_tally)"] if connection.vendor == "sqlite" else ["forget (shared_tally)", "swallow (shared_tally)"]
    assert triggers.unknown() == found
    assert "lorbeer.W015" in [fault.id for fault in run_checks(databases=["default"])]
    with pytest.raises(CommandError, match=r"swallow \(shared_tally\)"):
        call_command("audit_verify", stdout=StringIO())


def test_the_command_says_how_far_it_verified():
    sealed(3)
    out = StringIO()
    call_command("audit_seal", stdout=out)
    call_command("audit_verify", stdout=out)
    assert log.newest_seal()[1] in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_several_sealers_and_writers_leave_no_gap_and_no_duplicate():
    failures = []
    writing = threading.Event()

    def write(writer):
        try:
            for n in range(25):
                with transaction.atomic():
                    log.record("x.y", actor=f"system:{writer}", n=n)
                    if n % 5 == 0:
                        log.record("x.z", actor=f"system:{writer}", n=n)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    def seal():
        try:
            while not writing.is_set():
                log.seal_log()
            log.seal_log()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    writers = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    sealers = [threading.Thread(target=seal) for _ in range(3)]
    for thread in writers + sealers:
        thread.start()
    for thread in writers:
        thread.join()
    writing.set()
    for thread in sealers:
        thread.join()

    assert failures == []
    assert list(LogSeal.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 121))
    assert log.verify()
    assert log.verify().waiting == 0


@pytest.mark.once
def test_neither_the_sealer_nor_the_page_goes_through_the_whole_log():
    def plan(rows):
        return rows.explain() if connection.vendor == "sqlite" else ""

    sealed(3)
    waiting, page = plan(log.unsealed()[:500]), plan(LogEvent.objects.filter(scope="demo").order_by("-pk")[:100])
    if connection.vendor == "sqlite":
        assert ("SEARCH shared_logevent" in waiting, "SCAN shared_logevent" in waiting) == (True, False)
        assert ("log_in_order" in page, "TEMP B-TREE" in page) == (True, False)
