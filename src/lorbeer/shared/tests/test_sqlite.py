"""On SQLite, who wants to write waits in a queue of the process; however a transaction ends, the next one comes in."""

import threading

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import OperationalError

from lorbeer.shared.models import Tally
from lorbeer.shared.sqlite import base

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(connection.vendor != "sqlite", reason="SQLite has one writer")]


def gate():
    return base._gates[str(connection.settings_dict["NAME"])]


def elsewhere(act):
    """What `act` gives, or raises, in a thread with a connection of its own."""
    said = []

    def run():
        try:
            said.append(act())
        except Exception as error:
            said.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    return said[0]


def write():
    with transaction.atomic():
        return Tally.objects.create(key="b", count=1, ends_at="2030-01-01T00:00Z").count


def test_who_comes_second_waits_before_the_database_and_not_in_it(monkeypatch):
    sent = []

    def noted(execute, sql, *rest):
        sent.append(sql)
        return execute(sql, *rest)

    def tried():
        monkeypatch.setitem(connection.settings_dict["OPTIONS"], "timeout", 0.05)
        with connection.execute_wrapper(noted):
            return write()

    with transaction.atomic():
        assert isinstance(elsewhere(tried), OperationalError)
    assert sent == []
    assert elsewhere(tried) == 1
    assert sent[0] == "BEGIN IMMEDIATE"


@pytest.mark.parametrize("ending", ["commit", "rollback", "fault of the database", "closed", "within another"])
def test_however_a_transaction_ends_the_next_one_comes_in(ending):
    try:
        with transaction.atomic():
            Tally.objects.create(key="a", count=1, ends_at="2030-01-01T00:00Z")
            if ending == "rollback":
                raise KeyError
            if ending == "fault of the database":
                Tally.objects.create(key="a", count=1, ends_at="2030-01-01T00:00Z")
            if ending == "closed":
                connection.close()
            if ending == "within another":
                with transaction.atomic():
                    pass
                assert gate().locked()
    except (KeyError, IntegrityError):
        pass
    assert not gate().locked()
    assert elsewhere(write) == 1
    assert Tally.objects.filter(key="a").exists() == (ending in ("commit", "within another"))
