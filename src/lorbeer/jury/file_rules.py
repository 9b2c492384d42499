"""Who downloads the minutes of the jury."""

from lorbeer.jury import rules
from lorbeer.jury.models import Meeting
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import Verdict


def minutes(person: object, stored: StoredFile) -> Verdict:
    meeting = Meeting.objects.filter(code=stored.subject.partition(":")[2]).select_related("competition").first()
    return rules.can_read_minutes_file(person, meeting) if meeting else Verdict(rules.BIASED.reason)


files.allow("meeting:", minutes)
