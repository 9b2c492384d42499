"""Beginning an entry, and its own start page."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition, Phase
from lorbeer.entries import embargo
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry, State
from lorbeer.intake import documents, queries, rules, services
from lorbeer.intake.enclosures import sections_with_files
from lorbeer.intake.forms import StartForm
from lorbeer.intake.keying import is_keyed_twice, keying_of
from lorbeer.intake.models import Arrival, Channel
from lorbeer.intake.views.finding import (
    address_of,
    collided,
    crumbs_of,
    deadline_of,
    draft_of,
    own_entry,
    standing_of,
    unread_places,
)
from lorbeer.people.access import competition_for
from lorbeer.questionnaire.queries import current_version
from lorbeer.shared.text import listed
from lorbeer.shared.verdicts import Verdict, require


@login_required
@never_cache
def entry_start(request: HttpRequest, competition: str) -> HttpResponse:
    """One's own entries, and a new one while a round is open."""
    place = competition_for(request, competition)
    request.active_role = "applicant"  # type: ignore[attr-defined]
    allowed = rules.can_start_entry(request.user, place)
    version = current_version(place)
    if allowed and version is None:
        allowed = Verdict(_("The entry form has not been published yet. Please come back later."))
    form = StartForm(request.POST or None, competition=place)
    if request.method == "POST":
        require(allowed)
        if form.is_valid():
            draft = services.start_draft(
                place, by=request.user, applicant=form.cleaned_data["applicant"], municipality=form.municipality  # type: ignore[arg-type]
            )
            return redirect(address_of("entry_show", draft.entry))
    own = queries.own_entries(request.user, place)
    round = rules.open_round(place) or rules.last_round(place)
    phase = rules.entries_phase(place, round)
    return render(request, "intake/entry_start.html", {
        "can_download": version is not None and rules.can_download_form(request.user, place),
        "own": own, "form": form, "allowed": allowed, "phase": phase, "steps": what_follows(place, round),
    }, status=422 if form.is_bound and not form.is_valid() else 200)


def what_follows(competition: Competition, round: int) -> list[dict[str, Any]]:
    """What happens after the submission, with dates where the call names them."""
    phases = {phase.kind: phase for phase in competition.schedule if phase.round == round}
    steps: list[dict[str, Any]] = [{"label": _("Receipt at once: on the page, by mail and as PDF"), "at": None}]
    for kind, label, begins in (
        (Phase.Kind.CHECK, _("Formal check until"), _("Formal check from")),
        (Phase.Kind.SCREENING, _("Screening until"), _("Screening from")),
        (Phase.Kind.JURY, _("The jury decides on"), _("The jury decides from")),
        (Phase.Kind.ANNOUNCED, _("Announcement on"), _("Announcement on")),
    ):
        phase = phases.get(kind)
        if phase and (phase.ends_at or phase.starts_at):
            at = phase.starts_at if kind == Phase.Kind.ANNOUNCED and phase.starts_at else phase.ends_at or phase.starts_at
            steps.append({"label": label if phase.ends_at else begins, "at": at})
    return steps


@login_required
@never_cache
@require_safe
def entry_show(request: HttpRequest, competition: str, code: str) -> HttpResponse:
    """“Meine Bewerbung”: the sections with their state, the deadline, who works on it, and what can be done now."""
    entry = own_entry(request, competition, code)
    draft = draft_of(entry)
    state = queries.completeness(draft)
    shown = embargo.state_shown(entry, ())
    editable = entry_rules.can_edit_draft(request.user, entry)
    with_files = sections_with_files(draft) if not editable and entry_rules.can_attach_files(request.user, entry) else ()
    submissions = list(entry.submissions.select_related("arrival").order_by("-number"))
    accepted = next((one for one in submissions if one.is_accepted), None)
    time = deadline_of(entry)
    can_submit = entry_rules.can_submit(request.user, entry)
    if can_submit and time["timing"] is not None:
        can_submit = time["timing"]
    changed = bool(accepted and draft.changed_at > accepted.submitted_at and not time["keyed"]
                   and not services.is_unchanged(draft, accepted))      # what the office keyed in came before it was written
    unreadable = queries.unread_texts(draft, request.user)
    unread = Counter(one["section"] for one in unread_places(draft, unreadable))
    rows = [
        {
            "label": listed([section.number, section.label], " "),
            "url": address_of("section_edit", entry, section.key) if editable or section.key in with_files else "",
            "tone": "warning" if unread[section.key] else {"complete": "success", "empty": "quiet"}.get(section.status, "warning"),
            "sign": "!" if unread[section.key] else {"complete": "✓", "empty": "○"}.get(section.status, "!"),
            "word": word_of_state(section, unread[section.key]), "measure": section.measure,
            "here": editable and state.next_section is section,
        }
        for section in state.sections
    ]
    return render(request, "intake/entry_show.html", {
        "entry": entry, "draft": draft, "kept_state": queries.state_of(draft, unreadable),
        "completeness": state, "rows": rows, "submissions": submissions, "accepted": accepted,
        "standing": standing_of(shown, accepted) if accepted else "",
        "changed": changed, "editable": editable, "can_submit": can_submit, "shown_state": shown,
        "accepted_tone": "info" if time["completion"] else "success",
        "contributors": entry.contributors.select_related("person").order_by("-is_contact", "pk"),
        "last_writer": draft.answers.exclude(changed_by=None).exclude(changed_by=request.user).select_related("changed_by")
        .order_by("-changed_at").first(),
        "keying": keying_of(entry) if entry.is_keyed_here and is_keyed_twice(entry) else None,  # type: ignore[attr-defined]
        "leads_to": rules.merger_of(entry) if shown == State.WITHDRAWN else None,
        "letters": [] if time["keyed"] else [
            (letter, rules.can_hand_over(request.user, letter, entry), rules.is_left_over(letter))
            for letter in _additions(entry)],
        "can_take_back": time["handed"] and rules.can_take_back(request.user, time["handed"], entry),
        "letter": entry.arrivals.filter(channel=Channel.POST, closed_at=None).first(),
        "collisions": collided(draft), "facts": documents.head_facts(entry),
        "can_withdraw": entry_rules.can_withdraw(request.user, entry), "can_resume": rules.can_resume_now(request.user, entry),
        "can_invite": entry_rules.can_invite(request.user, entry), "steps": what_follows(entry.competition, entry.round),
        "result_url": reverse("entries:entry_tab", args=[entry.competition.code, entry.code, "award"])
        if shown in (State.AWARDED, State.NOT_AWARDED) else "",
        "breadcrumb": crumbs_of(entry), **time, "is_unsent": time["is_unsent"] or changed,
    })


def _additions(entry: Entry) -> Iterator[Arrival]:
    for letter in entry.additions.order_by("arrived_at", "pk"):
        letter.added_to = entry                                         # with its competition
        yield letter


def word_of_state(section: queries.SectionState, unread: int = 0) -> str:
    """`unread`: in how many questions something was typed that is no answer, which comes before all that is missing."""
    if unread:
        return ngettext("%(count)d text cannot be read", "%(count)d texts cannot be read", unread) % {"count": unread}
    if section.status == "complete":
        return _("complete")
    if section.status == "empty":
        return _("not begun yet")
    wrong = [fault for fault in section.faults if fault.kind != "missing"]
    if wrong:
        return ngettext("%(count)d answer does not fit", "%(count)d answers do not fit", len(wrong)) % {"count": len(wrong)}
    return ngettext("%(count)d answer is missing", "%(count)d answers are missing", len(section.faults)) % {
        "count": len(section.faults)}
