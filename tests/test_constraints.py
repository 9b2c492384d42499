"""What must always hold, the database holds: also where one column is empty, which databases take for "different"."""

import pytest
from django.db import IntegrityError, transaction

from lorbeer.call.tests.factories import make_competition
from lorbeer.entries.tests.factories import make_entry
from lorbeer.jury.models import Item, Meeting
from lorbeer.people.tests.factories import make_person
from lorbeer.screening.models import Proposal, Rating, Vote
from lorbeer.shared import clock


@pytest.mark.django_db
def test_an_entry_is_proposed_and_called_up_once_in_a_group():
    competition = make_competition()
    group = competition.groups.get(code="main")
    entry = make_entry(competition=competition, group=group)
    meeting = Meeting.objects.create(competition=competition, held_on=clock.today())
    Proposal.objects.create(entry=entry, group=group)
    Item.objects.create(meeting=meeting, position=1, entry=entry, group=group)

    with pytest.raises(IntegrityError), transaction.atomic():
        Proposal.objects.create(entry=entry, group=group)
    with pytest.raises(IntegrityError), transaction.atomic():
        Item.objects.create(meeting=meeting, position=2, entry=entry, group=group)


@pytest.mark.django_db
def test_a_criterion_is_rated_once_on_a_sheet():
    competition = make_competition()
    vote = Vote.objects.create(entry=make_entry(competition=competition), screener=make_person(), seat=1)
    criterion = competition.criteria.first()
    Rating.objects.create(vote=vote, criterion=criterion)

    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(vote=vote, criterion=criterion)


@pytest.mark.django_db
@pytest.mark.parametrize("facts", [{"seat": 1}, {"seat": 2, "same": True}])
def test_a_seat_holds_one_vote_and_nobody_votes_twice(facts):
    vote = Vote.objects.create(entry=make_entry(), screener=make_person(), seat=1)
    screener = vote.screener if facts.pop("same", False) else make_person()

    with pytest.raises(IntegrityError), transaction.atomic():
        Vote.objects.create(entry=vote.entry, screener=screener, **facts)
