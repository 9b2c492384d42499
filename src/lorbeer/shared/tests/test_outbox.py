"""The outbox: what is promised of mails."""

import pytest

from lorbeer.shared import outbox
from lorbeer.shared.models import Message

pytestmark = pytest.mark.django_db


def test_the_same_key_gives_the_first_mail():
    first = outbox.queue_mail(recipient="a@example.org", title="Über alles", body="Grüße", key="x")
    assert outbox.queue_mail(recipient="b@example.org", title="Other", body="", key="x") == first
    assert outbox.deliver_waiting() == 1
    first.refresh_from_db()
    assert first.state == Message.State.DONE, first.error


