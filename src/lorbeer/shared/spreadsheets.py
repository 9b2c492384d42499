"""Opening Excel workbooks of strangers: refused before a library unpacks what would take minutes or the whole memory."""

import io
import re
import warnings
import zipfile
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput

ZIP = b"PK\x03\x04"
MOST_MEMBERS = 500


def open_workbook(data: bytes, *, most_bytes: int, most_tags: int, formulas: bool = False) -> Any:
    """An openpyxl workbook, read row by row; cells give their results, with `formulas` what stands in them.

    `most_bytes`: of all members unpacked; `most_tags`: of all XML, which is what reading takes time for. Raises BadInput.
    """
    try:
        _check(data, most_bytes, most_tags)
        import openpyxl  # takes a third of a second

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")                             # what a library cannot keep of it is not asked for
            return openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=not formulas, keep_links=False)
    except BadInput:
        raise
    except Exception as error:      # a parser of foreign bytes fails in a hundred ways, all of which mean the same
        raise unreadable() from error


def _check(data: bytes, most_bytes: int, most_tags: int) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        # Python reads no member beyond its declared size, so that the declared sizes are a bound.
        if len(members) > MOST_MEMBERS or sum(member.file_size for member in members) > most_bytes:
            raise _too_large()
        names = {member.filename for member in members}
        if "content.xml" in names or "xl/workbook.bin" in names:
            raise BadInput(_("This is a spreadsheet of another format (.ods or .xlsb). Please save it as .xlsx and send that file."))
        tags = 0
        for member in members:
            if not member.filename.lower().endswith((".xml", ".rels", ".vml")):
                continue
            with archive.open(member) as file:
                if re.search(rb"<!(?:DOCTYPE|ENTITY)", file.read(4096), re.IGNORECASE):
                    raise BadInput(_("The workbook contains XML definitions that no spreadsheet program writes."))
            with archive.open(member) as file:
                while chunk := file.read(1024 * 1024):
                    tags += chunk.count(b"<")
                    if tags > most_tags:
                        raise _too_large()


def _too_large() -> BadInput:
    return BadInput(_("The workbook is far too large when unpacked. Please check which file it is."))


def unreadable() -> BadInput:
    return BadInput(
        _(
            "The workbook is damaged or protected and cannot be read. Please open it in a spreadsheet program,"
            " save it as .xlsx without a password, and try again."
        )
    )
