"""Who may do what with the distribution list, the waves and the letters of intent."""

from django.utils.translation import gettext_lazy as _

from lorbeer.call.deadlines import moment_in_words
from lorbeer.call.models import Competition
from lorbeer.outreach.queries import letters_phase
from lorbeer.people.access import OFFICE, can_work_in_office, roles_of
from lorbeer.people.models import Role
from lorbeer.register.queries import newest_edition
from lorbeer.shared import clock
from lorbeer.shared.phases import has_begun, is_over
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_see_outreach(person: object, competition: Competition) -> Verdict:
    """Office and auditor read addresses, waves and letters of intent; only the office changes them."""
    if roles_of(person, competition) & (OFFICE | {Role.Kind.AUDITOR}):
        return ALLOWED
    return Verdict(_("Addresses and letters of intent are for the competition office and the auditor."))


def can_see_funnel(person: object, competition: Competition) -> Verdict:
    """The funnel holds numbers alone, so the sponsor may see it, too."""
    if roles_of(person, competition) & (OFFICE | {Role.Kind.AUDITOR, Role.Kind.SPONSOR}):
        return ALLOWED
    return Verdict(_("How many were written to and how many entered is for the office, the sponsor and the auditor."))


def can_change_outreach(person: object, competition: Competition) -> Verdict:
    return can_work_in_office(person, competition)


def can_take_full_register(person: object, competition: Competition) -> Verdict:
    """Where the competition began with what another package had brought along, until the first entry is begun."""
    allowed = can_change_outreach(person, competition)
    if not allowed:
        return allowed
    own, newest = competition.register_edition, newest_edition()
    if own is None or not own.is_extract or competition.brings_register or newest is None or newest.is_extract:
        return Verdict(_("There is no full register that this competition could take instead of its own."))
    if competition.entries.exists():
        return Verdict(_("Entries have been begun, so the register of this competition stays as it is."))
    return ALLOWED


def can_announce(competition: Competition) -> Verdict:
    """Whether letters of intent are taken online now: from the first to the last second of their phase."""
    phase, now = letters_phase(competition), clock.now()
    if phase is None:
        return Verdict(_("This call asks for no letters of intent. You can enter without one."))
    if not has_begun(phase, now):
        return Verdict(_("Letters of intent are taken from %(start)s on.")
                       % {"start": moment_in_words(competition, phase.starts_at)})          # type: ignore[arg-type]
    if is_over(phase, now):
        return Verdict(_("Letters of intent were taken until %(end)s. You can enter all the same: they bind nobody.")
                       % {"end": moment_in_words(competition, phase.ends_at)})              # type: ignore[arg-type]
    return ALLOWED
