"""What stands on a page by itself, from the call: `{{ calendar }}`, `{{ criteria }}`, `{{ prizes }}` … on a line of its own."""

from collections.abc import Callable, Mapping
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.catalogue.queries import catalogue_if_ready
from lorbeer.documentation.queries import published_book
from lorbeer.documentation.taken_back import is_held_back
from lorbeer.intake.rules import can_download_form
from lorbeer.questionnaire.queries import current_version
from lorbeer.shared import files
from lorbeer.shared.blocks import Block, Inline, text_inlines
from lorbeer.shared.money import format_euro
from lorbeer.shared.phases import steps
from lorbeer.shared.templatetags.formats import day, last_day, long_day
from lorbeer.shared.text import call_language
from lorbeer.website.models import Asset
from lorbeer.website.queries import news_of, who_may_apply

LATEST = 5
Assets = Mapping[str, Asset]
KINDS = {"application/pdf": "PDF", "text/plain": "TXT", "text/csv": "CSV"}


def _paragraph(*children: Inline) -> Block:
    return {"kind": "paragraph", "children": list(children)}


def _text(text: str) -> Inline:
    return {"kind": "text", "text": text}


def _link(label: str, url: str) -> Inline:
    return {"kind": "link", "url": url, "children": [_text(label)]}


def _list(rows: list[list[Inline]], *, ordered: bool = False) -> list[Block]:
    return [{"kind": "list", "ordered": ordered, "start": 1, "items": [[_paragraph(*row)] for row in rows]}] if rows else []


def _table(header: list[str], rows: list[list[str]], align: list[str]) -> list[Block]:
    if not rows:
        return []
    return [{"kind": "table", "header": [[text_inlines(cell) for cell in header]],
             "rows": [[text_inlines(cell) for cell in row] for row in rows], "align": align}]


def calendar(competition: Competition, _assets: Assets) -> list[Block]:
    rows = []
    for step in steps(competition.schedule):
        if step.starts_at and step.ends_at and day(step.starts_at) != day(step.ends_at):
            when = f"{day(step.starts_at)} – {last_day(step.ends_at)}"
        elif step.starts_at:
            when = day(step.starts_at)
        elif step.ends_at:
            when = _("until %(day)s") % {"day": last_day(step.ends_at)}
        else:
            continue
        rows.append([str(step.label), when])
    return _table([_("Step"), _("When")], rows, ["left", "left"])


def criteria(competition: Competition, _assets: Assets) -> list[Block]:
    rows: list[list[Inline]] = []
    for criterion in competition.criteria.all():
        words: list[Inline] = [{"kind": "strong", "children": [_text(str(criterion.label))]}]
        rows.append([*words, _text(f": {criterion.description}")] if criterion.description else words)
    return _list(rows, ordered=True)


def prizes(competition: Competition, _assets: Assets) -> list[Block]:
    rows = []
    for prize in competition.prizes.select_related("group"):
        amount = format_euro(prize.amount_cents) if prize.amount_cents else "–"
        rows.append([str(prize.group.heading or prize.group.label), str(prize.label),
                     _("up to %(amount)s") % {"amount": amount} if prize.up_to and prize.amount_cents else amount])
    found = _table([_("Group"), _("Prize"), _("Amount")], rows, ["left", "left", "right"])
    purses = list(competition.purses.order_by("round")) if competition.has_money else []
    for purse in purses:
        text = _("At most %(amount)s in all.") if len(purses) == 1 else _("Round %(round)d: at most %(amount)s in all.")
        found.append(_paragraph(_text(text % {"amount": format_euro(purse.cap_cents), "round": purse.round})))
    return found


def groups(competition: Competition, _assets: Assets) -> list[Block]:
    who = who_may_apply(competition, list(competition.groups.all()))
    return _list([[_text(text)] for text in [str(group.label) for group in who["groups"]] or [who["kind"]]])


def contact(competition: Competition, _assets: Assets) -> list[Block]:
    lines = [str(competition.office_name), *competition.office_address.split("\n")]
    children = text_inlines("\n".join(line for line in lines if line))
    if competition.office_email:
        children += [{"kind": "break"}, _link(competition.office_email, f"mailto:{competition.office_email}")]
    if competition.office_phone:
        children += [{"kind": "break"}, *text_inlines(competition.office_phone)]
    return [_paragraph(*children)]


def _kind(stored: Any) -> str:
    """`PDF, 1,2 MB`."""
    kind = KINDS.get(stored.blob.media_type) or stored.name.rpartition(".")[2].upper()
    return f"{kind}, {filesizeformat(stored.blob.size)}"


def downloads(competition: Competition, assets: Assets) -> list[Block]:
    """The entry form while entries are taken in, what the office marked as a download, the book, the open data."""
    rows: list[list[Inline]] = []
    if current_version(competition) and can_download_form(None, competition):
        rows.append([_link(_("Entry form to fill in on a computer (PDF)"), reverse("intake:form_pdf", args=[competition.code]))])
        rows.append([_link(_("Entry form to fill in by hand (PDF)"), reverse("intake:paper_form", args=[competition.code]))])
    rows += [[_link(f"{asset.label} ({_kind(asset.file)})", files.address_of(asset.file))]
             for asset in assets.values() if asset.is_download]
    if (book := published_book(competition)) and not is_held_back(book):
        rows += [[_link(f"{_('Documentation')} ({_kind(one)})", files.address_of(one))] for one in (book.pdf, book.epub) if one]
    if catalogue_if_ready(competition).by_code:
        rows.append([_link(_("All released entries as open data (CSV)"), reverse("catalogue:entry_export", args=[competition.code, "csv"]))])
    return _list(rows)


def press(competition: Competition, assets: Assets) -> list[Block]:
    """Pictures with their credits and documents for the press, and all of it as one file."""
    kit = [asset for asset in assets.values() if asset.in_press_kit]
    if not kit:
        return [_paragraph(_text(_("There is nothing in the press kit yet.")))]
    found: list[Block] = [_paragraph(_link(_("Everything as one file (ZIP)"), reverse("website:press_kit", args=[competition.code])))]
    found += _list([[_link(f"{asset.label} ({_kind(asset.file)})", files.address_of(asset.file))]
                    for asset in kit if not asset.is_picture])
    return found + [figure(asset, call_language()) for asset in kit if asset.is_picture]


def news(competition: Competition, _assets: Assets) -> list[Block]:
    rows = [[_text(f"{long_day(page.shown_on)}: "),
             _link(page.published.title, reverse("website:news_show", args=[competition.code, page.code]))]
            for page in news_of(competition, call_language())[:LATEST] if page.published]
    return _list(rows) or [_paragraph(_text(_("There is no news yet.")))]


def figure(asset: Asset, language: str, *, alt: str = "", caption: list[Inline] | None = None) -> Block:
    """A picture with its credit below it, in the words of `language`."""
    words = list(caption or text_inlines(asset.said("caption", language)))
    if asset.credit:
        words += [_text(" · ")] if words else []
        words.append(_text(_("Picture: %(credit)s") % {"credit": asset.credit}))
    return {"kind": "figure", "file": asset.name, "alt": alt or str(asset.alternative_text), "caption": words}


PARTS: dict[str, Callable[[Competition, Assets], list[Block]]] = {
    "calendar": calendar, "criteria": criteria, "prizes": prizes, "groups": groups, "contact": contact, "downloads": downloads,
    "press": press, "news": news,
}
