"""The door to filled-in PDF forms; the form itself is read in `questionnaire.pdfform`."""

from collections.abc import Iterable
from typing import Any

from lorbeer.shared.errors import BadInput


def read(content: bytes) -> Any:
    """The filled-in form in a PDF (`pdfform.Filled`); None for any other file.

    To go at the merge: until `questionnaire.pdfform` is there, no file is a form.
    """
    try:
        from lorbeer.questionnaire import pdfform  # type: ignore[attr-defined]
    except ImportError:
        return None
    try:
        return pdfform.read(content)
    except BadInput:
        return None


def forms_among(files: Iterable[bytes]) -> list[Any]:
    """The filled-in forms among files, in their order."""
    return [form for form in (read(data) for data in files if b"%PDF-" in data[:1024]) if form is not None]
