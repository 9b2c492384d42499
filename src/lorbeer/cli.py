"""The command line: `lorbeer serve`, `lorbeer competition import DIR`, `lorbeer audit verify`, …

A command of two words is the management command whose name joins them with an underscore. Django's own commands
answer too (`lorbeer migrate`); `lorbeer django --help` lists them.
"""

import argparse
import contextlib
import difflib
import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.core.management.base import BaseCommand, CommandParser

USAGE = 2
INTERRUPTED = 130
STAYING = {"demo", "serve", "work"}                             # what these write is for other people, in their languages
NO_TABLE = ("no such table", "no such column", "UndefinedTable", "UndefinedColumn", "does not exist")
DJANGO_OPTIONS = {"--version", "-v", "--verbosity", "--settings", "--pythonpath", "--traceback", "--no-color", "--force-color",
                  "--skip-checks"}
INTRODUCTION = """\
Lorbeer runs a public competition from the call to the printed book.

Usage: lorbeer VERB [ARGUMENTS]     (lorbeer VERB --help explains one)
"""


def main(argv: list[str] | None = None) -> int:
    """Run one command; return its exit code (0 done, 1 failed with a sentence, 2 wrong usage, 130 interrupted)."""
    os.umask(0o077)                                             # sessions, votes, mails: for the eyes of this account alone
    words = list(sys.argv[1:] if argv is None else argv)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lorbeer.settings")
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management.base import CommandError
    from django.db import DatabaseError

    from lorbeer.shared.errors import BadInput, LorbeerError

    try:
        return run(words)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:                                     # lorbeer … | head
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except BadInput as error:
        return fail(*error.faults)
    except LorbeerError as error:
        return fail(str(error))
    except CommandError as error:
        return fail(str(error), code=error.returncode)
    except ImproperlyConfigured as error:
        return fail(str(error))
    except DatabaseError as error:
        sentence = explain(error)
        if sentence is None:
            raise
        return fail(sentence)


def fail(*sentences: str, code: int = 1) -> int:
    """Say on stderr what happened, a line each."""
    sys.stderr.write("".join(f"{sentence}\n" for sentence in sentences))
    return code


def run(words: list[str]) -> int:
    """Find the command that `words` begin with and run it."""
    if words[:1] == ["demo"] and not {"-h", "--help"} & set(words):
        enter_demo(address_in(words))
    elif not words or words[0] in {"-h", "--help", "help"} or {"-h", "--help"} & set(words):
        # Help must not depend on a configuration.
        os.environ.setdefault("LORBEER_SECRET_KEY", "only-to-show-help")
        if words[:1] == ["demo"]:
            os.environ["LORBEER_DEMO"] = "yes"
    elif words[0] in {"-V", "--version"}:
        sys.stdout.write(f"Lorbeer {installed_version()}\n")
        return 0
    from django.conf import settings
    from django.core.exceptions import ImproperlyConfigured
    from django.core.management import ManagementUtility, load_command_class

    try:
        _ = settings.INSTALLED_APPS
    except PermissionError as error:
        return fail(f"{error.filename} cannot be written. Set LORBEER_VAR to a folder that belongs to you.")
    except ImproperlyConfigured as error:
        # Nor what is mistyped: that there is no such command can be said of any configuration.
        os.environ.setdefault("LORBEER_SECRET_KEY", "only-to-name-commands")
        known, own = commands()
        if words[0] in {*known, "django", "demo"} or "_".join(words[:2]) in own:
            raise error
        return fail(unknown(words, own), code=USAGE)
    known, own = commands()
    if not words or words[0] in {"-h", "--help", "help"}:
        sys.stdout.write(overview(own))
        return 0 if words else USAGE
    if words[0] == "django":
        ManagementUtility(["lorbeer django", *words[1:]]).execute()
        return 0
    joined = "_".join(words[:2])
    if len(words) > 1 and joined in own:
        name, shown, rest = joined, " ".join(words[:2]), words[2:]
    elif words[0] in known:
        name, shown, rest = words[0], words[0].replace("_", " ", 1) if words[0] in own else words[0], words[1:]
    elif {"-h", "--help"} & set(words[1:2]) and (begun := {one: app for one, app in own.items() if one.split("_")[0] == words[0]}):
        sys.stdout.write("\n".join([*verbs(begun), "", f"Each of them tells more: lorbeer {words[0]} … --help", ""]))
        return 0
    else:
        return fail(unknown(words, own), code=USAGE)
    app = known[name]
    command = load_command_class(app, name) if isinstance(app, str) else app
    if name in own:
        hide_django_options(command)
    # With --traceback Django hands errors on instead of printing them; whoever gives it wants to see Python's.
    traceback = [] if "--traceback" in rest or rest[:1] == ["--"] else ["--traceback"]
    from django.utils import translation

    # The command line speaks English like its help; letters and documents name their language themselves.
    speaking = contextlib.nullcontext() if name in STAYING else translation.override("en")
    try:
        with speaking:
            command.run_from_argv(["lorbeer", shown, *traceback, *rest])
    except Exception:
        if traceback:
            raise
        import traceback as tracebacks

        tracebacks.print_exc()
        return 1
    return 0


def commands() -> tuple[dict[str, Any], dict[str, Any]]:
    """All commands by name, and those of them that are Lorbeer's own."""
    import django
    from django.core.management import get_commands

    from lorbeer.shared.catalogues import compile_catalogues

    compile_catalogues()
    django.setup()
    known = get_commands()
    return known, {name: app for name, app in known.items() if str(app).startswith("lorbeer.")}


def installed_version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("lorbeer")
    except PackageNotFoundError:
        import lorbeer

        return lorbeer.__version__


def hide_django_options(command: "BaseCommand") -> None:
    """They work, but the help of a verb shows what is its own."""
    make = command.create_parser

    def create_parser(*words: str, **facts: Any) -> "CommandParser":
        parser = make(*words, **facts)
        for action in parser._actions:
            if DJANGO_OPTIONS.intersection(action.option_strings):
                action.help = argparse.SUPPRESS
        return parser

    command.create_parser = create_parser                       # type: ignore[method-assign]


def shown_name(name: str) -> str:
    """`competition_import` is typed `competition import`."""
    return name.replace("_", " ", 1)


def overview(own: dict) -> str:
    """Every verb of Lorbeer with its first sentence."""
    lines = verbs(own, migrate="Bring the database to the version of the program")
    return "\n".join([INTRODUCTION, *lines, "", "Django's own commands: lorbeer django --help", ""])


def verbs(own: dict, **more: str) -> list[str]:
    """These commands with their first sentences, a line each."""
    from django.core.management import load_command_class

    rows = dict(more)
    for name, app in own.items():
        command = load_command_class(app, name) if isinstance(app, str) else app
        first = " ".join(str(command.help).split())
        rows[shown_name(name)] = first.split(". ")[0].rstrip(".")
    width = max(map(len, rows), default=0)
    return [f"  {name:<{width}}  {text}" for name, text in sorted(rows.items())]


def unknown(words: list[str], own: dict) -> str:
    """What to type instead."""
    names = [shown_name(name) for name in own]
    typed = " ".join(words[:2])
    beginning = [name for name in names if name.split()[0] == words[0]]
    if beginning:
        return f"lorbeer {words[0]} what? There is: {', '.join(sorted(beginning))}."
    near = difflib.get_close_matches(typed, names, 1) or difflib.get_close_matches(words[0], names, 1)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"There is no command {words[0]!r}.{hint} `lorbeer --help` lists them all."


def explain(error: Exception) -> str | None:
    """A sentence for what a database says most often when it is not set up; None for anything else."""
    text = str(error)
    kind = f"{type(error.__cause__).__name__} {text}"
    if any(words in kind for words in NO_TABLE):
        return (
            "The database is not set up, or is older than this program: run `lorbeer migrate`, then try again."
            f" (It said: {text.splitlines()[0]})"
        )
    if "unable to open database file" in text or "readonly database" in text:
        return f"The database file cannot be opened for writing ({text}): check LORBEER_DATABASE and who owns the folder."
    if "database is locked" in text:
        return "The database was busy for too long (another process is writing). Nothing was changed; please try again."
    if "disk is full" in text or "No space left" in text:
        return "There is no room left for the database. Nothing was changed; make room and try again."
    if any(words in text for words in ("connection failed", "could not connect", "Connection refused", "could not translate")):
        return f"The database does not answer; check LORBEER_DATABASE. It said: {text.splitlines()[0]}"
    return None


# --- the demo ---------------------------------------------------------------------------------------------------------


def address_in(words: list[str]) -> str:
    """What `--address` says among `words`; empty where it is not there."""
    for number, word in enumerate(words):
        if word == "--address":
            return "".join(words[number + 1:number + 2])
        if word.startswith("--address="):
            return word.partition("=")[2]
    return ""


def enter_demo(address: str = "") -> None:
    """Set the variables of the demo; refuse where the folder holds a real installation.

    `address`: host:port where it will be served, so that links in mails and letters lead there.

    The demo signs anybody in as anyone. So it marks the folder of its data when it makes it, and goes into no other.
    """
    from lorbeer.shared.errors import LorbeerError

    project = Path(__file__).resolve().parent.parent.parent
    var = Path(os.environ.get("LORBEER_VAR") or project / "var")
    mark = var / "demo"
    try:
        var.mkdir(parents=True, exist_ok=True)
        in_use = (var / "lorbeer.sqlite3").exists() or "LORBEER_DATABASE" in os.environ
        if in_use and not mark.exists():
            raise LorbeerError(
                f"{var} or LORBEER_DATABASE belongs to a real installation, and the demo signs anybody in as anyone."
                " Give the demo a folder of its own: LORBEER_VAR=/tmp/demo ./lorbeer demo (and no LORBEER_DATABASE)."
            )
        mark.touch()
        keep_secret_key(var / "secret-key")
    except OSError as error:
        raise LorbeerError(f"The demo cannot write {error.filename or var}: {error.strerror}.") from error
    os.environ["LORBEER_DEMO"] = "yes"
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and int(port):
        everywhere = host in {"", "0.0.0.0", "[::]", "::"}      # noqa: S104  nobody can type that
        os.environ.setdefault("LORBEER_BASE_URL", f"http://{'127.0.0.1' if everywhere else host}:{port}")
    os.environ.setdefault("LORBEER_LOG", "text")


def keep_secret_key(path: Path) -> None:
    """Make a secret key in `path`, readable by its owner only, unless there is one."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50) + "\n")
