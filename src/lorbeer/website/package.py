"""pages/ of the competition package: `20-theme.de.md`, first line `# Title`; from 90 on not in the menu."""

import re
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import Package, Part, longer_than, register_part, too_long
from lorbeer.website.models import Page

FILE = re.compile(r"(?P<position>\d{2})-(?P<code>[a-z0-9][a-z0-9-]*)\.(?P<language>[a-z]{2})\.md")
HEADING = re.compile(r"#[ \t]+(?P<title>[^\n]+)\n(?P<text>.*)", re.DOTALL)
FIRST_OUTSIDE_MENU = 90


def read_pages(package: Package, competition: Competition) -> None:
    kept = []
    for path in package.files("pages/*"):
        name = FILE.fullmatch(path.name)
        if not name:
            package.fault(path, _("is not named like a page: 20-theme.de.md"))
            continue
        parts = HEADING.fullmatch(package.text(path).replace("\r\n", "\n"))
        if not parts:
            package.fault(path, _("begins with the title: # Title"))
            continue
        if name["language"] not in competition.languages:
            package.fault(path, _("is in a language that the call does not have; its languages are: %(all)s")
                          % {"all": ", ".join(competition.languages)})
            continue
        if faults := list(too_long(Page(code=name["code"], title=parts["title"].strip()))):
            for field, most in faults:
                package.fault(path, f"{field} " + longer_than(most))
            continue
        position = int(name["position"])
        page, _created = Page.objects.update_or_create(
            competition=competition, code=name["code"], language=name["language"],
            defaults={"position": position, "title": parts["title"].strip(), "text": parts["text"].strip() + "\n",
                      "in_menu": position < FIRST_OUTSIDE_MENU},
        )
        kept.append(page.pk)
    competition.pages.exclude(pk__in=kept).delete()


def write_pages(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    pages = list(competition.pages.all())
    if pages:
        (folder / "pages").mkdir()
    for page in pages:
        position = min(page.position, FIRST_OUTSIDE_MENU - 1) if page.in_menu else max(page.position, FIRST_OUTSIDE_MENU)
        path = folder / "pages" / f"{position:02d}-{page.code}.{page.language}.md"
        path.write_text(f"# {page.title}\n\n{page.text}", "utf-8")


register_part(Part("pages", read_pages, write_pages))
