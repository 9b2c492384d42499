"""Places that are given: changed one by one, taken back, refilled. How they are given first: proposals.py."""

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
from lorbeer.screening import pairing, queries, rules, wording
from lorbeer.screening.models import Vote
from lorbeer.shared import clock, log, reasons
from lorbeer.shared.errors import BadInput, Refused
from lorbeer.shared.models import Message
from lorbeer.shared.outbox import queue_mail
from lorbeer.shared.templatetags.formats import short_day
from lorbeer.shared.text import language_for
from lorbeer.shared.verdicts import require

if TYPE_CHECKING:
    from lorbeer.call.models import Competition
from lorbeer.screening.services.votes import clean_text, locked_entry


def tell_screener(
    person: Person, competition: "Competition", count: int, due_on: date | None, *, key: str | None, days_differ: bool = False
) -> None:
    """A mail about one's own new entries, in one's own language."""
    with translation.override(language_for(person.language)):
        title = _("Entries to read: %(competition)s") % {"competition": competition.title}
        lines = [
            ngettext(
                "one entry to the competition “%(competition)s” waits for your vote.",
                "%(count)d entries to the competition “%(competition)s” wait for your vote.",
                count,
            )
            % {"count": count, "competition": competition.title},
        ]
        if due_on:
            lines.append(_("Please seal your votes by %(date)s.") % {"date": short_day(due_on)})
        elif days_differ:
            lines.append(_("By when each vote is due you see in “My pile”."))
        lines.append(
            _("If you are biased for an entry, declare it before you open the entry; somebody else will read it.")
        )
        queue_letter(person, competition, title, lines, key=key)


def tell_of_a_place_gone(person: Person, competition: "Competition") -> None:
    """A mail to whom a mail gave the place. It names no entry and nobody else, and says no reason: those are the office's."""
    with translation.override(language_for(person.language)):
        queue_letter(person, competition, _("One entry less to read: %(competition)s") % {"competition": competition.title}, [
            _("the competition office has taken one of the entries to the competition “%(competition)s” off your pile again. You need do"
              " nothing.") % {"competition": competition.title},
            _("What is yours to read stands in “My pile”. If that surprises you, please ask the competition office."),
        ], key=None)


def tell_of_dropping_out(taken: Sequence[Vote]) -> None:
    """A mail to whom the office has noted as dropped out, once for the places that became free. It gives no reason: that is the office's."""
    person, competition = taken[0].screener, taken[0].entry.competition
    if not person.is_active:                                            # nobody reads there any more
        return
    with translation.override(language_for(person.language)):
        queue_letter(person, competition, _("Your entries go to others: %(competition)s") % {"competition": competition.title}, [
            _("the competition office has noted that you cannot go on with the screening of the competition “%(competition)s”. The entries on"
              " which you had not sealed a vote go to others.") % {"competition": competition.title},
            _("Votes that you have sealed count and stay as they are. What you may have typed on the other entries has been thrown away."),
            _("Your role as a screener has ended, so “My pile” is closed to you.") if rules.is_out(person, competition)
            else _("You stay a screener. What is yours to read stands in “My pile”."),
            _("You need do nothing. If this is a mistake, please tell the competition office at once, before others have begun to read."),
        ], key=f"out:{min(vote.code for vote in taken)}")


def queue_letter(person: Person, competition: "Competition", title: str, lines: Sequence[str], *, key: str | None) -> None:
    """Of this kind are the mails that the outbox keeps from whoever must not know who reads what: `mails_without_sealed`."""
    queue_mail(
        recipient=person.email,
        title=title,
        body="\n\n".join([_("Dear %(name)s,") % {"name": person.name}, *lines, str(competition.office_name)]),
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
def reassign(vote: Vote, to: Person, by: Person | None, reason: str, due_on: date | None = None) -> Vote:
    """Give the vote's place to somebody else, to be voted on by `due_on`, while its screener has begun nothing in the round.

    Raises Refused, BadInput.
    """
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
    vote.assigned_at, vote.due_on = clock.now(), due_on
    vote.save(update_fields=["screener", "assigned_at", "due_on"])
    reasons.record(
        "assignment.change",
        subject=f"vote:{vote.code}",
        scope=entry.competition.code,
        actor=by,
        previous=previous.code,
        to=to.code,
        at=log.moment(vote.assigned_at),
        why=reason,
    )
    tell_screener(to, entry.competition, 1, due_on, key=None)
    tell_of_a_place_gone(previous, entry.competition)
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
    reasons.record(
        "assignment.fill",
        subject=f"vote:{vote.code}",
        scope=entry.competition.code,
        actor=by,
        to=to.code,
        at=log.moment(vote.assigned_at),
        why=reason,
    )
    tell_screener(to, entry.competition, 1, due_on, key=None)
    return vote


def require_admissible(entry: Entry, person: Person) -> None:
    """Raise BadInput unless `person` screens in the entry's competition, is free of bias and does not read it yet."""
    if not person.roles.filter(competition=entry.competition, kind=Role.Kind.SCREENER).exists():
        raise BadInput(_("%(person)s is not a screener of this competition.") % {"person": person})
    if is_biased(person, entry):
        raise BadInput(_("%(person)s is biased for this entry (Land, employer or a declaration).") % {"person": person})
    if kind := pairing.reasons_for(entry).get(person.code):
        raise BadInput(_("%(person)s does not read this entry: %(reason)s.") % {"person": person, "reason": wording.REASONS[kind]})
    if entry.votes.filter(screener=person).exists():
        raise BadInput(_("%(person)s reads this entry already.") % {"person": person})
    capacity = pairing.full_people(entry.competition, entry.round).get(person.pk)
    if capacity is not None:
        raise BadInput(_(
            "%(person)s takes at most %(capacity)d entries and has no room left in this round. Choose somebody else, or raise the number "
            "under “Screeners and rules”.") % {"person": person, "capacity": capacity})


@transaction.atomic
def declare_bias(vote: Vote, by: Person, reason: str) -> Bias:
    """Withdraw from an entry for bias while the own vote is not sealed: see `give_back`."""
    entry = locked_entry(vote.entry)
    vote = Vote.objects.select_for_update(of=("self",)).get(pk=vote.pk)
    if vote.screener_id != by.pk:
        raise Refused(str(rules.NOT_YOURS))
    if vote.sealed_at:
        raise Refused(str(rules.STAYS_SEALED))
    found = entry_services.declare_bias(entry, by=by, reason=clean_text(reason))
    give_back(found)                                                    # a bias that stood before has freed no place
    return found


def give_back(bias: Bias) -> None:
    """Whoever declares a bias, on whichever page, keeps no place of the entry: it becomes free, and the office is asked.

    What was typed is thrown away with it: nobody may use the judgement of somebody biased. What the office records frees
    nothing here: it takes the place back itself. Nor is anything left to free once the votes are open, as at a meeting of the
    jury: there the meeting is locked before its entries, never after them.
    """
    own = Vote.objects.filter(entry=bias.entry_id, screener=bias.person_id)
    if bias.kind != Bias.Kind.DECLARED or not own.exists() or rules.is_through(bias.entry):
        return
    entry = locked_entry(bias.entry)
    vote = own.select_for_update(of=("self",)).first()
    if vote is None:
        return
    if vote.sealed_at:
        require(rules.keeps_open_vote(bias.person, entry))              # sealed while this was being declared
        return
    code = vote.code
    vote.delete()
    log.record("vote.give_back", subject=f"vote:{code}", scope=entry.competition.code, actor=bias.person)


@transaction.atomic
def record_bias(entry: Entry, person: Person, reason: str, *, by: Person) -> Bias:
    """The office knows of a bias that nobody declared: the entry closes to `person`. Their place is taken back by itself. Raises Refused."""
    entry = locked_entry(entry)
    require(rules.can_record_bias(by, entry, person))
    return entry_services.record_bias(entry, person, by=by, reason=clean_text(reason))


@transaction.atomic
def lift_bias(entry: Entry, person: Person, why: str, *, by: Person) -> None:
    """Take back what the office recorded by mistake. Raises Refused, BadInput."""
    entry = locked_entry(entry)
    require(rules.can_lift_bias(by, entry, person))
    if not why.strip():
        raise BadInput(_("Please give the reason for the change; it is recorded."), where=_("Reason"))
    entry_services.lift_bias(entry, person, by=by, why=why)


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
        taken = list(left.select_for_update(of=("self",)).select_related("entry__competition", "screener").order_by("entry__code"))
        if taken:
            tell_of_dropping_out(taken)
    else:
        vote = Vote.objects.select_for_update(of=("self",)).select_related("entry__competition", "screener").get(pk=vote.pk)
        if rules.may_still_write(vote) and has_begun(vote):
            raise Refused(BEGUN % {"person": vote.screener})
        if vote.sealed_at:
            raise Refused(_("This vote is sealed and never changes. Its place cannot be given to somebody else."))
        taken = [vote]
        tell_of_a_place_gone(vote.screener, competition)
    return take_back(taken, by, reason)


def take_back(votes: Sequence[Vote], by: Person | None, reason: str) -> list[Entry]:
    """Free the places of `votes`, which nobody may be writing in any more: the caller has asked. Gives their entries."""
    for one in votes:
        reasons.record("assignment.withdraw", subject=f"vote:{one.code}", scope=one.entry.competition.code, actor=by,
                       previous=one.screener.code, why=reason)
        one.delete()
    return [one.entry for one in votes]


@transaction.atomic
def remind_screener(person: Person, competition: "Competition", round: int, by: Person | None) -> bool:
    """A mail to one screener about their own open votes of the round, at most one a day; False where today's has been sent.

    The office can read it, so it names a day only where all places have the same: another would tell which are sealed.
    """
    if by is not None:
        require(rules.can_see_progress(by, competition, round))
    votes = Vote.objects.filter(screener=person, entry__competition=competition, entry__round=round)
    count = votes.filter(sealed_at=None).count()
    if not count:
        raise Refused(_("%(person)s has sealed everything.") % {"person": person})
    key = f"reminder:{competition.code}:{round}:{person.code}:{clock.today(competition.time_zone)}"
    # Lock first: of two clicks at once only one reminds.
    list(Role.objects.select_for_update(of=("self",)).filter(competition=competition, person=person, kind=Role.Kind.SCREENER))
    if Message.objects.filter(key=key).exists():
        return False
    days = set(votes.order_by().values_list("due_on", flat=True))
    tell_screener(person, competition, count, next(iter(days)) if len(days) == 1 else None, key=key, days_differ=len(days) > 1)
    log.record("screening.remind", subject=f"person:{person.code}", scope=competition.code, actor=by, round=round)
    return True
