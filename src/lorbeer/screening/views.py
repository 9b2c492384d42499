"""Pages of the screening: find, ask a rule, act through a service, answer."""

import secrets
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.entries.models import Bias, Entry, State
from lorbeer.entries.queries import without_biased
from lorbeer.people.access import OFFICE, competition_for, require_role
from lorbeer.people.models import Person, Role
from lorbeer.questionnaire.answers import Document
from lorbeer.questionnaire.queries import form_of
from lorbeer.screening import documents, forms, queries, rules, services
from lorbeer.screening.models import AssignmentRun, Dossier, ExpertOpinion, JointSession, SessionItem, Vote
from lorbeer.shared import files, lists
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lists import Column
from lorbeer.shared.templatetags.formats import time_of_day
from lorbeer.shared.verdicts import require

INSIDE = (*OFFICE, Role.Kind.SCREENER, Role.Kind.AUDITOR)
NOT_ADMISSIBLE = {
    Bias.Kind.LAND: gettext_lazy("own Land"),
    Bias.Kind.EMPLOYER: gettext_lazy("own employer"),
    Bias.Kind.CONTRIBUTOR: gettext_lazy("works on the entry"),
    Bias.Kind.DECLARED: gettext_lazy("declared a bias"),
    Bias.Kind.OFFICE: gettext_lazy("bias recorded by the office"),
}


def find(request: HttpRequest, code: str, *kinds: str) -> Competition:
    competition = competition_for(request, code)
    require_role(request, *kinds)
    return competition


def chosen_round(request: HttpRequest, competition: Competition) -> int:
    """The round in the address, else the one that is going on."""
    asked = request.GET.get("round", "")
    return int(asked) if asked.isdigit() and int(asked) < 1000 else queries.newest_round(competition)


def address(name: str, competition: Competition, **parts: Any) -> str:
    return reverse(f"screening:{name}", kwargs={"competition": competition.code, **parts})


# --- assignment -------------------------------------------------------------------------------------------------------


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
        "round": round, "progress": progress, "through": through, "admitted": admitted, "short": short,
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
    return [
        Column("code", _("Code"), url=lambda entry: address("seats_show", competition, code=entry.code), sort="code"),
        Column("name", _("Applicant"), value=applicant_of, sort=("applicant", "code")),
        Column("group", _("Group"), value=lambda entry: str(entry.group or ""), sort="group__position"),
        Column("land_code", _("Land"), sort="land_code"),
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
        Column("code", _("Code"), url=lambda row: f"?entry={row['code']}#why", sort="code"),
        Column("name", _("Applicant"), sort="name"),
        Column("group", _("Group"), sort="group"),
        Column("land", _("Land"), sort="land"),
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
        return redirect(address("assignment_show", found))
    people = len({person for _entry, person in shown.result})
    return render(request, "confirm.html", {
        "title": _("Accept the assignment"), "form": form, "button_label": _("Accept and tell the screeners"),
        "cancel_url": address("run_show", found, run=shown.code),
        "consequences": [
            ngettext("%(count)d place is assigned.", "%(count)d places are assigned.", len(shown.result)) % {"count": len(shown.result)},
            ngettext("%(count)d screener gets a mail.", "%(count)d screeners get a mail.", people) % {"count": people},
            _("Places can be moved afterwards while they are untouched, each with a reason."),
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
        "text": _("Only people without bias who do not read this entry yet are listed. The place moves only while nobody has begun to read."),
    })


@login_required
@require_http_methods(["GET", "POST"])
def vote_withdraw(request: HttpRequest, competition: str, vote: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    taken = vote_in(found, vote)
    require(rules.can_assign(request.user, found, taken.entry.round))
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        entry = services.withdraw_vote(taken, request.user, form.cleaned_data["reason"])
        messages.success(request, _("The place is free. Give it to somebody else now."))
        return redirect(address("seat_fill", found, code=entry.code))
    return render(request, "confirm.html", {
        "title": _("Take the place of %(person)s back") % {"person": taken.screener}, "form": form, "danger": True,
        "button_label": _("Take the place back"), "cancel_url": address("seats_show", found, code=taken.entry.code),
        "consequences": [
            _("%(person)s does not read this entry any more.") % {"person": taken.screener},
            _("What they may have typed is thrown away."),
            _("A sealed vote cannot be taken back."),
        ],
    })


@login_required
@require_POST
def screener_remind(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    whom = get_object_or_404(queries.screeners_of(found), code=person)
    services.remind_screener(whom, found, chosen_round(request, found), request.user)
    messages.success(request, _("%(person)s gets a mail about the open votes.") % {"person": whom})
    return redirect(address("assignment_show", found))


# --- reading and voting -----------------------------------------------------------------------------------------------


def own_vote(request: HttpRequest, competition: Competition, code: str) -> Vote:
    """The reader's own vote on the entry; 404 where they have none, whether or not others have."""
    return get_object_or_404(
        queries.with_sheets(Vote.objects.filter(screener=request.user, entry__competition=competition, entry__code=code))
        .select_related("entry__competition", "entry__group", "submission__version__questionnaire", "screener")
    )


def state_of(vote: Vote, closed: set[int]) -> str:
    if vote.sealed_at:
        return "sealed"
    if vote.entry_id in closed:
        return "blocked"
    return "running" if vote.saved_at or vote.opened_at else "open"


STATE_WORDS = {
    "sealed": gettext_lazy("sealed"), "blocked": gettext_lazy("closed: bias"), "running": gettext_lazy("begun"),
    "open": gettext_lazy("not opened"),
}


@login_required
@require_GET
def vote_list(request: HttpRequest, competition: str) -> HttpResponse:
    """My pile: how far, the next one large, the rest as a list."""
    found = find(request, competition, Role.Kind.SCREENER)
    votes = queries.votes_of(request.user, found)
    entries = Entry.objects.filter(competition=found, votes__screener=request.user)
    closed = set(entries.values_list("pk", flat=True)) - set(
        without_biased(entries, request.user).values_list("pk", flat=True)
    )
    listing = lists.build(request, votes, [
        Column("code", _("Code"), value=lambda vote: vote.entry.code, sort="entry__code",
               url=lambda vote: address("vote_write", found, code=vote.entry.code)),
        Column("title", _("Title"), value=lambda vote: documents.name_of(vote.entry), sort="entry__title"),
        Column("applicant", _("Applicant"), value=lambda vote: "" if vote.entry.is_unlisted else vote.entry.applicant,
               sort="entry__applicant"),
        Column("group", _("Group"), value=lambda vote: str(vote.entry.group or ""), sort="entry__group__position"),
        Column("due", _("Due"), kind="day", value=lambda vote: None if vote.sealed_at else vote.due_on, sort="due_on"),
        Column("state", _("State"), value=lambda vote: badge_of(state_of(vote, closed)), sort="sealed_at",
               export=lambda vote: str(STATE_WORDS[state_of(vote, closed)])),
    ], name="stapel", per_page=100)
    if file := listing.download():
        return file
    sealed, assigned = queries.own_progress(request.user, found)
    upcoming = (
        votes.filter(sealed_at=None).exclude(entry__in=closed)
        .order_by("entry__round", "due_on", "-saved_at", "entry__group__position", "entry__code")
    )
    following = upcoming.exclude(saved_at=None, opened_at=None).first() or upcoming.first()
    return render(request, "screening/vote_list.html", {
        "listing": listing, "sealed": sealed, "assigned": assigned, "following": following,
        "following_name": documents.name_of(following.entry) if following else "",
        "begun": bool(following and following.opened_at), "open": assigned - sealed,
        "due_on": min((vote.due_on for vote in upcoming if vote.due_on), default=None),
    })


def badge_of(state: str) -> Any:
    from lorbeer.shared.templatetags.components import state as shown

    return shown(state, STATE_WORDS[state])


@login_required
@require_GET
def vote_write(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """One own vote: before opening, while writing, and as it was sealed."""
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    facts: dict[str, Any] = {"vote": vote, "entry": vote.entry, "name": documents.name_of(vote.entry)}
    if vote.sealed_at:
        return render(request, "screening/vote_sealed.html", facts | {
            "sheet": sheet_rows(vote), "newer": newer_submission(vote), "sections": sections_of(vote),
        })
    require(rules.can_write_vote(request.user, vote))
    if vote.opened_at is None:
        return render(request, "screening/vote_open.html", facts | {"projects": vote.entry.projects.all()})
    return render(request, "screening/vote_write.html", facts | writing(vote, forms.SheetForm(vote=vote)))


def writing(vote: Vote, form: forms.SheetForm) -> dict[str, Any]:
    return {
        "form": form, "sections": sections_of(vote), "files": vote.submission.files.all() if vote.submission else [],
        "newer": newer_submission(vote), "missing": services.missing_in(vote),
    }


def newer_submission(vote: Vote) -> bool:
    """Whether the entry has been replaced since it was read."""
    return vote.entry.submissions.filter(is_accepted=True).exclude(pk=vote.submission_id).exists()


def sections_of(vote: Vote) -> list[Any]:
    """The entry as submitted, as the vote has read it."""
    if vote.submission is None:
        return []
    return Document.read(form_of(vote.submission.version), vote.submission.document).sections()


def sheet_rows(vote: Vote) -> dict[str, Any]:
    """A sheet as shown: criteria with points and reason, the overall vote, the projects."""
    options = queries.options_of(vote.entry.competition)
    label = {code: option.label for code, option in options.items()}
    scale = queries.rules_of(vote.entry.competition).scale
    return {
        "vote": vote, "option": label.get(vote.option, vote.option), "scale": scale,
        "ratings": [rating for rating in vote.ratings.all() if rating.project_id is None],
        "projects": [
            {"project": one.project, "option": label.get(one.option, one.option), "reason": one.reason}
            for one in vote.project_votes.all() if one.option
        ],
    }


@login_required
@require_POST
def vote_open(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = find(request, competition, Role.Kind.SCREENER)
    services.open_vote(own_vote(request, found, code), request.user)
    return redirect(address("vote_write", found, code=code))


@login_required
@require_POST
def vote_save(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Keep the sheet: while typing (htmx, a line comes back) or with the button."""
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    require(rules.can_write_vote(request.user, vote))
    form = forms.SheetForm(request.POST, vote=vote)
    if form.is_valid():
        vote = services.save_sheet(vote, **form.sheet(), by=request.user)
        if request.htmx:                                                # type: ignore[attr-defined]
            return HttpResponse(_("saved %(time)s") % {"time": time_of_day(vote.saved_at)})
        if "seal" in request.POST:
            return redirect(address("vote_seal", found, code=code))
        messages.success(request, _("Your sheet is saved. It stays a draft until you seal it."))
        return redirect(address("vote_write", found, code=code))
    if request.htmx:                                                    # type: ignore[attr-defined]
        return HttpResponse(_("not saved: please check what you typed"))
    return render(request, "screening/vote_write.html", {
        "vote": vote, "entry": vote.entry, "name": documents.name_of(vote.entry), **writing(vote, form)}, status=400)


@login_required
@require_http_methods(["GET", "POST"])
def vote_seal(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The sheet once more, then final."""
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    if vote.sealed_at:
        return redirect(address("vote_write", found, code=code))
    require(rules.can_write_vote(request.user, vote))
    if request.method == "POST":
        services.seal_vote(vote, request.user)
        messages.success(request, _("Your vote is sealed. Thank you."))
        return redirect(address("vote_list", found))
    return render(request, "screening/vote_seal.html", {
        "vote": vote, "entry": vote.entry, "name": documents.name_of(vote.entry), "sheet": sheet_rows(vote),
        "missing": services.missing_in(vote), "newer": newer_submission(vote),
    })


@login_required
@require_http_methods(["GET", "POST"])
def bias_declare(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    form = forms.ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.declare_bias(vote, request.user, form.cleaned_data["reason"])
        messages.success(request, _("Thank you. The entry is closed to you, and the office looks for somebody else."))
        return redirect(address("vote_list", found))
    return render(request, "confirm.html", {
        "title": _("Declare a bias: %(entry)s") % {"entry": documents.name_of(vote.entry)}, "form": form,
        "button_label": _("Declare bias and give the entry back"), "cancel_url": address("vote_write", found, code=code),
        "consequences": [
            _("The entry leaves your pile and stays closed to you."),
            _("What you may have typed on it is thrown away."),
            _("The competition office reads your reason and finds somebody else. It counts nothing against you."),
        ],
    })


@login_required
@require_GET
def votes_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The votes on one entry beside each other, as far as the reader may see them."""
    found = find(request, competition, *INSIDE)
    entry = entry_in(found, code)
    votes = list(queries.with_sheets(rules.votes_readable_by(request.user, found).filter(entry=entry)).order_by("seat"))
    if not votes and not request.roles & rules.READS_ALL:               # type: ignore[attr-defined]
        raise Http404
    through = rules.is_through(entry)
    return render(request, "screening/votes_show.html", {
        "entry": entry, "name": documents.name_of(entry), "through": through, "sealed_note": rules.SEALED,
        "comparison": comparison(entry, votes) if through and len(votes) > 1 else None,
        "single": sheet_rows(votes[0]) if len(votes) == 1 and votes[0].sealed_at else None,
        "diverging": through and not queries.votes_agree(votes), "item": entry.session_items.exclude(decided_at=None).first(),
    })


def comparison(entry: Entry, votes: list[Vote]) -> dict[str, Any]:
    """Votes beside each other: one row per criterion, one column per vote; works on `with_sheets` votes."""
    options = queries.options_of(entry.competition)
    sheets = [{rating.criterion_id: rating for rating in vote.ratings.all() if rating.project_id is None} for vote in votes]
    rows = []
    for criterion in entry.competition.criteria.all():
        cells = [sheet.get(criterion.pk) for sheet in sheets]
        points = [cell.points for cell in cells if cell and cell.points is not None]
        rows.append({
            "criterion": criterion, "apart": max(points) - min(points) if points else 0,
            "cells": [(vote.screener, cell) for vote, cell in zip(votes, cells, strict=True)],
        })
    projects: dict[Any, list[Any]] = {}
    for number, vote in enumerate(votes):
        for one in vote.project_votes.all():
            if one.option:
                projects.setdefault(one.project, [None] * len(votes))[number] = {
                    "option": options[one.option].label if one.option in options else one.option, "reason": one.reason}
    return {
        "votes": [
            {"vote": vote, "person": vote.screener, "reason": vote.reason, "intact": services.is_intact(vote),
             "option": options[vote.option].label if vote.option in options else vote.option,
             "points": sum(rating.points or 0 for rating in sheet.values())}
            for vote, sheet in zip(votes, sheets, strict=True)
        ],
        "rows": rows,
        "projects": [
            (project, [(vote.screener, cell) for vote, cell in zip(votes, cells, strict=True)]) for project, cells in projects.items()
        ],
    }


# --- joint session ----------------------------------------------------------------------------------------------------


@login_required
@require_GET
def session_list(request: HttpRequest, competition: str) -> HttpResponse:
    """How the votes meet, and the sessions."""
    found = find(request, competition, *INSIDE)
    round = chosen_round(request, found)
    readable = rules.votes_readable_by(request.user, found).filter(entry__round=round)
    matrix = queries.divergence_matrix(readable)
    options = queries.options_of(found)
    ordered = [code for code in options if code in matrix.options]
    through, admitted = queries.entries_through(found, round)
    sessions = list(
        JointSession.objects.filter(competition=found, round=round).select_related("chaired_by", "minutes")
        .annotate(count=Count("items"), decided=Count("items", filter=Q(items__decided_at__isnull=False)))
    )
    return render(request, "screening/session_list.html", {
        "matrix": matrix, "sessions": sessions, "through": through, "admitted": admitted, "round": round,
        "people_columns": [initials(person) for person in matrix.people],
        "people_rows": [
            (str(person), [
                None if cell is None or not cell.together else {
                    "value": cell.diverging, "text": f"{cell.diverging}/{cell.together}"} for cell in cells
            ]) for person, cells in matrix.rows()
        ],
        "option_columns": [str(options[code].label) for code in ordered],
        "option_rows": [
            (str(options[one].label), [matrix.meetings.get((one, other), 0) for other in ordered]) for one in ordered
        ],
        "can_plan": rules.can_plan_session(request.user, found), "form": forms.PlanForm(),
        "figures": [
            {"value": matrix.entries, "label": _("entries read by two and open to you")},
            {"value": matrix.entries - matrix.diverging, "label": _("agree")},
            {"value": matrix.diverging, "label": _("differ")},
        ],
        "planned": any(session.closed_at is None for session in sessions),
    })


def initials(person: Person) -> str:
    return str(person)


@login_required
@require_POST
def session_plan(request: HttpRequest, competition: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    form = forms.PlanForm(request.POST)
    if not form.is_valid():
        raise BadInput(_("Please give the day of the session as a date."))
    session = services.plan_session(found, chosen_round(request, found), form.cleaned_data["held_on"], request.user)
    messages.success(request, _("The agenda is made. Diverging entries come first."))
    return redirect(address("session_show", found, session=session.code))


def find_session(request: HttpRequest, competition: Competition, code: str) -> JointSession:
    session = get_object_or_404(
        JointSession.objects.select_related("competition", "chaired_by", "minutes"), competition=competition, code=code
    )
    require(rules.can_see_session(request.user, session))
    return session


@login_required
@require_GET
def session_show(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    """The agenda with what was decided so far."""
    found = find(request, competition, *INSIDE)
    shown = find_session(request, found, session)
    options = queries.options_of(found)
    items = list(queries.with_votes(rules.items_readable_by(request.user, shown)).order_by("position"))
    for item in items:
        item.shown_name = documents.name_of(item.entry)
        item.shown_votes = documents.votes_text(item, options)
        item.shown_proposals = "; ".join(documents.proposal_text(one.project, one.group) for one in item.proposals.all())
    decided = sum(bool(item.decided_at) for item in items)
    can_plan = rules.can_plan_session(request.user, found)
    following = next((item for item in items if not item.decided_at), None)
    return render(request, "screening/session_show.html", {
        "session": shown, "diverging": [item for item in items if item.diverging],
        "agreeing": [item for item in items if not item.diverging], "decided": decided, "count": len(items),
        "hidden": shown.items.count() - len(items), "can_plan": can_plan, "following": following,
        "open_agreeing": sum(not item.diverging and not item.decided_at for item in items),
        "present": list(shown.present.order_by("name")),
        "minutes_url": files.address_of(shown.minutes) if shown.minutes and files.may_read(request.user, shown.minutes) else "",
        "figure": [
            {"label": _("proposed"), "value": sum(item.outcome == "propose" for item in items), "tone": "accent"},
            {"label": _("not proposed"), "value": sum(item.outcome == "pass_over" for item in items), "tone": "quiet"},
            {"label": _("not decided"), "value": len(items) - decided, "tone": "warning"},
        ],
    })


@login_required
@require_http_methods(["GET", "POST"])
def session_open(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_session(request, found, session)
    people = Person.objects.filter(
        roles__competition=found, roles__kind__in=rules.TAKES_PART, is_active=True
    ).distinct().order_by("name")
    form = forms.OpenForm(request.POST or None, people=people, initial={
        "present": shown.present.all() if shown.opened_at else queries.screeners_of(found),
        "chaired_by": shown.chaired_by_id or request.user.pk,
    })
    if request.method == "POST" and form.is_valid():
        services.open_session(
            shown, request.user, chaired_by=form.cleaned_data["chaired_by"], present=form.cleaned_data["present"]
        )
        return redirect(address("session_show", found, session=shown.code))
    return render(request, "confirm.html", {
        "title": _("Who is present") if shown.opened_at else _("Open the joint session"), "form": form,
        "button_label": _("Keep presence") if shown.opened_at else _("Open the session"),
        "cancel_url": address("session_show", found, session=shown.code),
    })


@login_required
@require_POST
def agenda_refresh(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    added = services.refresh_agenda(find_session(request, found, session), request.user)
    messages.success(request, ngettext(
        "%(count)d entry was added at the end.", "%(count)d entries were added at the end.", added) % {"count": added})
    return redirect(address("session_show", found, session=session))


@login_required
@require_http_methods(["GET", "POST"])
def agreeing_confirm(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    """Confirm in one step what the votes agree on: the list first, then the button."""
    found = find(request, competition, *OFFICE)
    shown = find_session(request, found, session)
    readable = rules.items_readable_by(request.user, shown).filter(decided_at=None, diverging=False)
    if request.method == "POST":
        chosen = list(readable.filter(entry__code__in=request.POST.getlist("entry")))
        count = services.confirm_agreeing(shown, request.user, chosen)
        messages.success(request, ngettext(
            "%(count)d item is decided as the votes agree.", "%(count)d items are decided as the votes agree.", count
        ) % {"count": count})
        return redirect(address("session_show", found, session=shown.code))
    items = list(queries.with_votes(readable).order_by("position"))
    groups = {group.code: group for group in found.groups.all()}
    options = queries.options_of(found)
    for item in items:
        votes = list(item.entry.votes.all())
        proposals = queries.proposed_by_votes(item.entry, votes, found, groups)
        item.shown_name = documents.name_of(item.entry)
        item.shown_vote = options[votes[0].option].label if votes and votes[0].option in options else ""
        item.shown_result = "; ".join(documents.proposal_text(project, group) for project, group in proposals) or _("not proposed")
    return render(request, "screening/agreeing_confirm.html", {"session": shown, "items": items})


@login_required
@require_http_methods(["GET", "POST"])
def session_close(request: HttpRequest, competition: str, session: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    shown = find_session(request, found, session)
    if request.method == "POST":
        services.close_session(shown, request.user)
        messages.success(request, _("The session is closed. The minutes are ready."))
        return redirect(address("session_show", found, session=shown.code))
    undecided = shown.items.filter(decided_at=None).count()
    return render(request, "confirm.html", {
        "title": _("Close the session and write the minutes"), "button_label": _("Close and write the minutes"),
        "cancel_url": address("session_show", found, session=shown.code),
        "consequences": [
            _("The minutes are made as PDF and kept with their checksum and the newest link of the log."),
            _("Nothing can be decided in this session afterwards."),
            ngettext(
                "%(count)d item is not decided; it waits for the next session.",
                "%(count)d items are not decided; they wait for the next session.", undecided,
            ) % {"count": undecided},
        ],
    })


def find_item(request: HttpRequest, competition: Competition, session: JointSession, code: str) -> SessionItem:
    item = get_object_or_404(
        queries.with_votes(SessionItem.objects.filter(session=session)).select_related(
            "entry__group", "entry__competition", "session__competition", "decided_by"), entry__code=code
    )
    require(rules.can_see_item(request.user, item))
    return item


def item_page(request: HttpRequest, competition: Competition, item: SessionItem, form: Any, status: int = 200) -> HttpResponse:
    votes = list(queries.with_sheets(rules.votes_readable_by(request.user, competition).filter(entry=item.entry)).order_by("seat"))
    order = list(rules.items_readable_by(request.user, item.session).order_by("position").values_list("entry__code", flat=True))
    at = order.index(item.entry.code)
    place = lists.Place(
        at + 1, len(order), address("session_show", competition, session=item.session.code),
        *(address("item_show", competition, session=item.session.code, code=order[n]) if 0 <= n < len(order) else ""
          for n in (at - 1, at + 1)),
    )
    return render(request, "screening/item_show.html", {
        "item": item, "entry": item.entry, "session": item.session, "name": documents.name_of(item.entry), "place": place,
        "comparison": comparison(item.entry, votes), "form": form, "can_decide": rules.can_decide_item(request.user, item),
        "proposals": [documents.proposal_text(one.project, one.group) for one in item.proposals.all()],
        "decided": list(item.session.items.exclude(decided_at=None).filter(
            pk__in=rules.items_readable_by(request.user, item.session).values("pk")).select_related("entry").order_by("-decided_at")[:5]),
    }, status=status)


@login_required
@require_GET
def item_show(request: HttpRequest, competition: str, session: str, code: str) -> HttpResponse:
    """One item: both votes beside each other, and what the session finds."""
    found = find(request, competition, *INSIDE)
    item = find_item(request, found, find_session(request, found, session), code)
    return item_page(request, found, item, forms.ItemForm(item=item))


@login_required
@require_POST
def item_decide(request: HttpRequest, competition: str, session: str, code: str) -> HttpResponse:
    found = find(request, competition, *INSIDE)
    item = find_item(request, found, find_session(request, found, session), code)
    require(rules.can_decide_item(request.user, item))
    form = forms.ItemForm(request.POST, item=item)
    if form.is_valid():
        try:
            services.decide_item(
                item, form.cleaned_data["outcome"], form.cleaned_data["arguments"], form.cleaned_data["dissent"],
                form.proposals(), request.user,
            )
        except BadInput as fault:
            form.add_error(None, str(fault))
        else:
            following = rules.items_readable_by(request.user, item.session).filter(decided_at=None).order_by("position").first()
            if following:
                return redirect(address("item_show", found, session=session, code=following.entry.code))
            messages.success(request, _("All items are decided."))
            return redirect(address("session_show", found, session=session))
    return item_page(request, found, item, form, status=400)


# --- expert opinions --------------------------------------------------------------------------------------------------

STATES = {"writing": "open", "reading": "running", "released": "complete"}


def opinion_address(name: str, opinion: ExpertOpinion, competition: Competition) -> str:
    proposal = opinion.proposal
    return address(
        name, competition, code=proposal.entry.code, group=proposal.group.code,
        project=proposal.project.position if proposal.project else 0,
    )


@login_required
@require_GET
def opinion_list(request: HttpRequest, competition: str) -> HttpResponse:
    """All proposals with the state of their opinion, in the order of the dossier."""
    found = find(request, competition, *INSIDE, Role.Kind.JUROR)
    round = chosen_round(request, found)
    opinions = queries.opinions_of(found, round).filter(pk__in=rules.opinions_readable_by(request.user, found).values("pk"))
    listing = lists.build(request, opinions, [
        Column("code", _("Code"), value=lambda one: one.proposal.entry.code, sort="proposal__entry__code",
               url=lambda one: opinion_address("opinion_show", one, found)),
        Column("title", _("Title"), value=lambda one: str(one.proposal.project or documents.name_of(one.proposal.entry))),
        Column("applicant", _("Applicant"), value=lambda one: applicant_of(one.proposal.entry), sort="proposal__entry__applicant"),
        Column("group", _("Proposed in"), value=lambda one: str(one.proposal.group), sort="proposal__group__position"),
        Column("author", _("Author"), value=lambda one: str(one.author or "") or None, sort="author__name"),
        Column("reader", _("Second reader"), value=lambda one: str(one.second_reader or "") or None, sort="second_reader__name"),
        Column("state", _("State"), value=opinion_badge, sort="state", export=lambda one: str(one.get_state_display())),
    ], name="kurzgutachten", per_page=100)
    if file := listing.download():
        return file
    counts = dict(opinions.order_by().values_list("state").annotate(Count("pk")))
    dossier = Dossier.objects.filter(competition=found, round=round).select_related("file").first()
    return render(request, "screening/opinion_list.html", {
        "listing": listing, "round": round, "total": sum(counts.values()),
        "figure": [
            {"label": _("released"), "value": counts.get("released", 0), "tone": "success"},
            {"label": _("with the second reader"), "value": counts.get("reading", 0), "tone": "info"},
            {"label": _("being written"), "value": counts.get("writing", 0), "tone": "warning"},
        ],
        "can_build": rules.can_build_dossier(request.user, found), "released": counts.get("released", 0), "dossier": dossier,
        "dossier_url": files.address_of(dossier.file) if dossier and files.may_read(request.user, dossier.file) else "",
        "mine": opinions.filter(
            Q(state=ExpertOpinion.State.WRITING, author=request.user)
            | Q(state=ExpertOpinion.State.READING, second_reader=request.user)).count(),
    })


def opinion_badge(opinion: ExpertOpinion) -> Any:
    from lorbeer.shared.templatetags.components import state as shown

    return shown(STATES[opinion.state], opinion.get_state_display())


def find_opinion(request: HttpRequest, competition: Competition, code: str, group: str, project: int) -> ExpertOpinion:
    opinions = ExpertOpinion.objects.filter(
        proposal__entry__competition=competition, proposal__entry__code=code, proposal__group__code=group,
    )
    opinions = opinions.filter(proposal__project__position=project) if project else opinions.filter(proposal__project=None)
    opinion = get_object_or_404(opinions.select_related(
        "proposal__entry__competition", "proposal__entry__group", "proposal__group", "proposal__project", "author", "second_reader", "pdf"))
    require(rules.can_read_opinion(request.user, opinion))
    return opinion


def opinion_page(request: HttpRequest, competition: Competition, opinion: ExpertOpinion, status: int = 200, **given: Any) -> HttpResponse:
    entry = opinion.proposal.entry
    votes = list(queries.with_sheets(rules.votes_readable_by(request.user, competition).filter(entry=entry)).order_by("seat"))
    people = Person.objects.filter(roles__competition=competition, roles__kind__in=rules.TAKES_PART, is_active=True).distinct()
    return render(request, "screening/opinion_show.html", {
        "opinion": opinion, "entry": entry, "name": str(opinion.proposal.project or documents.name_of(entry)),
        "facts": documents.entry_facts(entry), "badge": opinion_badge(opinion),
        "comparison": comparison(entry, votes) if rules.is_through(entry) and votes else None,
        "can_write": rules.can_write_opinion(request.user, opinion), "can_judge": rules.can_judge_opinion(request.user, opinion),
        "form": given.get("form") or forms.OpinionForm(initial={"description": opinion.description, "reasons": opinion.reasons}),
        "reader_form": given.get("reader_form") or forms.ReaderForm(
            people=people.exclude(pk=request.user.pk).order_by("name"), initial={"second_reader": opinion.second_reader_id}),
        "remark_form": given.get("remark_form") or forms.RemarkForm(),
        "urls": {key: opinion_address(f"opinion_{key}", opinion, competition)
                 for key in ("save", "hand_over", "return", "release", "pdf")},
    }, status=status)


@login_required
@require_GET
def opinion_show(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE, Role.Kind.JUROR)
    return opinion_page(request, found, find_opinion(request, found, code, group, project))


@login_required
@require_POST
def opinion_save(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE)
    opinion = find_opinion(request, found, code, group, project)
    require(rules.can_write_opinion(request.user, opinion))
    form = forms.OpinionForm(request.POST)
    if not form.is_valid():
        return opinion_page(request, found, opinion, 400, form=form)
    services.draft_opinion(opinion.proposal, request.user, **form.cleaned_data)
    messages.success(request, _("The opinion is saved."))
    return redirect(opinion_address("opinion_show", opinion, found))


@login_required
@require_POST
def opinion_hand_over(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE)
    opinion = find_opinion(request, found, code, group, project)
    require(rules.can_write_opinion(request.user, opinion))
    people = Person.objects.filter(roles__competition=found, roles__kind__in=rules.TAKES_PART, is_active=True).distinct()
    form = forms.ReaderForm(request.POST, people=people)
    if form.is_valid():
        try:
            services.hand_to_second_reader(opinion, form.cleaned_data["second_reader"], request.user)
        except BadInput as fault:
            form.add_error(None, str(fault))
        else:
            messages.success(request, _("%(person)s reads the opinion now.") % {"person": form.cleaned_data["second_reader"]})
            return redirect(opinion_address("opinion_show", opinion, found))
    return opinion_page(request, found, opinion, 400, reader_form=form)


@login_required
@require_POST
def opinion_return(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE)
    opinion = find_opinion(request, found, code, group, project)
    form = forms.RemarkForm(request.POST)
    if not form.is_valid():
        return opinion_page(request, found, opinion, 400, remark_form=form)
    services.return_opinion(opinion, request.user, form.cleaned_data["remark"])
    messages.success(request, _("The opinion is back with its author."))
    return redirect(opinion_address("opinion_show", opinion, found))


@login_required
@require_POST
def opinion_release(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    found = find(request, competition, *INSIDE)
    opinion = find_opinion(request, found, code, group, project)
    services.release_opinion(opinion, request.user)
    messages.success(request, _("The opinion is released to the jury."))
    return redirect(opinion_address("opinion_show", opinion, found))


@login_required
@require_GET
def opinion_pdf(request: HttpRequest, competition: str, code: str, group: str, project: int) -> HttpResponse:
    """The one page: the kept one when it is released, else as it would look now."""
    found = find(request, competition, *INSIDE, Role.Kind.JUROR)
    opinion = find_opinion(request, found, code, group, project)
    content = files.read(opinion.pdf) if opinion.pdf else documents.opinion_pdf(opinion)
    return HttpResponse(content, content_type="application/pdf", headers={
        "Content-Disposition": f'inline; filename="{opinion.proposal.entry.code}.pdf"'})


@login_required
@require_POST
def dossier_build(request: HttpRequest, competition: str) -> HttpResponse:
    found = find(request, competition, *OFFICE)
    dossier = services.build_dossier(found, chosen_round(request, found), request.user)
    messages.success(request, ngettext(
        "The dossier is ready: %(count)d opinion.", "The dossier is ready: %(count)d opinions.", dossier.opinions
    ) % {"count": dossier.opinions})
    return redirect(address("opinion_list", found))


