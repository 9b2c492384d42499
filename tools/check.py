"""Check the house: `./lorbeer develop python tools/check.py [NAME …]`. Ends with 1 and a line per fault.

The checks: style (ruff), types (mypy), templates (djlint), imports (an app imports only from those above it in
stages.py), migrations (none missing), translations (complete), notice (vendored files have their licence listed),
tree (no machine's paths, no package registry's hosts).
"""

import ast
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
SOURCE = PROJECT / "src" / "lorbeer"
sys.path[:0] = [str(PROJECT / "src"), str(PROJECT / "tools")]
VENDORED = (".ttf", ".otf", ".woff", ".woff2", ".min.js", ".min.css", ".whl")


def output(*command: str, **environment: str) -> list[str]:
    """What a failing command says; [] when it is content."""
    done = subprocess.run([sys.executable, "-m", *command], cwd=PROJECT, env=os.environ | environment,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True)
    said = done.stdout.strip().splitlines()
    return (said or ["it failed without a word"]) if done.returncode else []


def files() -> list[Path]:
    """Every file of the project that git knows or would add."""
    listed = subprocess.run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=PROJECT,
                            capture_output=True, text=True, check=True).stdout
    return [PROJECT / name for name in listed.split("\0") if name and (PROJECT / name).is_file()]


def style() -> list[str]:
    return output("ruff", "check", "--output-format", "concise", "--no-cache", ".")


def types() -> list[str]:
    return output("mypy", "--no-error-summary")


def templates() -> list[str]:
    return output("djlint", "src", "--lint", "--quiet")


def contract(apps: list[str]) -> str:
    """import-linter's configuration for `apps` in the order of stages.py: the last may import all, the first none."""
    layers = "\n".join(f"    lorbeer.{app}" for app in reversed(apps))
    return f"""\
[importlinter]
root_package = lorbeer
exclude_type_checking_imports = True

[importlinter:contract:stages]
name = An app imports only from the apps above it in stages.py
type = layers
layers =
{layers}
ignore_imports =
    lorbeer.*.tests.* -> lorbeer.**
    lorbeer.*.tests.*.* -> lorbeer.**
unmatched_ignore_imports_alerting = none
"""


def imports() -> list[str]:
    from lorbeer.stages import APPS

    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder) / "importlinter.ini"
        config.write_text(contract([*APPS, "demo"]))
        code = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
        done = subprocess.run([sys.executable, "-c", code, "--no-cache", "--config", str(config)], cwd=PROJECT / "src",
                              capture_output=True, text=True)
    if not done.returncode:
        return []
    said = (done.stdout + done.stderr).strip()
    return [line for line in said.rpartition("Broken contracts")[2].splitlines() if line.strip("- ")]


def migrations() -> list[str]:
    return output("lorbeer", "makemigrations", "--check", "--dry-run")


def messages_of(app: Path) -> set[tuple[str | None, str]] | None:
    """What makemessages finds in the app (context, text); None without gettext."""
    if not shutil.which("xgettext"):
        return None
    import polib

    with tempfile.TemporaryDirectory() as folder:
        ignored = shutil.ignore_patterns("locale", "static", "tests", "migrations", "__pycache__", "typst")
        copy = shutil.copytree(app, Path(folder) / app.name, ignore=ignored)
        (copy / "locale").mkdir()
        subprocess.run([sys.executable, "-m", "django", "makemessages", "-l", "de", "--no-location", "--no-wrap"],
                       cwd=copy, env=os.environ | {"DJANGO_SETTINGS_MODULE": ""}, capture_output=True, check=True)
        found = copy / "locale" / "de" / "LC_MESSAGES" / "django.po"
        return {(entry.msgctxt, entry.msgid) for entry in polib.pofile(str(found))} if found.exists() else set()


OUR_WORD = {"Kennwort": "Passwort", "Geschäftsstelle": "Wettbewerbsbüro",  # one word for a thing, in all catalogues
            "Wettbewerbsstelle": "Wettbewerbsbüro", "Ausschreibung": "Auslobung"}
ORPHAN = re.compile(r'\n[ \t]*\n(".*)')                                  # after a blank line nothing belongs to an entry
NAMED = re.compile(r"%\(\w+\)")


def unnamed(english: str, german: str) -> list[str]:
    """Places in the German that nothing fills, as the English has none of that name."""
    return sorted(set(NAMED.findall(german)) - set(NAMED.findall(english)))


def translations() -> list[str]:
    import polib

    from lorbeer.stages import APPS

    faults = []
    said: dict[tuple[str | None, str], dict[str, str]] = {}             # (context, English) → German → the app that says so
    for name in [*APPS, "demo"]:
        app = SOURCE / name
        path = app / "locale" / "de" / "LC_MESSAGES" / "django.po"
        entries = polib.pofile(str(path)) if path.exists() else []
        faults += [f"{name}: belongs to no entry: {line}" for line in ORPHAN.findall(path.read_text() if path.exists() else "")]
        faults += [f"{name}: {place} in the German of {entry.msgid[:60]!r} only" for entry in entries
                   for place in unnamed(entry.msgid + entry.msgid_plural, entry.msgstr + "".join(entry.msgstr_plural.values()))]
        faults += [f"{name}: not translated: {entry.msgid[:80]!r}" for entry in entries
                   if not entry.obsolete and not entry.translated()]
        faults += [f"{name}: “{other}” in the German of {entry.msgid[:60]!r}: we say “{ours}”" for entry in entries
                   for other, ours in OUR_WORD.items() if other in entry.msgstr or other in str(entry.msgstr_plural)]
        times = Counter((entry.msgctxt, entry.msgid) for entry in entries if not entry.obsolete)
        faults += [f"{name}: twice in the catalogue: {text[:80]!r}" for (_context, text), many in times.items() if many > 1]
        known = set(times)
        for entry in entries:
            said.setdefault((entry.msgctxt, entry.msgid), {}).setdefault(entry.msgstr or str(entry.msgstr_plural), name)
        faults += [f"{name}: not in the catalogue: {text[:80]!r}" for _context, text in sorted(
            (messages_of(app) or set()) - known, key=lambda found: found[1])]
    words = {text for _context, text in said}
    for path in sorted(SOURCE.rglob("*.py")):
        if not {"demo", "management", "migrations", "tests"} & set(path.parts) and "f\"" in (source := path.read_text()):
            faults += [f"{path.relative_to(PROJECT)}:{line}: {what}" for line, what in untold(source, words)]
    # Django puts all catalogues into one: of two German words for one English one the first app's shows everywhere.
    return faults + [
        f"{' and '.join(german.values())}: {text[:60]!r} has several German words: say the same, or give it a context (pgettext)"
        for (_context, text), german in said.items() if len(german) > 1]


GETTEXT = {"_", "gettext", "gettext_lazy", "ngettext", "pgettext"}


def untold(source: str, known: set[str]) -> Iterator[tuple[int, str]]:
    """(line, what is wrong) in f-strings, into which xgettext does not look: words that no catalogue has, and quotation marks that
    stand as in English for every reader."""
    tree = ast.parse(source)
    in_both = {id(word) for call in ast.walk(tree) if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "said"
               for word in call.args}                                   # German and English beside each other
    for string in ast.walk(tree):
        if not isinstance(string, ast.JoinedStr) or id(string) in in_both:
            continue
        for part, following in zip(string.values, [*string.values[1:], None], strict=True):
            if isinstance(part, ast.Constant) and str(part.value).endswith("“") and following is not None:
                yield string.lineno, "quotation marks as in English: use lorbeer.shared.text.quoted"
            for call in ast.walk(part):
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in GETTEXT:
                    yield from ((call.lineno, f"not in the catalogue: {word.value[:80]!r}") for word in call.args
                                if isinstance(word, ast.Constant) and word.value not in known)


def notices(text: str) -> dict[str, str]:
    """Paths listed in NOTICE, each with the licence given for it.

    An entry is a block of lines `Files: PATH …` (a file, or a folder ending in /), `Licence: …`, and others.
    """
    listed = {}
    for block in re.split(r"\n\s*\n", text):
        facts = dict(re.findall(r"^(\w+): (.+)$", block, re.MULTILINE))
        for path in facts.get("Files", "").split():
            listed[path] = facts.get("Licence", "").strip()
    return listed


def notice() -> list[str]:
    listed = notices((PROJECT / "NOTICE").read_text())
    faults = [f"NOTICE gives no licence for {path}" for path, licence in listed.items() if not licence]
    faults += [f"NOTICE lists {path}, which is not there" for path in listed if not (PROJECT / path).exists()]
    for path in files():
        name = path.relative_to(PROJECT).as_posix()
        covered = any(name == entry or (entry.endswith("/") and name.startswith(entry)) for entry in listed)
        if ("/vendor/" in f"/{name}" or name.endswith(VENDORED)) and not covered:
            faults.append(f"{name} is not listed in NOTICE")
    return faults


def tree() -> list[str]:
    # Written in pieces, so that this file does not find itself.
    hosts = ["py" + "pi.org", "python" + "hosted.org", "registry." + "npmjs.org", "registry." + "yarnpkg.com"]
    places = [r"(?<![\w./-])/work/(?:wt|main|shared|brief|venv)\b", r"(?<![\w.])/root/\w", r"(?<![\w./-])/opt/(?:tools|wheels)\b"]
    pattern = re.compile("|".join([*map(re.escape, hosts), *places]))
    faults = []
    for path in files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), 1):
            if found := pattern.search(line):
                faults.append(f"{path.relative_to(PROJECT)}:{number}: {found[0]!r} does not belong into the project")
    return faults


CHECKS: dict[str, Callable[[], list[str]]] = {
    check.__name__: check for check in (style, types, templates, imports, migrations, translations, notice, tree)
}


def main(names: list[str]) -> int:
    unknown = set(names) - set(CHECKS)
    if unknown:
        print(f"There is no check {', '.join(sorted(unknown))}. There are: {', '.join(CHECKS)}.", file=sys.stderr)
        return 2
    import run_tests

    if not shutil.which("xgettext"):
        for fault in run_tests.install_what_is_missing(["msgfmt (gettext)"]):
            print(fault)
    failed = []
    with tempfile.TemporaryDirectory(prefix="lorbeer-check-") as var:
        os.environ.update({"LORBEER_TESTING": "yes", "LORBEER_VAR": var, "PYTHONDONTWRITEBYTECODE": "1"})
        for name in names or CHECKS:
            started = time.monotonic()
            faults = CHECKS[name]()
            result = f"{len(faults)} lines" if faults else "ok"
            print(f"{name:<14}{result:<12}{time.monotonic() - started:5.1f} s", flush=True)
            for fault in faults:
                print(f"    {fault}")
            if faults:
                failed.append(name)
    print(f"Checks that failed: {', '.join(failed)}." if failed else "All checks passed.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
