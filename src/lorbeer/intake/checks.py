"""System checks of the intake."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from lorbeer.intake import mailbox


@register
def mail_account_is_named(app_configs: Any, **facts: Any) -> list[CheckMessage]:
    """E016: where a mail account is named, it is one that can be asked."""
    if not settings.IMAP_ACCOUNT:
        return []
    try:
        mailbox.checked_account(settings.IMAP_ACCOUNT)
        mailbox.password()
    except (ImproperlyConfigured, ValueError) as error:
        return [Error(str(error), hint="See LORBEER_IMAP_ACCOUNT in docs/configuration.md.", id="lorbeer.E016")]
    return []
