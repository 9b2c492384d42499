"""Prepared queries answer as the query itself does, for each argument anew, and refuse what they cannot be sure of."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Upper
from django.test.utils import CaptureQueriesContext

from lorbeer.shared import clock, log
from lorbeer.shared.models import LogEvent, Tally
from lorbeer.shared.prepared import insert, insert_once, prepared, update

pytestmark = pytest.mark.django_db


@prepared
def told(scope: str, verb: str) -> QuerySet[LogEvent]:
    return LogEvent.objects.filter(scope=scope, verb=verb).order_by("pk")


@prepared
def told_before(at: datetime, pk: int) -> QuerySet[LogEvent, str]:
    return LogEvent.objects.filter(at__lt=at, pk__gte=pk).order_by("pk").values_list("subject", flat=True)


def test_each_call_gets_the_rows_of_its_own_arguments() -> None:
    for scope, subject in (("a", "one"), ("b", "two"), ("a", "three")):
        log.record("test.say", scope=scope, subject=subject, count=3, words=["ä", {"x": None}])
    assert [one.subject for one in told("a", "test.say")] == ["one", "three"]
    assert [one.subject for one in told("b", "test.say")] == ["two"]
    assert told("b", "test.keep") == [] == told("test.say", "a")
    assert [vars(one) | {"_state": None} for one in told("a", "test.say")] == [
        vars(one) | {"_state": None} for one in LogEvent.objects.filter(scope="a", verb="test.say").order_by("pk")]


def test_moments_and_lists_of_values() -> None:
    first = log.record("test.say", subject="one")
    log.record("test.say", subject="two")
    now = datetime.now(UTC)
    assert told_before(now + timedelta(hours=1), first.pk) == ["one", "two"]
    assert told_before(now - timedelta(days=40_000), first.pk) == []
    assert told_before(now + timedelta(hours=1), first.pk + 1) == ["two"]


def test_rows_of_several_values_stand_in_the_order_in_which_they_are_asked_for() -> None:
    @prepared
    def both(scope: str) -> QuerySet[LogEvent, Any]:
        asked = LogEvent.objects.filter(scope=scope).annotate(loud=Upper("subject")).values_list("loud", "verb", "subject")
        return asked.union(LogEvent.objects.filter(scope=scope).annotate(loud=Upper("verb")).values_list("loud", "verb", "subject"), all=True)

    log.record("test.say", scope="a", subject="one")
    log.record("test.say", scope="b", subject="two")
    assert sorted(both("a")) == [("ONE", "test.say", "one"), ("TEST.SAY", "test.say", "one")]


@pytest.mark.parametrize("sent", ["' OR 1=1 --", "%s", "%(x)s", "{0}", "stand-in 0", "stand-in 1", "\\", "😀"])
def test_arguments_are_never_part_of_the_statement(sent: str) -> None:
    log.record("test.say", scope="a", subject="one")
    assert told(sent, "test.say") == []
    log.record("test.say", scope=sent, subject="two")
    assert [one.subject for one in told(sent, "test.say")] == ["two"]


def test_the_text_is_written_once_and_each_call_is_one_query() -> None:
    asked: list[str] = []

    @prepared
    def counted(scope: str) -> QuerySet[LogEvent]:
        asked.append(scope)
        return LogEvent.objects.filter(scope=scope)

    with CaptureQueriesContext(connection) as queries:
        counted("a"), counted("b"), counted("c")
    assert len(queries) == 3
    assert len(asked) == 1


@pytest.mark.parametrize("arguments", [(None, "test.say"), (b"a", "test.say"), (1, "test.say"), ("a", True)])
def test_arguments_of_another_type_are_refused(arguments: tuple[object, object]) -> None:
    with pytest.raises(TypeError):
        told(*arguments)                                                # type: ignore[arg-type]


def test_a_question_that_changes_or_forgets_its_argument_is_refused() -> None:
    @prepared
    def changed(scope: str) -> QuerySet[LogEvent]:
        return LogEvent.objects.filter(scope=scope.upper())

    @prepared
    def forgotten(_scope: str) -> QuerySet[LogEvent]:
        return LogEvent.objects.all()

    @prepared
    def untyped(scope: list[str]) -> QuerySet[LogEvent]:
        return LogEvent.objects.filter(scope__in=scope)

    @prepared
    def with_more(scope: str) -> QuerySet[LogEvent]:
        return LogEvent.objects.filter(scope=scope).prefetch_related("waiting")

    for question, argument in ((changed, "a"), (forgotten, "a"), (untyped, ["a"]), (with_more, "a")):
        with pytest.raises(TypeError):
            question(argument)                                          # type: ignore[operator]


@pytest.mark.django_db(transaction=True)
def test_rows_are_locked_in_a_transaction_and_not_without_one() -> None:
    @prepared
    def locked(scope: str) -> QuerySet[LogEvent]:
        return LogEvent.objects.select_for_update().filter(scope=scope)

    log.record("test.say", scope="a")
    with pytest.raises(transaction.TransactionManagementError):
        locked("a")
    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        assert len(locked("a")) == 1
    with pytest.raises(transaction.TransactionManagementError):         # also once it is written
        locked("a")
    said = [query["sql"] for query in queries if "shared_logevent" in query["sql"]]
    assert [text.endswith("FOR UPDATE") for text in said] == [connection.features.has_select_for_update]


def test_what_is_changed_is_what_was_named() -> None:
    one, other = (Tally.objects.create(key=key, count=1, ends_at=datetime.now(UTC)) for key in "ab")
    one.count, one.key = 7, "c"
    with CaptureQueriesContext(connection) as queries:
        update(one, "count")
    assert len(queries) == 1
    assert list(Tally.objects.order_by("pk").values_list("key", "count")) == [("a", 7), ("b", 1)]
    assert Tally.objects.get(pk=other.pk).ends_at == other.ends_at


def test_the_answer_is_a_list_that_nobody_can_narrow_by_mistake() -> None:
    assert type(told("a", "test.say")) is list


@pytest.mark.django_db(transaction=True)
def test_threads_ask_by_their_own_connections() -> None:
    log.record("test.say", scope="a", subject="one")
    log.record("test.say", scope="b", subject="two")
    told("a", "test.say")
    answers: dict[str, set[str]] = {"a": set(), "b": set()}

    def ask(scope: str) -> None:
        try:
            for _time in range(50):
                answers[scope] |= {one.subject for one in told(scope, "test.say")}
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(scope,)) for scope in ("a", "b", "a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {"a": {"one"}, "b": {"two"}}


def test_an_inserted_row_is_the_one_that_save_would_have_written() -> None:
    facts = {"verb": "test.say", "scope": "a", "subject": "one", "actor": "system:test", "detail": {"a": [1, "ä", None, {"b": True}]}}
    slow, fast = LogEvent(**facts), LogEvent(**facts)
    slow.save(force_insert=True)
    insert(fast)
    assert fast.pk > slow.pk
    assert not fast._state.adding
    read = {one.pk: one for one in LogEvent.objects.filter(pk__in=[slow.pk, fast.pk])}
    for name in ("verb", "scope", "subject", "actor", "detail"):
        assert getattr(read[slow.pk], name) == getattr(read[fast.pk], name)
    assert read[fast.pk].at == fast.at


def test_of_two_rows_that_must_not_stand_side_by_side_the_second_is_not_written_and_nothing_breaks() -> None:
    first, second, other = (Tally(key=key, count=1, ends_at=clock.now()) for key in ("a", "a", "b"))
    with transaction.atomic():
        assert [insert_once(one) for one in (first, second, other)] == [True, False, True]
        assert (second.pk, second._state.adding) == (None, True)
    assert list(Tally.objects.order_by("pk").values_list("pk", "key")) == [(first.pk, "a"), (other.pk, "b")]
