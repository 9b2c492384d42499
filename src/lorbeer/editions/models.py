"""Frozen datasets. Tables, figures, book, open data and catalogue read an edition, nothing else."""

from django.db import models

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
