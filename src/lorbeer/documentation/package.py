"""book/*.md of the competition package: a chapter each, in the order of their names; the first line is the title."""

import re
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import Package, Part, longer_than, register_part, too_long
from lorbeer.documentation.models import Chapter
from lorbeer.documentation.possible import faults_in
from lorbeer.documentation.services import write_over
from lorbeer.shared.addresses import is_taken

NAME = re.compile(r"(?:\d+-)?(?P<code>[a-z0-9][a-z0-9-]{0,58})")


def read_book(package: Package, competition: Competition) -> None:
    found: dict[str, tuple[str, str]] = {}
    for path in package.files("book/*.md"):
        name = NAME.fullmatch(path.stem)
        if not name:
            package.fault(path, _("is not a name for a chapter; use small letters, digits and hyphens"))
            continue
        if is_taken("documentation:chapter_edit", competition.code, name["code"]):
            package.fault(path, _("“%(value)s” is an address of Lorbeer itself; choose another one") % {"value": name["code"]})
            continue
        first, newline, text = package.text(path).partition("\n")
        if not first.startswith("# ") or not first[2:].strip():
            package.fault(path, _("does not begin with a title (“# Title”)"))
            continue
        if faults := list(too_long(Chapter(title=first[2:].strip()))):
            for field, most in faults:
                package.fault(path, f"{field} " + longer_than(most))
            continue
        if name["code"] in found:
            package.fault(path, _("stands there twice"))
            continue
        # One blank line after the title and the end of the last line belong to the file; all else is the chapter's.
        found[name["code"]] = (first[2:].strip(), text.removeprefix("\n").removesuffix("\n"))
        for sentence in faults_in(first[2:], newline + text, competition):        # lines are counted as in the file
            package.fault(path, sentence)
    competition.chapters.exclude(code__in=found).delete()
    existing = {chapter.code: chapter for chapter in competition.chapters.all()}
    for position, (code, (title, text)) in enumerate(found.items(), 1):
        if (chapter := existing.get(code)) is None:
            Chapter.objects.create(competition=competition, code=code, position=position, title=title, text=text)
            continue
        chapter.position = position
        chapter.save(update_fields=["position"])
        write_over(chapter, title, text, by=None)


def write_book(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    chapters = list(competition.chapters.all())
    if chapters:
        (folder / "book").mkdir()
    for number, chapter in enumerate(chapters, 1):
        (folder / "book" / f"{number:02d}-{chapter.code}.md").write_text(f"# {chapter.title}\n\n{chapter.text}\n", "utf-8")


register_part(Part("book", read_book, write_book))
