"""After the prize: money paid, and the proof that it was spent on its purpose."""

from django.db import models

from lorbeer.shared import clock


class Payment(models.Model):
    """Money that was paid. One entered by mistake stays, and a second row with the amount below zero cancels it."""

    award = models.ForeignKey("awards.Award", models.PROTECT, related_name="payments")
    amount_cents = models.BigIntegerField()
    cancels = models.OneToOneField("self", models.PROTECT, null=True, related_name="cancelled_by")
    paid_on = models.DateField()
    note = models.CharField(max_length=300, blank=True)                 # of a cancellation: why
    recorded_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(cancels=None, amount_cents__gt=0) | models.Q(cancels__isnull=False, amount_cents__lt=0),
                name="only_a_cancellation_is_below_zero",
            ),
        ]


class ProofOfUse(models.Model):
    class State(models.TextChoices):
        OPEN = "open"
        SENT = "sent"
        RETURNED = "returned"
        ACCEPTED = "accepted"

    award = models.OneToOneField("awards.Award", models.PROTECT, related_name="proof")
    due_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    report = models.TextField(blank=True)
    spent_cents = models.PositiveBigIntegerField(default=0)
    files = models.ManyToManyField("shared.StoredFile", related_name="proofs")
    documents = models.PositiveSmallIntegerField(default=0)             # files that came with it; the number stays when they are erased
    sent_at = models.DateTimeField(null=True)
    sent_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
    remarks = models.TextField(blank=True)                              # of the office: why it went back, why its acceptance was taken back
    accepted_at = models.DateTimeField(null=True)
    accepted_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    reopened_at = models.DateTimeField(null=True)                       # its acceptance was taken back, and nothing is decided since
    reminded_at = models.DateTimeField(null=True)


class Erasure(models.Model):
    """Personal data of one class was erased from an entry. Its submissions keep the SHA-256 under which they came in."""

    entry = models.ForeignKey("entries.Entry", models.PROTECT, related_name="erasures")
    personal_class = models.CharField(max_length=20)                    # see questionnaire.definition.PERSONAL_DATA
    due_on = models.DateField()
    erased_at = models.DateTimeField(default=clock.now)
    erased_by = models.ForeignKey("people.Person", models.PROTECT, null=True, related_name="+")
    documents = models.JSONField(default=list)  # [{"submission", "sha256" as received, "erased_sha256", "questions"}]

    class Meta:
        constraints = [models.UniqueConstraint(fields=["entry", "personal_class"], name="one_erasure_per_class")]
