"""Who may see and do what in the screening, and why not.

**When a vote is sealed, and for whom.** Two people judge independently. Until *all* seats of an entry are sealed,
nobody but its owner sees anything of a vote: not its content, not whether it is written, sealed, or assigned at all. So

- A screener's pages depend on nothing but their own votes. Even after sealing their own, the screener learns nothing
  until the last seat of that entry is sealed; then the pair opens, and from then on it never changes.
- The office knows whom it assigned and sees *per person* how many of their entries are sealed, because somebody has to
  remind the slow. It never sees which ones. A count can tell (all of 18 sealed means each is): that is accepted for
  people who judge nothing themselves, and only for them. So a day that the office sees, and who is called late or reminded, is that of all
  places of a person: of single ones it would tell which are sealed.
- So an office member who holds a seat of an entry that is not through in a round, or could be given one because they hold the role of
  screener while an admitted entry of the round is not through, sees neither the counts nor the assignment of that round, nor a proposal
  for it; such a count may be the other vote, and a proposal names the other reader. Entries that are through (all seats sealed) they
  see like all others. Nor does whoever has looked after a round in the office, be it long ago,
  take a place beside one that had been given before they became a screener (`may_have_followed`).
- The office moves and takes back places of people who have begun nothing in the round. Of whoever has begun, untouched, opened and
  sealed places are refused alike. Once their role is taken, all their places that are not sealed become free in one act, whichever
  was named; what stays with them is final. Only where the office records a bias for an entry, that one place becomes free or its
  vote turns out to be final: somebody must know whether the entry needs another reader, and the bias stands in the log.
  What was recorded by mistake is taken back with a reason; until the votes are open the answer is the same whatever is sealed.
- Which places of somebody who dropped out have become free tells what they had sealed. So only who judges nothing in the round finds the
  free places, and never takes one beside them later. Screeners see the same whether a place stayed, is free or was given to somebody else.
- An office whose people all screen has nobody who may assign. Its pages say so and what to do, and the desk has a task, which depend on
  roles and admissions alone.
- Mails about new entries and reminders tell who has something to read. The outbox and the log keep them from whoever judges, but for their own.
- The log names a place by its code (given, moved, taken back) and its sheet, once it is sealed, by another name, which stands
  nowhere else. Which sheet belongs to which place and entry, when it was opened, and which submission was read, is written when the pair
  opens, and not before: who opens their pile in its order, or a place that was given last, would name the sheet by it.
- The auditor, who does not know the assignment, and who judges find changes of single places in the log when no vote is open any more.
- To whom the log leaves something out it shows no numbers of seals, for they have no gaps; nor does it hand evidence to who judges.
- An auditor reads sealed pairs, nothing earlier. Sponsors, jurors, editors, applicants and the public read no votes.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from lorbeer.entries.models import Bias, Entry, State
from lorbeer.entries.queries import biased, entries_open_to, is_biased, without_biased
from lorbeer.entries.rules import UNDECLARED, has_declared
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.screening.models import Attendance, ExpertOpinion, JointSession, SessionItem, Vote
from lorbeer.shared.models import LogEvent
from lorbeer.shared.registry import Bars
from lorbeer.shared.verdicts import ALLOWED, Verdict

if TYPE_CHECKING:
    from lorbeer.call.in_use import Change
    from lorbeer.call.models import Competition

THROUGH = (State.SCREENED, State.PROPOSED, State.NOT_PROPOSED, State.AWARDED, State.NOT_AWARDED)
EVER, FOREVER = datetime(1900, 1, 1, tzinfo=UTC), datetime(9000, 1, 1, tzinfo=UTC)
READS_ALL = OFFICE | {Role.Kind.AUDITOR}
TAKES_PART = OFFICE | {Role.Kind.SCREENER}

SEALED = _("The votes on this entry are sealed until the last of them is in. Then all open at the same moment.")
STAYS_SEALED = _("Your vote is sealed and never changes. Please tell the competition office about the bias.")
NOT_YOURS = _("This vote belongs to somebody else. You find yours in “My pile”.")
JUDGES = _(
    "You judge entries of this round yourself. Until all votes on them are sealed you do not see who else reads what and "
    "how far they are; another member of the office looks after that."
)
MIGHT_JUDGE = _(
    "You hold the role of screener, and entries of this round are still to be judged. Whoever could be given a place must not know who "
    "else reads what and how far they are; another member of the office looks after that, or the role of screener is taken from you under Team."
)
JUDGES_ALONE = _(
    "You judge entries of this round yourself. Until all votes on them are sealed you do not see who else reads what and how far they "
    "are. Nobody else of the office can look after that now, for all who belong to it are screeners, too. The lead of the office invites "
    "somebody under Team who does not screen; if there is no lead who can, ask whoever runs this installation to invite one."
)
MIGHT_JUDGE_ALONE = _(
    "You hold the role of screener, and entries of this round are still to be judged. Whoever could be given a place must not know who "
    "else reads what and how far they are. Nobody else of the office can look after that now, for all who belong to it are screeners, too. "
    "Under Team the lead of the office takes the role of screener from you, then you assign and others read; or invites somebody to the "
    "office who does not screen. If there is no lead who can, ask whoever runs this installation to invite one."
)
OFFICE_ONLY = _("Only the competition office can do this. If you belong to it, ask its lead to give you that role.")
NOTHING_RECORDED = _("The office has recorded no bias here, or it has been taken back already. What somebody declared themselves and what"
                     " Lorbeer computes stays.")
BIASED = _("You are biased for this entry, so it stays closed to you.")
NOT_ALL_OF_IT = _(
    "The minutes tell every item of the session, and some of them are not open to you: you are biased for them, or you were not "
    "present. The document stays closed to you; the session page shows the items that you may see."
)
NOT_ALL_OF_DOSSIER = _("The dossier holds the opinion on an entry for which you are biased, so it stays closed to you. The list of opinions"
                       " shows those that you may read.")


# --- votes ------------------------------------------------------------------------------------------------------------


def is_through(entry: Entry) -> bool:
    """Whether all seats of the entry are sealed."""
    return entry.state in THROUGH and not entry.votes.filter(sealed_at=None).exists()


def can_read_vote(person: Person, vote: Vote) -> Verdict:
    """One's own always; those of others when all seats of the entry are sealed, for those who work with them."""
    if vote.screener_id == person.pk:
        return ALLOWED
    if not is_through(vote.entry):
        return Verdict(SEALED)
    if is_biased(person, vote.entry):
        return Verdict(BIASED)
    if roles_of(person, vote.entry.competition) & READS_ALL or vote.entry.votes.filter(screener=person).exists():
        return ALLOWED
    if _items_with(person).filter(entry=vote.entry).exists():
        return ALLOWED
    return Verdict(_("Votes are read by those who wrote them, by the joint session and by the office."))


def is_present(person: Person, session: JointSession) -> bool:
    """Whether the person is in the open session, or stayed to its end."""
    return session.opened_at is not None and session.stays.filter(person=person, left_at=None).exists()


def _items_with(person: Person) -> QuerySet[SessionItem]:
    """Items of sessions in which the person is, or stayed to the end."""
    there = Attendance.objects.filter(session=OuterRef("session"), person=person, left_at=None)
    return SessionItem.objects.filter(Exists(there), session__opened_at__isnull=False)


def votes_readable_by(person: Person, competition: "Competition") -> QuerySet[Vote]:
    """The same rule as a queryset, for lists, exports and search."""
    others_open = Vote.objects.filter(entry=OuterRef("entry"), sealed_at=None)
    through = Q(entry__state__in=THROUGH, sealed_at__isnull=False) & ~Exists(others_open)
    if not roles_of(person, competition) & READS_ALL:
        seat = Vote.objects.filter(entry=OuterRef("entry"), screener=person)
        item = _items_with(person).filter(entry=OuterRef("entry"))
        through &= Q(Exists(seat)) | Q(Exists(item))
    votes = Vote.objects.filter(entry__competition=competition)
    return votes.filter(Q(screener=person) | (through & ~biased(person, "entry")))


def open_votes(competition: "Competition", round: int | None = None) -> QuerySet[Vote]:
    """The places of entries that are not through yet, in a round or in all."""
    votes = Vote.objects.filter(entry__competition=competition).exclude(entry__state__in=THROUGH)
    return votes if round is None else votes.filter(entry__round=round)


def judges_now(person: Person, competition: "Competition", round: int | None = None) -> bool:
    """Whether there is something that the person must not know: they hold a place of an entry that is not through yet, or could get one."""
    votes = open_votes(competition, round)
    return votes.filter(screener=person).exists() or (Role.Kind.SCREENER in roles_of(person, competition) and votes.exists())


def may_have_followed(competition: "Competition", entries: QuerySet[Entry]) -> set[tuple[int, int]]:
    """(entry id, person id) that must not meet: who was of the office, and no screener yet, after a place of the entry was given.

    Then they could see how far its reader was, whether or not they are of the office now. Four queries.
    """
    screeners = Role.objects.filter(competition=competition, kind=Role.Kind.SCREENER)
    since = {code: (person, began) for person, code, began in screeners.values_list("person", "person__code", "since")}
    looked_after = office_periods(competition, since)
    if not looked_after:
        return set()
    given = Vote.objects.filter(entry__in=entries.order_by().values("pk")).values_list("entry", "screener", "assigned_at")
    return {
        (entry, person) for entry, screener, at in given for code, spans in looked_after.items() for person, began in [since[code]]
        if person != screener and any(max(at, start) < min(end, began) for start, end in spans)
    }


def office_periods(competition: "Competition", codes: Collection[str]) -> dict[str, list[tuple[datetime, datetime]]]:
    """Person code (of `codes`) → from when to when they were of the office: by the log, which knows roles that were taken, and by the roles."""
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    begun: dict[tuple[str, str], datetime] = {}
    subjects = [f"person:{code}" for code in codes]
    events = LogEvent.objects.filter(scope=competition.code, subject__in=subjects, verb__in=("role.grant", "role.take"))
    for event in events.order_by("pk"):
        code = event.subject.removeprefix("person:")
        if event.detail["kind"] not in OFFICE:
            continue
        if event.verb == "role.grant":
            begun[code, event.detail["kind"]] = event.at
        else:
            found.setdefault(code, []).append((begun.pop((code, event.detail["kind"]), EVER), event.at))
    roles = Role.objects.filter(competition=competition, kind__in=OFFICE, person__code__in=codes)
    for code, since in roles.values_list("person__code", "since"):
        found.setdefault(code, []).append((since, FOREVER))
    return found


def is_out(person: Person, competition: "Competition") -> bool:
    """Whether the person cannot judge here any more: without the role, or without an account."""
    return not person.is_active or Role.Kind.SCREENER not in roles_of(person, competition)


def may_still_write(vote: Vote) -> bool:
    """Whether its screener is there and free to judge; says nothing of the vote itself."""
    return not is_out(vote.screener, vote.entry.competition) and not is_biased(vote.screener, vote.entry)


def can_write_vote(person: Person, vote: Vote) -> Verdict:
    if vote.screener_id != person.pk:
        return Verdict(NOT_YOURS)
    if vote.sealed_at:
        return Verdict(_("Your vote is sealed. Nobody can change it any more."))
    if Role.Kind.SCREENER not in roles_of(person, vote.entry.competition):
        return Verdict(_("You are not a screener of this competition any more. Please ask the competition office."))
    if is_biased(person, vote.entry):
        return Verdict(BIASED)
    if vote.entry.state != State.ADMITTED:
        return Verdict(_("This entry is not being screened now."))
    return ALLOWED


def keeps_open_vote(person: object, entry: Entry) -> Verdict:
    """Whoever has sealed their vote declares no bias before all votes are open: the vote stands, and somebody must look at it."""
    if isinstance(person, Person) and entry.votes.filter(screener=person, sealed_at__isnull=False).exists() and not is_through(entry):
        return Verdict(STAYS_SEALED)
    return ALLOWED


def keeps_verdict(entry: Entry) -> Verdict:
    """The formal check takes no verdict back once somebody has been given the entry to read."""
    if entry.votes.exists():
        return Verdict(_("This entry has been assigned to its screeners. Take the places back first, while none of them is sealed."))
    return ALLOWED


def keeps_rules(competition: "Competition", changes: "list[Change]") -> Iterator[tuple[str, str]]:
    """What an import of the call must not change once somebody was given an entry to read: how many read it, points, options, criteria.

    Asked is who was given what, never which votes are sealed: a refusal would tell of them.
    """
    votes = Vote.objects.filter(entry__competition=competition)
    if not votes.exists():
        return
    going = votes.filter(entry__state__in=(State.ADMITTED, State.SCREENED, State.PROPOSED, State.NOT_PROPOSED)).exists()
    for change in changes:
        options = change.place == "screening.options"
        if not (options or change.place in ("screening.seats", "screening.scale") or change.concerns("criteria")):
            continue
        is_new = change.after.items() >= change.before.items() if options else change.before is None
        if going:
            yield change.place, _("cannot change while entries are read and decided by it. Take all places of screeners back first, while none"
                                  " of their votes is sealed, or write this as it was (%(was)s)") % {"was": change.was}
        elif not is_new:
            yield change.place, _("cannot change any more: sealed votes were given by it. Write it as it was (%(was)s), and give what is new"
                                  " another code, or a competition of its own") % {"was": change.was}


# --- assignment -------------------------------------------------------------------------------------------------------


def can_assign(person: Person, competition: "Competition", round: int) -> Verdict:
    """See who reads what, and change it: the office, but not those who still judge in this round themselves."""
    if not roles_of(person, competition) & OFFICE:
        return Verdict(OFFICE_ONLY)
    return _blind(person, competition, round)


def _blind(person: Person, competition: "Competition", round: int | None) -> Verdict:
    if open_votes(competition, round).filter(screener=person).exists():
        return Verdict(JUDGES_ALONE if nobody_assigns(competition) else JUDGES)
    if Role.Kind.SCREENER not in roles_of(person, competition):
        return ALLOWED
    waiting = Entry.objects.filter(competition=competition, state=State.ADMITTED)
    if not (waiting if round is None else waiting.filter(round=round)).exists():
        return ALLOWED
    return Verdict(MIGHT_JUDGE_ALONE if nobody_assigns(competition) else MIGHT_JUDGE)


def can_record_bias(by: Person, entry: Entry, person: Person) -> Verdict:
    """Whoever assigns records that a screener is biased: nobody for themselves, and nobody who is biased for the entry."""
    assigning = can_assign(by, entry.competition, entry.round)
    if not assigning:
        return assigning
    if by == person:
        return Verdict(_("You declare your own bias yourself. Nobody records it for themselves."))
    if is_biased(by, entry):
        return Verdict(_("You are biased for this entry yourself, so somebody else of the office records who else is."))
    return bars_bias.verdict(by, entry, person, lifting=False)


# A later stage says why a bias cannot be recorded now, or (`lifting`) taken back: (by, entry, person, lifting=…).
bars_bias = Bars[...]()
# And why the grounds of somebody's biases cannot be noted now: (by, person, competition).
bars_grounds = Bars[[Person, Person, "Competition"]]()


def can_note_grounds(by: Person, person: Person, competition: "Competition") -> Verdict:
    """Whoever keeps the screeners notes by what one is kept away, unless a later stage stands against it."""
    keeping = can_keep_screeners(by, competition)
    if not keeping:
        return keeping
    return bars_grounds.verdict(by, person, competition)


def can_lift_bias(by: Person, entry: Entry, person: Person) -> Verdict:
    """Whoever may record a bias takes back one that was recorded by mistake, unless a judgement of that person stands against it."""
    recording = can_record_bias(by, entry, person)
    if not recording:
        return recording
    if not Bias.objects.filter(entry=entry, person=person, kind=Bias.Kind.OFFICE).exists():
        return Verdict(NOTHING_RECORDED)
    kept = keeps_bias(entry, person)
    return bars_bias.verdict(by, entry, person, lifting=True) if kept else kept


def keeps_bias(entry: Entry, person: Person) -> Verdict:
    """Refused once their vote on the entry counts, or they have decided on it in a joint session. Before that, sealed or not is no matter."""
    if SessionItem.objects.filter(entry=entry, deciders=person).exists():
        return Verdict(_("%(person)s has decided on this entry in a joint session before the bias was recorded. The decision stands, and so"
                         " does what was recorded against it.") % {"person": person})
    if is_through(entry) and entry.votes.filter(screener=person).exists():
        return Verdict(_("A vote of %(person)s on this entry counts and never changes, so what was recorded against it stays, too.")
                       % {"person": person})
    return ALLOWED


def nobody_assigns(competition: "Competition") -> bool:
    """Whether all who belong to the office hold the role of screener, too. Of roles alone: places would tell who reads something."""
    held = Role.objects.filter(competition=competition, person__is_active=True)
    screeners = held.filter(kind=Role.Kind.SCREENER).values("person")
    return not held.filter(kind__in=OFFICE).exclude(person__in=screeners).exists()


def can_keep_screeners(person: Person, competition: "Competition") -> Verdict:
    """See and change what screeners can read and know, and which pairs are pinned or kept apart: who may assign in every round."""
    if not roles_of(person, competition) & OFFICE:
        return Verdict(OFFICE_ONLY)
    return _blind(person, competition, None)


def can_see_progress(person: Person, competition: "Competition", round: int) -> Verdict:
    """How many entries each screener has sealed: the same people."""
    return can_assign(person, competition, round)


def can_see_agreement(person: Person, competition: "Competition") -> Verdict:
    """How far the screeners agree, over the entries whose votes are open to the reader: the office and the auditor."""
    if roles_of(person, competition) & READS_ALL:
        return ALLOWED
    return Verdict(_("How far the screeners agree is for the competition office: it says something of each of them."))


# --- joint session ----------------------------------------------------------------------------------------------------


def can_plan_session(person: Person, competition: "Competition") -> Verdict:
    return ALLOWED if roles_of(person, competition) & OFFICE else Verdict(OFFICE_ONLY)


def can_move_session(person: Person, session: JointSession) -> Verdict:
    if (planning := can_plan_session(person, session.competition)) and session.opened_at:
        return Verdict(_("The session has been opened. It is held on the day on which that was."))
    return planning


def can_see_session(person: Person, session: JointSession) -> Verdict:
    """Agenda and minutes: the screeners and the office, and the auditor."""
    if roles_of(person, session.competition) & (TAKES_PART | {Role.Kind.AUDITOR}):
        return ALLOWED
    return Verdict(_("The joint session is for the screeners and the competition office."))


def can_see_item(person: Person, item: SessionItem) -> Verdict:
    """An item with its votes: what the votes allow. Screeners see those of others once the session is open."""
    if not (verdict := can_see_session(person, item.session)):
        return verdict
    if is_biased(person, item.entry):
        return Verdict(BIASED)
    if roles_of(person, item.session.competition) & READS_ALL or item.entry.votes.filter(screener=person).exists():
        return ALLOWED
    if is_present(person, item.session):
        return ALLOWED
    return Verdict(_("You see the votes of others on this item as soon as the session is open and you are present."))


def items_readable_by(person: Person, session: JointSession) -> QuerySet[SessionItem]:
    """The same rule as a queryset."""
    items = SessionItem.objects.filter(session=session)
    if not can_see_session(person, session):
        return items.none()
    competition = session.competition
    items = without_biased(items, person, "entry")
    if roles_of(person, competition) & READS_ALL:
        return items
    if is_present(person, session):
        return items
    return items.filter(Exists(Vote.objects.filter(entry=OuterRef("entry"), screener=person)))


def can_read_minutes(person: Person, session: JointSession) -> Verdict:
    """The document tells every item with its votes, so it is for those who may see each of them."""
    if not (verdict := can_see_session(person, session)):
        return verdict
    return ALLOWED if items_readable_by(person, session).count() == session.items.count() else Verdict(NOT_ALL_OF_IT)


def can_decide_item(person: Person, item: SessionItem) -> Verdict:
    session = item.session
    if not roles_of(person, session.competition) & OFFICE and session.chaired_by_id != person.pk:
        return Verdict(_("The chair of the session and the competition office record what was decided."))
    if is_biased(person, item.entry):
        return Verdict(BIASED)
    if not session.opened_at:
        return Verdict(_("The session has not been opened yet. Open it and note who is present."))
    if session.closed_at:
        return Verdict(_("The session is closed and its minutes are written."))
    if item.decided_at:
        return Verdict(_("This item has been decided. The decision stands in the minutes."))
    return ALLOWED


# --- expert opinions --------------------------------------------------------------------------------------------------


def can_read_opinion(person: Person, opinion: ExpertOpinion) -> Verdict:
    """Screeners and office at any time, auditors too; jurors what is released, when they have declared. Never with bias."""
    entry = opinion.proposal.entry
    if is_biased(person, entry):
        return Verdict(BIASED)
    roles = roles_of(person, entry.competition)
    if roles & (TAKES_PART | {Role.Kind.AUDITOR}):
        return ALLOWED
    if Role.Kind.JUROR in roles and not has_declared(person, entry.competition, pk=entry.pk):
        return Verdict(UNDECLARED)
    if Role.Kind.JUROR in roles and opinion.state == ExpertOpinion.State.RELEASED:
        return ALLOWED
    return Verdict(_("This expert opinion has not been released to you."))


def opinions_readable_by(person: Person, competition: "Competition") -> QuerySet[ExpertOpinion]:
    """The same rule as a queryset."""
    roles = roles_of(person, competition)
    opinions = without_biased(
        ExpertOpinion.objects.filter(proposal__entry__competition=competition), person, "proposal__entry"
    )
    if roles & (TAKES_PART | {Role.Kind.AUDITOR}):
        return opinions
    if Role.Kind.JUROR in roles:
        opened = entries_open_to(person, competition)
        return opinions.none() if opened is None else opinions.filter(state=ExpertOpinion.State.RELEASED, proposal__entry__in=opened)
    return opinions.none()


def can_take_opinion(person: Person, entry: Entry) -> Verdict:
    """Write or second-read an opinion at all."""
    if not roles_of(person, entry.competition) & TAKES_PART:
        return Verdict(_("Expert opinions are written by screeners and the competition office."))
    return Verdict(BIASED) if is_biased(person, entry) else ALLOWED


def can_assign_opinion(person: Person, opinion: ExpertOpinion) -> Verdict:
    """Say who writes it and who reads it: the office, so that none stays with somebody who cannot go on."""
    entry = opinion.proposal.entry
    if not roles_of(person, entry.competition) & OFFICE:
        return Verdict(OFFICE_ONLY)
    if opinion.state == ExpertOpinion.State.RELEASED:
        return Verdict(_("This opinion has been released. It cannot be changed any more."))
    return Verdict(BIASED) if is_biased(person, entry) else ALLOWED


def can_write_opinion(person: Person, opinion: ExpertOpinion) -> Verdict:
    if not (verdict := can_take_opinion(person, opinion.proposal.entry)):
        return verdict
    if opinion.state == ExpertOpinion.State.RELEASED:
        return Verdict(_("This opinion has been released. It cannot be changed any more."))
    if opinion.state == ExpertOpinion.State.READING:
        return Verdict(_("This opinion is with its second reader. It comes back to you or is released."))
    if opinion.author_id not in (None, person.pk):
        return Verdict(_("%(author)s is writing this opinion.") % {"author": opinion.author})
    return ALLOWED


def can_judge_opinion(person: Person, opinion: ExpertOpinion) -> Verdict:
    """Release it or send it back: the second reader, who is never its author."""
    if opinion.state != ExpertOpinion.State.READING:
        return Verdict(_("This opinion is not with a second reader now."))
    if opinion.author_id == person.pk:
        return Verdict(_("Somebody other than its author reads an opinion before it is released."))
    if opinion.second_reader_id != person.pk:
        return Verdict(_("%(reader)s is the second reader of this opinion.") % {"reader": opinion.second_reader})
    return can_take_opinion(person, opinion.proposal.entry)


def can_build_dossier(person: Person, competition: "Competition") -> Verdict:
    return ALLOWED if roles_of(person, competition) & OFFICE else Verdict(OFFICE_ONLY)
