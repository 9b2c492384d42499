"""People and what they may do where."""

import secrets

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from lorbeer.shared import clock, codes


class PersonManager(BaseUserManager["Person"]):
    def create_user(self, email: str, password: str | None = None, **facts: object) -> "Person":
        person = self.model(email=self.normalize_email(email).lower(), **facts)
        person.set_password(password)
        person.save(using=self._db)
        return person

    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(email__iexact=username)


class Person(AbstractBaseUser):
    """Somebody who can sign in. What they may do is in their roles and in the entries they work on."""

    code = models.CharField(max_length=20, unique=True, default=codes.long_code)
    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    language = models.CharField(max_length=5, default="de")
    language_chosen = models.BooleanField(default=False)                # by the person; else pages follow the browser
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)                    # runs the installation: creates competitions
    is_sample = models.BooleanField(default=False)                      # an invented person of the demo
    joined_at = models.DateTimeField(default=clock.now)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    objects = PersonManager()

    def __str__(self) -> str:
        return self.name or self.email

    def choose_language(self, language: str) -> None:
        """Pages and mails speak it from now on, wherever the person signs in."""
        self.language, self.language_chosen = language, True
        self.save(update_fields=["language", "language_chosen"])

    def get_session_auth_hash(self) -> str:
        """One click signs in as a sample person, so no session of theirs holds where the demo does not run."""
        if self.is_sample and not settings.DEMO:
            return secrets.token_hex()                                  # never the one in the session
        return super().get_session_auth_hash()


class Role(models.Model):
    """What a person is in one competition; somebody can hold several."""

    class Kind(models.TextChoices):
        OFFICE_LEAD = "office_lead", _("competition office (lead)")
        OFFICE = "office", _("competition office")
        SPONSOR = "sponsor", _("sponsor")
        SCREENER = "screener", _("screener")
        JUROR = "juror", _("juror")
        EDITOR = "editor", _("editor")
        AUDITOR = "auditor", _("auditor")

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="roles")
    person = models.ForeignKey(Person, models.CASCADE, related_name="roles")
    kind = models.CharField(max_length=20, choices=Kind)
    land_code = models.CharField(max_length=2, blank=True)              # home Land, e.g. "NW": closes its entries
    employer = models.CharField(max_length=200, blank=True)             # closes entries of the same body
    earlier_bodies = models.TextField(blank=True)                       # a line each; closes theirs, too: earlier relations
    addresses = models.TextField(blank=True)                            # street addresses of home or employer, a line each; the same
    since = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["competition", "person", "kind"], name="one_role_once")]


class Invitation(models.Model):
    """A link by mail with which somebody takes up a role; valid once, until a date. Only the digest is kept."""

    competition = models.ForeignKey("call.Competition", models.CASCADE, related_name="invitations")
    email = models.EmailField()
    name = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=20, choices=Role.Kind)
    land_code = models.CharField(max_length=2, blank=True)
    employer = models.CharField(max_length=200, blank=True)
    token_digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
