"""The last hour of bench/rush.py in pretalx, a program that takes proposals for conferences: what one submission costs there.

    python bench/rush_peer.py PYTHON --beside [--rounds 3] [--people 60] [--postgresql] [--new-accounts]
    python bench/rush_peer.py PYTHON [--at-once 1 4] [--people 60] [--postgresql] [--new-accounts] [--processes 1]

PYTHON is the peer's own interpreter, in an environment without Lorbeer; this program runs in Lorbeer's, as rush.py does. Make it
from the very Python that Lorbeer's came from: another build of the same version took 1.3 times as much CPU. The first line says both.

    /usr/bin/python3.11 -m venv PLACE
    PLACE/bin/pip install "pretalx==2025.2.*" gunicorn waitress "psycopg[binary]"
    cd PLACE/lib/python3.11/site-packages/pretalx && PLACE/bin/python -m django compilemessages

`--beside`: one applicant there, one in Lorbeer on SQLite, and so on, and the ratio; whatever else the machine does, it does to both.
Each goes through pretalx's wizard: start, proposal, questions with a file of the same size, profile, list of own proposals; eight
requests, or ten where the account is made on the way (`--new-accounts`). Title, abstract and the six questions are those of rush.py's
form, nothing else is asked (`--own-fields`: all that pretalx asks unless told otherwise).
It runs as its documentation has it in production: DEBUG off, templates cached, static files collected, sessions in the database,
neither Redis nor Celery, so it mails before it answers; behind gunicorn with as many threads as rush.py's server, which keeps
connections (`--server gunicorn-sync`: the documentation's worker, which closes them). Mails go to a post office in this program, whose
CPU does not count. Both are warmed by eight submissions. At the end it is counted what the peer keeps: submissions, answers, files.
"""

import argparse
import json
import os
import platform
import re
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import rush as lorbeer
from applicant import PASSWORD, TEXT, Applicant, prepare
from rush import NEW_DATABASE, Rush, cpu_of, exact_cpu_of, pace, postgresql

WARMING = 8                                                             # submissions before: what is imported or compiled once
# By the peer's interpreter: an organiser, an event that takes proposals, its questions; the sessions of people who are signed in.
FILL = """
import datetime, json, sys
import django
django.setup()
from django.conf import settings
from django.test import Client
from django.utils.timezone import now
from django_scopes import scope, scopes_disabled
from pretalx.event.models import Event
from pretalx.event.utils import create_organiser_with_team
from pretalx.person.models import User
from pretalx.submission.models import Question
people, own_fields, language = int(sys.argv[1]), sys.argv[2] == "True", sys.argv[3]
office = User.objects.create_superuser(email="office@peer.test", name="Office", password="ein langes Kennwort fuer alle 7")
organiser, team = create_organiser_with_team(name="Eile", slug="eile-org", users=[office])
with scopes_disabled():
    event = Event.objects.create(name="Eile", slug="eile", organiser=organiser, is_public=True, email="office@peer.test",
        date_from=now().date() + datetime.timedelta(60), date_to=now().date() + datetime.timedelta(61), timezone="Europe/Berlin",
        locale_array=language, locale=language, content_locale_array=language)
with scope(event=event):
    event.build_initial_data()
    team.limit_events.add(event)
    event.cfp.deadline = now() + datetime.timedelta(1)
    if not own_fields:
        for name in event.cfp.fields:
            event.cfp.fields[name]["visibility"] = "required" if name in ("title", "abstract") else "do_not_ask"
        event.cfp.fields["abstract"]["max_length"] = 200
    event.cfp.save()
    numbers = {}
    for position, (name, variant, title, required) in enumerate((
            ("applicant", "string", "Wer bewirbt sich?", True), ("agreed", "boolean", "Gibt es eine Vereinbarung?", False),
            ("partner_name", "string", "Mit wem?", False), ("amount", "number", "Beantragt in Euro", False),
            ("attachment", "file", "Anlage", False), ("contact_email", "string", "E-Mail", False))):
        numbers[name] = Question.objects.create(event=event, target="submission", variant=variant, question=title, position=position,
            question_required="required" if required else "optional").pk
sessions = []
for number in range(people):
    person = User.objects.create_user(email=f"person-{number}@peer.test", name=f"Person {number}", password=None, locale=language)
    client = Client()
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    sessions.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
print(json.dumps({"sessions": sessions, "questions": numbers}))
"""
LOOP = """
import json, platform, time
def loop():
    started, total = time.process_time(), 0
    for number in range(5_000_000):
        total += number * number
    return time.process_time() - started
print(json.dumps([platform.python_version(), round(1000 * loop())]))
"""
COUNT = """
import json
import django
django.setup()
from django_scopes import scopes_disabled
from pretalx.person.models import User
from pretalx.submission.models import Answer, Submission
with scopes_disabled():
    kept = Submission.objects.filter(state="submitted", title="Gemeinsam", speakers__isnull=False)
    answers = Answer.objects.filter(submission__in=kept)
    files = [answer.answer_file for answer in answers.exclude(answer_file="").exclude(answer_file=None)]
    print(json.dumps({"submissions": kept.count(), "their answers": answers.count(), "their files": len(files),
                      "kB of files": sum(file.size for file in files) // 1000, "accounts": User.objects.count()}))
"""


class Proposer(Applicant):
    """An applicant in the peer: `session` of somebody signed in, or `email` of somebody who makes an account on the way."""

    COOKIE = "pretalx_session"
    questions: dict[str, int] = {}
    language = "en"

    def __init__(self, *facts, email: str = "", **more) -> None:
        super().__init__(*facts, **more)
        self.email = email

    def send(self, name: str, path: str, page: str, fields: dict[str, str], file: tuple[str, bytes] | None = None,
             only: str = "") -> tuple[int, str, str]:
        token = re.search(r'name="?csrfmiddlewaretoken"?[^>]*value="?([^"\s>]+)|value="?([^"\s>]+)"?[^>]*name="?csrfmiddlewaretoken', page)
        hidden = f'<input type="hidden" name="csrfmiddlewaretoken" value="{token[1] or token[2]}">'
        return super().send(name, path, hidden, fields, file, only)

    def apply(self) -> str:
        """The whole way; "" or what went wrong."""
        status, place, _text = self.ask("start", "GET", "/eile/submit/")
        if status != 302:
            return f"start {status}"
        steps = {
            "info": ({"title": "Gemeinsam", "abstract": TEXT[:150], "content_locale": self.language}, None),
            "questions": ({f"question_{self.questions[name]}": value for name, value in (
                ("applicant", "Stadt Beispiel"), ("partner_name", ""), ("amount", "25000"), ("contact_email", ""))},
                (f"question_{self.questions['attachment']}", self.attachment)),
            "user": ({"register_name": "Muster Beispiel", "register_email": self.email, "register_password": PASSWORD,
                      "register_password_repeat": PASSWORD}, None),
            "profile": ({"name": "Muster Beispiel", "biography": "Ein Verein."}, None)}
        if not self.email:
            del steps["user"]
        for step, (fields, file) in steps.items():
            if f"/{step}/" not in place:
                return f"{step} is not next but {re.sub('submit/[^/]+', '', place)}"
            status, _place, page = self.ask(f"{step}: page", "GET", place)
            if status != 200:
                return f"{step}: page {status}"
            status, place, _text = self.send(step, place, page, fields, file)
            if status != 302:
                return f"{step} {status}"
        status, _place, text = self.ask("own proposals", "GET", place)
        return "" if status == 200 and "Gemeinsam" in text else f"own proposals {status}"


class PeerRush(Rush):
    """All that pretalx's applicants do is comparable."""

    comparable = ()

    def _apply(self, person: str) -> tuple[Applicant, str]:
        facts = {"email": person} if "@" in person else {"session": person}
        applicant = Proposer(self.port, self.attachment, meter=self.meter, pause=self.pause, **facts)
        return applicant, applicant.apply()


class PostOffice(socketserver.ThreadingTCPServer):
    """Takes every mail and keeps their number."""

    daemon_threads, allow_reuse_address, taken = True, True, 0

    class Counter(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.wfile.write(b"220 post office\r\n")
            is_text = False
            for line in self.rfile:
                word = line[:4].upper().strip()
                if is_text and line != b".\r\n":
                    continue
                if is_text:
                    self.server.taken += 1
                answer = b"354 go on\r\n" if word == b"DATA" and not is_text else b"221 bye\r\n" if word == b"QUIT" else b"250 ok\r\n"
                is_text = answer.startswith(b"354")
                self.wfile.write(answer)


def free_port() -> int:
    with socket.socket() as line:
        line.bind(("127.0.0.1", 0))
        return line.getsockname()[1]


def installation(stack: ExitStack, peer: str, on_postgresql: bool, mail_port: int) -> tuple[dict[str, str], int]:
    """The environment of the peer in a temporary folder, its database migrated and empty, and the port that it has to serve."""
    folder, port = stack.enter_context(tempfile.TemporaryDirectory()), free_port()
    static = Path(peer).parent.parent / "static-collected"              # packed once: a minute, and no part of a submission
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("LORBEER_", "PRETALX_", "PYTHON"))} | {
        "DJANGO_SETTINGS_MODULE": "pretalx.settings", "PRETALX_NO_INITIAL_LOG": "yes", "PRETALX_DATA_DIR": folder,
        "PRETALX_DEBUG": "False", "PRETALX_SITE_URL": f"http://127.0.0.1:{port}", "PRETALX_FILESYSTEM_STATIC": str(static),
        "PRETALX_MAIL_HOST": "127.0.0.1", "PRETALX_MAIL_PORT": str(mail_port), "PRETALX_MAIL_FROM": "office@peer.test"}
    if on_postgresql:
        database = postgresql(stack)
        subprocess.run([sys.executable, "-c", NEW_DATABASE, database], check=True)
        environment |= {"PRETALX_DB_TYPE": "postgresql", "PRETALX_DB_NAME": "lorbeer", "PRETALX_DB_USER": "postgres",
                        "PRETALX_DB_HOST": unquote(parse_qs(urlsplit(database).query)["host"][0])}
    words = [["migrate", "--verbosity", "0"]] + ([] if (static / "staticfiles.json").exists() else
                                                 [["collectstatic", "--noinput", "--verbosity", "0"]])
    for one in words:
        subprocess.run([peer, "-m", "pretalx", *one], env=environment, check=True, stdout=subprocess.DEVNULL)
    return environment, port


def asked_of(peer: str, environment: dict[str, str], code: str, *words: str) -> dict:
    done = subprocess.run([peer, "-c", code, *words], env=environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def serving(peer: str, environment: dict[str, str], port: int, server: str, processes: int, threads: int) -> Iterator[subprocess.Popen]:
    """The peer's server, stopped afterwards."""
    address = f"127.0.0.1:{port}"
    command = {
        "gunicorn": ["gunicorn", "--bind", address, "--workers", str(processes), "--worker-class", "gthread", "--threads", str(threads),
                     "--keep-alive", "75"],
        "gunicorn-sync": ["gunicorn", "--bind", address, "--workers", str(processes)],
        "waitress": ["waitress", "--listen", address, "--threads", str(threads)],
    }[server]
    with open(Path(environment["PRETALX_DATA_DIR"]) / "server.log", "w") as log:
        process = subprocess.Popen([peer, "-m", *command, "pretalx.wsgi:application"], env=environment, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 120
            while time.monotonic() < until and process.poll() is None:
                with suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                time.sleep(.2)
            yield process
        finally:
            process.terminate()
            process.wait(30)


def beside(stack: ExitStack, peers: PeerRush, rounds: list[list[str]], is_new: bool) -> None:
    """One applicant to the peer, one to Lorbeer (SQLite), and so on: whatever else the machine does, it does it to both."""
    environment = lorbeer.installation(stack, False)
    sessions = prepare(environment, WARMING + sum(map(len, rounds)))
    server, port = stack.enter_context(lorbeer.serving(environment, "--processes", "1", "--threads", "8"))
    mails = Path(environment["LORBEER_VAR"]) / "mail"
    both = [peers, ours := Rush(port, server.pid, mails, is_new, peers.pause)]
    if is_new:
        ours.comparable = (*ours.comparable, "sign up: page", "sign up", "confirm: page", "confirm")

    def at_lorbeer(person: str) -> tuple[Applicant, str]:
        applicant = Applicant(port, ours.attachment, "" if is_new else person, ours.meter, ours.pause)
        return applicant, (applicant.sign_up(person, mails) if is_new else "") or applicant.apply()

    warming, waiting = sessions[:WARMING], sessions[WARMING:]
    for session in warming:
        Applicant(port, ours.attachment, session).apply()
    for one in both:
        one.meter = partial(exact_cpu_of, one.server)
    for people in rounds:
        ways, counted = [peers._apply, at_lorbeer], [[], []]
        before, database = [cpu_of(one.server)[0] for one in both], cpu_of(peers.server)[1]
        for person in people:
            for way, who, taken in zip(ways, (person, person if is_new else waiting.pop()), counted, strict=True):
                applicant, fault = way(who)
                if fault:
                    raise SystemExit(fault)
                applicant.line.close()
                taken += applicant.counted
        time.sleep(2)                                                   # mails and seals that follow
        used = [1000 * (cpu_of(one.server)[0] - first) / len(people) for one, first in zip(both, before, strict=True)]
        database = 1000 * (cpu_of(peers.server)[1] - database) / len(people)
        print(f"{len(people)} submissions in turn, load average {os.getloadavg()[0]:.1f}; pretalx "
              f"(and {database:.0f} in PostgreSQL), then Lorbeer on SQLite:")
        figures = [one.each(taken, spent) for one, taken, spent in zip(both, counted, used, strict=True)]
        words = ("the comparable requests", "all requests", "with mails, seals and processes for files")
        print("      ratio: " + ", ".join(f"{word} {theirs:.0f} : {our:.0f} = {theirs / our:.2f}"
                                          for word, theirs, our in zip(words, *figures, strict=True)), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("peer", help="the interpreter that has pretalx")
    parser.add_argument("--people", type=int, default=60, help="for each number at once")
    parser.add_argument("--at-once", type=int, nargs="+", help="unless --beside, 1 and 4")
    parser.add_argument("--processes", type=int, default=1, help="of the server")
    parser.add_argument("--threads", type=int, default=8, help="of each of them")
    parser.add_argument("--pause", type=float, default=0, help="seconds before each request of a person")
    parser.add_argument("--server", choices=("gunicorn", "gunicorn-sync", "waitress"), default="gunicorn")
    parser.add_argument("--postgresql", action="store_true")
    parser.add_argument("--new-accounts", action="store_true")
    parser.add_argument("--beside", action="store_true", help="people of one in turn with those of Lorbeer, and the ratio")
    parser.add_argument("--rounds", type=int, default=3, help="of --beside")
    parser.add_argument("--own-fields", action="store_true", help="ask all that pretalx asks of itself")
    parser.add_argument("--language", default="en", help="of the event and its applicants, such as de")
    asked = parser.parse_args()
    with ExitStack() as stack, PostOffice(("127.0.0.1", 0), PostOffice.Counter) as office:
        threading.Thread(target=office.serve_forever, daemon=True).start()
        stack.callback(office.shutdown)
        environment, port = installation(stack, asked.peer, asked.postgresql, office.server_address[1])
        rounds, several = asked.rounds * asked.beside, asked.at_once or ([] if asked.beside else [1, 4])
        wanted = WARMING + asked.people * (rounds + len(several))
        prepared = asked_of(asked.peer, environment, FILL, str(WARMING if asked.new_accounts else wanted), str(asked.own_fields),
                            asked.language)
        Proposer.questions, Proposer.language = prepared["questions"], asked.language
        people = prepared["sessions"] + ([f"neu-{number}@peer.test" for number in range(wanted)] if asked.new_accounts else [])
        server = stack.enter_context(serving(asked.peer, environment, port, asked.server, asked.processes, asked.threads))
        rush = PeerRush(port, server.pid, Path(), False, asked.pause)
        for number in range(WARMING):
            applicant = Proposer(port, rush.attachment, people[number])
            if fault := applicant.apply():
                raise SystemExit(f"{fault}\n{(Path(environment['PRETALX_DATA_DIR']) / 'server.log').read_text()[-3000:]}")
            applicant.line.close()
        version, loop = asked_of(asked.peer, environment, LOOP)
        print(f"pretalx on {'postgresql' if asked.postgresql else 'sqlite'}, {asked.server}, {asked.processes} processes, load average "
              f"{os.getloadavg()[0]:.1f}; {pace()}; Python {platform.python_version()}, and the peer's {version} with {loop} ms", flush=True)
        shares = [people[begin: begin + asked.people] for begin in range(WARMING, wanted, asked.people)]
        if asked.beside:
            beside(stack, rush, shares[:rounds], asked.new_accounts)
        for at_once, some in zip(several, shares[rounds:], strict=True):
            rush.run(some, at_once)
        log = (Path(environment["PRETALX_DATA_DIR"]) / "server.log").read_text()
        if faults := Counter(re.findall(r"^[\w.]+(?:Error|Exception): .*$", log, re.MULTILINE)):
            print(f"      in the server's log: {dict(faults.most_common(3))}")
        print(f"      kept, {WARMING} before included: {asked_of(asked.peer, environment, COUNT)}, mails {office.taken}")


if __name__ == "__main__":
    main()
