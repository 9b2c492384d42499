"""Who reads what: pages of the office."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry, State
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Person
from lorbeer.screening import documents, forms, queries, rules, services
from lorbeer.screening.models import AssignmentRun, Vote
from lorbeer.screening.views.common import NOT_ADMISSIBLE, address, chosen_round, find, round_tabs
from lorbeer.shared import lists
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lists import Column
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
    run = AssignmentRun.objects.filter(competition=found, round=round, accepted_at=None).order_by("-pk").first()
    return render(request, "screening/assignment_show.html", {
        "round_tabs": round_tabs(request, found, round),
        "round": round, "round_part": f"?round={round}", "progress": progress, "through": through, "admitted": admitted, "short": short,
        "listing": listing, "run": run, "has_votes": votes.exists(),
        "seats": queries.rules_of(found).seats, "screeners": queries.screeners_of(found).count(),
        "figure": [
            {"label": str(one.person), "value": one.sealed, "text": _("%(sealed)d of %(assigned)d") % {
                "sealed": one.sealed, "assigned": one.assigned}, "tone": "success" if not one.open else "accent"}
            for one in progress
        ],
        "most": max((one.assigned for one in progress), default=1),
        "form": forms.ProposeForm(initial={"seed": secrets.randbelow(1_000_000), "spread": 1}),
    })


def assigned_columns(competition: Competition) -> list[Column]:
    """Entries with the people who read them: never how far they are."""
    of_lands = competition.applicant_kind == "municipality"
    return [
        Column("code", _("Code"), kind="code", url=lambda entry: address("seats_show", competition, code=entry.code), sort="code"),
        Column("name", _("Applicant"), value=applicant_of, sort=("applicant", "code")),
        Column("group", _("Group"), value=lambda entry: str(entry.group or ""), sort="group__position"),
        *([Column("land_code", _("Land"), sort="land_code")] if of_lands else []),
        Column("screeners", _("Screeners"), value=lambda entry: ", ".join(
            sorted(str(vote.screener) for vote in entry.votes.all())) or None),
    ]


def applicant_of(entry: Entry) -> str:
    return documents.name_of(entry) if entry.is_unlisted else entry.applicant or entry.title or entry.code


@login_required
@require_POST
def run_propose(request: HttpRequest, competition: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    round = chosen_round(request, found)
    require(rules.can_assign(request.user, found, round))
    form = forms.ProposeForm(request.POST)
    if form.is_valid():
        try:
            run = services.propose_assignment(
                found, round, form.cleaned_data["seed"], request.user, spread=form.cleaned_data["spread"]
            )
            return redirect(address("run_show", found, run=run.code))
        except BadInput as fault:
            form.add_error(None, str(fault))
    return render(request, "screening/run_propose.html", {"form": form, "round": round}, status=400)


def find_run(competition: Competition, code: str) -> AssignmentRun:
    return get_object_or_404(AssignmentRun, competition=competition, code=code)


@login_required
@require_GET
def run_show(request: HttpRequest, competition: str, run: str) -> HttpResponse:
    """A computed assignment: loads, what the rules cost, who reads what, and why."""
    found = find(request, competition, *OFFICE)
    shown = find_run(found, run)
    require(rules.can_assign(request.user, found, shown.round))
    entries = {
        entry.code: entry
        for entry in Entry.objects.filter(code__in=[code for code, _group in shown.input["entries"]]).select_related("group")
    }
    people = {person.code: person for person in Person.objects.filter(code__in=shown.input["screeners"])}
    readers: dict[str, list[str]] = {}
    for entry, person in (*shown.input["fixed"], *shown.result):
        readers.setdefault(entry, []).append(person)
    excluded = {(entry, person): kind for entry, person, kind in shown.input["excluded"]}
    rows = [
        {"code": code, "name": applicant_of(entry), "group": str(entry.group or ""), "land": entry.land_code,
         "screeners": ", ".join(sorted(str(people.get(one, one)) for one in readers.get(code, [])))}
        for code, entry in sorted(entries.items(), key=lambda pair: (pair[1].group_id or 0, pair[1].applicant, pair[0]))
    ]
    listing = lists.build(request, rows, [
        Column("code", _("Code"), kind="code", url=lambda row: f"?entry={row['code']}#why", sort="code"),
        Column("name", _("Applicant"), sort="name"),
        Column("group", _("Group"), sort="group"),
        *([Column("land", _("Land"), sort="land")] if found.of_register else []),
        Column("screeners", _("Screeners"), sort="screeners"),
    ], name="zuteilung-vorschlag", per_page=200)
    if file := listing.download():
        return file
    loads = shown.explanation["loads"]
    groups = {group.code: str(group) for group in found.groups.all()}
    used = sorted({group for _code, group in shown.input["entries"]}, key=list(groups).index if groups else None)
    ordered = sorted(loads, key=lambda code: str(people.get(code, code)))
    asked = request.GET.get("entry", "")
    return render(request, "screening/run_show.html", {
        "run": shown, "listing": listing,
        "finished": Entry.objects.filter(competition=found, round=shown.round, state__in=rules.THROUGH).exclude(code__in=entries).count(),
        "loads": [{"label": str(people.get(code, code)), "value": loads[code]} for code in ordered],
        "group_columns": [groups.get(code, code) for code in used],
        "group_rows": [
            (str(people.get(code, code)), [shown.explanation["group_loads"][code].get(group, 0) for group in used])
            for code in ordered
        ],
        "excluded": [(NOT_ADMISSIBLE.get(kind, kind), count) for kind, count in sorted(shown.explanation["excluded"].items())],
        "prices": [
            (_("equal loads") if kind == "balance" else NOT_ADMISSIBLE.get(kind, kind), price)
            for kind, price in sorted(shown.explanation["prices"].items())
        ],
        "why": why(asked, people, readers, excluded, loads) if asked in entries else None,
        "why_entry": entries.get(asked),
        "lightest": min(loads.values(), default=0), "heaviest": max(loads.values(), default=0),
    })


def why(
    entry: str, people: dict[str, Person], readers: dict[str, list[str]], excluded: dict[tuple[str, str], str], loads: dict[str, int]
) -> list[dict[str, Any]]:
    """For one entry each screener: reads it, may not, or could have, with the load that spoke for or against it."""
    rows = []
    for code, person in sorted(people.items(), key=lambda pair: str(pair[1])):
        kind = excluded.get((entry, code))
        if code in readers.get(entry, []):
            word, tone, sign = _("reads it"), "success", "✓"
        elif kind:
            word, tone, sign = _("may not: %(reason)s") % {"reason": NOT_ADMISSIBLE.get(kind, kind)}, "danger", "⊘"
        else:
            word, tone, sign = _("could read it"), "quiet", "○"
        rows.append({"person": person, "word": word, "tone": tone, "sign": sign, "load": loads.get(code, 0)})
    return rows


@login_required
@require_http_methods(["GET", "POST"])
def run_accept(request: HttpRequest, competition: str, run: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_run(found, run)
    require(rules.can_assign(request.user, found, shown.round))
    form = forms.AcceptForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        votes = services.accept_assignment(shown, request.user, form.cleaned_data["due_on"])
        messages.success(request, _("%(count)d places are assigned. Every screener gets a mail.") % {"count": len(votes)})
        return redirect(f"{address('assignment_show', found)}?round={shown.round}")
    people = len({person for _entry, person in shown.result})
    return render(request, "confirm.html", {
        "title": _("Accept the assignment"), "form": form, "button_label": _("Accept and tell the screeners"),
        "cancel_url": address("run_show", found, run=shown.code),
        "consequences": [
            ngettext("%(count)d place is assigned.", "%(count)d places are assigned.", len(shown.result)) % {"count": len(shown.result)},
            ngettext("%(count)d screener gets a mail.", "%(count)d screeners get a mail.", people) % {"count": people},
            _("Places can be moved afterwards, each with a reason, as long as their screener has begun nothing."),
        ],
    })


def entry_in(competition: Competition, code: str) -> Entry:
    return get_object_or_404(Entry.objects.select_related("group", "competition"), competition=competition, code=code)


@login_required
@require_GET
def seats_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The places of one entry, and who could take them."""
    found = find(request, competition, *OFFICE)
    entry = entry_in(found, code)
    require(rules.can_assign(request.user, found, entry.round))
    excluded = queries.excluded_pairs(found, entry.round)
    loads = dict(
        Vote.objects.filter(entry__competition=found, entry__round=entry.round).values_list("screener").annotate(Count("pk"))
    )
    votes = list(entry.votes.select_related("screener").order_by("screener__name"))
    taken = {vote.screener_id for vote in votes}
    people = [
        {"person": person, "load": loads.get(person.pk, 0), "reads": person.pk in taken,
         "reason": NOT_ADMISSIBLE.get(excluded.get((entry.code, person.code), ""), "")}
        for person in queries.screeners_of(found)
    ]
    return render(request, "screening/seats_show.html", {
        "entry": entry, "votes": votes, "people": people, "name": documents.name_of(entry),
        "free": queries.rules_of(found).seats - len(votes) if entry.state == State.ADMITTED else 0,
        "through": rules.is_through(entry),
    })


def admissible_people(competition: Competition, entry: Entry) -> QuerySet[Person]:
    excluded = {person for code, person in queries.excluded_pairs(competition, entry.round) if code == entry.code}
    return queries.screeners_of(competition).exclude(code__in=excluded).exclude(votes__entry=entry)


@login_required
@require_http_methods(["GET", "POST"])
def seat_fill(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    entry = entry_in(found, code)
    require(rules.can_assign(request.user, found, entry.round))
    form = forms.SeatForm(request.POST or None, people=admissible_people(found, entry))
    if request.method == "POST" and form.is_valid():
        due_on = Vote.objects.filter(entry__competition=found, entry__round=entry.round).order_by("-due_on").values_list(
            "due_on", flat=True).exclude(due_on=None).first()
        services.fill_seat(entry, form.cleaned_data["to"], request.user, form.cleaned_data["reason"], due_on)
        messages.success(request, _("%(person)s reads this entry now and gets a mail.") % {"person": form.cleaned_data["to"]})
        return redirect(address("seats_show", found, code=entry.code))
    return render(request, "confirm.html", {
        "title": _("Fill the free place: %(entry)s") % {"entry": documents.name_of(entry)}, "form": form,
        "button_label": _("Assign and tell the screener"), "cancel_url": address("seats_show", found, code=entry.code),
        "text": _("Only people without bias who do not read this entry yet are listed."),
    })


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
    form = forms.SeatForm(request.POST or None, people=admissible_people(found, moved.entry))
    if request.method == "POST" and form.is_valid():
        services.reassign(moved, form.cleaned_data["to"], request.user, form.cleaned_data["reason"])
        messages.success(request, _("%(person)s reads this entry now and gets a mail.") % {"person": form.cleaned_data["to"]})
        return redirect(address("seats_show", found, code=moved.entry.code))
    return render(request, "confirm.html", {
        "title": _("Move the place of %(person)s") % {"person": moved.screener}, "form": form,
        "button_label": _("Move the place"), "cancel_url": address("seats_show", found, code=moved.entry.code),
        "text": _("Only people without bias who do not read this entry yet are listed. "
                  "The place moves only while the person has begun nothing in this round."),
    })


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
               % {"person": taken.screener}] if rules.is_out(taken.screener, found)
              else [_("%(person)s does not read this entry any more.") % {"person": taken.screener},
                    _("Once the person has begun to read anything in this round, take the role of screener from them or "
                      "record their bias first.")]),
            _("What they may have typed is thrown away."),
            _("A sealed vote cannot be taken back."),
        ],
    })


@login_required
@require_POST
def screener_remind(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    whom = get_object_or_404(queries.screeners_of(found), code=person)
    round = chosen_round(request, found)
    services.remind_screener(whom, found, round, request.user)
    messages.success(request, _("%(person)s gets a mail about the open votes.") % {"person": whom})
    return redirect(f"{address('assignment_show', found)}?round={round}")
