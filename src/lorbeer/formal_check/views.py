"""The formal check: the list, and one entry at a time."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.formal_check import applicants, by_post, letters, queries, rules, services
from lorbeer.formal_check.forms import LONGEST_REASON, CheckFilter, CheckForm, ReopenForm
from lorbeer.formal_check.models import Check
from lorbeer.intake.queries import accepted_submission, document_of, gaps_of
from lorbeer.people.access import can_work_in_office, competition_for
from lorbeer.shared import files
from lorbeer.shared.context import address
from lorbeer.shared.errors import LorbeerError, Refused
from lorbeer.shared.lands import land_name
from lorbeer.shared.lists import Column, Listing, build, place
from lorbeer.shared.text import in_sentence, written_in
from lorbeer.shared.verdicts import require

SHOWN_LETTERS = 50                                                      # further ones move up as these are sent
WAITS_FOR_POST = gettext_lazy("No mail reaches the applicant. The letter waits to be printed and sent by post, under “Formal check”.")


def desk_for(request: HttpRequest, code: str) -> Competition:
    """The competition, for those who may see its checks; strangers do not learn that there is one."""
    competition = competition_for(request, code)
    verdict = rules.can_see_checks(request.user, competition)
    if verdict:
        return competition
    if not request.roles:  # type: ignore[attr-defined]
        raise Http404
    raise Refused(str(verdict.reason))


def _word(entry: Any) -> str:
    """The state of the check in one word."""
    if entry.is_waiting:
        return _("late, to be decided") if entry.is_late else _("to be checked")
    if entry.state == "submitted":
        return _("returned for completion") if entry.is_returned else _("can still be changed")
    return _("excluded") if entry.state == "inadmissible" else _("admitted")


def check_listing(request: HttpRequest, competition: Competition, query: QueryDict | None = None) -> Listing:
    columns = [
        Column("code", gettext_lazy("Code"), kind="code", sort="code",
               url=lambda entry: reverse("formal_check:check_show", args=[competition.code, entry.code])),
        Column("title", gettext_lazy("Title"), sort="title", value=lambda entry: written_in(competition, entry.title) or _("without a title"),
               url=lambda entry: reverse("formal_check:check_show", args=[competition.code, entry.code])),
        Column("applicant", competition.applicant_word, sort="applicant"),
        Column("land", gettext_lazy("Land"), sort="land_code", value=lambda entry: land_name(entry.land_code)),
        Column("group", gettext_lazy("Award group"), sort="group__position",
               value=lambda entry: str(entry.group.label) if entry.group else ""),
        Column("submitted_at", gettext_lazy("Handed in"), kind="moment", sort="submitted_at"),
        Column("verdict", gettext_lazy("Check"), value=_word, sort=("state", "is_waiting")),
        Column("checked_at", gettext_lazy("Checked"), kind="day", sort="checked_at"),
        Column("checker", gettext_lazy("By"), sort="checker"),
    ]
    if competition.applicant_kind != Competition.ApplicantKind.MUNICIPALITY:
        columns = [column for column in columns if column.key != "land"]
    rounds = sorted({phase.round for phase in competition.schedule})
    return build(
        request, queries.received(competition), columns, form=CheckFilter, order="submitted_at", name="formale-pruefung",
        form_arguments={"groups": list(competition.groups.filter(is_special=False)), "rounds": rounds}, query=query,
    )


@require_safe
def check_list(request: HttpRequest, competition: str) -> HttpResponse:
    """All entries with state and verdict; above them how far the check is."""
    found = desk_for(request, competition)
    listing = check_listing(request, found)
    if file := listing.download():
        return file
    progress = queries.progress(found)
    may_check = bool(can_work_in_office(request.user, found))
    to_post = by_post.notices_to_post(found) if may_check else Check.objects.none()
    shown = list(to_post[:SHOWN_LETTERS])
    return render(request, "formal_check/check_list.html", {
        "listing": listing, "progress": progress, "counts": applicants.counts(found), "several_rounds": len(progress) > 1,
        "waiting": sum(one.waiting for one in progress),
        "to_come": [(one, rules.begins_in_words(found, one.deadline)) for one in progress if one.deadline],
        "may_check": may_check,
        "letters": shown, "more_letters": to_post.count() - SHOWN_LETTERS if len(shown) == SHOWN_LETTERS else 0,
    })


@require_safe
def check_next(request: HttpRequest, competition: str) -> HttpResponse:
    """The entry that has waited longest, or the list where none waits."""
    found = desk_for(request, competition)
    entry = queries.next_waiting(found)
    if entry is None:
        messages.info(request, _("No entry waits for a check."))
        return redirect("formal_check:check_list", competition=found.code)
    return redirect("formal_check:check_show", competition=found.code, code=entry.code)


def entries_take_in(request: HttpRequest, competition: str) -> HttpResponse:
    """For calls without a formal check: everything that arrived in time goes on, after one look at how many that are."""
    found = desk_for(request, competition)
    require(rules.can_take_in(request.user, found))
    if request.method == "POST":
        admitted, left = services.take_in(found, by=request.user)  # type: ignore[arg-type]
        messages.success(request, ngettext("%(count)d entry takes part.", "%(count)d entries take part.", admitted) % {"count": admitted})
        if left:
            messages.warning(request, ngettext(
                "%(count)d entry is left: it came late, or the call’s rule gives no award group. Decide on it here.",
                "%(count)d entries are left: they came late, or the call’s rule gives no award group. Decide on them here.", left)
                % {"count": left})
            return redirect(reverse("formal_check:check_list", args=[found.code]) + "?verdict=waiting")
        return redirect("entries:entry_list", competition=found.code)
    count = sum(not entry.is_late for entry in queries.to_take_in(found))
    return render(request, "confirm.html", {
        "title": _("Take in what has arrived?"),
        "consequences": [
            ngettext("%(count)d entry takes part from now on, in the award group that the call’s rule gives.",
                     "%(count)d entries take part from now on, each in the award group that the call’s rule gives.", count)
            % {"count": count},
            _("They cannot be changed or withdrawn by their applicants any more."),
            _("What came late, or fits no group, stays back and is shown to you."),
        ],
        "button_label": _("Take in the entries"), "cancel_url": address("website:desk", competition=found.code),
    })


def check_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """Document left, checklist right, the verdict below; then the next one by itself."""
    found = desk_for(request, competition)
    entry = get_object_or_404(
        queries.received(found).select_related("group", "competition", "municipality"), code=code)
    entry.competition = found
    submission = accepted_submission(entry)
    proposal = queries.proposal(entry)
    points = list(found.check_points.select_related("clause"))
    may_check = rules.can_check(request.user, entry)
    gaps = gaps_of(submission) if submission else []
    gaps_written, gaps_left = _in_lines(gaps)
    checks = list(entry.checks.select_related("clause", "group", "checked_by", "submission").prefetch_related("points__point"))
    form = CheckForm(
        request.POST if request.method == "POST" else None, entry=entry, proposal=proposal, points=points,
        initial={"seen": submission.number if submission else 0, "known": len(checks), "return_reason": gaps_written},
    )
    trouble = ""
    if request.method == "POST":
        if not may_check:
            raise Refused(str(may_check.reason))
        if form.is_valid():
            try:
                answer = _decide(request, entry, form)
            except Refused:
                raise
            except LorbeerError as error:
                trouble = str(error)
            else:
                return answer
    same = applicants.same_applicant(entry)
    most = found.max_entries_per_applicant
    late = entry.submissions.filter(is_accepted=True).exclude(arrival__timeliness="in_time").select_related("arrival").first()
    progress = next((one for one in queries.progress(found) if one.round == entry.round), None)
    return render(request, "formal_check/check_show.html", {
        "entry": entry, "submission": submission, "form": form, "trouble": trouble, "proposal": proposal, "checks": checks,
        "sections": document_of(submission).sections() if submission else [],
        "files": files.listed(request.user, submission.files.select_related("blob")) if submission else [],
        "partners": queries.partners(entry), "unknown_partners": queries.unknown_partners(entry), "same": same,
        "same_name": applicants.same_name(entry), "above_limit": most is not None and len(same) + 1 > most,
        "most": most, "progress": progress, "may_check": may_check, "may_admit": rules.can_admit(request.user, entry),
        "may_exclude": rules.can_exclude(request.user, entry), "asked": rules.completion_running(entry), "gaps": gaps, "gaps_left": gaps_left,
        "may_reopen": rules.can_reopen(request.user, entry), "has_verdict": entry.state != "submitted",
        "late": late.arrival if late else None, "due": queries.check_due(found, entry.round),
        "place": _place(request, found, entry), "mails": letters.readers_of(entry),
        "admission": _preview(lambda: letters.admission(entry, proposal.group)) if proposal.group and may_check else None,
        "file_url": address("entries:entry_show", competition=found.code, code=entry.code),
        "land": land_name(entry.land_code) if entry.land_code else "",
        "following": queries.next_waiting(found, after=entry),
    }, status=422 if form.is_bound else 200)


def _in_lines(gaps: list[tuple[str, str]]) -> tuple[str, int]:
    """What is missing, as the office would write it to the applicant, and how many found no room: whole lines, the last says how many more."""
    lines = [f"– {label} {sentence}" for label, sentence in gaps]
    for left in range(len(lines)):
        shown = lines[:len(lines) - left] + ([_and_more(left)] if left else [])
        text = "\n".join(shown)
        if len(text) <= LONGEST_REASON:
            return text, left
    return "", len(lines)


def _and_more(left: int) -> str:
    return ngettext("– and %(count)d more", "– and %(count)d more", left) % {"count": left}


def check_reopen(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """The lead takes a verdict back, with a reason; the applicant is told."""
    found = desk_for(request, competition)
    entry = get_object_or_404(queries.received(found).select_related("group", "competition", "municipality"), code=code)
    entry.competition = found
    require(rules.can_reopen(request.user, entry))
    form = ReopenForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        check = services.reopen(entry, reason=form.cleaned_data["reason"], by=request.user)  # type: ignore[arg-type]
        messages.success(request, _("The verdict on %(code)s is taken back. It waits for its check again.") % {"code": entry.code})
        if check.by_post:
            messages.warning(request, WAITS_FOR_POST)
        return redirect("formal_check:check_show", competition=found.code, code=entry.code)
    count = len(letters.readers_of(entry))
    return render(request, "confirm.html", {
        "title": in_sentence(_("Take the verdict on “%(entry)s” back?"), entry=written_in(entry.competition, str(entry))),
        "form": form, "danger": True,
        "text": _("%(code)s is “%(state)s” now.") % {"code": entry.code, "state": entry.get_state_display()},
        "consequences": [
            _("The entry waits for its formal check again, in the award group that the rule of the call gives."),
            _("What was checked before stays in its file."),
            ngettext("%(count)d mail goes into the outbox: the notice is withdrawn, for this reason.",
                     "%(count)d mails go into the outbox: the notice is withdrawn, for this reason.", count) % {"count": count}
            if count else _("No mail address is known: tell the applicant by post."),
        ],
        "button_label": _("Take the verdict back"),
        "cancel_url": reverse("formal_check:check_show", args=[found.code, entry.code]),
    }, status=422 if form.is_bound else 200)


def _place(request: HttpRequest, competition: Competition, entry: Entry) -> Any:
    def url(code: str) -> str:
        return reverse("formal_check:check_show", args=[competition.code, code])

    return place(request, entry.code, url, lambda given, query: check_listing(given, competition, query),
                 reverse("formal_check:check_list", args=[competition.code]))


def _preview(write: Any) -> dict[str, Any]:
    """The mail as it would go out; a letter that cannot be written says why."""
    try:
        return {"mails": write()}
    except LorbeerError as error:
        return {"trouble": str(error), "mails": []}


def _decide(request: HttpRequest, entry: Entry, form: CheckForm) -> HttpResponse:
    """Record the verdict and go on. What turns somebody away is shown once more, with the mail, before it is sent."""
    data, by = form.cleaned_data, request.user
    shared = {"by": by, "findings": form.findings, "seen": data["seen"]}
    if data["decision"] == Check.Verdict.ADMITTED:
        check = services.admit(entry, group=data["group"], reason=data["admit_reason"], **shared)
        messages.success(request, _("%(code)s is admitted: %(group)s.") % {"code": entry.code, "group": data["group"]})
        return _go_on(request, check)
    excluding = data["decision"] == Check.Verdict.EXCLUDED
    if "confirmed" not in request.POST:
        mails = (letters.exclusion(entry, data["clause"], data["exclude_reason"]) if excluding
                 else letters.completion(entry, data["return_reason"], form.until_moment))
        kept = {name: value for name, value in request.POST.items() if name not in {"csrfmiddlewaretoken"}}
        return render(request, "formal_check/check_confirm.html", {
            "entry": entry, "mails": mails, "kept": kept, "excluding": excluding, "clause": data["clause"],
            "reason": data["exclude_reason"] if excluding else data["return_reason"],
            "until": None if excluding else form.until_moment,
        })
    if excluding:
        check = services.exclude(entry, data["clause"], reason=data["exclude_reason"], **shared)
        messages.success(request, (_("%(code)s is excluded.") if check.by_post else _("%(code)s is excluded. The notice is in the outbox."))
                         % {"code": entry.code})
    else:
        check = services.return_for_completion(
            entry, until=form.until_moment, reason=data["return_reason"], known=data["known"] or 0, **shared)
        messages.success(request, _("%(code)s is returned for completion.") % {"code": entry.code})
    return _go_on(request, check)


def _notice(request: HttpRequest, competition: str, code: str) -> Check:
    """The newest verdict on the entry, where its applicant is told by post."""
    found = desk_for(request, competition)
    require(can_work_in_office(request.user, found))
    return get_object_or_404(by_post.notices_to_post(found), entry__code=code)


@require_safe
def notice_pdf(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """What an applicant is told whom no mail reaches, to print and send by post."""
    return HttpResponse(by_post.notice_pdf(_notice(request, competition, code)), content_type="application/pdf", headers={
        "Content-Disposition": f'inline; filename="notice-{code}.pdf"'})


@require_POST
def notice_posted(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    check = _notice(request, competition, code)
    if request.POST.get("seen", str(check.pk)) != str(check.pk):
        raise Refused(_("The entry has got another verdict since this page was opened, and that letter has not been sent yet. Nothing was "
                        "noted."))
    by_post.note_posted(check, by=request.user)                         # type: ignore[arg-type]
    messages.success(request, _("Noted: the letter to entry %(code)s has gone out by post.") % {"code": code})
    return redirect("formal_check:check_list", competition=competition)


def _go_on(request: HttpRequest, check: Check) -> HttpResponse:
    entry = check.entry
    if check.by_post:
        messages.warning(request, WAITS_FOR_POST)
    following = queries.next_waiting(entry.competition, after=entry)
    if following is None:
        return redirect("formal_check:check_list", competition=entry.competition.code)
    return redirect("formal_check:check_show", competition=entry.competition.code, code=following.code)


def waiting_words(count: int) -> str:
    return ngettext("%(count)d entry to check", "%(count)d entries to check", count) % {"count": count}
