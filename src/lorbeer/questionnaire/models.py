"""Questionnaires as data; a published version never changes."""

from django.db import models

from lorbeer.shared import clock


class Questionnaire(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="questionnaires")
    code = models.SlugField(max_length=40, default="entry")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_questionnaire_code")]


class Version(models.Model):
    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()                                     # see questionnaire/definition.py
    sha256 = models.CharField(max_length=64)                            # of the canonical JSON of the definition
    created_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["questionnaire", "number"], name="one_version_number")]
