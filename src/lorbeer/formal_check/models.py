"""The formal check: who looked, what was found, what follows."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import clock


class Check(models.Model):
    class Verdict(models.TextChoices):
        ADMITTED = "admitted", _("admitted")
        EXCLUDED = "excluded", _("excluded")
        RETURNED = "returned", _("returned for completion")
        REOPENED = "reopened", _("verdict taken back")

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="checks")
    submission = models.ForeignKey("intake.Submission", models.PROTECT, related_name="checks")
    verdict = models.CharField(max_length=10, choices=Verdict)
    clause = models.ForeignKey("call.ExclusionClause", models.PROTECT, null=True, related_name="checks")
    group = models.ForeignKey("call.AwardGroup", models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    complete_until = models.DateTimeField(null=True)                    # for entries returned for completion
    checked_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    checked_at = models.DateTimeField(default=clock.now)
    by_post = models.BooleanField(default=False)                        # no mail reached the applicant: a letter has to
    posted_at = models.DateTimeField(null=True)
    posted_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["checked_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(verdict="excluded") | Q(clause__isnull=False), name="exclusion_names_its_clause"),
        ]


class CheckedPoint(models.Model):
    check_run = models.ForeignKey(Check, models.CASCADE, related_name="points")
    point = models.ForeignKey("call.CheckPoint", models.PROTECT, related_name="+")
    fulfilled = models.BooleanField()
    note = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_run", "point"], name="one_finding_per_point")]
