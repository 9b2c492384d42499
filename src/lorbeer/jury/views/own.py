"""A member's own page: dossier, item on the table, ballot."""

import hashlib
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.call.models import AwardGroup
from lorbeer.entries import embargo
from lorbeer.entries import queries as entries
from lorbeer.jury import board, dossier, forms, minutes, queries, ranking, rules, services
from lorbeer.jury.models import Ballot, Item, Meeting, Member, Poll, Urn

# --- finding ----------------------------------------------------------------------------------------------------------
from lorbeer.jury.views.declarations import noted
from lorbeer.jury.views.desk import _fragment, _not_modified
from lorbeer.jury.views.finding import _is_shown, _item, _own_seat, _said, _url
from lorbeer.shared.context import address
from lorbeer.shared.verdicts import require


@login_required
@require_GET
def mine_show(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    if not queries.has_declared(member, meeting) and not meeting.closed_at:
        return redirect(_url("bias_declare", meeting))
    is_out = _is_out(meeting, member)
    return render(
        request,
        "jury/mine_show.html",
        {
            **_table(request, meeting, member, is_out, _mine_etag(meeting, member, is_out)),
            "notes": noted(request, queries.notes_of(meeting).get(member.pk, [])),
            "open_items": queries.items_open_to(member.person, meeting).count(),
            "items_count": meeting.items.count(),
        },
    )


def _rankings(meeting: Meeting, member: Member) -> list[dict[str, Any]]:
    """The ballots on groups that are going on, each with what `member` has cast: an order, best first, or what they approve of."""
    found = []
    polls = meeting.polls.filter(counted_at=None, given_up_at=None).select_related("group", "prize") if meeting.is_open else []
    for poll in polls:
        poll.meeting = meeting
        items = entries.without_biased(ranking.items_in(poll), member.person, "entry")
        ballots = Ballot.objects.filter(item__in=items, member=member, choice__in=ranking.kinds_of(poll.mode))
        own = list(ballots.select_related("item__entry", "item__project").order_by("rank", "item__position"))
        if own or (items and not poll.closed_at):                        # who is biased for all of it has nothing to vote on
            found.append({
                "group": poll.group, "ranks": poll.mode in ranking.RANKED, "is_closed": bool(poll.closed_at),
                "terms": _("%(mode)s; %(fixed)s") % {"mode": Item.Mode(poll.mode).label, "fixed": ranking.fixed_text(poll)},
                "has_cast": bool(own), "is_complete": len(own) == len(items),
                "cast": [minutes.subject_text(ballot.item) for ballot in own if ballot.choice != Ballot.Choice.PASS],
            })
    return found


@login_required
@require_GET
def mine_table(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """What is on the table now, for this member; asked for all the time, answered with 304 while nothing changes."""
    meeting, member = _own_seat(request, competition, round)
    return _part(request, meeting, member)


def _part(request: HttpRequest, meeting: Meeting, member: Member, said: str = "") -> HttpResponse:
    is_out = _is_out(meeting, member)
    etag = _mine_etag(meeting, member, is_out)
    if request.headers.get("If-None-Match") == etag:
        return _not_modified(etag)
    return _fragment(render(request, "jury/_mine_table.html", _table(request, meeting, member, is_out, etag) | {"said": said}), etag)


def _is_out(meeting: Meeting, member: Member) -> bool:
    return bool(meeting.current) and board.seen_by(member.person, meeting, board.biases_of(meeting))[1]


def _mine_etag(meeting: Meeting, member: Member, is_out: bool) -> str:
    """Not the votes of others, but one's own: the desk may note a raised hand."""
    own = ()
    if meeting.current and not is_out:
        own = tuple(Ballot.objects.filter(item=meeting.current, member=member).values_list("choice", "noted_by"))
    facts = (meeting.code, meeting.revision, member.pk, is_out, own, get_language())
    return f'"{hashlib.sha256(repr(facts).encode()).hexdigest()[:24]}"'


def _is_announced(meeting: Meeting) -> bool:
    """Whether everybody knows what the meeting has decided."""
    first = meeting.items.select_related("entry").first() if meeting.closed_at else None
    return first is not None and embargo.is_announced(first.entry)


def _table(request: HttpRequest, meeting: Meeting, member: Member, is_out: bool, etag: str) -> dict[str, Any]:
    """The current item for `member`: entry, opinion and ballot, or the neutral page of somebody who is biased for it."""
    current = meeting.current
    now = board.board_of(meeting)
    room, closed = now.room, now.closed.get(member.person_id, frozenset())
    context: dict[str, Any] = {
        "meeting": meeting,
        "member": member,
        "etag": etag,
        "is_out": False,
        "current": None,
        "present": any(one.pk == member.pk for one in room.present),
        "acting": any(one.pk == member.pk for one in room.acting),
        "waiting": bool(now.undecided - closed),
        "is_partly_closed": bool(closed),
        "is_announced": _is_announced(meeting),
        "rankings": _rankings(meeting, member),
    }
    if current is None:
        return context
    if is_out:
        return context | {"is_out": True}
    opening = rules.can_open_dossier(member, meeting, member.pk in now.declared)
    urn = now.urn
    ballot = current.ballots.filter(member=member).filter(choice__in=queries.VOICES).first()
    return context | {
        "current": current,
        "subject": now.subject,
        "opinion": now.opinion if opening else None,
        "can_vote": rules.can_vote(member, current, room, now.out),
        "ballot": ballot,
        "urn": urn,
        "in_urn": bool(urn and urn.envelopes.filter(member=member).exists()),
        "opening": opening,
        "open_vote": Item.Mode.OPEN in queries.rules_of(meeting.competition).modes,
        "has_consensus": Item.Mode.CONSENSUS in queries.rules_of(meeting.competition).modes,
        "choices": [
            (Ballot.Choice.YES, _("Yes, a prize")),
            (Ballot.Choice.NO, _("No prize")),
            (Ballot.Choice.ABSTAIN, _("Abstain")),
        ],
        "file_url": address("entries:entry_show", competition=meeting.competition.code, code=current.entry.code),
    }


@login_required
@require_http_methods(["GET", "POST"])
def bias_declare(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    found = {item.entry_id: item.entry for item in queries.items_open_to(member.person, meeting)}
    covered = queries.declared_up_to(meeting).get(member.pk)
    newest = queries.newest_batch(meeting)
    added = covered is not None and covered < newest                    # declared before: only what has come since is asked
    asked = list({item.entry_id: item.entry for item in queries.items_open_to(member.person, meeting).filter(
        batch__gt=covered)}.values()) if added else list(found.values())
    form = forms.DeclarationForm(request.POST if request.method == "POST" else None, entries=asked, up_to=newest)
    if request.method == "POST" and form.is_valid():
        biased = form.biased()
        had_urn = Urn.objects.filter(item__meeting=meeting).exists()
        if _said(request, lambda: services.declare(meeting, member, biased, up_to=form.cleaned_data["up_to"], by=request.user)):  # type: ignore[arg-type]
            if not queries.has_declared(member, meeting):               # the agenda has grown while the page was open
                messages.warning(request, _("Thank you, that is kept. Meanwhile the agenda has grown: please declare for what has been added,"
                                            " too. Until then your dossier stays closed."))
            else:
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
            if had_urn and not Urn.objects.filter(item__meeting=meeting).exists():
                messages.info(request, _("Your declaration has ended the secret ballot that was going on: its votes are destroyed, unopened,"
                                         " and it begins anew without you."))
            return redirect(_url("mine_show", meeting))
    closed = meeting.items.values("entry").distinct().count() - len(found)
    return render(
        request,
        "jury/bias_declare.html",
        {
            "meeting": meeting,
            "form": form,
            "rows": form.rows(),
            "declared": covered is not None and not added,
            "added": added,
            "closed": closed,
            "notes": noted(request, queries.notes_of(meeting).get(member.pk, [])),
            "too_late": rules.can_declare(meeting).reason,
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
    opinions = dossier.opinions_for(meeting, member)
    sections: dict[int, dict[str, Any]] = {}
    for item in queries.items_open_to(member.person, meeting):
        section = sections.setdefault(item.group_id, {"group": item.group, "rows": []})
        opinion = opinions.get(dossier.subject_of(item))
        file_url = address("entries:entry_show", competition=meeting.competition.code, code=item.entry.code)
        section["rows"].append((item, minutes.subject_text(item), opinion, file_url))
    return render(
        request,
        "jury/dossier_show.html",
        {
            "meeting": meeting,
            "sections": list(sections.values()),
            "bare": sum(row[2] is None for section in sections.values() for row in section["rows"]),
        },
    )


@login_required
@require_GET
def dossier_pdf(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    """The dossier as one PDF with bookmarks, with the reader's name on every page and without what is closed to them."""
    meeting, member = _own_seat(request, competition, round)
    require(rules.can_open_dossier(member, meeting))
    response = HttpResponse(dossier.dossier_pdf(meeting, member), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="dossier-{meeting.competition.code}-{meeting.round}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def ballot_cast(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    item = _item(meeting, position)
    return _cast(request, meeting, lambda: services.cast_ballot(item, member, request.POST.get("choice", ""), by=request.user),
                 _("Your vote is in. You can change it until the item is decided."))


@login_required
@require_POST
def secret_cast(request: HttpRequest, competition: str, round: int, position: int) -> HttpResponse:
    meeting, member = _own_seat(request, competition, round)
    item = _item(meeting, position)
    return _cast(request, meeting, lambda: services.cast_secretly(item, member, request.POST.get("choice", ""), by=request.user),
                 _("Your vote lies in the urn. No page shows what it says, this one neither."))


def _cast(request: HttpRequest, meeting: Meeting, act: Callable[[], object], said: str) -> HttpResponse:
    """Do it, and show the page anew: all of it, or where the browser can only the part that has changed."""
    done = _said(request, act)
    if done and request.headers.get("HX-Request"):
        meeting, member = _own_seat(request, meeting.competition.code, meeting.round)
        return _part(request, meeting, member, said)
    if done:
        messages.success(request, said)
    answer = redirect(_url("mine_show", meeting))
    if request.headers.get("HX-Request"):
        answer = HttpResponse(headers={"HX-Redirect": answer["Location"]})
    return answer


@login_required
@require_http_methods(["GET", "POST"])
def ranking_cast(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    meeting, member, found, poll = _ballot(request, competition, round, group, Ballot.Choice.RANK)
    if request.method == "POST" and poll and not _is_shown(request, poll):
        return redirect(_url("ranking_cast", meeting, found.code))
    items = _items_of(poll, member)
    ranks = dict(Ballot.objects.filter(item__in=items, member=member, choice=Ballot.Choice.RANK).values_list("item", "rank"))
    form = forms.RankingForm(request.POST if request.method == "POST" else None, poll=poll, items=items, ranks=ranks)
    if request.method == "POST" and form.is_valid():
        order = form.order()
        if _said(request, lambda: services.cast_ranking(meeting, found, member, order, shown=poll, by=request.user)):
            messages.success(request, _("Your ballot is in. You can change it until it is closed."))
            return redirect(_url("mine_show", meeting))
    return _render_ballot(request, "jury/ranking_cast.html", meeting, found, poll, form, items, has_cast=bool(ranks))


@login_required
@require_http_methods(["GET", "POST"])
def approval_cast(request: HttpRequest, competition: str, round: int, group: str) -> HttpResponse:
    """Mark as many entries of the group as one finds worthy, or none."""
    meeting, member, found, poll = _ballot(request, competition, round, group, Ballot.Choice.APPROVE)
    if request.method == "POST" and poll and not _is_shown(request, poll):
        return redirect(_url("approval_cast", meeting, found.code))
    items = _items_of(poll, member)
    own = dict(Ballot.objects.filter(item__in=items, member=member, choice__in=queries.APPROVALS).values_list("item", "choice"))
    approved = {item for item, choice in own.items() if choice == Ballot.Choice.APPROVE}
    form = forms.ApprovalForm(request.POST if request.method == "POST" else None, poll=poll, items=items, approved=approved)
    if request.method == "POST" and form.is_valid():
        marked = form.approved()
        if _said(request, lambda: services.cast_approval(meeting, found, member, marked, shown=poll, by=request.user)):  # type: ignore[arg-type]
            messages.success(request, _("Your ballot is in. You can change it until it is closed."))
            return redirect(_url("mine_show", meeting))
    return _render_ballot(request, "jury/approval_cast.html", meeting, found, poll, form, items, has_cast=bool(own))


def _ballot(request: HttpRequest, competition: str, round: int, group: str, choice: str) -> tuple[Meeting, Member, AwardGroup, Poll | None]:
    """Meeting, seat and group, with the ballot on it if one of this kind is open; 404 where the jury never votes in this way."""
    meeting, member = _own_seat(request, competition, round)
    require(rules.can_open_dossier(member, meeting))
    if not any(choice in ranking.kinds_of(mode) for mode in queries.group_modes(meeting.competition)):
        raise Http404
    found = get_object_or_404(meeting.competition.groups, code=group)
    poll = queries.poll_of(meeting, found)
    if poll is None or poll.closed_at or choice not in ranking.kinds_of(poll.mode):
        return meeting, member, found, None
    poll.meeting = meeting
    return meeting, member, found, poll


def _items_of(poll: Poll | None, member: Member) -> list[Item]:
    """What stands on the ballot of `member`."""
    return list(entries.without_biased(ranking.items_in(poll), member.person, "entry")) if poll else []


def _render_ballot(
    request: HttpRequest, template: str, meeting: Meeting, group: AwardGroup, poll: Poll | None, form: Any, items: list[Item], *, has_cast: bool
) -> HttpResponse:
    return render(request, template, {
        "meeting": meeting, "group": group, "poll": poll, "form": form, "items": items, "has_cast": has_cast,
        "terms": ranking.fixed_text(poll) if poll else "", "rule": ranking.rule_text(poll.mode) if poll else "",
    }, status=400 if form.is_bound else 200)
