"""What the documentation points to is there: files, headings, commands."""

import re
from pathlib import Path
from urllib.parse import unquote

import polib
import pytest
from django.core.management import get_commands

from lorbeer.call.letters import KINDS
from lorbeer.cli import shown_name

pytestmark = pytest.mark.once

PROJECT = Path(__file__).resolve().parent.parent
PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md"), *PROJECT.glob("bench/*.md")])
NAMES = [str(page.relative_to(PROJECT)) for page in PAGES]
SCRIPT = {"test", "develop", "help", "demo"}                            # what `./lorbeer` itself understands
CODE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
SPAN = re.compile(r"`([^`\n]+)`")
COMMAND = re.compile(r"(?:[A-Z_]+=\S+ )*(?:ExecStart=)?(?:\S*/)?lorbeer ([a-z]+)(?: ([a-z]+))?(?=\W|$)")


GUIDES = ["office", "screeners-and-jurors", "applicants", "editors-and-researchers"]
BOLD = re.compile(r"\*\*([^*\n]+)\*\*")


def german_labels():
    """Everything that the interface says in German."""
    labels = set()
    for path in (PROJECT / "src" / "lorbeer").glob("**/locale/de/LC_MESSAGES/django.po"):
        for entry in polib.pofile(str(path)):
            labels |= {entry.msgstr, *entry.msgstr_plural.values()}
    return {label.replace("\N{NO-BREAK SPACE}", " ") for label in labels}


def anchors(text):
    """The anchors of a page's headings, as GitHub and its kin make them."""
    headings = re.findall(r"^#+ +(.+?) *$", CODE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"[`*_]", "", heading).lower()).replace(" ", "-") for heading in headings}


def links(text):
    return [link for link in LINK.findall(CODE.sub("", text)) if not re.match(r"[a-z]+:", link)]


def commands(text):
    """The commands of Lorbeer that the text names in code: (first word, second word or nothing)."""
    lines = [line.strip() for block in CODE.findall(text) for line in block.splitlines()]
    found = [COMMAND.match(piece) for piece in [*lines, *SPAN.findall(CODE.sub("", text))]]
    return [(match[1], match[2] or "") for match in found if match]


def is_command(first, second):
    own = {shown_name(name) for name, app in get_commands().items() if str(app).startswith("lorbeer.")}
    return first in SCRIPT or first in get_commands() or first == "django" or first in own or f"{first} {second}" in own


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_page_leads_somewhere(name):
    page = PROJECT / name
    dead = []
    for link in links(page.read_text("utf-8")):
        path, _, anchor = unquote(link).partition("#")
        target = (page.parent / path).resolve() if path else page
        inside = target.is_relative_to(PROJECT) and target.exists()
        if not inside or anchor and anchor not in anchors(target.read_text("utf-8")):
            dead.append(link)

    assert dead == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_a_page_names_exists(name):
    named = commands((PROJECT / name).read_text("utf-8"))

    assert [words for words in named if not is_command(*words)] == []


def test_commands_are_found_in_code_and_only_there():
    text = ("Run `./lorbeer audit verify --witness X`, or lorbeer never.\n```sh\nLORBEER_VAR=/tmp/x ./lorbeer book build a\n"
            "chown lorbeer var\n```\n")

    assert commands(text) == [("book", "build"), ("audit", "verify")]
    assert is_command("audit", "verify")
    assert is_command("serve", "--address")
    assert not is_command("audit", "burn")
    assert not is_command("publish", "")


def test_the_reader_finds_every_page_from_the_readme():
    """From README.md every page of the documentation can be reached by links, or by its path in code."""
    seen, waiting = set(), [PROJECT / "README.md"]
    while waiting:
        page = waiting.pop()
        if page in seen or page.suffix != ".md" or not page.exists():
            continue
        seen.add(page)
        text = page.read_text("utf-8")
        waiting += [(page.parent / link.partition("#")[0]).resolve() for link in links(text)]
        waiting += [PROJECT / path for path in SPAN.findall(text) if path.endswith(".md")]

    assert {page for page in PAGES if page.parent.name != "bench"} - seen == set()


def test_what_a_guide_prints_bold_stands_on_a_screen():
    labels = german_labels()
    pages = [page for page in PAGES if page.stem in GUIDES]
    wrong = {f"{page.relative_to(PROJECT)}: {bold}" for page in pages for bold in BOLD.findall(page.read_text("utf-8"))
             if bold not in labels}

    assert len(pages) == 8
    assert wrong == set()


def test_every_file_that_speaks_to_the_database_itself_is_named():
    source = PROJECT / "src" / "lorbeer"
    speaking = {str(path.relative_to(source)) for path in source.glob("**/*.py")
                if "tests" not in path.parts and "connection.cursor()" in path.read_text("utf-8")}
    said = next(line for line in (PROJECT / "docs" / "architecture.md").read_text("utf-8").split("\n") if "no raw SQL outside" in line)

    assert speaking - set(SPAN.findall(said)) == set()


def test_every_placeholder_of_a_letter_stands_in_the_page_on_packages():
    text = (PROJECT / "docs" / "package.md").read_text("utf-8").partition("## letters/")[2].partition("\n## ")[0]
    named = set()
    for span in SPAN.findall(text):                                     # `entry.title/.code/.applicant`: three of them
        first, *others = span.split("/")
        named |= {first, *(first.partition(".")[0] + one for one in others)}

    assert {name for kind in KINDS for name in kind.placeholders} - named == set()
