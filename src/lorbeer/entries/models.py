"""The entry: what travels through the stages. Its content is in the frozen document of its accepted submission."""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from lorbeer.entries.names import body_key
from lorbeer.shared import clock, codes
from lorbeer.shared.reasons import new_secret


class State(models.TextChoices):
    DRAFT = "draft", _("draft")
    SUBMITTED = "submitted", _("submitted")
    WITHDRAWN = "withdrawn", _("withdrawn")
    ADMITTED = "admitted", _("admitted")
    INADMISSIBLE = "inadmissible", _("inadmissible")
    SCREENED = "screened", _("screened")
    PROPOSED = "proposed", _("proposed")
    NOT_PROPOSED = "not_proposed", _("not proposed")
    AWARDED = "awarded", _("awarded")
    NOT_AWARDED = "not_awarded", _("not awarded")


class Entry(models.Model):
    """One application. The head facts are copied from the accepted submission, so that lists need nothing else."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="entries")
    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    reference = models.CharField(max_length=40, blank=True)             # the office's own file number, "NW-06"
    round = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=20, choices=State, default=State.DRAFT)     # assigned in transitions.move alone
    title = models.CharField(max_length=500, blank=True)
    applicant = models.CharField(max_length=300, blank=True)            # "Stadt Musterstadt"
    applicant_key = models.CharField(max_length=300, blank=True)        # the same, folded: see names.body_key
    address_key = models.CharField(max_length=200, blank=True)          # of the applicant, folded: see names.address_key
    partner_keys = models.JSONField(default=list)                       # folded names of partners that are no municipalities
    municipality = models.ForeignKey("register.Municipality", models.PROTECT, null=True, related_name="entries")
    partners = models.ManyToManyField("register.Municipality", related_name="partner_entries")
    land_code = models.CharField(max_length=2, blank=True)
    legal_status = models.CharField(max_length=20, blank=True)
    population = models.PositiveIntegerField(null=True)
    group = models.ForeignKey("call.AwardGroup", models.PROTECT, null=True, related_name="entries")
    group_reason = models.TextField(blank=True)                         # where the office decided otherwise than the rule
    is_unlisted = models.BooleanField(default=False)                    # counted, but never named
    amount_cents = models.PositiveBigIntegerField(null=True)            # asked for, where a call funds
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["competition", "state", "group"], name="entry_by_state"),
            models.Index(fields=["competition"], condition=models.Q(is_unlisted=True), name="entry_unlisted"),
        ]

    def __str__(self) -> str:
        return self.title or self.code

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Keep the folded name beside the name: bias by employer is looked up by it."""
        if update_fields is None or "applicant" in update_fields:
            self.applicant_key = body_key(self.applicant)
            update_fields = None if update_fields is None else {*update_fields, "applicant_key"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @cached_property
    def is_sample(self) -> bool:
        """Whether the entry is invented: in a competition of samples all are, except those on which a real person works."""
        return self.competition.is_sample and not self.contributors.filter(person__is_sample=False).exists()

    @property
    def sample_note(self) -> Any:
        return self.competition.sample_note


class Contributor(models.Model):
    """Somebody who works on an entry for the applicant. One of them is the contact person."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="contributors")
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="contributions")
    is_contact = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "person"], name="one_contribution_per_person"),
            models.UniqueConstraint(fields=["entry"], condition=Q(is_contact=True), name="one_contact_person"),
        ]


class CoEditorInvitation(models.Model):
    """A link with which somebody may join in working on an entry; valid once, until a date. Only the digest is kept."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    token_digest = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey("people.Person", models.CASCADE, related_name="+")
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class Project(models.Model):
    """An individual project within an entry; it can win in the special category by itself."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="projects")
    position = models.PositiveSmallIntegerField()                       # 1, 2
    title = models.CharField(max_length=500)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["entry", "position"], name="one_project_per_position")]

    def __str__(self) -> str:
        return self.title


class Move(models.Model):
    """One step of an entry along the transition table. The log holds a hash of secret and reason, so that nobody finds it by trying."""

    ERASED = "–"                                                        # what an erasure leaves of a reason

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="history")
    name = models.CharField(max_length=30)
    source = models.CharField(max_length=20, choices=State)
    target = models.CharField(max_length=20, choices=State)
    by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    reason = models.TextField(blank=True)
    secret = models.CharField(max_length=32, default=new_secret, blank=True)
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["name", "entry"], name="move_by_name")]


class Bias(models.Model):
    """A person and an entry that must be kept apart, in screening and jury alike."""

    class Kind(models.TextChoices):
        LAND = "land", _("own Land")
        EMPLOYER = "employer", _("own employer")
        PARTNER = "partner", _("own employer is a partner")
        ORGANISATION = "organisation", _("same organisation by mail address")
        ADDRESS = "address", _("same street address")
        EARLIER = "earlier", _("earlier relation")
        CONTRIBUTOR = "contributor", _("works on the entry")
        DECLARED = "declared", _("declared by the person")
        OFFICE = "office", _("recorded by the office")

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="biases")
    person = models.ForeignKey("people.Person", models.CASCADE, related_name="biases")
    kind = models.CharField(max_length=20, choices=Kind)
    reason = models.TextField(blank=True)
    declared_at = models.DateTimeField(default=clock.now)

    class Meta:
        verbose_name_plural = "biases"
        constraints = [models.UniqueConstraint(fields=["entry", "person", "kind"], name="one_bias_once")]
