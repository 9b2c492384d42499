"""Three views of one meeting (desk, own page, wall), and what comes before and after it."""

import hashlib
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import Competition
from lorbeer.entries import queries as entries
from lorbeer.entries.models import Bias
from lorbeer.jury import forms, minutes, queries, rules, services
from lorbeer.jury.models import Ballot, Item, Meeting, Member
from lorbeer.people.access import competition_for
from lorbeer.screening import queries as screening
from lorbeer.screening.models import ExpertOpinion
from lorbeer.shared.context import address
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.files import address_of
from lorbeer.shared.verdicts import Verdict, require

# --- finding ----------------------------------------------------------------------------------------------------------


def _insider(request: HttpRequest, code: str, verdict_of: Any = rules.can_follow) -> Competition:
    """The competition, for those whom the rule lets in; strangers to it get 404."""
    competition = competition_for(request, code)
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    require(verdict_of(request.user, competition))
    return competition


def _meeting(competition: Competition, round: int) -> Meeting:
    meeting = get_object_or_404(
        Meeting.objects.select_related("current__entry__group", "current__project", "current__group", "minutes"),
        competition=competition,
        round=round,
    )
    meeting.competition = competition
    if meeting.current:
        meeting.current.meeting = meeting
    return meeting


def _item(meeting: Meeting, position: int) -> Item:
    item = get_object_or_404(queries.items_of(meeting), position=position)
    item.meeting = meeting
    return item


def _desk(meeting: Meeting, anchor: str = "") -> HttpResponse:
    return redirect(
        reverse("jury:desk_show", args=[meeting.competition.code, meeting.round]) + (f"#{anchor}" if anchor else "")
    )


def _url(name: str, meeting: Meeting, *more: Any) -> str:
    return reverse(f"jury:{name}", args=[meeting.competition.code, meeting.round, *more])


def _said(request: HttpRequest, act: Any) -> bool:
    """Do `act`; what it refuses is said on the page that follows, where it was tried."""
    try:
        act()
    except (Refused, BadInput) as error:
        messages.error(request, str(error))
        return False
    return True


# --- before the day ---------------------------------------------------------------------------------------------------


@login_required
@require_GET
def meeting_list(request: HttpRequest, competition: str) -> HttpResponse:
    """Every meeting with what the reader can do there, and the way to plan one."""
    found = _insider(request, competition)
    member = queries.member_of(request.user, found)
    meetings = list(found.jury_meetings.order_by("-round"))
    rows = []
    for meeting in meetings:
        meeting.competition = found
        rows.append(
            {
                "meeting": meeting,
                "items": meeting.items.count(),
                "waiting": queries.undecided_items(meeting).count(),
                "declared": bool(member and queries.has_declared(member, meeting)),
                "budget": queries.budget_of(found, meeting.round),
                "minutes": rules.can_read_minutes(request.user, meeting),
            }
        )
    return render(
        request,
        "jury/meeting_list.html",
        {
            "rows": rows,
            "member": member,
            "can_run": rules.can_run(request.user, found),
            "can_prepare": rules.can_prepare(request.user, found),
            "form": forms.PlanForm(initial={"round": _next_round(found)}),
            "members": queries.members_of(found).count(),
        },
    )


def _next_round(competition: Competition) -> int:
    return (competition.jury_meetings.order_by("-round").values_list("round", flat=True).first() or 0) + 1


@login_required
@require_POST
def meeting_plan(request: HttpRequest, competition: str) -> HttpResponse:
    found = _insider(request, competition, rules.can_prepare)
    form = forms.PlanForm(request.POST)
    if form.is_valid():
        facts = form.cleaned_data
        if _said(request, lambda: services.plan_meeting(found, facts["round"], held_on=facts["held_on"], by=request.user)):
            messages.success(request, _("The meeting is planned. All proposals are on its agenda."))
            return redirect("jury:desk_show", found.code, facts["round"])
    return render(request, "jury/meeting_plan.html", {"form": form}, status=400)


@login_required
@require_http_methods(["GET", "POST"])
def member_list(request: HttpRequest, competition: str) -> HttpResponse:
    found = _insider(request, competition)
    preparing = rules.can_prepare(request.user, found)
    form = forms.AppointForm(request.POST if request.method == "POST" else None, competition=found)
    if request.method == "POST":
        require(preparing)
        if form.is_valid() and _said(request, lambda: services.appoint(found, by=request.user, **form.cleaned_data)):
            messages.success(request, _("%(person)s belongs to the jury now.") % {"person": form.cleaned_data["person"]})
            return redirect("jury:member_list", found.code)
    members = list(queries.members_of(found))
    return render(
        request,
        "jury/member_list.html",
        {
            "members": [(member, minutes.role_text(member)) for member in members],
            "form": form,
            "preparing": preparing,
            "seats": queries.seats(found),
            "quorum": round(queries.rules_of(found).quorum * 100),
            "nobody_left": not form.fields["person"].queryset.exists(),  # type: ignore[attr-defined]
            "team_url": address("people:team_list", competition=found.code),
        },
        status=400 if form.is_bound else 200,
    )


@login_required
@require_http_methods(["GET", "POST"])
def member_dismiss(request: HttpRequest, competition: str, person: str) -> HttpResponse:
    found = _insider(request, competition, rules.can_prepare)
    member = get_object_or_404(found.jury_members.select_related("person", "competition"), person__code=person)
    if request.method == "POST":
        if _said(request, lambda: services.dismiss(member, by=request.user)):
            messages.success(request, _("%(person)s no longer belongs to the jury.") % {"person": member})
        return redirect("jury:member_list", found.code)
    return render(
        request,
        "confirm.html",
        {
            "title": _("Take %(person)s off the jury?") % {"person": member},
            "consequences": [
                _("The dossier closes for this person."),
                _("The role “juror” ends. The appointment stays in the log."),
            ],
            "button_label": _("Take off the jury"),
            "cancel_url": reverse("jury:member_list", args=[found.code]),
            "danger": True,
        },
    )


# --- the desk of chair and office -------------------------------------------------------------------------------------


@login_required
@require_GET
def desk_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """Agenda, presence, the item on the table, money, and the minutes as they grow."""
    found = _insider(request, competition, rules.can_run)
    return _render_desk(request, _meeting(found, round))


def _render_desk(
    request: HttpRequest,
    meeting: Meeting,
    *,
    form: forms.DecideForm | None = None,
    add_form: forms.AddItemForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = meeting.competition
    room = queries.room_for(meeting.current, meeting)
    closed = set(
        entries.Entry.objects.filter(competition=found).filter(entries.biased(request.user)).values_list("pk", flat=True)
    )  # type: ignore[arg-type]
    current = meeting.current
    is_out = bool(current and current.entry_id in closed)
    if current and not is_out and meeting.is_open and form is None:
        form = forms.DecideForm(item=current)
    sections: dict[int, dict[str, Any]] = {}
    items = list(queries.items_of(meeting))
    for item in items:
        section = sections.setdefault(item.group_id, {"group": item.group, "rows": []})
        section["rows"].append(
            {
                "item": item,
                "subject": minutes.subject_text(item),
                "result": minutes.result_text(item),
                "votes": minutes.votes_text(item) if item.is_decided else "",
                "closed": item.entry_id in closed and not item.is_decided,
            }
        )
    for section in sections.values():
        section["open"] = sum(not row["item"].is_decided for row in section["rows"])
    present = {member.pk for member in room.present}
    acting = {member.pk for member in room.acting}
    out = {member.pk for member in room.out}
    members = [
        {
            "member": member,
            "role": minutes.role_text(member),
            "present": member.pk in present,
            "acting": member.pk in acting,
            "out": member.pk in out,
        }
        for member in queries.members_of(found)
    ]
    waiting = sum(not item.is_decided for item in items)
    last = (
        []
        if is_out
        else [
            (item, minutes.subject_text(item), minutes.result_text(item))
            for item in reversed(minutes.decided_items(meeting)[-5:])
        ]
    )
    return render(
        request,
        "jury/desk_show.html",
        {
            "meeting": meeting,
            "room": room,
            "current": current,
            "is_out": is_out,
            "form": form,
            "sections": list(sections.values()),
            "members": members,
            "budget": queries.budget_of(found, meeting.round),
            "items_count": len(items),
            "waiting": waiting,
            "last": last,
            "subject": minutes.subject_text(current) if current and not is_out else "",
            "ballots": _ballot_facts(current, room) if current and not is_out else None,
            "modes": queries.rules_of(found).modes,
            "can_prepare": rules.can_prepare(request.user, found),
            "add_form": add_form or (None if meeting.closed_at else forms.AddItemForm(meeting=meeting)),
            "add_opened": add_form is not None,
            "etag": _votes_etag(meeting),
            "minutes_url": address_of(meeting.minutes) if meeting.minutes else "",
        },
        status=status,
    )


def _ballot_facts(item: Item, room: queries.Room) -> dict[str, Any]:
    """Who has voted on the item on the table, for the desk: an open vote, so names may be shown there."""
    cast = {ballot.member_id: ballot for ballot in item.ballots.exclude(choice=Ballot.Choice.RANK)}
    rows = [(member, cast.get(member.pk)) for member in room.entitled]
    choices = [ballot.choice for _member, ballot in rows if ballot]
    return {
        "rows": rows,
        "cast": len(choices),
        "entitled": len(rows),
        "yes": choices.count(Ballot.Choice.YES),
        "no": choices.count(Ballot.Choice.NO),
        "abstained": choices.count(Ballot.Choice.ABSTAIN),
    }


def _votes_etag(meeting: Meeting) -> str:
    biases = Bias.objects.filter(entry=meeting.current.entry_id).count() if meeting.current else 0
    return f'"{meeting.code}-{meeting.revision}-{biases}-{get_language()}"'


@login_required
@require_GET
def desk_votes(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """The part of the desk that follows the votes as they come in; asked for every second."""
    found = _insider(request, competition, rules.can_run)
    meeting = _meeting(found, round)
    etag = _votes_etag(meeting)
    if request.headers.get("If-None-Match") == etag:
        return _not_modified(etag)
    current = meeting.current
    is_out = bool(current and entries.is_biased(request.user, current.entry))  # type: ignore[arg-type]
    room = queries.room_for(current, meeting)
    return _fragment(
        render(
            request,
            "jury/_desk_votes.html",
            {
                "meeting": meeting,
                "current": None if is_out else current,
                "room": room,
                "etag": etag,
                "ballots": _ballot_facts(current, room) if current and not is_out else None,
            },
        ),
        etag,
    )


def _not_modified(etag: str) -> HttpResponse:
    return _fragment(HttpResponse(status=304), etag)


def _fragment(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    response["Cache-Control"] = "private, no-cache"
    return response


@login_required
@require_POST
def meeting_open(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    if _said(request, lambda: services.open_meeting(meeting, by=request.user)):
        messages.success(request, _("The meeting is open. Note who is present, then call the first item."))
    return _desk(meeting)


@login_required
@require_http_methods(["GET", "POST"])
def meeting_close(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    if request.method == "POST":
        if _said(request, lambda: services.close_meeting(meeting, by=request.user)):
            messages.success(
                request,
                _("The meeting is closed and its minutes are written. The results stay inside until they are announced."),
            )
            return redirect(_url("minutes_show", meeting))
        return _desk(meeting)
    budget = queries.budget_of(meeting.competition, meeting.round)
    remaining = entries.Entry.objects.filter(
        competition=meeting.competition, round=meeting.round, state__in=queries.CALLABLE
    ).count()
    return render(
        request,
        "confirm.html",
        {
            "title": _("Close the meeting?"),
            "consequences": [
                ngettext("%(count)s prize is awarded.", "%(count)s prizes are awarded.", budget.awards)
                % {"count": budget.awards},
                ngettext("%(count)s entry gets its result.", "%(count)s entries get their result.", remaining)
                % {"count": remaining},
                _("The minutes are written as PDF and their checksum is kept in the log."),
                _("No decision can be taken up again."),
                _(
                    "Nothing becomes public: results stay inside until the sponsor has approved and the office has announced them."
                ),
            ],
            "button_label": _("Close the meeting and write the minutes"),
            "cancel_url": _url("desk_show", meeting),
        },
    )


@login_required
@require_POST
def agenda_extend(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_prepare), round)
    added = services.take_in_proposals(meeting, by=request.user)  # type: ignore[arg-type]
    messages.info(
        request,
        ngettext("%(count)s proposal came onto the agenda.", "%(count)s proposals came onto the agenda.", added)
        % {"count": added}
        if added
        else _("All proposals are on the agenda already."),
    )
    return _desk(meeting, "agenda")


@login_required
@require_POST
def item_add(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    form = forms.AddItemForm(request.POST, meeting=meeting)
    if form.is_valid():
        data = form.cleaned_data
        if _said(
            request,
            lambda: services.add_item(meeting, data["entry"], project=data["project"], group=data["group"], by=request.user),
        ):  # type: ignore[arg-type]
            messages.success(request, _("The entry is on the agenda now, as its last item."))
            return _desk(meeting, "agenda")
    return _render_desk(request, meeting, add_form=form, status=400)


def _member(meeting: Meeting, person: str) -> Member:
    return get_object_or_404(
        meeting.competition.jury_members.select_related("person", "deputy_for", "competition"), person__code=person
    )


@login_required
@require_POST
def member_arrive(request: HttpRequest, competition: str, round: int, person: str) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    _said(request, lambda: services.arrive(meeting, _member(meeting, person), by=request.user))
    return _desk(meeting, "presence")


@login_required
@require_POST
def member_leave(request: HttpRequest, competition: str, round: int, person: str) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    _said(request, lambda: services.leave(meeting, _member(meeting, person), by=request.user))
    return _desk(meeting, "presence")


@login_required
@require_POST
def item_call(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    _said(request, lambda: services.call_item(_item(meeting, position), by=request.user))
    return _desk(meeting, "table")


@login_required
@require_POST
def item_decide(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    item = _item(meeting, position)
    require(rules.can_run_item(request.user, item))
    form = forms.DecideForm(request.POST, item=item)
    if form.is_valid():
        try:
            decided = services.decide(item, by=request.user, **form.facts())  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error(error.where if error.where in form.fields else None, str(error).removeprefix(f"{error.where}: "))
        except Refused as error:
            form.add_error(None, str(error))
        else:
            result = minutes.result_text(decided)
            messages.success(request, f"{minutes.subject_text(decided)}: {result}")
            return _desk(meeting, "agenda")
    return _render_desk(request, meeting, form=form, status=400)


@login_required
@require_http_methods(["GET", "POST"])
def item_reopen(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    item = _item(meeting, position)
    require(rules.can_run_item(request.user, item))
    form = forms.ReopenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.reopen(item, form.cleaned_data["motion"], by=request.user)):
            messages.success(request, _("The decision has been taken up again. Call the item when it is its turn."))
        return _desk(meeting, "agenda")
    return render(
        request,
        "confirm.html",
        {
            "title": _("Take the decision on item %(position)s up again?") % {"position": item.position},
            "text": f"{minutes.subject_text(item)}: {minutes.result_text(item)}",
            "form": form,
            "consequences": [
                _("The decision is void; what had been decided stays in the minutes beside the motion."),
                _("Its prize money goes back into the purse."),
                _("Its ballots are void."),
            ],
            "button_label": _("Record the motion and take it up again"),
            "cancel_url": _url("desk_show", meeting),
        },
        status=400 if form.is_bound else 200,
    )


@login_required
@require_POST
def ballot_record(request: HttpRequest, competition: str, round: int, position: int, person: str) -> HttpResponse:
    """The desk notes a raised hand of a member who has no screen."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    item = _item(meeting, position)
    require(rules.can_run_item(request.user, item))
    _said(
        request, lambda: services.cast_ballot(item, _member(meeting, person), request.POST.get("choice", ""), by=request.user)
    )
    return _desk(meeting, "table")


@login_required
@require_http_methods(["GET", "POST"])
def ranking_show(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    """The ranking of a group as it stands, and the button that decides by it."""
    meeting = _meeting(_insider(request, competition, rules.can_run), round)
    found = get_object_or_404(meeting.competition.groups, code=group)
    if Item.Mode.RANKING not in queries.rules_of(meeting.competition).modes:
        raise Http404
    ranking = queries.ranking_of(meeting, found)
    if any(entries.is_biased(request.user, row.item.entry) for row in ranking.rows):  # type: ignore[arg-type]
        raise Refused(str(rules.BIASED.reason))
    form = forms.RankingDecideForm(
        request.POST if request.method == "POST" else None, group=found, items=[row.item for row in ranking.rows]
    )
    if request.method == "POST" and form.is_valid():
        try:
            decided = services.decide_ranking(meeting, found, by=request.user, **form.cleaned_data)  # type: ignore[arg-type]
        except (BadInput, Refused) as error:
            form.add_error(None, str(error))
        else:
            won = sum(item.result == Item.Result.AWARDED for item in decided)
            messages.success(
                request,
                _("%(count)s items have been decided by the ranking, %(won)s of them get a prize.")
                % {"count": len(decided), "won": won},
            )
            return _desk(meeting, "agenda")
    return render(
        request,
        "jury/ranking_show.html",
        {
            "meeting": meeting,
            "group": found,
            "ranking": ranking,
            "form": form,
            "rule": queries.ranking_rule_text(),
            "budget": queries.budget_of(meeting.competition, meeting.round),
            "rows": [(row, minutes.subject_text(row.item)) for row in ranking.rows],
        },
        status=400 if form.is_bound else 200,
    )


# --- a member's own page ----------------------------------------------------------------------------------------------


def _own_seat(request: HttpRequest, competition: str, round: int) -> tuple[Meeting, Member]:
    """The meeting and the reader's membership; 404 for those without one."""
    found = _insider(request, competition)
    meeting = _meeting(found, round)
    member = queries.member_of(request.user, found)
    if member is None:
        raise Refused(_("This page is for the members of the jury."))
    return meeting, member


@login_required
@require_GET
def mine_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    if not queries.has_declared(member, meeting) and not meeting.closed_at:
        return redirect(_url("bias_declare", meeting))
    groups = []
    if Item.Mode.RANKING in queries.rules_of(meeting.competition).modes and meeting.is_open:
        groups = list(meeting.competition.groups.filter(jury_items__in=queries.undecided_items(meeting)).distinct())
    return render(
        request,
        "jury/mine_show.html",
        {
            **_table(request, meeting, member),
            "groups": groups,
            "open_items": queries.items_open_to(member.person, meeting).count(),
            "items_count": meeting.items.count(),
        },
    )


@login_required
@require_GET
def mine_table(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """What is on the table now, for this member; asked for every two seconds."""
    meeting, member = _own_seat(request, competition, round)
    etag = _mine_etag(meeting, member)
    if request.headers.get("If-None-Match") == etag:
        return _not_modified(etag)
    return _fragment(render(request, "jury/_mine_table.html", _table(request, meeting, member)), etag)


def _mine_etag(meeting: Meeting, member: Member) -> str:
    biased = bool(meeting.current and entries.is_biased(member.person, meeting.current.entry))
    return f'"{meeting.code}-{meeting.revision}-{member.pk}-{int(biased)}-{get_language()}"'


def _table(request: HttpRequest, meeting: Meeting, member: Member) -> dict[str, Any]:
    """The current item for `member`: entry, opinion and ballot, or the neutral page of somebody who is biased for it."""
    current = meeting.current
    room = queries.room_for(current, meeting)
    context: dict[str, Any] = {
        "meeting": meeting,
        "member": member,
        "etag": _mine_etag(meeting, member),
        "is_out": False,
        "current": None,
        "present": any(one.pk == member.pk for one in room.present),
        "acting": any(one.pk == member.pk for one in room.acting),
        "waiting": queries.undecided_items(meeting).count(),
    }
    if current is None:
        return context
    if entries.is_biased(member.person, current.entry):
        return context | {"is_out": True}
    opening = rules.can_open_dossier(member, meeting)
    ballot = current.ballots.filter(member=member).exclude(choice=Ballot.Choice.RANK).first()
    return context | {
        "current": current,
        "subject": minutes.subject_text(current),
        "opinion": _opinion(current) if opening else None,
        "can_vote": rules.can_vote(member, current, room),
        "ballot": ballot,
        "opening": opening,
        "open_vote": Item.Mode.OPEN in queries.rules_of(meeting.competition).modes,
        "choices": [
            (Ballot.Choice.YES, _("Yes, a prize")),
            (Ballot.Choice.NO, _("No prize")),
            (Ballot.Choice.ABSTAIN, _("Abstain")),
        ],
        "file_url": address("entries:entry_show", competition=meeting.competition.code, code=current.entry.code),
    }


def _opinion(item: Item) -> ExpertOpinion | None:
    return ExpertOpinion.objects.filter(
        state=ExpertOpinion.State.RELEASED,
        proposal__entry=item.entry_id,
        proposal__project=item.project_id,
        proposal__group=item.group_id,
    ).first()


@login_required
@require_http_methods(["GET", "POST"])
def bias_declare(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    found = {item.entry_id: item.entry for item in queries.items_open_to(member.person, meeting)}
    form = forms.DeclarationForm(request.POST if request.method == "POST" else None, entries=list(found.values()))
    if request.method == "POST" and form.is_valid():
        biased = form.biased()
        if _said(request, lambda: services.declare(meeting, member, biased, by=request.user)):  # type: ignore[arg-type]
            messages.success(
                request,
                ngettext(
                    "Thank you. Your dossier is open; %(count)s entry is left out of it.",
                    "Thank you. Your dossier is open; %(count)s entries are left out of it.",
                    len(biased),
                )
                % {"count": len(biased)}
                if biased
                else _("Thank you. Your dossier is open."),
            )
            return redirect(_url("mine_show", meeting))
    closed = meeting.items.values("entry").distinct().count() - len(found)
    return render(
        request,
        "jury/bias_declare.html",
        {
            "meeting": meeting,
            "form": form,
            "rows": form.rows(),
            "declared": queries.has_declared(member, meeting),
            "closed": closed,
        },
        status=400 if form.is_bound else 200,
    )


@login_required
@require_GET
def dossier_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """The agenda with its opinions, without the items for which the reader is biased."""
    meeting, member = _own_seat(request, competition, round)
    if not rules.can_open_dossier(member, meeting):
        return redirect(_url("bias_declare", meeting))
    opinions = {
        (one.proposal.entry_id, one.proposal.project_id, one.proposal.group_id): one for one in _opinions(meeting, member)
    }
    sections: dict[int, dict[str, Any]] = {}
    for item in queries.items_open_to(member.person, meeting):
        section = sections.setdefault(item.group_id, {"group": item.group, "rows": []})
        opinion = opinions.get((item.entry_id, item.project_id, item.group_id))
        section["rows"].append((item, minutes.subject_text(item), opinion))
    return render(
        request,
        "jury/dossier_show.html",
        {
            "meeting": meeting,
            "sections": list(sections.values()),
            "has_opinions": bool(opinions),
        },
    )


def _opinions(meeting: Meeting, member: Member) -> Any:
    released = screening.opinions_of(meeting.competition, meeting.round).filter(state=ExpertOpinion.State.RELEASED)
    return entries.without_biased(released, member.person, "proposal__entry")


@login_required
@require_GET
def dossier_pdf(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """The opinions as one PDF with bookmarks, with the reader's name on every page and without what is closed to them."""
    from lorbeer.screening.documents import dossier_pdf as make

    meeting, member = _own_seat(request, competition, round)
    require(rules.can_open_dossier(member, meeting))
    found = list(_opinions(meeting, member))
    if not found:
        raise BadInput(_("No expert opinion has been released yet, so there is nothing to put into the dossier."))
    response = HttpResponse(make(meeting.competition, found, reader=str(member.person)), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="dossier-{meeting.competition.code}-{meeting.round}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def ballot_cast(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    item = _item(meeting, position)
    if _said(request, lambda: services.cast_ballot(item, member, request.POST.get("choice", ""), by=request.user)):
        messages.success(request, _("Your vote is in. You can change it until the item is decided."))
    return redirect(_url("mine_show", meeting))


@login_required
@require_http_methods(["GET", "POST"])
def ranking_cast(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    require(rules.can_open_dossier(member, meeting))
    found = get_object_or_404(meeting.competition.groups, code=group)
    items = list(entries.without_biased(queries.items_to_rank(meeting, found), member.person, "entry"))
    ranks = {
        ballot.item_id: ballot.rank
        for ballot in Ballot.objects.filter(item__in=items, member=member, choice=Ballot.Choice.RANK)
        if ballot.rank
    }
    form = forms.RankingForm(request.POST if request.method == "POST" else None, items=items, ranks=ranks)
    if request.method == "POST" and form.is_valid():
        order = form.order()
        if _said(request, lambda: services.cast_ranking(meeting, found, member, order, by=request.user)):
            messages.success(request, _("Your ranking is in. You can change it until the group is decided."))
            return redirect(_url("mine_show", meeting))
    return render(
        request,
        "jury/ranking_cast.html",
        {
            "meeting": meeting,
            "group": found,
            "form": form,
            "rule": queries.ranking_rule_text(),
            "has_ranked": bool(ranks),
            "items": items,
        },
        status=400 if form.is_bound else 200,
    )


# --- the wall ---------------------------------------------------------------------------------------------------------


@login_required
@require_GET
def wall_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition), round)
    return render(request, "jury/wall_show.html", _wall(request, meeting))


@login_required
@require_GET
def wall_now(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """What the wall shows now; asked for every two seconds, answered with 304 while nothing changes."""
    meeting = _meeting(_insider(request, competition), round)
    etag = _wall_etag(request, meeting)
    if request.headers.get("If-None-Match") == etag:
        return _not_modified(etag)
    return _fragment(render(request, "jury/_wall_now.html", _wall(request, meeting)), etag)


def _wall_etag(request: HttpRequest, meeting: Meeting) -> str:
    facts = [meeting.code, meeting.revision, get_language(), request.user.pk]
    if meeting.current:
        facts += [
            Bias.objects.filter(entry=meeting.current.entry_id).count(),
            bool(rules.can_see_item(request.user, meeting.current)),
        ]
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'


def _wall(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """What the whole room may read: nothing about single votes, dissent or the ground of a bias."""
    found = meeting.competition
    current = meeting.current
    is_out = bool(current and not rules.can_see_item(request.user, current))
    room = queries.room_for(current, meeting)
    last = (
        None
        if is_out
        else (
            queries.items_of(meeting)
            .filter(result__in=[Item.Result.AWARDED, Item.Result.NOT_AWARDED])
            .order_by("-decided_at")
            .first()
        )
    )
    prizes = list(current.group.prizes.all()) if current and not is_out else []
    return {
        "meeting": meeting,
        "current": None if is_out else current,
        "is_out": is_out,
        "room": room,
        "prizes": prizes,
        "subject": minutes.subject_text(current) if current and not is_out else "",
        "items_count": meeting.items.count(),
        "budget": queries.budget_of(found, meeting.round),
        "etag": _wall_etag(request, meeting),
        "cast": current.ballots.exclude(choice=Ballot.Choice.RANK).count() if current and not is_out else 0,
        "last": last,
        "last_text": f"{minutes.subject_text(last)}, {minutes.result_text(last)}" if last else "",
    }


# --- money and minutes ------------------------------------------------------------------------------------------------


@login_required
@require_GET
def simulator_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """Three ways to spend the purse, side by side. Nothing is stored: the scenarios are in the address."""
    meeting = _meeting(_insider(request, competition), round)
    budget = queries.budget_of(meeting.competition, meeting.round)
    prizes = [count.prize for count in budget.prizes]
    awarded = {count.prize.code: count.awarded for count in budget.prizes}
    proposed = dict.fromkeys(awarded, 0)
    for item in queries.items_of(meeting):
        prize = next((one for one in prizes if one.group_id == item.group_id), None)
        if prize:
            proposed[prize.code] += 1
    half = {code: (count + 1) // 2 for code, count in proposed.items()}
    starts = {"a": awarded if budget.awards else half, "b": proposed, "c": half}
    form = forms.SimulatorForm(request.GET if request.GET else None, prizes=prizes, starts=starts)
    form.is_valid()
    scenarios = [(name.upper(), queries.distribution(prizes, form.counts(name), budget.cap)) for name in forms.SCENARIOS]
    return render(
        request,
        "jury/simulator_show.html",
        {
            "meeting": meeting,
            "form": form,
            "budget": budget,
            "scenarios": scenarios,
            "bars": [{"label": name, "value": scenario.total // 100, "text": scenario.total} for name, scenario in scenarios],
            "maximum": max([budget.cap, *(scenario.total for _name, scenario in scenarios)]) // 100,
        },
    )


@login_required
@require_GET
def minutes_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """The minutes as they grow; after the meeting with the PDF and its checksum."""
    found = competition_for(request, competition)
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    meeting = _meeting(found, round)
    verdict: Verdict = rules.can_read_minutes(request.user, meeting)
    if not verdict and not rules.can_run(request.user, found):
        require(verdict)
    closed = set(
        entries.Entry.objects.filter(competition=found).filter(entries.biased(request.user)).values_list("pk", flat=True)
    )  # type: ignore[arg-type]
    return render(
        request,
        "jury/minutes_show.html",
        {
            "meeting": meeting,
            "content": minutes.content(meeting, without=closed),
            "hidden": meeting.items.filter(entry__in=closed).count(),
            "pdf": rules.can_read_minutes_file(request.user, meeting),
            "pdf_url": address_of(meeting.minutes) if meeting.minutes else "",
        },
    )
