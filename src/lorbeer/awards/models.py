"""Results. *Decided* and *announced* are two facts: until the announcement nobody outside can infer anything."""

from django.db import models
from django.db.models import Q

from lorbeer.shared import clock, codes
from lorbeer.shared.money import format_euro


class Award(models.Model):
    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="awards")
    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    entry = models.ForeignKey("entries.Entry", models.PROTECT, related_name="awards")
    project = models.ForeignKey("entries.Project", models.PROTECT, null=True, related_name="awards")
    group = models.ForeignKey("call.AwardGroup", models.PROTECT, related_name="awards")
    prize = models.ForeignKey("call.Prize", models.PROTECT, related_name="awards")
    amount_cents = models.PositiveBigIntegerField()
    item = models.OneToOneField("jury.Item", models.PROTECT, related_name="award")
    decided_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entry", "project", "group"], name="one_award_per_project_and_group"),
            models.UniqueConstraint(fields=["entry", "group"], condition=models.Q(project=None), name="one_award_per_group"),
        ]

    @property
    def worth(self) -> str:
        """What was won: the amount, or what the prize is called where there is no money in it."""
        return format_euro(self.amount_cents) if self.amount_cents else str(self.prize.label)


class Announcement(models.Model):
    """From `announced_at` on the results of a round are public; empty while only the sponsor's approval exists."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="announcements")
    round = models.PositiveSmallIntegerField(default=1)
    announced_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")  # the sponsor
    approved_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["competition", "round"], name="announced_once"),
            models.CheckConstraint(
                condition=Q(announced_at=None) | Q(approved_at__isnull=False), name="announced_when_approved"
            ),
        ]


class PostedLetter(models.Model):
    """The letter with the result has gone out by post, because no mail reaches the applicant."""

    entry = models.OneToOneField("entries.Entry", models.CASCADE, related_name="posted_letter")
    posted_at = models.DateTimeField(default=clock.now)
    posted_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")


class Portrait(models.Model):
    """The text on a winner in database and book; read by the municipality before it is printed."""

    award = models.OneToOneField(Award, models.CASCADE, related_name="portrait")
    description = models.TextField(blank=True)
    reasons = models.TextField(blank=True)
    picture = models.ForeignKey("shared.StoredFile", models.SET_NULL, null=True, related_name="+")
    sent_for_proof_at = models.DateTimeField(null=True)
    written_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    objected_at = models.DateTimeField(null=True)  # the municipality wants something changed: `remarks`
    remarks = models.TextField(blank=True)                              # of the winner; of the office where it notes an approval on paper
