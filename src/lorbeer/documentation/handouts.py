"""Giving chapters out as a Word document, reading what comes back, and taking changes in, one by one or all at once."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.documentation.asked import gettext, setting_in
from lorbeer.documentation.book import ChapterText
from lorbeer.documentation.dataset import Dataset
from lorbeer.documentation.models import Chapter, Correction, Handout
from lorbeer.documentation.queries import dataset_of
from lorbeer.documentation.references import scan
from lorbeer.documentation.services import ChangedMeanwhile, Progress, save_chapter
from lorbeer.documentation.word import reading
from lorbeer.documentation.word.comparing import Change, Comparison, applied, compare
from lorbeer.documentation.word.manuscript import Manuscript, Run, Unit, manuscript
from lorbeer.documentation.word.writing import document
from lorbeer.editions.models import Edition
from lorbeer.people.models import Person
from lorbeer.shared import clock, files, jobs, log
from lorbeer.shared.codes import long_code
from lorbeer.shared.documents import require_printable
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import Job
from lorbeer.shared.text import house_language

LARGEST_MB = 50


def start_handout(competition: Competition, edition: Edition | None, chapters: Sequence[str], *, by: Person) -> Job:
    """Queue the writing of a Word document of `chapters` (their codes)."""
    return jobs.start(
        "book.handout", key=f"handout:{competition.code}:{by.code}", scope=competition.code, subject=f"book:{competition.code}",
        started_by=by, competition=competition.code, edition=edition.number if edition else 0, chapters=list(chapters), by=by.code,
    )


def make_document(
    competition: Competition, edition: Edition | None, codes: Sequence[str], progress: Progress = lambda *_facts: None,
) -> tuple[bytes, str, list[dict[str, Any]]]:
    """The Word document of these chapters, the code it is known by, and what has to be kept of it. Writes nothing."""
    chapters = [chapter for chapter in competition.chapters.all() if chapter.code in set(codes)]
    if not chapters:
        raise BadInput(_("These chapters do not exist any more. Choose others."))
    language = house_language(competition.first_language)
    code = long_code()
    with setting_in(language):
        progress(0, 3, gettext("Reading the dataset"))
        data = dataset_of(competition, edition, with_pictures=any(_has_portraits(chapter, competition) for chapter in chapters))
        given = [manuscript(ChapterText(one.code, one.title, one.text), data, one.revision) for one in chapters]
        progress(1, 3, gettext("Writing the document"))
        content = document(given, data, handout=code, title=str(competition.title), guidance=_(
            "Please correct the text as usual; changes are tracked. Shaded numbers are computed from the dataset and stay as they are, "
            "so do tables, figures and lists. Save the document as .docx and send it back: the editors see each change and take it in."))
    came = reading.read(content)
    kept = [one.as_json() | {"blocks": chapter.blocks} for one, chapter in zip(given, came.chapters, strict=True)]
    return content, code, kept


def _has_portraits(chapter: Chapter, competition: Competition) -> bool:
    return any(directive.name == "portraits" for directive in scan(chapter.text, Dataset({"title": str(competition.title)})).directives)


@transaction.atomic
def keep_handout(
    competition: Competition, edition: Edition | None, made: tuple[bytes, str, list[dict[str, Any]]], *, by: Person | None,
) -> Handout:
    content, code, chapters = made
    name = chapters[0]["code"] if len(chapters) == 1 else competition.code
    stored = files.store(content, name=f"{name}-{clock.now():%Y-%m-%d}.docx", stored_by=by, scope=competition.code,
                         subject=f"book:{competition.code}",
                         media_type="application/vnd.openxmlformats-officedocument.wordprocessingml.document")
    handout = Handout.objects.create(competition=competition, edition=edition, code=code, chapters=chapters, given_by=by, document=stored)
    log.record("book.give_out", subject=f"handout:{code}", scope=competition.code, actor=by, chapters=[one["code"] for one in chapters])
    return handout


def read_back(competition: Competition, uploaded: UploadedFile, *, by: Person | None) -> Correction:
    """Read a document that came back. Raises BadInput where it is none of this competition's, or must not be read."""
    name = files.clean_name(uploaded.name or "")
    files.check_upload(uploaded, ("document",), endings=("docx",), limit_mb=LARGEST_MB, name=name)
    uploaded.seek(0)
    came = reading.read(uploaded.read(), name)
    handout = competition.handouts.filter(code=came.handout).first() if came.handout else None
    if handout is None:
        raise BadInput(_("“%(name)s” was not given out here, or was made anew from another document. Give the chapter out again, and copy "
                         "the corrected text into that document.") % {"name": name})
    chapters = dict(_assigned(handout, came.chapters))
    if not chapters:
        raise BadInput(
            _("“%(name)s” has none of the chapters that were given out. Please check that it is the right document.")
            % {"name": name}
        )
    return _keep(handout, name, chapters, came.left_out, by)


def _assigned(handout: Handout, came: Sequence[reading.ReturnedChapter]) -> Any:
    """Which returned chapter is which: by its mark, else by its title."""
    titles = {Manuscript(**_bare(one)).units[0].text: number for number, one in enumerate(handout.chapters)}
    free = dict(enumerate(handout.chapters))
    for chapter in came:
        number = chapter.number if chapter.number in free else titles.get(chapter.units[0].text if chapter.units else "")
        if number in free:
            yield free.pop(number)["code"], {"units": [asdict(unit) for unit in chapter.units], "blocks": chapter.blocks}


def _bare(kept: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in kept.items() if name != "blocks"}


@transaction.atomic
def _keep(handout: Handout, name: str, chapters: dict[str, Any], left_out: list[str], by: Person | None) -> Correction:
    correction = Correction.objects.create(
        handout=handout, code=long_code(), name=name, chapters=chapters, left_out=left_out, read_by=by)
    log.record("book.read_back", subject=f"correction:{correction.code}", scope=handout.competition.code, actor=by, handout=handout.code)
    return correction


def _units(rows: list[dict[str, Any]]) -> list[Unit]:
    return [Unit(**{**row, "runs": tuple(Run(**run) for run in row["runs"])}) for row in rows]


def comparison(correction: Correction, chapter: Chapter, data: Dataset) -> Comparison:
    """What of a correction the chapter does not have yet."""
    given = next(one for one in correction.handout.chapters if one["code"] == chapter.code)
    came = correction.chapters[chapter.code]
    numbered = [{int(number): text for number, text in blocks.items()} for blocks in (came["blocks"], given["blocks"])]
    return compare(Manuscript(**_bare(given)), _units(came["units"]), numbered[0], numbered[1], present_of(chapter, data), data)


def present_of(chapter: Chapter, data: Dataset) -> Manuscript:
    return manuscript(ChapterText(chapter.code, chapter.title, chapter.text), data, chapter.revision)


@transaction.atomic
def take_in(correction: Correction, chapter: Chapter, keys: set[str], *, revision: int, by: Person | None) -> int:
    """Take the changes of these keys into the chapter as it stood at `revision`; how many they were.

    Raises ChangedMeanwhile where the chapter has been saved since the changes were shown, BadInput where what came cannot be printed.
    """
    data = dataset_of(chapter.competition, correction.handout.edition)
    chosen: list[Change] = [change for change in comparison(correction, chapter, data).changes if change.key in keys]
    if chapter.revision != revision:
        raise ChangedMeanwhile(_("“%(title)s” was saved meanwhile. The changes below are held against the chapter as it stands now; please "
                                 "choose again.") % {"title": chapter.title})
    if not chosen:
        return 0
    title, text = applied(present_of(chapter, data), chosen)
    title = require_printable(title[:300])
    save_chapter(chapter, title=title or chapter.title, text=require_printable(text), revision=revision, by=by)
    log.record("book.take_in", subject=f"correction:{correction.code}", scope=chapter.competition.code, actor=by, chapter=chapter.code,
               changes=len(chosen))
    return len(chosen)


@transaction.atomic
def close_correction(correction: Correction, *, by: Person | None) -> None:
    """Nothing more of it is wanted. What it says stays readable."""
    correction.closed_at = clock.now()
    correction.save(update_fields=["closed_at"])
    log.record("book.close_correction", subject=f"correction:{correction.code}", scope=correction.handout.competition.code, actor=by)
