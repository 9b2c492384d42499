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
from datetime import timedelta
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from lorbeer.shared import clock, filetypes, log, queries, virus
from lorbeer.shared.errors import BadInput, LorbeerError, NotStored
from lorbeer.shared.limits import UPLOADS
from lorbeer.shared.models import Blob, StoredFile
from lorbeer.shared.verdicts import ALLOWED, Verdict

CHUNK = 1024 * 1024
LONGEST_NAME = 150
TRIED_AGAIN_AFTER = timedelta(days=1)    # a PDF that could not be cleaned; the server may only have been short of time
UPLOAD = "upload"                        # the kind of what somebody sent: never shown as it is

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
    kind: str = "made",
    original: StoredFile | None = None,
    limit_mb: int | None = None,
) -> StoredFile:
    """Keep `data` (bytes or an open file, read from its beginning) unaltered; the same bytes lie in storage once.

    For what Lorbeer makes itself, which is shown as it is; what people send goes through `accept_upload` (or is
    `kind=UPLOAD`) and is shown cleaned. `stored_by` is a person or code,
    `subject` what it belongs to ("entry:K7QD4X-M"). Raises BadInput when it is larger than `limit_mb` (where given),
    NotStored when the storage is full or away: then nothing is kept.
    """
    limit = None if limit_mb is None else limit_mb * 1024 * 1024
    cleaned = clean_name(name)
    by = stored_by if isinstance(stored_by, str) else getattr(stored_by, "code", "")
    with transaction.atomic():
        blob = keep_bytes(data, media_type or filetypes.guess(cleaned), limit=limit, name=cleaned)
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

    `facts` are those of `store`. At most `limit_mb` (LORBEER_MAX_UPLOAD_MB), and no more for one subject than
    `limits.UPLOADS` lets lie there. Raises BadInput with a sentence for the person: too large, too many, empty, broken,
    encrypted, or not of these kinds.
    """
    name = clean_name(facts.pop("name", None) or uploaded.name or "")
    limit_mb = limit_mb or settings.MAX_UPLOAD_MB
    require_room(facts.get("scope", ""), facts.get("subject", ""), name, uploaded.size or 0)
    media_type = check_upload(uploaded, kinds, endings=endings, limit_mb=limit_mb, name=name)
    return store(uploaded, name=name, media_type=media_type, limit_mb=limit_mb, kind=UPLOAD, **facts)


def keep_unopened(uploaded: File, *, media_type: str, **facts: Any) -> StoredFile:
    """Keep what somebody sent and what does not open, as it is: proof that it came, and nothing that is shown. Raises BadInput as
    `accept_upload` does for what is too large, too many or infected."""
    name = clean_name(facts.pop("name", None) or uploaded.name or "")
    limit = settings.MAX_UPLOAD_MB * 1024 * 1024
    if (uploaded.size or 0) > limit:
        raise too_large(name, limit)
    require_room(facts.get("scope", ""), facts.get("subject", ""), name, uploaded.size or 0)
    require_clean(uploaded, name)
    return store(uploaded, name=name, media_type=media_type, limit_mb=settings.MAX_UPLOAD_MB, kind=UPLOAD, **facts)


def check_upload(
    uploaded: File, kinds: Iterable[str], *, endings: Iterable[str] = (), limit_mb: int | None = None, name: str = ""
) -> str:
    """The media type of what somebody sent; raises BadInput as `accept_upload` does, and keeps nothing."""
    name, limit = name or clean_name(uploaded.name or ""), (limit_mb or settings.MAX_UPLOAD_MB) * 1024 * 1024
    if (uploaded.size or 0) > limit:
        raise too_large(name, limit)
    media_type = filetypes.check(uploaded, name, kinds, endings)
    require_clean(uploaded, name)
    return media_type


def require_clean(uploaded: File, name: str) -> None:
    """Raise BadInput where the virus scanner finds something, NotStored where it does not answer. Without one all is well."""
    try:
        found = virus.scan(chunks_of(uploaded))
    except virus.NotScanned as error:
        raise NotStored(
            _("The file could not be stored because the server's virus scanner does not answer. Nothing of it was kept. "
              "Please try again later.")
        ) from error
    if found:
        raise BadInput(_("“%(name)s” was not stored: the virus scanner found %(found)s in it.") % {"name": name, "found": found[:100]})


def require_room(scope: str, subject: str, name: str, size: int) -> None:
    """Raise BadInput where one more upload of `size` bytes is too much for what `subject` names."""
    if not subject:
        return
    there = StoredFile.objects.filter(scope=scope, subject=subject, kind=UPLOAD).aggregate(
        number=Count("pk"), size=Coalesce(Sum("blob__size"), 0)
    )
    if there["number"] >= UPLOADS.number or there["size"] + size > UPLOADS.megabytes * 1024 * 1024:
        raise BadInput(
            _("“%(name)s” was not stored: there is room for %(number)s files with %(megabytes)s MB in all here, earlier "
              "versions included. Please remove files that you do not need any more, or send smaller ones.")
            % {"name": name, "number": UPLOADS.number, "megabytes": UPLOADS.megabytes}
        )


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
    """Write the bytes under their hash, first aside and then renamed, so that nobody ever sees half a file.

    The row is held until the transaction ends, so that `sweep` cannot take the bytes away under it.
    """
    folder = local_folder()
    aside = folder / "unfinished" if folder else None
    try:
        if aside:
            aside.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=aside, delete=False) as unfinished:
            path = Path(unfinished.name)
            try:
                sha256, size = spool(data, unfinished, limit, name)
                if folder:
                    os.fsync(unfinished.fileno())
                with transaction.atomic():
                    blob, is_new = Blob.objects.select_for_update().get_or_create(
                        sha256=sha256, defaults={"size": size, "media_type": media_type, "stored_at": clock.now()}
                    )
                    if not default_storage.exists(key_of(sha256)):
                        put(path, folder, key_of(sha256))
            finally:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise storage_failed(error) from error
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


def put(path: Path, folder: Path | None, key: str) -> None:
    """Move a finished file to its place: by renaming on this machine, by one upload elsewhere."""
    if folder is None:
        with path.open("rb") as finished:
            saved = default_storage.save(key, File(finished))
        if saved != key:                                # somebody stored the same bytes meanwhile
            default_storage.delete(saved)
        return
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


# --- forgetting -------------------------------------------------------------------------------------------------------


def forget(stored: StoredFile) -> None:
    """Delete a file with what is derived from it; its bytes, too, after the commit and once nothing else has them."""
    digests = {stored.blob_id, *stored.derivatives.values_list("blob_id", flat=True)}
    stored.delete()
    transaction.on_commit(partial(sweep, digests))


def sweep(digests: Iterable[str]) -> None:
    """Delete bytes that no file has any more. Holds each row meanwhile: who stores the same bytes waits, and writes them anew."""
    for digest in sorted(digests):
        with transaction.atomic():
            blob = Blob.objects.select_for_update().filter(pk=digest).first()
            if blob is not None and not StoredFile.objects.filter(blob=blob).exists():
                blob.delete()
                default_storage.delete(key_of(digest))


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


def local_path(stored: StoredFile) -> Path | None:
    """Where the bytes lie, for programs that read files themselves; None when that is no folder of this machine, or they are lost."""
    folder = local_folder()
    path = folder / key_of(stored.blob_id) if folder else None
    return path if path and path.is_file() else None


def compare_bytes(table: str, scope: str, code: str, stored: StoredFile) -> Iterator[log.Fault]:
    """The fault, if any, between the bytes in the store and the SHA-256 by which the row knows them; see log.compare."""
    digest = hashlib.sha256()
    try:
        with open_file(stored) as opened:
            for chunk in chunks_of(opened):
                digest.update(chunk)
        found = digest.hexdigest()
    except LorbeerError:
        found = ""
    name = _("SHA-256 of the file")
    yield from log.compare(table, scope, code, {name: stored.blob_id}, {name: found})


def address_of(stored: StoredFile) -> str:
    """The path of the page address under which `stored` is downloaded."""
    return reverse("file_download", args=[stored.code, stored.name])


def name_of_original(stored: StoredFile) -> str:
    """What an upload is called where it is handed out as it came: “Foto (Original).jpg”."""
    stem, suffix = os.path.splitext(stored.name)
    return f"{stem} (Original){suffix}"


def original_address(stored: StoredFile) -> str:
    """Where those who may get an upload byte for byte, with its metadata and whatever else is in it."""
    return address_of(stored) + "?original"


def listed(person: object, several: Iterable[StoredFile]) -> list[dict[str, Any]]:
    """Files as pages list them: each with its address and, for those who may, that of what was sent (else "")."""
    several = list(several)
    keeps = {scope: queries.keeps_record(person, scope) for scope in {stored.scope for stored in several}}
    own = getattr(person, "code", None)
    return [
        {"file": stored, "url": address_of(stored),
         "original": original_address(stored) if stored.kind == UPLOAD and (keeps[stored.scope] or stored.stored_by == own) else ""}
        for stored in several
    ]


Rule = Callable[[object, StoredFile], Verdict]
_rules: dict[str, Rule] = {}
_holds: dict[str, Callable[[StoredFile], bool]] = {}


def allow(subject_prefix: str, rule: Rule) -> None:
    """Let `rule(person, stored)` decide who reads restricted files whose subject begins with `subject_prefix`.

    Called by each app's `ready`; the longest prefix that fits decides.
    """
    _rules[subject_prefix] = rule


def hold(subject_prefix: str, held: Callable[[StoredFile], bool]) -> None:
    """Where `held(stored)`, a public file whose subject begins with `subject_prefix` is read by those only whom its rule lets."""
    _holds[subject_prefix] = held


def may_read(person: object, stored: StoredFile) -> Verdict:
    """Whether `person` may read the file: public ones everybody, others as the rule of their app says now.

    Having brought a file gives no right to it: who has lost the role or the entry has lost the file.
    """
    held = any(hold(stored) for prefix, hold in _holds.items() if stored.subject.startswith(prefix))
    if stored.access == StoredFile.Access.PUBLIC and not held:
        return ALLOWED
    fitting = [prefix for prefix in _rules if stored.subject.startswith(prefix)]
    if fitting:
        return _rules[max(fitting, key=len)](person, stored)
    return Verdict(_("This file is not released."))


def may_read_original(person: object, stored: StoredFile) -> Verdict:
    """Whether somebody who may read an upload gets it as it came: its bringer, and those who keep the record."""
    if stored.stored_by and getattr(person, "code", None) == stored.stored_by:
        return ALLOWED
    if queries.keeps_record(person, stored.scope):
        return ALLOWED
    return Verdict(_("The original can hold more than it shows. It is for those who sent it and for the competition office; "
                     "without “?original” you get the file in a cleaned version."))


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
    with transaction.atomic():
        return StoredFile.objects.get_or_create(
            original=stored, kind=kind,
            defaults={
                "blob": keep_bytes(data, media_type), "name": clean_name(Path(stored.name).stem + suffix), "scope": stored.scope,
                "subject": stored.subject, "stored_by": stored.stored_by, "access": stored.access,
                "alternative_text": stored.alternative_text, "caption": stored.caption, "credit": stored.credit,
                "is_sample": stored.is_sample,
            },
        )[0]


def web_picture(stored: StoredFile) -> StoredFile:
    """For pages: turned upright, without metadata, sRGB, WebP, at most 1600 px on its longer side."""
    return derived(stored, "web", lambda data: filetypes.web_picture(data, 1600), ".webp")


def thumbnail(stored: StoredFile) -> StoredFile:
    """For cards and lists: like `web_picture`, at most 480 px."""
    return derived(stored, "thumbnail", lambda data: filetypes.web_picture(data, 480), ".webp")


def print_picture(stored: StoredFile) -> StoredFile:
    """For documents: like `web_picture`, as JPEG."""
    return derived(stored, "print", filetypes.print_picture, ".jpg")


def shown(stored: StoredFile) -> StoredFile:
    """What readers get of a file: of an uploaded picture or PDF the version that tells and does nothing by itself."""
    if stored.kind != UPLOAD:
        return stored
    if stored.blob.media_type.startswith("image/"):
        return web_picture(stored)
    if stored.blob.media_type == "application/pdf":
        return _cleaned(stored)
    return stored


def _cleaned(stored: StoredFile) -> StoredFile:
    """A PDF that could not be cleaned is not tried again at once: each try holds a thread of the server for seconds."""
    failed, blob = stored.blob.not_cleaned_at, Blob.objects.filter(pk=stored.blob_id)
    if failed and clock.now() - failed < TRIED_AGAIN_AFTER:
        raise filetypes.cannot_show(_("a PDF"))
    try:
        return derived(stored, "cleaned", filetypes.clean_pdf, ".pdf")
    except BadInput:
        blob.update(not_cleaned_at=clock.now())
        raise
