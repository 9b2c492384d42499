"""A screener's sheet, from opening the entry to the seal; what its windows send: see sheets.py."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from lorbeer.entries.models import Entry, Project
from lorbeer.entries.transitions import move
from lorbeer.people.models import Person
from lorbeer.screening import assignment, queries, rules, windows
from lorbeer.screening.models import ProjectVote, Rating, Vote
from lorbeer.screening.services.common import LONGEST_TEXT
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.verdicts import require


def locked_entry(entry: Entry) -> Entry:
    """The entry, locked until the transaction ends: everything that counts seats takes this lock first."""
    return Entry.objects.select_for_update(of=("self",)).select_related("competition").get(pk=entry.pk)


def locked_own_vote(vote: Vote, by: Person) -> Vote:
    """The vote, locked with its entry, if `by` may write it now."""
    entry = locked_entry(vote.entry)
    found = Vote.objects.select_for_update(of=("self",)).filter(pk=vote.pk).first()
    if found is None:
        raise Refused(_("This vote is not assigned to you any more. Nothing was saved."))
    found.entry = entry
    require(rules.can_write_vote(by, found))
    return found


@transaction.atomic
def open_vote(vote: Vote, by: Person) -> Vote:
    """Begin to read: the vote is bound to the accepted submission. Again, when that has been replaced meanwhile."""
    vote = locked_own_vote(vote, by)
    accepted = vote.entry.submissions.filter(is_accepted=True).first()
    if accepted is None:
        raise Refused(_("This entry has no accepted submission, so there is nothing to read. Please tell the office."))
    if vote.submission_id == accepted.pk:
        return vote
    vote.submission = accepted
    vote.opened_at = clock.now()
    vote.save(update_fields=["submission", "opened_at"])
    return vote                                                         # logged when the pair opens: the order of opening names entries


@transaction.atomic
def save_sheet(
    vote: Vote,
    ratings: Mapping[str, Mapping[str, Any]] | None = None,
    option: str | None = None,
    reason: str | None = None,
    project_votes: Mapping[int, Mapping[str, Any]] | None = None,
    by: Person | None = None,
    arrived_at: datetime | None = None,
) -> Vote:
    """Keep what a screener has typed so far; what is not given stays as it is.

    `ratings`: {criterion code: {"points": 0…scale or None, "reason": text}}. `project_votes`: {position of the project:
    {"option": code or "", "reason": text, "ratings": as above}}. Only one's own sheet, only until it is sealed.
    Raises BadInput (unknown criterion, project or option, points outside the scale), Refused.
    """
    if by is None:
        raise Refused(str(rules.NOT_YOURS))
    vote = locked_own_vote(vote, by)
    competition = vote.entry.competition
    screening = queries.rules_of(competition)
    options = {one.code for one in screening.options}
    criteria = {criterion.code: criterion for criterion in competition.criteria.all()}
    projects = {project.position: project for project in vote.entry.projects.all()} if project_votes else {}

    def checked_option(code: str) -> str:
        if code and code not in options:
            raise BadInput(_("“%(option)s” is not one of the votes that the call provides.") % {"option": code})
        return code

    wanted: list[tuple[Project | None, str, Mapping[str, Any]]] = [
        (None, code, line) for code, line in (ratings or {}).items()
    ]
    for position, sheet in (project_votes or {}).items():
        if position not in projects:
            raise BadInput(_("This entry has no project number %(number)s.") % {"number": position})
        wanted += [(projects[position], code, line) for code, line in sheet.get("ratings", {}).items()]
    present = {(rating.project_id, rating.criterion_id): rating for rating in vote.ratings.all()} if wanted else {}
    new, changed = [], []
    for project, code, line in wanted:
        if code not in criteria:
            raise BadInput(_("“%(criterion)s” is not a criterion of this call.") % {"criterion": code})
        rating = present.get((project.pk if project else None, criteria[code].pk))
        if rating is None:
            rating = Rating(vote=vote, criterion=criteria[code], project=project)
            new.append(rating)
        else:
            changed.append(rating)
        if "points" in line:
            rating.points = checked_points(line["points"], screening.scale, criteria[code])
        if "reason" in line:
            rating.reason = clean_text(line["reason"])
    Rating.objects.bulk_create(new)
    if changed:
        Rating.objects.bulk_update(changed, ["points", "reason"])
    for position, sheet in (project_votes or {}).items():
        facts: dict[str, Any] = {}
        if "option" in sheet:
            facts["option"] = checked_option(sheet["option"])
        if "reason" in sheet:
            facts["reason"] = clean_text(sheet["reason"])
        if facts:
            ProjectVote.objects.update_or_create(vote=vote, project=projects[position], defaults=facts)
    fields = ["saved_at"]
    vote.saved_at = arrived_at or clock.now()
    if option is not None:
        vote.option = checked_option(option)
        fields.append("option")
    if reason is not None:
        vote.reason = clean_text(reason)
        fields.append("reason")
    vote.save(update_fields=fields)
    return vote


def checked_points(value: Any, scale: int, criterion: Any) -> int | None:
    if value in (None, ""):
        return None
    try:
        points = int(value)
    except (TypeError, ValueError):
        points = -1
    if not 0 <= points <= scale:
        raise BadInput(
            _("Please give whole points from 0 to %(scale)d for “%(criterion)s”.")
            % {"scale": scale, "criterion": criterion}
        )
    return points


def clean_text(text: Any) -> str:
    """What was typed, without carriage returns and zero bytes; raise BadInput above LONGEST_TEXT characters."""
    text = str(text).replace("\r\n", "\n").replace("\0", "")
    if len(text) > LONGEST_TEXT:
        raise BadInput(_("This text is longer than %(limit)d characters. Please shorten it.") % {"limit": LONGEST_TEXT})
    return text


def missing_in(vote: Vote) -> list[str]:
    """What a sheet still needs before it can be sealed, one sentence each; [] when it is complete.

    A project's sheet is as complete as the entry's, once anything stands on it.
    """
    faults = _missing_ratings(vote, None, vote.option)
    if not vote.option:
        faults.append(_("The overall vote is missing."))
    if not vote.reason.strip():
        faults.append(_("The reason of the overall vote is missing."))
    if windows.waiting_in(vote):
        faults.append(_("Of some of it there are two texts, from two windows. Choose one of them on the sheet."))
    own = {one.project_id: one for one in vote.project_votes.all()}
    for project in vote.entry.projects.all():
        one = own.get(project.pk)
        rated = any(rating.project_id == project.pk and (rating.points is not None or rating.reason.strip()) for rating in vote.ratings.all())
        option, reason = (one.option, one.reason.strip()) if one else ("", "")
        if not (option or reason or rated):
            continue
        missing = _missing_ratings(vote, project.pk, option)
        if not option:
            missing.append(_("The vote on this project is missing."))
        if not reason:
            missing.append(_("The reason is missing."))
        faults += [
            _("Project %(number)d, “%(title)s”: %(fault)s") % {"number": project.position, "title": project, "fault": fault}
            for fault in missing
        ]
    return faults


def _missing_ratings(vote: Vote, project: int | None, option: str) -> list[str]:
    """What the criteria still need on the sheet of the entry (None) or of a project."""
    competition = vote.entry.competition
    options = queries.options_of(competition)
    special = options[option].proposes not in ("", "group") if option in options else False
    ratings = {rating.criterion_id: rating for rating in vote.ratings.all() if rating.project_id == project}
    faults = []
    for criterion in competition.criteria.all():
        rating = ratings.get(criterion.pk)
        facts = {"number": criterion.number, "label": criterion}
        if rating is None or rating.points is None:
            if not (criterion.optional_in_special and special):
                faults.append(_("Criterion %(number)d, “%(label)s”: the points are missing.") % facts)
        elif not rating.reason.strip():
            faults.append(_("Criterion %(number)d, “%(label)s”: the reason is missing.") % facts)
    return faults


class NotAsShown(Refused):
    """The sheet is another one than its screener has looked at: a save came in late, or another window wrote."""


def shown_digest(vote: Vote) -> str:
    """Of the sheet as it stands, for the page that shows it before it is sealed; works on votes from `with_sheets`."""
    return assignment.digest(queries.sheet_of(vote))


@transaction.atomic
def seal_vote(vote: Vote, by: Person, *, shown: str | None = None) -> Vote:
    """Make the vote final. With the last seat of the entry the pair opens and the entry is screened.

    Bound to the submission that was read, kept under the SHA-256 of its canonical sheet, and never changed again.
    `shown`: the digest of the sheet that was looked at; what is sealed is that one, or nothing.
    Raises BadInput (what is missing, in `faults`), Refused (not yours, sealed before, the entry has been replaced), NotAsShown.
    """
    locked = locked_own_vote(vote, by)
    vote = queries.with_sheets(Vote.objects.filter(pk=locked.pk)).get()
    if shown is not None and shown != shown_digest(vote):
        raise NotAsShown(_("Your sheet has changed since it was shown to you: something you typed came in late, or another window wrote."
                           " Nothing has been sealed. Please look at it once more."))
    entry, competition = vote.entry, vote.entry.competition
    if faults := missing_in(vote):
        raise BadInput(_("The sheet is not complete yet: %(first)s") % {"first": faults[0]}, faults=faults)
    accepted = entry.submissions.filter(is_accepted=True).values_list("pk", flat=True).first()
    if vote.submission_id is None or vote.submission_id != accepted:
        raise Refused(
            _(
                "The entry was replaced by a newer submission after you opened it. Please open it again, see whether "
                "your "
                "vote still stands, and then seal it."
            )
        )
    vote.sealed_at, vote.sent = clock.now(), {}
    vote.sha256 = assignment.digest(queries.sheet_of(vote))
    vote.save(update_fields=["sealed_at", "sha256", "sent"])
    log.record("vote.seal", subject=vote.sheet_name, scope=competition.code, actor=by, sha256=vote.sha256)
    votes = list(entry.votes.order_by("seat").select_related("screener"))
    if len(votes) == queries.rules_of(competition).seats and all(one.sealed_at for one in votes):
        log.record(
            "votes.open",
            subject=f"entry:{entry.code}",
            scope=competition.code,
            votes=[{"vote": one.code, "sheet": one.sheet_name, "screener": one.screener.code,
                    "opened": log.moment(one.opened_at) if one.opened_at else None, "sha256": one.sha256} for one in votes],
        )
        move(entry, "screen", by=by)
    return vote


def is_intact(vote: Vote) -> bool:
    """Whether a sealed vote still has the hash under which it was sealed."""
    return vote.sha256 == assignment.digest(queries.sheet_of(vote))
