"""Who downloads the files of an edition."""

from lorbeer.call.models import Competition
from lorbeer.editions import rules
from lorbeer.shared import files
from lorbeer.shared.models import StoredFile
from lorbeer.shared.verdicts import Verdict


def edition_file(person: object, stored: StoredFile) -> Verdict:
    return rules.can_read_editions(person, Competition.objects.get(code=stored.scope))


files.allow("edition:", edition_file)
