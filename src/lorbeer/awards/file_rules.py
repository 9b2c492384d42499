"""Who downloads result letters and the pictures of portraits before they are public."""

from lorbeer.awards import rules
from lorbeer.awards.models import Award
from lorbeer.entries.models import Entry
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import Verdict


def letter(person: object, stored: StoredFile) -> Verdict:
    entry = Entry.objects.filter(code=stored.subject.partition(":")[2]).select_related("competition").first()
    if entry is None:
        return rules.EMBARGO
    from lorbeer.entries.rules import can_read_entry

    reading = can_read_entry(person, entry)
    return rules.can_read_letter(person, entry) if reading else reading


def picture(person: object, stored: StoredFile) -> Verdict:
    award = (
        Award.objects.filter(code=stored.subject.partition(":")[2]).select_related("competition", "entry__competition").first()
    )
    if award is None:
        return rules.EMBARGO
    writing = rules.can_write_portrait(person, award)
    if writing or not hasattr(award, "portrait"):
        return writing
    return rules.can_proof_portrait(person, award.portrait)


files.allow("result:", letter)
files.allow("portrait:", picture)
