"""The web server of one machine: waitress with the worker inside. Behind a proxy others may stand: docs/operator.md.

waitress reads a whole request before it takes a thread, so that half-sent uploads block nobody.
"""

import contextlib
import errno
import fcntl
import gc
import hashlib
import json
import logging
import os
import resource
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.checks import ERROR, CheckMessage, run_checks
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from lorbeer.shared.errors import LorbeerError
from lorbeer.shared.processes import CannotRun, keep_running

CONNECTIONS = 1000
Say = Callable[[str], object]


class CannotServe(LorbeerError):  # noqa: N818
    """Something is wrong that must be mended before the server may start."""


@contextlib.contextmanager
def alone(name: str) -> Iterator[None]:
    """One process at a time inside the block, on this machine and this data folder."""
    with (Path(settings.VAR_DIR) / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def bind(address: str) -> socket.socket:
    """A socket for `host:port` (`[::1]:8000` for IPv6); CannotServe says what is wrong with it."""
    host, colon, port = address.rpartition(":")
    if not colon or not port.isdecimal() or int(port) > 65535:
        raise CannotServe(f"{address!r} is no address. Give host and port, such as 127.0.0.1:8000.")
    host = host.strip("[]") or "127.0.0.1"
    try:
        family, kind, protocol, _name, place = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)[0]
    except socket.gaierror:
        raise CannotServe(f"There is no machine named {host!r}. Use 127.0.0.1 (this machine) or 0.0.0.0 (everybody).") from None
    bound = socket.socket(family, kind, protocol)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(place)
        # Another program that listens here without having told so would be noticed only now.
        bound.listen(1024)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise CannotServe(
                f"{address} is in use by another program, perhaps by a Lorbeer that still runs. Stop that one, or take"
                f" another port: --address {host}:{int(port) + 1}"
            ) from None
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise CannotServe(f"The system does not let you use port {port}: take one above 1023.") from None
        raise CannotServe(f"{address} cannot be used: {error.strerror}.") from None
    return bound


def prepare_database(say: Say) -> None:
    """Make the tables where there are none; refuse where they are older or newer than the program."""
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    ours = {name for app, name in unknown if app in executor.loader.migrated_apps}
    if ours:
        raise CannotServe(
            f"The database is newer than this program (it knows {', '.join(sorted(ours))}). Update the program."
        )
    if not missing:
        return
    if executor.loader.applied_migrations:
        raise CannotServe(
            f"The database is older than this program: {len(missing)} migrations are missing."
            " Make a backup, then run `lorbeer migrate`."
        )
    say("Making the tables of the database …")
    call_command("migrate", verbosity=0, interactive=False)


def prepare_static_files(say: Say) -> None:
    """Collect, name by content and compress the static files, unless nothing has changed since the last time."""
    digest = hashlib.sha256(repr(settings.STORAGES["staticfiles"]).encode())
    for finder in get_finders():
        for path, storage in sorted(finder.list([]), key=lambda found: found[0]):
            facts = os.stat(storage.path(path))
            digest.update(json.dumps([path, facts.st_size, facts.st_mtime_ns]).encode())
    stamp = Path(settings.STATIC_ROOT) / ".collected"
    if stamp.exists() and stamp.read_text() == digest.hexdigest():
        return
    say("Collecting the static files …")
    call_command("collectstatic", verbosity=0, interactive=False)
    stamp.write_text(digest.hexdigest())


def prepare(say: Say) -> None:
    """Database, static files and system checks; CannotServe names every fault."""
    with alone("start"):
        prepare_database(say)
        prepare_static_files(say)
    found = [message for message in run_checks(databases=["default"]) if not message.is_silenced()]
    faults = [message for message in found if message.level >= ERROR]
    if faults:
        raise CannotServe("\n".join(map(in_words, faults)))
    for message in found:
        if str(message.id).startswith("lorbeer."):
            say(f"Warning: {in_words(message)}")


def in_words(message: CheckMessage) -> str:
    return f"{message.msg} {message.hint or ''}".strip()


def allow_many_connections() -> None:
    """Each connection is an open file; the usual limit of 1024 would be reached before ours."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * CONNECTIONS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


@contextlib.contextmanager
def rubbish_sought_rarely() -> Iterator[None]:
    """What is there when the server starts stays until it ends, and a request leaves little that refers to itself: at Python's usual
    rate, looking through all of it for such rubbish takes a tenth of the work and makes single requests wait."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
    try:
        yield
    finally:
        gc.unfreeze()                                                   # else libraries take what stays for a leak when they end


@contextlib.contextmanager
def working(workers: int) -> Iterator[None]:
    """Let `workers` threads send mails, run jobs and seal the log inside the block."""
    from lorbeer.shared.jobs import work_forever

    over = threading.Event()
    threads = [
        threading.Thread(target=work_forever, args=(over,), name=f"worker-{number}", daemon=True)
        for number in range(1, workers + 1)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(10)             # what is not done by then is daemonic, and its lease lets another do it


def channel_class() -> type:
    """waitress's channel; its refusal of too large a request is a page like all others, and its loop rests while it cannot write."""
    from django.template.loader import render_to_string
    from waitress.channel import HTTPChannel
    from waitress.task import ErrorTask

    page = render_to_string("errors/too_large.html", {"status": 413}).encode()

    class HouseErrorTask(ErrorTask):
        def execute(self) -> None:
            error = self.request.error
            if error.code == 413:
                error.to_response = lambda ident=None: (f"413 {error.reason}", [("Content-Type", "text/html; charset=utf-8")], page)
            super().execute()

    class Channel(HTTPChannel):
        error_task_class = HouseErrorTask

        def writable(self) -> bool:
            """While a request is answered, only what is much enough to be sent and what no thread is sending already.

            waitress's own asks for more, does nothing when it may, and asks again: with eight threads its loop went round ten thousand
            times a second, and each of them waited for it.
            """
            if self.will_close or self.close_when_flushed or not (self.total_outbufs_len and self.requests):
                return bool(super().writable())
            if self.total_outbufs_len < self.adj.send_bytes or not self.outbuf_lock.acquire(blocking=False):
                return False
            self.outbuf_lock.release()
            return True

    return Channel


def serve(
    address: str = "127.0.0.1:8000", *, threads: int = 8, workers: int = 1, processes: int = 1, say: Say = print
) -> None:
    """Serve until stopped (Ctrl-C, SIGTERM); raises CannotServe where something is wrong.

    Port 0 takes any free one. `say` gets a sentence for each step, last the address that answers. With several `processes` each has so
    many `threads`, and the first of them the `workers`.
    """
    logging.getLogger("waitress").setLevel(logging.WARNING)
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    bound = bind(address)
    try:
        prepare(say)
    except BaseException:
        bound.close()
        raise
    host, port = bound.getsockname()[:2]
    host = f"[{host}]" if ":" in host else host
    answers = f"Lorbeer answers on http://{'127.0.0.1' if host == '0.0.0.0' else host}:{port}  (Ctrl-C stops it)"  # noqa: S104
    if processes == 1:
        answer(bound, threads, workers, lambda: say(answers))
    else:                                                               # who comes before they are ready waits in the socket's queue
        first, other = partial(answer, bound, threads, workers), partial(answer, bound, threads, 0)
        try:
            keep_running([first, *[other] * (processes - 1)], lambda: say(answers))
        except CannotRun:
            raise CannotServe("No process got as far as answering: the lines above say why. Mend that, then start again.") from None


def answer(bound: socket.socket, threads: int, workers: int, begun: Callable[[], object] = lambda: None) -> None:
    """Answer what comes by `bound` until stopped; `begun` is called when everything is there."""
    from waitress import create_server

    try:
        from lorbeer.wsgi import application

        allow_many_connections()
        believed = {}
        if settings.TRUSTED_PROXY:
            headers = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
            believed = {"trusted_proxy": settings.TRUSTED_PROXY, "trusted_proxy_headers": headers}
        server = create_server(
            application, sockets=[bound], threads=threads, connection_limit=CONNECTIONS, asyncore_use_poll=True,
            clear_untrusted_proxy_headers=True, ident=None, channel_timeout=120,
            max_request_body_size=max(4 * settings.MAX_UPLOAD_MB, 100) * 1024 * 1024, **believed,
        )
        server.channel_class = channel_class()
    except BaseException:
        bound.close()
        raise
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with rubbish_sought_rarely(), working(workers):
        begun()
        try:
            server.run()
        finally:
            server.close()
