"""Mails as people and programs write them, for tests."""

from contextlib import contextmanager
from email.message import EmailMessage
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
ANNA = "Anna Beispiel <anna@example.net>"


def make_mail(text="Guten Tag, anbei unser Beitrag.", *, attachments=(), **heads) -> bytes:
    """The bytes of a mail. `attachments`: (name, data); `heads`: as in `return_path="<>"`; None leaves one out."""
    message = EmailMessage()
    given = {"from": ANNA, "to": "buero@example.org", "subject": "Unsere Bewerbung",
             "date": "Mon, 02 Oct 2017 11:00:00 +0200", "message_id": "<eins@example.net>"} | heads
    for name, value in given.items():
        if value is not None:
            message[name.replace("_", "-").title()] = value
    message.set_content(text)
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="pdf" if name.endswith(".pdf") else "octet-stream", filename=name)
    return message.as_bytes()


def make_bounce(message_id: str, action: str = "failed") -> bytes:
    """A report of a mail server on a mail that it could not deliver."""
    return (
        "Return-Path: <>\r\nFrom: Mail Delivery System <MAILER-DAEMON@example.net>\r\nTo: buero@example.org\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nDate: Mon, 02 Oct 2017 11:00:00 +0200\r\nAuto-Submitted: auto-replied\r\n"
        'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nNo such mailbox.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n"
        f"Final-Recipient: rfc822; weg@example.net\r\nAction: {action}\r\nStatus: 5.1.1\r\n\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: Aufruf\r\n\r\n--b--\r\n"
    ).encode()


class Clamd(BaseRequestHandler):
    """What a ClamAV says to INSTREAM: it finds the EICAR test file, and refuses what is longer than `limit`."""

    limit = 10_000_000

    def handle(self):
        stream = self.request.makefile("rb")
        assert stream.read(10) == b"zINSTREAM\0"
        data = b""
        while size := int.from_bytes(stream.read(4), "big"):
            data += stream.read(size)
            if len(data) > self.limit:
                self.request.sendall(b"INSTREAM size limit exceeded. ERROR\0")
                return
        self.request.sendall(b"stream: Win.Test.EICAR_HDB-1 FOUND\0" if EICAR in data else b"stream: OK\0")


@contextmanager
def clamd():
    """The LORBEER_CLAMD of a scanner that runs while the block does."""
    ThreadingTCPServer.allow_reuse_address = True
    with ThreadingTCPServer(("127.0.0.1", 0), Clamd) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"tcp:127.0.0.1:{server.server_address[1]}"
        server.shutdown()
