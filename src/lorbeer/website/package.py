"""pages/ of the competition package.

    20-theme.de.md              a page: order, address, language; first line `# Title`; from 90 on not in the menu
    20-theme.de.draft.md        its newer text, or a page that is not published
    news/2017-06-19-start.de.md      news with their day
    media.toml, media/market.jpg     pictures and documents with their words

What the office wrote before stays among the versions of a page that is still there.
"""

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import tomli_w
from django.core.files.base import File
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import Package, Part, longer_than, register_part, too_long
from lorbeer.call.package_core import in_order
from lorbeer.call.toml import Table
from lorbeer.documentation.possible import names_of
from lorbeer.shared import files
from lorbeer.shared.addresses import is_taken
from lorbeer.shared.errors import BadInput
from lorbeer.website import lint
from lorbeer.website.forms import FILE_NAME
from lorbeer.website.models import Asset, Page, PageVersion
from lorbeer.website.services import FIRST_OUTSIDE_MENU, LONGEST_PAGE, put_asset, show

PAGE = re.compile(r"(?P<position>\d{2})-(?P<code>[a-z0-9][a-z0-9-]*)\.(?P<language>[a-z]{2})(?P<draft>\.draft)?\.md")
NEWS = re.compile(r"(?P<day>\d{4}-\d{2}-\d{2})-(?P<code>[a-z0-9][a-z0-9-]*)\.(?P<language>[a-z]{2})(?P<draft>\.draft)?\.md")
HEADING = re.compile(r"#[ \t]+(?P<title>[^\n]+)\n\n?(?P<text>.*)", re.DOTALL)     # what follows the empty line is the text, to the letter


@dataclass(frozen=True)
class Sheet:
    """One file: a text of a page, published or not."""

    path: Path
    code: str
    language: str
    title: str
    text: str
    is_draft: bool
    place: dict[str, Any]                                               # kind, position, in_menu, shown_on


def read_pages(package: Package, competition: Competition) -> None:
    _read_media(package, competition)
    sheets = sorted(_sheets(package, competition), key=lambda sheet: sheet.is_draft)
    drafts = {(sheet.code, sheet.language) for sheet in sheets if sheet.is_draft}
    kept, kinds = set(), {}
    for sheet in sheets:
        if kinds.setdefault(sheet.code, sheet.place["kind"]) != sheet.place["kind"]:
            package.fault(sheet.path, _("has the name of a page or of news that are there already"))
            continue
        kept.add(_keep(competition, sheet, has_draft=(sheet.code, sheet.language) in drafts).pk)
    competition.pages.exclude(pk__in=kept).delete()
    names = names_of(competition) if any(lint.MARK.search(sheet.text) for sheet in sheets) else set()
    for sheet in sheets:
        for sentence in _faults(sheet, competition, names):
            package.fault(sheet.path, sentence)


def _sheets(package: Package, competition: Competition) -> Iterator[Sheet]:
    for path in package.files("pages/*"):
        if path.is_dir() or path.name == "media.toml":
            continue
        if not (name := PAGE.fullmatch(path.name)):
            package.fault(path, _("is not named like a page: 20-theme.de.md"))
            continue
        position = int(name["position"])
        place = {"kind": Page.Kind.PAGE, "position": position, "in_menu": position < FIRST_OUTSIDE_MENU, "shown_on": None}
        if sheet := _sheet(package, competition, path, name, place):
            yield sheet
    for path in package.files("pages/news/*"):
        name = NEWS.fullmatch(path.name)
        day = _day(name["day"]) if name else None
        if not name or day is None:
            package.fault(path, _("is not named like news: 2017-06-19-start.de.md"))
            continue
        if sheet := _sheet(package, competition, path, name, {"kind": Page.Kind.NEWS, "position": 0, "in_menu": True, "shown_on": day}):
            yield sheet


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _sheet(package: Package, competition: Competition, path: Path, name: re.Match[str], place: dict[str, Any]) -> Sheet | None:
    parts = HEADING.fullmatch(package.text(path).replace("\r\n", "\n"))
    if not parts:
        package.fault(path, _("begins with the title: # Title"))
    elif name["language"] not in competition.languages:
        package.fault(path, _("is in a language that the call does not have; its languages are: %(all)s")
                      % {"all": ", ".join(competition.languages)})
    elif is_taken("website:page_edit", competition.code, name["code"], name["language"]):
        package.fault(path, _("has the name of an address of Lorbeer itself; choose another one"))
    elif faults := [*too_long(Page(code=name["code"])), *too_long(PageVersion(title=parts["title"].strip()))]:
        for field, most in faults:
            package.fault(path, f"{field} " + longer_than(most))
    elif len(parts["text"]) > LONGEST_PAGE:
        package.fault(path, longer_than(LONGEST_PAGE))
    else:
        return Sheet(path, name["code"], name["language"], parts["title"].strip(), parts["text"], bool(name["draft"]), place)
    return None


def _keep(competition: Competition, sheet: Sheet, *, has_draft: bool) -> Page:
    """The page with this text; `has_draft`: another sheet brings a newer one, so that this need not be the newest."""
    page, _created = Page.objects.update_or_create(
        competition=competition, code=sheet.code, language=sheet.language, defaults=sheet.place)
    known = [page.newest] if sheet.is_draft else [page.published, page.newest] if has_draft else [page.newest]
    found = next((one for one in known if one and (one.title, one.text) == (sheet.title, sheet.text)), None)
    if found is None:
        number = page.newest.number + 1 if page.newest else 1
        found = page.newest = PageVersion.objects.create(page=page, number=number, title=sheet.title, text=sheet.text)
        page.save(update_fields=["newest"])
    if not sheet.is_draft and page.published_id != found.pk:
        show(page, found)
    return page


def _faults(sheet: Sheet, competition: Competition, names: set[str]) -> Iterator[str]:
    """What would stand in the way of publishing; but a value that an edition will have is no fault before there is one."""
    if sheet.is_draft:
        return
    text = lint.MARK.sub(lambda mark: "0" if mark["path"] in names else mark[0], sheet.text)
    yield from (one.sentence for one in lint.findings(sheet.title, text, competition, sheet.language) if one.is_fault)


# --- pictures and documents -------------------------------------------------------------------------------------------


def _read_media(package: Package, competition: Competition) -> None:
    path = package.folder / "pages" / "media.toml"
    found = {one.name: one for one in package.files("pages/media/*") if one.is_file()}
    rows: list[Any] = []
    if path.exists():
        try:
            file = Table(tomllib.loads(package.text(path)), path.name, package.faults, package.manifest.languages)
        except (ValueError, RecursionError) as error:                   # also a number of thousands of digits
            package.fault(path, str(error))
            return
        rows = [(table, _facts(table, number)) for number, table in enumerate(file.tables("files"), 1)]
        file.done()
    described = {facts["name"] for _table, facts in rows}
    for name, one in found.items():
        if name not in described:
            package.fault(one, _("is not described in media.toml"))
    kept = set()
    for table, facts in rows:
        if facts["name"] in kept:
            table.fault("name", _("“%(name)s” stands there twice") % {"name": facts["name"]})
        elif facts["name"] not in found:
            table.fault("name", _("there is no file media/%(name)s") % {"name": facts["name"]})
        else:
            kept.add(facts["name"])
            _keep_file(package, competition, found[facts["name"]], facts)
    for asset in competition.assets.exclude(name__in=kept).select_related("file"):
        stored = asset.file
        asset.delete()
        files.forget(stored)


def _facts(table: Table, number: int) -> dict[str, Any]:
    facts = {"name": table.text("name", required=True), "title": table.words("title"), "alternative_text": table.words("alternative_text"),
             "caption": table.words("caption"), "credit": table.text("credit"), "is_download": table.flag("download", False),
             "in_press_kit": table.flag("press_kit", False), "position": number}
    if facts["name"] and not FILE_NAME.fullmatch(facts["name"]):
        table.fault("name", _("please use small letters, digits, - and _ with an ending: market.jpg"))
    for field, most in too_long(Asset(name=facts["name"], credit=facts["credit"])):
        table.fault(field, longer_than(most))
    table.done()
    return facts


def _keep_file(package: Package, competition: Competition, path: Path, facts: dict[str, Any]) -> None:
    former = competition.assets.filter(name=facts["name"]).first()
    if former is not None and former.file.blob_id == hashlib.sha256(path.read_bytes()).hexdigest():
        competition.assets.filter(pk=former.pk).update(**facts)
        return
    try:
        with path.open("rb") as opened:
            stored = files.accept_upload(File(opened, name=path.name), kinds=("image", "pdf", "document"), scope=competition.code,
                                         subject=f"website:{path.name}"[:80])
    except BadInput as error:
        package.fault(path, error.sentence)
        return
    put_asset(competition, facts.pop("name"), stored, by=None, **facts)


# --- writing ----------------------------------------------------------------------------------------------------------


def write_pages(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    target = folder / "pages"
    for page in competition.pages.select_related("newest", "published"):
        for version, ending in ((page.published, ""), (page.newest if page.is_draft else None, ".draft")):
            if version is not None:
                path = target / f"{_stem(page)}.{page.language}{ending}.md"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"# {version.title}\n\n{version.text}", "utf-8")
    rows = []
    for asset in competition.assets.select_related("file__blob"):
        (target / "media").mkdir(parents=True, exist_ok=True)
        (target / "media" / asset.name).write_bytes(files.read(asset.file))
        words = {name: in_order(dict(getattr(asset, name))) for name in ("title", "alternative_text", "caption") if getattr(asset, name)}
        flags = {"download": asset.is_download, "press_kit": asset.in_press_kit}
        rows.append({"name": asset.name} | words | ({"credit": asset.credit} if asset.credit else {}) | {
            name: True for name, value in flags.items() if value})
    if rows:
        (target / "media.toml").write_text(tomli_w.dumps({"files": rows}), "utf-8")


def _stem(page: Page) -> str:
    if page.kind == Page.Kind.NEWS:
        return f"news/{page.shown_on:%Y-%m-%d}-{page.code}"
    position = min(page.position, FIRST_OUTSIDE_MENU - 1) if page.in_menu else max(page.position, FIRST_OUTSIDE_MENU)
    return f"{min(position, 99):02d}-{page.code}"


register_part(Part("pages", read_pages, write_pages))
