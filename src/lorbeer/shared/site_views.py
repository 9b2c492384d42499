"""Language, display and role of a session."""

from typing import Any

from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from lorbeer.shared import context

YEAR = 365 * 24 * 3600                                                  # seconds


class LanguageForm(forms.Form):
    language = forms.RegexField(r"^[a-z]{2}\Z")                         # of the house, or of a call
    next = forms.CharField(required=False)


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(choices=[("", "")] + [(theme, theme) for theme in context.THEMES], required=False)
    next = forms.CharField(required=False)


class RoleForm(forms.Form):
    competition = forms.SlugField()
    role = forms.ChoiceField(choices=[(kind, kind) for kind in context.ROLES])


def safe_next(request: HttpRequest, target: str) -> str:
    """`target` where it stays in this house, else the start page."""
    if target and url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return target
    return "/"


@require_POST
def language_set(request: HttpRequest) -> HttpResponse:
    """Remember the language in a cookie and, of those signed in, with the person."""
    form = LanguageForm(request.POST)
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", "")))
    if form.is_valid():
        language = form.cleaned_data["language"]
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, language, max_age=YEAR, samesite="Lax",
                            secure=settings.SESSION_COOKIE_SECURE)
        speaks = language in dict(settings.LANGUAGES)
        if speaks and request.user.is_authenticated:
            request.user.choose_language(language)
    return response


@require_POST
def theme_set(request: HttpRequest) -> HttpResponse:
    """Light, dark, or as the device has it; kept in a cookie."""
    form = ThemeForm(request.POST)
    response = HttpResponseRedirect(safe_next(request, request.POST.get("next", "")))
    if form.is_valid() and form.cleaned_data["theme"]:
        response.set_cookie("theme", form.cleaned_data["theme"], max_age=YEAR, samesite="Lax",
                            secure=settings.SESSION_COOKIE_SECURE)
    else:
        response.delete_cookie("theme", samesite="Lax")
    return response


@require_POST
def role_switch(request: HttpRequest) -> HttpResponse:
    """Work in another of one's roles. The session remembers the wish; whether one holds it is asked on every page."""
    form = RoleForm(request.POST)
    if not form.is_valid() or not request.user.is_authenticated:
        raise Http404
    code = form.cleaned_data["competition"]
    request.session["active_roles"] = request.session.get("active_roles", {}) | {code: form.cleaned_data["role"]}
    desk = context.address("website:desk", competition=code) or context.address("website:desk_role", competition=code)
    return HttpResponseRedirect(desk or f"/{code}/")


def styleguide(request: HttpRequest, page: str = "") -> HttpResponse:
    """Every component once; only while developing and in tests."""
    from lorbeer.shared import styleguide as guide

    facts: dict[str, Any] = guide.facts(request)
    if page and page not in guide.PAGES:
        raise Http404
    template, more = guide.PAGES.get(page, ("styleguide/index.html", {}))
    return render(request, template, facts | more)
