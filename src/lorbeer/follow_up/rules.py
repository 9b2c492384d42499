"""Who pays, who reports, who accepts."""

from django.utils.translation import gettext_lazy as _

from lorbeer.awards.models import Award
from lorbeer.awards.queries import is_announced
from lorbeer.follow_up.models import ProofOfUse
from lorbeer.people.access import can_work_in_office, is_office
from lorbeer.people.models import Person
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_pay(person: object, award: Award) -> Verdict:
    office = can_work_in_office(person, award.competition)
    if not office:
        return office
    if not is_announced(award.competition, award.entry.round):
        return Verdict(_("Prize money is paid after the announcement."))
    return ALLOWED


def can_send_proof(person: object, award: Award, proof: ProofOfUse | None = None) -> Verdict:
    """Who works on the entry reports; for those who have no account the office takes it in."""
    works_on_it = isinstance(person, Person) and award.entry.contributors.filter(person=person).exists()
    if not works_on_it and not is_office(person, award.competition):
        return Verdict(_("Only those who work on this entry can report on its prize money."))
    if not is_announced(award.competition, award.entry.round):
        return Verdict(_("There is nothing to report yet."))
    if proof is not None and proof.state == ProofOfUse.State.ACCEPTED:
        return Verdict(_("This proof of use has been accepted; nothing more is to be done."))
    return ALLOWED


def can_decide_proof(person: object, proof: ProofOfUse) -> Verdict:
    office = can_work_in_office(person, proof.award.competition)
    if not office:
        return office
    if proof.state != ProofOfUse.State.SENT:
        return Verdict(_("No report has been sent that could be decided on."))
    return ALLOWED
