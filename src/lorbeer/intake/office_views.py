"""The arrival desk: one register for all channels."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from lorbeer.call.models import Competition
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import State
from lorbeer.intake import findings, keying, printed_letters, queries, rules, services
from lorbeer.intake.enclosures import enclosures_of
from lorbeer.intake.forms import (
    ArrivalFilter,
    ArrivalForm,
    LateForm,
    ScanForm,
)
from lorbeer.intake.models import QUARANTINE, Arrival, ArrivalChange, Channel, IncomingMail, Keying
from lorbeer.intake.scan_forms import CodeForm
from lorbeer.intake.unknown_bodies import unknown_body_of
from lorbeer.people.access import OFFICE, competition_for, require_role
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock, files, lists
from lorbeer.shared.errors import BadInput
from lorbeer.shared.lists import Column
from lorbeer.shared.templatetags.formats import day as day_text
from lorbeer.shared.templatetags.formats import moment as moment_text
from lorbeer.shared.templatetags.formats import short_day, spoken
from lorbeer.shared.text import house_language, written_in
from lorbeer.shared.verdicts import Verdict, require

A_MINUTE = timedelta(minutes=1)


def find_place(request: HttpRequest, competition: str) -> Competition:
    """The competition for those who work at the desk, and the auditor, who looks on."""
    place = competition_for(request, competition)
    require_role(request, *OFFICE, Role.Kind.AUDITOR)
    return place


def find_arrival(request: HttpRequest, competition: str, number: str) -> Arrival:
    place = find_place(request, competition)
    arrival = get_object_or_404(queries.arrivals_of(place), number=number)
    arrival.competition = place
    return arrival


View = Callable[..., HttpResponse]


def of_arrival(rule: Callable[[Any, Arrival], Verdict]) -> Callable[[View], View]:
    """A view of one line of the register, which it gets in place of code and number: 404 for strangers, 403 with the reason of `rule`."""
    def guarded(view: View) -> View:
        @login_required
        @wraps(view)
        def found(request: HttpRequest, competition: str, number: str, **more: str) -> HttpResponse:
            arrival = find_arrival(request, competition, number)
            require(rule(request.user, arrival))
            return view(request, arrival, **more)

        return found

    return guarded


def arrival_address(arrival: Arrival) -> str:
    return reverse("intake:arrival_show", args=[arrival.competition.code, arrival.number])


def _sender(arrival: Arrival) -> str:
    """Who sent it: what was registered, else the applicant as the entry names them by now."""
    return arrival.sender or (arrival.entry.applicant if arrival.entry else "")


def is_closed_as_automatic(arrival: Arrival) -> bool:
    mail: IncomingMail | None = getattr(arrival, "mail", None)
    return bool(arrival.closed_at and mail and mail.outcome == IncomingMail.Outcome.AUTO_REPLY)


def _standing(row: Arrival) -> str:
    if is_closed_as_automatic(row):
        return _("closed as automatic mail")
    return _("closed") if row.closed_at else row.get_timeliness_display()


def _columns(place: Competition) -> list[Column]:
    return [
        Column("number", gettext_lazy("Number"), kind="code", sort="number",
               url=lambda row: reverse("intake:arrival_show", args=[place.code, row.number])),
        Column("arrived_at", gettext_lazy("Arrived"), kind="moment", sort="arrived_at"),
        Column("channel", gettext_lazy("Channel"), value=lambda row: row.get_channel_display(), sort="channel"),
        Column("postmarked_on", gettext_lazy("Postmark"), kind="day", sort="postmarked_on"),
        Column("sender", gettext_lazy("Sender"), value=_sender, sort="sender"),
        Column("subject", gettext_lazy("Title"), value=lambda row: written_in(
            place, row.entry.title if row.entry_id and row.entry.title else row.subject), sort="subject"),
        *([Column("round", gettext_lazy("Round"), kind="number", sort="round")] if len(place.rounds) > 1 else []),
        Column("timeliness", gettext_lazy("In time?"), value=_standing, sort="timeliness"),
        Column("entry", gettext_lazy("Entry"), kind="code", value=lambda row: (row.entry or row.added_to).code
               if row.entry_id or row.added_to_id else None,
               sort="entry__code"),
        Column("sha256", gettext_lazy("Checksum"), value=lambda row: row.sha256[:12], export=lambda row: row.sha256),
    ]


def _listing(request: HttpRequest, place: Competition, query: QueryDict | None = None) -> lists.Listing:
    return lists.build(
        request, queries.arrivals_of(place), _columns(place), form=ArrivalFilter, order="-arrived_at",
        name=_("arrivals"), key="number", query=query,
    )


@login_required
@require_safe
def arrival_list(request: HttpRequest, competition: str) -> HttpResponse:
    place = find_place(request, competition)
    listing = _listing(request, place)
    if file := listing.download():
        return file
    # Each row leads on to the next one of this very list.
    listing.columns = [
        Column("number", gettext_lazy("Number"), kind="code", sort="number", url=lambda row: listing.with_place(
            reverse("intake:arrival_show", args=[place.code, row.number]))),
        *listing.columns[1:-1],
    ]
    desk, wants_automatic = rules.can_use_arrival_desk(request.user, place), request.GET.get("show") == "automatic"
    if wants_automatic and desk:
        listing.columns.append(Column(
            "reopen", gettext_lazy("Written by a person?"), value=lambda row: _("Open again …"), downloaded=False,
            url=lambda row: reverse("intake:arrival_reopen", args=[place.code, row.number])))
    return render(request, "intake/arrival_list.html", {
        "listing": listing, "can_register": desk, "wants_automatic": wants_automatic,
        "automatic": Arrival.objects.filter(competition=place).filter(queries.CLOSED_AS_AUTOMATIC).exclude(mail__text="").count(),
        "fetch": queries.last_fetch(),
        "to_post": printed_letters.receipts_to_post(place) if desk else [],
    })


def rule_in_words(place: Competition, round: int) -> str:
    phase = rules.entries_phase(place, round)
    if phase is None or phase.ends_at is None:
        return _("The call names no deadline, so everything is in time.")
    end = rules.moment_in_words(place, phase.ends_at, exact=True)
    if place.paper_counts_by == "postmark":
        return _("Deadline: %(end)s. On paper the day of the postmark counts; where it cannot be read, the arrival. "
                 "By e-mail the arrival counts.") % {"end": end}
    return _("Deadline: %(end)s. The arrival counts, on paper as by e-mail.") % {"end": end}


@login_required
def arrival_register(request: HttpRequest, competition: str) -> HttpResponse:
    """A letter in five fields, by keyboard alone; the page judges whether it was in time."""
    place = competition_for(request, competition)
    require_role(request, *OFFICE)
    form = ArrivalForm(request.POST or None, request.FILES or None, competition=place)
    if request.method == "POST" and form.is_valid():
        facts = {key: form.cleaned_data[key] for key in ("channel", "arrived_at", "postmarked_on", "sender", "subject")}
        scan = form.cleaned_data.get("scan")
        try:
            arrival, is_new = _register(place, request.user, facts, scan, form.cleaned_data["sent_from"])
        except BadInput as error:
            form.add_error("scan", str(error))
        else:
            for stored in arrival.files.all() if is_new else ():
                services.read_scan(arrival, stored, by=request.user)  # type: ignore[arg-type]
            arrival.refresh_from_db(fields=["entry", "added_to"])
            messages.success(request, _("Arrival %(number)s is registered: %(timeliness)s.") % {
                "number": arrival.number, "timeliness": arrival.get_timeliness_display()})
            if request.POST.get("_next") == "another":
                return redirect("intake:arrival_register", competition=place.code)
            if request.POST.get("_next") == "key_in" and not arrival.added_to_id and rules.can_submit_arrival(arrival):
                draft = services.start_key_in(arrival, by=request.user)  # type: ignore[arg-type]
                return redirect("intake:entry_show", competition=place.code, code=draft.entry.code)
            return redirect(arrival_address(arrival))
    return render(request, "intake/arrival_register.html", {
        "form": form, "rule": rule_in_words(place, rules.round_at(place, clock.now())),
        "breadcrumb": [(_("Arrivals"), reverse("intake:arrival_list", args=[place.code])), (_("Register arrival"), "")],
    }, status=422 if form.is_bound and form.errors else 200)


def _register(place: Competition, by: Any, facts: dict[str, Any], scan: Any, sent_from: str) -> tuple[Arrival, bool]:
    """The arrival with its scan, or neither: a broken file must not leave half a line in the register. Of a double click the one
    that is there, and that it is not new."""
    with transaction.atomic():
        list(Person.objects.select_for_update().filter(pk=by.pk).values_list("pk"))     # the second click waits here
        # A page that the browser went back to can bring another letter: only the same line is the same.
        near = facts["arrived_at"] - A_MINUTE, facts["arrived_at"] + A_MINUTE            # "now" is read anew by each click
        same = Arrival.objects.filter(competition=place, registered_by=by, sent_from=sent_from, arrived_at__range=near, **{
            key: fact for key, fact in facts.items() if key != "arrived_at"})
        if sent_from and (there := same.first()):
            return there, False
        arrival = services.register_arrival(place, by=by, sent_from=sent_from, **facts)
        if scan:
            services.attach_scan(arrival, scan, by=by)
    return arrival, True


@login_required
@require_safe
def arrival_show(request: HttpRequest, competition: str, number: str) -> HttpResponse:
    arrival = find_arrival(request, competition, number)
    return show_arrival(request, arrival, LateForm(), ScanForm())


def show_arrival(request: HttpRequest, arrival: Arrival, late_form: LateForm, scan_form: ScanForm, status: int = 200) -> HttpResponse:
    place, entry = arrival.competition, arrival.entry
    desk = rules.can_use_arrival_desk(request.user, place)
    is_paper = arrival.channel != Channel.ONLINE
    submitted = bool(entry and (arrival.submissions.exists() or entry.state != State.DRAFT))
    keyed = _keying(arrival)
    key_url = key_label = ""
    if is_paper and desk and not (arrival.closed_at or arrival.added_to_id) and (entry is None or entry_rules.was_keyed_by_office(entry)):
        begun = entry and (keyed or not keying.is_keyed_twice(entry))
        key_label = _("To the keyed answers") if begun else _("Key in the answers")
        key_url = reverse("intake:entry_show", args=[place.code, entry.code]) if begun else reverse(
            "intake:arrival_key_in", args=[place.code, arrival.number])
        if keyed and not entry_rules.can_read_draft(request.user, entry):
            key_url = ""
    facts = [
        (_("Round"), str(arrival.round) if len(place.rounds) > 1 else ""),
        (_("Arrived"), rules.moment_in_words(place, arrival.arrived_at, exact=True)),
        (_("Postmark"), short_day(arrival.postmarked_on) if arrival.postmarked_on else ""),
        (_("Sender"), _sender(arrival)), (_("Title or subject"), written_in(arrival.competition, arrival.subject)),
        (_("Registered by"), str(arrival.registered_by or "")), (_("Registered"), moment_text(arrival.registered_at)),
        (_("Entry"), entry.code if entry else "" if arrival.added_to else _("not keyed in yet")),
        (_("Put to entry"), arrival.added_to.code if arrival.added_to else ""), (_("Checksum (SHA-256)"), arrival.sha256),
        (_("Note"), arrival.note),
    ]
    mail: IncomingMail | None = getattr(arrival, "mail", None)
    asks_about_mail = bool(mail and mail.trouble not in ("", mail.Trouble.LATE) and not (entry or arrival.closed_at or arrival.added_to))
    stored = [row | {"is_locked": row["file"].subject.startswith(QUARANTINE), "is_mail": mail and row["file"].blob_id == mail.sha256}
              for row in files.listed(request.user, arrival.files.select_related("blob").order_by("pk"))]
    pdfs = [row for row in stored if row["file"].name.lower().endswith(".pdf") and not row["is_locked"]]
    return render(request, "intake/arrival_show.html", {
        "arrival": arrival, "is_intent": _is_intent(arrival), "same": list(queries.same_files(arrival)[:10]),
        "is_automatic": is_closed_as_automatic(arrival),
        "sender": _sender(arrival), "facts": [(label, text) for label, text in facts if text], "files": stored,
        "mail": mail, "mail_facts": _mail_facts(mail, asks_about_mail) if mail else [], "asks_about_mail": asks_about_mail,
        "left_over": rules.is_left_over(arrival),
        "keyed_from": rules.keyed_from(arrival.added_to) if arrival.added_to and arrival.added_to.state == State.DRAFT else None,
        "can_take_up": rules.can_take_up(request.user, arrival),
        "can_add": rules.can_add_arrival(request.user, arrival),
        "changes": _changes(arrival), "can_correct": rules.can_correct_arrival(request.user, arrival),
        "can_note_intent": rules.can_note_intent(request.user, arrival),
        "can_close": rules.can_close_arrival(request.user, arrival), "can_reopen": rules.can_reopen_arrival(request.user, arrival),
        "rule": rule_in_words(place, arrival.round), "timeliness": "late" if arrival.timeliness == "late" else "complete",
        "can_decide": rules.can_decide_late(request.user, arrival), "late_form": late_form, "scan_form": scan_form,
        "can_scan": is_paper and rules.can_attach_scan(request.user, arrival), "key_url": key_url, "key_label": key_label,
        "can_fill": bool(key_url and not submitted and pdfs and rules.can_submit_arrival(arrival)), "pdfs": pdfs,
        "can_key": rules.can_submit_arrival(arrival), "key_method": "post" if "/key-in/" in key_url else "get",
        "keyed": keying_state(request.user, keyed) if keyed else None,
        "entry_url": reverse("entries:entry_show", args=[place.code, entry.code]) if entry and submitted else "",
        "unknown": unknown_body_of(arrival), "can_name": bool(desk and entry and entry_rules.can_edit_draft(request.user, entry)),
        "scans": _scans(arrival), "enclosures": enclosures_of(arrival, request.user), "can_enclose": bool(desk),
        "code_form": CodeForm(competition=place) if is_paper and desk and not (entry or arrival.added_to_id) else None,
        "can_unlink": arrival.linked_at and rules.can_unlink_arrival(request.user, arrival),
        "place": lists.place(
            request, arrival.number, lambda key: reverse("intake:arrival_show", args=[place.code, key]),
            lambda asked, query: _listing(asked, place, query), reverse("intake:arrival_list", args=[place.code])),
        "breadcrumb": [(_("Arrivals"), reverse("intake:arrival_list", args=[place.code])), (arrival.number, "")],
    }, status=status)


def _keying(arrival: Arrival) -> Keying | None:
    """The keying of a letter that is keyed in twice, where it has begun."""
    if arrival.entry is None or arrival.channel != Channel.POST:
        return None
    arrival.entry.competition = arrival.competition
    found = keying.keying_of(arrival.entry) if keying.is_keyed_twice(arrival.entry) else None
    if found is not None:
        found.draft.entry = arrival.entry
    return found


def keying_state(person: Any, found: Keying) -> dict[str, Any]:
    """Who keyed it in and when, and what comes next, with the rules that say for whom."""
    different = list(found.differences.all())
    left = sum(not one.choice for one in different)
    first = moment_text(found.first_done_at) if found.first_done_at else _("not finished yet")
    second = _("not begun yet") if found.second_by is None else str(found.second_by)
    facts = [
        (_("First keying"), f"{found.first_by or '–'}, {first}"),
        (_("Second keying"), f"{second}, {moment_text(found.second_done_at)}" if found.second_done_at else second),
        (_("Differences"), "" if not found.second_done_at else _("%(left)d of %(all)d to be decided") % {"left": left, "all": len(different)}
         if left else _("none") if not different else _("all %(all)d decided") % {"all": len(different)}),
    ]
    return {
        "keying": found, "facts": [fact for fact in facts if fact[1]], "can_second": keying.can_key_second(person, found),
        "is_mine": found.second_by_id == person.pk, "can_take_over": keying.can_take_over(person, found),
        "can_finish": keying.can_finish_first(person, found), "can_compare": keying.can_compare(person, found),
        "can_anew": keying.can_key_anew(person, found), "left": left, "has_differences": bool(different),
    }


def _is_intent(arrival: Arrival) -> bool:
    """Whether it was closed because it is no entry, but a letter of intent."""
    closings = [one.kind for one in arrival.changes.all() if one.kind != ArrivalChange.Kind.CORRECTED] if arrival.closed_at else []
    return closings[-1:] == [ArrivalChange.Kind.INTENT]


def _scans(arrival: Arrival) -> list[dict[str, Any]]:
    """What the codes on each scan of the arrival say, with the entries to choose from where there are several.

    That there is no code says nothing any more once the arrival has its entry.
    """
    found, has_entry = [], bool(arrival.entry_id or arrival.added_to_id)
    for scan in arrival.scans.all():
        if has_entry and not scan.codes:
            continue
        scan.competition = arrival.competition
        finding = findings.of_scan(scan)
        found.append({
            "sentence": finding.sentence, "problem": findings.problem_of(scan),
            "choices": [{"code": entry.code, "word": findings.cover_of(entry).word} for entry in finding.choices]
            if not has_entry else [],
        })
    return found


def _mail_facts(mail: IncomingMail, asks: bool) -> list[tuple[str, str]]:
    facts = [
        (_("What became of it"), mail.get_outcome_display()),
        (_("Why you are asked"), mail.get_trouble_display() if mail.trouble and not asks else ""),
        (_("In detail"), format_html_join("", "{}<br>", [(spoken(_detail(mail, one)),) for one in mail.details])),
        (_("Acknowledgement"), mail.get_answer_display()),
        (_("Sent by the sender's clock"), moment_text(mail.sent_at) if mail.sent_at else ""),
    ]
    return [(label, str(text)) for label, text in facts if text]


def _detail(mail: IncomingMail, detail: Any) -> str:
    """A sentence of the house in the reader's language, others as they were said when the mail came."""
    if isinstance(detail, dict):
        return detail.get(house_language(get_language() or "de")) or next(iter(detail.values()), "")
    return written_in(mail.arrival.competition, str(detail))


def _changes(arrival: Arrival) -> list[dict[str, Any]]:
    """What the desk has corrected, as a timeline: former values, reason, person; the newest first."""
    labels = {"channel": _("How did it come?"), "arrived_at": _("Arrived"), "postmarked_on": _("Postmark"), "sender": _("Sender"),
              "subject": _("Title or subject"), "timeliness": _("In time?"), "late_reason": _("Admitted late"), "round": _("Round")}
    words = {**dict(Channel.choices), **dict(Arrival.Timeliness.choices)}
    by_machine = dict(IncomingMail.Outcome.choices)                     # why a program closed it

    def told(name: str, value: Any) -> str:
        if name == "arrived_at":
            text = rules.moment_in_words(arrival.competition, datetime.fromisoformat(value), exact=True)
        elif name == "postmarked_on":
            text = day_text(date.fromisoformat(value)) if value else "–"
        else:
            text = str(words.get(value, value) or "–")
        return _("%(label)s before: %(value)s") % {"label": labels.get(name, name), "value": text}

    return [
        {"at": one.at, "title": one.get_kind_display(), "by": str(one.by or ""), "tone": "plain",
         "text": ". ".join([str(by_machine.get(one.reason, one.reason)).rstrip("."),
                            *(told(name, value) for name, value in one.before.items())])}
        for one in reversed(arrival.changes.select_related("by"))
    ]


def reasoned(request: HttpRequest, arrival: Arrival, form: Any, act: Any, done: str, **page: Any) -> HttpResponse:
    """A page that asks for `form` and then acts with what was typed."""
    if request.method == "POST" and form.is_valid():
        facts = {name: value for name, value in form.cleaned_data.items() if name not in ("arrived_on", "arrived_time")}
        try:
            act(arrival, by=request.user, **facts)
        except BadInput as error:
            form.add_error(error.where if error.where in form.fields else None, str(error))
        else:
            messages.success(request, done)
            return redirect(arrival_address(arrival))
    return render(request, "confirm.html", {
        "form": form, "cancel_url": arrival_address(arrival), **page,
        "breadcrumb": [(_("Arrivals"), reverse("intake:arrival_list", args=[arrival.competition.code])),
                       (arrival.number, arrival_address(arrival)), (page["title"], "")],
    }, status=422 if form.is_bound else 200)
