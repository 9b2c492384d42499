"""What the call says of votes stays as it is from the moment somebody was given an entry to read."""

from datetime import date

import pytest

from lorbeer.call.tests.factories import import_changed
from lorbeer.entries.models import Entry
from lorbeer.screening.models import Vote
from lorbeer.screening.tests.factories import make_competition, make_entry, make_screened, make_vote, seal

pytestmark = pytest.mark.django_db


def option(tables, code):
    return next(one for one in tables["screening"]["options"] if one["code"] == code)


CHANGES = {
    "screening.seats": lambda tables: tables["screening"].update(seats=3),
    "screening.scale": lambda tables: tables["screening"].update(scale=9),
    "screening.options": lambda tables: option(tables, "suitable").update(proposes=""),
    "criteria.*.weight": lambda tables: tables["criteria"][0].update(weight=3),
}


def faults(competition, folder, change):
    def changed(tables):
        tables["competition"]["aim"] = "Gute Beispiele"                 # what the factory leaves out and a package must have
        tables["phases"] = [{"kind": "entries", "starts": date(2017, 6, 12), "ends": date(2099, 12, 31)}]
        change(tables)

    return import_changed(competition, folder, changed)


def refused(competition, folder, change):
    return [fault.split(":")[0] for fault in faults(competition, folder, change)]


@pytest.mark.parametrize("place", CHANGES)
def test_no_import_changes_how_entries_are_voted_on_once_somebody_reads_them(tmp_path, place):
    competition = make_competition()
    make_vote(make_entry(competition))
    named = place.replace("*", competition.criteria.first().code)
    assert refused(competition, tmp_path / "same", lambda tables: None) == []
    assert refused(competition, tmp_path / "read", CHANGES[place]) == [named]
    Vote.objects.all().delete()
    assert refused(competition, tmp_path / "given back", CHANGES[place]) == []


@pytest.mark.parametrize("place", CHANGES)
def test_nor_afterwards_what_sealed_votes_were_given_by_while_new_options_may_come(tmp_path, place):
    competition = make_competition()
    make_screened(competition)
    new = {"code": "vielleicht", "label": "vielleicht"}
    assert refused(competition, tmp_path / "going", lambda tables: tables["screening"]["options"].append(new)) == ["screening.options"]
    Entry.objects.update(state="not_awarded")
    named = place.replace("*", competition.criteria.first().code)
    assert refused(competition, tmp_path / "over", CHANGES[place]) == [named]
    assert refused(competition, tmp_path / "next", lambda tables: tables["screening"]["options"].append(new)) == []


def test_the_refusal_is_the_same_whether_votes_are_sealed_or_not(tmp_path):
    competition = make_competition()
    open_vote = make_vote(make_entry(competition))
    before = faults(competition, tmp_path / "open", CHANGES["screening.scale"])
    seal(open_vote)
    assert faults(competition, tmp_path / "sealed", CHANGES["screening.scale"]) == before != []
