"""Who may download what was handed in; loaded by itself (see shared/startup.py)."""

from django.utils.translation import gettext_lazy as _

from lorbeer.entries import rules as entry_rules
from lorbeer.entries.models import Entry
from lorbeer.intake import rules
from lorbeer.intake.models import QUARANTINE, Arrival, Scan
from lorbeer.intake.queries import document_of
from lorbeer.people.access import OFFICE, roles_of
from lorbeer.people.models import Role
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict

NOBODY = Verdict(_("This file is not there, or it is not for you."))


def may_read_entry_file(person: object, stored: StoredFile) -> Verdict:
    """Its writers read every file of an entry; others, who may open its file, only what counts as handed in."""
    entry = (
        Entry.objects.filter(code=stored.subject.removeprefix("entry:"), competition__code=stored.scope)
        .select_related("competition").first()
    )
    if entry is None:
        return NOBODY
    if entry_rules.can_read_draft(person, entry):
        return ALLOWED
    # Derived versions (scaled, cleaned) follow the file they come from.
    source = stored.original or stored
    accepted = entry.submissions.filter(is_accepted=True, files=source).select_related("version__questionnaire").first()
    if accepted is not None:
        verdict = entry_rules.can_read_entry(person, entry)
        if verdict and not (personal := rules.can_read_personal(person, entry)) and source.code in document_of(accepted).personal_files():
            return personal
        return verdict
    if roles_of(person, entry.competition) & {*OFFICE, Role.Kind.AUDITOR} and entry.submissions.filter(files=source).exists():
        return ALLOWED
    return NOBODY


def may_read_arrival_file(person: object, stored: StoredFile) -> Verdict:
    """What came by post or e-mail is read where arrivals are registered, and by the auditor."""
    number = stored.subject.removeprefix("arrival:")
    arrival = Arrival.objects.filter(number=number, competition__code=stored.scope).select_related("competition").first()
    if arrival is not None and roles_of(person, arrival.competition) & {*OFFICE, Role.Kind.AUDITOR}:
        return ALLOWED
    return NOBODY


def may_read_stack(person: object, stored: StoredFile) -> Verdict:
    """A stack of letters, by the same people."""
    number = stored.subject.removeprefix("scan:")
    scan = Scan.objects.filter(number=number, competition__code=stored.scope).select_related("competition").first()
    if scan is not None and roles_of(person, scan.competition) & {*OFFICE, Role.Kind.AUDITOR}:
        return ALLOWED
    return NOBODY


def may_read_quarantined(person: object, stored: StoredFile) -> Verdict:
    """What the virus scanner found, and the mail around it, leave the house for nobody."""
    if not may_read_arrival_file(person, _as_arrival_file(stored)):
        return NOBODY
    return Verdict(_("The virus scanner found something in this file, so it is locked away. Its checksum stands in the register."))


def _as_arrival_file(stored: StoredFile) -> StoredFile:
    return StoredFile(scope=stored.scope, subject=stored.subject.replace(QUARANTINE, "arrival:", 1))


files.allow("entry:", may_read_entry_file)
files.allow("arrival:", may_read_arrival_file)
files.allow(QUARANTINE, may_read_quarantined)
files.allow("scan:", may_read_stack)
