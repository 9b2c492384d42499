"""Who screens: what they can read and know, which pairs are pinned or kept apart, and what happens when somebody drops out."""

import secrets

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.entries.models import Entry
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Role
from lorbeer.people.rules import can_take_role
from lorbeer.screening import forms, pairing, queries, rules, services
from lorbeer.screening.models import PairRule, ScreenerProfile, Vote
from lorbeer.screening.views.common import address, chosen_round, find, screener_in
from lorbeer.screening.views.proposals import no_assignment
from lorbeer.shared.errors import BadInput
from lorbeer.shared.verdicts import require


@login_required
@require_GET
def screener_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Screeners with what the assignment knows of them, and the pairs that the office has ruled on."""
    found = find(request, competition, *OFFICE)
    require(rules.can_keep_screeners(request.user, found))
    screening = queries.rules_of(found)
    labels = dict(pairing.choices_of(found, screening.fields)) | dict(pairing.choices_of(found, screening.language))
    profiles = {one.person_id: one for one in ScreenerProfile.objects.filter(competition=found)}
    roles = {role.person_id: role for role in Role.objects.filter(competition=found, kind=Role.Kind.SCREENER)}
    rows = []
    for person in queries.screeners_of(found):
        profile = profiles.get(person.pk) or ScreenerProfile()
        rows.append({
            "person": person, "capacity": profile.capacity, "land": roles[person.pk].land_code, "employer": roles[person.pk].employer,
            "fields": [labels.get(one, one) for one in profile.fields], "languages": [labels.get(one, one) for one in profile.languages],
        })
    pairs = PairRule.objects.filter(entry__competition=found).select_related("entry", "person").order_by("entry__code", "person__name")
    return render(request, "screening/screener_list.html", {
        "rows": rows, "pairs": pairs, "with_fields": bool(screening.fields), "with_languages": bool(screening.language),
        "form": forms.PairForm(people=queries.screeners_of(found), initial={"kind": PairRule.Kind.FORBIDDEN}),
    })


@login_required
@require_http_methods(["GET", "POST"])
def profile_edit(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    require(rules.can_keep_screeners(request.user, found))
    whom = screener_in(found, person)
    role = Role.objects.get(competition=found, person=whom, kind=Role.Kind.SCREENER)
    profile = ScreenerProfile.objects.filter(competition=found, person=whom).first() or ScreenerProfile()
    screening = queries.rules_of(found)
    form = forms.ProfileForm(
        request.POST or None, choices=pairing.choices_of(found, screening.fields), languages=pairing.choices_of(found, screening.language),
        initial={"capacity": profile.capacity, "fields_known": profile.fields, "languages": profile.languages,
                 "land_code": role.land_code, "employer": role.employer, "earlier_bodies": role.earlier_bodies,
                 "addresses": role.addresses})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        services.save_profile(
            whom, found, request.user, capacity=given["capacity"], fields=given.get("fields_known", profile.fields),
            languages=given.get("languages", profile.languages), land_code=given["land_code"], employer=given["employer"],
            earlier_bodies=given["earlier_bodies"], addresses=given["addresses"])
        messages.success(request, _("Saved. It counts for what is computed from now on; what is assigned stays."))
        return redirect(address("screener_list", found))
    return render(request, "screening/profile_edit.html", {"form": form, "person": whom}, status=400 if form.errors else 200)


@login_required
@require_POST
def pair_add(request: HttpRequest, competition: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    require(rules.can_keep_screeners(request.user, found))
    form = forms.PairForm(request.POST, people=queries.screeners_of(found))
    if form.is_valid():
        given = form.cleaned_data
        entry = Entry.objects.filter(competition=found, code=given["entry"].strip().upper()).select_related("competition").first()
        if entry is None:
            form.add_error("entry", _("There is no entry with this code here. It stands in the list of entries."))
        else:
            act = services.pin if given["kind"] == PairRule.Kind.PINNED else services.keep_apart
            try:
                act(entry, given["person"], request.user, given["reason"])
            except BadInput as fault:
                form.add_error(None, str(fault))
            else:
                messages.success(request, _("The rule holds for what is computed from now on; what is assigned stays."))
                return redirect(address("screener_list", found))
    return render(request, "screening/pair_add.html", {"form": form}, status=400)


@login_required
@require_POST
def pair_lift(request: HttpRequest, competition: str, pair: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    require(rules.can_keep_screeners(request.user, found))
    rule = get_object_or_404(PairRule.objects.select_related("entry__competition", "person"), entry__competition=found, code=pair)
    services.lift_rule(rule, request.user)
    messages.success(request, _("The rule is lifted."))
    return redirect(address("screener_list", found))


@login_required
@require_http_methods(["GET", "POST"])
def rest_free(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    """Somebody drops out: what they have not sealed becomes free, and a proposal says who takes it. Nobody else's place moves."""
    found = find(request, competition, *OFFICE)
    round = chosen_round(request, found)
    require(rules.can_assign(request.user, found, round))
    held = Vote.objects.filter(screener__code=person, entry__competition=found, entry__round=round).select_related(
        "screener", "entry__competition")
    place = held.first()
    whom = place.screener if place else screener_in(found, person)
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        count = services.free_rest(whom, found, round, request.user, form.cleaned_data["reason"])
        messages.success(request, ngettext("%(count)d place of %(person)s is free now. What they had sealed counts.",
                                           "%(count)d places of %(person)s are free now. What they had sealed counts.", count)
                         % {"count": count, "person": whom})
        seed = secrets.randbelow(1_000_000)
        try:
            run = services.propose_assignment(found, round, seed, request.user, without=whom)
        except BadInput as fault:
            again = forms.ProposeForm(initial={"seed": seed, "spread": 2, "priority": "even"},
                                      with_fields=bool(queries.rules_of(found).fields))
            told, remedies = (fault.told, fault.remedies) if isinstance(fault, services.NoAssignment) else ([str(fault)], [])
            return no_assignment(request, found, round, again, told, remedies, queries.screeners_of(found).filter(pk=whom.pk).first())
        return redirect(address("run_show", found, run=run.code))
    role = Role.objects.filter(competition=found, person=whom, kind=Role.Kind.SCREENER).select_related("competition", "person").first()
    begun = bool(place and role and services.has_begun(place))
    verdict = can_take_role(request.user, role) if role and begun else None
    return render(request, "confirm.html", {
        "title": _("%(person)s drops out: give the rest to others") % {"person": whom}, "form": form, "danger": True,
        "button_label": _("Free the rest and propose who takes it"),
        "cancel_url": f"{address('assignment_show', found)}?round={round}",
        "text": "" if verdict is None or verdict else str(verdict),
        "consequences": [
            _("All entries of this round that %(person)s has not sealed become free at once. What they had sealed counts.")
            % {"person": whom},
            _("What they may have typed there is thrown away."),
            *([_("%(person)s has begun to read, so the role of screener ends with it: otherwise single answers would tell what is sealed.")
               % {"person": whom}] if begun else []),
            _("%(person)s gets a mail that says so, without your reason.") % {"person": whom},
            _("A proposal gives these places to others and moves nobody else’s. You see it first."),
        ],
    }, status=400 if form.errors else 200)
