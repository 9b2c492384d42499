"""What may be published, and frozen datasets: catalogue, tables, figures, book and open data read nothing else."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import clock


class Edition(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="editions")
    number = models.PositiveSmallIntegerField()
    frozen_at = models.DateTimeField(default=clock.now)
    frozen_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    sha256 = models.CharField(max_length=64)                            # of the canonical content, see services.freeze
    answers = models.ForeignKey("shared.StoredFile", models.PROTECT, related_name="+")        # Parquet, no personal data
    codebook = models.ForeignKey("shared.StoredFile", models.PROTECT, related_name="+")       # JSON
    facts = models.ForeignKey("shared.StoredFile", models.PROTECT, related_name="+")          # JSON: entries, awards, numbers
    note = models.CharField(max_length=300, blank=True)
    is_published = models.BooleanField(default=False)                   # the one that the public reads now
    published_at = models.DateTimeField(null=True)                      # for the first time; from then on it can be cited for good

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["competition", "number"], name="one_edition_number")]


class Release(models.Model):
    """One released part of an entry. Nothing is public without one; taking it back closes it at once.

    With `field` it is about one field of the part, see fields.py. A field needs no row: it opens and closes with its part. Whoever
    closes it by itself leaves a row that is taken back (from its first moment on, where it was not opened by itself before), and
    until there is another one that is not, it stays closed, whatever becomes of its part.
    """

    class Part(models.TextChoices):                                     # the same as questionnaire.definition.PUBLIC_PARTS
        ENTRY = "entry", _("the entry itself")                          # title, applicant, group, Land, projects
        ABSTRACT = "abstract", _("the abstract")
        PICTURES = "pictures", _("pictures")
        CONTACT = "contact", _("the address")                           # office and postal address, never a person
        ANSWERS = "answers", _("answers to the questionnaire")          # those questions marked as publishable

    ERASED = "–"                                                        # what an erasure leaves of a written consent

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="releases")
    part = models.CharField(max_length=20, choices=Part)
    field = models.CharField(max_length=200, blank=True)                # of the address or the answers; "": the whole part
    released_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    written_consent = models.CharField(max_length=300, blank=True)      # who agreed on paper, and when, where the office opened it
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "part", "field"], condition=models.Q(revoked_at=None), name="released_once"),
            models.CheckConstraint(condition=models.Q(field="") | models.Q(part__in=["contact", "answers"]), name="field_of_a_part"),
        ]
        # Asked with every public page; there are few of them.
        indexes = [models.Index(fields=["entry", "part"], condition=models.Q(revoked_at__isnull=False), name="release_taken_back")]

    @property
    def name(self) -> str:
        """What it is about: `answers`, or one field of it as `answers/q7`."""
        return name_of(self.part, self.field)


def name_of(part: str, field: str = "") -> str:
    return f"{part}/{field}" if field else str(part)


def part_of(name: str) -> str:
    """The part that a name is about, by itself or by a field of it."""
    return name.partition("/")[0]


def field_of(name: str) -> str:
    return name.partition("/")[2]
