"""Giving an entry back for another reason than bias, and what the office makes of it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from lorbeer.entries.models import State
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Role
from lorbeer.screening import documents, forms, queries, rules, services
from lorbeer.screening.models import Abstention
from lorbeer.screening.views.common import address, chosen_round, find, round_tabs
from lorbeer.screening.views.votes import own_vote
from lorbeer.shared import lists
from lorbeer.shared.lists import Column
from lorbeer.shared.text import in_sentence, written_in
from lorbeer.shared.verdicts import require


@login_required
@require_http_methods(["GET", "POST"])
def vote_abstain(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    require(rules.can_write_vote(request.user, vote))                   # type: ignore[arg-type]
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.abstain(vote, request.user, form.cleaned_data["reason"])  # type: ignore[arg-type]
        messages.success(request, _("Thank you. The entry has left your pile, and the office looks for somebody else."))
        return redirect(address("vote_list", found))
    return render(request, "confirm.html", {
        "title": in_sentence(_("Abstain: %(entry)s"), entry=written_in(found, documents.name_of(vote.entry))), "form": form,
        "button_label": _("Abstain and give the entry back"), "cancel_url": address("vote_write", found, code=code),
        "consequences": [
            _("The entry leaves your pile, and you are not asked to read it again."),
            _("What you may have typed on it is thrown away."),
            _("The competition office reads your reason and finds somebody else. Where you are biased, declare that instead: "
              "then the entry stays closed to you."),
        ],
    }, status=400 if form.errors else 200)


@login_required
@require_GET
def abstention_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Who gave which entry back and why, with the way to their replacement."""
    found = find(request, competition, *OFFICE)
    round = chosen_round(request, found)
    require(rules.can_assign(request.user, found, round))               # type: ignore[arg-type]
    seats = queries.rules_of(found).seats

    def state_of(one: Abstention) -> str:
        if one.entry.state != State.ADMITTED:
            return str(_("read by others"))
        return str(_("replaced") if one.taken >= seats else _("a place is free"))   # type: ignore[attr-defined]

    listing = lists.build(request, queries.abstentions_of(found, round), [
        Column("entry", _("Entry"), kind="code", value=lambda one: one.entry.code, sort="entry__code",
               url=lambda one: address("seats_show", found, code=one.entry.code)),
        Column("title", _("Title"), value=lambda one: written_in(found, documents.name_of(one.entry)), sort="entry__title"),
        Column("person", _("Screener"), value=lambda one: str(one.person), sort="person__name"),
        Column("when", _("Abstained on"), kind="moment", value=lambda one: one.abstained_at, sort="abstained_at"),
        Column("reason", _("Reason"), value=lambda one: one.reason),
        Column("state", _("Place"), value=state_of),
    ], name="enthaltungen", per_page=100)
    if file := listing.download():
        return file
    return render(request, "screening/abstention_list.html", {
        "listing": listing, "round": round, "round_tabs": round_tabs(request, found, round)})
