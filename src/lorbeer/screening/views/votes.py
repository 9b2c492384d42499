"""A screener's pile, reading and voting side by side."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.call.queries import criteria_reworded_since
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import is_biased, without_biased
from lorbeer.intake.models import Submission
from lorbeer.intake.queries import document_of
from lorbeer.people.models import Role
from lorbeer.questionnaire.comparison import compare
from lorbeer.questionnaire.frozen import Document
from lorbeer.questionnaire.queries import form_of
from lorbeer.screening import documents, forms, queries, rules, services
from lorbeer.screening.models import Vote
from lorbeer.screening.views.assignment import entry_in
from lorbeer.screening.views.common import INSIDE, address, find
from lorbeer.shared import keeping, lists
from lorbeer.shared.errors import Refused
from lorbeer.shared.lists import Column
from lorbeer.shared.templatetags.formats import time_of_day
from lorbeer.shared.text import in_sentence, written_in
from lorbeer.shared.verdicts import require


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
        Column("code", _("Code"), kind="code", value=lambda vote: vote.entry.code, sort="entry__code",
               url=lambda vote: address("vote_write", found, code=vote.entry.code)),
        Column("title", _("Title"), value=lambda vote: written_in(found, documents.name_of(vote.entry)), sort="entry__title"),
        Column("applicant", found.applicant_word, value=lambda vote: "" if vote.entry.is_unlisted else vote.entry.applicant,
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
        is_closed = is_biased(request.user, vote.entry)                 # one's own sheet stays one's own, the entry closes
        read = [vote.submission] if vote.submission and not is_closed else []
        return render(request, "screening/vote_sealed.html", facts | {
            "reworded": criteria_reworded_since(found, vote.sealed_at), "sheet": sheet_rows(vote), "is_closed": is_closed,
            "changed": changes_since(vote.entry, read) if read else [], "sections": [] if is_closed else sections_of(vote),
        })
    require(rules.can_write_vote(request.user, vote))
    if vote.opened_at is None:
        return render(request, "screening/vote_open.html", facts | {"projects": vote.entry.projects.all()})
    return render(request, "screening/vote_write.html", facts | writing(vote, forms.SheetForm(vote=vote)))


def writing(vote: Vote, form: forms.SheetForm) -> dict[str, Any]:
    return {
        "form": form, "sections": sections_of(vote), "files": files_of(vote),
        "newer": newer_submission(vote), "missing": services.missing_in(vote),
        "changed": changes_since(vote.entry, [vote.submission] if vote.submission else []),
    }


def newer_submission(vote: Vote) -> bool:
    """Whether the entry has been replaced since it was read."""
    return vote.entry.submissions.filter(is_accepted=True).exclude(pk=vote.submission_id).exists()


def sections_of(vote: Vote) -> list[Any]:
    """The entry as submitted, as the vote has read it, without anything personal."""
    document = document_read(vote)
    return document.without_personal().sections() if document else []


def files_of(vote: Vote) -> list[Any]:
    document = document_read(vote)
    if vote.submission is None or document is None:
        return []
    return list(vote.submission.files.exclude(code__in=document.personal_files()))


def document_read(vote: Vote) -> Document | None:
    return Document.read(form_of(vote.submission.version), vote.submission.document) if vote.submission else None


def sheet_rows(vote: Vote) -> dict[str, Any]:
    """A sheet as shown: criteria with points and reason, the overall vote, the projects."""
    options = queries.options_of(vote.entry.competition)
    label = {code: option.label for code, option in options.items()}
    scale = queries.rules_of(vote.entry.competition).scale
    return {
        "vote": vote, "option": label.get(vote.option, vote.option), "scale": scale,
        "ratings": [rating for rating in vote.ratings.all() if rating.project_id is None],
        "projects": [
            {"project": one.project, "option": label.get(one.option, one.option), "reason": one.reason,
             "ratings": [rating for rating in vote.ratings.all() if rating.project_id == one.project_id]}
            for one in vote.project_votes.all() if one.option
        ],
    }


@login_required
@require_POST
def vote_open(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    found = find(request, competition, Role.Kind.SCREENER)
    services.open_vote(own_vote(request, found, code), request.user)
    return redirect(address("vote_write", found, code=code))


TWO_TEXTS = gettext_lazy("You changed the same in another window meanwhile. Both texts are kept on the sheet; please choose.")

CHANGED_SINCE = gettext_lazy("Nothing has been chosen: the other text has been changed meanwhile, or chosen in another window. The sheet shows"
                             " what stands there now.")


@login_required
@require_POST
@keeping.for_its_writer
def vote_save(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Keep the sheet: while typing (autosave.js, a sentence comes back) or with the button."""
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    if vote.sealed_at:
        return too_late(request, found, code)
    require(rules.can_write_vote(request.user, vote))
    form, choice = forms.SheetForm(request.POST, vote=vote), chosen_in(request)
    if form.is_valid():
        try:
            kept = services.keep_sheet(
                vote, form.written(), form.sheet, page=keeping.page_of(request), seen=form.seen(),
                choice=choice, by=request.user, arrived_at=request.arrived_at)  # type: ignore[attr-defined]
        except Refused:
            if own_vote(request, found, code).sealed_at:                # while this was being saved
                return too_late(request, found, code)
            raise
        form.require_room(kept.unkept)
        here = address("vote_write", found, code=code)
        if by_itself(request):
            late = keeping.late(request, documents.name_of(vote.entry), changed=bool(kept.changed), choose=here if kept.lost else "")
            if kept.lost:
                return JsonResponse({"said": TWO_TEXTS, "choose": here, "saved": True} | late)
            return JsonResponse({"said": _("saved %(time)s") % {"time": time_of_day(kept.vote.saved_at)}, "saved": True} | late)
        if kept.lost:
            messages.warning(request, TWO_TEXTS)
            return redirect(here)
        if choice:
            if kept.is_chosen:
                messages.success(request, _("Saved. The other text is gone."))
            else:
                messages.warning(request, CHANGED_SINCE)
            return redirect(here)
        if "_seal" in request.POST:
            return redirect(address("vote_seal", found, code=code))
        messages.success(request, _("Your sheet is saved. It stays a draft until you seal it."))
        return redirect(here)
    if by_itself(request):
        wrong = ", ".join(str(form.fields[name].label) for name in form.errors if name in form.fields)
        said = _("not saved, please check what you typed: %(fields)s") % {"fields": wrong}
        if keeping.came_late(request):                                  # as in `too_late`
            raise Refused(said)
        return JsonResponse({"said": said, "saved": False})
    return render(request, "screening/vote_write.html", {
        "vote": vote, "entry": vote.entry, "name": documents.name_of(vote.entry), **writing(vote, form)}, status=400)


def chosen_in(request: HttpRequest) -> services.Choice | None:
    """Which of two texts a button of the sheet chooses."""
    for button in ("_take", "_drop"):
        field, colon, digest = request.POST.get(button, "").rpartition(":")
        if colon:
            return services.Choice(field, digest, takes=button == "_take")
    return None


def by_itself(request: HttpRequest) -> bool:
    """Whether the page keeps what is typed, and nobody has pressed a button."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def too_late(request: HttpRequest, competition: Competition, code: str) -> HttpResponse:
    """What was to be saved came after the seal: it changes nothing, and is no fault of whoever has just sealed."""
    here = address("vote_write", competition, code=code)
    said = _("Your vote is sealed, so nothing of the sheet is saved any more. What counts is the sheet as it was sealed.")
    if keeping.came_late(request):                                      # no page is open that could show it beside what was typed
        raise Refused(said)
    if by_itself(request):
        return JsonResponse({"said": said, "choose": here, "saved": True})
    messages.info(request, said)
    return redirect(here)


@login_required
@require_http_methods(["GET", "POST"])
def vote_seal(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The sheet once more, then final."""
    found = find(request, competition, Role.Kind.SCREENER)
    vote = own_vote(request, found, code)
    if vote.sealed_at:
        return redirect(address("vote_write", found, code=code))
    require(rules.can_write_vote(request.user, vote))
    missing, changed = services.missing_in(vote), ""
    if request.method == "POST" and not missing:
        try:
            services.seal_vote(vote, request.user, shown=request.POST.get("shown", ""))
            messages.success(request, _("Your vote is sealed. Thank you."))
            return redirect(address("vote_list", found))
        except services.NotAsShown as other:
            vote, changed = own_vote(request, found, code), str(other)
            missing = services.missing_in(vote)
        except Refused:
            if own_vote(request, found, code).sealed_at is None:
                raise
            return redirect(address("vote_write", found, code=code))    # the second click of a double click
    return render(request, "screening/vote_seal.html", {
        "vote": vote, "entry": vote.entry, "name": documents.name_of(vote.entry), "sheet": sheet_rows(vote),
        "missing": missing, "newer": newer_submission(vote), "changed": changed, "shown": services.shown_digest(vote),
    }, status=422 if request.method == "POST" else 200)


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
        "title": in_sentence(_("Declare a bias: %(entry)s"), entry=written_in(found, documents.name_of(vote.entry))), "form": form,
        "button_label": _("Declare bias and give the entry back"), "cancel_url": address("vote_write", found, code=code),
        "consequences": [
            _("The entry leaves your pile and stays closed to you."),
            _("What you may have typed on it is thrown away."),
            _("The competition office reads your reason and finds somebody else. It counts nothing against you."),
        ],
    }, status=400 if form.errors else 200)


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
    sealed = [vote.sealed_at for vote in votes if vote.sealed_at]
    return render(request, "screening/votes_show.html", {
        "reworded": criteria_reworded_since(found, min(sealed)) if sealed else [],
        "entry": entry, "name": documents.name_of(entry), "through": through, "sealed_note": rules.SEALED,
        "comparison": comparison(entry, votes) if through and len(votes) > 1 else None,
        "single": sheet_rows(votes[0]) if len(votes) == 1 and votes[0].sealed_at else None,
        "changed": changes_since(entry, [votes[0].submission]) if len(votes) == 1 and votes[0].submission else [],
        "diverging": through and not queries.votes_agree(votes), "item": entry.session_items.exclude(decided_at=None).first(),
    })


def changes_since(entry: Entry, read: list[Submission]) -> list[dict[str, Any]]:
    """For each version that was read and does not count any more: which one counts now, and what differs in it. Nothing personal."""
    accepted = entry.submissions.filter(is_accepted=True).select_related("version__questionnaire").first()
    if accepted is None or all(one.pk == accepted.pk for one in read):
        return []
    older = {one.pk for one in read} - {accepted.pk}
    now = document_of(accepted).without_personal()
    return [
        {"read": one.number, "now": accepted.number, "at": accepted.submitted_at, "found": compare(document_of(one).without_personal(), now)}
        for one in entry.submissions.filter(pk__in=older).select_related("version__questionnaire").order_by("number")
    ]


def comparison(entry: Entry, votes: list[Vote]) -> dict[str, Any]:
    """Votes beside each other: one row per criterion, one column per vote, the same for each project; works on `with_sheets` votes."""
    options = queries.options_of(entry.competition)
    criteria = list(entry.competition.criteria.all())

    def said(option: str) -> Any:
        return options[option].label if option in options else option

    def rows_of(project: int | None) -> list[dict[str, Any]]:
        sheets = [{one.criterion_id: one for one in vote.ratings.all() if one.project_id == project} for vote in votes]
        rows = []
        for criterion in criteria:
            cells = [sheet.get(criterion.pk) for sheet in sheets]
            points = [cell.points for cell in cells if cell and cell.points is not None]
            rows.append({
                "criterion": criterion, "apart": max(points) - min(points) if points else 0, "is_rated": any(cells),
                "cells": [(vote.screener, cell) for vote, cell in zip(votes, cells, strict=True)],
            })
        return rows

    changed = changes_since(entry, [vote.submission for vote in votes if vote.submission])
    projects: dict[Any, list[Any]] = {}
    for number, vote in enumerate(votes):
        for one in vote.project_votes.all():
            if one.option:
                projects.setdefault(one.project, [None] * len(votes))[number] = {"option": said(one.option), "reason": one.reason}
    return {
        "votes": [
            {"vote": vote, "person": vote.screener, "reason": vote.reason, "intact": services.is_intact(vote), "option": said(vote.option),
             "points": sum((one.points or 0) * one.criterion.weight for one in vote.ratings.all() if one.project_id is None)}
            for vote in votes
        ],
        "rows": rows_of(None),
        "changed": changed,
        "projects": [
            {"project": project, "cells": [(vote.screener, cell) for vote, cell in zip(votes, cells, strict=True)],
             "rows": [row for row in rows_of(project.pk) if row["is_rated"]]}
            for project, cells in projects.items()
        ],
    }
