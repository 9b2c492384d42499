"""Who can write to the office of an entry, and who switches that off."""

from django.utils.translation import gettext_lazy as _

from lorbeer.editions.rules import can_revoke
from lorbeer.enquiries import queries
from lorbeer.entries.models import Entry
from lorbeer.entries.queries import ADMITTED
from lorbeer.shared.verdicts import ALLOWED, Verdict


def can_write_to(entry: Entry) -> Verdict:
    """Everybody, while the entry is public (see queries.public_entry), its form is open and somebody can be reached."""
    if not queries.is_open(entry):
        return Verdict(_("Those who work on this entry do not take messages here any more. Look for their address on the website of their "
                         "municipality."))
    if not queries.recipients_of(entry):
        return Verdict(_("Nobody can be reached here any more: there are no contact data of this entry (any more)."))
    return ALLOWED


def can_pass_on_to(entry: Entry) -> Verdict:
    """The same when a message is confirmed: what was public when it was written may have been taken back since."""
    if queries.public_entry(entry.competition, entry.code) is None:
        return Verdict(_("This entry is not public any more, so your message is not passed on. It will be deleted."))
    return can_write_to(entry)


def can_switch(person: object, entry: Entry) -> Verdict:
    """Those who work on the entry, and the office on their word."""
    if entry.state not in ADMITTED:
        return Verdict(_("This opens with the admission: only an entry that has been admitted can become public."))
    return can_revoke(person, entry)
