"""The server stays up under the simplest abuse: half-sent uploads, a kill, a full disk, a port in use, two starts at once."""

import contextlib
import gzip
import http.client
import io
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
from waitress import create_server

from lorbeer.shared.server import CannotServe, bind, channel_class

pytestmark = pytest.mark.once
PROJECT = Path(__file__).resolve().parent.parent


class Server:
    """A `lorbeer serve` of its own, with real sockets, in a process of its own."""

    own: dict[str, str] | None = None                                    # variables instead of those of a server on SQLite

    def __init__(self, var: Path, own: dict[str, str] | None = None) -> None:
        self.var, self.own = var, own
        self.start()

    def start(self, *words: str) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("LORBEER_")}
        environment = self.own or kept | {
            "PYTHONPATH": str(PROJECT / "src"), "LORBEER_VAR": str(self.var), "LORBEER_SECRET_KEY": "x" * 50}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "lorbeer", "serve", "--address", "127.0.0.1:0", *words],
            env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )
        said = []
        for line in self.process.stdout:
            said.append(line)
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                return
        raise AssertionError("The server did not start:\n" + "".join(said))

    def get(self, path: str, timeout: float = 10) -> http.client.HTTPResponse:
        return self.ask("GET", path, {"Accept-Encoding": "gzip"}, timeout=timeout)

    def ask(self, method: str, path: str, headers: dict, body: str | bytes | None = None, timeout: float = 30) -> http.client.HTTPResponse:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        answer.content = answer.read()
        connection.close()
        return answer

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        code = self.process.wait(30)
        self.process.stdout.close()
        return code


@pytest.fixture(scope="module")
def var(tmp_path_factory, empty_database):
    """A data folder that has been served before; a first start makes the tables, see below."""
    folder = tmp_path_factory.mktemp("served")
    shutil.copy(empty_database[0], folder / "lorbeer.sqlite3")
    return folder


@pytest.fixture(scope="module")
def running(var):
    server = Server(var)
    yield server
    if server.process.poll() is None:
        server.end()


@pytest.fixture
def server(running, var):
    """A server that runs: the one that the test before has left, else a new start."""
    if running.var != var and running.process.poll() is None:
        running.end()
    if running.process.poll() is not None:
        running.var = var
        running.start()
    return running


def test_forty_half_sent_uploads_block_nobody(server):
    head = b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: multipart/form-data; boundary=x\r\n"
    uploads = []
    try:
        for number in range(40):
            upload = socket.create_connection(("127.0.0.1", server.port), timeout=10)
            # Half of them stop within the head, half within the body.
            upload.sendall(head if number % 2 else head + b"Content-Length: 5000000\r\n\r\n--x\r\n" + b"a" * 100_000)
            uploads.append(upload)
        time.sleep(0.5)

        started = time.monotonic()
        answers = [server.get("/healthz").status for _ in range(5)]

        assert answers == [200] * 5
        assert time.monotonic() - started < 5
    finally:
        for upload in uploads:
            upload.close()
    assert server.get("/healthz").status == 200


def test_a_killed_server_starts_again_with_everything_that_was_committed(server):
    file = server.var / "lorbeer.sqlite3"
    # What the server acknowledges is committed first: a row written by another process stands for it.
    with sqlite3.connect(file, timeout=20) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS acknowledged (receipt TEXT)")
        connection.execute("INSERT INTO acknowledged VALUES ('A-1')")
    connection.close()

    assert server.end(signal.SIGKILL) == -signal.SIGKILL
    server.start()

    assert server.get("/readyz").status == 200
    connection = sqlite3.connect(file, timeout=20)
    assert connection.execute("SELECT receipt FROM acknowledged").fetchall() == [("A-1",)]
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.execute("DROP TABLE acknowledged")
    connection.close()


# A call that takes entries now, with three complete drafts; says who has which, and the session they are signed in with.
THREE_APPLICANTS = """
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "lorbeer.settings"
import django
django.setup()
from django.test import Client
from lorbeer.intake.tests.factories import COMPLETE, make_call, make_draft
from lorbeer.people.tests.factories import make_person
from lorbeer.shared import clock
mark = os.urandom(3).hex()                                              # the database has been here before
call = make_call(code=f"call-{mark}")
for number in range(3):
    person = make_person(email=f"person-{mark}-{number}@example.org")
    draft = make_draft(call, person, COMPLETE, at=clock.now())
    client = Client()
    client.force_login(person, backend="lorbeer.people.backends.AccountBackend")
    print("draft", call.code, draft.entry.code, client.cookies["sessionid"].value)
"""


def test_a_request_that_is_too_large_for_the_server_itself_gets_the_same_page(server):
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        line.sendall(b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900000000\r\n\r\n")
        said = b"".join(iter(lambda: line.recv(65536), b"")).decode()
    assert said.startswith("HTTP/1.1 413 ")
    assert "Das ist zu groß" in said
    assert 'class="l-header"' in said


def test_the_loop_of_the_server_rests_while_an_answer_is_written():
    turns, channels = Counter(), []

    class Counted(channel_class()):
        def writable(self):
            turns[phase] += 1
            channels[:] = [self]
            return super().writable()

    def turn_round(name):
        """Wake the loop, and leave it time to go round and round."""
        nonlocal phase
        phase = name
        server.pull_trigger()
        until = time.monotonic() + 20
        while not turns[name] and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(0.3)

    def application(environ, start_response):
        nonlocal phase
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"a little, "
        turn_round("less has been written than is sent at once")
        (channel,) = channels
        with channel.outbuf_lock:
            channel.total_outbufs_len += 50_000
            turn_round("another thread sends")
            channel.total_outbufs_len -= 50_000
        phase = "the rest"
        yield b"much" * 20_000

    phase = "before"
    server = create_server(application, host="127.0.0.1", port=0, threads=1, asyncore_use_poll=True, map={})
    server.channel_class = Counted
    threading.Thread(target=server.run, daemon=True).start()
    try:
        answer = urlopen(f"http://127.0.0.1:{server.effective_port}/", timeout=30).read()
    finally:
        server.close()

    assert answer == b"a little, " + b"much" * 20_000
    assert len(turns) >= 3
    assert max(turns.values()) < 20, turns                              # waitress's own: some ten thousand


# --- a full disk ------------------------------------------------------------------------------------------------------


@contextmanager
def small_disk(place: Path, kilobytes: int):
    """A disk of its own at `place`, with so little room. Only root can mount one; elsewhere the test is left out."""
    place.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("only root can mount a small disk here; test_full_disk.py asks the same without one")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def begun(server: Server) -> list[list[str]]:
    """Three complete drafts: [competition, code of the entry, session]."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("LORBEER_")}
    environment |= {"PYTHONPATH": str(PROJECT / "src"), "LORBEER_VAR": str(server.var), "LORBEER_SECRET_KEY": "x" * 50}
    said = subprocess.run([sys.executable, "-c", THREE_APPLICANTS], env=environment, capture_output=True, text=True, timeout=300)
    drafts = [line.split()[1:] for line in said.stdout.splitlines() if line.startswith("draft ")]
    assert len(drafts) == 3, said.stderr
    return drafts


def form_at(server: Server, address: str, session: str) -> tuple[list, dict]:
    """The hidden fields (name, value) of the form at `address`, and the headers with which it is sent."""
    page = server.ask("GET", address, {"Cookie": f"sessionid={session}"})
    assert page.status == 200
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.content.decode())
    cookie = re.search(r"csrftoken=([^;]+)", page.headers["Set-Cookie"])[1]
    return fields, {"Cookie": f"sessionid={session}; csrftoken={cookie}", "Origin": f"http://127.0.0.1:{server.port}"}


def multipart(fields: list, files: dict) -> tuple[bytes, str]:
    parts = [f'--grenze\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode() for name, value in fields]
    for name, (file, content) in files.items():
        head = f'--grenze\r\nContent-Disposition: form-data; name="{name}"; filename="{file}"\r\nContent-Type: application/pdf\r\n\r\n'
        parts.append(head.encode() + content + b"\r\n")
    return b"".join(parts) + b"--grenze--\r\n", "multipart/form-data; boundary=grenze"


def a_pdf(kilobytes: int) -> bytes:
    import pikepdf

    document, written = pikepdf.new(), io.BytesIO()
    document.add_blank_page()
    document.Root.Ballast = document.make_stream(os.urandom(kilobytes * 1024))
    document.save(written)
    return written.getvalue()


def test_an_upload_onto_a_full_disk_gets_a_sentence_and_the_rest_is_kept(server):
    competition, code, session = begun(server)[0]
    address = f"/{competition}/apply/{code}/sections/rest/"
    large, small = a_pdf(700), a_pdf(20)

    def send(content: bytes) -> http.client.HTTPResponse:
        fields, headers = form_at(server, address, session)
        body, kind = multipart([*fields, ("contact_email", "stadt@example.org"), ("amount", "4711"), ("_stay", "1")],
                               {"attachment": ("Anlage.pdf", content)})
        return server.ask("POST", address, headers | {"Content-Type": kind}, body)

    with small_disk(server.var / "files", 300):
        refused = send(large)
        page = refused.content.decode()
        assert refused.status == 422
        assert "weil auf dem Server kein Speicherplatz mehr frei ist" in page
        assert "stadt@example.org" in page
        assert "4711" in page
        left = [path for path in (server.var / "files").rglob("*") if path.is_file()]
        assert left == []                                               # not half a file
        assert server.ask("GET", address, {"Cookie": f"sessionid={session}"}).content.decode().count("4711") >= 1
        assert [server.get(place).status for place in ("/", "/readyz", f"/{competition}/")] == [200] * 3
        assert send(small).status == 302                                # what fits is taken
    connection = sqlite3.connect(server.var / "lorbeer.sqlite3", timeout=20)
    assert connection.execute("SELECT count(*) FROM shared_storedfile WHERE name = 'Anlage.pdf'").fetchone() == (1,)
    connection.close()


def test_a_full_disk_under_the_database_gives_no_receipt_and_everything_later(server, tmp_path):
    drafts = begun(server)
    server.end()
    place = tmp_path / "small"
    with small_disk(place, 400_000):
        server.var = shutil.copytree(server.var, place / "var")
        server.start("--workers", "none")
        competition, code, session = drafts[0]
        address = f"/{competition}/apply/{code}/submit/"
        fields, headers = form_at(server, address, session)
        body = urlencode(fields)
        headers |= {"Content-Type": "application/x-www-form-urlencoded"}
        with (place / "filler").open("wb", buffering=0) as filler, contextlib.suppress(OSError):
            while True:
                filler.write(b"x" * 4096)

        refused = server.ask("POST", address, headers, body)
        assert refused.status == 503
        assert "keinen Platz" in refused.content.decode()
        assert server.get("/healthz").status == 200
        assert server.ask("GET", f"/{competition}/apply/{code}/", {"Cookie": f"sessionid={session}"}).status == 200    # reading goes on

        (place / "filler").unlink()
        taken = server.ask("POST", address, headers, body)
        assert taken.status == 302
        assert server.end() == 0
        connection = sqlite3.connect(server.var / "lorbeer.sqlite3", timeout=20)
        receipts = connection.execute("SELECT receipt_number FROM intake_submission s JOIN entries_entry e ON e.id = s.entry_id"
                                      " WHERE e.code = ?", [code]).fetchall()
        connection.close()
        assert [taken.headers["Location"].rstrip("/").rsplit("/", 1)[1]] == [number for (number,) in receipts]


def test_the_server_stops_when_it_is_told_to(server):
    assert server.end(signal.SIGTERM) == 0


def test_static_files_are_named_by_content_compressed_and_kept_for_ever(server):
    page = server.get("/no-such-page/").content
    text = (gzip.decompress(page) if page[:2] == b"\x1f\x8b" else page).decode()
    address = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', text)[1]

    answer = server.get(address)

    assert answer.status == 200
    assert answer.headers["Content-Encoding"] == "gzip"
    assert "max-age=315360000" in answer.headers["Cache-Control"]
    assert "immutable" in answer.headers["Cache-Control"]


def test_a_port_in_use_is_named_with_what_to_do():
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(CannotServe, match=rf"127\.0\.0\.1:{port} is in use.*--address 127\.0\.0\.1:{port + 1}"):
            bind(f"127.0.0.1:{port}")


@pytest.mark.parametrize("address", ["8000", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000", "no-such-machine.invalid:80"])
def test_an_impossible_address_is_refused_with_a_sentence(address):
    with pytest.raises(CannotServe):
        bind(address)


def test_two_first_starts_at_once_make_one_database(tmp_path):
    first = Server.__new__(Server)
    second = Server.__new__(Server)
    first.var = second.var = tmp_path
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda one: one.start("--workers", "none"), [first, second]))
    try:
        assert [one.get("/readyz").status for one in (first, second)] == [200, 200]
    finally:
        assert [one.end() for one in (first, second)] == [0, 0]


def test_a_database_older_than_the_program_is_not_touched(server, tmp_path):
    server.end()
    server.var = shutil.copytree(server.var, tmp_path / "var")
    connection = sqlite3.connect(server.var / "lorbeer.sqlite3")
    connection.execute("DELETE FROM django_migrations WHERE app = 'website'")
    connection.commit()
    connection.close()

    with pytest.raises(AssertionError, match="older than this program.*lorbeer migrate"):
        server.start()
    server.process.wait(10)
    assert server.process.returncode == 1


def begun_by(pid: int) -> set[int]:
    return {int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def eventually(is_so: Callable[[], bool]) -> bool:
    until = time.monotonic() + 30
    while not is_so() and time.monotonic() < until:
        time.sleep(0.05)
    return is_so()


def test_several_processes_answer_one_that_ends_is_begun_anew_and_all_end_with_the_first(server):
    if server.process.poll() is None:
        server.end()
    server.start("--processes", "2")
    first = begun_by(server.process.pid)
    assert len(first) == 2
    assert {server.get("/healthz").status for _turn in range(10)} == {200}
    gone = min(first)
    os.kill(gone, signal.SIGKILL)
    assert eventually(lambda: len(begun_by(server.process.pid) - first) == 1)
    assert {server.get("/healthz").status for _turn in range(10)} == {200}
    running = begun_by(server.process.pid)
    assert running & first == first - {gone}
    server.end(signal.SIGKILL)
    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in running))
    server.start("--processes", "2")
    assert server.get("/healthz").status == 200
    assert server.end() == 0
