"""Deadlines, per channel, and what the office may do at the arrival desk."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lorbeer.call.deadlines import moment_in_words
from lorbeer.call.models import Competition, Phase
from lorbeer.entries import rules as entry_rules
from lorbeer.entries.embargo import state_in_words
from lorbeer.entries.models import Contributor, Entry, State
from lorbeer.entries.queries import is_contributor
from lorbeer.intake.models import Arrival, Channel, DraftAnswer, Keying, Merger, ScanPart, Submission
from lorbeer.outreach.queries import letters_phase
from lorbeer.people.access import OFFICE, can_work_in_office, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock
from lorbeer.shared.phases import has_begun, is_over, lies_in
from lorbeer.shared.registry import Registry
from lorbeer.shared.verdicts import ALLOWED, Verdict

Timeliness = Arrival.Timeliness
NOT_DECIDED = frozenset({State.DRAFT, State.SUBMITTED, State.WITHDRAWN})


def entries_phase(competition: Competition, round: int = 1) -> Phase | None:
    """The stretch of time in which entries of `round` are taken in; None where the call names none."""
    return next((phase for phase in competition.schedule if phase.kind == Phase.Kind.ENTRIES and phase.round == round), None)


def open_round(competition: Competition, at: datetime | None = None) -> int | None:
    """The round that takes in entries at that moment; None between rounds. The one that ends first comes first."""
    moment = at or clock.now()
    phases = [phase for phase in competition.schedule if phase.kind == Phase.Kind.ENTRIES and lies_in(phase, moment)]
    ends = [(phase.ends_at is None, phase.ends_at or moment, phase.round) for phase in phases]
    return min(ends)[2] if ends else None


def changeable_until(competition: Competition) -> dict[int, datetime]:
    """Round → its deadline, where that is still to come: until then applicants may change or withdraw what they handed in."""
    now = clock.now()
    return {
        phase.round: phase.ends_at for phase in competition.schedule
        if phase.kind == Phase.Kind.ENTRIES and phase.ends_at and not is_over(phase, now)
    }


def timeliness(
    competition: Competition, round: int, channel: str, arrived_at: datetime, postmarked_on: date | None = None
) -> str:
    """Whether something that came through `channel` is in time, by the rule of that channel.

    Online and by e-mail the arrival at the server counts. On paper the postmark's day in the competition's zone, where
    the call says so and a postmark can be read; else the arrival.
    """
    phase = entries_phase(competition, round)
    if phase is None or phase.ends_at is None:
        return Timeliness.IN_TIME
    if channel == Channel.POST and competition.paper_counts_by == "postmark" and postmarked_on is not None:
        last_day = clock.day(phase.ends_at, competition.time_zone)
        return Timeliness.IN_TIME if postmarked_on <= last_day else Timeliness.LATE
    return Timeliness.LATE if is_over(phase, arrived_at) else Timeliness.IN_TIME


def can_submit_now(competition: Competition, round: int, at: datetime | None = None) -> Verdict:
    """Whether an online submission of `round` counts at that moment; the reason names the deadline and its zone."""
    moment = at or clock.now()
    phase = entries_phase(competition, round)
    if phase is None:
        return Verdict(_("The call names no time in which entries are taken in. Please ask the competition office."))
    if not has_begun(phase, moment):
        return Verdict(
            _("Entries are taken in from %(start)s on. What you write is kept until then.")
            % {"start": moment_in_words(competition, phase.starts_at)}  # type: ignore[arg-type]
        )
    if is_over(phase, moment):
        return Verdict(
            _("The deadline was %(end)s. Nothing you typed is lost, but it cannot be submitted any more. If there was a "
              "compelling reason, write to the competition office; it can admit late entries.")
            % {"end": moment_in_words(competition, phase.ends_at, exact=True)}  # type: ignore[arg-type]
        )
    return ALLOWED


@dataclass(frozen=True)
class Completion:
    """The applicant is asked to complete what was submitted, until a date of its own that may lie after the deadline."""

    reason: str
    asked_at: datetime
    until: datetime

    @property
    def is_over(self) -> bool:
        return clock.now() > self.until


# A later stage says until when an entry may still be completed after the deadline, and why; None: it says nothing.
gives_more_time = Registry[[Entry], Completion | None]()


def completion_of(entry: Entry) -> Completion | None:
    """What the applicant is asked to complete of the submission that counts, its date gone by or not."""
    return next((asked for asked in gives_more_time.answers(entry) if asked is not None), None)


def can_submit_entry_now(entry: Entry, at: datetime | None = None) -> Verdict:
    """`can_submit_now` for one entry: somebody may have asked its applicant to complete it, until a date of its own."""
    moment = at or clock.now()
    verdict = can_submit_now(entry.competition, entry.round, moment)
    if verdict or not (asked := completion_of(entry)):
        return verdict
    if moment <= asked.until:
        return ALLOWED
    return Verdict(
        _("The office asked you to complete the entry by %(end)s. What was submitted before is judged. If there was a compelling reason, "
          "write to the competition office.") % {"end": moment_in_words(entry.competition, asked.until, exact=True)})


def can_start_entry(person: object, competition: Competition) -> Verdict:
    """Anybody who has signed in may begin an entry while a round is open, up to the call's limit."""
    if not isinstance(person, Person):
        return Verdict(gettext_lazy("Please sign in to begin an entry."))
    if open_round(competition) is None:
        return can_submit_now(competition, last_round(competition))
    most = competition.max_entries_per_applicant
    if _has_begun_all(competition, open_round(competition), [person.pk]):
        return Verdict(
            ngettext(
                "You have begun as many entries as the call allows: %(most)d per applicant. You can change or withdraw it.",
                "You have begun as many entries as the call allows: %(most)d per applicant. You can change or withdraw them.",
                most,
            ) % {"most": most}
        )
    return ALLOWED


def _has_begun_all(competition: Competition, round: int | None, contacts: Iterable[int]) -> bool:
    """Whether one of the persons has begun as many entries of the round as the call allows; withdrawn ones do not count."""
    most = competition.max_entries_per_applicant
    if most is None:
        return False
    own = Contributor.objects.filter(
        person__in=contacts, is_contact=True, entry__competition=competition, entry__round=round
    ).exclude(entry__state=State.WITHDRAWN)
    return own.values("person").annotate(begun=Count("pk")).filter(begun__gte=most).exists()


def last_round(competition: Competition) -> int:
    """The round whose entries phase is nearest: the next to come, else the last one gone."""
    now = clock.now()
    phases = sorted(
        (phase for phase in competition.schedule if phase.kind == Phase.Kind.ENTRIES), key=lambda phase: phase.round
    )
    coming = [phase.round for phase in phases if not is_over(phase, now)]
    return coming[0] if coming else (phases[-1].round if phases else 1)


def can_resume_now(person: object, entry: Entry) -> Verdict:
    """A withdrawn entry can be taken up again while it can still be submitted, within the call's limit of its contact person.

    The office may at any time for what it keyed in.
    """
    verdict = entry_rules.can_resume(person, entry)
    if verdict and (merger := merger_of(entry)):
        return Verdict(_("This entry has been put together with %(code)s, which counts.") % {"code": merger.entry.code})
    if not verdict or entry_rules.was_keyed_by_office(entry):
        return verdict
    if not (open_now := can_submit_now(entry.competition, entry.round)):
        return open_now
    contacts = entry.contributors.filter(is_contact=True).values_list("person", flat=True)
    if _has_begun_all(entry.competition, entry.round, contacts):
        most = entry.competition.max_entries_per_applicant
        return Verdict(
            ngettext(
                "The call allows %(most)d entry per applicant, and another one has been begun meanwhile. Withdraw that one first,"
                " then this one can be taken up again.",
                "The call allows %(most)d entries per applicant, and as many have been begun meanwhile. Withdraw one of them first,"
                " then this one can be taken up again.",
                most,
            ) % {"most": most}
        )
    return ALLOWED


def can_download_form(person: object, competition: Competition) -> Verdict:
    """The empty form, to fill in on a computer or by hand, holds nothing but the questions: it is for everybody while entries are taken
    in, for the office always."""
    if open_round(competition) is not None or can_work_in_office(person, competition):
        return ALLOWED
    return can_submit_now(competition, last_round(competition))


def can_use_arrival_desk(person: object, competition: Competition) -> Verdict:
    return can_work_in_office(person, competition)


def can_post_receipt(person: object, submission: Submission) -> Verdict:
    """The office, for what it keyed in; who applied online finds the receipt there."""
    if submission.arrival.channel == Channel.ONLINE:
        return Verdict(gettext_lazy("This entry came online: its receipt went by mail and lies on the page of the entry."))
    return can_work_in_office(person, submission.entry.competition)


def can_read_personal(person: object, entry: Entry) -> Verdict:
    """Who reads answers with a class of personal data: those who write the entry, who deal with it, and who audit. Nobody judges by them."""
    if roles_of(person, entry.competition) & {*OFFICE, Role.Kind.AUDITOR} or is_contributor(person, entry):
        return ALLOWED
    return Verdict(_("Contact data and other personal answers are left out here: they are for the applicant and the competition office."))


def can_compare(person: object, entry: Entry) -> Verdict:
    """Earlier versions are read by those who write the entry, by the office and the auditor; all others read what counts."""
    readable = entry_rules.can_read_draft(person, entry)
    if readable:
        return ALLOWED if entry.submissions.exists() else Verdict(_("There is one version of this entry only: its draft."))
    if not roles_of(person, entry.competition) & {*OFFICE, Role.Kind.AUDITOR}:
        return Verdict(_("Earlier versions of an entry are for its applicant and the competition office."))
    if entry.state in (State.DRAFT, State.WITHDRAWN):
        return Verdict(_("Nothing in this entry counts as handed in at the moment, so there is nothing to compare."))
    return ALLOWED if entry.submissions.count() > 1 else Verdict(_("There is one version of this entry only."))


def round_at(competition: Competition, moment: datetime) -> int:
    """The round for which something that came at that moment counts: the open one, else the nearest."""
    return open_round(competition, moment) or last_round(competition)


def implausible(competition: Competition, arrived_at: datetime, postmarked_on: date | None) -> list[tuple[str, str]]:
    """(field, sentence) for dates that cannot be meant: before the call began, in the future, a postmark after the arrival."""
    zone = competition.time_zone
    day = clock.day(arrived_at, zone)
    begun = min((phase.starts_at for phase in competition.schedule if phase.starts_at), default=None)
    found = []
    if arrived_at > clock.now():
        found.append(("arrived_on", _("The arrival lies in the future. Please check date and time.")))
    if postmarked_on is not None and postmarked_on > day:
        found.append(("postmarked_on", _("The postmark is later than the arrival. Please check both dates.")))
    if begun is not None:
        first = clock.day(begun, zone)
        for field, stated in (("arrived_on", day), ("postmarked_on", postmarked_on)):
            if stated is not None and stated < first:
                found.append((field, _("This is before the call began, on %(day)s. Please check the date.")
                              % {"day": date_format(first, "DATE_FORMAT")}))
    return found


def can_handle_arrival(person: object, arrival: Arrival) -> Verdict:
    return can_use_arrival_desk(person, arrival.competition)


def can_correct_arrival(person: object, arrival: Arrival) -> Verdict:
    """The office, until its entry has been decided on; online the system registered what came, and when."""
    allowed = can_use_arrival_desk(person, arrival.competition)
    if not allowed:
        return allowed
    if arrival.channel == Channel.ONLINE:
        return Verdict(gettext_lazy("It came online: the server noted when, and nobody can change that."))
    if arrival.closed_at:
        return Verdict(gettext_lazy("This arrival is closed. Open it again first."))
    if arrival.entry and arrival.entry.state not in NOT_DECIDED:
        return Verdict(gettext_lazy("Its entry has been admitted or excluded, so the arrival cannot be corrected any more."))
    return ALLOWED


def can_close_arrival(person: object, arrival: Arrival) -> Verdict:
    """What has become a submitted entry is withdrawn first; what is being keyed in is withdrawn with it, by whoever may read it."""
    allowed, entry = can_correct_arrival(person, arrival), arrival.entry
    if not allowed or entry is None:
        return allowed
    if entry.state == State.SUBMITTED:
        return Verdict(gettext_lazy("Its answers have been handed in. Withdraw the entry first."))
    return _can_close_keyed(person, entry) if is_withdrawn_with(arrival) else ALLOWED


def is_withdrawn_with(arrival: Arrival) -> bool:
    """Whether the draft of an arrival goes when it is closed: it was begun from it, and nothing else that is open leads to it."""
    entry = arrival.entry
    return (entry is not None and arrival.linked_at is None and entry.state == State.DRAFT
            and not entry.arrivals.filter(closed_at=None).exclude(pk=arrival.pk).exists())


def _can_close_keyed(person: object, entry: Entry) -> Verdict:
    """Of a letter that is keyed in blind only those to whom the keying is open, or who take it over."""
    allowed = entry_rules.can_withdraw(person, entry)
    keying = None if allowed else Keying.objects.filter(draft__entry=entry).select_related("first_by").order_by("-number").first()
    if keying is None:
        return allowed
    name = {"name": keying.first_by}
    if not keying.first_done_at:
        return Verdict(
            _("%(name)s keys it in, and closing it withdraws that. Ask %(name)s to close it, or take it over first, on the page of the "
              "arrival.") % name if keying.first_by else
            _("Somebody keys it in, and closing it withdraws that. Take it over first, on the page of the arrival."))
    return Verdict(
        _("%(name)s has keyed it in, and closing it withdraws that. Ask %(name)s to close it; as soon as the second keying is there, everybody "
          "in the office can.") % name if keying.first_by else
        _("It has been keyed in once, and closing it withdraws that. As soon as the second keying is there, everybody in the office can close "
          "it."))


def can_note_intent(person: object, arrival: Arrival) -> Verdict:
    """A letter or mail that nobody has begun to key in, in a call that asks for letters of intent."""
    if letters_phase(arrival.competition) is None:
        return Verdict(gettext_lazy("This call asks for no letters of intent."))
    if arrival.channel == Channel.ONLINE or arrival.entry_id or arrival.added_to_id:
        return Verdict(gettext_lazy("This arrival belongs to an entry."))
    return can_close_arrival(person, arrival)


def can_add_arrival(person: object, arrival: Arrival) -> Verdict:
    """What came in addition to an entry that is there already; a line that has become an entry of its own stays one."""
    allowed = can_use_arrival_desk(person, arrival.competition)
    if not allowed:
        return allowed
    if arrival.channel == Channel.ONLINE or arrival.entry_id:
        return Verdict(gettext_lazy("This arrival is an entry of its own."))
    if arrival.closed_at:
        return Verdict(gettext_lazy("This arrival is closed. Open it again first."))
    return ALLOWED


def can_attach_scan(person: object, arrival: Arrival) -> Verdict:
    allowed = can_use_arrival_desk(person, arrival.competition)
    if allowed and arrival.closed_at:
        return Verdict(gettext_lazy("This arrival is closed. Open it again first."))
    return allowed


def can_link_arrival(person: object, arrival: Arrival, entry: Entry) -> Verdict:
    """A letter is led to an entry that can still change; one that has been keyed in stays where it is."""
    allowed = can_attach_scan(person, arrival)
    if not allowed:
        return allowed
    if arrival.channel == Channel.ONLINE:
        return Verdict(gettext_lazy("It came online, so it belongs to its entry already."))
    if arrival.entry_id is not None:
        return Verdict(_("This arrival belongs to entry %(code)s already.") % {"code": arrival.entry.code})
    if arrival.added_to_id is not None:
        return Verdict(_("This arrival belongs to entry %(code)s already.") % {"code": arrival.added_to.code})
    if entry.state not in (State.DRAFT, State.SUBMITTED):
        return Verdict(_("Entry %(code)s is “%(state)s”, so nothing can be added to it.")
                       % {"code": entry.code, "state": state_in_words(entry)})
    return ALLOWED


def can_hand_over(person: object, arrival: Arrival, entry: Entry) -> Verdict:
    """Whether who writes an online draft may let the office key in the letter that was added to it: while they could submit it themselves."""
    if arrival.added_to_id != entry.pk or not is_contributor(person, entry):
        return Verdict(gettext_lazy("Only those who work on this entry can let the office key in a letter."))
    if arrival.channel == Channel.ONLINE or arrival.closed_at:
        return Verdict(gettext_lazy("This arrival is closed, so nothing is keyed in from it."))
    if entry.state != State.DRAFT or entry.arrivals.filter(channel=Channel.ONLINE).exists():
        return Verdict(gettext_lazy("This entry has been submitted online, so the letter is kept with it and changes nothing."))
    return can_submit_entry_now(entry)


def can_take_back(person: object, arrival: Arrival, entry: Entry) -> Verdict:
    """Who let the office key in a letter can take that back until the office has begun, and while they could submit the draft, which is
    their own again then."""
    if arrival.entry_id != entry.pk or arrival.linked_at is None or not is_contributor(person, entry):
        return Verdict(gettext_lazy("Only those who let the office key something in can take it back."))
    if entry.state != State.DRAFT or entry.arrivals.exclude(pk=arrival.pk).exists():
        return Verdict(gettext_lazy("The office has handed this entry in, or something else came for it, so this cannot be taken back here."))
    if is_begun(arrival, entry):
        return Verdict(gettext_lazy("The office has begun to key it in. If you mean to submit here after all, write to the competition "
                                    "office: it can give the draft back to you."))
    if not can_submit_entry_now(entry):
        return Verdict(gettext_lazy("Nothing can be submitted here any more. If you took it back now, your entry would not take part, so it "
                                    "stays with the office. If you do not mean it as your entry, write to the competition office."))
    return ALLOWED


def is_begun(arrival: Arrival, entry: Entry) -> bool:
    """Whether the office has begun to key in what was handed over to it: a keying was begun, or it has written in the draft."""
    writers = entry.contributors.values("person")
    return Keying.objects.filter(draft__entry=entry).exists() or DraftAnswer.objects.filter(
        draft__entry=entry, changed_at__gt=arrival.linked_at).exclude(changed_by__in=writers).exists()


def is_left_over(arrival: Arrival) -> bool:
    """A letter or mail that was put to an online draft which cannot be submitted any more, and which the office does not key in from
    another one either: somebody must say whether it is the entry."""
    draft = arrival.added_to
    return (draft is not None and arrival.channel != Channel.ONLINE and not arrival.closed_at and draft.state == State.DRAFT
            and not can_submit_entry_now(draft) and keyed_from(draft) is None)


def keyed_from(draft: Entry) -> Arrival | None:
    """The letter or mail from which the office keys in the draft; None where nothing that is open leads to it."""
    return draft.arrivals.filter(closed_at=None).order_by("arrived_at", "pk").first()


def can_take_up(person: object, arrival: Arrival) -> Verdict:
    """The office makes an entry of its own of such a letter; the draft stays closed to it."""
    allowed, draft = can_add_arrival(person, arrival), arrival.added_to
    if not allowed:
        return allowed
    if draft is None:
        return Verdict(gettext_lazy("This arrival stands for itself already."))
    if first := keyed_from(draft) if draft.state == State.DRAFT else None:
        return Verdict(_("The office keys in entry %(code)s from arrival %(number)s, so this one is kept with it.")
                       % {"code": draft.code, "number": first.number})
    if not is_left_over(arrival):
        return Verdict(gettext_lazy("This arrival is kept with an entry whose applicant can still submit it."))
    return allowed


def can_unlink_arrival(person: object, arrival: Arrival) -> Verdict:
    """What a code or the desk led to the wrong entry is taken from it again, until it has been handed in."""
    allowed = can_correct_arrival(person, arrival)
    if allowed and arrival.linked_at is None:
        return Verdict(gettext_lazy("Its entry was begun from this very arrival."))
    if allowed and arrival.submissions.exists():
        return Verdict(gettext_lazy("Its answers have been handed in, so it stays with its entry."))
    return allowed


def can_decide_part(person: object, part: ScanPart) -> Verdict:
    """Once; anew where the arrival that they became was closed, so that they can be put to the right one."""
    allowed = can_use_arrival_desk(person, part.scan.competition)
    if allowed and part.arrival_id is not None and not part.arrival.closed_at:
        return Verdict(_("These pages are with arrival %(number)s already.") % {"number": part.arrival.number})
    if allowed and part.scan.file_id is None:
        return Verdict(gettext_lazy("The stack has been deleted; its pages are not there any more."))
    return allowed


def can_join_parts(person: object, before: ScanPart, part: ScanPart) -> Verdict:
    """Pages that follow one another directly, and of which nobody has decided yet what becomes of them."""
    allowed = can_decide_part(person, before) and can_decide_part(person, part)
    if not allowed:
        return allowed
    if before.scan_id != part.scan_id or before.is_whole or before.last_page + 1 != part.first_page:
        return Verdict(gettext_lazy("These pages do not follow one another in the stack."))
    if before.decided_at or part.decided_at:
        return Verdict(gettext_lazy("It has been decided already what becomes of these pages."))
    return ALLOWED


def can_merge(person: object, entry: Entry, other: Entry) -> Verdict:
    """Two entries of one round: `other`, handed in and not decided on, leads to `entry`, which may be admitted already.

    One that others lead to stays the one that counts.
    """
    allowed = can_use_arrival_desk(person, entry.competition)
    if not allowed:
        return allowed
    if entry.competition_id != other.competition_id or entry.round != other.round:
        return Verdict(gettext_lazy("The two entries do not belong to the same round."))
    for one, states in ((entry, (State.SUBMITTED, State.ADMITTED)), (other, (State.SUBMITTED,))):
        if one.state not in states:
            if one.state == State.ADMITTED:
                return Verdict(_("Entry %(code)s is admitted, so it is the one that counts. Choose it.") % {"code": one.code})
            return Verdict(_("Entry %(code)s is “%(state)s”. Only entries that are handed in and not decided on are put together.")
                           % {"code": one.code, "state": state_in_words(one)})
    if other.mergers.filter(kind=Merger.Kind.MERGED, undone_at=None).exists():
        return Verdict(_("Others have been put together with entry %(code)s, so that one counts.") % {"code": other.code})
    return ALLOWED


def can_undo_merger(person: object, merger: Merger) -> Verdict:
    """Until the formal check has decided on the entry that counts; where it had already, until the next stage has."""
    allowed = can_use_arrival_desk(person, merger.entry.competition)
    if allowed and merger.undone_at:
        return Verdict(gettext_lazy("It has been taken back already."))
    if allowed and merger.entry.state == State.ADMITTED and merger.measure.get("was_admitted"):
        return ALLOWED
    if allowed and merger.entry.state not in NOT_DECIDED:
        return Verdict(gettext_lazy("The entry that counts has been admitted or excluded, so this cannot be taken back any more."))
    return allowed


def merger_of(entry: Entry) -> Merger | None:
    """Through which the entry leads to another one; None where it stands for itself."""
    return entry.merged_into.filter(kind=Merger.Kind.MERGED, undone_at=None).select_related("entry").first()


def can_reopen_arrival(person: object, arrival: Arrival) -> Verdict:
    allowed = can_use_arrival_desk(person, arrival.competition)
    if allowed and not arrival.closed_at:
        return Verdict(gettext_lazy("This arrival is not closed."))
    return allowed


def can_submit_arrival(arrival: Arrival) -> Verdict:
    """A late arrival becomes an entry only after the office has admitted it with a reason."""
    if arrival.closed_at:
        return Verdict(gettext_lazy("This arrival is closed. Open it again first."))
    if arrival.added_to_id:
        return Verdict(gettext_lazy("This arrival has been put to an entry that is there already."))
    if arrival.timeliness == Timeliness.LATE:
        return Verdict(
            _("This arrival came after the deadline. Decide first whether it is admitted late; your reason is recorded.")
        )
    return ALLOWED


def can_decide_late(person: object, arrival: Arrival) -> Verdict:
    allowed = can_use_arrival_desk(person, arrival.competition)
    if not allowed:
        return allowed
    if arrival.timeliness != Timeliness.LATE or arrival.closed_at or arrival.added_to_id:
        return Verdict(gettext_lazy("This arrival is not waiting for a decision: it was in time or has been admitted."))
    return ALLOWED
