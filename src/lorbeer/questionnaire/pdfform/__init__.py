"""The entry form as a PDF that can be filled in without a network, and read again when it comes back.

`write` makes it of a published version; `read` gives what was filled in, and says in sentences what could not be read.
`pdf_of` and `read_any` do the same for any other form, such as the sheet of a vote.
"""

from lorbeer.questionnaire.pdfform.fields import Beside, Identity
from lorbeer.questionnaire.pdfform.reading import MOST_MEGABYTES, Filled, Returned, Unreadable, look_alike, read, read_any
from lorbeer.questionnaire.pdfform.writing import Told, pdf_of, write

__all__ = [
    "MOST_MEGABYTES", "Beside", "Filled", "Identity", "Returned", "Told", "Unreadable", "look_alike", "pdf_of", "read", "read_any", "write",
]
