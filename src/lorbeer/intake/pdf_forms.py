"""Which of the files that came with a mail are filled-in forms; the form itself is read in `questionnaire.pdfform`."""

from collections.abc import Iterable

from lorbeer.questionnaire import pdfform
from lorbeer.questionnaire.pdfform import Filled
from lorbeer.shared.errors import BadInput


def read(content: bytes) -> Filled:
    """The filled-in form in a PDF. Raises BadInput, with the reason, for any other file."""
    return pdfform.read(content)


def forms_among(files: Iterable[bytes]) -> tuple[list[Filled], list[str]]:
    """The filled-in forms among files, in their order, and why each of the other PDFs is none."""
    forms, refusals = [], []
    for data in files:
        if b"%PDF-" in data[:1024]:
            try:
                forms.append(read(data))
            except BadInput as error:
                refusals.append(str(error))
    return forms, list(dict.fromkeys(refusals))
