"""Texts of which every version is kept: who saved which when, any two held against each other, an earlier one brought back.

The pages of the website and the chapters of the book have the same screen, `shared/versions.html`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lorbeer.shared.pieces import pieces
from lorbeer.shared.templatetags.formats import moment

MOST_SHOWN = 100
Badge = tuple[str, str, str]                                            # words, tone, sign


class Version(Protocol):
    """A text as somebody saved it. `saved_by`: nobody where it came with a package; `taken_from`: the version that was brought back."""

    number: int
    title: str
    text: str
    saved_at: datetime
    saved_by: Any
    taken_from: int | None


class CompareForm(forms.Form):
    """Which two versions to hold against each other."""

    before = forms.TypedChoiceField(label=gettext_lazy("Before"), coerce=int)
    after = forms.TypedChoiceField(label=gettext_lazy("After"), coerce=int)

    def __init__(self, *args: Any, versions: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.choices = versions                                    # type: ignore[attr-defined]


def versions_page(
    request: HttpRequest, versions: Sequence[Version], *, name: str, language: str, back: Callable[[int], str],
    breadcrumb: list[tuple[str, str]], badge: Callable[[Version], Badge | None] = lambda _version: None,
) -> HttpResponse:
    """The page of `versions`, the newest first; `name`: of what; `back`: where to send that a version is to be brought back."""
    choices = [(one.number, _("%(number)d of %(day)s") % {"number": one.number, "day": moment(one.saved_at)}) for one in versions]
    usual = {"before": versions[min(1, len(versions) - 1)].number, "after": versions[0].number}
    form = CompareForm(request.GET if "before" in request.GET else None, versions=choices, initial=usual)
    asked = form.cleaned_data if form.is_bound and form.is_valid() else usual
    by_number = {one.number: one for one in versions}
    before, after = by_number[asked["before"]], by_number[asked["after"]]
    return render(request, "shared/versions.html", {
        "name": name, "language": language, "form": form, "before": before, "after": after, "newest": versions[0],
        "changes": None if before.number == after.number else _changes(before, after), "breadcrumb": breadcrumb,
        "shown": [(one, badge(one), back(one.number)) for one in versions[:MOST_SHOWN]], "more": len(versions) - MOST_SHOWN,
    }, status=422 if form.errors else 200)


def _changes(before: Version, after: Version) -> list[dict[str, Any]]:
    parts = [(_("Title"), before.title, after.title), (_("Text"), before.text, after.text)]
    return [{"label": label, "before": was, "after": now}
            for label, one, other in parts if one != other for was, now in [pieces(one, other)]]
