"""Who downloads the minutes of the jury, and what its members declared on paper."""

from django.utils.translation import gettext_lazy as _

from lorbeer.jury import rules
from lorbeer.jury.models import Meeting
from lorbeer.people.access import roles_of
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import Verdict


def minutes(person: object, stored: StoredFile) -> Verdict:
    meeting = Meeting.objects.filter(code=stored.subject.partition(":")[2]).select_related("competition").first()
    return rules.can_read_minutes_file(person, meeting) if meeting else Verdict(rules.BIASED.reason)


def declaration(person: object, stored: StoredFile) -> Verdict:
    """A member's declaration on paper: the office, the auditor, and the member, unless it was taken back: then it may be somebody else's."""
    meeting_code, _slash, member = stored.subject.partition(":")[2].partition("/")
    meeting = Meeting.objects.filter(code=meeting_code).select_related("competition").first()
    scans = [stored.pk, stored.original_id]
    if meeting and (roles_of(person, meeting.competition) & rules.SEES_ALL or (
            getattr(person, "code", None) == member and meeting.declaration_notes.filter(scan__in=scans, taken_back_at=None).exists())):
        return rules.can_follow(person, meeting.competition)
    return Verdict(_("A member’s declaration of bias is for the member and the competition office."))


files.allow("meeting:", minutes)
files.allow("declaration:", declaration)
