"""What the codes on a scan mean for one competition, in a sentence for the desk, and where a stack is to be divided."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.entries.embargo import state_in_words
from lorbeer.entries.models import Entry, State
from lorbeer.intake.covers import Cover, read_cover
from lorbeer.intake.models import Scan, ScanPart


@dataclass(frozen=True)
class Finding:
    """`is_certain`: one code, of a draft or entry that is there and open; then a machine may act upon it."""

    sentence: str
    entry: Entry | None = None
    is_certain: bool = False
    choices: tuple[Entry, ...] = ()                                     # where there are several


class Missed(StrEnum):
    """How many of the pages could not be looked at."""

    NONE = "none"
    SOME = "some"
    ALL = "all"


def of_codes(competition: Competition, texts: Sequence[str], missed: Missed = Missed.NONE) -> Finding:
    """The finding for all codes on one letter, of which pages may have been `missed`."""
    texts = list(dict.fromkeys(texts))
    if not texts and missed == Missed.ALL:
        return Finding(_("It could not be looked at by machine, so nobody knows whether a code of a cover sheet is on it. Please look at the "
                         "pages yourself: type the code that stands there, or key it in as a new entry."))
    if not texts and missed == Missed.SOME:
        return Finding(_("There is no code of a cover sheet on the pages that were looked at; not all of them could be. Please look at the "
                         "others yourself: type the code that stands there, or key it in as a new entry."))
    if not texts:
        return Finding(_("There is no code of a cover sheet on it. Key it in as a new entry, or type the code if one stands on paper."))
    if len(texts) > 1:
        known = [one.entry for one in (_of_code(competition, text) for text in texts) if one.entry is not None]
        named = ", ".join(one.code for one in known) or _("none of them known here")
        return Finding(
            _("There are %(count)d different codes on it: %(codes)s. Please look which entry it belongs to.")
            % {"count": len(texts), "codes": named}, choices=tuple(known))
    return _of_code(competition, texts[0])


def of_part(part: ScanPart) -> Finding:
    """The finding for a part of a stack, which can be a file that does not open."""
    if part.is_whole:
        return Finding(_("The file does not open, so no page of it can be shown or divided. It lies here as it came, with its checksum: "
                         "register it as an arrival and key in from the paper, or leave it out when you scan the letters again."))
    return of_codes(part.scan.competition, part.codes, missed_of(part))


def of_scan(scan: Scan) -> Finding:
    """The finding for a scan of one arrival."""
    missed = Missed.SOME if scan.problem == Scan.Problem.PARTLY else Missed.ALL if scan.problem else Missed.NONE
    return of_codes(scan.competition, [text for _page, text in scan.codes], missed)


def missed_of(part: ScanPart) -> Missed:
    """How many pages of a part of a stack could not be looked at."""
    read = part.scan.read_pages
    return Missed.ALL if part.first_page > read else Missed.SOME if part.last_page > read else Missed.NONE


def problem_of(scan: Scan) -> str:
    """Why not every page was looked at, as a sentence; empty where all were."""
    if scan.problem == Scan.Problem.PARTLY:
        return _("Only the first %(read)d of %(pages)d pages could be read by machine.") % {"read": scan.read_pages, "pages": scan.pages}
    return {
        Scan.Problem.CLOSED: _("The file does not open: it is damaged, protected by a password, or takes too long."),
        Scan.Problem.UNREAD: _("The scan could not be read by machine."),
        Scan.Problem.STOPPED: _("Reading the scans ended without a result."),
    }.get(scan.problem, "")  # type: ignore[call-overload]


def _of_code(competition: Competition, text: str) -> Finding:
    cover = read_cover(text)
    if cover is None:
        return Finding(_("The code on it is damaged or of a kind that is not known here. Please type what stands on the sheet."))
    if cover.competition != competition.code:
        return Finding(_("The code on it is of another competition (%(code)s). Does the letter belong there?") % {"code": cover.competition})
    if not cover.entry:
        return Finding(_("It is the form that was printed empty (version %(version)d). Its answers are keyed in as a new entry.")
                       % {"version": cover.version})
    entry = Entry.objects.filter(competition=competition, code=cover.entry).first()
    if entry is None or not hasattr(entry, "draft") or entry.draft.version.number != cover.version:
        return Finding(_("The code %(code)s on it is not known here. Please compare it with the sheet.") % {"code": cover.entry})
    facts = {"code": entry.code, "state": state_in_words(entry)}
    if entry.state == State.DRAFT:
        return Finding(_("It belongs to draft %(code)s.") % facts, entry, is_certain=True)
    if entry.state == State.SUBMITTED:
        return Finding(_("It belongs to entry %(code)s, which has been handed in.") % facts, entry, is_certain=True)
    return Finding(_("It belongs to entry %(code)s, which is “%(state)s”. Nothing can be added to that; please decide.") % facts, entry)


def cover_of(entry: Entry) -> Cover:
    """What the cover sheet of an entry's draft says."""
    return Cover(entry.competition.code, entry.draft.version.number, entry.code)


def typed(competition: Competition, code: str, word: str) -> Entry | None:
    """The entry whose code and check word somebody read off a sheet; None where they do not fit each other."""
    code = code.strip().upper()
    entry = Entry.objects.filter(competition=competition, code=code).select_related("draft__version").first()
    if entry is None or not hasattr(entry, "draft"):
        return None
    entry.competition = competition
    return entry if cover_of(entry).has_word(word.strip().upper()) else None


@dataclass(frozen=True)
class Part:
    first: int                                                          # pages, from 1
    last: int
    codes: list[str]


def parts_of(pages: int, codes: Sequence[tuple[int, str]]) -> list[Part]:
    """A stack divided at its cover sheets. What lies before the first is a part of its own, without a code.

    The sheet of the same draft directly again begins nothing new; an empty form always does, as all carry the same code.
    """
    by_page: dict[int, list[str]] = {}
    for page, text in codes:
        by_page.setdefault(page, []).append(text)
    found: list[Part] = []
    for page in range(1, pages + 1):
        here = by_page.get(page, [])
        if not found or (here and (here != found[-1].codes or any(_is_empty_form(text) for text in here))):
            found.append(Part(page, page, here))
        else:
            found[-1] = Part(found[-1].first, page, found[-1].codes)
    return found


def _is_empty_form(text: str) -> bool:
    cover = read_cover(text)
    return cover is not None and not cover.entry
