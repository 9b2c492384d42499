"""Whom the office writes to, in which waves, and who announces an entry."""

from django.db import models

from lorbeer.shared import clock, codes


class Address(models.Model):
    """One line of the distribution list: a municipality's office or a multiplier."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="addresses")
    code = models.CharField(max_length=20, unique=True, default=codes.long_code)    # in the link to unsubscribe
    category = models.CharField(max_length=60)                          # "staedte_gemeinden", "multiplikatoren"
    name = models.CharField(max_length=300)
    email = models.EmailField(blank=True)
    municipality = models.ForeignKey("register.Municipality", models.SET_NULL, null=True, related_name="+")
    land_code = models.CharField(max_length=2, blank=True)
    language = models.CharField(max_length=5, blank=True)               # in which they are written to; blank: the wave's
    unsubscribed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "addresses"
        indexes = [models.Index(fields=["competition", "category"], name="addresses_by_category")]
        constraints = [
            models.UniqueConstraint(fields=["competition", "email"], condition=~models.Q(email=""), name="one_address_per_mail")
        ]


class Wave(models.Model):
    """One mailing: a letter to some categories of the list, into the outbox all at once.

    `letter` names the text; whoever has a language of their own gets the letter of the same code in it, if there is one.
    """

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="waves")
    code = models.SlugField(max_length=40)
    title = models.CharField(max_length=200)
    letter = models.ForeignKey("call.Letter", models.RESTRICT, related_name="waves")
    categories = models.JSONField(default=list)                         # empty: all
    only_without_intent = models.BooleanField(default=False)
    planned_on = models.DateField(null=True)
    queued_at = models.DateTimeField(null=True)
    queued_count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "code"], name="one_wave_code")]


class LetterOfIntent(models.Model):
    """Somebody announces an entry. It binds nobody and helps the office to plan."""

    class Channel(models.TextChoices):
        ONLINE = "online"
        EMAIL = "email"
        POST = "post"

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="letters_of_intent")
    code = models.CharField(max_length=20, unique=True, default=codes.new_code)
    channel = models.CharField(max_length=10, choices=Channel, default=Channel.ONLINE)
    applicant = models.CharField(max_length=300)
    municipality = models.ForeignKey("register.Municipality", models.SET_NULL, null=True, related_name="letters_of_intent")
    group = models.ForeignKey("call.AwardGroup", models.SET_NULL, null=True, related_name="letters_of_intent")
    land_code = models.CharField(max_length=2, blank=True)
    contact_name = models.CharField(max_length=200, blank=True)
    contact_email = models.EmailField(blank=True)
    subject = models.CharField(max_length=500, blank=True)              # what the entry will be about
    person = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="letters_of_intent")
    entry = models.ForeignKey("entries.Entry", models.SET_NULL, null=True, related_name="letters_of_intent")
    tied_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")     # by hand; else the rule did
    received_at = models.DateTimeField(default=clock.now)
    confirmed_at = models.DateTimeField(null=True)                      # by the link that was mailed, an account or the office
    contact_since = models.DateTimeField(null=True)                     # of the contact person, where it is not the first one
    noted_by = models.ForeignKey("people.Person", models.SET_NULL, null=True, related_name="+")     # the office

    class Meta:
        verbose_name_plural = "letters of intent"
        indexes = [models.Index(fields=["competition", "received_at"], name="intents_by_time")]

    def __str__(self) -> str:
        return self.applicant
