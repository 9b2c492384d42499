"""Who freezes and publishes, and who opens an entry to the public."""

from django.utils.translation import gettext_lazy as _

from lorbeer.call.models import Competition
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import ADMITTED, RECEIVED, is_contributor
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Role
from lorbeer.shared.verdicts import ALLOWED, Verdict

MAKERS = OFFICE | {Role.Kind.EDITOR}
READERS = MAKERS | {Role.Kind.SPONSOR, Role.Kind.AUDITOR}


def can_read_editions(person: object, competition: Competition) -> Verdict:
    """The list with its files: what is frozen may name what has been taken back since, so it is no public page."""
    if roles_of(person, competition) & READERS:
        return ALLOWED
    return Verdict(_("Editions are read by the office, the editor, the sponsor and the auditor. The public reads the database."))


def can_make_editions(person: object, competition: Competition) -> Verdict:
    """Freeze and publish."""
    if roles_of(person, competition) & MAKERS:
        return ALLOWED
    return Verdict(_("Editions are frozen and published by the office and the editor."))


def can_open_publication(person: object, entry: Entry) -> Verdict:
    """The tab of the file: those who release, and those who read editions."""
    if is_contributor(person, entry) or roles_of(person, entry.competition) & READERS:
        return ALLOWED
    return Verdict(_("What is published of an entry is settled between the applicant and the office."))


def can_read_publication(person: object, entry: Entry) -> Verdict:
    """What the tab shows: from the submission on, for a consent can be taken back from then on."""
    if entry.state not in RECEIVED:
        return Verdict(_("This opens with the submission: from then on, what is published of the entry is settled here."))
    return can_open_publication(person, entry)


def can_release(person: object, entry: Entry) -> Verdict:
    """Applicants themselves at any time after admission; the office where they agreed (see services.change)."""
    by_office = bool(roles_of(person, entry.competition) & OFFICE)
    if not by_office and not is_contributor(person, entry):
        return Verdict(_("Only those who work on this entry and the office can release it."))
    if entry.state not in ADMITTED:
        return Verdict(_("Only an entry that has been admitted can be published."))
    if entry.is_unlisted:
        return Verdict(_("This entry is counted, but not listed. Nothing of it is published."))
    return ALLOWED


def can_release_consented(person: object, competition: Competition) -> Verdict:
    """Release at once what applicants agreed to in their entry forms; only what has been announced is offered."""
    if roles_of(person, competition) & OFFICE:
        return ALLOWED
    return Verdict(_("The office releases what applicants agreed to."))


def can_withdraw_consent(person: object, entry: Entry) -> Verdict:
    """Those who work on the entry, and the office on their word, at any time after the submission."""
    return can_revoke(person, entry)


def can_revoke(person: object, entry: Entry) -> Verdict:
    """Taking back is possible at any time."""
    if roles_of(person, entry.competition) & OFFICE or is_contributor(person, entry):
        return ALLOWED
    return Verdict(_("Only those who work on this entry and the office can take a release back."))
