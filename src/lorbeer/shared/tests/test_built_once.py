"""What tests begin with may be built once only if no test can tell."""

from contextlib import contextmanager

import pytest
from django.db import IntegrityError, transaction

from lorbeer.call.models import Competition
from lorbeer.call.tests.factories import make_competition
from lorbeer.people.models import Person, Role
from lorbeer.people.tests.factories import make_person
from lorbeer.shared.tests import built_once
from lorbeer.shared.tests.built_once import DEAR

made: list[str] = []


@built_once.built_once
def make_scene(competition=None, *, title="Neu"):
    """A person, and a competition that has another title afterwards; dear."""
    made.append(title)
    for _number in range(DEAR):
        Person.objects.exists()
    competition = competition or make_competition()
    competition.title = {"de": title}
    competition.save()
    return {"competition": competition, "people": [make_person(), make_person()]}


@built_once.built_once
def make_nothing():
    make_scene(title="davor")
    raise IntegrityError("two of the same")


@pytest.fixture
def test(db, empty_database):
    """`with test():` as a test of its own, whose rows are undone."""
    @contextmanager
    def begun():
        with transaction.atomic(), built_once.beginning(empty_database[0]):
            yield
            transaction.set_rollback(True)

    made.clear()
    return begun


def people():
    return list(Person.objects.order_by("pk"))


def test_what_tests_begin_with_alike_is_made_twice_and_then_found(test):
    for _time in range(5):
        with test():
            scene = make_scene(title="oft")
            assert people() == scene["people"]
            assert Competition.objects.get().title == {"de": "oft"}
            assert scene["competition"] == Competition.objects.get()
            make_person()
            Competition.objects.update(title={"de": "Vom Test geändert"})
            scene["competition"].title["de"] = "Vom Test geändert"
        assert people() == []
    assert made == ["oft"] * 2


def test_other_arguments_or_another_language_are_another_beginning(test):
    from django.utils import translation

    for _time in range(3):
        for title in ("eins", "zwei"):
            with test():
                assert make_scene(title=title)["competition"].title == {"de": title}
    with test(), translation.override("en"):
        make_scene(title="eins")
    assert made == ["eins", "zwei"] * 2 + ["eins"]


def test_after_a_row_of_its_own_a_test_makes_everything_itself(test):
    for _time in range(4):
        with test():
            own = make_person()
            Person.objects.filter(pk=own.pk).update(name="Eigene")
            make_scene(title="danach")
            assert [person.name for person in people()][0] == "Eigene"
            assert len(people()) == 3
    assert made == ["danach"] * 4


def test_what_is_handed_in_comes_back_changed_and_the_same(test):
    for _time in range(5):
        with test():
            competition = make_scene(title="vorher")["competition"]
            kept = competition
            scene = make_scene(competition, title="nachher")
            assert scene["competition"] is kept
            assert kept.title == Competition.objects.get().title == {"de": "nachher"}
            assert len(people()) == 4
    assert made.count("vorher") == 2
    assert made.count("nachher") < 5


def test_a_factory_that_fails_leaves_what_it_would_have_left(test):
    for _time in range(4):
        with test():
            scene = make_scene(title="fest")
            with pytest.raises(IntegrityError):
                make_nothing()
            assert people()[:2] == scene["people"]
            assert [competition.title["de"] for competition in Competition.objects.order_by("pk")] == ["fest", "davor"]


def test_within_a_transaction_of_its_own_a_test_makes_everything_itself(test):
    for _time in range(4):
        with test(), transaction.atomic():
            make_scene(title="innen")
    assert made == ["innen"] * 4


def test_what_a_test_leaves_broken_is_found_at_its_end(test, empty_database):
    for _time in range(3):
        with test():
            make_scene(title="ganz")

    def leave_a_role_of_nobody():
        with transaction.atomic(), built_once.beginning(empty_database[0]):
            Role.objects.create(competition=make_scene(title="ganz")["competition"], person_id=987_654, kind=Role.Kind.OFFICE)

    with pytest.raises(IntegrityError):
        leave_a_role_of_nobody()
    assert people() == []
