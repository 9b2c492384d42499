"""Paying prize money, and proving that it was spent on its purpose."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.awards.models import Award
from lorbeer.follow_up import queries, rules
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import StoredFile
from lorbeer.shared.money import format_euro
from lorbeer.shared.verdicts import require

State = ProofOfUse.State


@transaction.atomic
def record_payment(award: Award, *, amount_cents: int, paid_on: date, by: Person, note: str = "") -> Payment:
    """Note that money was paid. Never more than the award in all; opens the proof of use, with its due date."""
    require(rules.can_pay(by, award))
    award = Award.objects.select_for_update(of=("self",)).select_related("competition", "entry").get(pk=award.pk)
    left = award.amount_cents - queries.paid_cents(award)
    if amount_cents <= 0:
        raise BadInput(_("Enter an amount above zero."))
    if amount_cents > left:
        raise BadInput(_("Only %(left)s of this award are left to be paid.") % {"left": format_euro(left)})
    if paid_on > clock.today(award.competition.time_zone):
        raise BadInput(_("The day of payment lies in the future."))
    payment = Payment.objects.create(award=award, amount_cents=amount_cents, paid_on=paid_on, note=note[:300], recorded_by=by)
    proof_of(award)
    log.record("payment.record", subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by,
               award=award.code, cents=amount_cents)
    return payment


def proof_of(award: Award) -> ProofOfUse:
    """The award's proof of use; made with its due date when it is first asked for."""
    proof, _is_new = ProofOfUse.objects.get_or_create(award=award, defaults={"due_on": queries.due_date(award)})
    return proof


@transaction.atomic
def send_proof(award: Award, *, report: str, spent_cents: int, by: Person, files: list[StoredFile] | None = None) -> ProofOfUse:
    """The report on what was done with the money. It can be sent again until it is accepted."""
    proof = ProofOfUse.objects.select_for_update().get(pk=proof_of(award).pk)
    require(rules.can_send_proof(by, award, proof))
    if not report.strip():
        raise BadInput(_("Say what the money was spent on."))
    if not 0 <= spent_cents <= award.amount_cents:
        raise BadInput(_("The sum spent lies between 0 and the award of %(amount)s.") % {"amount": format_euro(award.amount_cents)})
    proof.report, proof.spent_cents, proof.state = report.strip(), spent_cents, State.SENT
    proof.sent_at, proof.sent_by = clock.now(), by
    proof.save(update_fields=["report", "spent_cents", "state", "sent_at", "sent_by"])
    if files:
        proof.files.add(*files)
    log.record("proof.send", subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by, award=award.code,
               cents=spent_cents)
    return proof


@transaction.atomic
def return_proof(proof: ProofOfUse, *, remarks: str, by: Person) -> ProofOfUse:
    """Send the report back with what is missing."""
    proof = _locked(proof)
    require(rules.can_decide_proof(by, proof))
    if not remarks.strip():
        raise BadInput(_("Say what is missing: the applicant reads it."))
    proof.remarks, proof.state = remarks.strip(), State.RETURNED
    proof.save(update_fields=["remarks", "state"])
    _note(proof, "proof.return", by)
    return proof


@transaction.atomic
def accept_proof(proof: ProofOfUse, *, by: Person) -> ProofOfUse:
    """The money was spent on its purpose; the case is closed."""
    proof = _locked(proof)
    require(rules.can_decide_proof(by, proof))
    proof.state, proof.accepted_at, proof.accepted_by = State.ACCEPTED, clock.now(), by
    proof.save(update_fields=["state", "accepted_at", "accepted_by"])
    _note(proof, "proof.accept", by)
    return proof


def _locked(proof: ProofOfUse) -> ProofOfUse:
    found = ProofOfUse.objects.select_for_update(of=("self",)).select_related("award__entry", "award__competition").get(pk=proof.pk)
    if found.state == State.ACCEPTED:
        raise Refused(_("This proof of use has been accepted already."))
    return found


def _note(proof: ProofOfUse, verb: str, by: Person) -> None:
    award = proof.award
    log.record(verb, subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by, award=award.code)
