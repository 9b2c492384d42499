"""Messages from readers of the public database to those behind an entry. What was passed on is not kept."""

from django.db import models
from django.db.models import Q


class Enquiry(models.Model):
    """A message that waits for its sender to confirm the address; afterwards nothing but that there was one.

    Personal data of the sender: class contact. Erased when it is passed on, else at `erase_at`.
    """

    entry = models.ForeignKey("entries.Entry", models.CASCADE, related_name="enquiries")
    token_digest = models.CharField(max_length=64, unique=True)
    sender_name = models.CharField(max_length=120, blank=True)
    sender_email = models.EmailField(blank=True)
    text = models.TextField(blank=True)
    written_at = models.DateTimeField()
    erase_at = models.DateTimeField()                                   # until then it can be confirmed
    passed_on_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["erase_at"], condition=Q(passed_on_at=None), name="enquiries_waiting")]
        constraints = [
            models.CheckConstraint(condition=Q(passed_on_at=None) | Q(sender_name="", sender_email="", text=""), name="passed_on_is_empty"),
        ]


class Closing(models.Model):
    """The form of an entry is switched off while this row is there."""

    entry = models.OneToOneField("entries.Entry", models.CASCADE, related_name="enquiries_closed")
    closed_at = models.DateTimeField()
    closed_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")
