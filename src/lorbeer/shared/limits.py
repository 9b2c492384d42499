"""How often a form that everybody may use can be sent, from one connection and about one target.

Counted in the database, so that all processes agree; under a keyed hash, so that nobody reads addresses out of it; gone
when its time is over. Passwords are counted by account besides (people/passwords.py). What applicants write and submit
is not limited: fifty people of one town hall share one connection in the last hour.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address
from math import ceil
from typing import Any

from django.db import transaction
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import salted_hmac

from lorbeer.shared import clock, error_pages
from lorbeer.shared.models import Tally
from lorbeer.shared.prepared import insert_once, prepared, update

SALT = "lorbeer.shared.limits"
A_DAY = 24 * 60                          # minutes
CLEARED_AT_ONCE = 500


@dataclass(frozen=True)
class Room:
    """How much may lie in one place (an entry, an arrival, a report) beyond what its form asks for."""

    number: int
    megabytes: int


UPLOADS = Room(number=200, megabytes=500)


@dataclass(frozen=True)
class Limit:
    """So many in `minutes`; 0: as many as one likes. `target`: the field that names it, or "person" for who is signed in."""

    per_address: int = 0
    per_target: int = 0
    target: str = "person"
    minutes: int = 60
    per_person_a_day: int = 0


# By the name of the page that takes the form. A town hall behind one address must get through: 50 people, some tries each.
LIMITS: dict[str, Limit] = {
    "account_login": Limit(per_address=600),
    "account_signup": Limit(per_address=300, per_target=5, target="email"),
    "account_reset_password": Limit(per_address=200, per_target=5, target="email"),
    "account_reset_password_from_key": Limit(per_address=200),
    "account_confirm_email": Limit(per_address=300),
    "account_email": Limit(per_target=20),
    "account_change_password": Limit(per_target=20),
    "account_set_password": Limit(per_target=20),
    "account_reauthenticate": Limit(per_target=20),
    "mfa_authenticate": Limit(per_address=300, per_target=10, minutes=15),
    "mfa_reauthenticate": Limit(per_target=10, minutes=15),
    "mfa_activate_totp": Limit(per_target=20),
    "invitation_accept": Limit(per_address=200),
    "intake:invitation_accept": Limit(per_address=200),
    "intake:contributor_list": Limit(per_address=200, per_target=5, target="email", per_person_a_day=30),
    "intake:entry_start": Limit(per_target=30),
    "intake:draft_fill": Limit(per_target=30),                          # each file takes a process of its own
    "outreach:intent_new": Limit(per_address=200, per_target=12, target="contact_email", minutes=A_DAY),    # searching is a post, too
    "outreach:intent_confirm": Limit(per_address=300),
    "enquiries:message_write": Limit(per_address=60, per_target=5, target="email"),
    "enquiries:message_confirm": Limit(per_address=300),
    "outreach:address_unsubscribe": Limit(per_address=300),
}


class Limits:
    """The middleware: what was sent too often is not looked at, but answered with a page that says so."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, _facts: Any) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        limit = LIMITS.get(name)
        if limit is None or request.method != "POST":
            return None
        for word, most, value, minutes in (
            ("address", limit.per_address, network_of(request), limit.minutes),
            ("target", limit.per_target, target_of(request, limit.target), limit.minutes),
            ("day", limit.per_person_a_day, target_of(request, "person"), A_DAY),
        ):
            if most and value:
                tally = count(f"{name} {word} {value}", timedelta(minutes=minutes))
                if tally.count > most:
                    seconds = max(1, ceil((tally.ends_at - clock.now()).total_seconds()))
                    return error_pages.sent_too_often(request, seconds=seconds, by_many=word == "address")
        return None


def network_of(request: HttpRequest) -> str:
    """Where the request comes from; of IPv6 the network, because one machine has millions of addresses in it."""
    try:
        address = ip_address(request.META.get("REMOTE_ADDR", ""))
    except ValueError:
        return ""
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or f"{address.exploded[:19]}::/64")
    return str(address)


def target_of(request: HttpRequest, target: str) -> str:
    if target != "person":
        return request.POST.get(target, "").strip().casefold()
    if request.user.is_authenticated:
        return f"person {request.user.pk}"
    waiting = request.session.get("account_login")                      # allauth: the password was right, the code is missing
    return f"signing in {waiting.get('user_pk')}" if isinstance(waiting, dict) else ""


def count(what: str, window: timedelta) -> Tally:
    """One more of `what` in this window; a window begins with its first."""
    key, now = key_of(what), clock.now()
    with transaction.atomic():
        tally = next(iter(_tally(key)), None)
        if tally is None:
            forget(now)
            if insert_once(tally := Tally(key=key, count=1, ends_at=now + window)):
                return tally
            [tally] = _tally(key)                                       # somebody began it at the same moment
        if tally.ends_at <= now:
            tally.count, tally.ends_at = 0, now + window
        tally.count += 1
        update(tally, "count", "ends_at")
    return tally


@prepared
def _tally(key: str) -> QuerySet[Tally]:
    return Tally.objects.select_for_update().filter(key=key)


def clear(what: str) -> None:
    """Begin anew with `what`."""
    Tally.objects.filter(key=key_of(what)).delete()


def take_back(what: str) -> None:
    """One less of `what`."""
    Tally.objects.filter(key=key_of(what), count__gt=0).update(count=F("count") - 1)


def key_of(what: str) -> str:
    return salted_hmac(SALT, what, algorithm="sha256").hexdigest()


def forget(now: Any) -> None:
    """Delete what is over; rows that another process is deleting are left to it."""
    if over := _over(now):
        Tally.objects.filter(pk__in=over).delete()


@prepared
def _over(now: datetime) -> QuerySet[Tally, int]:
    return Tally.objects.filter(ends_at__lte=now).select_for_update(skip_locked=True).values_list("pk", flat=True)[:CLEARED_AT_ONCE]
