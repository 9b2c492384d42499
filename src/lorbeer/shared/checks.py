"""System checks of what the house stands on. Those that ask the database run with `lorbeer check --database default`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError

from lorbeer.shared import outbox, triggers, virus


@register(Tags.database)
def log_is_protected(app_configs: Any, databases: Sequence[str] | None, **facts: Any) -> list[CheckMessage]:
    """E011: all triggers are in place and do what they should (once their tables are there). W015: there are no others."""
    found: list[CheckMessage] = []
    for using in databases or []:
        try:
            absent, strange = triggers.missing(using), triggers.unknown(using)
        except DatabaseError:
            continue                                    # that it cannot be reached is said elsewhere
        if absent:
            found.append(Error(f"The log is not protected: {', '.join(absent)} missing or not as Lorbeer makes them.",
                               hint="Run `lorbeer migrate`, which makes the triggers anew, then `lorbeer audit verify`.",
                               id="lorbeer.E011"))
        if strange:
            found.append(Warning(f"The database has triggers that Lorbeer did not make: {', '.join(strange)}.",
                                 hint="Look at what they do, and drop them if nobody here made them on purpose.", id="lorbeer.W015"))
    return found


@register
def mail_can_be_sent(app_configs: Any, **facts: Any) -> list[CheckMessage]:
    """E012: the mail transport is one we know. E013: the sender can stand in a mail's head."""
    found: list[CheckMessage] = []
    try:
        outbox.checked_transport(settings.MAIL_TRANSPORT)
    except (ImproperlyConfigured, ValueError):
        found.append(Error("LORBEER_MAIL_TRANSPORT is neither keep nor the address of a mail server.",
                           hint="Set it to keep or smtp://[user:password@]host:port[?tls=yes].", id="lorbeer.E012"))
    if "@" not in settings.MAIL_FROM or outbox.HEAD_BREAKS.search(settings.MAIL_FROM):
        found.append(Error("Mail has no sender.", hint="Set LORBEER_MAIL_FROM, such as 'Office <office@example.org>'.",
                           id="lorbeer.E013"))
    return found


@register
def scanner_is_named(app_configs: Any, **facts: Any) -> list[CheckMessage]:
    """E017: LORBEER_CLAMD names a socket."""
    try:
        if settings.CLAMD:
            virus.checked_address(settings.CLAMD)
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="Leave it empty to do without a scanner.", id="lorbeer.E017")]
    return []


@register
def data_folder_is_closed(app_configs: Any, **facts: Any) -> list[CheckMessage]:
    """W014: nobody else on this machine reads the database, the files and the kept mails. Folders made before may be open."""
    folder = Path(settings.VAR_DIR)
    if not folder.stat().st_mode & 0o077:
        return []
    return [Warning(f"Other accounts of this machine can look into {folder}, where sessions and sealed votes lie.",
                    hint=f"Run `chmod -R go= {folder}`.", id="lorbeer.W014")]
