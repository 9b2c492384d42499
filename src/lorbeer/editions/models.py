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
    is_published = models.BooleanField(default=False)

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["competition", "number"], name="one_edition_number")]


class Release(models.Model):
    """One released part of an entry. Nothing is public without one; taking it back closes it at once."""

    class Part(models.TextChoices):                                     # the same as questionnaire.definition.PUBLIC_PARTS
        ENTRY = "entry", _("the entry itself")                          # title, applicant, group, Land, projects
        ABSTRACT = "abstract", _("the abstract")
        PICTURES = "pictures", _("pictures")
        CONTACT = "contact", _("the address")                           # office and postal address, never a person
        ANSWERS = "answers", _("answers to the questionnaire")          # those questions marked as publishable

    ERASED = "–"                                                        # what an erasure leaves of a written consent

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="releases")
    part = models.CharField(max_length=20, choices=Part)
    released_at = models.DateTimeField(default=clock.now)
    released_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    written_consent = models.CharField(max_length=300, blank=True)      # who agreed on paper, and when, where the office opened it
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "part"], condition=models.Q(revoked_at=None), name="released_once"),
        ]
        # Asked with every public page; there are few of them.
        indexes = [models.Index(fields=["entry", "part"], condition=models.Q(revoked_at__isnull=False), name="release_taken_back")]
