"""The desk of chair and office: agenda, presence, decisions."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.entries import queries as entries
from lorbeer.entries.models import Bias
from lorbeer.formal_check.unfinished import with_links
from lorbeer.jury import biases, forms, minutes, queries, ranking, rules, services
from lorbeer.jury.models import Ballot, Item, Meeting, Member

# --- finding ----------------------------------------------------------------------------------------------------------
from lorbeer.jury.views.after import tell_missing
from lorbeer.jury.views.finding import _desk, _insider, _item_to_run, _meeting, _said, _url
from lorbeer.jury.views.secret import forget_key, key_of, urn_facts
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.files import address_of
from lorbeer.shared.templatetags.formats import long_day
from lorbeer.shared.text import in_sentence, written_in


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
    move_form: forms.MoveForm | None = None,
    status: int = 200,
) -> HttpResponse:
    found = meeting.competition
    room = queries.room_for(meeting.current, meeting)
    closed = rules.hidden_entries(request.user, meeting)
    current = meeting.current
    is_out = bool(current and current.entry_id in closed)
    if current and not is_out and meeting.is_open and form is None and queries.decides_by_item(found):
        form = forms.DecideForm(item=current, has_urn=services.urn_of(current) is not None, has_voices=services.voices_of(current).exists())
    sections: dict[int, dict[str, Any]] = {}
    items, late, decided = list(queries.items_of(meeting)), biases.late_biases(meeting), minutes.decided_items(meeting)
    minutes.keep_places(meeting, [*items, *decided], closed)
    for item in items:
        section = sections.setdefault(item.group_id, {"group": item.group, "rows": []})
        section["rows"].append(
            {
                "item": item,
                "subject": minutes.subject_text(item),
                "result": minutes.result_text(item),
                "votes": minutes.votes_text(item) if item.is_decided else "",
                "closed": item.entry_id in closed,
                "late": [minutes.late_text(bias, item) for bias in late.get(item.pk, ())],
            }
        )
    polls = {poll.group_id: poll for poll in meeting.polls.filter(counted_at=None, given_up_at=None).select_related("group")}
    late_votes = biases.late_in_counts(meeting)
    shortlists = list(meeting.polls.filter(pk__in=late_votes, keep__isnull=False).select_related("meeting__competition")) if late_votes else []
    for group, section in sections.items():
        section["counted_late"] = [] if any(row["closed"] for row in section["rows"]) else [
            minutes.late_in_count_text(item, bias, poll) for poll in shortlists if poll.group_id == group for item, bias in late_votes[poll.pk]]
        if poll := polls.get(group):
            poll.meeting = meeting
            section["poll"] = poll
            section["late"] = "" if any(row["closed"] for row in section["rows"]) else ranking.late_text(ranking.late_votes(poll))
        section["open"] = sum(not row["item"].is_decided and not row["closed"] for row in section["rows"])
    present = {member.pk for member in room.present}
    acting = {member.pk for member in room.acting}
    out = {member.pk for member in room.out}
    members = [
        {
            "member": member,
            "role": minutes.role_text(member, found),
            "present": member.pk in present,
            "acting": member.pk in acting,
            "out": member.pk in out,
        }
        for member in queries.members_of(found)
    ]
    waiting = sum(section["open"] for section in sections.values())
    last = (
        []
        if is_out
        else [
            (item, minutes.subject_text(item), minutes.result_text(item))
            for item in reversed([one for one in decided if one.entry_id not in closed][-5:])
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
            "budget": rules.budget_shown_to(request.user, meeting),
            "can_see_totals": rules.can_see_totals(request.user, meeting),
            "items_count": len(items) - (sum(item.entry_id in closed for item in items) if meeting.opened_at else 0),
            "waiting": waiting,
            "is_partly_closed": bool(closed),
            "can_call": any(section["open"] and "poll" not in section for section in sections.values()),
            "unfinished": [] if meeting.closed_at else with_links(queries.unfinished(meeting), request.user, found),
            "last": last,
            "subject": minutes.subject_text(current) if current and not is_out else "",
            "ballots": _ballot_facts(current, room) if current and not is_out else None,
            "urn": urn_facts(request, current, len(room.entitled)) if current and not is_out else None,
            "modes": queries.rules_of(found).modes,
            "has_group_modes": bool(queries.group_modes(found)),
            "can_prepare": rules.can_prepare(request.user, found),
            "add_form": add_form or (
                None if meeting.closed_at or queries.rules_of(found).proposals_only else forms.AddItemForm(meeting=meeting)),
            "add_opened": add_form is not None,
            "move_form": (move_form or forms.MoveForm(initial={"held_on": meeting.held_on})) if rules.can_move(request.user, meeting) else None,
            "etag": _votes_etag(meeting),
            "minutes_url": address_of(meeting.minutes)
            if meeting.minutes and rules.can_read_minutes_file(request.user, meeting) else "",
        },
        status=status,
    )


def _ballot_facts(item: Item, room: queries.Room) -> dict[str, Any]:
    """Who has voted on the item on the table, for the desk: an open vote, so names may be shown there."""
    cast = {ballot.member_id: ballot for ballot in item.ballots.filter(choice__in=queries.VOICES)}
    rows = [(member, cast.get(member.pk)) for member in room.entitled]
    choices = [ballot.choice for _member, ballot in rows if ballot]
    return {
        "rows": rows,
        "lying": len(cast),                                             # of whoever is entitled no more, too
        "cast": len(choices),
        "entitled": len(rows),
        "yes": choices.count(Ballot.Choice.YES),
        "no": choices.count(Ballot.Choice.NO),
        "abstained": choices.count(Ballot.Choice.ABSTAIN),
    }


def _votes_etag(meeting: Meeting) -> str:
    biases = Bias.objects.filter(entry=meeting.current.entry_id).count() if meeting.current else 0
    return f'"{meeting.code}-{meeting.revision}-{meeting.pulse}-{biases}-{get_language()}"'


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
                "urn": urn_facts(request, current, len(room.entitled)) if current and not is_out else None,
                "can_prepare": rules.can_prepare(request.user, found),
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
def meeting_move(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting = _meeting(_insider(request, competition, rules.can_prepare), round)
    form = forms.MoveForm(request.POST)
    if form.is_valid():
        try:
            moved = services.move_meeting(meeting, form.cleaned_data["held_on"], by=request.user)  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error("held_on", error.sentence)
        else:
            messages.success(request, _("The meeting is planned for %(day)s now.") % {"day": long_day(moved.held_on)})
            return _desk(meeting)
    return _render_desk(request, meeting, move_form=form, status=400)


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
        if not _said(request, lambda: services.close_meeting(meeting, shown=request.POST.get("shown"), by=request.user)):
            return _desk(meeting)
        if _meeting(meeting.competition, round).minutes_sha256:
            messages.success(
                request,
                _("The meeting is closed and its minutes are written. The results stay inside until they are announced."),
            )
        else:
            tell_missing(request)
        return redirect(_url("minutes_show", meeting))
    if not (closing := rules.can_close(meeting, request.user)):
        messages.error(request, str(closing.reason))
        return _desk(meeting)
    budget = rules.budget_shown_to(request.user, meeting)
    remaining = queries.callable_entries(meeting).count()
    return render(
        request,
        "confirm.html",
        {
            "title": _("Close the meeting?"),
            "form": forms.Shown(initial={"shown": meeting.revision}),
            "consequences": [
                *([ngettext("%(count)s prize is awarded.", "%(count)s prizes are awarded.", budget.awards) % {"count": budget.awards}]
                  if rules.can_see_totals(request.user, meeting) else []),
                ngettext("%(count)s entry gets its result.", "%(count)s entries get their result.", remaining)
                % {"count": remaining},
                _("The minutes are written as PDF and their checksum is kept in the log."),
                _("No decision can be taken up again."),
                _(
                    "Nothing becomes public: results stay inside until they have been approved and the office has announced them."
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
        ngettext("%(count)s item came onto the agenda.", "%(count)s items came onto the agenda.", added) % {"count": added}
        if added
        else _("All that comes before the jury is on the agenda already."),
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
    meeting, item = _item_to_run(request, competition, round, position)
    _said(request, lambda: services.call_item(item, by=request.user))
    return _desk(meeting, "table")


@login_required
@require_POST
def item_decide(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting, item = _item_to_run(request, competition, round, position)
    if not queries.decides_by_item(meeting.competition):
        raise Refused(_("A ballot on a group decides on all of it at once, not on one item."))
    urn = services.urn_of(item)
    form = forms.DecideForm(request.POST, item=item, has_urn=urn is not None)
    if form.is_valid():
        facts = form.facts()
        facts["urn_key"] = facts["urn_key"] or key_of(request, urn)
        try:
            decided = services.decide(item, by=request.user, **facts)  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error(error.where if error.where in form.fields else None, error.sentence)
        except Refused as error:
            form.add_error(None, str(error))
        else:
            result = minutes.result_text(decided)
            messages.success(request, f"{minutes.subject_text(decided)}: {result}")
            return forget_key(_desk(meeting, "agenda"), urn, meeting)
    return _render_desk(request, meeting, form=form, status=400)


@login_required
@require_http_methods(["GET", "POST"])
def item_reopen(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting, item = _item_to_run(request, competition, round, position)
    minutes.keep_places(meeting, [item], rules.hidden_entries(request.user, meeting))
    form = forms.ReopenForm(request.POST if request.method == "POST" else None, initial={"shown": queries.digest_of(item)})
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.reopen(item, **form.cleaned_data, by=request.user)):
            messages.success(request, _("The decision has been taken up again. Call the item when it is its turn."))
        return _desk(meeting, "agenda")
    return render(
        request,
        "confirm.html",
        {
            "title": _("Take the decision on item %(position)s up again?") % {"position": item.position},
            "text": in_sentence("%(subject)s: %(result)s", subject=written_in(meeting.competition, minutes.subject_text(item)),
                                result=minutes.result_text(item)),
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
@require_http_methods(["GET", "POST"])
def item_take_off(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    """The way out where bias leaves no quorum for an item."""
    meeting, item = _item_to_run(request, competition, round, position)
    form = forms.TakeOffForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.take_off(item, form.cleaned_data["motion"], by=request.user)):
            messages.success(request, _("Item %(position)s is off the agenda, and the minutes say why.") % {"position": item.position})
        return _desk(meeting, "agenda")
    return render(
        request,
        "confirm.html",
        {
            "title": _("Take item %(position)s off the agenda?") % {"position": item.position},
            "text": written_in(meeting.competition, minutes.subject_text(item)),
            "form": form,
            "consequences": [
                _("The jury does not decide on it, because bias leaves no quorum. It gets no prize."),
                _("The minutes name the motion, and who was out for bias."),
                _("Until the meeting is closed it can be taken up again on a recorded motion, when there is a quorum for it."),
            ],
            "button_label": _("Record the motion and take it off"),
            "cancel_url": _url("desk_show", meeting),
        },
        status=400 if form.is_bound else 200,
    )


@login_required
@require_POST
def ballot_record(request: HttpRequest, competition: str, round: int, position: int, person: str) -> HttpResponse:
    """The desk notes a raised hand of a member who has no screen."""
    meeting, item = _item_to_run(request, competition, round, position)
    _said(
        request, lambda: services.cast_ballot(item, _member(meeting, person), request.POST.get("choice", ""), by=request.user)
    )
    return _desk(meeting, "table")


@login_required
@require_http_methods(["GET", "POST"])
def ballots_give_up(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    """End an open vote uncounted, on a recorded motion, so that the item can be decided in another way."""
    meeting, item = _item_to_run(request, competition, round, position)
    sums = services.sums_of(item)
    form = forms.VoteGiveUpForm(request.POST if request.method == "POST" else None, initial={"shown": services.voices_digest(item)})
    if request.method == "POST" and form.is_valid():
        if _said(request, lambda: services.give_up_vote(item, **form.cleaned_data, by=request.user)):
            messages.success(request, _("The open vote has been given up, and its votes are void."))
        return _desk(meeting, "table")
    return render(request, "confirm.html", {
        "title": _("Give the open vote on item %(position)s up?") % {"position": item.position},
        "text": written_in(meeting.competition, minutes.subject_text(item)), "form": form,
        "consequences": [
            _("The votes that have been cast (yes %(yes)s, no %(no)s, abstentions %(abstained)s) are void, and count for nothing.")
            % dict(zip(("yes", "no", "abstained"), sums, strict=True)),
            _("The minutes name their sums and the motion; the log keeps them."),
            _("The item can be decided in another way then, or voted on anew."),
        ],
        "button_label": _("Record the motion and give it up"), "cancel_url": _url("desk_show", meeting), "danger": True,
    }, status=400 if form.is_bound else 200)
