"""What the newest register says otherwise than the edition of this competition, and what of the competition hangs on it."""

from collections import defaultdict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.register_views import by_kind
from lorbeer.entries.models import State
from lorbeer.entries.queries import entries_visible_to
from lorbeer.outreach import rules, services
from lorbeer.outreach.views.common import reading, require_here
from lorbeer.register.changes import changes_between, without_guesses
from lorbeer.register.queries import newest_edition


@login_required
def register_show(request: HttpRequest, competition: str) -> HttpResponse:
    place = reading(request, competition)
    can_take = rules.can_take_full_register(request.user, place)
    if request.method == "POST":
        require_here(request, place, can_take)
        services.take_full_register(place, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("This competition uses the full register now."))
        return redirect("outreach:register_show", place.code)
    own, newest = place.register_edition, newest_edition()
    is_older = bool(own and newest and not newest.is_extract and newest.pk != own.pk and newest.as_of > own.as_of)
    changes = changes_between(own, newest) if is_older and own and newest else []
    if own and own.is_extract:                                          # holds few bodies: the others are not new
        changes = without_guesses(changes, set(own.municipalities.values_list("key", flat=True)))
    concerned = _concerned(request, place, {change.body.key for change in changes})
    kinds = by_kind(sorted(changes, key=lambda change: change.body.key not in concerned), concerned)
    return render(request, "outreach/register_show.html", {
        "own": own, "newest": newest, "is_older": is_older, "kinds": kinds, "touched": len(concerned), "can_take": can_take,
        "is_borrowed": bool(own and own.is_extract and not place.brings_register),
        "count": own.municipalities.count() if own else 0,
    })


def _concerned(request: HttpRequest, place: Competition, keys: set[str]) -> dict[str, list[dict[str, str]]]:
    """By key: entries that the person may see, and letters of intent, each with its page."""
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    if not keys:
        return found
    visible = entries_visible_to(request.user, place).exclude(state=State.DRAFT)
    for key, code, title in visible.filter(municipality__key__in=keys).values_list("municipality__key", "code", "title"):
        found[key].append({"label": _("Entry %(title)s") % {"title": title or code},
                           "url": reverse("entries:entry_show", args=[place.code, code])})
    letters = place.letters_of_intent.filter(municipality__key__in=keys)
    for key, code, applicant in letters.values_list("municipality__key", "code", "applicant"):
        found[key].append({"label": _("Letter of intent of %(applicant)s") % {"applicant": applicant},
                           "url": reverse("outreach:intent_show", args=[place.code, code])})
    return found
