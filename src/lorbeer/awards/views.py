"""Results for those who may know them, and the announcement. Portraits of the winners: see portrait_views.py."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from lorbeer.awards import forms, queries, result_letters, rules, services
from lorbeer.awards.models import Award, PostedLetter
from lorbeer.awards.steps import steps_of
from lorbeer.call.deadlines import moment_in_words
from lorbeer.call.models import Competition, Phase
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import entries_visible_to, is_contributor
from lorbeer.jury import queries as jury
from lorbeer.jury.rules import can_read_minutes_file, can_see_totals
from lorbeer.people.access import OFFICE, competition_for, roles_of
from lorbeer.people.models import Role
from lorbeer.shared import clock
from lorbeer.shared.errors import BadInput
from lorbeer.shared.fields import whole_number
from lorbeer.shared.files import address_of
from lorbeer.shared.lists import Column, build
from lorbeer.shared.models import Message
from lorbeer.shared.text import written_in
from lorbeer.shared.verdicts import ALLOWED, require


def _columns(place: Competition) -> list[Column]:
    return [
        Column("group", _("Group"), value=lambda award: str(award.group)),
        Column("applicant", place.applicant_word, value=lambda award: award.entry.applicant, sort="entry__applicant"),
        Column("title", _("Entry"), value=lambda award: written_in(place, award.entry.title), sort="entry__title"),
        Column("project", _("Project"), value=lambda award: written_in(place, award.project.title) if award.project else ""),
        Column("prize", _("Prize"), value=lambda award: str(award.prize.label)),
        Column("amount_cents", _("Amount"), kind="money", sort="amount_cents"),
        Column("code", _("Code"), kind="code", value=lambda award: award.entry.code),
    ]


def insider(request: HttpRequest, code: str) -> Competition:
    """The competition of somebody with a role in it; others get 404."""
    competition = competition_for(request, code)
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    return competition


def _is_office(request: HttpRequest) -> bool:
    return bool(request.roles & OFFICE)  # type: ignore[attr-defined]


def _round(request: HttpRequest, competition: Competition) -> int:
    rounds = queries.rounds_of(competition)
    asked = whole_number(request.GET.get("round"))
    if asked in rounds:
        return asked
    return rounds[0] if rounds else 1


@login_required
@require_GET
def result_list(request: HttpRequest, competition: str) -> HttpResponse:
    """What the jury decided, by group, with amounts; approval by the sponsor and announcement by the office."""
    found = insider(request, competition)
    require(rules.can_see_results(request.user, found))
    round = _round(request, found)
    awards = queries.results_open_to(request.user, found, round)
    listing = build(request, awards, _columns(found), name=f"{found.code}-results-{round}")
    if file := listing.download():
        return file
    meeting = queries.closed_meeting(found, round)
    held = meeting or found.jury_meetings.filter(round=round).first()
    sums = can_see_totals(request.user, held) if held else ALLOWED
    rows = list(awards.select_related("portrait"))
    return render(
        request,
        "awards/result_list.html",
        {
            "round": round,
            "rounds": queries.rounds_of(found),
            "groups": queries.by_group(rows),
            "count": len(rows),
            "total": sum(award.amount_cents for award in rows),
            "sums": sums,
            "meeting": meeting,
            "listing": listing,
            "budget": jury.budget_of(found, round) if sums and (meeting or not _is_sponsor_only(request)) else None,
            "announcement": queries.announcement_of(found, round),
            "announced": queries.is_announced(found, round),
            "can_approve": rules.can_approve(request.user, found, round),
            "can_announce": rules.can_announce(request.user, found, round),
            "is_office": _is_office(request),
            "shows_approval": Role.Kind.SPONSOR in request.roles or not found.sponsor,  # type: ignore[attr-defined]
            "to_post": queries.letters_to_post(found, round) if _is_office(request) and queries.is_announced(found, round) else [],
            "minutes_url": address_of(meeting.minutes)
            if meeting and meeting.minutes and can_read_minutes_file(request.user, meeting) else "",
        },
    )


def _is_sponsor_only(request: HttpRequest) -> bool:
    """The sponsor does not watch the purse while the jury deliberates."""
    return not request.roles & (OFFICE | {Role.Kind.AUDITOR})  # type: ignore[attr-defined]


@login_required
@require_http_methods(["GET", "POST"])
def results_approve(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    found = insider(request, competition)
    require(rules.can_approve(request.user, found, round))
    back = f"{reverse('awards:result_list', args=[found.code])}?round={round}"
    if request.method == "POST":
        services.approve_results(found, round, by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The results are approved. The office can announce them now."))
        return redirect(back)
    awards = list(queries.results(found, round))
    total = services.format_euro(sum(award.amount_cents for award in awards))
    return render(
        request,
        "confirm.html",
        {
            "title": _("Approve the results?"),
            "consequences": [
                ngettext("%(count)s prize is approved as the jury decided.", "%(count)s prizes are approved as the jury decided.",
                         len(awards)) % {"count": len(awards)}
                if not any(award.amount_cents for award in awards)
                else ngettext(
                    "%(count)s prize of %(total)s in all is approved as the jury decided.",
                    "%(count)s prizes of %(total)s in all are approved as the jury decided.",
                    len(awards),
                )
                % {"count": len(awards), "total": total},
                _("Nothing becomes public yet: the office sets the moment of the announcement."),
                _("The approval stands in the log with your name and the time."),
            ],
            "button_label": _("Approve the results"),
            "cancel_url": back,
        },
    )


@login_required
@require_http_methods(["GET", "POST"])
def results_announce(request: HttpRequest, competition: str, round: int) -> HttpResponse:
    found = insider(request, competition)
    require(rules.can_announce(request.user, found, round))
    back = f"{reverse('awards:result_list', args=[found.code])}?round={round}"
    form = forms.AnnounceForm(request.POST if request.method == "POST" else None, competition=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.announce(found, round, at=form.cleaned_data["at"], by=request.user)  # type: ignore[arg-type]
        except BadInput as error:
            form.add_error("day", error.sentence)
        else:
            messages.success(
                request,
                _("The announcement is set; the letters are in the outbox.")
                if form.cleaned_data["at"]
                else _("The results are announced; the letters are in the outbox."),
            )
            return redirect(back)
    phase = found.phases.filter(kind=Phase.Kind.ANNOUNCED, round=round, starts_at__gt=clock.now()).first()
    count, meeting = queries.letter_count(found, round), queries.closed_meeting(found, round)
    if meeting and not can_see_totals(request.user, meeting):
        consequences = [_("All prizes of this round become public, with the pages that name them. How many they are is not shown to you before,"
                          " for you are biased for an entry of this round."),
                        _("Winners and the others each get their letter.")]
    else:
        awards = queries.results(found, round).count()
        consequences = [
            ngettext(
                "%(count)s prize becomes public, with the pages that name it.",
                "%(count)s prizes become public, with the pages that name them.",
                awards,
            )
            % {"count": awards},
            ngettext("%(count)s letter goes to a winner.", "%(count)s letters go to winners.", count.won) % {"count": count.won},
            ngettext(
                "%(count)s letter goes to an entry without a prize.",
                "%(count)s letters go to entries without a prize.",
                count.not_won,
            )
            % {"count": count.not_won},
        ]
    if count.by_post:
        consequences.append(
            ngettext(
                "%(count)s entry has no mail address; you send its letter by post: %(names)s.",
                "%(count)s entries have no mail address; you send their letters by post: %(names)s.",
                len(count.by_post),
            )
            % {"count": len(count.by_post), "names": "; ".join(f"{entry.applicant or entry} ({entry.code})" for entry in count.by_post)}
        )
    if phase:
        consequences.append(_("The call names %(day)s for the announcement. At an earlier moment all of this becomes public before that day.")
                            % {"day": moment_in_words(found, phase.starts_at)})
    consequences.append(_("Applicants see their result on their own page from this moment on."))
    consequences.append(_("The moment cannot be changed afterwards."))
    return render(
        request,
        "confirm.html",
        {
            "title": _("Announce the results?"),
            "consequences": consequences,
            "form": form,
            "button_label": ngettext("Announce and send %(count)s letter", "Announce and send %(count)s letters", count.total)
            % {"count": count.total},
            "cancel_url": back,
        },
        status=400 if form.is_bound else 200,
    )


@login_required
@require_GET
def result_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The result of one entry, for those who work on it. Before the announcement all of these pages say the same."""
    found = competition_for(request, competition)
    entry = Entry.objects.filter(competition=found, code=code).select_related("group", "competition").first()
    if entry is None or not (
        is_contributor(request.user, entry) or entries_visible_to(request.user, found).filter(pk=entry.pk).exists()
    ):
        raise Http404
    return render(request, "awards/result_show.html", {"entry": entry, **result_facts(request.user, entry)})


def result_facts(person: Any, entry: Entry) -> dict[str, Any]:
    """What the result page and the tab of the file show. No award is looked up before its time."""
    seeing = rules.can_see_award_of(person, entry)
    if not seeing:
        phase = entry.competition.phases.filter(kind="announced", round=entry.round).first()
        return {"seeing": seeing, "why": seeing.reason if seeing is rules.KEPT else "", "awards": [], "decided": False,
                "announced_from": phase.starts_at if phase else None}
    awards = list(queries.results(entry.competition, entry.round).filter(entry=entry).select_related("portrait"))
    own, announced = is_contributor(person, entry), queries.is_entry_announced(entry)
    return {
        "seeing": seeing,
        "awards": awards,
        "decided": entry.state in queries.DECIDED,
        "is_own": own,
        "announced": announced,
        # What concerns the entry stands once, whatever it has won.
        "steps": list(dict.fromkeys(step for award in awards for step in steps_of(person, award))) if own and announced else [],
        **(_letter_facts(entry) if roles_of(person, entry.competition) & OFFICE and entry.state in queries.DECIDED else {}),
        "can_get_certificate": bool(awards) and bool(rules.can_get_certificate(person, awards[0])),
    }


def _letter_facts(entry: Entry) -> dict[str, Any]:
    """What the office learns of the letter with the result: to whom it went or goes, and when."""
    mail = Message.objects.filter(scope=entry.competition.code, kind="result", subject=f"entry:{entry.code}").first()
    posted = PostedLetter.objects.filter(entry=entry).select_related("posted_by").first()
    return {"letter": True, "mail": mail, "posted": posted}


def _office_entry(request: HttpRequest, competition: str, code: str) -> Entry:
    """A decided entry, for the office."""
    found = insider(request, competition)
    entry = get_object_or_404(Entry.objects.select_related("group", "competition"), competition=found, code=code)
    require(rules.can_read_letter(request.user, entry))
    if entry.state not in queries.DECIDED:
        raise Http404
    return entry


@login_required
@require_GET
def letter_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The letter with the result, to print and send by post."""
    entry = _office_entry(request, competition, code)
    response = HttpResponse(result_letters.letter_pdf(entry), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="letter-{entry.code}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@require_POST
def letter_posted(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    entry = _office_entry(request, competition, code)
    result_letters.note_posted(entry, by=request.user)  # type: ignore[arg-type]
    messages.success(request, _("Noted: the letter to %(applicant)s has gone out by post.") % {"applicant": entry.applicant or entry})
    return redirect("entries:entry_tab", entry.competition.code, entry.code, "award")


@login_required
@require_GET
def certificate_pdf(request: HttpRequest, competition: str, award: str) -> HttpResponse:
    found = award_or_404(request, competition, award)
    require(rules.can_get_certificate(request.user, found))
    response = HttpResponse(services.certificate(found), content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="certificate-{found.entry.code}.pdf"'
    response["Cache-Control"] = "private, no-store"
    return response


def award_or_404(request: HttpRequest, competition: str, code: str) -> Award:
    """The award of an address; 404 for all to whom it must not even exist."""
    found = competition_for(request, competition)
    award = (
        Award.objects.filter(competition=found, code=code)
        .select_related("entry__group", "entry__competition", "competition", "group", "prize", "project", "portrait__picture")
        .first()
    )
    if award is None:
        raise Http404
    own = is_contributor(request.user, award.entry)
    writing = rules.can_write_portrait(request.user, award)
    knows = rules.can_see_award_of(request.user, award.entry) and (own or request.roles)  # type: ignore[attr-defined]
    if not (writing or knows):
        raise Http404
    return award
