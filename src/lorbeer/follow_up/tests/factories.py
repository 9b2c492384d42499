from datetime import timedelta

from lorbeer.awards.models import Award
from lorbeer.awards.tests.factories import announce, make_decided_competition
from lorbeer.follow_up import services
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_role
from lorbeer.shared import clock
from lorbeer.shared.tests.built_once import built_once


@built_once
def make_award(*, announced=True, retention=None):
    """(award, office, winner): an award of a competition, announced unless told otherwise."""
    competition, winner, _loser, sponsor = make_decided_competition()
    if retention is not None:
        competition.retention = retention
        competition.save()
    office = make_role(competition, Role.Kind.OFFICE).person
    if announced:
        announce(competition, sponsor)
    award = Award.objects.select_related("entry__competition", "competition").get(entry=winner)
    return award, office, winner.contributors.get().person


def pay(award, office, cents=None, **facts):
    facts = {"paid_on": clock.today()} | facts
    return services.record_payment(award, amount_cents=cents or award.amount_cents, by=office, **facts)


@built_once
def make_sent_proof(made=None, **facts):
    """(proof, office, winner): paid in full, and reported. `made`: what `make_award` or `awarded` has given."""
    award, office, winner = made or make_award(**facts)
    pay(award, office)
    return services.send_proof(award, report="Ein Garten.", spent_cents=award.amount_cents, by=winner), office, winner


def later(**time):
    return clock.at(clock.now() + timedelta(**time))
