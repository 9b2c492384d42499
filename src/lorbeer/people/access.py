"""Who somebody is in a competition: the one place where a request meets roles."""

from typing import TYPE_CHECKING

from django.apps import apps
from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation.trans_real import parse_accept_lang_header

from lorbeer.people.models import Person, Role
from lorbeer.shared import clock
from lorbeer.shared.prepared import prepared
from lorbeer.shared.remembered import once_per_page
from lorbeer.shared.text import language_for
from lorbeer.shared.verdicts import ALLOWED, Verdict

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

OFFICE = frozenset({Role.Kind.OFFICE_LEAD, Role.Kind.OFFICE})


@once_per_page
def roles_of(person: object, competition: "Competition") -> frozenset[str]:
    """The kinds of roles that `person` holds in `competition`; empty for strangers and for nobody."""
    if not isinstance(person, Person) or not person.is_active:
        return frozenset()
    return frozenset(_kinds(person.pk, competition.pk))


@prepared
def _kinds(person: int, competition: int) -> "QuerySet[Role, str]":
    return Role.objects.filter(person=person, competition=competition).values_list("kind", flat=True)


def competitions_visible_to(person: object) -> "QuerySet[Competition]":
    """Published calls, and those in which the person has a role."""
    competition_model = apps.get_model("call", "Competition")
    if isinstance(person, Person):
        return competition_model.objects.all() if person.is_operator else _seen_by(person.pk)
    return competition_model.objects.filter(is_public=True)


def _seen_by(person: int) -> "QuerySet[Competition]":
    of_theirs = Role.objects.filter(person=person).values("competition")
    return apps.get_model("call", "Competition").objects.filter(Q(is_public=True) | Q(pk__in=of_theirs))


# The same, for one address.


@prepared
def _any(code: str) -> "QuerySet[Competition]":
    return apps.get_model("call", "Competition").objects.filter(code=code)


@prepared
def _public(code: str) -> "QuerySet[Competition]":
    return competitions_visible_to(None).filter(code=code)


@prepared
def _seen(code: str, person: int) -> "QuerySet[Competition]":
    return _seen_by(person).filter(code=code)


def _found(person: object, code: str) -> "list[Competition]":
    if isinstance(person, Person):
        return _any(code) if person.is_operator else _seen(code, person.pk)
    return _public(code)


def competition_for(request: HttpRequest, code: str) -> "Competition":
    """The competition of an address; Http404 for those to whom it does not exist.

    Sets `request.competition` and `request.roles`, which pages and rules read, and its time zone, in which whatever is written
    for this request stands: pages, files and mails alike.
    """
    competition = next(iter(_found(request.user, code)), None)
    if competition is None:
        raise Http404
    speak_as(competition, request)
    timezone.activate(competition.time_zone)                            # the next request begins without
    request.competition = competition  # type: ignore[attr-defined]
    request.roles = roles_of(request.user, competition)  # type: ignore[attr-defined]
    return competition


def own_language(request: HttpRequest) -> str:
    """The language that the one who is signed in has chosen; empty where nobody is, or nothing was chosen yet."""
    person = request.user
    return person.language if person.is_authenticated and person.language_chosen else ""


def speak_as(competition: "Competition", request: HttpRequest) -> None:
    """Pages of a competition stand in the language that the reader has chosen, else in one of its own: the reader's, else its first.

    Also in one that the house does not speak: then the texts of the call are in it, and the words of the house in English.
    """
    languages = competition.languages or ["de"]
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if chosen in dict(settings.LANGUAGES) or (own_language(request) and chosen not in languages):
        return                                                          # it is spoken already
    read = [code.split("-")[0] for code, _quality in parse_accept_lang_header(request.headers.get("Accept-Language", "").lower())]
    if getattr(request.user, "is_operator", False) and next(iter(read), settings.LANGUAGE_CODE) in dict(settings.LANGUAGES):
        return                                                          # the house is theirs: they come to each call from outside
    wanted = [chosen, *read, (translation.get_language() or "de").split("-")[0], languages[0]]
    translation.activate(language_for(next(code for code in wanted if code in languages)))


def competition_come_from(request: HttpRequest) -> "Competition | None":
    """The published competition from whose pages one came to sign in: `next` leads back to it."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    return competitions_visible_to(None).filter(code=asked.strip("/").partition("/")[0]).first() if asked and "\0" not in asked else None


def is_office(person: object, competition: "Competition") -> bool:
    return bool(roles_of(person, competition) & OFFICE)


def can_work_in_office(person: object, competition: "Competition") -> Verdict:
    if is_office(person, competition):
        return ALLOWED
    return Verdict(_("Only the competition office can do this. If you belong to it, ask its lead to give you that role."))


def expected_in(competition: "Competition", kind: str) -> int:
    """How many hold the role, or have an invitation to it that is still open."""
    invited = competition.invitations.filter(kind=kind, accepted_at=None, expires_at__gt=clock.now())
    return competition.roles.filter(kind=kind).count() + invited.count()


def require_role(request: HttpRequest, *kinds: str) -> None:
    """Let holders of one of `kinds` pass; others learn by 404 (strangers) or 403 (insiders) that they may not.

    Call after `competition_for`.
    """
    from lorbeer.shared.errors import Refused

    if request.roles & set(kinds):  # type: ignore[attr-defined]
        return
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    names = ", ".join(str(Role.Kind(kind).label) for kind in kinds)
    raise Refused(str(_("This page is for: %(roles)s. You do not have that role in this competition.") % {"roles": names}))
