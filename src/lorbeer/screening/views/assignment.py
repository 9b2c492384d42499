"""Who reads what: pages of the office."""

import secrets
from datetime import date

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Max, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.entries.models import Bias, Entry, State
from lorbeer.entries.queries import is_biased
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Person
from lorbeer.screening import documents, forms, pairing, queries, rules, services, wording
from lorbeer.screening.models import AssignmentRun, Vote
from lorbeer.screening.views.common import address, applicant_of, chosen_round, entry_in, find, round_tabs, screener_in
from lorbeer.shared import clock, lists
from lorbeer.shared.lists import Column
from lorbeer.shared.text import in_sentence, written_in
from lorbeer.shared.verdicts import require


@login_required
@require_GET
def assignment_show(request: HttpRequest, competition: str) -> HttpResponse:
    """Who reads how much, what is still to assign, and how far everybody is."""
    found = find(request, competition, *OFFICE)
    round = chosen_round(request, found)
    require(rules.can_assign(request.user, found, round))
    progress = queries.progress_of(found, round)
    through, admitted = queries.entries_through(found, round)
    short = list(queries.entries_short_of_screeners(found, round).select_related("group")[:200])
    votes = Vote.objects.filter(entry__competition=found, entry__round=round)
    listing = lists.build(
        request,
        Entry.objects.filter(competition=found, round=round, state__in=(State.ADMITTED, *rules.THROUGH))
        .select_related("group").prefetch_related("votes__screener"),
        assigned_columns(found), order="name", name="zuteilung",
    )
    if file := listing.download():
        return file
    runs = AssignmentRun.objects.filter(competition=found, round=round)
    run, accepted = runs.filter(accepted_at=None).order_by("-pk").first(), runs.exclude(accepted_at=None).order_by("-accepted_at").first()
    return render(request, "screening/assignment_show.html", {
        "round_tabs": round_tabs(request, found, round),
        "round": round, "round_part": f"?round={round}", "progress": progress, "folded": len(progress) > queries.FEW_PEOPLE,
        "behind": [one for one in progress if one.open], "through": through, "admitted": admitted, "short": short,
        "listing": listing, "run": run, "accepted": accepted, "has_votes": votes.exists(),
        "seats": queries.rules_of(found).seats, "screeners": queries.screeners_of(found).count(),
        "figure": [
            {"label": str(one.person), "value": one.sealed, "of": one.assigned, "text": _("%(sealed)d of %(assigned)d") % {
                "sealed": one.sealed, "assigned": one.assigned}, "tone": "success" if not one.open else "accent"}
            for one in progress
        ],
        "form": forms.ProposeForm(initial={"seed": secrets.randbelow(1_000_000), "spread": 1, "priority": "even"},
                                  with_fields=bool(queries.rules_of(found).fields)),
        "may_keep": rules.can_keep_screeners(request.user, found),
    })


def assigned_columns(competition: Competition) -> list[Column]:
    """Entries with the people who read them: never how far they are."""
    of_lands = competition.applicant_kind == "municipality"
    return [
        Column("code", _("Code"), kind="code", url=lambda entry: address("seats_show", competition, code=entry.code), sort="code"),
        Column("name", competition.applicant_word, value=applicant_of, sort=("applicant", "code")),
        Column("group", _("Group"), value=lambda entry: str(entry.group or ""), sort="group__position"),
        *([Column("land_code", _("Land"), sort="land_code")] if of_lands else []),
        Column("screeners", _("Screeners"), value=lambda entry: ", ".join(
            sorted(str(vote.screener) for vote in entry.votes.all())) or None),
    ]


@login_required
@require_GET
def seats_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The places of one entry, and who could take them."""
    found = find(request, competition, *OFFICE)
    entry = entry_in(found, code)
    require(rules.can_assign(request.user, found, entry.round))
    reasons = pairing.reasons_for(entry)
    loads = dict(
        Vote.objects.filter(entry__competition=found, entry__round=entry.round).values_list("screener").annotate(Count("pk"))
    )
    votes = list(entry.votes.select_related("screener").order_by("screener__name"))
    taken, here = {vote.screener_id for vote in votes}, set(queries.screeners_of(found).values_list("pk", flat=True))
    for vote in votes:                                                  # whatever has become of the vote itself
        vote.held_up = (                                                # type: ignore[attr-defined]
            _("not a screener any more") if vote.screener_id not in here else _("biased") if is_biased(vote.screener, entry) else "")
    recorded = set(Bias.objects.filter(entry=entry, kind=Bias.Kind.OFFICE).values_list("person", flat=True))
    full = pairing.full_people(found, entry.round)
    people = [
        {"person": person, "load": loads.get(person.pk, 0), "reads": person.pk in taken,
         "recorded": person.pk in recorded, "can_record": person != request.user and person.code not in reasons,
         "reason": wording.REASONS.get(reasons.get(person.code, "")) or (
             _("takes at most %(count)d") % {"count": full[person.pk]} if person.pk in full else "")}
        for person in queries.screeners_of(found)
    ]
    return render(request, "screening/seats_show.html", {
        "entry": entry, "votes": votes, "people": people, "name": documents.name_of(entry),
        "free": queries.rules_of(found).seats - len(votes) if entry.state == State.ADMITTED else 0,
        "through": rules.is_through(entry),
    })


@login_required
@require_http_methods(["GET", "POST"])
def bias_record(request: HttpRequest, competition: str, code: str, person: str) -> HttpResponse:
    """The office knows that a screener is biased for an entry, and they have not said so."""
    found = find(request, competition, *OFFICE)
    entry = entry_in(found, code)
    require(rules.can_assign(request.user, found, entry.round))
    whom = screener_in(found, person)
    require(rules.can_record_bias(request.user, entry, whom))
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.record_bias(entry, whom, form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("Recorded: %(person)s is biased for this entry.") % {"person": whom})
        return redirect(address("seats_show", found, code=entry.code))
    return render(request, "confirm.html", {
        "title": _("Record that %(person)s is biased?") % {"person": whom}, "text": written_in(found, documents.name_of(entry)), "form": form,
        "button_label": _("Record the bias"), "cancel_url": address("seats_show", found, code=entry.code),
        "consequences": [
            _("The entry closes to %(person)s at once, and they get no place on it.") % {"person": whom},
            _("If they have one, take it back here; a vote that is sealed stays."),
            _("It can be taken back with a reason until their vote counts."),
        ],
    }, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def bias_lift(request: HttpRequest, competition: str, code: str, person: str) -> HttpResponse:
    """The office takes back a bias that it recorded by mistake."""
    found = find(request, competition, *OFFICE)
    entry = entry_in(found, code)
    require(rules.can_assign(request.user, found, entry.round))
    whom = screener_in(found, person)
    require(rules.can_lift_bias(request.user, entry, whom))
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.lift_bias(entry, whom, form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("The bias that the office had recorded is taken back. What else keeps %(person)s from the entry stands in"
                                    " the list.") % {"person": whom})
        return redirect(address("seats_show", found, code=entry.code))
    return render(request, "confirm.html", {
        "title": _("Take back that %(person)s is biased?") % {"person": whom}, "text": written_in(found, documents.name_of(entry)),
        "form": form,
        "button_label": _("Take the bias back"), "cancel_url": address("seats_show", found, code=entry.code),
        "consequences": [
            _("The entry is no longer closed to %(person)s, unless for another reason: what they declared themselves and what Lorbeer computes"
              " stays.") % {"person": whom},
            _("A place that was taken back meanwhile stays free or with whoever has it."),
        ],
    }, status=400 if form.errors else 200)


def admissible_people(competition: Competition, entry: Entry) -> QuerySet[Person]:
    full = pairing.full_people(competition, entry.round)
    return queries.screeners_of(competition).exclude(code__in=pairing.reasons_for(entry)).exclude(votes__entry=entry).exclude(pk__in=full)


def seat_form(request: HttpRequest, entry: Entry, due_on: date | None) -> forms.SeatForm:
    """For a place of the entry; `due_on` is offered unless it has passed: whoever takes the place would be late with the first mail."""
    today = clock.today(entry.competition.time_zone)
    return forms.SeatForm(request.POST or None, people=admissible_people(entry.competition, entry), today=today,
                          initial={"due_on": due_on if due_on and due_on >= today else None})


@login_required
@require_http_methods(["GET", "POST"])
def seat_fill(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    entry = entry_in(found, code)
    require(rules.can_assign(request.user, found, entry.round))
    last = Vote.objects.filter(entry__competition=found, entry__round=entry.round).aggregate(Max("due_on"))["due_on__max"]
    form = seat_form(request, entry, last)
    if request.method == "POST" and form.is_valid():
        services.fill_seat(entry, form.cleaned_data["to"], request.user, form.cleaned_data["reason"], form.cleaned_data["due_on"])
        messages.success(request, _("%(person)s reads this entry now and gets a mail.") % {"person": form.cleaned_data["to"]})
        return redirect(address("seats_show", found, code=entry.code))
    return render(request, "confirm.html", {
        "title": in_sentence(_("Fill the free place: %(entry)s"), entry=written_in(found, documents.name_of(entry))), "form": form,
        "button_label": _("Assign and tell the screener"), "cancel_url": address("seats_show", found, code=entry.code),
        "text": _("Only people without bias who do not read this entry yet and can take one more are listed."),
    }, status=400 if form.errors else 200)


def vote_in(competition: Competition, code: str) -> Vote:
    return get_object_or_404(
        Vote.objects.select_related("entry__competition", "screener"), entry__competition=competition, code=code
    )


@login_required
@require_http_methods(["GET", "POST"])
def vote_reassign(request: HttpRequest, competition: str, vote: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    moved = vote_in(found, vote)
    require(rules.can_assign(request.user, found, moved.entry.round))
    form = seat_form(request, moved.entry, moved.due_on)
    if request.method == "POST" and form.is_valid():
        services.reassign(moved, form.cleaned_data["to"], request.user, form.cleaned_data["reason"], form.cleaned_data["due_on"])
        messages.success(request, _("%(person)s reads this entry now and gets a mail.") % {"person": form.cleaned_data["to"]})
        return redirect(address("seats_show", found, code=moved.entry.code))
    return render(request, "confirm.html", {
        "title": _("Move the place of %(person)s") % {"person": moved.screener}, "form": form,
        "button_label": _("Move the place"), "cancel_url": address("seats_show", found, code=moved.entry.code),
        "text": _("Only people without bias who do not read this entry yet and can take one more are listed. "
                  "The place moves only while the person has begun nothing in this round."),
    }, status=400 if form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def vote_withdraw(request: HttpRequest, competition: str, vote: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    taken = vote_in(found, vote)
    require(rules.can_assign(request.user, found, taken.entry.round))
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        out, round = rules.is_out(taken.screener, found), taken.entry.round
        freed = services.withdraw_vote(taken, request.user, form.cleaned_data["reason"])
        if out:
            messages.success(request, ngettext(
                "%(count)d place of %(person)s is free now. What they had sealed counts.",
                "%(count)d places of %(person)s are free now. What they had sealed counts.", len(freed)
            ) % {"count": len(freed), "person": taken.screener})
            return redirect(f"{address('assignment_show', found)}?round={round}")
        messages.success(request, _("The place is free. Give it to somebody else now."))
        return redirect(address("seat_fill", found, code=freed[0].code))
    return render(request, "confirm.html", {
        "title": _("Take the place of %(person)s back") % {"person": taken.screener}, "form": form, "danger": True,
        "button_label": _("Take the place back"), "cancel_url": address("seats_show", found, code=taken.entry.code),
        "consequences": [
            *([_("%(person)s is not a screener any more: all their places of this round that are not sealed become free at once.")
               % {"person": taken.screener},
               _("%(person)s gets a mail that says so, without your reason.") % {"person": taken.screener},
               ] if rules.is_out(taken.screener, found)
              else [_("%(person)s does not read this entry any more.") % {"person": taken.screener},
                    _("Once the person has begun to read anything in this round, take the role of screener from them or "
                      "record their bias first.")]),
            _("What they may have typed is thrown away."),
            _("A sealed vote cannot be taken back."),
        ],
    }, status=400 if form.errors else 200)


@login_required
@require_POST
def screener_remind(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    whom = get_object_or_404(queries.screeners_of(found), code=person)
    round = chosen_round(request, found)
    if services.remind_screener(whom, found, round, request.user):      # type: ignore[arg-type]
        messages.success(request, _("%(person)s gets a mail about the open votes.") % {"person": whom})
    else:
        messages.info(request, _("%(person)s has been reminded of this round today already, so no second mail goes out. From tomorrow"
                                 " on you can remind again.") % {"person": whom})
    return redirect(f"{address('assignment_show', found)}?round={round}")
