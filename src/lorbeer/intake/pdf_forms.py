"""The door to filled-in PDF forms; the form itself is read in `questionnaire.pdfform`."""

from collections.abc import Iterable
from typing import Any

from lorbeer.shared.errors import BadInput


def read(content: bytes) -> Any:
    """The filled-in form in a PDF (`pdfform.Filled`). Raises BadInput, with the reason, for any other file.

    To go at the merge: until `questionnaire.pdfform` is there, it gives None, and no file is a form.
    """
    try:
        from lorbeer.questionnaire import pdfform  # type: ignore[attr-defined]
    except ImportError:
        return None
    return pdfform.read(content)


def forms_among(files: Iterable[bytes]) -> tuple[list[Any], list[str]]:
    """The filled-in forms among files, in their order, and why each of the other PDFs is none."""
    forms, refusals = [], []
    for data in files:
        if b"%PDF-" in data[:1024]:
            try:
                forms.append(read(data))
            except BadInput as error:
                refusals.append(str(error))
    return [form for form in forms if form is not None], list(dict.fromkeys(refusals))
