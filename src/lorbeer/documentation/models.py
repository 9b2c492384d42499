"""The book: chapters in Markdown in which a number is a reference, and what was built from them."""

from typing import TYPE_CHECKING

from django.db import models

from lorbeer.shared import clock

if TYPE_CHECKING:
    from lorbeer.shared.models import StoredFile


class Chapter(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="chapters")
    code = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=300)
    text = models.TextField()                                           # Markdown with references
    revision = models.PositiveIntegerField(default=1)                   # rises with every change: two editors, no loss
    changed_at = models.DateTimeField(default=clock.now)
    changed_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    taken_from = models.PositiveIntegerField(null=True)                 # the version that was brought back

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_chapter_code")]

    def __str__(self) -> str:
        return self.title

    @property
    def as_version(self) -> "ChapterVersion":
        """What stands in it now; kept when something else is saved over it."""
        return ChapterVersion(chapter=self, number=self.revision, title=self.title, text=self.text, saved_at=self.changed_at,
                              saved_by=self.changed_by, taken_from=self.taken_from)


class ChapterVersion(models.Model):
    """An earlier text of a chapter, as somebody saved it; never changed."""

    chapter = models.ForeignKey(Chapter, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()                              # the revision that it was
    title = models.CharField(max_length=300)
    text = models.TextField()
    saved_at = models.DateTimeField()
    saved_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")     # nobody: a package
    taken_from = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["chapter", "number"], name="one_chapter_version_number")]


class Handout(models.Model):
    """Chapters that were given out as a Word document, as they stood then."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="handouts")
    edition = models.ForeignKey("editions.Edition", models.PROTECT, null=True, related_name="+")
    code = models.CharField(max_length=40, unique=True)                 # stands in the document
    document = models.ForeignKey("shared.StoredFile", models.PROTECT, null=True, related_name="+")
    chapters = models.JSONField()                                       # word.manuscript.Manuscript each, and the text of its blocks
    given_at = models.DateTimeField(default=clock.now)
    given_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["-pk"]


class Correction(models.Model):
    """What came back of a handout: its paragraphs, not the document, which is forgotten when it has been read."""

    handout = models.ForeignKey(Handout, models.CASCADE, related_name="corrections")
    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=200)                             # of the document
    chapters = models.JSONField()                                       # chapter code → {units, blocks}
    left_out = models.JSONField(default=list)                           # what was not read, a sentence each
    read_at = models.DateTimeField(default=clock.now)
    read_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-pk"]


class BookBuild(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="book_builds")
    edition = models.ForeignKey("editions.Edition", models.PROTECT, related_name="book_builds")
    pdf = models.ForeignKey("shared.StoredFile", models.PROTECT, null=True, related_name="+")
    site = models.ForeignKey("shared.StoredFile", models.PROTECT, null=True, related_name="+")        # ZIP of a website
    epub = models.ForeignKey("shared.StoredFile", models.PROTECT, null=True, related_name="+")
    pages = models.PositiveIntegerField(default=0)
    references = models.PositiveIntegerField(default=0)                 # computed numbers in the text
    built_at = models.DateTimeField(default=clock.now)
    built_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    closed = models.JSONField(default=list)                             # [entry, part] that it did not show: the rest can be taken back
    guarded = models.JSONField(default=list)                            # what it prints of tables that hide small counts: taken_back.Guarded
    is_published = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]

    @property
    def files(self) -> list["StoredFile"]:
        """What can be downloaded: PDF first."""
        return [file for file in (self.pdf, self.epub, self.site) if file]
