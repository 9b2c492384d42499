"""A member's own page: dossier, item on the table, ballot."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.entries import embargo
from lorbeer.entries import queries as entries
from lorbeer.jury import dossier, forms, minutes, queries, rules, services
from lorbeer.jury.models import Ballot, Item, Meeting, Member

# --- finding ----------------------------------------------------------------------------------------------------------
from lorbeer.jury.views.desk import _fragment, _not_modified
from lorbeer.jury.views.finding import _insider, _item, _meeting, _said, _url
from lorbeer.screening.models import ExpertOpinion
from lorbeer.shared.context import address
from lorbeer.shared.errors import Refused
from lorbeer.shared.verdicts import require


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
    return render(
        request,
        "jury/mine_show.html",
        {
            **_table(request, meeting, member),
            "rankings": _rankings(meeting, member),
            "open_items": queries.items_open_to(member.person, meeting).count(),
            "items_count": meeting.items.count(),
        },
    )


def _rankings(meeting: Meeting, member: Member) -> list[dict[str, Any]]:
    """The groups that wait to be ranked, each with the order that `member` has cast, best first."""
    if Item.Mode.RANKING not in queries.rules_of(meeting.competition).modes or not meeting.is_open:
        return []
    cast: dict[int, list[str]] = {}
    ballots = Ballot.objects.filter(item__in=queries.undecided_items(meeting), member=member, choice=Ballot.Choice.RANK)
    for ballot in entries.without_biased(ballots, member.person, "item__entry").select_related("item__entry", "item__project").order_by("rank"):
        cast.setdefault(ballot.item.group_id, []).append(minutes.subject_text(ballot.item))
    groups = meeting.competition.groups.filter(jury_items__in=queries.undecided_items(meeting)).distinct()
    return [{"group": group, "cast": cast.get(group.pk, [])} for group in groups]


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


def _is_announced(meeting: Meeting) -> bool:
    """Whether everybody knows what the meeting has decided."""
    first = meeting.items.select_related("entry").first() if meeting.closed_at else None
    return first is not None and embargo.is_announced(first.entry)


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
        "is_announced": _is_announced(meeting),
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
        "has_consensus": Item.Mode.CONSENSUS in queries.rules_of(meeting.competition).modes,
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
