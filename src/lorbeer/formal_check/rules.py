"""Who checks, when an entry can be checked, and until when a verdict can be taken back."""

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from lorbeer.call.deadlines import moment_in_words
from lorbeer.call.models import Competition
from lorbeer.entries.embargo import state_in_words
from lorbeer.entries.models import Entry, State
from lorbeer.intake.models import Arrival
from lorbeer.intake.rules import Completion, changeable_until, completion_of
from lorbeer.people.access import OFFICE, can_work_in_office, roles_of
from lorbeer.people.models import Role
from lorbeer.shared.registry import Bars
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_see_checks(person: object, competition: Competition) -> Verdict:
    """Office and auditor read all checks; only the office decides."""
    if roles_of(person, competition) & (OFFICE | {Role.Kind.AUDITOR}):
        return ALLOWED
    return Verdict(_("The formal check is for the competition office and the auditor."))


def can_check(person: object, entry: Entry) -> Verdict:
    """The office checks submitted entries."""
    office = can_work_in_office(person, entry.competition)
    return can_be_checked(entry) if office else office


def can_be_checked(entry: Entry) -> Verdict:
    """What its applicant can still change or withdraw is not judged yet, on whatever way it came."""
    if entry.state != State.SUBMITTED:
        return Verdict(_("Only a submitted entry can be checked; this one is “%(state)s”.")
                       % {"state": state_in_words(entry)})
    if until := changeable_until(entry.competition).get(entry.round):
        return Verdict(begins_in_words(entry.competition, until))
    return ALLOWED


def begins_in_words(competition: Competition, deadline: datetime) -> str:
    return _("The formal check begins after the deadline, %(end)s. Until then applicants can change or withdraw their entries.") % {
        "end": moment_in_words(competition, deadline)}


def can_take_in(person: object, competition: Competition) -> Verdict:
    """Where the call has no formal check, the office takes in what has arrived when the deadline has passed."""
    if competition.has_check:
        return Verdict(_("This call has a formal check: each entry is checked before it is admitted."))
    return can_work_in_office(person, competition)


def can_admit(person: object, entry: Entry) -> Verdict:
    """What came late waits until somebody has admitted it at the arrival desk, with a reason."""
    allowed = can_check(person, entry)
    return can_be_admitted(entry) if allowed else allowed


def can_be_admitted(entry: Entry) -> Verdict:
    """The same for nobody in particular: a program, too, must not admit what came late."""
    if entry.submissions.filter(is_accepted=True, arrival__timeliness=Arrival.Timeliness.LATE).exists():
        return Verdict(_("This entry came late. First decide at the arrival desk whether it is admitted all the same."))
    if not (checked := can_be_checked(entry)):
        return checked
    return bars_admission.verdict(entry)


def can_exclude(person: object, entry: Entry) -> Verdict:
    """The office, but not while the date runs until which it has asked the applicant to complete the entry: that was promised."""
    allowed = can_check(person, entry)
    return can_be_excluded(entry) if allowed else allowed


def can_be_excluded(entry: Entry) -> Verdict:
    if asked := completion_running(entry):
        return Verdict(
            _("The applicant has been asked to complete this entry by %(until)s, so nobody excludes it before. It waits here again after "
              "that date, or as soon as it is submitted anew; until then it can be admitted with a reason.")
            % {"until": moment_in_words(entry.competition, asked.until, exact=True)})
    return can_be_checked(entry)


def completion_running(entry: Entry) -> Completion | None:
    """What the applicant is asked to complete, where they have time left."""
    asked = completion_of(entry)
    return asked if asked and not asked.is_over else None


def early_in_words(entry: Entry, asked: Completion) -> str:
    return _("The applicant has been asked to complete this entry by %(until)s. Say why it is admitted before.") % {
        "until": moment_in_words(entry.competition, asked.until, exact=True)}


# A later stage says that it is over, so that nothing can be admitted to it any more.
bars_admission = Bars[[Entry]]()


# --- taking a verdict back ----------------------------------------------------------------------------------------------

# A later stage says that it has gone on from the verdict, so that it can be taken back no more.
bars_reopening = Bars[[Entry]]()


def can_reopen(person: object, entry: Entry) -> Verdict:
    """The lead of the office takes an admission or exclusion back, as long as no later stage has begun with it."""
    if Role.Kind.OFFICE_LEAD not in roles_of(person, entry.competition):
        return Verdict(_("Only the lead of the competition office takes a verdict back."))
    return can_be_reopened(entry)


def can_be_reopened(entry: Entry) -> Verdict:
    if entry.state not in (State.ADMITTED, State.INADMISSIBLE):
        return Verdict(_("There is no verdict that could be taken back; this entry is “%(state)s”.")
                       % {"state": state_in_words(entry)})
    return bars_reopening.verdict(entry)
