"""The outbox: nothing is sent that was rolled back, nothing is lost, and a crash repeats a mail at most once."""

import email
import email.policy
import socket
from datetime import timedelta
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from django.db import connection, transaction

from lorbeer.shared import clock, files, log, outbox
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import LogEvent, Message

pytestmark = pytest.mark.django_db


def queue(**facts):
    return outbox.queue_mail(**({"recipient": "a@example.org", "title": "Eingang", "body": "Guten Tag"} | facts))


class Sink:
    """A mail server that keeps what it gets, and refuses recipients whose name says so."""

    def __init__(self):
        self.mails = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith("unknown"):
            return "550 no such mailbox"
        if address.startswith("full"):
            return "452 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(email.message_from_bytes(envelope.content, policy=email.policy.default))
        return "250 kept"


@pytest.fixture
def sink(settings):
    handler = Sink()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAIL_TRANSPORT = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()


def test_the_same_key_gives_the_first_mail():
    first = queue(key="x")
    assert queue(key="x", recipient="b@example.org") == first
    assert Message.objects.count() == 1
    assert LogEvent.objects.filter(verb="mail.queue").count() == 1


def test_keep_files_every_mail_and_sends_nothing(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    stored = files.store(b"%PDF-1.7 kept", name="Übersicht.pdf", media_type="application/pdf")
    queue(title="Grüße – „Übersicht“", body="Käse, Öl\nund Brot", recipient_name="Ä. Beispiel", attachments=[stored],
          reply_to="office@example.org")

    assert outbox.deliver_waiting() == 1

    [path] = Path(tmp_path / "mail").glob("*.eml")
    mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    assert mail["Subject"] == "Grüße – „Übersicht“"
    assert mail["To"].addresses[0].display_name == "Ä. Beispiel"
    assert mail["Reply-To"] == "office@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert not [name for name in mail if name.lower().startswith("list-")]
    assert mail.get_body().get_content().splitlines() == ["Käse, Öl", "und Brot"]
    [attachment] = mail.iter_attachments()
    assert (attachment.get_filename(), attachment.get_content()) == ("Übersicht.pdf", b"%PDF-1.7 kept")
    message = Message.objects.get()
    assert (message.state, mail["Message-ID"]) == (Message.State.DONE, message.message_id)


@pytest.mark.parametrize("facts", [
    {"recipient": "a@example.org\r\nBcc: x@example.net"}, {"recipient": "nobody"}, {"recipient": ""}, {"title": " \n"},
    {"recipient": f"a@{'b.' * 130}org"},
])
def test_what_could_not_stand_in_the_head_of_a_mail_is_refused(facts):
    with pytest.raises(BadInput):
        queue(**facts)
    with pytest.raises(BadInput):
        outbox.queue_mails([outbox.Mail(**({"recipient": "a@example.org", "title": "t", "body": ""} | facts))])
    assert not Message.objects.exists()


@pytest.mark.parametrize(("facts", "head"), [
    ({"title": "Hello\nBcc: x@example.net"}, ("Hello Bcc: x@example.net", "a@example.org", None)),
    ({"title": "a\u2028b\x00"}, ("a b", "a@example.org", None)),
    ({"recipient_name": "A\r\nBcc: x@example.net"}, ("Eingang", '"A Bcc: x@example.net" <a@example.org>', None)),
    ({"reply_to": "a@example.org, b@example.org"}, ("Eingang", "a@example.org", None)),
    ({"reply_to": "b@example.org\nBcc: x@example.net"}, ("Eingang", "a@example.org", None)),
])
def test_what_a_call_brings_into_the_head_of_a_mail_neither_breaks_it_nor_keeps_it_back(facts, head):
    mail = outbox.as_email(queue(**facts)).message()

    assert (mail["Subject"], mail["To"], mail["Reply-To"]) == head
    assert "Bcc" not in mail


def test_mails_arrive_at_a_real_server_in_order(sink):
    stored = files.store(b"x" * 20_000, name="anlage.bin")
    for number in range(5):
        queue(title=f"Nummer {number}", body="Grüße", attachments=[stored] if number == 2 else [])

    assert outbox.deliver_waiting() == 5

    assert [mail["Subject"] for mail in sink.mails] == [f"Nummer {n}" for n in range(5)]
    assert sink.mails[0].get_content().strip() == "Grüße"
    assert next(sink.mails[2].iter_attachments()).get_content() == b"x" * 20_000
    assert LogEvent.objects.filter(verb="mail.send").count() == 5


def test_a_refused_recipient_fails_at_once_and_a_full_one_is_tried_again(sink):
    unknown, full, good = queue(recipient="unknown@example.org"), queue(recipient="full@example.org"), queue()

    assert outbox.deliver_waiting() == 1

    for message in (unknown, full, good):
        message.refresh_from_db()
    assert (unknown.state, full.state, good.state) == (Message.State.FAILED, Message.State.WAITING, Message.State.DONE)
    assert "no such mailbox" in unknown.error
    assert "mailbox full" in full.error
    assert outbox.deliver_waiting() == 0
    with clock.at(clock.now() + timedelta(seconds=61)):
        outbox.deliver_waiting()
    full.refresh_from_db()
    assert full.attempts == 2


def test_a_server_that_is_away_costs_nobody_but_the_first_an_attempt(settings):
    settings.MAIL_TRANSPORT = "smtp://127.0.0.1:1"
    for _number in range(3):
        queue()
    assert outbox.deliver_waiting() == 0
    assert sorted(Message.objects.values_list("attempts", "state")) == [(0, "waiting"), (0, "waiting"), (1, "waiting")]


def test_a_mail_is_given_up_after_about_a_day_and_can_be_sent_again(settings, sink):
    message = queue(recipient="full@example.org")
    Message.objects.update(attempts=outbox.MOST_ATTEMPTS - 1)
    outbox.deliver_waiting()
    message.refresh_from_db()
    assert message.state == Message.State.FAILED

    Message.objects.update(recipient="a@example.org")
    outbox.send_again(message)
    assert outbox.deliver_waiting() == 1


@pytest.mark.parametrize("kind", ["account", "invitation", "co_editor"])
def test_a_link_that_opens_something_leaves_with_its_mail(sink, kind):
    link = "https://example.org/account/geheim"
    sent, refused, letter = queue(kind=kind, body=link), queue(kind=kind, body=link, recipient="unknown@example.org"), queue(body="Brief")
    outbox.deliver_waiting()

    for message in (sent, refused, letter):
        message.refresh_from_db()
    assert [message.state for message in (sent, refused, letter)] == ["done", "failed", "done"]
    assert [message.body for message in (sent, refused, letter)] == ["", "", "Brief"]
    assert link in sink.mails[0].get_content()
    with pytest.raises(Refused, match=r"neue|new one"):
        outbox.send_again(refused)


class Crash(BaseException):
    pass


def test_a_crash_between_sending_and_noting_repeats_the_mail_once_under_the_same_id(sink, monkeypatch):
    queue()

    def die(*_arguments):
        raise Crash

    for _crash in range(3):
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "note_sent", die)
            try:
                outbox.deliver_waiting()
            except Crash:
                Message.objects.update(lease_until=clock.machine_now() - timedelta(seconds=1))
    outbox.deliver_waiting()

    assert len(sink.mails) == 2
    assert len({mail["Message-ID"] for mail in sink.mails}) == 1
    message = Message.objects.get()
    assert message.state == Message.State.FAILED
    assert message.error


def test_a_mail_that_cannot_be_put_together_does_not_stop_those_behind_it(sink):
    stored = files.store(b"gone", name="gone.txt")
    broken = queue(attachments=[stored])
    good = queue()
    files.default_storage.delete(files.key_of(stored.blob_id))

    assert outbox.deliver_waiting() == 1
    broken.refresh_from_db()
    good.refresh_from_db()
    assert (broken.state, good.state) == (Message.State.FAILED, Message.State.DONE)


def test_a_mail_waits_for_its_time():
    queue(send_at=clock.now() + timedelta(hours=1))
    assert outbox.deliver_waiting() == 0
    with clock.at(clock.now() + timedelta(hours=2)):
        assert outbox.deliver_waiting() == 1


@pytest.mark.django_db(transaction=True)
def test_a_transaction_that_was_rolled_back_sends_nothing(sink):
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        queue(title="never")
        outbox.queue_mails([outbox.Mail("a@example.org", "never", "", key="k")])
        1 / 0  # noqa: B018
    queue(title="sent")
    outbox.deliver_waiting()
    assert [mail["Subject"] for mail in sink.mails] == ["sent"]
    assert log.verify()


def test_thousands_are_queued_by_few_statements_and_logged_once(django_assert_max_num_queries):
    stored = files.store(b"x", name="x.pdf")
    facts = {"kind": "wave", "attachments": [stored]}
    mails = [outbox.Mail("a@example.org", f"t{n}", "b", key=f"wave:{n}", **facts) for n in range(3000)]
    queue(key="wave:7", title="already there")

    with django_assert_max_num_queries(200):
        assert outbox.queue_mails(mails) == 2999
    assert outbox.queue_mails(mails[:50]) == 0
    assert Message.objects.count() == 3000
    assert Message.attachments.through.objects.count() == 2999
    assert LogEvent.objects.get(verb="mail.queue_many").detail == {"kind": "wave", "count": 2999}


def test_two_mails_of_one_call_under_one_key_are_one():
    assert outbox.queue_mails([outbox.Mail("a@example.org", "t", "b", key="k")] * 2) == 1


def test_counts_tell_how_many_wait_and_have_left():
    queue(kind="wave")
    queue(kind="other")
    assert outbox.counts(Message.objects.filter(kind="wave"))["waiting"] == 1


@pytest.mark.django_db(transaction=True)
def test_two_couriers_send_each_mail_once(sink):
    import threading

    outbox.queue_mails([outbox.Mail("a@example.org", f"t{n}", "b") for n in range(60)])

    def deliver():
        try:
            outbox.deliver_waiting()
        finally:
            connection.close()

    couriers = [threading.Thread(target=deliver) for _ in range(3)]
    for one in couriers:
        one.start()
    for one in couriers:
        one.join()
    assert sorted(mail["Subject"] for mail in sink.mails) == sorted(f"t{n}" for n in range(60))
    assert set(Message.objects.values_list("state", flat=True)) == {"done"}
