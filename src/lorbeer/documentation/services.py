"""Writing chapters, building and publishing the book."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.documentation import epub, web
from lorbeer.documentation.asked import gettext, setting_in
from lorbeer.documentation.attest import facts_of
from lorbeer.documentation.book import BookFault, compile_book
from lorbeer.documentation.models import BookBuild, Chapter, ChapterVersion
from lorbeer.documentation.queries import chapter_texts, dataset_of
from lorbeer.documentation.taken_back import Guarded, guarded_in
from lorbeer.editions.models import Edition
from lorbeer.editions.queries import closed_parts
from lorbeer.people.models import Person
from lorbeer.shared import clock, files, jobs, log
from lorbeer.shared.addresses import is_taken
from lorbeer.shared.documents import render_pdf
from lorbeer.shared.errors import LorbeerError
from lorbeer.shared.models import Job, StoredFile
from lorbeer.shared.text import house_language

Progress = Callable[[int, int, str], None]
LONGEST_CHAPTER = 200_000                                               # characters


class ChangedMeanwhile(LorbeerError):  # noqa: N818 a sentence, not a fault of the program
    """The chapter was saved after this page was opened: by somebody else, or in another window."""


@transaction.atomic
def create_chapter(competition: Competition, *, title: str, by: Person | None) -> Chapter:
    """A new, empty chapter at the end of the book."""
    code = base = slugify(title)[:50] or "chapter"
    number = 1
    while competition.chapters.filter(code=code).exists() or is_taken("documentation:chapter_edit", competition.code, code):
        number += 1
        code = f"{base}-{number}"
    last = competition.chapters.aggregate(last=Max("position"))["last"] or 0
    chapter = Chapter.objects.create(competition=competition, code=code, title=title, position=last + 1, changed_by=by)
    log.record("chapter.create", subject=f"chapter:{code}", scope=competition.code, actor=by)
    return chapter


@transaction.atomic
def save_chapter(chapter: Chapter, *, title: str, text: str, revision: int, by: Person | None) -> Chapter:
    """Save what somebody wrote on top of `revision`; ChangedMeanwhile where another has saved since."""
    chapter = Chapter.objects.select_for_update().get(pk=chapter.pk)
    if chapter.revision != revision:
        own = by is not None and chapter.changed_by_id == by.pk
        raise ChangedMeanwhile((
            _("You saved “%(title)s” in another window meanwhile. Your text is still below. Bring both together, and save again.")
            if own else
            _("“%(title)s” was saved by somebody else meanwhile. Your text is still below. Open the chapter in a second "
              "window, bring both together, and save again.")
        ) % {"title": chapter.title})
    write_over(chapter, title, text.replace("\r\n", "\n"), by=by)
    log.record("chapter.save", subject=f"chapter:{chapter.code}", scope=chapter.competition.code, actor=by,
               revision=chapter.revision, characters=len(chapter.text))
    return chapter


def write_over(chapter: Chapter, title: str, text: str, *, by: Person | None, taken_from: int | None = None) -> None:
    """Put another text into a chapter (locked by the caller); what stood there is kept as a version. The same again changes nothing."""
    if (chapter.title, chapter.text) == (title, text):
        return
    chapter.as_version.save(force_insert=True)
    chapter.title, chapter.text, chapter.taken_from = title, text, taken_from
    chapter.revision += 1
    chapter.changed_at, chapter.changed_by = clock.now(), by
    chapter.save(update_fields=["title", "text", "revision", "changed_at", "changed_by", "taken_from"])


@transaction.atomic
def bring_back(chapter: Chapter, version: ChapterVersion, *, by: Person | None) -> Chapter:
    """The text of an earlier version as the newest; what was newest until now stays among the versions."""
    chapter = Chapter.objects.select_for_update().get(pk=chapter.pk)
    before = chapter.revision
    write_over(chapter, version.title, version.text, by=by, taken_from=version.number)
    if chapter.revision != before:
        log.record("chapter.bring_back", subject=f"chapter:{chapter.code}", scope=chapter.competition.code, actor=by,
                   revision=chapter.revision, taken_from=version.number)
    return chapter


@transaction.atomic
def replace_in_chapter(
    chapter: Chapter, *, line: int, column: int, old: str, new: str, by: Person | None
) -> Chapter:
    """Put `new` where `old` stands at `line` (from 1) and `column` (from 0); refused where it stands there no more."""
    lines = chapter.text.split("\n")
    if not (0 < line <= len(lines)) or lines[line - 1][column:column + len(old)] != old:
        raise ChangedMeanwhile(_("“%(old)s” is not in this place any more. Reload the chapter.") % {"old": old})
    text = lines[line - 1]
    lines[line - 1] = text[:column] + new + text[column + len(old):]
    return save_chapter(chapter, title=chapter.title, text="\n".join(lines), revision=chapter.revision, by=by)


@transaction.atomic
def move_chapter(chapter: Chapter, *, steps: int, by: Person | None) -> None:
    """Move a chapter `steps` places down (negative: up)."""
    chapters = list(chapter.competition.chapters.select_for_update())
    at = next(number for number, one in enumerate(chapters) if one.pk == chapter.pk)
    moved = chapters.pop(at)
    chapters.insert(max(0, at + steps), moved)
    for position, one in enumerate(chapters, 1):
        if one.position != position:
            Chapter.objects.filter(pk=one.pk).update(position=position)
    log.record("chapter.move", subject=f"chapter:{chapter.code}", scope=chapter.competition.code, actor=by, steps=steps)


@transaction.atomic
def delete_chapter(chapter: Chapter, *, by: Person | None) -> None:
    log.record("chapter.delete", subject=f"chapter:{chapter.code}", scope=chapter.competition.code, actor=by)
    chapter.delete()


def start_build(competition: Competition, edition: Edition, *, by: Person | None) -> Job:
    """Queue the building of the book; while one is under way, that one is given."""
    return jobs.start(
        "book.build", key=f"book:{competition.code}", scope=competition.code, subject=f"book:{competition.code}",
        started_by=by, competition=competition.code, edition=edition.number,
        by=by.code if by else "",
    )


def build_book(
    competition: Competition, edition: Edition, *, by: Person | None, progress: Progress = lambda *_facts: None,
    tell: Callable[[str], object] = lambda _note: None,
) -> BookBuild:
    """Set the book from the chapters and `edition`. Raises BookFault that names chapter and line; then nothing is kept.

    `tell` gets the notes of `set_book`.
    """
    made = set_book(competition, edition, progress)
    for note in made.notes:
        tell(note)
    return keep_book(competition, edition, made, by=by)


@dataclass(frozen=True)
class MadeBook:
    """A book in every form, its pages, the computed references in its text, and what should be known of it, a sentence each."""

    pdf: bytes
    site: bytes
    epub: bytes
    pages: int
    references: int
    notes: list[str]
    closed: list[list[str]]                                             # parts of entries that were closed: [code, part]
    guarded: list[Guarded]                                              # what it prints of tables that hide small counts


def set_book(competition: Competition, edition: Edition, progress: Progress) -> MadeBook:
    """The book of the chapters as they stand. Writes nothing; raises BookFault.

    Progress, faults and notes are in the language that is spoken, the book in the competition's first.
    """
    language = house_language(competition.first_language)
    with setting_in(language):
        chapters = chapter_texts(competition)
        steps = len(chapters) + 3
        progress(0, steps, gettext("Reading the dataset"))
        closed = sorted(map(list, closed_parts(competition.pk)))        # before it is read: what closes meanwhile counts as taken back
        dataset = dataset_of(competition, edition, with_pictures=True)
        book = compile_book(
            chapters, dataset,
            progress=lambda done, _all, title: progress(done + 1, steps, gettext("Chapter: %(title)s") % {"title": title}),
        )
        progress(steps - 2, steps, gettext("Setting the pages"))
        pdf = render_pdf("book", book.data, book.files, title=book.data["title"], language=language)
        site = web.site(book, language=language)
        carried = epub.epub(book, language=language, day=edition.frozen_at, cover=epub.cover_of(pdf))
    progress(steps - 1, steps, _("Storing the book"))
    guarded = guarded_in(competition, book, dataset.tables)
    return MadeBook(pdf, site, carried, page_count(pdf), book.references, book.notes, closed, guarded)


def page_count(pdf: bytes) -> int:
    from io import BytesIO

    import pikepdf

    with pikepdf.open(BytesIO(pdf)) as document:
        return len(document.pages)


@transaction.atomic
def keep_book(competition: Competition, edition: Edition, made: MadeBook, *, by: Person | None) -> BookBuild:
    def store(content: bytes, ending: str, media_type: str) -> StoredFile:
        return files.store(content, name=f"{competition.code}-{edition.number}.{ending}", stored_by=by, scope=competition.code,
                           subject=f"book:{competition.code}", media_type=media_type)

    build = BookBuild.objects.create(
        competition=competition, edition=edition, pages=made.pages, references=made.references, built_by=by,
        closed=made.closed, guarded=made.guarded,
        pdf=store(made.pdf, "pdf", "application/pdf"), site=store(made.site, "zip", "application/zip"),
        epub=store(made.epub, "epub", "application/epub+zip"),
    )
    log.record("book.build", subject=f"book:{competition.code}", scope=competition.code, actor=by, edition=edition.number,
               pages=made.pages, references=made.references, sha256=build.pdf.blob_id if build.pdf else "")
    return build


@transaction.atomic
def publish_book(build: BookBuild, *, by: Person | None) -> BookBuild:
    """Let the public download this book from now on, in place of the former one."""
    formers = build.competition.book_builds.filter(is_published=True).exclude(pk=build.pk)
    for former in formers.select_related("pdf", "site", "epub"):
        former.is_published = False
        former.save(update_fields=["is_published"])
        for file in former.files:
            file.access = StoredFile.Access.RESTRICTED
            file.save(update_fields=["access"])
    build.is_published = True
    build.save(update_fields=["is_published"])
    for file in build.files:
        files.release(file)
    log.record("book.publish", subject=f"book:{build.competition.code}", scope=build.competition.code, actor=by,
               **facts_of(build))
    return build


__all__ = [
    "BookFault", "ChangedMeanwhile", "MadeBook", "build_book", "create_chapter", "delete_chapter", "keep_book", "move_chapter",
    "page_count", "publish_book", "replace_in_chapter", "save_chapter", "set_book", "start_build",
]
