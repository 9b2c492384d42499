"""Every placeholder that the letter editor offers is filled by the app that sends the letter."""

from datetime import timedelta
from types import SimpleNamespace

import pytest

from lorbeer.awards.letters import write
from lorbeer.call import letters
from lorbeer.call.models import Letter
from lorbeer.formal_check import services as formal_check
from lorbeer.formal_check.tests.factories import make_desk
from lorbeer.intake import services as intake
from lorbeer.intake.readers import readers_of
from lorbeer.intake.tests.factories import make_call, make_submission
from lorbeer.outreach import services as outreach
from lorbeer.outreach.tests.factories import make_address, make_wave
from lorbeer.shared import clock
from lorbeer.shared.models import Message

pytestmark = pytest.mark.django_db


def everything(competition, code):
    """A letter that uses each of its placeholders once."""
    body = "".join(f"<{name}> {{{{ {name} }}}}\n" for name in letters.kind_of(code).placeholders)
    return Letter.objects.create(competition=competition, code=code, subject="Eigener Brief", body=body)


def sent(kind):
    message = Message.objects.get(kind=kind)
    assert message.title == "Eigener Brief", message.body
    assert "{{" not in message.body
    return message.body


def test_receipt_and_withdrawal():
    competition = make_call(office_email="buero@example.org", office_phone="030 0")
    everything(competition, "receipt")
    everything(competition, "withdrawal")
    submission = make_submission(competition)
    intake.withdraw(submission.entry, by=submission.submitted_by)
    assert f"<receipt.number> {submission.receipt_number}" in sent("receipt")
    assert "<office.phone> 030 0" in sent("withdrawal")


@pytest.mark.parametrize("code", ["admission", "exclusion", "completion"])
def test_the_letters_of_the_formal_check(code):
    competition, office, entry = make_desk()
    everything(competition, code)
    if code == "admission":
        formal_check.admit(entry, by=office)
    elif code == "exclusion":
        formal_check.exclude(entry, competition.clauses.get(), by=office)
    else:
        formal_check.return_for_completion(entry, until=clock.now() + timedelta(days=7), reason="Anlage", by=office)
    assert f"<entry.code> {entry.code}" in sent(code)


@pytest.mark.parametrize("code", ["result_won", "result_not_won", "portrait_proof"])
def test_the_letters_of_the_announcement(code):
    competition, _office, entry = make_desk()
    everything(competition, code)
    award = SimpleNamespace(prize=SimpleNamespace(label="Preis"), group="Gruppe", amount_cents=2_500_000, project=None)
    title, body = write(code, entry, readers_of(entry)[0], [award])
    assert title == "Eigener Brief"
    assert "{{" not in body


def test_a_mailing():
    address = make_address()
    outreach.send_wave(make_wave(address.competition, letter=everything(address.competition, "wave_1")), by=None)
    assert f"<address.name> {address.name}" in sent("wave")
