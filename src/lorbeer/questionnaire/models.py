"""Questionnaires as data; a published version never changes (the model refuses, and so does the database)."""

from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from lorbeer.shared import clock
from lorbeer.shared.errors import Refused


class Questionnaire(models.Model):
    """A form of a competition under a stable code: `entry` is the entry form."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="questionnaires")
    code = models.SlugField(max_length=40, default="entry")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_questionnaire_code")]

    def __str__(self) -> str:
        return self.code


FROZEN = ("questionnaire_id", "number", "definition", "sha256", "published_at")


class Version(models.Model):
    """One state of a questionnaire. Published, it stays as it is; a change is a new version."""

    questionnaire = models.ForeignKey(Questionnaire, models.CASCADE, related_name="versions")
    number = models.PositiveSmallIntegerField()
    definition = models.JSONField()                                     # see questionnaire/definition.py
    sha256 = models.CharField(max_length=64)                            # of the canonical JSON of the definition
    source = models.CharField(max_length=200, blank=True)               # name of the workbook it came from
    remarks = models.JSONField(default=list, blank=True)               # language → sentence: what was not taken over
    created_at = models.DateTimeField(default=clock.now)
    published_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["questionnaire", "-number"]
        constraints = [models.UniqueConstraint(fields=["questionnaire", "number"], name="one_version_number")]

    def __str__(self) -> str:
        return f"{self.questionnaire_id}/{self.number}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk and not self._state.adding:
            stored = Version.objects.filter(pk=self.pk).values(*FROZEN).first()
            if stored and stored["published_at"] and any(stored[name] != getattr(self, name) for name in FROZEN):
                raise Refused(_("A published version of the questionnaire never changes. Make a new version."))
        super().save(*args, **kwargs)

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


class WorkingCopy(models.Model):
    """A questionnaire that is being written on screen. It may be unfinished; a version of it is made when it is without faults."""

    questionnaire = models.OneToOneField(Questionnaire, models.CASCADE, related_name="working_copy")
    based_on = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="+")  # the version it began from, or became
    definition = models.JSONField()                                     # as in Version
    revision = models.PositiveIntegerField(default=1)                   # rises with every change, undoing included
    step = models.PositiveIntegerField(default=0)                       # number of the step that is shown
    changed_at = models.DateTimeField(default=clock.now)
    changed_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.questionnaire_id}/{self.revision}"


class WorkingStep(models.Model):
    """A state of a working copy, to go back to. Steps above the one that is shown were undone and can be done again."""

    working_copy = models.ForeignKey(WorkingCopy, models.CASCADE, related_name="steps")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=20)                               # see editor.services.ACTS
    what = models.CharField(max_length=200, blank=True)                 # the words of what was changed
    definition = models.JSONField()                                     # the state after the step
    at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["working_copy", "number"]
        constraints = [models.UniqueConstraint(fields=["working_copy", "number"], name="one_step_number")]

    def __str__(self) -> str:
        return f"{self.working_copy_id}/{self.number}"
