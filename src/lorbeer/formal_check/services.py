"""Admitting, excluding, returning, taking back: each leaves a check with its reasons and tells the applicant."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup, Competition, ExclusionClause
from lorbeer.entries.models import Entry
from lorbeer.entries.transitions import move
from lorbeer.formal_check import applicants, letters, queries, rules
from lorbeer.formal_check.attest import facts_of, head_of
from lorbeer.formal_check.models import Check, CheckedPoint
from lorbeer.intake.models import Submission
from lorbeer.intake.queries import accepted_submission
from lorbeer.people.models import Person
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require

Findings = Mapping[str, tuple[bool, str]]                               # code of the check point → fulfilled, note


@transaction.atomic
def admit(entry: Entry, *, by: Person | None, group: AwardGroup | None = None, reason: str = "",
          findings: Findings | None = None, seen: int | None = None) -> Check:
    """Admit the entry into `group`, or into the one that the call's rule gives.

    `seen`: number of the submission that was read; where a newer one counts by now, nothing happens (Refused).
    Raises BadInput where the office sorts an entry otherwise than the rule without saying why, where the rule gives no
    group or several, or where no reason is given although a check point is not fulfilled the applicant has as many
    entries admitted as the call allows, or has been asked to complete this one and has time left.
    """
    _lock(entry, with_others=True)
    proposed = queries.proposal(entry)
    group = group or proposed.group
    if group is None:
        raise BadInput(_("The call's rule gives no award group for this entry. Choose one and say why."))
    if group.competition_id != entry.competition_id:
        raise BadInput(_("This group belongs to another competition. Choose one of this call."))
    if group.is_special:
        raise BadInput(_("No entry is sorted into the special category. Choose an award group."))
    if not reason.strip():
        if group != proposed.group:
            raise BadInput(_("The rule of the call gives another group. Say why this one is right."))
        if proposed.others:
            raise BadInput(_("Several bodies enter together, and the rule would sort them into different groups. "
                             "Say why this group is right."))
        if any(not fulfilled for fulfilled, _note in (findings or {}).values()):
            raise BadInput(_("A check point is not fulfilled. Say why the entry is admitted all the same."))
        if applicants.has_no_room(entry):
            raise BadInput(no_room_in_words(entry.competition))
        if asked := rules.completion_running(entry):
            raise BadInput(rules.early_in_words(entry, asked))
    require(rules.can_be_admitted(entry))
    check = _record(entry, Check.Verdict.ADMITTED, by=by, group=group, reason=reason, findings=findings, seen=seen)
    entry.group, entry.group_reason = group, reason.strip()
    entry.save(update_fields=["group", "group_reason"])
    entry.state = move(entry, "admit", by=by, reason=reason.strip()).state
    letters.tell(check)
    return check


@transaction.atomic
def take_in(competition: Competition, *, by: Person) -> tuple[int, int]:
    """In a call without a formal check: admit what was handed in for rounds that are closed, each into the group of the rule.

    How many were admitted, and how many wait for a person: late ones, and those for which the rule gives no group.
    """
    require(rules.can_take_in(by, competition))
    admitted = left = 0
    for entry in queries.to_take_in(competition):
        if rules.can_be_admitted(entry) and queries.proposal(entry).is_clear and not applicants.has_no_room(entry):
            admit(entry, by=by)
            admitted += 1
        else:
            left += 1
    return admitted, left


@transaction.atomic
def exclude(entry: Entry, clause: ExclusionClause, *, by: Person | None, reason: str = "",
            findings: Findings | None = None, seen: int | None = None) -> Check:
    """Exclude the entry under `clause`; the notice names clause and reason. Raises Refused while the applicant may still complete it.

    Raises BadInput where what `clause` rests on was found to be fulfilled.
    """
    if clause.competition_id != entry.competition_id:
        raise BadInput(_("This clause belongs to another competition. Choose one of this call."))
    resting = [point for point in entry.competition.check_points.all() if point.clause_id == clause.pk and point.code in (findings or {})]
    if resting and all(findings[point.code][0] for point in resting):  # type: ignore[index]
        raise BadInput(_("“%(point)s” is ticked as fulfilled, and this clause says the contrary. Correct one of the two: both stand in the"
                         " record, and the applicant may ask for it.") % {"point": resting[0].label})
    _lock(entry)                                                        # before it is asked: somebody may be returning it just now
    require(rules.can_be_excluded(entry))
    check = _record(entry, Check.Verdict.EXCLUDED, by=by, clause=clause, reason=reason, findings=findings, seen=seen)
    entry.state = move(entry, "exclude", by=by, reason=f"{clause.number} {clause.label}".strip()).state
    letters.tell(check)
    return check


@transaction.atomic
def return_for_completion(entry: Entry, *, until: datetime, reason: str, by: Person | None,
                          findings: Findings | None = None, seen: int | None = None, known: int | None = None) -> Check:
    """Ask the applicant for what is missing, until a date; the entry stays submitted, and can be completed until then.

    `known`: how many checks of the entry the person saw. A second click gives the check of the first, without a second mail;
    where there is another one by now, nothing happens (Refused).
    """
    if not reason.strip():
        raise BadInput(_("Say what is missing: the applicant reads it."))
    if until <= clock.now():
        raise BadInput(_("The date lies in the past. Choose a later one."))
    require(rules.can_check(by, entry) if by is not None else rules.can_be_checked(entry))
    if known is not None:
        _lock(entry)
        checks = list(entry.checks.select_related("submission"))
        if len(checks) != known:
            wanted = (Check.Verdict.RETURNED, reason.strip(), until, by.pk if by else None)
            if len(checks) == known + 1 and seen in (None, (made := checks[-1]).submission.number) and wanted == (
                    made.verdict, made.reason, made.complete_until, made.checked_by_id):
                return made
            raise Refused(_("This entry has been checked meanwhile, so nothing was sent. Read that check before you decide anew."))
    check = _record(entry, Check.Verdict.RETURNED, by=by, reason=reason, findings=findings, complete_until=until, seen=seen)
    letters.tell(check)
    return check


@transaction.atomic
def reopen(entry: Entry, *, reason: str, by: Person | None) -> Check:
    """Take an admission or exclusion back: the entry waits for its check again, and the applicant hears why.

    The former check stays as it was. The group is again the one of the call's rule. Raises BadInput without a reason,
    Refused where a later stage has gone on from the verdict.
    """
    if not reason.strip():
        raise BadInput(_("Say why the verdict is taken back: the applicant reads it."))
    entry.state = Entry.objects.select_for_update(of=("self",)).values_list("state", flat=True).get(pk=entry.pk)
    require(rules.can_reopen(by, entry) if by is not None else rules.can_be_reopened(entry))
    submission = accepted_submission(entry)
    if submission is None:
        raise Refused(_("This entry has not been submitted, so there is nothing to check."))
    former = entry.state
    check = Check.objects.create(entry=entry, submission=submission, verdict=Check.Verdict.REOPENED, reason=reason.strip(),
                                 checked_by=by, checked_at=clock.now())
    log.record("check.reopen", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, former=former, **facts_of(check))
    entry.group, entry.group_reason = queries.proposal(entry).group, ""
    entry.save(update_fields=["group", "group_reason"])
    entry.state = move(entry, "reopen", by=by, reason=reason.strip()).state
    letters.tell(check)
    return check


def _record(entry: Entry, verdict: str, *, by: Person | None, findings: Findings | None, reason: str = "",
            group: AwardGroup | None = None, clause: ExclusionClause | None = None,
            complete_until: datetime | None = None, seen: int | None = None) -> Check:
    _lock(entry)
    require(rules.can_check(by, entry) if by is not None else rules.can_be_checked(entry))
    submission = accepted_submission(entry)
    if submission is None:
        raise Refused(_("This entry has not been submitted, so there is nothing to check."))
    _require_read(submission, seen)
    check = Check.objects.create(
        entry=entry, submission=submission, verdict=verdict, clause=clause, group=group, reason=reason.strip(),
        complete_until=complete_until, checked_by=by, checked_at=clock.now(),
    )
    points = {point.code: point for point in entry.competition.check_points.all()}
    unknown = set(findings or {}) - set(points)
    if unknown:
        raise BadInput(_("The call has no check point “%(code)s”.") % {"code": sorted(unknown)[0]})
    CheckedPoint.objects.bulk_create(
        CheckedPoint(check_run=check, point=points[code], fulfilled=fulfilled, note=note.strip()[:500])
        for code, (fulfilled, note) in (findings or {}).items()
    )
    if verdict == Check.Verdict.ADMITTED:
        entry.group = group
    head = {"head": head_of(entry)} if verdict == Check.Verdict.ADMITTED else {}
    log.record("check.record", subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, **facts_of(check), **head)
    return check


def _lock(entry: Entry, *, with_others: bool = False) -> None:
    """Of two people who decide at once, or two clicks, the second waits here; what is asked afterwards is asked of what the first left.

    `with_others`: also where they admit two entries of one applicant, so that the second meets the limit of the call.
    """
    limited = with_others and entry.competition.max_entries_per_applicant is not None
    same = [other.pk for other in applicants.same_applicant(entry)] if limited else []
    found = Entry.objects.select_for_update(of=("self",)).filter(Q(pk=entry.pk) | Q(pk__in=same)).order_by("pk")
    entry.state = dict(found.values_list("pk", "state"))[entry.pk]


def no_room_in_words(competition: Competition) -> str:
    most = competition.max_entries_per_applicant or 0
    return ngettext(
        "The call allows %(most)d entry per applicant, and so many of this applicant are admitted already. Exclude this one, or say"
        " why it is admitted all the same.",
        "The call allows %(most)d entries per applicant, and so many of this applicant are admitted already. Exclude this one, or say"
        " why it is admitted all the same.", most) % {"most": most}


def _require_read(submission: Submission, seen: int | None) -> None:
    if seen is not None and seen != submission.number:
        raise Refused(_("The applicant has submitted a newer version meanwhile. Read that one before you decide."))
