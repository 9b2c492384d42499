"""What every page needs to know about where it stands: competition, phase, role, navigation."""

from typing import Any

from django.apps import apps
from django.conf import settings
from django.conf.locale import LANG_INFO
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from lorbeer import __version__
from lorbeer.shared import navigation
from lorbeer.shared.navigation import address
from lorbeer.shared.prepared import prepared
from lorbeer.shared.text import call_language

# In the order in which somebody with several roles is offered them; the second word names the colour.
ROLES: dict[str, tuple[str | Promise, str]] = {
    "office_lead": (pgettext_lazy("role", "Competition office (lead)"), "office"),
    "office": (pgettext_lazy("role", "Competition office"), "office"),
    "screener": (pgettext_lazy("role", "Screener"), "screener"),
    "juror": (pgettext_lazy("role", "Juror"), "juror"),
    "editor": (pgettext_lazy("role", "Editor"), "editor"),
    "sponsor": (pgettext_lazy("role", "Sponsor"), "sponsor"),
    "auditor": (pgettext_lazy("role", "Auditor"), "auditor"),
    "applicant": (pgettext_lazy("role", "Applicant"), "applicant"),
    "public": (pgettext_lazy("role", "Public"), "public"),
}
LEGAL = {"imprint": _("Imprint"), "privacy": _("Privacy"), "accessibility": _("Accessibility")}
THEMES = ("light", "dark")


@prepared
def _own_legal_pages(competition: int) -> "QuerySet[Any, str]":
    return apps.get_model("website", "Page").objects.filter(
        competition=competition, code__in=LEGAL, published__isnull=False).values_list("code", flat=True)


@prepared
def _competitions_written_in(person: int) -> "QuerySet[Any, int]":
    """From the person's few entries, not from all of a competition: the database would look through these."""
    return apps.get_model("entries", "Contributor").objects.filter(person=person).values_list("entry__competition", flat=True).distinct()


def held_roles(request: HttpRequest) -> list[str]:
    """The kinds of roles the person can work in here, in house order; "applicant" when they work on an entry."""
    held = set(getattr(request, "roles", ()) or ())
    competition, person = getattr(request, "competition", None), getattr(request, "user", None)
    if competition is not None and person is not None and person.is_authenticated and hasattr(person, "contributions"):
        if not hasattr(request, "_is_applicant"):
            request._is_applicant = competition.pk in _competitions_written_in(person.pk)  # type: ignore[attr-defined]
        if request._is_applicant:  # type: ignore[attr-defined]
            held.add("applicant")
    return [kind for kind in ROLES if kind in held]


def active_role(request: HttpRequest) -> str:
    """The role in which the person is working: the view's, else the one switched to, else the first held, else public."""
    chosen = getattr(request, "active_role", "")
    if chosen:
        return str(chosen)
    held = held_roles(request)
    competition = getattr(request, "competition", None)
    if competition is not None and held:
        remembered = request.session.get("active_roles", {}).get(competition.code, "")
        return remembered if remembered in held else held[0]
    return "public"


def _role_facts(kind: str) -> dict[str, Any]:
    label, tone = ROLES.get(kind, (kind, "public"))
    return {"kind": kind, "label": label, "tone": tone}


def page(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: house, competition, role, role choices, navigation, theme, links to the fixed pages.

    Nothing here asks the database before a template uses it.
    """
    competition = getattr(request, "competition", None)
    theme = request.COOKIES.get("theme", "")

    def role() -> dict[str, Any]:
        return _role_facts(active_role(request))

    def role_choices() -> list[dict[str, Any]]:
        now = active_role(request)
        held = held_roles(request)
        return [_role_facts(kind) | {"current": kind == now} for kind in held] if len(held) > 1 else []

    def links() -> list[dict[str, Any]]:
        return navigation.menu_for(active_role(request), request, competition)

    def legal() -> list[dict[str, Any]]:
        """Imprint, privacy, accessibility: the competition's own page where it has one, else the installation's."""
        own = set()
        if hasattr(competition, "pages"):
            own = set(_own_legal_pages(competition.pk))
        urls = {code: address("website:page_show", **slug, page=code) if code in own else address(code) for code in LEGAL}
        return [{"label": LEGAL[code], "url": url} for code, url in urls.items() if url]

    def other_languages() -> list[tuple[str, str]]:
        """Code and own name of the languages in which the page can also stand: those of the house and of the call."""
        names = dict(settings.LANGUAGES)
        for code in getattr(competition, "languages", None) or ():
            names.setdefault(code, LANG_INFO.get(code, {}).get("name_local", code).capitalize())
        now = call_language()
        return [(code, name) for code, name in names.items() if code != now]

    slug = {"competition": competition.code} if competition is not None else {}
    return {
        "house": {                                                      # not "site": allauth passes one of its own
            "name": "Lorbeer",
            "version": __version__,
            "demo": settings.DEMO,
            "home_url": address("home") or "/",
            "desk_url": address("desk_list"),
            "sign_in_url": address("account_login"),
            "sign_out_url": address("account_logout"),
            "password_url": address("account_change_password"),
            "second_factor_url": address("mfa_index"),
        },
        "competition": competition,
        "competition_url": address("website:competition_home", **slug) if slug else "",
        "role": SimpleLazyObject(role),
        "role_choices": SimpleLazyObject(role_choices),
        "navigation": SimpleLazyObject(links),
        "other_languages": SimpleLazyObject(other_languages),
        "legal_links": SimpleLazyObject(legal),
        "theme": theme if theme in THEMES else "",
    }
