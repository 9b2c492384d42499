"""Which of the files that came with a mail are filled-in forms; a form itself is read in `questionnaire.pdfform`."""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from lorbeer.intake.models import QUARANTINE, Arrival
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.pdfform import Filled
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import StoredFile
from lorbeer.shared.text import quoted

MOST_PDFS, SECONDS = 20, 30                                             # opened of one mail; none is begun after so many seconds


@dataclass
class Forms:
    """By the place among the files, in their order: the forms that were `found`, why other PDFs are none, and those not looked at."""

    found: list[tuple[int, Filled]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)

    def refusals(self, names: Sequence[str]) -> list[str]:
        """A sentence for each PDF that is none, with the name of the file; first that not all were looked at."""
        return [*self.gaps, *(refusal(names[place], reason) for place, reason in self.refused)]

    @property
    def gaps(self) -> list[str]:
        """What the office is told of PDFs that were not looked at: nothing where all were."""
        if not self.unread:
            return []
        return [_("Not every PDF was looked at, because there are too many of them or reading them took too long. Please look through the "
                  "others yourself: one of them may be a filled-in form.")]


def refusal(name: str, reason: str) -> str:
    return _("“%(name)s”: %(reason)s") % {"name": name, "reason": reason}


def forms_among(contents: Iterable[bytes], spoken: str = "") -> Forms:
    """The filled-in forms among files, within `MOST_PDFS` and `SECONDS`; each form found carries `gaps` among its faults. Raises Busy.

    `spoken`: as for `pdfform.read`.
    """
    forms, until, opened = Forms(), time.monotonic() + SECONDS, 0
    for place, data in enumerate(contents):
        if b"%PDF-" not in data[:1024]:
            continue
        if opened >= MOST_PDFS or time.monotonic() >= until:
            forms.unread.append(place)
            continue
        opened += 1
        try:
            forms.found.append((place, pdfform.read(data, spoken)))
        except BadInput as error:
            forms.refused.append((place, str(error)))
    if forms.unread:
        forms.found = [(place, replace(form, faults=[*forms.gaps, *form.faults])) for place, form in forms.found]
    return forms


def form_of(arrival: Arrival, code: str = "") -> tuple[Filled, StoredFile, list[StoredFile]]:
    """The filled-in form among the files of an arrival, but those that are locked away: form, its file, files that are forms.

    `code`: of the file that is meant. Raises BadInput where there is none, saying what is wrong with the PDFs, and where there are
    several and nobody has said which one: nobody guesses. Raises Busy as `pdfform.read` does.
    """
    stored = list(arrival.files.select_related("blob").exclude(subject__startswith=QUARANTINE).order_by("pk"))
    stored.sort(key=lambda one: one.code != code)                       # the one that is meant is looked at first
    forms = forms_among((files.read(one) for one in stored), get_language() or "")     # somebody of the office reads
    found = [(stored[place], form) for place, form in forms.found]
    meant = [pair for pair in found if not code or pair[0].code == code]
    if len(meant) > 1:
        names = ", ".join(quoted(one.name) for one, _form in meant)
        raise BadInput(_("More than one of the files is a filled-in form: %(names)s. Please say which one is to be read.") % {"names": names})
    if not meant:
        refused = [(stored[place], reason) for place, reason in forms.refused if not code or stored[place].code == code]
        said = [*forms.gaps, *(refusal(one.name, reason) for one, reason in refused)]
        raise BadInput(" ".join(said) or _("No PDF is attached to this arrival."), faults=said)
    return meant[0][1], meant[0][0], [one for one, _form in found]
