"""The command line: help, sentences instead of tracebacks, exit codes, the demo's wall."""

import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.core.management.base import BaseCommand, CommandError
from django.db import OperationalError

from lorbeer import cli
from lorbeer.shared.catalogues import compile_catalogues
from lorbeer.shared.errors import BadInput, LorbeerError

pytestmark = pytest.mark.once
PROJECT = Path(__file__).resolve().parent.parent


def lorbeer(*words, **variables):
    """Run the command as a person would, with no variables but these."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT / "src")} | variables
    return subprocess.run([sys.executable, "-m", "lorbeer", *words], env=environment, capture_output=True, text=True)


def told(capsys, *words):
    """The same without a process and a configuration of its own: the exit code, and what is said on stderr."""
    try:
        code = cli.main([*words])
    except SystemExit as end:                                           # argparse ends so
        code = end.code
    return code, capsys.readouterr().err


@pytest.fixture
def failing(monkeypatch):
    """Let `lorbeer check` raise what the test gives."""

    def with_error(error):
        class Command(BaseCommand):
            requires_system_checks = []

            def handle(self, **options):
                raise error

        monkeypatch.setattr("django.core.management.load_command_class", lambda app, name: Command())
        return cli.main(["check"])

    return with_error


def test_help_needs_no_configuration_and_lists_our_verbs_only(tmp_path):
    done = lorbeer("--help", LORBEER_VAR=str(tmp_path))

    assert (done.returncode, done.stderr) == (0, "")
    assert "\n  competition import  " in done.stdout
    assert "\n  serve  " in done.stdout
    assert "sqlflush" not in done.stdout


def test_the_help_of_a_verb_shows_its_own_options_only(tmp_path):
    done = lorbeer("audit", "verify", "--help", LORBEER_VAR=str(tmp_path))

    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"--[a-z-]+", done.stdout)) == {"--help", "--witness", "--scope"}


def test_what_lorbeer_writes_is_for_its_own_account_alone(tmp_path):
    var = tmp_path / "var"
    done = lorbeer("django", "showmigrations", LORBEER_VAR=str(var), LORBEER_SECRET_KEY="x" * 50)

    assert done.returncode == 0, done.stderr
    assert (var / "lorbeer.sqlite3").exists()
    written = [var, *var.rglob("*")]
    assert {path.name: stat.filemode(path.stat().st_mode)[4:] for path in written} == {path.name: "------" for path in written}


def test_a_data_folder_that_others_can_look_into_is_said(tmp_path):
    for mode, said in ((0o755, True), (0o700, False)):
        tmp_path.chmod(mode)
        done = lorbeer("django", "check", LORBEER_VAR=str(tmp_path), LORBEER_SECRET_KEY="x" * 50)
        assert ("W014" in done.stderr) is said, done.stderr
        assert ("chmod -R go=" in done.stderr) is said


@pytest.mark.parametrize(("words", "hint"), [
    (["competiton", "import"], "Did you mean 'competition import'?"),
    (["competition"], "There is: competition export, competition import."),
    (["audit", "verfy"], "There is: audit acknowledge, audit export, audit seal, audit verify."),
    (["serve", "--adress", "x"], "unrecognized arguments"),
])
def test_wrong_usage_ends_with_2_and_says_what_to_type(capsys, words, hint):
    code, said = told(capsys, *words)

    assert code == 2
    assert hint in said
    assert "Traceback" not in said


def test_the_help_of_a_family_of_verbs_lists_them(capsys):
    assert cli.main(["audit", "--help"]) == 0
    said = capsys.readouterr().out
    assert [line.split("  ")[1] for line in said.splitlines() if line.startswith("  ")] == [
        "audit acknowledge", "audit export", "audit seal", "audit verify"]


@pytest.mark.parametrize("words", [["nonsense"], ["competition"], ["--nonsense"]])
def test_a_command_that_does_not_exist_is_told_without_a_configuration(tmp_path, words):
    done = lorbeer(*words, LORBEER_VAR=str(tmp_path))

    assert (done.returncode, "SECRET_KEY" in done.stderr) == (2, False), done.stderr
    assert "lorbeer" in done.stderr


@pytest.mark.parametrize("word", ["-V", "--version"])
def test_the_version_needs_no_configuration(tmp_path, word):
    done = lorbeer(word, LORBEER_VAR=str(tmp_path / "nowhere"))

    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"Lorbeer \d+\.\d+.*\n", done.stdout)


@pytest.mark.parametrize(("words", "said"), [
    (["proofs", "remind", "--every", "0"], "at least 1"), (["proofs", "remind", "--every", "-5"], "at least 1"),
    (["proofs", "remind", "--ahead", "-5"], "at least 0"), (["proofs", "remind", "--ahead", "x"], "whole number"),
    (["serve", "--threads", "0"], "1 to 64"), (["serve", "--threads", "65"], "1 to 64"),
])
def test_a_number_that_makes_no_sense_is_refused_in_few_words(capsys, words, said):
    code, faults = told(capsys, *words)

    assert code == 2
    fault = faults.strip().splitlines()[-1]
    assert said in fault
    assert len(fault) < 160


def test_what_fails_is_said_in_the_language_of_the_help(tmp_path):
    done = lorbeer("competition", "import", str(tmp_path), LORBEER_VAR=str(tmp_path), LORBEER_SECRET_KEY="x")

    assert (done.returncode, done.stderr) == (
        1, f"{tmp_path}: There is no competition.toml in this folder, so it is not a competition package.\n")


def test_a_day_that_does_not_exist_is_told_in_words(capsys):
    code, said = told(capsys, "register", "import", "x.txt", "--as-of", "2020-13-01")

    assert code == 2
    assert "'2020-13-01' is no day of the calendar. Write year, month and day, such as 2019-12-31." in said


@pytest.mark.parametrize(("error", "code", "said"), [
    (LorbeerError("It rains. Take an umbrella."), 1, "It rains. Take an umbrella.\n"),
    (BadInput("Two faults.", faults=["Row 1 is empty.", "Row 2 is not."]), 1, "Row 1 is empty.\nRow 2 is not.\n"),
    (CommandError("No such folder.", returncode=3), 3, "No such folder.\n"),
    (KeyboardInterrupt(), 130, ""),
])
def test_a_foreseen_error_is_a_sentence_and_a_code(failing, capsys, error, code, said):
    assert failing(error) == code
    assert capsys.readouterr().err == said


def test_a_database_without_tables_is_a_sentence(failing, capsys):
    assert failing(OperationalError("no such table: call_competition")) == 1
    assert "run `lorbeer migrate`" in capsys.readouterr().err


def test_what_nobody_foresaw_is_not_hidden(failing):
    with pytest.raises(ZeroDivisionError):
        failing(ZeroDivisionError())


def test_without_a_secret_key_nothing_starts(tmp_path):
    done = lorbeer("migrate", LORBEER_VAR=str(tmp_path))

    assert (done.returncode, done.stderr) == (1, "Set LORBEER_SECRET_KEY: see docs/configuration.md.\n")


@pytest.mark.parametrize(("name", "value"), [
    ("LORBEER_DEBUG", "true"), ("LORBEER_MAX_UPLOAD_MB", "many"), ("LORBEER_DATABASE", "mysql://x/y"), ("LORBEER_FILES", "/x"),
    ("LORBEER_BASE_URL", "wettbewerb.example.org"), ("LORBEER_BASE_UR", "https://wettbewerb.example.org"),
])
def test_a_misspelt_setting_stops_the_start_and_is_named(tmp_path, name, value):
    done = lorbeer("check", LORBEER_VAR=str(tmp_path), LORBEER_SECRET_KEY="x", **{name: value})

    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_data_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").touch()
    done = lorbeer("check", LORBEER_VAR=str(tmp_path / "file" / "var"), LORBEER_SECRET_KEY="x")

    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
    assert "Set LORBEER_VAR" in done.stderr


def test_the_demo_keeps_a_secret_key_that_only_its_owner_reads(tmp_path, monkeypatch):
    monkeypatch.setenv("LORBEER_VAR", str(tmp_path))
    monkeypatch.delenv("LORBEER_DATABASE", raising=False)
    monkeypatch.setenv("LORBEER_DEMO", "no")

    cli.enter_demo()
    first = (tmp_path / "secret-key").read_text()
    cli.enter_demo()

    assert os.environ["LORBEER_DEMO"] == "yes"
    assert (tmp_path / "secret-key").read_text() == first
    assert len(first) > 50
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


@pytest.mark.parametrize(("words", "base"), [
    (["--address", "127.0.0.1:8021"], "http://127.0.0.1:8021"), (["--address=localhost:80"], "http://localhost:80"),
    (["--address", "0.0.0.0:8021"], "http://127.0.0.1:8021"), (["--address", "[::1]:8021"], "http://[::1]:8021"),
    (["--no-book"], None), (["--address"], None), (["--address", "nonsense"], None), (["--address", "127.0.0.1:0"], None),
])
def test_links_in_the_mails_of_the_demo_lead_to_where_it_is_served(tmp_path, monkeypatch, words, base):
    monkeypatch.setenv("LORBEER_VAR", str(tmp_path))
    monkeypatch.setenv("LORBEER_DEMO", "no")
    for name in ("LORBEER_DATABASE", "LORBEER_BASE_URL"):
        monkeypatch.delenv(name, raising=False)

    cli.enter_demo(cli.address_in(["demo", *words]))

    assert os.environ.get("LORBEER_BASE_URL") == base


def test_the_demo_enters_no_real_installation(tmp_path):
    (tmp_path / "lorbeer.sqlite3").touch()

    done = lorbeer("demo", LORBEER_VAR=str(tmp_path), LORBEER_SECRET_KEY="x")

    assert done.returncode == 1
    assert "belongs to a real installation" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"lorbeer.sqlite3"}


# --- catalogues -------------------------------------------------------------------------------------------------------


def make_catalogue(package, text="Hallo", flags=""):
    source = package / "app" / "locale" / "de" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True, exist_ok=True)
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(f'{head}{flags}msgid "Hello"\nmsgstr "{text}"\n', encoding="utf-8")
    return source


def test_a_catalogue_is_compiled_when_missing_or_older_and_only_then(tmp_path):
    source = make_catalogue(tmp_path)
    compiled = source.with_suffix(".mo")

    assert compile_catalogues(tmp_path) == [compiled]
    assert compile_catalogues(tmp_path) == []
    assert {entry.msgid: entry.msgstr for entry in polib.mofile(str(compiled))} == {"Hello": "Hallo"}

    os.utime(make_catalogue(tmp_path, "Grüß Gott"), ns=(2**62, 2**62))
    assert compile_catalogues(tmp_path) == [compiled]
    assert [entry.msgstr for entry in polib.mofile(str(compiled))] == ["Grüß Gott"]
    assert [path.name for path in compiled.parent.iterdir() if path.suffix not in {".po", ".mo"}] == []


def test_an_unfinished_translation_is_not_shown(tmp_path):
    source = make_catalogue(tmp_path, flags="#, fuzzy\n")

    compile_catalogues(tmp_path)

    assert list(polib.mofile(str(source.with_suffix(".mo")))) == []


@pytest.mark.parametrize(("address", "days", "seconds"), [
    ("https://wettbewerb.example.org/", None, 30 * 86400), ("https://wettbewerb.example.org", "0", 0),
    ("http://127.0.0.1:8000", None, 0),
])
def test_browsers_are_told_to_stay_encrypted_where_the_installation_is(tmp_path, address, days, seconds):
    variables = {"LORBEER_VAR": str(tmp_path), "LORBEER_SECRET_KEY": "x" * 50, "LORBEER_BASE_URL": address, "PYTHONPATH": str(PROJECT / "src"),
                 **({"LORBEER_HSTS_DAYS": days} if days else {})}
    ask = "import lorbeer.settings as s; print(s.SECURE_HSTS_SECONDS, s.SESSION_COOKIE_SECURE, s.BASE_URL)"
    done = subprocess.run([sys.executable, "-c", ask], env=variables, capture_output=True, text=True)
    assert done.stdout.split() == [str(seconds), str(address.startswith("https")), address.rstrip("/")], done.stderr
