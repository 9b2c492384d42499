"""Which of the files that came with a mail are filled-in forms; a form itself is read in `questionnaire.pdfform`."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from lorbeer.intake.models import QUARANTINE, Arrival
from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.pdfform import Filled
from lorbeer.shared import files
from lorbeer.shared.errors import BadInput
from lorbeer.shared.models import StoredFile


@dataclass
class Forms:
    """By the place among the files, in their order: the forms that were `found`, and why other PDFs are none."""

    found: list[tuple[int, Filled]] = field(default_factory=list)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def refusals(self) -> list[str]:
        """Each reason once."""
        return list(dict.fromkeys(reason for _place, reason in self.refused))


def forms_among(contents: Iterable[bytes]) -> Forms:
    """The filled-in forms among files."""
    forms = Forms()
    for place, data in enumerate(contents):
        if b"%PDF-" in data[:1024]:
            try:
                forms.found.append((place, pdfform.read(data)))
            except BadInput as error:
                forms.refused.append((place, str(error)))
    return forms


def form_of(arrival: Arrival, code: str = "") -> tuple[Filled, StoredFile, list[StoredFile]]:
    """The filled-in form among the files of an arrival, but those that are locked away: form, its file, files that are forms.

    `code`: of the file that is meant. Raises BadInput where there is none, saying what is wrong with the PDFs, and where there are
    several and nobody has said which one: nobody guesses.
    """
    stored = list(arrival.files.select_related("blob").exclude(subject__startswith=QUARANTINE).order_by("pk"))
    forms = forms_among(files.read(one) for one in stored)
    found = [(stored[place], form) for place, form in forms.found]
    meant = [pair for pair in found if not code or pair[0].code == code]
    if len(meant) > 1:
        names = ", ".join(f"“{one.name}”" for one, _form in meant)
        raise BadInput(_("More than one of the files is a filled-in form: %(names)s. Please say which one is to be read.") % {"names": names})
    if not meant:
        refused = [(stored[place], reason) for place, reason in forms.refused if not code or stored[place].code == code]
        raise BadInput(" ".join(f"“{one.name}”: {reason}" for one, reason in refused) or _("No PDF is attached to this arrival."))
    return meant[0][1], meant[0][0], [one for one, _form in found]
