"""Who may do what with an entry, and why not. Deadlines belong to the intake: see intake/rules.py."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from lorbeer.call.in_use import Change
from lorbeer.call.models import Competition
from lorbeer.entries import queries
from lorbeer.entries.models import Contributor, Entry, State
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Person, Role
from lorbeer.shared import clock
from lorbeer.shared.prepared import prepared
from lorbeer.shared.registry import Bars
from lorbeer.shared.verdicts import ALLOWED, Verdict

UNDECLARED = _(
    "Members of the jury declare first for which entries of the agenda they are biased; those entries and their expert opinions open after "
    "that. You do so on your own page of the meeting, under “Jury”, as soon as it is planned. What does not stand on the agenda opens in the "
    "same way when it is called up."
)


def has_declared(person: Person, competition: Competition, **of: Any) -> bool:
    """Whether anything (of a round, of an entry: `of`) is open to `person`, to whom as a juror it is closed until they have declared."""
    opened = queries.entries_open_to(person, competition)
    return opened is None or opened.filter(**of).exists()


def can_read_entry(person: object, entry: Entry) -> Verdict:
    """Whether `person` may open the file of `entry`; the twin of `queries.entries_visible_to`.

    The reason is for insiders; strangers are answered as if the entry did not exist.
    """
    roles = roles_of(person, entry.competition)
    if roles & queries.SEE_ALL or queries.is_contributor(person, entry):
        return ALLOWED
    if not roles:
        return Verdict(_("This entry is not yours. If you should work on it, ask its contact person for an invitation."))
    if entry.state not in queries.ADMITTED:
        return Verdict(_("This entry can be read as soon as it has been admitted."))
    if roles & queries.SEE_UNBIASED and isinstance(person, Person) and queries.is_biased(person, entry):
        return Verdict(_("You are biased for this entry, so it stays closed to you. The office can tell you the ground."))
    if isinstance(person, Person) and not has_declared(person, entry.competition, pk=entry.pk):
        return Verdict(UNDECLARED)
    if roles & (queries.SEE_UNBIASED | queries.SEE_ADMITTED):
        return ALLOWED
    return Verdict(_("Your role does not include reading entries."))


def can_list_entries(person: object, competition: object) -> Verdict:
    """The list with filters and downloads is for those who work with all entries."""
    kinds = OFFICE | {Role.Kind.AUDITOR, Role.Kind.SPONSOR, Role.Kind.EDITOR}
    if roles_of(person, competition) & kinds:  # type: ignore[arg-type]
        return ALLOWED
    return Verdict(_("The list of all entries is for the office, the sponsor, the editor and the auditor."))


def was_keyed_by_office(entry: Entry) -> bool:
    """Whether the entry came on paper or by e-mail and never online, so that the office holds its draft.

    Once it has been handed in online it is its applicant's, whatever came before or comes after.
    """
    channels = {*_channels(entry.pk)} - {None}
    return bool(channels) and "online" not in channels


@prepared
def _channels(entry: int) -> QuerySet[Entry, str | None]:
    return Entry.objects.filter(pk=entry).values_list("arrivals__channel", flat=True)


# A later stage says why somebody of the office may not "read", "write", "attach" to or "submit" a draft that the office keys in,
guards_keyed_drafts = Bars[[object, Entry, str]]()
# and when those who work on an entry may not change it, because the office keys it in for them.
guards_writers = Bars[[object, Entry, str]]()


def can_read_draft(person: object, entry: Entry) -> Verdict:
    """A draft belongs to those who write it; the office reads only what it keys in itself."""
    return ALLOWED if queries.is_contributor(person, entry) else _can_read_keyed(person, entry)


def _can_read_keyed(person: object, entry: Entry) -> Verdict:
    if roles_of(person, entry.competition) & OFFICE and was_keyed_by_office(entry):
        return guards_keyed_drafts.verdict(person, entry, "read")
    return Verdict(_("This is a draft. What is in it belongs to the applicant until it is submitted."))


def can_edit_draft(person: object, entry: Entry) -> Verdict:
    return _can_change(person, entry, "write")


def can_attach_files(person: object, entry: Entry) -> Verdict:
    """Who may put files to their questions, also where the words of the draft are settled."""
    return _can_change(person, entry, "attach")


def _can_change(person: object, entry: Entry, act: str) -> Verdict:
    is_writer = queries.is_contributor(person, entry)
    readable = ALLOWED if is_writer else _can_read_keyed(person, entry)
    changeable = readable and _is_changeable(entry)
    return changeable and (guards_writers if is_writer else guards_keyed_drafts).verdict(person, entry, act)


def _is_changeable(entry: Entry) -> Verdict:
    if entry.state == State.WITHDRAWN:
        return Verdict(_("This entry has been withdrawn. Take it up again before you change it."))
    if entry.state not in {State.DRAFT, State.SUBMITTED}:
        return Verdict(_("It has been decided whether this entry is admitted, so its content cannot be changed any more."))
    return ALLOWED


def can_submit(person: object, entry: Entry) -> Verdict:
    """Who may submit; whether it is the time for it says intake.rules.can_submit_now."""
    return _can_change(person, entry, "submit")


def can_withdraw(person: object, entry: Entry) -> Verdict:
    if not can_read_draft(person, entry):
        return Verdict(_("Only those who work on this entry can withdraw it."))
    if entry.state == State.WITHDRAWN:
        return Verdict(_("This entry has already been withdrawn."))
    if entry.state not in {State.DRAFT, State.SUBMITTED}:
        return Verdict(_("It has been decided whether this entry is admitted. To take it back now, write to the office."))
    return ALLOWED


def can_resume(person: object, entry: Entry) -> Verdict:
    if not can_read_draft(person, entry):
        return Verdict(_("Only those who work on this entry can take it up again."))
    if entry.state != State.WITHDRAWN:
        return Verdict(_("This entry has not been withdrawn, so there is nothing to take up again."))
    return ALLOWED


def can_invite(person: object, entry: Entry) -> Verdict:
    """Anybody who works on the entry can bring in somebody else while its content can change; the office a first contact."""
    if not queries.is_contributor(person, entry):
        return can_invite_contact(person, entry)
    return _is_changeable(entry)


def can_remove_contributor(person: object, contributor: Contributor) -> Verdict:
    """The contact person holds the entry: takes out others, and stays, so that somebody always has it."""
    if not contributor.entry.contributors.filter(person_id=getattr(person, "pk", None), is_contact=True).exists():
        return Verdict(_("Only the contact person of this entry can take somebody out of it."))
    if contributor.is_contact:
        return Verdict(_("The contact person stays: somebody must answer for the entry."))
    return ALLOWED


def can_invite_contact(person: object, entry: Entry) -> Verdict:
    """The office, for an entry on paper or by mail of which nobody has an account: whoever joins becomes its contact person."""
    if not roles_of(person, entry.competition) & OFFICE:
        return Verdict(_("Only those who work on this entry can invite others to it."))
    if entry.state == State.WITHDRAWN:
        return Verdict(_("This entry has been withdrawn. Take it up again before you change it."))
    if not was_keyed_by_office(entry) or queries.has_account(entry):
        return Verdict(_("The applicant has an account and invites others themselves."))
    return ALLOWED


# A later stage says why somebody cannot declare a bias for an entry any more.
bars_declaring = Bars[[object, Entry]]()


def can_declare_bias(person: object, entry: Entry) -> Verdict:
    roles = roles_of(person, entry.competition)
    # Screeners are not told before the announcement that there is a result.
    if Role.Kind.JUROR in roles and entry.state in (State.AWARDED, State.NOT_AWARDED):
        return Verdict(_("The jury has decided on this entry, so a bias changes nothing any more. If there was one, please tell the "
                         "competition office."))
    if roles & queries.KEPT_APART:
        return bars_declaring.verdict(person, entry)
    return Verdict(_("Bias is declared by those who screen or decide; you do neither here."))


def can_record_bias(person: object, entry: Entry) -> Verdict:
    if roles_of(person, entry.competition) & OFFICE:
        return ALLOWED
    return Verdict(_("Only the competition office can record that somebody is biased."))


def keeps_dates(competition: Competition, changes: list[Change]) -> Iterator[tuple[str, str]]:
    """What an import of the call must not change once there are entries: the dates of a phase that has begun. People act by them, and a
    reason is asked where they are changed on screen."""
    if not Entry.objects.filter(competition=competition).exists():
        return
    for change in changes:
        if change.concerns("phases") and change.before and (change.before[0] is None or change.before[0] <= clock.now()):
            yield change.place, _("people act by these dates already. Change them on screen, under “Call › Change dates”, where you say why, "
                                  "or write them as they are (%(was)s)") % {"was": change.was}
