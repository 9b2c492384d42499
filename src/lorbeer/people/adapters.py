"""Where allauth meets Lorbeer: its mails go through the outbox, and secrets of second factors are encrypted at rest."""

import base64
import hashlib
from email.utils import parseaddr
from math import ceil
from typing import Any
from urllib.parse import urlsplit

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import Fernet
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation

from lorbeer.people import passwords
from lorbeer.people.access import competition_come_from
from lorbeer.people.models import Person
from lorbeer.shared import clock, outbox
from lorbeer.shared.text import house_language


class AccountAdapter(DefaultAccountAdapter):
    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The texts lie in templates/account/email; to somebody with an account in the language chosen there."""
        # The address in a mail is ours, whatever host the one who asked for the mail put into the request.
        context = {name: at_home(value) if name.endswith("_url") else value for name, value in context.items()} | {
            "email": email,
            "confirm_days": app_settings.EMAIL_CONFIRMATION_EXPIRE_DAYS, "reset_days": settings.PASSWORD_RESET_TIMEOUT // 86400,
        }
        person = Person.objects.filter(email__iexact=email).first()
        with translation.override(house_language(person.language) if person else translation.get_language()):
            context["site"] = self.place()
            title = " ".join(render_to_string(f"{template_prefix}_subject.txt", context).split())
            body = render_to_string(f"{template_prefix}_message.txt", context)
        outbox.queue_mail(recipient=email, title=title, body=body, kind="account")

    def place(self) -> str:
        """Where one has the account, in words: the competition from whose pages one came, else the sender's name."""
        competition = competition_come_from(self.request) if self.request else None
        return str(competition or parseaddr(settings.MAIL_FROM)[0] or "Lorbeer")

    def get_reset_password_from_key_url(self, key: str) -> str:
        number, _dash, token = key.partition("-")
        return settings.BASE_URL + reverse("account_reset_password_from_key", kwargs={"uidb36": number, "key": token})

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Look at a password, unless too many were tried; allauth comes by here to sign in and to ask once more."""
        email = credentials.get("email") or credentials.get("username") or ""
        if full := passwords.count_try(request, email):
            seconds = max(1, ceil((full.ends_at - clock.now()).total_seconds()))
            page = render(request, "people/locked_out.html", {"minutes": ceil(seconds / 60)}, status=429)
            page.headers["Retry-After"] = str(seconds)
            raise ImmediateHttpResponse(page)
        person = super().authenticate(request, **credentials)
        if person is not None:
            passwords.take_back(request, email)
        return person

    def post_login(self, request: HttpRequest, user: Person, **facts: Any) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        if not user.language_chosen and chosen in dict(settings.LANGUAGES):  # chosen before there was anybody to keep it
            user.choose_language(chosen)
        response = super().post_login(request, user, **facts)
        passwords.know(request, response, user.email)
        return response

    def set_password(self, user: Person, password: str) -> None:
        super().set_password(user, password)
        passwords.open_again(user.email)

    def save_user(self, request: HttpRequest, user: Person, form: Any, commit: bool = True) -> Person:
        user.name = form.cleaned_data.get("name", "")
        user.language = getattr(request, "LANGUAGE_CODE", "de")[:2]
        return super().save_user(request, user, form, commit)

    def populate_username(self, request: HttpRequest, user: Person) -> None:
        """People are known by their mail address."""


class MFAAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": settings.ALLOWED_HOSTS[0], "name": "Lorbeer"}


def at_home(url: str) -> str:
    """The same page under the address of this installation."""
    parts = urlsplit(url)
    return settings.BASE_URL + parts.path + (f"?{parts.query}" if parts.query else "")


def _cipher() -> Fernet:
    key = hashlib.sha256(b"lorbeer second factor\0" + settings.SECRET_KEY.encode()).digest()
    return Fernet(base64.urlsafe_b64encode(key))
