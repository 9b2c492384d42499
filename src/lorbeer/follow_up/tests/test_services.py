import threading
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection

from lorbeer.follow_up import attest, queries, services
from lorbeer.follow_up.models import Payment, ProofOfUse
from lorbeer.follow_up.tests.factories import later, make_award, make_sent_proof, pay
from lorbeer.people.models import Role
from lorbeer.people.tests.factories import make_person, make_role
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db


def test_never_more_is_paid_than_awarded(awarded):
    award, office, _winner = awarded
    pay(award, office, award.amount_cents - 100)
    with pytest.raises(BadInput):
        pay(award, office, 101)
    pay(award, office, 100)
    with pytest.raises(BadInput):
        pay(award, office, 1)
    assert queries.paid_cents(award) == award.amount_cents


def test_a_payment_entered_by_mistake_is_cancelled_by_a_row_of_its_own():
    award, office, winner = make_award()
    payment = pay(award, office)
    with pytest.raises(BadInput):
        services.cancel_payment(payment, reason=" ", by=office)
    with pytest.raises(Refused):
        services.cancel_payment(payment, reason="vertippt", by=winner)

    counter = services.cancel_payment(payment, reason="doppelt eingetragen", by=office)

    assert (counter.amount_cents, counter.cancels, counter.note) == (-payment.amount_cents, payment, "doppelt eingetragen")
    assert queries.paid_cents(award) == 0
    assert not ProofOfUse.objects.filter(award=award).exists()          # nobody owes a report on it
    assert LogEvent.objects.get(verb="payment.cancel").detail["cents"] == counter.amount_cents
    for row in (payment, counter):
        with pytest.raises(Refused):
            services.cancel_payment(row, reason="noch einmal", by=office)
    pay(award, office)                                                  # the right one fits again


def test_no_report_is_left_on_money_that_was_never_paid():
    proof, office, _winner = make_sent_proof()
    with pytest.raises(Refused):
        services.cancel_payment(Payment.objects.get(award=proof.award), reason="vertippt", by=office)


@pytest.mark.django_db(transaction=True)
def test_two_who_pay_the_whole_prize_at_once_pay_it_once():
    award, office, _winner = make_award()
    together = threading.Barrier(2)
    refused = []

    def try_to_pay():
        together.wait()
        try:
            pay(award, office)
        except BadInput as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=try_to_pay) for _ in range(2)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert Payment.objects.count() == 1
    assert len(refused) == 1


def test_the_same_payment_sent_twice_is_recorded_once(awarded):
    award, office, _winner = awarded
    pay(award, office, 1000, note="Rate 1")
    with pytest.raises(BadInput, match="schon erfasst"):
        pay(award, office, 1000, note="Rate 1")
    pay(award, office, 1000, note="Rate 2")
    pay(award, office, 1001, note="Rate 1")

    assert list(award.payments.order_by("pk").values_list("amount_cents", "note")) == [
        (1000, "Rate 1"), (1000, "Rate 2"), (1001, "Rate 1")]
    assert LogEvent.objects.filter(verb="payment.record").count() == 3


@pytest.mark.parametrize("cents", [0, -1])
def test_a_payment_is_above_zero(cents, awarded):
    award, office, _winner = awarded
    with pytest.raises(BadInput):
        services.record_payment(award, amount_cents=cents, paid_on=clock.today(), by=office)


@pytest.mark.parametrize("days", [1, -400])
def test_a_payment_lies_between_the_decision_and_today(days, awarded):
    award, office, _winner = awarded
    with pytest.raises(BadInput):
        pay(award, office, paid_on=clock.today() + timedelta(days=days))


def test_nothing_is_paid_before_the_announcement():
    award, office, _winner = make_award(announced=False)
    with pytest.raises(Refused):
        pay(award, office)


@pytest.mark.parametrize("kind", [Role.Kind.SPONSOR, Role.Kind.AUDITOR, Role.Kind.JUROR, None])
def test_only_the_office_records_payments(kind, awarded):
    award, _office, winner = awarded
    person = make_role(award.competition, kind).person if kind else winner
    with pytest.raises(Refused):
        pay(award, person)


@pytest.mark.parametrize(("day", "months", "expected"), [
    (date(2018, 6, 11), 12, date(2019, 6, 11)), (date(2018, 8, 31), 6, date(2019, 2, 28)), (date(2018, 12, 31), 2, date(2019, 2, 28)),
    (date(2019, 12, 1), 1, date(2020, 1, 1)), (date(2018, 11, 30), 1, date(2018, 12, 30)),
])
def test_months_end_on_a_day_that_there_is(day, months, expected):
    assert queries.months_after(day, months) == expected


def test_the_report_is_due_so_many_months_after_the_announcement_as_the_call_says():
    award, office, _winner = make_award(retention={"proof_due_months": 5})
    pay(award, office)
    assert award.proof.due_on == queries.months_after(clock.today(), 5)


def test_there_is_nothing_to_report_before_money_was_paid(awarded):
    award, _office, winner = awarded
    with pytest.raises(Refused):
        services.send_proof(award, report="Ein Garten.", spent_cents=1, by=winner)


def test_a_stranger_cannot_report(awarded):
    award, office, _winner = awarded
    pay(award, office)
    with pytest.raises(Refused):
        services.send_proof(award, report="Ein Garten.", spent_cents=1, by=make_person())


def test_a_report_says_something_and_lies_within_the_award(awarded):
    award, office, winner = awarded
    pay(award, office)
    for report, spent in ((" ", 1), ("Ein Garten.", award.amount_cents + 1), ("Ein Garten.", -1)):
        with pytest.raises(BadInput):
            services.send_proof(award, report=report, spent_cents=spent, by=winner)


def test_a_report_that_was_sent_stays_until_the_office_returns_it(awarded):
    proof, office, winner = make_sent_proof(awarded)
    with pytest.raises(Refused):
        services.send_proof(proof.award, report="Anders.", spent_cents=1, by=winner)
    services.return_proof(proof, remarks="Belege fehlen.", by=office)
    mail = Message.objects.get(kind="proof_returned")
    assert mail.recipient == winner.email
    assert "Belege fehlen." in mail.body
    services.send_proof(proof.award, report="Mit Belegen.", spent_cents=5, by=winner)
    services.accept_proof(proof, by=office)
    proof.refresh_from_db()
    assert (proof.state, proof.report, proof.accepted_by) == ("accepted", "Mit Belegen.", office)


def test_what_is_accepted_is_closed(awarded):
    proof, office, winner = make_sent_proof(awarded)
    services.accept_proof(proof, by=office)
    for act in (lambda: services.accept_proof(proof, by=office), lambda: services.return_proof(proof, remarks="x", by=office),
                lambda: services.send_proof(proof.award, report="x", spent_cents=1, by=winner), lambda: services.remind(proof, by=office)):
        with pytest.raises(Refused):
            act()


def test_the_winner_cannot_accept_the_own_report(awarded):
    proof, _office, winner = make_sent_proof(awarded)
    with pytest.raises(Refused):
        services.accept_proof(proof, by=winner)


def test_reminders_go_out_once_a_day(awarded):
    award, office, winner = awarded
    pay(award, office)
    assert services.remind(award.proof, by=office)
    assert not services.remind(award.proof, by=office)
    with later(days=1):
        assert services.remind(award.proof, by=office)
    assert list(Message.objects.filter(kind="proof_reminder").values_list("recipient", flat=True)) == [winner.email] * 2
    assert LogEvent.objects.filter(verb="proof.remind").count() == 2


def remind(*words):
    out = StringIO()
    call_command("proofs_remind", *words, stdout=out)
    return out.getvalue()


def test_the_command_reminds_of_what_is_due_and_can_be_repeated():
    award, office, _winner = make_award(retention={"proof_due_months": 1})
    pay(award, office)
    assert "queued: 0" in remind("--ahead", "3")
    with later(days=40):
        assert award.entry.code in remind("--dry-run")
        assert not Message.objects.filter(kind="proof_reminder").exists()
        assert "queued: 1" in remind()
        assert "queued: 0" in remind()
    with later(days=43):
        assert "queued: 0" in remind()
    with later(days=48):
        assert "queued: 1" in remind()


def test_sums_count_what_is_paid_proved_and_overdue():
    proof, office, _winner = make_sent_proof(retention={"proof_due_months": 1})
    award = proof.award
    sums = queries.sums(award.competition)
    assert (sums.awarded, sums.paid, sums.proved, sums.to_decide) == (award.amount_cents, award.amount_cents, 0, 1)
    services.return_proof(proof, remarks="x", by=office)
    with later(days=40):
        assert queries.sums(award.competition).overdue == 1
    proof.refresh_from_db()
    ProofOfUse.objects.update(state="sent")
    services.accept_proof(proof, by=office)
    assert queries.sums(award.competition).proved == award.amount_cents
    row = queries.awards_with_money(award.competition).get()
    assert (row.paid, row.proved, row.left) == (award.amount_cents, award.amount_cents, 0)


def test_the_figure_tells_reports_to_come_to_be_checked_and_accepted_apart(awarded):
    award, office, winner = awarded
    amount = award.amount_cents

    def parts():
        found = queries.parts_of(queries.sums(award.competition))
        assert sum(part["value"] for part in found) == amount
        return {part["label"]: part["value"] for part in found}

    pay(award, office, amount // 4)
    assert parts() == {"ausgezahlt, Bericht steht aus": amount // 4, "noch nicht ausgezahlt": amount - amount // 4}
    pay(award, office, amount - amount // 4)
    proof = services.send_proof(award, report="Ein Garten.", spent_cents=amount - 100, by=winner)
    assert parts() == {"ausgezahlt, Bericht liegt zur Prüfung vor": amount}
    services.accept_proof(proof, by=office)
    assert parts() == {"verwendet laut Bericht, ohne Beleg": amount - 100, "ausgezahlt, nicht verwendet": 100}
    assert (queries.sums(award.competition).spent, queries.sums(award.competition).proved) == (0, amount - 100)
    ProofOfUse.objects.update(documents=1)
    assert parts() == {"verwendet, mit Beleg": amount - 100, "ausgezahlt, nicht verwendet": 100}


@pytest.mark.once
def test_no_more_is_reported_than_was_paid_and_no_payment_comes_to_what_was_reported(awarded):
    award, office, winner = awarded
    pay(award, office, 1000)
    with pytest.raises(BadInput, match="10"):
        services.send_proof(award, report="Ein Garten.", spent_cents=1001, by=winner)
    proof = services.send_proof(award, report="Ein Garten.", spent_cents=1000, by=winner)
    with pytest.raises(Refused, match="Senden Sie ihn zuerst zurück"):
        pay(award, office, 500)
    services.accept_proof(proof, by=office)
    for act in (lambda: pay(award, office, 500), lambda: services.cancel_payment(award.payments.get(), reason="x", by=office)):
        with pytest.raises(Refused, match="zuerst die Annahme zurück"):
            act()
    services.reopen_proof(proof, reason="Es kam noch Geld dazu.", by=office)
    services.return_proof(proof, remarks="Bitte mit der zweiten Rate.", by=office)
    pay(award, office, 500)
    services.send_proof(award, report="Zwei Gärten.", spent_cents=1500, by=winner)


@pytest.mark.once
def test_who_entered_a_report_does_not_accept_it(awarded):
    award, office, _winner = awarded
    pay(award, office)
    proof = services.send_proof(award, report="Kam mit der Post.", spent_cents=1, by=office)
    with pytest.raises(Refused, match="jemand anders"):
        services.accept_proof(proof, by=office)
    services.accept_proof(proof, by=make_role(award.competition, Role.Kind.OFFICE).person)
    proof.refresh_from_db()
    assert proof.state == "accepted"


@pytest.mark.once
def test_an_acceptance_is_taken_back_with_a_reason_that_the_winner_gets(awarded):
    proof, office, winner = make_sent_proof(awarded)
    with pytest.raises(Refused):
        services.reopen_proof(proof, reason="x", by=office)
    services.accept_proof(proof, by=office)
    with pytest.raises(Refused):
        services.reopen_proof(proof, reason="x", by=winner)
    with pytest.raises(BadInput):
        services.reopen_proof(proof, reason=" ", by=office)
    services.reopen_proof(proof, reason="Falsche Zeile.", by=office)
    proof.refresh_from_db()
    assert (proof.state, proof.accepted_at, proof.accepted_by, proof.remarks) == ("sent", None, None, "Falsche Zeile.")
    assert queries.sums(proof.award.competition).proved == 0
    mail = Message.objects.get(kind="proof_reopened")
    assert (mail.recipient, "Falsche Zeile." in mail.body) == (winner.email, True)
    assert LogEvent.objects.filter(verb="proof.reopen").count() == 1
    assert list(attest.proofs()) == []
    services.accept_proof(proof, by=office)
    assert Message.objects.filter(kind="proof_accepted").count() == 2
    assert list(attest.proofs()) == []
