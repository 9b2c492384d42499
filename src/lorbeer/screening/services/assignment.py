"""Who reads what: proposed by a solver, accepted by the office, changed one by one."""

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from lorbeer.entries import services as entry_services
from lorbeer.entries.models import Bias, Entry, State
from lorbeer.entries.queries import is_biased
from lorbeer.people.models import Person, Role
from lorbeer.screening import assignment, queries, rules
from lorbeer.screening.models import (
    AssignmentRun,
    Vote,
)
from lorbeer.shared import clock, log
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.outbox import queue_mail
from lorbeer.shared.text import language_for
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition
from lorbeer.screening.services.common import NAMED
from lorbeer.screening.services.votes import clean_text, locked_entry


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
        raise BadInput(_("There are no admitted entries to assign. Entries are admitted first."))
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
    # Lock first: none of them may go back into the formal check meanwhile.
    codes = {code for code, _person in run.result}
    entries = {entry.code: entry for entry in Entry.objects.select_for_update(of=("self",)).filter(code__in=codes).order_by("pk")}
    told = problem_of(competition, run.round, seed=run.seed, spread=run.input["spread"]).as_json()
    if assignment.digest(told) != run.input_sha256:
        raise Refused(
            _(
                "Entries, screeners or declarations of bias have changed since this proposal was computed. "
                "Please compute it anew; nothing has been assigned."
            )
        )
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
    with translation.override(language_for(person.language)):
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


BEGUN = gettext_lazy(
    "%(person)s has begun to read in this round, so none of their places can be moved or taken back one by one: the answer would tell "
    "what is sealed. If they cannot go on, take the role of screener from them under Team; then taking one place back frees all that "
    "are not sealed. If they are biased, record it for the entry."
)


def has_begun(vote: Vote) -> bool:
    """Whether its screener has opened, written or sealed any vote of the round. Asked of the person: of a single place it would tell."""
    begun = Q(sealed_at__isnull=False) | Q(opened_at__isnull=False) | Q(saved_at__isnull=False)
    entry = vote.entry
    return Vote.objects.filter(begun, screener=vote.screener_id, entry__competition=entry.competition_id, entry__round=entry.round).exists()


@transaction.atomic
def reassign(vote: Vote, to: Person, by: Person | None, reason: str) -> Vote:
    """Give the vote's place to somebody else while its screener has begun nothing in the round. Raises Refused, BadInput."""
    entry = locked_entry(vote.entry)
    vote = Vote.objects.select_for_update(of=("self",)).get(pk=vote.pk)
    if by is not None:
        require(rules.can_assign(by, entry.competition, entry.round))
    if has_begun(vote):
        raise Refused(BEGUN % {"person": vote.screener})
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
def withdraw_vote(vote: Vote, by: Person | None, reason: str) -> list[Entry]:
    """The office takes places back; their drafts go, the seats are free. Gives the entries that have a free place now.

    One place while its person has begun nothing in the round. Whoever has begun keeps all; the answer for one would tell whether it
    is untouched, opened or sealed. Of a person without the role, all that are not sealed at once, whichever was named. Where they
    are biased, the one place, unless its vote is final.
    """
    entry = locked_entry(vote.entry)
    competition = entry.competition
    if by is not None:
        require(rules.can_assign(by, competition, entry.round))
    if not reason.strip():
        raise BadInput(_("Please give the reason for the change; it is recorded."), where=_("Reason"))
    if rules.is_out(vote.screener, competition):
        left = Vote.objects.filter(screener=vote.screener_id, entry__competition=competition, entry__round=entry.round, sealed_at=None)
        # Lock the entries first, as whoever counts seats does; then look again.
        list(Entry.objects.select_for_update(of=("self",)).filter(votes__in=left.values("pk")).order_by("pk"))
        taken = list(left.select_for_update(of=("self",)).select_related("entry", "screener").order_by("entry__code"))
    else:
        vote = Vote.objects.select_for_update(of=("self",)).select_related("entry", "screener").get(pk=vote.pk)
        if rules.may_still_write(vote) and has_begun(vote):
            raise Refused(BEGUN % {"person": vote.screener})
        if vote.sealed_at:
            raise Refused(_("This vote is sealed and never changes. Its place cannot be given to somebody else."))
        taken = [vote]
    log.record_many(
        log.event("assignment.withdraw", subject=f"vote:{one.code}", scope=competition.code, actor=by, previous=one.screener.code,
                  reason=reason)
        for one in taken
    )
    for one in taken:
        one.delete()
    return [one.entry for one in taken]


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
