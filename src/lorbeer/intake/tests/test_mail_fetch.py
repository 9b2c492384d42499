"""`lorbeer mail fetch` against a real mail server: nothing is lost, nothing is there twice, one fetch at a time."""

import io
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from lorbeer.intake import checks, mailbox, services
from lorbeer.intake.models import Arrival, IncomingMail, MailFetch, WaitingMail
from lorbeer.intake.services import fetching
from lorbeer.intake.tests.factories import make_call, make_office, make_person
from lorbeer.intake.tests.mails import make_bounce, make_mail
from lorbeer.shared import clock, leases, outbox
from lorbeer.shared.errors import BadInput, Busy, Refused
from lorbeer.shared.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def call():
    return make_call(is_public=True)


def fetch(*words):
    """(what the command said, its exit code)"""
    out = io.StringIO()
    with translation.override("en"):
        try:
            call_command("mail_fetch", *words, stdout=out)
        except CommandError as error:
            return out.getvalue().splitlines(), error.returncode
        except (BadInput, Refused):
            return out.getvalue().splitlines(), 1
    return out.getvalue().splitlines(), 0


def test_mails_of_a_real_server_become_arrivals_and_move_aside(call, account):
    sent = clock.now() - timedelta(days=3)
    account.deliver(make_mail(), make_mail("Bin verreist.", auto_submitted="auto-replied"), b"\xff\0 nothing", make_bounce("<x@example.org>"),
                    b"Delivered-To: b@example.org\r\n" + make_mail(), at=sent)

    lines, code = fetch()

    assert code == 0, lines
    assert [line.partition(": ")[2].partition(" in ")[0].split()[0] for line in lines[:5]] == [
        "arrival", "arrival", "arrival", "arrival", "known"]
    assert lines[5:] == ["4 new, 0 waiting"]
    assert sorted(IncomingMail.objects.values_list("outcome", "trouble")) == [
        ("auto_reply", ""), ("bounce", ""), ("office", "no_form"), ("office", "unreadable")]
    assert set(Arrival.objects.values_list("arrived_at", flat=True)) == {sent.replace(microsecond=0)}
    assert (account.uids(), len(account.uids("Lorbeer"))) == ([], 5)
    assert fetch() == (["0 new, 0 waiting"], 0)


@pytest.mark.once
def test_a_crash_between_commit_and_moving_leaves_one_arrival_at_the_next_fetch(call, account, monkeypatch):
    account.deliver(make_mail(), make_mail("Nummer zwei"))
    with monkeypatch.context() as patch:
        patch.setattr(mailbox.Server, "settle", lambda self, one: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            fetch()
    assert (Arrival.objects.count(), len(account.uids())) == (1, 2)

    lines, code = fetch()

    assert (lines[-1], code, Arrival.objects.count(), account.uids()) == ("1 new, 0 waiting", 0, 2, [])
    assert Message.objects.filter(kind="arrival").count() == 2


@pytest.mark.once
def test_what_cannot_be_taken_in_waits_on_the_server_and_stops_nobody(call, account, settings, monkeypatch):
    account.deliver(make_mail("Eins"), make_mail("Zwei"))
    settings.CLAMD = "tcp:127.0.0.1:1"
    lines, code = fetch()
    assert (len(account.uids()), code, lines[-1]) == (2, 1, "0 new, 2 waiting")
    assert "virus scanner cannot be reached" in lines[0]

    settings.CLAMD = ""
    take_in = fetching.take_in
    monkeypatch.setattr(fetching, "take_in", lambda raw, **facts: 1 / 0 if b"Eins" in raw else take_in(raw, **facts))
    lines, code = fetch()

    assert (len(account.uids()), code, lines[-1]) == (1, 1, "1 new, 1 waiting")
    assert lines[0].endswith("something unforeseen happened (ZeroDivisionError)")
    monkeypatch.undo()
    monkeypatch.setattr(fetching, "MOST_MEGABYTES", 0)
    assert fetch()[1] == 1
    assert len(account.uids()) == 1


@pytest.mark.once
def test_a_server_without_move_is_copied_from(call, account, monkeypatch):
    account.deliver(make_mail())
    enter = mailbox.Server.__enter__

    def without_move(self):
        enter(self)
        self.can -= {"MOVE"}
        return self

    monkeypatch.setattr(mailbox.Server, "__enter__", without_move)

    assert fetch()[1] == 0
    assert (account.uids(), len(account.uids("Lorbeer"))) == ([], 1)


def test_one_fetch_at_a_time_and_the_turn_of_a_dead_one_ends(call, tmp_path):
    (tmp_path / "eins.eml").write_bytes(make_mail())
    running = MailFetch.objects.create(key=MailFetch.RUNNING, lease_until=clock.machine_now() + timedelta(minutes=1))

    assert fetch("--folder", str(tmp_path)) == ([], 1)
    MailFetch.objects.filter(pk=running.pk).update(lease_until=clock.machine_now() - timedelta(seconds=1))
    assert fetch("--folder", str(tmp_path))[1] == 0
    assert MailFetch.objects.get().received == 1


@pytest.mark.once
def test_who_has_lost_the_turn_stops_before_the_next_mail(call, tmp_path):
    for number in range(3):
        (tmp_path / f"{number}.eml").write_bytes(make_mail(f"Nr. {number}"))

    def taken_over(_line):
        MailFetch.objects.update(key=None)

    with pytest.raises(Refused):
        services.fetch_mails(mailbox.Folder(tmp_path), tell=taken_over)
    assert Arrival.objects.count() == 1


def test_a_folder_of_files_is_read_and_left_as_it_is(call, tmp_path, client):
    (tmp_path / "eins.eml").write_bytes(make_mail())
    (tmp_path / "zwei.EML").write_bytes(make_mail("Zwei"))
    (tmp_path / "bild.png").write_bytes(b"x")

    assert fetch("--folder", str(tmp_path))[0][-1] == "2 new, 0 waiting"
    lines, code = fetch("--folder", str(tmp_path), "--competition", call.code)
    assert (lines[-1], code) == ("0 new, 0 waiting", 0)
    assert len(list(tmp_path.iterdir())) == 3
    assert fetch("--folder", str(tmp_path), "--competition", "nirgends")[1] == 1
    client.force_login(make_office(call), backend="lorbeer.people.backends.AccountBackend")
    assert "Mails wurden zuletzt abgeholt:" in client.get(f"/{call.code}/arrivals/").content.decode()


def test_what_cannot_be_taken_in_stands_on_the_operators_page_until_it_can(call, tmp_path, client, monkeypatch):
    (tmp_path / "gross.eml").write_bytes(make_mail("Sehr gro", message_id="<zwei@example.net>") + b" " * 2_000_000)
    (tmp_path / "eins.eml").write_bytes(make_mail(subject="Geprüft wird später"))
    (tmp_path / "geheim.txt").write_text("From: a@example.net\n\nSchlüssel")
    (tmp_path / "verweis.eml").symlink_to(tmp_path / "geheim.txt")
    os.symlink(tmp_path / "geheim.txt", os.fsencode(tmp_path) + b"/alt-\xff.eml")
    monkeypatch.setattr(fetching, "MOST_MEGABYTES", 1)
    with monkeypatch.context() as patched:
        def away(*_arguments, **_facts):
            raise Busy("Der Virenscanner antwortet nicht.")

        patched.setattr(fetching, "take_in", away)
        assert fetch("--folder", str(tmp_path))[0][-1] == "0 new, 4 waiting"
    client.force_login(make_person(is_operator=True), backend="lorbeer.people.backends.AccountBackend")
    page = client.get(reverse("waiting_mail_list")).content.decode()
    for words in ("gross.eml", "Geprüft wird später", "Der Virenscanner antwortet nicht.", "verweis.eml", "alt-\N{REPLACEMENT CHARACTER}.eml"):
        assert words in page
    assert "Schlüssel" not in page
    assert reverse("waiting_mail_decide", args=[WaitingMail.objects.first().code]) not in page

    assert fetch("--folder", str(tmp_path))[0][-1] == "1 new, 3 waiting"
    for path in {*tmp_path.glob("*.eml")} - {tmp_path / "eins.eml"}:
        path.unlink()
    fetch("--folder", str(tmp_path))
    assert not WaitingMail.objects.exists()
    assert Arrival.objects.get().subject == "Geprüft wird später"


def test_a_mail_that_was_held_up_and_turns_out_to_name_nobody_can_be_decided_on(call, tmp_path, client, monkeypatch):
    make_call(is_public=True)
    (tmp_path / "nirgends.eml").write_bytes(NOBODY)
    with monkeypatch.context() as patched:
        patched.setattr(fetching, "take_in", lambda *_arguments, **_facts: 1 / 0)
        fetch("--folder", str(tmp_path))
    assert WaitingMail.objects.get().reason == "held"
    assert fetch("--folder", str(tmp_path))[0][-1] == "0 new, 1 waiting"
    client.force_login(make_person(is_operator=True), backend="lorbeer.people.backends.AccountBackend")
    decide = reverse("waiting_mail_decide", args=[WaitingMail.objects.get().code])
    assert decide in client.get(reverse("waiting_mail_list")).content.decode()


@pytest.mark.once
def test_the_acknowledgement_reaches_a_real_server_and_says_that_nobody_shall_answer_it(call, account, settings):
    kept = []

    class Sink:
        async def handle_DATA(self, server, session, envelope):
            kept.append((envelope.rcpt_tos, envelope.content))
            return "250 kept"

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(Sink(), hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAIL_TRANSPORT = f"smtp://127.0.0.1:{port}"
    try:
        account.deliver(make_mail(reply_to="fremd@example.com", cc="viele@example.com"))
        fetch()
        outbox.deliver_waiting()
    finally:
        controller.stop()

    [(recipients, content)] = kept
    assert recipients == ["anna@example.net"]
    assert b"Auto-Submitted: auto-generated" in content
    account.deliver(content)
    fetch()
    assert IncomingMail.objects.get(outcome="auto_reply")
    assert Message.objects.filter(kind="arrival").count() == 1


@pytest.mark.once
@pytest.mark.parametrize("url", [
    "imap://a@mail.example.org", "imaps://mail.example.org", "imaps://a:geheim@mail.example.org", "https://a@mail.example.org",
    "imaps://a@mail.example.org/Gr%C3%BC%C3%9Fe", "imaps://a@mail.example.org/Lorbeer", "imaps://a@mail.example.org/a%22b",
])
def test_an_account_that_would_tell_the_password_or_names_nothing_is_refused(settings, url):
    settings.IMAP_ACCOUNT = url
    with pytest.raises(ImproperlyConfigured):
        mailbox.checked_account(url)
    assert [one.id for one in checks.mail_account_is_named(None)] == ["lorbeer.E016"]


@pytest.mark.once
@pytest.mark.parametrize("begins_with_tls", [True, False])
def test_the_password_goes_to_a_server_with_a_valid_certificate_only(call, account, settings, monkeypatch, begins_with_tls):
    settings.IMAP_ACCOUNT = account.tls_url if begins_with_tls else account.url.replace("127.0.0.1", "localhost") + "?tls=yes"
    account.deliver(make_mail())

    with translation.override("en"), pytest.raises(Refused, match="certificate verify failed"):
        call_command("mail_fetch", stdout=io.StringIO())
    assert len(account.uids()) == 1
    monkeypatch.setenv("SSL_CERT_FILE", str(account.server.certificate))
    assert fetch()[0][-1] == "1 new, 0 waiting"


@pytest.mark.once
def test_the_account_speaks_tls_by_default(settings):
    account = mailbox.checked_account("imaps://buero%40example.org@mail.example.org")

    assert account == mailbox.Account("mail.example.org", 993, "buero@example.org", "INBOX", "tls")
    assert mailbox.checked_account("imap://a@mail.example.org/Eingang?tls=yes").security == "starttls"


@pytest.mark.once
def test_a_wrong_password_is_a_sentence_and_changes_nothing(call, account, settings, tmp_path):
    account.deliver(make_mail())
    (tmp_path / "imap-password").write_text("falsch")

    with translation.override("en"), pytest.raises(Refused, match="does not answer as it should"):
        call_command("mail_fetch", stdout=io.StringIO())
    assert MailFetch.objects.get().error
    (tmp_path / "imap-password").unlink()
    with pytest.raises(ImproperlyConfigured, match="LORBEER_IMAP_PASSWORD_FILE"):
        call_command("mail_fetch")


# --- one at a time, and a dead one stops nobody -----------------------------------------------------------------------

SLOW = """
import sys, time
from pathlib import Path
import django
django.setup()
from lorbeer.intake import mailbox, services
from lorbeer.intake.services import fetching

real = fetching.take_in
def take_in(*words, **facts):
    taken = real(*words, **facts)
    print("taken", flush=True)
    time.sleep(120)
    return taken
fetching.take_in = take_in
services.fetch_mails(mailbox.Folder(Path(sys.argv[1])))
"""


@pytest.fixture
def elsewhere(tmp_path, empty_database):
    """A folder with mails, and an installation of its own with a call: its environment."""
    folder, var = tmp_path / "mails", tmp_path / "var"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.eml").write_bytes(make_mail(f"Nr. {number}", message_id=f"<{number}@example.net>"))
    environment = os.environ | {"LORBEER_VAR": str(var), "LORBEER_TESTING": "yes", "DJANGO_SETTINGS_MODULE": "lorbeer.settings"}
    environment.pop("LORBEER_DATABASE", None)
    var.mkdir()
    shutil.copy(empty_database[0], var / "lorbeer.sqlite3")
    make = "import django; django.setup(); from lorbeer.intake.tests.factories import make_call; make_call(is_public=True)"
    subprocess.run([sys.executable, "-c", make], env=environment, check=True, capture_output=True)
    return folder, environment


def lorbeer(*words, env):
    return subprocess.run([sys.executable, "-m", "lorbeer", *words], env=env, capture_output=True, text=True, check=False)


@pytest.mark.once
def test_after_a_kill_the_next_fetch_begins_at_once_and_takes_in_the_rest(elsewhere):
    folder, environment = elsewhere
    slow = subprocess.Popen([sys.executable, "-c", SLOW, str(folder)], env=environment, stdout=subprocess.PIPE, text=True)
    try:
        assert slow.stdout.readline() == "taken\n"

        refused = lorbeer("mail", "fetch", "--folder", str(folder), env=environment)
        slow.send_signal(signal.SIGKILL)
        slow.wait()
        started = time.monotonic()
        done = lorbeer("mail", "fetch", "--folder", str(folder), env=environment)
        seconds = time.monotonic() - started
    finally:
        slow.kill()
        slow.stdout.close()
        slow.wait()

    assert refused.returncode == 1, refused.stdout
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "2 new, 0 waiting"), done.stderr
    assert seconds < 60


@pytest.mark.once
def test_a_fetch_on_another_machine_has_its_lease_and_is_not_taken_for_dead(call, tmp_path):
    (tmp_path / "eins.eml").write_bytes(make_mail())
    other = MailFetch.objects.create(key=MailFetch.RUNNING, place="other:1:2", lease_until=clock.machine_now() + timedelta(seconds=30))
    assert fetch("--folder", str(tmp_path)) == ([], 1)

    with leases.alone_here("mail-fetch") as here:
        pass
    MailFetch.objects.filter(pk=other.pk).update(place=here)
    assert fetch("--folder", str(tmp_path))[1] == 0


@pytest.mark.once
def test_who_is_alive_here_keeps_its_turn_even_without_a_lease(call, tmp_path):
    (tmp_path / "eins.eml").write_bytes(make_mail())
    with leases.alone_here("mail-fetch") as here:
        MailFetch.objects.create(key=MailFetch.RUNNING, place=here, lease_until=clock.machine_now() - timedelta(hours=1))
        assert fetch("--folder", str(tmp_path)) == ([], 1)
    assert fetch("--folder", str(tmp_path))[1] == 0


@pytest.mark.once
@pytest.mark.django_db(transaction=True)
def test_the_lease_is_renewed_while_one_mail_takes_long(tmp_path, monkeypatch):
    make_call(is_public=True)
    (tmp_path / "eins.eml").write_bytes(make_mail())
    monkeypatch.setattr(fetching, "LEASE", timedelta(seconds=0.4))
    take_in, seen = fetching.take_in, []

    def slow(raw, **facts):
        first = MailFetch.objects.get().lease_until
        deadline = time.monotonic() + 20
        while MailFetch.objects.get().lease_until <= first and time.monotonic() < deadline:
            time.sleep(0.05)
        seen.append(MailFetch.objects.get().lease_until > first)
        return take_in(raw, **facts)

    monkeypatch.setattr(fetching, "take_in", slow)
    assert fetch("--folder", str(tmp_path))[1] == 0
    assert seen == [True]


def test_a_folder_that_is_not_there_is_no_broken_fetch(tmp_path):
    with pytest.raises(BadInput):
        call_command("mail_fetch", folder=tmp_path / "none")

    assert not MailFetch.objects.exists()


# --- mails that name nobody -------------------------------------------------------------------------------------------

NOBODY = b"Date: Mon, 02 Oct 2017 11:00:00 +0200\r\n\r\n"


def folder_with(tmp_path, *mails):
    for number, data in enumerate(mails):
        (tmp_path / f"{number}.eml").write_bytes(data)
    return "--folder", str(tmp_path)


@pytest.mark.once
def test_a_mail_that_names_nobody_is_told_once_and_an_operator_says_for_which_competition_it_is(call, tmp_path):
    other = make_call(is_public=True)
    words = folder_with(tmp_path, NOBODY)
    lines, code = fetch(*words)
    assert (code, lines[-1], "0.eml waits" in lines[0]) == (1, "0 new, 1 waiting", True)

    for _again in range(3):
        assert fetch(*words) == (["0 new, 1 waiting"], 0)
    row = WaitingMail.objects.get()
    operator, client = make_person(is_operator=True), Client()
    client.force_login(operator)
    assert "1 E-Mail ohne Wettbewerb" in client.get(reverse("desk_list")).content.decode()
    page = client.get(reverse("waiting_mail_list")).content.decode()
    assert row.sha256 in page
    assert f'value="{other.code}"' in page

    client.post(reverse("waiting_mail_decide", args=[row.code]), {"competition": other.code})
    lines, code = fetch(*words)

    assert (code, lines[-1]) == (0, "1 new, 0 waiting")
    assert Arrival.objects.get().competition == other
    assert not WaitingMail.objects.exists()
    assert fetch(*words) == (["0.eml: known already as arrival "
                              f"{Arrival.objects.get().number} in {other.code}", "0 new, 0 waiting"], 0)


@pytest.mark.once
def test_a_mail_for_nobody_is_put_aside_and_one_that_is_gone_waits_no_more(call, account):
    make_call(is_public=True)
    account.deliver(NOBODY, NOBODY.replace(b"11:00", b"12:00"))
    assert fetch()[0][-1] == "0 new, 2 waiting"
    first, second = WaitingMail.objects.all()

    services.decide_waiting_mail(first, None, by=make_person(is_operator=True))
    assert fetch() == (["0 new, 1 waiting"], 0)
    assert (len(account.uids()), len(account.uids("Lorbeer")), Arrival.objects.count()) == (1, 1, 0)
    account.forget(account.uids()[0])
    assert fetch() == (["0 new, 0 waiting"], 0)
    assert not WaitingMail.objects.exists()
    with pytest.raises(Refused):
        services.decide_waiting_mail(second, call, by=make_person())


@pytest.mark.once
def test_what_waits_in_one_mailbox_is_not_forgotten_when_another_is_read(call, account, tmp_path):
    other = make_call(is_public=True)
    account.deliver(NOBODY)
    fetch()
    services.decide_waiting_mail(WaitingMail.objects.get(), other, by=make_person(is_operator=True))

    assert fetch(*folder_with(tmp_path)) == (["0 new, 0 waiting"], 0)

    assert WaitingMail.objects.get().competition == other
    assert fetch()[0][-1] == "1 new, 0 waiting"
    assert not WaitingMail.objects.exists()


@pytest.mark.once
def test_nobody_is_told_that_a_mail_will_be_taken_in_that_was_put_aside_already(call, account):
    make_call(is_public=True)
    account.deliver(NOBODY)
    fetch()
    row, client = WaitingMail.objects.get(), Client()
    client.force_login(make_person(is_operator=True))
    client.post(reverse("waiting_mail_decide", args=[row.code]))
    fetch()

    said = client.post(reverse("waiting_mail_decide", args=[row.code]), {"competition": call.code}, follow=True).content.decode()

    assert "liegt nicht mehr im Postfach" in said
    assert "nächste Abruf nimmt sie" not in said
    assert not WaitingMail.objects.exists()


@pytest.mark.once
def test_a_mail_put_aside_from_a_folder_still_lies_there_and_can_be_decided_anew(call, tmp_path):
    make_call(is_public=True)
    words, operator = folder_with(tmp_path, NOBODY), make_person(is_operator=True)
    fetch(*words)
    services.decide_waiting_mail(WaitingMail.objects.get(), None, by=operator)
    assert fetch(*words)[0] == ["0 new, 0 waiting"]

    services.decide_waiting_mail(WaitingMail.objects.get(), call, by=operator)

    assert fetch(*words)[0][-1] == "1 new, 0 waiting"


def test_many_mails_that_name_nobody_come_in_pages_and_are_found_by_their_words(call, tmp_path):
    make_call(is_public=True)
    fetch(*folder_with(tmp_path, *(f"From: a{number}@example.net\r\nSubject: Nummer {number}\r\n\r\n".encode() for number in range(30))))
    client = Client()
    client.force_login(make_person(is_operator=True))
    address = reverse("waiting_mail_list")

    first, second = (client.get(address, {"page": page}).content.decode() for page in (1, 2))
    assert (first.count("SHA-256"), second.count("SHA-256")) == (25, 5)
    assert "Weder ihre Adressen noch ein Bogen" in second
    found = client.get(address, {"q": "nummer a29@"}).content.decode()
    assert ("Nummer 29" in found, found.count("SHA-256")) == (True, 1)
    assert "Keine wartende E-Mail" in client.get(address, {"q": "Nixda"}).content.decode()


@pytest.mark.once
def test_a_mail_that_names_nobody_is_read_as_plain_text_and_told_from_those_with_the_same_subject(call, tmp_path):
    make_call(is_public=True)
    hostile = b"From: Anna <a@example.net>\r\nSubject: Bewerbung\r\n\r\nWir sind <script>alert(1)</script> aus M\xc3\xbchlheim.\r\n"
    long = b"From: Bert <b@example.net>\r\nSubject: Bewerbung\r\n\r\n" + b"Langtext " * 1000
    with_form = (b"From: Anna <a@example.net>\r\nSubject: Bewerbung\r\nMIME-Version: 1.0\r\nContent-Type: application/zip; "
                 b"name=\"../<b>Bogen.zip\"\r\n\r\nPK\r\n")
    fetch(*folder_with(tmp_path, hostile, long, with_form))
    client = Client()
    client.force_login(make_person(is_operator=True))

    page = client.get(reverse("waiting_mail_list")).content.decode()

    assert "Wir sind &lt;script&gt;alert(1)&lt;/script&gt; aus Mühlheim." in page
    assert "<script>alert" not in page
    assert " […]" in page
    assert page.count("Langtext") < 600
    assert "Angehängt: &lt;b&gt;Bogen.zip" in page
    titles = re.findall(r'l-panel__title"[^>]*>([^<]*)<', page)
    assert len(set(titles)) == len(titles) == 3
    assert sum("Bewerbung · Anna" in one for one in titles) == 2
    assert client.get(reverse("waiting_mail_list"), {"q": "Mühlheim"}).content.decode().count("SHA-256") == 1


@pytest.mark.once
def test_who_decides_on_a_mail_comes_back_to_the_same_page_of_the_same_search(call, tmp_path):
    make_call(is_public=True)
    fetch(*folder_with(tmp_path, NOBODY))
    client, row = Client(), WaitingMail.objects.get()
    client.force_login(make_person(is_operator=True))
    page = client.get(reverse("waiting_mail_list"), {"q": "", "page": 1}).content.decode()
    action = re.search(r'action="([^"]*/mails/[^"]+)"', page)[1].replace("&amp;", "&")

    assert client.post(action).headers["Location"] == f"{reverse('waiting_mail_list')}?q=&page=1#{row.code}"


def test_only_operators_see_mails_without_a_competition(call):
    client = Client()
    client.force_login(make_office(call))
    assert client.get(reverse("waiting_mail_list")).status_code == 404
    assert client.post(reverse("waiting_mail_decide", args=["X"]), {"competition": call.code}).status_code == 404


@pytest.mark.django_db
def test_the_page_of_waiting_mails_costs_the_same_queries_for_three_and_for_thirty(client):
    make_call(is_public=True)
    client.force_login(make_person(is_operator=True))

    def cost(many):
        WaitingMail.objects.bulk_create(
            WaitingMail(sha256=f"{number:064x}", sender="anna@example.net", subject="Ohne Namen", reason="…")
            for number in range(*many))
        with CaptureQueriesContext(connection) as asked:
            page = client.get(reverse("waiting_mail_list"))
        assert page.content.decode().count("Ohne Namen") >= min(many[1], 20)
        return len(asked)

    assert cost((0, 3)) == cost((3, 30))
