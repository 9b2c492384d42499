"""Reading mails: what they say, who wrote them, and that no bytes make the reader raise."""

from datetime import UTC, datetime
from email.message import EmailMessage
from hashlib import sha256

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lorbeer.intake.mail_reading import read
from lorbeer.intake.tests.mails import ANNA, make_bounce, make_mail

pytestmark = pytest.mark.once


def test_a_mail_is_read_with_its_sender_subject_text_and_attachments():
    raw = b"Received: from a by b; Mon, 02 Oct 2017 11:00:07 +0200\nReceived: from x by a; Mon, 02 Oct 2017 08:00:00 +0200\n" + make_mail(
        "Größe\nund Maß", attachments=[("Bogen ä.pdf", b"%PDF-1.7 x")], subject="Über uns")

    mail = read(raw)

    assert (mail.sender, mail.address, mail.subject) == (ANNA, "anna@example.net", "Über uns")
    assert (mail.text, mail.kind, mail.is_automatic, mail.is_readable) == ("Größe\nund Maß", "message", False, True)
    assert [(one.name, one.data, one.media_type) for one in mail.attachments] == [("Bogen ä.pdf", b"%PDF-1.7 x", "application/pdf")]
    assert mail.received_at == datetime(2017, 10, 2, 9, 0, 7, tzinfo=UTC)
    assert mail.sent_at == datetime(2017, 10, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(("heads", "kind", "is_automatic"), [
    ({}, "message", False),
    ({"auto_submitted": "no"}, "message", False),
    ({"auto_submitted": "auto-replied (vacation)"}, "auto_reply", True),
    ({"auto_submitted": "auto-generated"}, "auto_reply", True),
    ({"precedence": "bulk"}, "auto_reply", True),
    ({"precedence": "auto_reply"}, "auto_reply", True),
    ({"x_auto_response_suppress": "OOF, AutoReply"}, "auto_reply", True),
    ({"x_auto_response_suppress": "None"}, "message", False),
    ({"return_path": "<>"}, "auto_reply", True),
    ({"return_path": "<>", "from": "MAILER-DAEMON@example.net"}, "bounce", True),
    ({"return_path": "<anna@example.net>"}, "message", False),
    ({"from": "No Reply <no-reply@example.net>"}, "message", True),
])
def test_what_a_program_wrote_is_known_by_its_head(heads, kind, is_automatic):
    mail = read(make_mail(**heads))

    assert (mail.kind, mail.is_automatic) == (kind, is_automatic)


@pytest.mark.parametrize("heads", [
    {"auto_submitted": "auto-replied"}, {"auto_submitted": "auto-generated"}, {"precedence": "bulk"}, {"x_autoreply": "yes"},
    {"return_path": "<>", "from": "postmaster@example.net"}, {"list_id": "<alle.example.net>"},
])
@pytest.mark.parametrize("name", ["scan.pdf", "scan.jpg"])
def test_what_brings_a_file_is_for_somebody_to_look_at_whatever_its_head_says_and_gets_no_answer(heads, name):
    mail = read(make_mail("", attachments=[(name, b"%PDF-1.7 x")], **heads))

    assert (mail.kind, mail.is_automatic, [one.name for one in mail.attachments]) == ("message", True, [name])


@pytest.mark.parametrize("heads", [
    {"x_auto_response_suppress": "All"}, {"list_id": "<alle.example.net>"}, {"precedence": "bulk"}, {"auto_submitted": "auto-generated"},
    {"auto_submitted": "auto-replied"}, {"x_autoreply": "yes"},
])
def test_a_long_text_is_for_somebody_to_look_at_whatever_its_head_says(heads):
    mail = read(make_mail("Wir graben um. " * 100, **heads))

    assert (mail.kind, mail.is_automatic) == ("message", True)


def test_a_confirmation_of_reading_is_automatic_however_long_it_is():
    body = b"--b\r\nContent-Type: text/plain\r\n\r\n" + b"Ihre Nachricht wurde gelesen. " * 100 + b"\r\n--b--\r\n"
    head = b"Message-ID: <x@y>\r\nContent-Type: multipart/report; report-type=disposition-notification; boundary=b\r\n\r\n"

    assert read(b"From: a@example.net\r\n" + head + body).kind == "auto_reply"


def test_the_logo_the_card_and_the_appointment_of_an_automatic_answer_are_no_files():
    answer = EmailMessage()
    answer["From"], answer["Date"], answer["Auto-Submitted"] = ANNA, "Mon, 02 Oct 2017 11:00:00 +0200", "auto-replied"
    answer.set_content("Ich bin im Urlaub.")
    answer.add_alternative('<p>Ich bin im Urlaub.</p><img src="cid:logo@x">', subtype="html")
    answer.get_payload()[1].add_related(b"GIF89a", "image", "gif", cid="<logo@x>", filename="logo.gif")
    answer.add_attachment("BEGIN:VCARD", subtype="vcard", filename="anna.vcf")
    answer.add_attachment("BEGIN:VCALENDAR", subtype="calendar", filename="urlaub.ics")

    assert (read(answer.as_bytes()).kind, len(read(answer.as_bytes()).attachments)) == ("auto_reply", 3)


def test_a_report_that_brings_a_file_is_for_somebody_to_look_at_and_still_a_report():
    raw = make_bounce("<abc@example.org>").replace(
        b"--b--", b"--b\r\nContent-Type: application/pdf; name=bogen.pdf\r\n\r\n%PDF-1.7\r\n--b--")

    assert (read(raw).kind, read(raw).is_automatic, read(raw).undelivered) == ("message", True, "<abc@example.org>")


def test_a_report_names_the_mail_that_came_back_where_it_failed_for_good():
    assert read(make_bounce("<abc@example.org>")).undelivered == "<abc@example.org>"
    assert read(make_bounce("<abc@example.org>", action="delayed")).undelivered == ""
    assert read(make_bounce("<abc@example.org>")).kind == "bounce"


def test_several_senders_or_a_broken_one_get_no_answer():
    for sender in ("a@example.net, b@example.net", "Anna", "anna@nirgends", f"{'a' * 260}@example.net"):
        assert read(make_mail(**{"from": sender})).address == "", sender
    assert read(b"From: a@example.net\nFrom: b@example.net\nMessage-ID: <x>\n\n").address == ""


def test_of_html_alone_the_text_is_left_and_nothing_that_acts():
    raw = make_mail().replace(b"text/plain", b"text/html").replace(
        b"Guten Tag, anbei unser Beitrag.", b"<p>Guten&nbsp;Tag &lt;b&gt;</p><script>alert(1)</script><p>B</p>")

    assert read(raw).text.split() == ["Guten", "Tag", "<b>", "B"]
    assert "\n" in read(raw).text


def test_an_unknown_charset_and_bad_dates_lose_nothing():
    raw = make_mail("Grün", date="Mon, 99 Foo 20177 99:99").replace(b"utf-8", b"x-klingon")

    mail = read(raw)

    assert (mail.text, mail.sent_at, mail.is_readable) == ("Grün", None, True)


def test_text_cannot_turn_its_direction_or_hold_what_a_database_refuses():
    assert read(make_mail("a\u202egnp.\u2066b\x00c")).text == "agnp.bc"
    assert read(make_mail(attachments=[("x\u202egnp.exe", b"MZ")])).attachments[0].data == b"MZ"


def test_the_same_mail_by_another_way_is_known_and_another_one_under_its_number_is_not():
    one = read(b"Received: from a by b; Mon, 02 Oct 2017 11:00:07 +0200\r\nDelivered-To: x@example.org\r\n" + make_mail())
    again = read(b"Delivered-To: y@example.org\r\n" + make_mail())
    other = read(make_mail("Ganz anders."))

    assert one.sha256 != again.sha256
    assert one.fingerprint == again.fingerprint != other.fingerprint
    folded = read(make_mail().replace(b"text/plain; charset", b"text/plain;\r\n\tcharset"))
    html = read(make_mail().replace(b"text/plain", b"text/html"))
    assert one.fingerprint == folded.fingerprint != html.fingerprint


def test_a_mark_of_the_byte_order_before_the_mail_hides_nothing():
    mail = read(b"\xef\xbb\xbf" + make_mail())

    assert (mail.is_readable, mail.address, mail.subject) == (True, "anna@example.net", "Unsere Bewerbung")
    assert (mail.sha256, mail.fingerprint) == (sha256(b"\xef\xbb\xbf" + make_mail()).hexdigest(), read(make_mail()).fingerprint)


def test_a_mail_nested_without_end_is_unreadable_and_says_who_sent_it():
    raw = b"From: anna@example.net\r\nTo: Kom26@example.org\r\nSubject: Bewerbung\r\n" + b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (number, number) for number in range(3000))

    mail = read(raw)

    assert (mail.is_readable, mail.sender, mail.address) == (False, "anna@example.net", "")
    assert (mail.recipients, mail.subject) == ({"kom26@example.org"}, "Bewerbung")


HEADS = st.sampled_from([
    b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Received", b"Content-Type", b"Content-Disposition", b"Content-Transfer-Encoding",
    b"Auto-Submitted", b"Return-Path", b"Precedence", b"MIME-Version", b"Reply-To",
])
VALUES = st.one_of(st.binary(max_size=60), st.sampled_from([
    b"multipart/mixed; boundary=b", b"multipart/report", b"message/rfc822", b"message/delivery-status", b"text/plain; charset=x-none",
    b"base64", b"quoted-printable", b"=?utf-8?q?=C3?=", b"=?x?b?!?=", b"<<<>", b"a@b@c <", b"@", b'"', b"<>", b"(((",
    b"attachment; filename*=x'", b"attachment; filename*0*=utf-16''%ff", b"Mon, 1 Jan 0000 00:00:00 +9999", b"; ; ;=",
]))
MAILS = st.one_of(
    st.binary(max_size=300),
    st.tuples(st.lists(st.tuples(HEADS, VALUES), max_size=8), st.lists(st.one_of(
        st.binary(max_size=80), st.sampled_from([b"--b", b"--b--", b"Content-Type: message/rfc822\r\n", b"Content-Type: text/html\r\n", b""])),
        max_size=8)).map(lambda pair: b"".join(name + b": " + value + b"\r\n" for name, value in pair[0]) + b"\r\n" + b"\r\n".join(pair[1])),
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(MAILS)
def test_no_bytes_make_the_reader_raise_or_say_what_a_database_refuses(raw):
    mail = read(raw)

    for text in (mail.sender, mail.subject, mail.text, mail.message_id, mail.address, mail.undelivered):
        text.encode()
        assert "\0" not in text
    assert len(mail.sha256) == len(mail.fingerprint) == 64
    assert mail.kind in {"message", "auto_reply", "bounce"}
    assert mail.address == "" or mail.address.count("@") == 1
