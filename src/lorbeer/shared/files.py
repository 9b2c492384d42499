"""Files: stored once by their content, never altered; what is shown on pages is derived from them.

The bytes lie in the default storage under `ab/cd/<SHA-256>`; the rows say who brought them, when, under what name, for
what, and who may read them.
"""

import errno
import hashlib
import os
import tempfile
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.shared import clock, filetypes
from lorbeer.shared.errors import BadInput, LorbeerError, NotStored
from lorbeer.shared.models import Blob, StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict

CHUNK = 1024 * 1024
LONGEST_NAME = 150

Source = bytes | IO[bytes] | File


# --- storing ----------------------------------------------------------------------------------------------------------


def store(
    data: Source,
    *,
    name: str,
    stored_by: object = None,
    scope: str = "",
    subject: str = "",
    access: str = StoredFile.Access.RESTRICTED,
    media_type: str | None = None,
    is_sample: bool = False,
    alternative_text: str = "",
    caption: str = "",
    credit: str = "",
    kind: str = "original",
    original: StoredFile | None = None,
    limit_mb: int | None = None,
) -> StoredFile:
    """Keep `data` (bytes or an open file, read from its beginning) unaltered; the same bytes lie in storage once.

    For what Lorbeer makes itself; what people send goes through `accept_upload`. `stored_by` is a person or code,
    `subject` what it belongs to ("entry:K7QD4X-M"). Raises BadInput when it is larger than `limit_mb` (where given),
    NotStored when the storage is full or away: then nothing is kept.
    """
    limit = None if limit_mb is None else limit_mb * 1024 * 1024
    cleaned = clean_name(name)
    blob = keep_bytes(data, media_type or filetypes.guess(cleaned), limit=limit, name=cleaned)
    by = stored_by if isinstance(stored_by, str) else getattr(stored_by, "code", "")
    return StoredFile.objects.create(
        blob=blob, name=cleaned, stored_by=by, scope=scope, subject=subject, access=access, is_sample=is_sample,
        alternative_text=alternative_text, caption=caption, credit=credit, kind=kind, original=original,
    )


def accept_upload(
    uploaded: File, kinds: Iterable[str] = ("image", "pdf", "document"), *, endings: Iterable[str] = (),
    limit_mb: int | None = None, **facts: Any
) -> StoredFile:
    """Keep a file that somebody sent, when it is of one of `kinds` ("image", "pdf", "document", "mail") and opens as such.

    `endings`: only what files of these hold, such as ("jpg", "png").

    `facts` are those of `store`. At most `limit_mb` (LORBEER_MAX_UPLOAD_MB). Raises BadInput with a sentence for the
    person: too large, empty, broken, encrypted, or not of these kinds.
    """
    name = clean_name(facts.pop("name", None) or uploaded.name or "")
    limit_mb = limit_mb or settings.MAX_UPLOAD_MB
    if (uploaded.size or 0) > limit_mb * 1024 * 1024:
        raise too_large(name, limit_mb * 1024 * 1024)
    media_type = filetypes.check(uploaded, name, kinds, endings)
    return store(uploaded, name=name, media_type=media_type, limit_mb=limit_mb, **facts)


def clean_name(name: str) -> str:
    """A file name that is safe to show and to save: no folders, no control or direction characters, not too long."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(" " if c.isspace() else c for c in name if c.isspace() or unicodedata.category(c)[0] != "C")
    name = " ".join(name.split()).lstrip(". ")
    stem, suffix = os.path.splitext(name)
    if len(suffix) > 12:
        stem, suffix = name, ""
    return (stem[: LONGEST_NAME - len(suffix)] + suffix).rstrip(". ") or "file"


def key_of(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256[2:4]}/{sha256}"


def chunks_of(data: Source) -> Iterator[bytes]:
    if isinstance(data, bytes | bytearray | memoryview):
        yield bytes(data)
        return
    data.seek(0)
    while chunk := data.read(CHUNK):
        yield chunk


def local_folder() -> Path | None:
    """Where the storage lies, when it is a folder of this machine."""
    try:
        return Path(default_storage.path(""))
    except NotImplementedError:
        return None


def keep_bytes(data: Source, media_type: str, *, limit: int | None = None, name: str = "") -> Blob:
    """Write the bytes under their hash, first aside and then renamed, so that nobody ever sees half a file."""
    folder = local_folder()
    aside = folder / "unfinished" if folder else None
    try:
        if aside:
            aside.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=aside, delete=False) as unfinished:
            path = Path(unfinished.name)
            try:
                sha256, size = spool(data, unfinished, limit, name)
                key = key_of(sha256)
                if not default_storage.exists(key):
                    put(path, folder, key, unfinished)
            finally:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_failed(error) from error
    blob, is_new = Blob.objects.get_or_create(
        sha256=sha256, defaults={"size": size, "media_type": media_type, "stored_at": clock.now()}
    )
    if not is_new and blob.media_type == "application/octet-stream" != media_type:
        Blob.objects.filter(pk=sha256).update(media_type=media_type)
        blob.media_type = media_type
    return blob


def spool(data: Source, unfinished: Any, limit: int | None, name: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for chunk in chunks_of(data):
        size += len(chunk)
        if limit is not None and size > limit:
            raise too_large(name, limit)
        digest.update(chunk)
        unfinished.write(chunk)
    unfinished.flush()
    return digest.hexdigest(), size


def put(path: Path, folder: Path | None, key: str, unfinished: Any) -> None:
    """Move a finished file to its place: by renaming on this machine, by one upload elsewhere."""
    if folder is None:
        with path.open("rb") as finished:
            saved = default_storage.save(key, File(finished))
        if saved != key:                                # somebody stored the same bytes meanwhile
            default_storage.delete(saved)
        return
    os.fsync(unfinished.fileno())
    target = folder / key
    target.parent.mkdir(parents=True, exist_ok=True)
    path.chmod(0o600)
    os.replace(path, target)
    directory = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(directory)                             # a receipt may be given for it: the name must be on disk, too
    finally:
        os.close(directory)


def too_large(name: str, limit: int) -> BadInput:
    return BadInput(
        _("“%(name)s” is larger than %(limit)s MB and was not stored. Please send a smaller file.")
        % {"name": name, "limit": limit // (1024 * 1024)}
    )


NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def storage_failed(error: OSError) -> NotStored:
    if error.errno in NO_ROOM:
        return NotStored(
            _("The file could not be stored because the server has no space left. Nothing of it was kept. "
              "Please try again later, or tell the competition office.")
        )
    return NotStored(
        _("The file could not be stored because the server's file store does not answer. Nothing of it was kept. "
          "Please try again later.")
    )


# --- reading ----------------------------------------------------------------------------------------------------------


def open_file(stored: StoredFile) -> File:
    """The bytes as an open file; raises LorbeerError when storage has lost them."""
    try:
        return default_storage.open(key_of(stored.blob_id), "rb")
    except FileNotFoundError as error:
        raise LorbeerError(
            _("“%(name)s” is not in the file store. Please tell the operator.") % {"name": stored.name}
        ) from error


def read(stored: StoredFile) -> bytes:
    with open_file(stored) as opened:
        return opened.read()


def address_of(stored: StoredFile) -> str:
    """The path of the page address under which `stored` is downloaded."""
    return reverse("file_download", args=[stored.code, stored.name])


def picture_address(code: str, name: str) -> str:
    """The address of a stored picture as pages show it: upright, without metadata, not too large."""
    return reverse("file_download", args=[code, name]) + "?picture"


Rule = Callable[[object, StoredFile], Verdict]
_rules: dict[str, Rule] = {}


def allow(subject_prefix: str, rule: Rule) -> None:
    """Let `rule(person, stored)` decide who reads restricted files whose subject begins with `subject_prefix`.

    Called by each app's `ready`; the longest prefix that fits decides.
    """
    _rules[subject_prefix] = rule


def may_read(person: object, stored: StoredFile) -> Verdict:
    """Whether `person` may read the file: public ones everybody, others as the rule of their app says now.

    Having brought a file gives no right to it: who has lost the role or the entry has lost the file.
    """
    if stored.access == StoredFile.Access.PUBLIC:
        return ALLOWED
    fitting = [prefix for prefix in _rules if stored.subject.startswith(prefix)]
    if fitting:
        return _rules[max(fitting, key=len)](person, stored)
    return Verdict(_("This file is not released."))


def release(stored: StoredFile) -> None:
    """Make a file and what is derived from it public."""
    with transaction.atomic():
        StoredFile.objects.filter(pk=stored.pk).update(access=StoredFile.Access.PUBLIC)
        stored.derivatives.update(access=StoredFile.Access.PUBLIC)
    stored.access = StoredFile.Access.PUBLIC


def suffix_of(name: str) -> str:
    return PurePosixPath(name).suffix.lower()


# --- derived versions -------------------------------------------------------------------------------------------------


def derived(stored: StoredFile, kind: str, make: Callable[[bytes], tuple[bytes, str]], suffix: str) -> StoredFile:
    """The version `kind` of `stored`, made by `make` when it is not there yet."""
    found = stored.derivatives.filter(kind=kind).select_related("blob").first()
    if found:
        return found
    data, media_type = make(read(stored))
    blob = keep_bytes(data, media_type)
    found, _is_new = StoredFile.objects.get_or_create(
        original=stored, kind=kind,
        defaults={
            "blob": blob, "name": clean_name(Path(stored.name).stem + suffix), "scope": stored.scope,
            "subject": stored.subject, "stored_by": stored.stored_by, "access": stored.access,
            "alternative_text": stored.alternative_text, "caption": stored.caption, "credit": stored.credit,
            "is_sample": stored.is_sample,
        },
    )
    return found


def web_picture(stored: StoredFile) -> StoredFile:
    """For pages: turned upright, without metadata, sRGB, WebP, at most 1600 px on its longer side."""
    return derived(stored, "web", lambda data: filetypes.web_picture(data, 1600), ".webp")


def thumbnail(stored: StoredFile) -> StoredFile:
    """For cards and lists: like `web_picture`, at most 480 px."""
    return derived(stored, "thumbnail", lambda data: filetypes.web_picture(data, 480), ".webp")


def clean_pdf(stored: StoredFile) -> StoredFile:
    """A PDF without scripts, embedded files, launch actions and forms that send."""
    return derived(stored, "cleaned", filetypes.clean_pdf, ".pdf")
