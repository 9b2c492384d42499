"""Paying prize money, and proving that it was spent on its purpose."""

from datetime import date, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.awards.models import Award
from lorbeer.call.models import Competition
from lorbeer.follow_up import letters, queries, rules
from lorbeer.follow_up.attest import facts_of, report_of
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import StoredFile
from lorbeer.shared.money import format_euro
from lorbeer.shared.templatetags.formats import day, machine_time
from lorbeer.shared.verdicts import require

State = ProofOfUse.State


@transaction.atomic
def record_payment(award: Award, *, amount_cents: int, paid_on: date, by: Person, note: str = "") -> Payment:
    """Note that money was paid. Never more than the award in all; opens the proof of use, with its due date.

    The same payment again (amount, day and note) is a second click or a second tab, and refused.
    """
    award = Award.objects.select_for_update(of=("self",)).select_related("competition", "entry").get(pk=award.pk)
    require(rules.can_pay(by, award))
    left = award.amount_cents - queries.paid_cents(award)
    if amount_cents <= 0:
        raise BadInput(_("Enter an amount above zero."))
    if award.payments.filter(amount_cents=amount_cents, paid_on=paid_on, note=note[:300], cancelled_by=None).exists():
        raise BadInput(
            _("This payment is recorded already: %(amount)s on %(day)s. Nothing was added. If the same amount was paid a second time on that"
              " day, tell the two apart in the note.") % {"amount": format_euro(amount_cents), "day": day(paid_on)}
        )
    if amount_cents > left:
        raise BadInput(_("Only %(left)s of this award are left to be paid.") % {"left": format_euro(left)})
    if paid_on > clock.today(award.competition.time_zone):
        raise BadInput(_("The day of payment lies in the future."))
    if paid_on < clock.day(award.decided_at, award.competition.time_zone):
        raise BadInput(_("The day of payment lies before the decision of the jury."))
    payment = Payment.objects.create(award=award, amount_cents=amount_cents, paid_on=paid_on, note=note[:300], recorded_by=by)
    proof_of(award)
    log.record("payment.record", subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by,
               award=award.code, **facts_of(payment))
    return payment


@transaction.atomic
def cancel_payment(payment: Payment, *, reason: str, by: Person) -> Payment:
    """Take back a payment that was entered by mistake: by a row of its own, so that both stay to be seen. Raises Refused, BadInput."""
    award = Award.objects.select_for_update(of=("self",)).select_related("competition", "entry").get(pk=payment.award_id)
    payment = Payment.objects.select_related("cancelled_by").get(pk=payment.pk)
    payment.award = award
    require(rules.can_cancel_payment(by, payment))
    if not reason.strip():
        raise BadInput(_("Say why the payment is cancelled; it is recorded."), where="reason")
    counter = Payment.objects.create(
        award=award, amount_cents=-payment.amount_cents, cancels=payment, paid_on=clock.today(award.competition.time_zone),
        note=reason.strip()[:300], recorded_by=by,
    )
    if not queries.paid_cents(award):                                   # nobody owes a report on money that was never paid
        ProofOfUse.objects.filter(award=award, state=State.OPEN).delete()
    log.record("payment.cancel", subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by,
               award=award.code, **facts_of(counter))
    return counter


def proof_of(award: Award) -> ProofOfUse:
    """The award's proof of use; made with its due date when it is first asked for."""
    proof, _is_new = ProofOfUse.objects.get_or_create(award=award, defaults={"due_on": queries.due_date(award)})
    return proof


@transaction.atomic
def send_proof(award: Award, *, report: str, spent_cents: int, by: Person, files: list[StoredFile] | None = None) -> ProofOfUse:
    """The report on what was done with the money, never on more than was paid; after the office has returned it, it can be sent again."""
    award = Award.objects.select_for_update(of=("self",)).select_related("competition", "entry__competition").get(pk=award.pk)
    proof = ProofOfUse.objects.select_for_update().get(pk=proof_of(award).pk)
    require(rules.can_send_proof(by, award, proof))
    if not report.strip():
        raise BadInput(_("Say what the money was spent on."))
    paid = queries.paid_cents(award)
    if not 0 <= spent_cents <= paid:
        raise BadInput(_("The sum spent lies between 0 and the %(paid)s that have been paid so far.") % {"paid": format_euro(paid)})
    if files:
        proof.files.add(*files)
    proof.report, proof.spent_cents, proof.state = report.strip(), spent_cents, State.SENT
    proof.sent_at, proof.sent_by, proof.documents = clock.now(), by, proof.files.count()
    proof.save(update_fields=["report", "spent_cents", "state", "sent_at", "sent_by", "documents"])
    log.record("proof.send", subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by, award=award.code,
               **report_of(proof))
    return proof


@transaction.atomic
def return_proof(proof: ProofOfUse, *, remarks: str, by: Person) -> ProofOfUse:
    """Send the report back with what is missing."""
    proof = _locked(proof)
    require(rules.can_decide_proof(by, proof))
    if not remarks.strip():
        raise BadInput(_("Say what is missing: the applicant reads it."))
    proof.remarks, proof.state, proof.reopened_at = remarks.strip(), State.RETURNED, None
    proof.save(update_fields=["remarks", "state", "reopened_at"])
    _note(proof, "proof.return", by)
    letters.write("returned", proof, key=f"proof-returned:{proof.award.code}:{machine_time(proof.sent_at)}")
    return proof


@transaction.atomic
def accept_proof(proof: ProofOfUse, *, by: Person) -> ProofOfUse:
    """The money was spent on its purpose; the case is closed. Not by who entered the report."""
    proof = _locked(proof)
    require(rules.can_accept_proof(by, proof))
    proof.state, proof.accepted_at, proof.accepted_by, proof.reopened_at = State.ACCEPTED, clock.now(), by, None
    proof.save(update_fields=["state", "accepted_at", "accepted_by", "reopened_at"])
    _note(proof, "proof.accept", by)
    letters.write("accepted", proof, key=f"proof-accepted:{proof.award.code}:{machine_time(proof.accepted_at)}")
    return proof


@transaction.atomic
def reopen_proof(proof: ProofOfUse, *, reason: str, by: Person) -> ProofOfUse:
    """Take back an acceptance that was wrong: the report is to be decided on again, and the winner is told why. Raises Refused, BadInput."""
    proof = _found_locked(proof)
    require(rules.can_reopen_proof(by, proof))
    if not reason.strip():
        raise BadInput(_("Say why the acceptance is taken back: the winner reads it."), where="reason")
    proof.state, proof.remarks, proof.reopened_at, proof.accepted_at, proof.accepted_by = State.SENT, reason.strip(), clock.now(), None, None
    proof.save(update_fields=["state", "remarks", "reopened_at", "accepted_at", "accepted_by"])
    _note(proof, "proof.reopen", by, why_sha256=log.digest(proof.remarks))
    letters.write("reopened", proof, key=f"proof-reopened:{proof.award.code}:{machine_time(proof.reopened_at)}")
    return proof


def remind(proof: ProofOfUse, *, by: Person | None = None) -> bool:
    """Write to the contact person that the report is due; at most once a day, however often it is asked for.

    True where a mail was queued; False where one went out today already or nobody can be written to. `by` None: the
    command `lorbeer proofs remind`.
    """
    with transaction.atomic():
        proof = _locked(proof)
        if by is not None:
            require(rules.can_remind(by, proof))
        elif proof.state not in queries.WAITING:
            return False
        zone = proof.award.competition.time_zone
        today = clock.today(zone)
        if proof.reminded_at and clock.day(proof.reminded_at, zone) >= today:
            return False
        if not letters.write("reminder", proof, key=f"proof-reminder:{proof.award.code}:{today.isoformat()}"):
            return False
        proof.reminded_at = clock.now()
        proof.save(update_fields=["reminded_at"])
        _note(proof, "proof.remind", by or "system:proofs_remind")
    return True


def reminders_due(competition: Competition, *, ahead_days: int = 14, every_days: int = 7) -> list[ProofOfUse]:
    """Open reports that are overdue or due within `ahead_days`, and were not reminded of in the last `every_days`."""
    zone = competition.time_zone
    today = clock.today(zone)
    return [
        proof for proof in queries.open_proofs(competition).filter(due_on__lte=today + timedelta(days=ahead_days))
        if not proof.reminded_at or clock.day(proof.reminded_at, zone) <= today - timedelta(days=every_days)
    ]


def _locked(proof: ProofOfUse) -> ProofOfUse:
    found = _found_locked(proof)
    if found.state == State.ACCEPTED:
        raise Refused(_("This report has been accepted already."))
    return found


def _found_locked(proof: ProofOfUse) -> ProofOfUse:
    return ProofOfUse.objects.select_for_update(of=("self",)).select_related("award__entry", "award__competition").get(pk=proof.pk)


def _note(proof: ProofOfUse, verb: str, by: Person | str, **facts: str) -> None:
    award = proof.award
    log.record(verb, subject=f"entry:{award.entry.code}", scope=award.competition.code, actor=by, award=award.code, **facts)
