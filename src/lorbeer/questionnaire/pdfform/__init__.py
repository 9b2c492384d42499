"""The entry form as a PDF that can be filled in without a network, and read again when it comes back.

`write` makes it of a published version; `read` gives what was filled in, and says in sentences what could not be read.
"""

from lorbeer.questionnaire.pdfform.reading import MOST_MEGABYTES, Filled, look_alike, read
from lorbeer.questionnaire.pdfform.writing import write

__all__ = ["MOST_MEGABYTES", "Filled", "look_alike", "read", "write"]
