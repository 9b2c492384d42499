"""What changes in the screening: assignment, sealed votes, joint session, expert opinions. Always by somebody."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call.models import AwardGroup
from lorbeer.entries import services as entry_services
from lorbeer.entries.models import Bias, Entry, Project, State
from lorbeer.entries.queries import is_biased
from lorbeer.entries.transitions import move
from lorbeer.people.models import Person, Role
from lorbeer.screening import assignment, queries, rules
from lorbeer.screening.models import (
    AssignmentRun,
    Dossier,
    ExpertOpinion,
    JointSession,
    ProjectVote,
    Proposal,
    Rating,
    SessionItem,
    Vote,
)
from lorbeer.shared import clock, files, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.outbox import queue_mail
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition

LONGEST_TEXT = 20_000
NAMED = 5  # so many entries or people a sentence lists


# --- assignment -------------------------------------------------------------------------------------------------------


def problem_of(competition: "Competition", round: int, *, seed: int, spread: int = 1) -> assignment.Problem:
    """What the solver is told: admitted entries and their free seats, screeners, excluded pairs, places taken."""
    screeners = list(queries.screeners_of(competition))
    entries = Entry.objects.filter(competition=competition, round=round, state=State.ADMITTED)
    votes = Vote.objects.filter(entry__in=entries.values("pk")).values_list("entry__code", "screener__code")
    return assignment.Problem(
        entries=tuple(sorted((code, group or "") for code, group in entries.values_list("code", "group__code"))),
        screeners=tuple(sorted(person.code for person in screeners)),
        excluded=queries.excluded_pairs(competition, round),
        seats=queries.rules_of(competition).seats,
        seed=seed,
        spread=spread,
        fixed=tuple(sorted(votes)),
    ).sorted()


def propose_assignment(
    competition: "Competition", round: int, seed: int, by: Person | None, *, spread: int = 1
) -> AssignmentRun:
    """Compute who reads what, for every seat of an admitted entry that nobody holds yet. Nothing is assigned by it.

    The same seed and the same facts give the same result. Loads differ by at most `spread`. Raises BadInput with a
    sentence that names the entries and screeners that cannot come together.
    """
    if by is not None:
        require(rules.can_assign(by, competition, round))
    problem = problem_of(competition, round, seed=seed, spread=spread)
    if not problem.entries:
        raise BadInput(_("There are no admitted entries to assign. The formal check comes first."))
    if not problem.screeners:
        raise BadInput(_("Nobody is a screener yet. Invite screeners first, then compute the assignment."))
    if len(problem.fixed) >= len(problem.entries) * problem.seats:
        raise BadInput(_("Every entry has its screeners already. There is nothing left to assign."))
    try:
        solution = assignment.solve(problem)
        prices = assignment.price_of_rules(problem, solution)
    except assignment.Impossible as reason:
        raise BadInput(sentence_of(reason, problem)) from reason
    told = problem.as_json()
    pairs = [list(pair) for pair in solution.pairs]
    excluded: dict[str, int] = {}
    for kind in problem.excluded.values():
        excluded[kind] = excluded.get(kind, 0) + 1
    with transaction.atomic():
        run = AssignmentRun.objects.create(
            competition=competition,
            round=round,
            seed=seed,
            input=told,
            input_sha256=assignment.digest(told),
            result=pairs,
            result_sha256=assignment.digest(pairs),
            objective=solution.objective,
            created_by=by,
            explanation={
                "loads": solution.loads,
                "group_loads": solution.group_loads,
                "excess": solution.excess,
                "excluded": excluded,
                "prices": prices,
            },
        )
        log.record(
            "assignment.propose",
            subject=f"assignment:{run.code}",
            scope=competition.code,
            actor=by,
            seed=seed,
            input_sha256=run.input_sha256,
            result_sha256=run.result_sha256,
            places=len(pairs),
        )
    return run


def sentence_of(reason: assignment.Impossible, problem: assignment.Problem) -> str:
    """What contradicts what, in words: "These 3 entries may only be read by …: they need 6 places, there are 4."."""
    entries = Entry.objects.filter(code__in=reason.entries[:NAMED]).order_by("code")
    people = Person.objects.filter(code__in=reason.screeners[:NAMED]).order_by("name")
    named_entries = listed(
        [f"{entry.code} ({entry.applicant or entry.title})" for entry in entries], len(reason.entries)
    )
    named_people = listed([str(person) for person in people], len(reason.screeners)) or _("nobody")
    if reason.too_little:
        return _(
            "%(people)s may only read these %(count)d entries: %(entries)s. For loads that differ by at most "
            "%(spread)d "
            "they would have to take %(needed)d places, but there are only %(room)d. Allow a larger difference, or "
            "invite other screeners."
        ) % {
            "people": named_people,
            "count": len(reason.entries),
            "entries": named_entries,
            "spread": problem.spread,
            "needed": reason.needed,
            "room": reason.room,
        }
    return ngettext(
        "This entry may only be read by %(people)s: %(entries)s. It needs %(needed)d places, there are %(room)d. "
        "Invite another screener, or allow a larger difference of loads.",
        "These %(count)d entries may only be read by %(people)s: %(entries)s. They need %(needed)d places, there are "
        "%(room)d. Invite another screener, or allow a larger difference of loads.",
        len(reason.entries),
    ) % {
        "count": len(reason.entries),
        "people": named_people,
        "entries": named_entries,
        "needed": reason.needed,
        "room": reason.room,
    }


def listed(names: Sequence[str], total: int) -> str:
    """`A, B, C and 7 more`."""
    text = ", ".join(names)
    rest = total - len(names)
    return _("%(names)s and %(rest)d more") % {"names": text, "rest": rest} if rest > 0 else text


@transaction.atomic
def accept_assignment(run: AssignmentRun, by: Person | None, due_on: date | None) -> list[Vote]:
    """Give every screener their entries as the run says, to be voted on until the end of `due_on`; tell them by mail.

    Raises Refused when the run was accepted before, or when entries, screeners or biases have changed since.
    """
    run = AssignmentRun.objects.select_for_update(of=("self",)).select_related("competition").get(pk=run.pk)
    competition = run.competition
    if by is not None:
        require(rules.can_assign(by, competition, run.round))
    if run.accepted_at:
        raise Refused(_("This assignment has been accepted already. Everybody has their entries."))
    told = problem_of(competition, run.round, seed=run.seed, spread=run.input["spread"]).as_json()
    if assignment.digest(told) != run.input_sha256:
        raise Refused(
            _(
                "Entries, screeners or declarations of bias have changed since this proposal was computed. "
                "Please compute it anew; nothing has been assigned."
            )
        )
    entries = {entry.code: entry for entry in Entry.objects.filter(code__in={code for code, _person in run.result})}
    people = {person.code: person for person in Person.objects.filter(code__in={code for _entry, code in run.result})}
    taken: dict[int, set[int]] = {}
    for entry_id, seat in Vote.objects.filter(entry__in=entries.values()).values_list("entry", "seat"):
        taken.setdefault(entry_id, set()).add(seat)
    votes = []
    for entry_code, person_code in run.result:
        entry = entries[entry_code]
        seats = taken.setdefault(entry.pk, set())
        seat = next(number for number in range(1, 100) if number not in seats)
        seats.add(seat)
        votes.append(Vote(entry=entry, screener=people[person_code], seat=seat, due_on=due_on))
    votes = Vote.objects.bulk_create(votes, batch_size=500)
    run.accepted_at = clock.now()
    run.save(update_fields=["accepted_at"])
    log.record(
        "assignment.accept",
        subject=f"assignment:{run.code}",
        scope=competition.code,
        actor=by,
        result_sha256=run.result_sha256,
        places=len(votes),
        due_on=due_on,
    )
    counts: dict[str, int] = {}
    for _entry_code, person_code in run.result:
        counts[person_code] = counts.get(person_code, 0) + 1
    for person_code, count in sorted(counts.items()):
        tell_screener(people[person_code], competition, count, due_on, key=f"assignment:{run.code}:{person_code}")
    return votes


def tell_screener(
    person: Person, competition: "Competition", count: int, due_on: date | None, *, key: str | None
) -> None:
    """A mail about one's own new entries, in one's own language."""
    with translation.override(person.language):
        title = _("Entries to read: %(competition)s") % {"competition": competition.title}
        lines = [
            _("Dear %(name)s,") % {"name": person.name},
            ngettext(
                "one entry to the competition “%(competition)s” waits for your vote.",
                "%(count)d entries to the competition “%(competition)s” wait for your vote.",
                count,
            )
            % {"count": count, "competition": competition.title},
        ]
        if due_on:
            lines.append(_("Please seal your votes by %(date)s.") % {"date": f"{due_on:%d.%m.%Y}"})
        lines.append(
            _("If you are biased for an entry, declare it before you open the entry; somebody else will read it.")
        )
        lines.append(str(competition.office_name))
    queue_mail(
        recipient=person.email,
        title=title,
        body="\n\n".join(lines),
        kind="assignment",
        key=key,
        scope=competition.code,
        subject=f"person:{person.code}",
    )


@transaction.atomic
def reassign(vote: Vote, to: Person, by: Person | None, reason: str) -> Vote:
    """Give the vote's place to somebody else while it is open and untouched. Raises Refused, BadInput."""
    entry = locked_entry(vote.entry)
    vote = Vote.objects.select_for_update(of=("self",)).get(pk=vote.pk)
    if by is not None:
        require(rules.can_assign(by, entry.competition, entry.round))
    if vote.sealed_at or vote.opened_at or vote.saved_at:               # one sentence, which does not tell which
        raise Refused(
            _("Reading has begun here, so the place cannot be moved any more. If the person cannot go on, take it back.")
        )
    if not reason.strip():
        raise BadInput(_("Please give the reason for the change; it is recorded."), where=_("Reason"))
    require_admissible(entry, to)
    previous = vote.screener
    vote.screener = to
    vote.assigned_at = clock.now()
    vote.save(update_fields=["screener", "assigned_at"])
    log.record(
        "assignment.change",
        subject=f"vote:{vote.code}",
        scope=entry.competition.code,
        actor=by,
        previous=previous.code,
        to=to.code,
        reason=reason,
    )
    tell_screener(to, entry.competition, 1, vote.due_on, key=None)
    return vote


@transaction.atomic
def fill_seat(entry: Entry, to: Person, by: Person | None, reason: str, due_on: date | None = None) -> Vote:
    """Give a free seat of an admitted entry to `to`: the replacement for somebody who declared a bias."""
    entry = locked_entry(entry)
    if by is not None:
        require(rules.can_assign(by, entry.competition, entry.round))
    if entry.state != State.ADMITTED:
        raise Refused(_("%(entry)s is not being screened now.") % {"entry": entry})
    taken = set(entry.votes.values_list("seat", flat=True))
    free = [seat for seat in range(1, queries.rules_of(entry.competition).seats + 1) if seat not in taken]
    if not free:
        raise Refused(_("All seats of %(entry)s are taken.") % {"entry": entry})
    require_admissible(entry, to)
    vote = Vote.objects.create(entry=entry, screener=to, seat=free[0], due_on=due_on)
    log.record(
        "assignment.fill",
        subject=f"vote:{vote.code}",
        scope=entry.competition.code,
        actor=by,
        to=to.code,
        reason=reason,
    )
    tell_screener(to, entry.competition, 1, due_on, key=None)
    return vote


def require_admissible(entry: Entry, person: Person) -> None:
    """Raise BadInput unless `person` screens in the entry's competition, is free of bias and does not read it yet."""
    if not person.roles.filter(competition=entry.competition, kind=Role.Kind.SCREENER).exists():
        raise BadInput(_("%(person)s is not a screener of this competition.") % {"person": person})
    if is_biased(person, entry):
        raise BadInput(_("%(person)s is biased for this entry (Land, employer or a declaration).") % {"person": person})
    if entry.votes.filter(screener=person).exists():
        raise BadInput(_("%(person)s reads this entry already.") % {"person": person})


@transaction.atomic
def declare_bias(vote: Vote, by: Person, reason: str) -> Bias:
    """Withdraw from an entry for bias while the own vote is not sealed: the seat becomes free, the office is asked.

    What was typed is thrown away with it: nobody may use the judgement of somebody biased.
    """
    entry = locked_entry(vote.entry)
    vote = Vote.objects.select_for_update(of=("self",)).get(pk=vote.pk)
    if vote.screener_id != by.pk:
        raise Refused(str(rules.NOT_YOURS))
    if vote.sealed_at:
        raise Refused(_("Your vote is sealed and never changes. Please tell the competition office about the bias."))
    found = entry_services.declare_bias(entry, by=by, reason=clean_text(reason))
    code = vote.code
    vote.delete()
    log.record("vote.give_back", subject=f"vote:{code}", scope=entry.competition.code, actor=by)
    return found


@transaction.atomic
def withdraw_vote(vote: Vote, by: Person | None, reason: str) -> Entry:
    """The office takes an open place back (illness, bias that came to light); its draft goes, the seat is free."""
    entry = locked_entry(vote.entry)
    vote = Vote.objects.select_for_update(of=("self",)).get(pk=vote.pk)
    if by is not None:
        require(rules.can_assign(by, entry.competition, entry.round))
    if vote.sealed_at:
        raise Refused(_("This vote is sealed and never changes. Its place cannot be given to somebody else."))
    if not reason.strip():
        raise BadInput(_("Please give the reason for the change; it is recorded."), where=_("Reason"))
    code, screener = vote.code, vote.screener
    vote.delete()
    log.record(
        "assignment.withdraw", subject=f"vote:{code}", scope=entry.competition.code, actor=by, previous=screener.code,
        reason=reason,
    )
    return entry


def remind_screener(person: Person, competition: "Competition", round: int, by: Person | None) -> None:
    """A mail to one screener about their own open votes; at most one a day."""
    if by is not None:
        require(rules.can_see_progress(by, competition, round))
    votes = Vote.objects.filter(screener=person, entry__competition=competition, entry__round=round, sealed_at=None)
    count = votes.count()
    if not count:
        raise Refused(_("%(person)s has sealed everything.") % {"person": person})
    due_on = votes.exclude(due_on=None).order_by("due_on").values_list("due_on", flat=True).first()
    with transaction.atomic():
        tell_screener(
            person, competition, count, due_on, key=f"reminder:{competition.code}:{person.code}:{clock.today()}"
        )
        log.record("screening.remind", subject=f"person:{person.code}", scope=competition.code, actor=by)


# --- votes ------------------------------------------------------------------------------------------------------------


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
    log.record(
        "vote.open",
        subject=f"vote:{vote.code}",
        scope=vote.entry.competition.code,
        actor=by,
        submission=accepted.sha256,
    )
    return vote


@transaction.atomic
def save_sheet(
    vote: Vote,
    ratings: Mapping[str, Mapping[str, Any]] | None = None,
    option: str | None = None,
    reason: str | None = None,
    project_votes: Mapping[int, Mapping[str, Any]] | None = None,
    by: Person | None = None,
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
    vote.saved_at = clock.now()
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
    """What a sheet still needs before it can be sealed, one sentence each; [] when it is complete."""
    competition = vote.entry.competition
    options = queries.options_of(competition)
    special = options[vote.option].proposes not in ("", "group") if vote.option in options else False
    ratings = {rating.criterion_id: rating for rating in vote.ratings.all() if rating.project_id is None}
    faults = []
    for criterion in competition.criteria.all():
        rating = ratings.get(criterion.pk)
        if rating is None or rating.points is None:
            if not (criterion.optional_in_special and special):
                faults.append(
                    _("Criterion %(number)d, “%(label)s”: the points are missing.")
                    % {"number": criterion.number, "label": criterion}
                )
        elif not rating.reason.strip():
            faults.append(
                _("Criterion %(number)d, “%(label)s”: the reason is missing.")
                % {"number": criterion.number, "label": criterion}
            )
    if not vote.option:
        faults.append(_("The overall vote is missing."))
    if not vote.reason.strip():
        faults.append(_("The reason of the overall vote is missing."))
    faults += [
        _("Project %(number)d, “%(title)s”: the reason is missing.")
        % {"number": one.project.position, "title": one.project}
        for one in vote.project_votes.all()
        if one.option and not one.reason.strip()
    ]
    return faults


@transaction.atomic
def seal_vote(vote: Vote, by: Person) -> Vote:
    """Make the vote final. With the last seat of the entry the pair opens and the entry is screened.

    Bound to the submission that was read, kept under the SHA-256 of its canonical sheet, and never changed again.
    Raises BadInput (what is missing, in `faults`), Refused (not yours, sealed before, the entry has been replaced).
    """
    locked = locked_own_vote(vote, by)
    vote = queries.with_sheets(Vote.objects.filter(pk=locked.pk)).get()
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
    vote.sealed_at = clock.now()
    vote.sha256 = assignment.digest(queries.sheet_of(vote))
    vote.save(update_fields=["sealed_at", "sha256"])
    log.record("vote.seal", subject=f"vote:{vote.code}", scope=competition.code, actor=by, sha256=vote.sha256)
    votes = list(entry.votes.order_by("seat").values("code", "screener__code", "sealed_at", "sha256"))
    if len(votes) == queries.rules_of(competition).seats and all(one["sealed_at"] for one in votes):
        log.record(
            "votes.open",
            subject=f"entry:{entry.code}",
            scope=competition.code,
            votes=[{"vote": one["code"], "screener": one["screener__code"], "sha256": one["sha256"]} for one in votes],
        )
        move(entry, "screen", by=by)
    return vote


def is_intact(vote: Vote) -> bool:
    """Whether a sealed vote still has the hash under which it was sealed."""
    return vote.sha256 == assignment.digest(queries.sheet_of(vote))


# --- joint session ----------------------------------------------------------------------------------------------------


@transaction.atomic
def plan_session(competition: "Competition", round: int, held_on: date, by: Person | None) -> JointSession:
    """A session with its agenda: entries that are through and undecided, diverging ones first, each part by group."""
    if by is not None:
        require(rules.can_plan_session(by, competition))
    if queries.session_to_hold(competition, round):
        raise Refused(_("A joint session of this round is planned already. Close it before you plan another."))
    session = JointSession.objects.create(competition=competition, round=round, held_on=held_on)
    added = extend_agenda(session)
    if not added:
        raise BadInput(
            _("There is nothing to discuss yet: no entry has all its votes. The agenda is made of entries that have.")
        )
    log.record(
        "session.plan",
        subject=f"session:{session.code}",
        scope=competition.code,
        actor=by,
        held_on=held_on,
        items=added,
    )
    return session


def extend_agenda(session: JointSession) -> int:
    """Put entries that got their last vote since then at the end of the agenda; how many."""
    entries = (
        Entry.objects.filter(competition=session.competition, round=session.round, state=State.SCREENED)
        .exclude(session_items__session__closed_at=None, session_items__isnull=False)
        .prefetch_related("votes__project_votes")
        .order_by(*queries.AGENDA_ORDER)
    )
    found = [(not queries.votes_agree(entry.votes.all()), entry) for entry in entries]
    found.sort(key=lambda pair: not pair[0])  # stable: the order by group stays
    last = session.items.count()
    SessionItem.objects.bulk_create(
        SessionItem(session=session, entry=entry, position=last + number, diverging=differ)
        for number, (differ, entry) in enumerate(found, start=1)
    )
    return len(found)


@transaction.atomic
def refresh_agenda(session: JointSession, by: Person | None) -> int:
    """Add what is through since the agenda was made; how many items were added."""
    session = locked_session(session)
    if by is not None:
        require(rules.can_plan_session(by, session.competition))
    if session.closed_at:
        raise Refused(_("The session is closed and its minutes are written."))
    added = extend_agenda(session)
    if added:
        log.record(
            "session.extend", subject=f"session:{session.code}", scope=session.competition.code, actor=by, items=added
        )
    return added


def locked_session(session: JointSession) -> JointSession:
    return JointSession.objects.select_for_update(of=("self",)).select_related("competition").get(pk=session.pk)


@transaction.atomic
def open_session(
    session: JointSession,
    by: Person | None,
    *,
    chaired_by: Person | None = None,
    present: Iterable[Person] | None = None,
) -> JointSession:
    """Begin: from now on those present see the votes on all items they are not biased for.

    `present`: screeners and office members; all screeners where it is not given. May be called again
    to change presence.
    """
    session = locked_session(session)
    competition = session.competition
    if by is not None:
        require(rules.can_plan_session(by, competition))
    if session.closed_at:
        raise Refused(_("The session is closed and its minutes are written."))
    people = list(queries.screeners_of(competition) if present is None else present)
    if not people:
        raise BadInput(_("A session needs somebody who is present."))
    allowed = set(
        Role.objects.filter(competition=competition, kind__in=rules.TAKES_PART).values_list("person", flat=True)
    )
    if strangers := [person for person in [*people, *([chaired_by] if chaired_by else [])] if person.pk not in allowed]:
        raise BadInput(_("%(person)s is neither a screener nor in the competition office.") % {"person": strangers[0]})
    session.opened_at = session.opened_at or clock.now()
    session.chaired_by = chaired_by or session.chaired_by or by
    session.save(update_fields=["opened_at", "chaired_by"])
    session.present.set(people)
    log.record(
        "session.open",
        subject=f"session:{session.code}",
        scope=competition.code,
        actor=by,
        present=sorted(person.code for person in people),
        chair=getattr(session.chaired_by, "code", ""),
    )
    return session


@transaction.atomic
def decide_item(
    item: SessionItem,
    outcome: str,
    arguments: str = "",
    dissent: str = "",
    proposals: Iterable[tuple[Project | None, AwardGroup]] | None = None,
    by: Person | None = None,
) -> SessionItem:
    """Record what the session found; the votes stay as they were. The entry moves, its proposals are made.

    `proposals`: (None, group) puts the entry before the jury in that group, (project, special group) one of its
    projects,
    also where the entry itself is passed over. Left out, they follow from agreeing votes; a diverging entry that is
    proposed goes into its own group. Raises BadInput, Refused.
    """
    item = (
        SessionItem.objects.select_for_update(of=("self",))
        .select_related("session__competition", "entry__competition", "entry__group")
        .get(pk=item.pk)
    )
    competition, entry = item.session.competition, item.entry
    if by is not None:
        require(rules.can_decide_item(by, item))
    if item.decided_at:
        raise Refused(_("This item has been decided. The decision stands in the minutes."))
    if not item.session.opened_at or item.session.closed_at:
        raise Refused(_("Decisions are taken while the session is open."))
    if outcome not in SessionItem.Outcome.values:
        raise BadInput(_("Please choose whether the entry is proposed or not."))
    if item.diverging and not arguments.strip():
        raise BadInput(
            _("The votes differ on this entry. Please note the arguments that decided."), where=_("Arguments")
        )
    groups = {group.code: group for group in AwardGroup.objects.filter(competition=competition)}
    if proposals is None:
        votes = list(entry.votes.prefetch_related("project_votes__project"))
        found = queries.proposed_by_votes(entry, votes, competition, groups)
        if outcome == SessionItem.Outcome.PROPOSE and not any(project is None for project, _group in found):
            own = queries.proposing_group(entry, "group", groups)
            found = [*([(None, own)] if own else []), *found]
        if outcome == SessionItem.Outcome.PASS_OVER:
            found = [(project, group) for project, group in found if project is not None]
    else:
        found = list(dict.fromkeys(proposals))
    check_proposals(entry, outcome, found, groups)
    item.outcome = outcome
    item.arguments, item.dissent = clean_text(arguments), clean_text(dissent)
    item.decided_at, item.decided_by = clock.now(), by
    item.save(update_fields=["outcome", "arguments", "dissent", "decided_at", "decided_by"])
    made = Proposal.objects.bulk_create(
        [Proposal(entry=entry, project=project, group=group, item=item) for project, group in found]
    )
    if queries.rules_of(competition).opinions:
        ExpertOpinion.objects.bulk_create([ExpertOpinion(proposal=proposal) for proposal in made])
    log.record(
        "session.decide",
        subject=f"entry:{entry.code}",
        scope=competition.code,
        actor=by,
        session=item.session.code,
        outcome=outcome,
        diverging=item.diverging,
        proposals=[{"group": group.code, "project": project.position if project else None} for project, group in found],
    )
    move(entry, outcome, by=by)
    return item


def check_proposals(
    entry: Entry, outcome: str, proposals: Sequence[tuple[Project | None, AwardGroup]], groups: Mapping[str, AwardGroup]
) -> None:
    """Raise BadInput for proposals that contradict the outcome or do not belong to the entry."""
    whole = [group for project, group in proposals if project is None]
    if outcome == SessionItem.Outcome.PROPOSE and not whole:
        raise BadInput(_("Please choose the group in which the entry is proposed."))
    if outcome == SessionItem.Outcome.PASS_OVER and whole:
        raise BadInput(_("An entry that is passed over cannot be proposed in a group. Its projects can."))
    for project, group in proposals:
        if groups.get(group.code) != group:
            raise BadInput(_("This group does not belong to the competition."))
        if project is None and not group.is_special and entry.group_id not in (None, group.pk):
            raise BadInput(_("The entry competes in the group “%(group)s”.") % {"group": entry.group})
        if project is not None and project.entry_id != entry.pk:
            raise BadInput(_("This project does not belong to the entry."))
        if project is not None and not group.is_special:
            raise BadInput(_("A project by itself can only be proposed in a special category."))


@transaction.atomic
def confirm_agreeing(session: JointSession, by: Person | None, items: Iterable[SessionItem] | None = None) -> int:
    """Decide in one step what the votes agree on, as they agree; how many items. Diverging ones are left alone."""
    session = locked_session(session)
    if by is not None:
        require(rules.can_plan_session(by, session.competition))
    open_items = session.items.filter(decided_at=None, diverging=False)
    if items is not None:
        open_items = open_items.filter(pk__in=[item.pk for item in items])
    options = queries.options_of(session.competition)
    decided = 0
    for item in open_items.select_related("entry").prefetch_related("entry__votes"):
        if by is not None and is_biased(by, item.entry):
            continue
        votes = list(item.entry.votes.all())
        option = options.get(votes[0].option) if votes else None
        propose = bool(option and option.proposes)
        outcome = SessionItem.Outcome.PROPOSE if propose else SessionItem.Outcome.PASS_OVER
        decide_item(item, outcome, by=by)
        decided += 1
    return decided


def close_session(session: JointSession, by: Person | None) -> JointSession:
    """End the session and write its minutes as PDF; what is undecided waits for the next one."""
    from lorbeer.screening import documents

    if by is not None:
        require(rules.can_plan_session(by, session.competition))
    session.refresh_from_db()
    if not session.opened_at:
        raise Refused(_("The session has not been opened yet. Open it and note who is present."))
    if session.closed_at:
        raise Refused(_("The session is closed and its minutes are written."))
    closed_at = clock.now()
    content = documents.minutes_pdf(session, closed_at=closed_at)  # before the transaction: it takes a while
    decided = session.items.exclude(decided_at=None).count()
    with transaction.atomic():
        session = locked_session(session)
        if session.closed_at:
            raise Refused(_("The session is closed and its minutes are written."))
        if session.items.exclude(decided_at=None).count() != decided:
            raise Refused(
                _("Something was decided while the minutes were being written. Please close the session again.")
            )
        stored = files.store(
            content,
            name=f"{session.competition.code}-joint-session-{session.held_on:%Y-%m-%d}.pdf",
            stored_by="system:minutes",
            scope=session.competition.code,
            subject=f"session:{session.code}",
            media_type="application/pdf",
        )
        session.closed_at, session.minutes, session.minutes_sha256 = closed_at, stored, stored.blob_id
        session.save(update_fields=["closed_at", "minutes", "minutes_sha256"])
        log.record(
            "session.close",
            subject=f"session:{session.code}",
            scope=session.competition.code,
            actor=by,
            minutes_sha256=stored.blob_id,
            decided=decided,
        )
    return session


# --- expert opinions --------------------------------------------------------------------------------------------------


def locked_opinion(opinion: ExpertOpinion) -> ExpertOpinion:
    return (
        ExpertOpinion.objects.select_for_update(of=("self",))
        .select_related("proposal__entry__competition", "author", "second_reader")
        .get(pk=opinion.pk)
    )


@transaction.atomic
def draft_opinion(proposal: Proposal, by: Person, description: str = "", reasons: str = "") -> ExpertOpinion:
    """Write the opinion on a proposal; who writes first is its author until it is released."""
    opinion, _created = ExpertOpinion.objects.get_or_create(proposal=proposal)
    opinion = locked_opinion(opinion)
    require(rules.can_write_opinion(by, opinion))
    first = opinion.author_id is None
    opinion.author = by
    opinion.description, opinion.reasons = clean_text(description), clean_text(reasons)
    opinion.changed_at = clock.now()
    opinion.save(update_fields=["author", "description", "reasons", "changed_at"])
    if first:
        note_opinion("opinion.take", opinion, by)
    return opinion


def note_opinion(verb: str, opinion: ExpertOpinion, by: Person | None, **detail: object) -> None:
    entry = opinion.proposal.entry
    log.record(
        verb, subject=f"entry:{entry.code}", scope=entry.competition.code, actor=by, opinion=opinion.pk, **detail
    )


@transaction.atomic
def assign_opinion(opinion: ExpertOpinion, author: Person, by: Person) -> ExpertOpinion:
    """The office says who writes an opinion, while it is being written."""
    opinion = locked_opinion(opinion)
    require(rules.can_plan_session(by, opinion.proposal.entry.competition))
    if opinion.state != ExpertOpinion.State.WRITING:
        raise Refused(_("This opinion is not being written now."))
    require(rules.can_take_opinion(author, opinion.proposal.entry))
    if opinion.second_reader_id == author.pk:
        opinion.second_reader = None
    opinion.author = author
    opinion.save(update_fields=["author", "second_reader"])
    note_opinion("opinion.assign", opinion, by, to=author.code)
    return opinion


@transaction.atomic
def hand_to_second_reader(opinion: ExpertOpinion, second_reader: Person, by: Person) -> ExpertOpinion:
    """The author has finished and names who reads it before it is released."""
    opinion = locked_opinion(opinion)
    require(rules.can_write_opinion(by, opinion))
    if not opinion.description.strip() or not opinion.reasons.strip():
        raise BadInput(_("Description and reasons are both needed before somebody else reads the opinion."))
    if second_reader.pk in (by.pk, opinion.author_id):
        raise BadInput(_("Somebody other than its author reads an opinion before it is released."))
    if not (verdict := rules.can_take_opinion(second_reader, opinion.proposal.entry)):
        raise BadInput(
            _("%(person)s cannot be the second reader: not a screener or in the office here, or biased.")
            % {"person": second_reader}
        ) from Refused(str(verdict.reason))
    opinion.author = by
    opinion.second_reader, opinion.state, opinion.remark = second_reader, ExpertOpinion.State.READING, ""
    opinion.changed_at = clock.now()
    opinion.save(update_fields=["author", "second_reader", "state", "remark", "changed_at"])
    note_opinion("opinion.hand_over", opinion, by, to=second_reader.code)
    return opinion


@transaction.atomic
def return_opinion(opinion: ExpertOpinion, by: Person, remark: str) -> ExpertOpinion:
    """The second reader sends it back with a remark."""
    opinion = locked_opinion(opinion)
    require(rules.can_judge_opinion(by, opinion))
    if not remark.strip():
        raise BadInput(_("Please say what should be changed; the author reads it."), where=_("Remark"))
    opinion.state, opinion.remark = ExpertOpinion.State.WRITING, clean_text(remark)
    opinion.changed_at = clock.now()
    opinion.save(update_fields=["state", "remark", "changed_at"])
    note_opinion("opinion.return", opinion, by)
    return opinion


def release_opinion(opinion: ExpertOpinion, by: Person, *, with_pdf: bool = True) -> ExpertOpinion:
    """The second reader releases it to the jury; its one page is made and kept.

    `with_pdf=False` releases without the page, which `opinion_pdf` then makes when somebody asks for it.
    Raises BadInput where the text does not fit on one page.
    """
    from lorbeer.screening import documents

    opinion.refresh_from_db()
    require(rules.can_judge_opinion(by, opinion))
    content = documents.opinion_pdf(opinion) if with_pdf else None
    with transaction.atomic():
        seen = opinion.changed_at
        opinion = locked_opinion(opinion)
        require(rules.can_judge_opinion(by, opinion))
        if opinion.changed_at != seen:
            raise Refused(_("The opinion was changed a moment ago. Please read it again."))
        opinion.state, opinion.released_at = ExpertOpinion.State.RELEASED, clock.now()
        if content is not None:
            opinion.pdf = keep_opinion(opinion, content)
        opinion.save(update_fields=["state", "released_at", "pdf"])
        note_opinion("opinion.release", opinion, by, sha256=opinion.pdf.blob_id if opinion.pdf else "")
    return opinion


def keep_opinion(opinion: ExpertOpinion, content: bytes) -> Any:
    entry = opinion.proposal.entry
    return files.store(
        content,
        name=f"{entry.code}-opinion.pdf",
        stored_by="system:opinions",
        scope=entry.competition.code,
        subject=f"opinion:{opinion.pk}",
        media_type="application/pdf",
    )


def build_dossier(competition: "Competition", round: int, by: Person | None) -> Dossier:
    """All released opinions as one document with bookmarks, in the order of the jury's agenda; kept."""
    from lorbeer.screening import documents

    if by is not None:
        require(rules.can_build_dossier(by, competition))
    opinions = list(queries.opinions_of(competition, round).filter(state=ExpertOpinion.State.RELEASED))
    if not opinions:
        raise BadInput(_("No expert opinion has been released yet, so there is nothing to put into the dossier."))
    content = documents.dossier_pdf(competition, opinions)
    with transaction.atomic():
        stored = files.store(
            content,
            name=f"{competition.code}-dossier-{round}.pdf",
            stored_by="system:dossier",
            scope=competition.code,
            subject=f"dossier:{competition.code}",
            media_type="application/pdf",
        )
        dossier = Dossier.objects.create(competition=competition, round=round, file=stored, opinions=len(opinions))
        log.record(
            "dossier.build",
            subject=f"competition:{competition.code}",
            scope=competition.code,
            actor=by,
            sha256=stored.blob_id,
            opinions=len(opinions),
        )
    return dossier
