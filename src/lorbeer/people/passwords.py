"""How often a password can be tried.

Counted like all that is limited (shared/limits.py): under keyed hashes, gone when their time is over. Nobody needs to read
what was typed into the field for the address; sometimes it is a password.

Two limits for one account. From one network (of IPv6 the /64) it is closed after some failures. Over all networks
guessing is slowed down, for a short time only, so that a stranger locks nobody out for long; and a browser in which
somebody has signed in to the account before has a count of its own, so that its owner does not even notice.
"""

import secrets
from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

from lorbeer.shared import limits
from lorbeer.shared.models import Tally

COOKIE = "lorbeer_known"
COOKIE_LASTS = timedelta(days=365)
SALT = "lorbeer.people.passwords"
FROM_ONE_PLACE = limits.Limit(per_target=10, minutes=60)
FROM_ANYWHERE = limits.Limit(per_target=30, minutes=15)


def tallies(request: HttpRequest, email: str) -> list[tuple[str, limits.Limit]]:
    """What a try for the account of `email` counts towards."""
    account = f"password {email.strip().casefold()}"
    browser = known_browser(request, email)
    if browser:
        return [(f"{account} browser {browser}", FROM_ONE_PLACE)]
    return [(f"{account} network {limits.network_of(request)}", FROM_ONE_PLACE), (account, FROM_ANYWHERE)]


def count_try(request: HttpRequest, email: str) -> Tally | None:
    """Count a try before the password is looked at, so that many at once are all counted; the tally that is full, if one is."""
    for what, limit in tallies(request, email):
        tally = limits.count(what, timedelta(minutes=limit.minutes))
        if tally.count > limit.per_target:
            return tally
    return None


def take_back(request: HttpRequest, email: str) -> None:
    """It was the right password: the failures before it, from the same place, were somebody mistyping."""
    place, *anywhere = [what for what, _limit in tallies(request, email)]
    limits.clear(place)
    for what in anywhere:
        limits.take_back(what)


def open_again(email: str) -> None:
    """A new password was set by a link that only the owner gets: the guesses at the old one are worth nothing."""
    limits.clear(f"password {email.strip().casefold()}")


def know(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let this browser be known to have signed in to the account; the cookie opens nothing by itself."""
    browser = known_browser(request, email) or secrets.token_urlsafe(16)
    response.set_cookie(
        COOKIE, signing.dumps([limits.key_of(f"known {email.casefold()}"), browser], salt=SALT), max_age=COOKIE_LASTS,
        httponly=True, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE,
    )


def known_browser(request: HttpRequest, email: str) -> str:
    """The name of a browser in which somebody has signed in to this account before, else empty."""
    try:
        account, browser = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=COOKIE_LASTS)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return str(browser) if account == limits.key_of(f"known {email.strip().casefold()}") else ""
