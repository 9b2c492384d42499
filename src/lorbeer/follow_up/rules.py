"""Who pays, who reports, who accepts, who erases, who audits."""

from collections.abc import Container

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from lorbeer.awards.models import Award
from lorbeer.awards.queries import is_announced
from lorbeer.call.models import Competition
from lorbeer.entries.embargo import kept_in
from lorbeer.entries.queries import is_contributor
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.follow_up.queries import paid_cents
from lorbeer.jury.models import Item
from lorbeer.people.access import OFFICE, can_work_in_office, is_office, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.screening.rules import judges_now
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict

SEES_SUMS = OFFICE | {Role.Kind.AUDITOR, Role.Kind.SPONSOR}
SEES_MONEY = OFFICE | {Role.Kind.AUDITOR}


def can_see_sums(person: object, competition: Competition) -> Verdict:
    if roles_of(person, competition) & SEES_SUMS:
        return ALLOWED
    return Verdict(_("The prize money is for the office, the sponsor and the auditor."))


def can_see_money(person: object, award: Award) -> Verdict:
    """Payments and report of one award: office, auditor, and those who won it (from the announcement on)."""
    if roles_of(person, award.competition) & SEES_MONEY:
        return ALLOWED
    if is_contributor(person, award.entry) and is_announced(award.competition, award.entry.round):
        return ALLOWED
    return Verdict(_("Payments and reports are for the office, the auditor and the winner."))


def can_pay(person: object, award: Award) -> Verdict:
    office = can_work_in_office(person, award.competition)
    if not office:
        return office
    if not is_announced(award.competition, award.entry.round):
        return Verdict(_("Prize money is paid after the announcement."))
    proof = ProofOfUse.objects.filter(award=award).first()
    return _not_reported(proof) if proof else ALLOWED


def _not_reported(proof: ProofOfUse) -> Verdict:
    """What was reported on stays as it was: no payment comes to it and none goes from it."""
    if proof.state == ProofOfUse.State.ACCEPTED:
        return Verdict(_("The report on this money has been accepted. Take the acceptance back and send the report back first, so that it "
                         "speaks of what was really paid."))
    if proof.state == ProofOfUse.State.SENT:
        return Verdict(_("There is a report on this money already. Send the report back first, so that it speaks of what was really paid."))
    return ALLOWED


def can_cancel_payment(person: object, payment: Payment) -> Verdict:
    """What was entered by mistake, once; not where a report would be left on money that was never paid."""
    return payments_to_cancel(person, payment.award, [payment])[0]


def payments_to_cancel(person: object, award: Award, payments: list[Payment]) -> list[Verdict]:
    """The same rule for the payments of an award, in as many queries for one as for ten."""
    office = can_work_in_office(person, award.competition)
    if not office:
        return [office] * len(payments)
    proof = ProofOfUse.objects.filter(award=award).first()
    bound = _not_reported(proof) if proof else ALLOWED
    gone = Verdict(_("This payment has been cancelled already."))
    return [gone if payment.cancels_id or hasattr(payment, "cancelled_by") else bound for payment in payments]


def can_send_proof(person: object, award: Award, proof: ProofOfUse | None = None) -> Verdict:
    """Who works on the entry reports; for those who have no account the office takes it in."""
    if not is_contributor(person, award.entry) and not is_office(person, award.competition):
        return Verdict(_("Only those who work on this entry can report on its prize money."))
    if not is_announced(award.competition, award.entry.round) or not paid_cents(award):
        return Verdict(_("There is nothing to report yet: no prize money has been paid."))
    if proof is not None and proof.state == ProofOfUse.State.ACCEPTED:
        return Verdict(_("This report has been accepted; nothing more is to be done."))
    if proof is not None and proof.state == ProofOfUse.State.SENT:
        return Verdict(_("The report is with the office. It can be changed when the office sends it back."))
    return ALLOWED


def _office_while(person: object, proof: ProofOfUse, states: Container[str], otherwise: str | Promise) -> Verdict:
    """The office works on a report that is in one of `states`; else it reads `otherwise`."""
    office = can_work_in_office(person, proof.award.competition)
    if not office:
        return office
    return ALLOWED if proof.state in states else Verdict(otherwise)


def can_decide_proof(person: object, proof: ProofOfUse) -> Verdict:
    return _office_while(person, proof, {ProofOfUse.State.SENT}, _("No report has been sent that could be decided on."))


def can_accept_proof(person: Person, proof: ProofOfUse) -> Verdict:
    """Two people: who entered a report for a winner does not accept it."""
    deciding = can_decide_proof(person, proof)
    if deciding and proof.sent_by_id == person.pk:
        return Verdict(_("You entered this report yourself, so somebody else of the office accepts it. You can send it back."))
    return deciding


def can_reopen_proof(person: object, proof: ProofOfUse) -> Verdict:
    return _office_while(person, proof, {ProofOfUse.State.ACCEPTED},
                         _("This report has not been accepted, so there is no acceptance to take back."))


def can_remind(person: object, proof: ProofOfUse) -> Verdict:
    return _office_while(person, proof, {ProofOfUse.State.OPEN, ProofOfUse.State.RETURNED},
                         _("The report has arrived; no reminder is needed."))


def can_read_proof_file(person: object, stored: StoredFile) -> Verdict:
    """A file of a report is read by those who see the award's money."""
    award = (
        Award.objects.filter(code=stored.subject.removeprefix("proof:"), competition__code=stored.scope)
        .select_related("competition", "entry__competition").first()
    )
    if award is None:
        return Verdict(_("This file is not there, or it is not for you."))
    return can_see_money(person, award)


def can_erase(person: object, competition: Competition) -> Verdict:
    return can_work_in_office(person, competition)


def can_audit(person: object, competition: Competition) -> Verdict:
    """Search the log and take evidence away: the auditor and the lead of the office."""
    if roles_of(person, competition) & {Role.Kind.AUDITOR, Role.Kind.OFFICE_LEAD}:
        return ALLOWED
    return Verdict(_("The log is for the auditor and the lead of the office."))


def can_take_evidence(person: Person, competition: Competition) -> Verdict:
    """It holds the numbers of its events and seals, and between two of them lies what those who judge now must not know, or are biased for."""
    auditing = can_audit(person, competition)
    if auditing and judges_now(person, competition):
        return Verdict(_("You judge entries of this competition yourself. The evidence holds the numbers of events and seals, and their gaps "
                         "would tell of the votes of others. Take it away when all votes on your entries are sealed, or ask somebody "
                         "who does not judge."))
    if auditing and Item.objects.filter(entry__in=kept_in(person, competition), meeting__opened_at__isnull=False).exists():
        return Verdict(_("You are biased for an entry whose result has not been announced yet. The evidence holds the numbers of events and "
                         "seals, and their gaps would tell of it. Take it away after the announcement, or ask somebody who is not biased."))
    return auditing
