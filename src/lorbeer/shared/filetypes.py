"""What a file really is: only what its own reader opens is accepted, whatever its name says."""

import io
import mimetypes
import re
import threading
import warnings
import zipfile
from collections.abc import Callable, Iterable
from email import message_from_bytes
from email.policy import default as mail_policy
from pathlib import PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.shared import scans
from lorbeer.shared.errors import BadInput

MOST_PIXELS = 60_000_000                 # of any picture, wherever one is opened; unpacked 240 MB
MOST_PAGES = 2_000
MOST_MEMBERS = 5_000
MOST_UNPACKED = 200 * 1024 * 1024
MOST_RATIO = 150                         # times as large unpacked, once it is more than 10 MB
IMAGES = {"JPEG": "image/jpeg", "MPO": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff"}
OFFICE = {
    "word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
OPEN_DOCUMENTS = {
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
}
MARKUP = re.compile(rb"<\s*(!doctype\s+html|html|head|body|script|svg|iframe|\?xml|meta|object|embed)", re.IGNORECASE)
PROGRAMS = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe", b"\xfe\xed\xfa")
ENDINGS = {                              # what a file with this ending is; one that is not here is not judged by it
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "tif": "image/tiff", "tiff": "image/tiff",
    "pdf": "application/pdf", "docx": OFFICE["word/document.xml"], "xlsx": OFFICE["xl/workbook.xml"],
    "odt": "application/vnd.oasis.opendocument.text", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "txt": "text/plain", "rtf": "text/plain", "csv": "text/csv",
}
PROGRAM_SUFFIXES = {".exe", ".com", ".bat", ".cmd", ".sh", ".js", ".vbs", ".ps1", ".jar", ".msi", ".scr", ".lnk", ".apk"}


def guess(name: str) -> str:
    """The media type that a name suggests: for files that Lorbeer makes itself."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def check(opened: Any, name: str, kinds: Iterable[str], endings: Iterable[str] = ()) -> str:
    """The media type of an open file that is of one of `kinds` and opens; raises BadInput with the reason otherwise.

    `endings`: where only files of these are wanted, such as ("jpg", "png"); what the file holds decides, not its name.
    """
    kinds, endings = set(kinds), set(endings)
    refused = not_accepted(name, kinds, endings)
    if unknown := kinds - set(OPENERS):
        raise ValueError(f"Unknown kinds of files: {unknown}")
    opened.seek(0)
    head = opened.read(4096)
    if not head:
        raise BadInput(_("“%(name)s” is empty and was not stored. Please look into the file and choose it again.") % {"name": name})
    kind = kind_of(head, name)
    try:
        if kind is None or kind not in kinds:
            raise refused
        opened.seek(0)
        media_type = OPENERS[kind](opened, name)
        if endings and endings <= set(ENDINGS) and media_type not in {ENDINGS[ending] for ending in endings}:
            raise refused
        return media_type
    finally:
        opened.seek(0)


def kind_of(head: bytes, name: str) -> str | None:
    """The kind whose reader shall try: a first look at the beginning; None for what is never accepted."""
    suffix = PurePosixPath(name).suffix.lower()
    if head.startswith(PROGRAMS) or suffix in PROGRAM_SUFFIXES:
        return None
    is_webp = head[:4] == b"RIFF" and head[8:12] == b"WEBP"
    if is_webp or head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n", b"II*\0", b"MM\0*")):
        return "image"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"PK\x03\x04"):
        return None if suffix == ".zip" else "document"
    if b"\0" in head:
        return None
    if suffix == ".eml":
        return "mail"
    if suffix in {".html", ".htm", ".xhtml", ".svg", ".xml"} or MARKUP.search(head):
        return None
    return "document"


def spoken(kinds: set[str]) -> str:
    words = {
        "image": _("pictures (JPEG, PNG, WebP, TIFF)"), "pdf": _("PDF"),
        "document": _("Word, Excel and OpenDocument files, plain text"), "mail": _("mails (.eml)"),
    }
    return ", ".join(words[kind] for kind in words if kind in kinds)


def endings_in_words(endings: Iterable[str]) -> str:
    """“JPEG, PDF” for jpg, jpeg and pdf."""
    return ", ".join(sorted({{"jpg": "JPEG", "tif": "TIFF"}.get(ending, ending.upper()) for ending in endings}))


def not_accepted(name: str, kinds: set[str], endings: Iterable[str] = ()) -> BadInput:
    """Why a file is not taken that is none of `kinds` and `endings`: its name says so, or says what it is not."""
    ending = PurePosixPath(name).suffix.lower().lstrip(".")
    kind = ENDINGS.get(ending, "").partition("/")[0] if ending != "pdf" else "pdf"
    fits = ending in set(endings) if endings else {"image": "image", "pdf": "pdf"}.get(kind, kind and "document") in kinds
    text = _(
        "“%(name)s” was not stored, because what is in it is not what its name says, or it is damaged. Possible are: %(kinds)s. "
        "Please save it anew as one of these, or choose another file."
    ) if fits else _(
        "“%(name)s” was not stored, because files of this kind are not taken here. Possible are: %(kinds)s. "
        "Please save it as one of these, or choose another file."
    )
    return BadInput(text % {"name": name, "kinds": endings_in_words(endings) or spoken(set(kinds))})


def cannot_open(name: str, kind: str) -> BadInput:
    return BadInput(
        _("“%(name)s” was not stored, because it cannot be opened as %(kind)s; it may be damaged. Please save it again and choose it "
          "once more.")
        % {"name": name, "kind": kind}
    )


def cannot_show(kind: str) -> BadInput:
    """Of a file that is stored already and that no version for readers can be made of."""
    return BadInput(
        _("This file cannot be shown, because it cannot be opened as %(kind)s; it may be damaged. What was sent is kept. Please tell "
          "the competition office.") % {"kind": kind}
    )


# One picture at a time in each process: what unpacks to 240 MB must not do so on eight threads at once.
_unpacking = threading.Lock()


def open_picture(data: Any, name: str, longest: int) -> Any:
    """A Pillow image, decoded: where its format can, not much larger than `longest` pixels. Call it holding `_unpacking`.

    Raises BadInput for too many pixels and several pages, else what Pillow raises.
    """
    from PIL import Image

    too_many = BadInput(
        _("“%(name)s” has more than %(limit)s million pixels and was not stored. Please send a smaller picture.")
        % {"name": name, "limit": MOST_PIXELS // 1_000_000}
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # our own limit is lower than its error's
        try:
            picture = Image.open(data, formats=["JPEG", "PNG", "WEBP", "TIFF"])
        except Image.DecompressionBombError:
            raise too_many from None
    if picture.width * picture.height > MOST_PIXELS:
        raise too_many
    if picture.format == "TIFF" and getattr(picture, "n_frames", 1) > 1:  # pages show one
        raise BadInput(_("“%(name)s” is a TIFF of several pages and was not stored. Please save it as PDF and send that.") % {"name": name})
    picture.draft(None, (longest, longest))                             # of a JPEG only a part is unpacked
    picture.load()
    return picture


def check_image(opened: Any, name: str) -> str:
    try:
        with _unpacking:
            return IMAGES[open_picture(opened, name, 1).format]
    except BadInput:
        raise
    except Exception as error:  # Pillow raises nearly anything for a broken file
        raise cannot_open(name, _("a picture")) from error


def check_pdf(opened: Any, name: str) -> str:
    data = opened.read()
    try:
        pages, can_be_cleaned = scans.try_pdf(data, most=MOST_PAGES)
    except ValueError as error:
        raise cannot_open(name, _("a PDF")) from error
    if pages is None:
        raise BadInput(
            _("“%(name)s” is protected by a password and was not stored. Please save it without one and send it again.") % {"name": name}
        )
    if not 0 < pages <= MOST_PAGES:
        raise BadInput(
            _("“%(name)s” has %(pages)s pages and was not stored; between 1 and %(limit)s are possible. Please send a shorter file.")
            % {"name": name, "pages": pages, "limit": MOST_PAGES}
        )
    if not can_be_cleaned:
        raise BadInput(
            _("“%(name)s” was not stored: it takes too long to prepare for reading, so that nobody could open it here. Please print it "
              "to a new PDF and send that.") % {"name": name}
        )
    return "application/pdf"


def check_document(opened: Any, name: str) -> str:
    opened.seek(0)
    if opened.read(4) == b"PK\x03\x04":
        return check_office(opened, name)
    opened.seek(0)
    data = opened.read()
    if b"\0" in data or any(byte < 9 or 13 < byte < 27 for byte in data):
        raise cannot_open(name, _("plain text"))
    return "text/csv" if name.lower().endswith(".csv") else "text/plain"


def check_office(opened: Any, name: str) -> str:
    """A Word, Excel or OpenDocument file within bounds and without macros."""
    try:
        with zipfile.ZipFile(opened) as package:
            members = package.infolist()
            names = {member.filename for member in members}
            packed = sum(member.compress_size for member in members)
            unpacked = sum(member.file_size for member in members)
            if (
                len(members) > MOST_MEMBERS or unpacked > MOST_UNPACKED
                or (unpacked > 10 * 1024 * 1024 and unpacked > MOST_RATIO * max(packed, 1))
            ):
                has_pictures = any("media/" in member or member.startswith("Pictures/") for member in names)
                raise BadInput((
                    _("“%(name)s” would be too large when unpacked and was not stored. Please make its pictures smaller.")
                    if has_pictures else
                    _("“%(name)s” would be too large when unpacked and was not stored. Please send it as PDF, or without what makes it so "
                      "large.")
                ) % {"name": name})
            if any(member.endswith("vbaProject.bin") or member.startswith("Basic/") for member in names):
                raise BadInput(
                    _("“%(name)s” contains macros and was not stored. Please save it without them (.docx, .xlsx, .odt) or as PDF.")
                    % {"name": name}
                )
            if package.testzip() is not None:        # reads everything; zipfile stops at the declared size
                raise cannot_open(name, _("a document"))
            if "[Content_Types].xml" in names:
                return next(media_type for member, media_type in OFFICE.items() if member in names)
            media_type = package.read("mimetype").decode("ascii").strip()
            if media_type in OPEN_DOCUMENTS:
                return media_type
    except BadInput:
        raise
    except Exception as error:
        raise cannot_open(name, _("a document")) from error
    raise cannot_open(name, _("a document"))


def check_mail(opened: Any, name: str) -> str:
    message = message_from_bytes(opened.read(), policy=mail_policy)
    if not message["From"] or not (message["Date"] or message["Received"]):
        raise cannot_open(name, _("a mail"))
    return "message/rfc822"


OPENERS: dict[str, Callable[[Any, str], str]] = {
    "image": check_image, "pdf": check_pdf, "document": check_document, "mail": check_mail,
}


# --- derived versions -------------------------------------------------------------------------------------------------


def web_picture(data: bytes, longest: int) -> tuple[bytes, str]:
    """`data` upright, in sRGB, without any metadata, at most `longest` pixels on its longer side, as WebP."""
    out = io.BytesIO()
    bare_picture(data, longest).save(out, "WEBP", quality=82, method=4)
    return out.getvalue(), "image/webp"


def print_picture(data: bytes) -> tuple[bytes, str]:
    """The same as JPEG, for documents: on white, at most 1600 pixels (300 dpi over the type area of A4 would be 1890)."""
    from PIL import Image

    picture = bare_picture(data, 1600)
    if picture.mode == "RGBA":
        sheet = Image.new("RGB", picture.size, "white")
        sheet.paste(picture, mask=picture.getchannel("A"))
        picture = sheet
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=84, optimize=True)
    return out.getvalue(), "image/jpeg"


def bare_picture(data: bytes, longest: int) -> Any:
    """An image upright, in sRGB, without any metadata, at most `longest` pixels; raises BadInput for what does not open."""
    from PIL import Image, ImageOps

    try:
        with _unpacking:
            picture = reduced(open_picture(io.BytesIO(data), _("The picture"), longest), longest)
        picture = ImageOps.exif_transpose(picture)
        picture = to_srgb(picture)
        picture.thumbnail((longest, longest), Image.Resampling.LANCZOS)
        bare = Image.new(picture.mode, picture.size)
        bare.paste(picture)
    except BadInput:
        raise
    except Exception as error:  # as above
        raise cannot_show(_("a picture")) from error
    return bare


def reduced(picture: Any, longest: int) -> Any:
    """`picture` at most about four times as large as it will be, before anything makes another copy of it."""
    from PIL import Image

    factor = max(picture.size) // (2 * longest)
    if factor < 2:
        return picture
    strips = []
    for top in range(0, picture.height, 64 * factor):
        strip = picture.crop((0, top, picture.width, min(picture.height, top + 64 * factor)))
        strips.append((to_srgb(strip) if strip.mode in NO_MEAN else strip).reduce(factor))
    small = Image.new(strips[0].mode, (strips[0].width, sum(strip.height for strip in strips)))
    for number, strip in enumerate(strips):
        small.paste(strip, (0, 64 * number))
    turned = Image.Exif()
    turned[ORIENTATION] = picture.getexif().get(ORIENTATION, 1)
    small.info = picture.info | {"exif": turned.tobytes()}
    return small


NO_MEAN = {"1", "P", "PA", "I;16", "I;16B", "I;16L"}                    # of numbers of a palette, of 16 bits (Pillow cannot)
ORIENTATION = 0x0112


def to_srgb(picture: Any) -> Any:
    """The picture in sRGB (with its transparency, where it has any)."""
    from PIL import ImageCms

    has_alpha = picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info
    mode = "RGBA" if has_alpha else "RGB"
    profile = picture.info.get("icc_profile")
    if profile and picture.mode in {"RGB", "RGBA", "CMYK", "L"}:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            return ImageCms.profileToProfile(picture, source, ImageCms.createProfile("sRGB"), outputMode=mode)
        except ImageCms.PyCMSError:
            pass                                     # a broken profile: take the colours as they are
    if picture.mode in {"I;16", "I;16B", "I;16L", "I"}:
        picture = picture.point(lambda value: value / 256).convert("L")
    return picture.convert(mode)


# What a reader may do by itself, or what carries other files.
def clean_pdf(data: bytes) -> tuple[bytes, str]:
    """The PDF without scripts, embedded files and actions; links to web pages stay. Raises BadInput where it cannot be done."""
    try:
        return scans.clean_pdf(data), "application/pdf"
    except ValueError as error:
        raise cannot_show(_("a PDF")) from error
