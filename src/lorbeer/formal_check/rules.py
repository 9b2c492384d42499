"""Who checks, and when an entry can be checked."""

from django.utils.translation import gettext_lazy as _

from lorbeer.entries.models import Entry, State
from lorbeer.intake.models import Arrival
from lorbeer.people.access import can_work_in_office
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_check(person: object, entry: Entry) -> Verdict:
    """The office checks submitted entries; what came late waits until somebody has admitted it with a reason."""
    office = can_work_in_office(person, entry.competition)
    if not office:
        return office
    if entry.state != State.SUBMITTED:
        return Verdict(_("Only a submitted entry can be checked; this one is “%(state)s”.")
                       % {"state": entry.get_state_display()})
    return ALLOWED


def can_admit(person: object, entry: Entry) -> Verdict:
    allowed = can_check(person, entry)
    if not allowed:
        return allowed
    if entry.submissions.filter(is_accepted=True, arrival__timeliness=Arrival.Timeliness.LATE).exists():
        return Verdict(_("This entry came late. First decide at the arrival desk whether it is admitted all the same."))
    return ALLOWED
