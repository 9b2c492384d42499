"""Proposed assignments: computed, explained, changed by hand or by a file, accepted."""

from collections import Counter
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.people.access import OFFICE
from lorbeer.people.models import Person
from lorbeer.screening import assignment, forms, pairing, places_csv, queries, rules, services, wording
from lorbeer.screening.assignment import Problem
from lorbeer.screening.models import AssignmentRun
from lorbeer.screening.services.proposals import problem_in
from lorbeer.screening.views.common import address, applicant_of, chosen_round, entry_in, find
from lorbeer.shared import clock, lists
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lists import Column
from lorbeer.shared.tables import csv_bytes
from lorbeer.shared.templatetags.formats import percent
from lorbeer.shared.verdicts import require


@login_required
@require_POST
def run_propose(request: HttpRequest, competition: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    round = chosen_round(request, found)
    require(rules.can_assign(request.user, found, round))
    form = forms.ProposeForm(request.POST, with_fields=bool(queries.rules_of(found).fields))
    without = queries.screeners_of(found).filter(code=request.GET.get("without", "")).first()
    told: list[str] = []
    remedies: list[str] | None = []
    if form.is_valid():
        try:
            run = services.propose_assignment(
                found, round, form.cleaned_data["seed"], request.user, spread=form.cleaned_data["spread"],
                priority=form.cleaned_data["priority"], without=without,
            )
            return redirect(address("run_show", found, run=run.code))
        except services.NoAssignment as fault:
            told, remedies = fault.told, fault.remedies
        except BadInput as fault:
            form.add_error(None, str(fault))
    return no_assignment(request, found, round, form, told, remedies, without)


def no_assignment(
    request: HttpRequest, competition: Competition, round: int, form: forms.ProposeForm, told: list[str], remedies: list[str] | None,
    without: Person | None,
) -> HttpResponse:
    """Why there is none, and the form to compute again: `without` whoever drops out, as before."""
    asked = {"round": str(round)} | ({"without": without.code} if without else {})
    return render(request, "screening/run_propose.html", {
        "form": form, "asked": urlencode(asked), "without": without, "told": told, "remedies": remedies,
        "may_keep": rules.can_keep_screeners(request.user, competition)}, status=400)


def find_run(request: HttpRequest, competition: Competition, code: str) -> AssignmentRun:
    found = get_object_or_404(AssignmentRun.objects.select_related("competition", "stands_in_for", "based_on"),
                              competition=competition, code=code)
    require(rules.can_assign(request.user, competition, found.round))
    return found


def readers_in(run: AssignmentRun) -> dict[str, list[str]]:
    """{entry: people}, with those who had their place before."""
    readers: dict[str, list[str]] = {}
    for entry, person in (*run.input["fixed"], *run.result):
        readers.setdefault(entry, []).append(person)
    return readers


def people_in(run: AssignmentRun) -> dict[str, Person]:
    codes = {one[0] for one in run.input["screeners"]} | {person for _entry, person in run.input["fixed"]}
    return {person.code: person for person in Person.objects.filter(code__in=codes)}


@login_required
@require_GET
def run_show(request: HttpRequest, competition: str, run: str) -> HttpResponse:
    """A proposal: loads, expertise, mix, what the rules cost, who reads what."""
    found = find(request, competition, *OFFICE)
    shown = find_run(request, found, run)
    entries = {
        entry.code: entry for entry in Entry.objects.filter(competition=found, round=shown.round).select_related("group")
    }
    told = [one[0] for one in shown.input["entries"]]
    people, readers = people_in(shown), readers_in(shown)
    moved = {entry for entry, _giver, _taker in shown.changes}
    rows = [
        {"code": code, "name": applicant_of(entries[code]), "group": str(entries[code].group or ""), "land": entries[code].land_code,
         "screeners": ", ".join(sorted(str(people.get(one, one)) for one in readers.get(code, []))),
         "changed": _("by hand") if code in moved else ""}
        for code in sorted((code for code in told if code in entries), key=lambda code: (
            entries[code].group_id or 0, entries[code].applicant, code))
    ]
    listing = lists.build(request, rows, [
        Column("code", _("Code"), kind="code", url=lambda row: address("run_entry", found, run=shown.code, code=row["code"]), sort="code"),
        Column("name", found.applicant_word, sort="name"),
        Column("group", _("Group"), sort="group"),
        *([Column("land", _("Land"), sort="land")] if found.of_register else []),
        Column("screeners", _("Screeners"), sort="screeners"),
        *([Column("changed", _("Changed"), sort="changed")] if moved else []),
    ], name="zuteilung-vorschlag", per_page=200)
    if file := listing.download():
        return file
    facts = shown.explanation
    loads = facts["loads"]
    groups = {group.code: str(group) for group in found.groups.all()}
    used = sorted({one[1] for one in shown.input["entries"]}, key=lambda code: [*groups, code].index(code))
    ordered = sorted(loads, key=lambda code: str(people.get(code, code)))
    limits = assignment.limits_of(problem_in(shown))
    return render(request, "screening/run_show.html", {
        "run": shown, "listing": listing,
        "finished": 0 if shown.accepted_at else sum(entries[code].state in rules.THROUGH for code in told if code in entries),
        "loads": [{"label": str(people.get(code, code)), "value": loads[code]} for code in ordered],
        "group_columns": [groups.get(code, code) for code in used],
        "group_rows": [
            (str(people.get(code, code)), [facts["group_loads"][code].get(group, 0) for group in used]) for code in ordered
        ],
        "expertise": expertise_of(shown, ordered, people) if facts["about"] and any(one[3] for one in shown.input["screeners"]) else None,
        "unknown": [(code, applicant_of(entries[code]) if code in entries else code,
                     _("nobody who may read it knows one of its fields") if why == "nobody"
                     else _("those who know its fields and may read it are needed for other entries"))
                    for code, why in sorted(facts["unknown"].items())],
        "excluded": [(wording.RULES.get(kind, kind), count) for kind, count in sorted(facts["excluded"].items())],
        "prices": [(wording.RULES.get(rule, rule), price) for rule, price in sorted(facts["prices"].items())],
        "uneven": [str(people.get(code, code)) for code in ordered if not limits[code][0] <= loads[code] <= limits[code][1]],
        "changes": [(entry, str(people.get(giver, giver)), str(people.get(taker, taker))) for entry, giver, taker in shown.changes],
        "distance": max(0, shown.objective - facts["bound"]),
        "lightest": min(loads.values(), default=0), "heaviest": max(loads.values(), default=0),
    })


def expertise_of(run: AssignmentRun, ordered: list[str], people: dict[str, Person]) -> dict[str, Any]:
    """How much of what entries are about their readers know: in all, and per person."""
    facts = run.explanation
    reached, loads = sum(facts["points"].values()), facts["loads"]
    return {
        "known_entries": facts["known_entries"], "about": facts["about"], "known_places": facts["known_places"],
        "places": len(run.result) + len(run.input["fixed"]), "reached": reached, "best": facts["best_points"],
        "people": [
            {"label": str(people.get(code, code)), "value": round(10 * facts["points"][code] / loads[code]) if loads[code] else 0,
             "text": percent(facts["points"][code] / (10 * loads[code]) if loads[code] else 0)}
            for code in ordered
        ],
    }


@login_required
@require_GET
def run_entry(request: HttpRequest, competition: str, run: str, code: str) -> HttpResponse:
    """One entry of a proposal: why these people, and what giving a place to somebody else would change."""
    found = find(request, competition, *OFFICE)
    shown = find_run(request, found, run)
    problem, people, readers = problem_in(shown), people_in(shown), readers_in(shown)
    facts = {one.code: one for one in problem.entries}
    if code not in facts:
        raise Http404
    entry = entry_in(found, code)
    loads, fixed = shown.explanation["loads"], set(problem.fixed)
    rows = []
    for one in sorted(problem.screeners, key=lambda one: str(people.get(one.code))):
        kind = problem.reason(facts[code], one)
        reads = one.code in readers.get(code, [])
        if reads:
            word, tone, sign = _("reads it"), "success", "✓"
        elif kind:
            word, tone, sign = _("may not: %(reason)s") % {"reason": wording.RULES[kind]}, "danger", "⊘"
        else:
            word, tone, sign = _("could read it"), "quiet", "○"
        rows.append({
            "code": one.code, "person": people.get(one.code), "word": word, "tone": tone, "sign": sign, "load": loads.get(one.code, 0),
            "known": 10 * assignment.field_points(facts[code].fields, one.fields) if facts[code].fields else None,
            "reads": reads, "moves": reads and (code, one.code) not in fixed and (code, one.code) not in problem.pinned,
            "free": not reads and not kind,
        })
    choices = {name: [(row["code"], str(row["person"])) for row in rows if row[kind]]
               for name, kind in (("givers", "moves"), ("takers", "free"))}
    form = forms.ExchangeForm(request.GET if "giver" in request.GET else None, **choices)
    asked = None
    if form.is_bound and form.is_valid():
        asked = exchange(shown, problem, code, form.cleaned_data["giver"], form.cleaned_data["taker"], people, readers)
    labels = dict(pairing.choices_of(found, queries.rules_of(found).fields))
    return render(request, "screening/run_entry.html", {
        "run": shown, "entry": entry, "name": applicant_of(entry), "rows": rows, "asked": asked,
        "form": form if all(choices.values()) else None,
        "about": [labels.get(one, one) for one in facts[code].fields],
    })


def exchange(
    run: AssignmentRun, problem: Problem, code: str, giver: str, taker: str, people: dict[str, Person], readers: dict[str, list[str]]
) -> dict[str, Any]:
    """What it means that `taker` gets the place: loads, expertise; and against which of their entries it could be swapped, each with
    what both places together win or lose in percentage points of fields known."""
    facts = {one.code: one for one in problem.entries}
    known = {one.code: one for one in problem.screeners}
    loads = run.explanation["loads"]

    def gain(entry: str, old: str, new: str) -> int:
        about = facts[entry].fields
        return 10 * (assignment.field_points(about, known[new].fields) - assignment.field_points(about, known[old].fields)) if about else 0

    capacity = known[taker].capacity
    swaps = [
        entry for entry, person in run.result
        if person == taker and (entry, person) not in problem.pinned and giver not in readers[entry]
        and not problem.reason(facts[entry], known[giver])
    ]
    named = {entry.code: entry for entry in Entry.objects.filter(competition=run.competition, code__in=swaps)}
    return {
        "giver": people[giver], "taker": people[taker], "giver_code": giver, "taker_code": taker,
        "giver_load": (loads[giver], loads[giver] - 1), "taker_load": (loads[taker], loads[taker] + 1),
        "full": capacity is not None and loads[taker] >= capacity, "capacity": capacity, "gain": gain(code, giver, taker),
        "form": forms.SwapForm(swaps=[
            (entry, f"{entry} {applicant_of(named[entry])} ({signed(gain(code, giver, taker) + gain(entry, taker, giver))})")
            for entry in swaps
        ]) if swaps else None,
    }


def signed(number: int) -> str:
    return f"{number:+d}".replace("-", "−") if number else "±0"


@login_required
@require_POST
def run_change(request: HttpRequest, competition: str, run: str, code: str) -> HttpResponse:
    """Move one place, or swap two; the proposal before stays as it was."""
    found = find(request, competition, *OFFICE)
    shown = find_run(request, found, run)
    form = forms.ChangeForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Please choose who gives the place and who takes it."))
    giver, taker, against = (form.cleaned_data[name] for name in ("giver", "taker", "against"))
    changes = [(code, giver, taker), *([(against, taker, giver)] if against else [])]
    changed = services.change_by_hand(shown, changes, request.user)
    messages.success(request, _("Changed. This is a new proposal; the one before is kept."))
    return redirect(address("run_show", found, run=changed.code))


@login_required
@require_GET
def run_export(request: HttpRequest, competition: str, run: str) -> HttpResponse:
    """All places as CSV, to be changed and read in again."""
    found = find(request, competition, *OFFICE)
    shown = find_run(request, found, run)
    response = HttpResponse(csv_bytes(places_csv.header(found), places_csv.rows_of(shown)), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="zuteilung-{shown.code}.csv"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


@login_required
@require_http_methods(["GET", "POST"])
def run_import(request: HttpRequest, competition: str, run: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_run(request, found, run)
    form = forms.PlacesForm(request.POST or None, request.FILES or None)
    faults: list[str] = []
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            if file.size > places_csv.LARGEST:
                raise BadInput(_("The file is larger than 10 MB. It cannot be a list of places."))
            changed = services.take_in(shown, places_csv.pairs_in(file.read(), shown), request.user)
            count = len(changed.changes) - len(shown.changes)
            messages.success(request, ngettext("%(count)d place was moved as the file says. This is a new proposal.",
                                               "%(count)d places were moved as the file says. This is a new proposal.", count)
                             % {"count": count})
            return redirect(address("run_show", found, run=changed.code))
        except BadInput as fault:
            faults = [*([str(fault)] if fault.faults != [str(fault)] else []), *fault.faults]
    return render(request, "screening/run_import.html", {"form": form, "run": shown, "faults": faults},
                  status=400 if faults or form.errors else 200)


@login_required
@require_http_methods(["GET", "POST"])
def run_accept(request: HttpRequest, competition: str, run: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_run(request, found, run)
    form = forms.AcceptForm(request.POST if request.method == "POST" else None, today=clock.today(found.time_zone))
    if request.method == "POST" and form.is_valid():
        votes = services.accept_assignment(shown, request.user, form.cleaned_data["due_on"])
        messages.success(request, ngettext(
            "%(count)d place is assigned. Whoever has one gets a mail.", "%(count)d places are assigned. Whoever has one gets a mail.",
            len(votes)) % {"count": len(votes)})
        return redirect(f"{address('assignment_show', found)}?round={shown.round}")
    people = len(Counter(person for _entry, person in shown.result))
    return render(request, "confirm.html", {
        "title": _("Accept the assignment"), "form": form, "button_label": _("Accept and tell the screeners"),
        "cancel_url": address("run_show", found, run=shown.code),
        "consequences": [
            ngettext("%(count)d place is assigned.", "%(count)d places are assigned.", len(shown.result)) % {"count": len(shown.result)},
            ngettext("%(count)d screener gets a mail.", "%(count)d screeners get a mail.", people) % {"count": people},
            _("Places can be moved afterwards, each with a reason, as long as their screener has begun nothing."),
        ],
    }, status=400 if form.errors else 200)
