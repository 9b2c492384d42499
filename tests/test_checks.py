"""The checks of the house find what they look for; the configuration is documented whole."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from lorbeer.stages import APPS

PROJECT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tools"))
import bootstrap  # noqa: E402
import check  # noqa: E402
import run_tests  # noqa: E402

pytestmark = pytest.mark.once


def lint(tmp_path, apps, sources):
    """Run import-linter over a package `lorbeer` made of `sources`; True when it is content."""
    for name in apps:
        (tmp_path / "lorbeer" / name).mkdir(parents=True)
        (tmp_path / "lorbeer" / name / "__init__.py").write_text(sources.get(name, ""))
    (tmp_path / "lorbeer" / "__init__.py").touch()
    (tmp_path / "contract.ini").write_text(check.contract(apps))
    code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    done = subprocess.run([sys.executable, "-c", code, "--no-cache", "--config", "contract.ini"], cwd=tmp_path,
                          env={"PYTHONPATH": str(tmp_path)}, capture_output=True, text=True)
    return done.returncode == 0


@pytest.mark.parametrize(("sources", "kept"), [
    ({"entries": "import lorbeer.shared"}, True),
    ({"shared": "import lorbeer.entries"}, False),
    ({"shared": "def act():\n    import lorbeer.entries\n"}, False),
    ({"shared": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import lorbeer.entries\n"}, True),
])
def test_an_app_imports_only_from_those_above_it(tmp_path, sources, kept):
    assert lint(tmp_path, ["shared", "entries"], sources) is kept


def test_the_order_of_the_apps_is_read_from_stages():
    layers = re.findall(r"^ {4}lorbeer\.(\w+)$", check.contract([*APPS, "demo"]), re.MULTILINE)

    assert layers == ["demo", *reversed(APPS)]


def test_every_vendored_file_has_its_licence_in_the_notice():
    assert check.notice() == []


def test_a_vendored_file_without_licence_is_found(monkeypatch):
    kept = check.notices
    monkeypatch.setattr(check, "notices", lambda text: {path: licence for path, licence in kept(text).items()
                                                        if "axe-core" not in path})

    assert [fault.split()[0] for fault in check.notice()] == [
        f"tests/vendor/axe-core/{name}" for name in ("LICENSE", "LICENSE-3RD-PARTY.txt", "axe.min.js")
    ]


def test_lines_of_a_catalogue_that_belong_to_no_entry_and_places_that_nothing_fills_are_found():
    assert check.ORPHAN.findall('msgid "Say it"\nmsgstr ""\n"Sagen "\n"Sie es."\n\n"noch einmal."\n') == ['"noch einmal."']
    assert check.unnamed("%(name)s, %(many)s times", "%(name)s, %(nmae)s, %(many)d-mal") == ["%(nmae)"]


def test_words_in_f_strings_that_no_catalogue_has_are_found_and_marks_that_stand_as_in_english():
    source = """
a = f"{name}, {_('not finished yet')}"
b = f"{name}, {_('finished')}"
c = ", ".join(f"“{one}”" for one in found)
d = said(f"„{title}“", f"“{title}”")
"""
    assert list(check.untold(source, {"finished"})) == [
        (2, "not in the catalogue: 'not finished yet'"), (4, "quotation marks as in English: use lorbeer.shared.text.quoted")]


def test_a_machines_path_and_a_registrys_host_are_found(tmp_path, monkeypatch):
    monkeypatch.setattr(check, "PROJECT", tmp_path)
    monkeypatch.setattr(check, "files", lambda: sorted(tmp_path.iterdir()))
    (tmp_path / "a.md").write_text("See the work/wt folder and docs/root/x.\n")
    (tmp_path / "b.md").write_text("/" + "root/x\n\nhttps://py" + "pi.org/simple\n")

    assert [fault.split()[0] for fault in check.tree()] == ["b.md:1:", "b.md:3:"]


@pytest.mark.parametrize("name", ["production", "development", "uv"])
def test_every_locked_package_has_its_digest(name):
    text = (PROJECT / "requirements" / f"{name}.lock").read_text()
    packages = re.findall(r"^[\w.-]+==.*(?:\n +.*)*", text, re.MULTILINE)

    assert len(packages) == len(re.findall(r"^\S", text, re.MULTILINE))
    assert [package for package in packages if "--hash=sha256:" not in package] == []


def test_production_and_development_are_locked_to_the_same_versions():
    def versions(name):
        return set(re.findall(r"^([\w.-]+==[^ \\;]+)", (PROJECT / "requirements" / f"{name}.lock").read_text(), re.MULTILINE))

    assert versions("production") <= versions("development")


def test_the_wheel_that_starts_the_installation_runs_as_a_zip():
    done = subprocess.run([sys.executable, "-I", str(bootstrap.PIP_WHEEL / "pip"), "--version"], capture_output=True, text=True)

    assert (done.returncode, done.stdout.split()[:1]) == (0, ["pip"])


@pytest.mark.parametrize(("counts", "seconds", "said"), [
    ({"passed": 2}, 1.5, " 2 passed in 1.50s "),
    ({"failed": 1, "passed": 41, "error": 2, "warning": 1}, 210.1,
     " 1 failed, 41 passed, 1 warning, 2 errors in 210.10s (0:03:30) "),
    ({}, 0.1, " no tests ran in 0.10s "),
])
def test_the_summary_reads_like_pytests(counts, seconds, said):
    line = run_tests.summary(run_tests.Counter(counts), seconds)

    assert line.strip("=") == said
    assert line.startswith("=")


def test_every_variable_is_documented_and_no_other():
    """docs/configuration.md has one section per variable that the program reads."""
    read = set()
    for path in [*(PROJECT / "src" / "lorbeer").rglob("*.py"), PROJECT / "lorbeer", *(PROJECT / "tools").glob("*.py"),
                 PROJECT / "conftest.py"]:
        if "tests" not in path.parts:
            read |= set(re.findall(r"\bLORBEER_[A-Z0-9_]+\b", path.read_text()))
    documented = re.findall(r"^### `(LORBEER_[A-Z0-9_]+)`$", (PROJECT / "docs" / "configuration.md").read_text(), re.MULTILINE)

    # By these our own programs tell each other: tools/run_tests.py conftest.py, `jury simulate` itself in its own database.
    assert sorted(documented) == sorted(read - {"LORBEER_TEST_REPORT", "LORBEER_SIMULATION"})


def test_every_static_file_that_a_template_names_is_there():
    """In production a name without a file is an error page, in tests it is not noticed."""
    from django.contrib.staticfiles import finders

    named = {
        (name, path.name)
        for path in (PROJECT / "src" / "lorbeer").rglob("*.html")
        for name in re.findall(r"""\{% static ["']([^"']+)["']""", path.read_text())
    }

    assert named
    assert sorted((name, where) for name, where in named if finders.find(name) is None) == []


@pytest.mark.parametrize(("root", "asked", "left"), [
    (True, [["apt-get", "update"], ["apt-get", "install", "-y", "--no-install-recommends", "poppler-utils"]], []),
    (False, [], ["pdftoppm is missing, and the PDF documents are looked at: install your system's package poppler-utils."]),
])
def test_what_the_tests_need_is_installed_as_root_and_named_otherwise(monkeypatch, root, asked, left):
    there = set()
    commands = []

    def run(command, **options):
        commands.append(command)
        if "install" in command:
            there.add(command[-1])

    monkeypatch.setitem(run_tests.NEEDS, "pdftoppm", (lambda: "poppler-utils" in there, *run_tests.NEEDS["pdftoppm"][1:]))
    monkeypatch.setattr(run_tests, "is_root", lambda: root)
    monkeypatch.setattr(run_tests.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(run_tests.subprocess, "run", run)

    assert run_tests.install_what_is_missing(["pdftoppm"]) == left
    assert commands == asked


def test_where_nothing_can_drive_a_browser_the_library_is_named_and_nothing_breaks(monkeypatch):
    broken = "import sys; sys.exit('error while loading shared libraries')"
    run = subprocess.run
    monkeypatch.delenv("LORBEER_CHROMIUM", raising=False)
    monkeypatch.setattr(run_tests, "is_root", lambda: False)
    monkeypatch.setattr(run_tests.shutil, "which", lambda _name: None)
    monkeypatch.setattr(run_tests.subprocess, "run", lambda _command, **options: run([sys.executable, "-c", broken], **options))

    said = run_tests.install_what_is_missing(["libatomic", "chromium"])

    assert [sentence.partition(" is missing")[0] for sentence in said if "libatomic1" in sentence] == ["libatomic"]
    assert any(sentence.startswith("chromium is missing") for sentence in said)


def test_a_cluster_is_reached_by_socket_only_and_leaves_nothing_behind():
    programs = run_tests.postgresql_programs()
    if programs is None:
        pytest.skip("There is no PostgreSQL here; `./lorbeer test` installs one.")
    cluster = run_tests.Cluster(programs)
    with cluster as url:
        assert url.startswith("postgresql://postgres@/lorbeer?host=")
        assert [path.name for path in cluster.folder.glob(".s.PGSQL.*") if not path.name.endswith(".lock")] == [".s.PGSQL.5432"]
        assert "listen_addresses" not in (cluster.folder / "log").read_text()
        assert "127.0.0.1" not in (cluster.folder / "log").read_text()
    assert not cluster.folder.exists()
