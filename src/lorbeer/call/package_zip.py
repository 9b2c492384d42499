"""A competition package as one ZIP file: written for a download, read with bounds from an upload."""

import io
import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import IO

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import LARGEST_FILE, MANIFEST, MOST_FILES, export_package, import_package
from lorbeer.shared.errors import BadInput

LARGEST_ARCHIVE = 100 * 1024 * 1024
LARGEST_CONTENT = 200 * 1024 * 1024
CHUNK = 64 * 1024
FIXED_TIME = (1980, 1, 1, 0, 0, 0)                                      # the same package gives the same bytes


def zip_of(competition: Competition) -> bytes:
    """The exported folder as a ZIP file with one folder, named like the competition."""
    memory = io.BytesIO()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / competition.code
        export_package(competition, folder)
        with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
            for path in sorted(folder.rglob("*")):
                if path.is_file():
                    name = zipfile.ZipInfo(f"{competition.code}/{path.relative_to(folder).as_posix()}", FIXED_TIME)
                    name.compress_type, name.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
                    archive.writestr(name, path.read_bytes())
    return memory.getvalue()


def import_zip(file: IO[bytes], *, by: object = None) -> Competition:
    """Import a package from a ZIP file. Raises BadInput, and writes nothing outside a temporary folder."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "package"
        folder.mkdir()
        unpack(file, folder)
        return import_package(package_folder(folder), by=by)


def package_folder(folder: Path) -> Path:
    """Where the manifest lies: on top, or in the one folder there is."""
    if (folder / MANIFEST).exists():
        return folder
    inner = [path for path in folder.iterdir() if path.is_dir() and (path / MANIFEST).exists()]
    if len(inner) != 1:
        raise BadInput(_("There is no %(name)s in this file, so it is not a competition package.") % {"name": MANIFEST})
    return inner[0]


def unpack(file: IO[bytes], folder: Path) -> None:
    """Write the files of the archive below `folder`. Raises BadInput for links, ways out, bombs and broken archives."""
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) > MOST_FILES:
                raise BadInput(_("The package has too many files."))
            total = 0
            seen: set[str] = set()
            for member in members:
                path = checked_name(member)
                if path is None:
                    continue
                if str(path).casefold() in seen:
                    raise BadInput(_("“%(name)s” stands there twice.") % {"name": path})
                seen.add(str(path).casefold())
                total += _write(archive, member, folder / path, LARGEST_CONTENT - total)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, UnicodeError, zlib.error, OSError) as error:
        raise BadInput(_("The file cannot be read as ZIP. Pack it anew, without a password.")) from error


def checked_name(member: zipfile.ZipInfo) -> PurePosixPath | None:
    """The path of a member within the package; None for what packers add by themselves. Raises BadInput."""
    mode = member.external_attr >> 16
    path = PurePosixPath(member.filename)
    fault = BadInput(_("“%(name)s” leads out of the package. Pack the files themselves into one folder.")
                     % {"name": member.filename[:200]})
    if stat.S_ISLNK(mode) or (stat.S_IFMT(mode) not in (0, stat.S_IFREG)):
        raise fault
    if path.is_absolute() or ".." in path.parts or "\\" in member.filename or ":" in member.filename or "\0" in member.filename:
        raise fault
    if len(str(path)) > 300 or len(path.parts) > 8:
        raise BadInput(_("“%(name)s” is too long a name.") % {"name": member.filename[:100] + "…"})
    if path.parts[0] == "__MACOSX" or path.name in {".DS_Store", "Thumbs.db", "desktop.ini"}:
        return None
    return path


def _write(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, room: int) -> int:
    """Unpack one member; how many bytes. The sizes that the archive claims are not believed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = 0
    with archive.open(member) as source, path.open("xb") as target:
        while chunk := source.read(CHUNK):
            size += len(chunk)
            if size > LARGEST_FILE:
                raise BadInput(_("“%(name)s” is larger than 20 MB.") % {"name": member.filename[:200]})
            if size > room:
                raise BadInput(_("The package is larger than %(most)d MB.") % {"most": LARGEST_CONTENT // 1024 // 1024})
            target.write(chunk)
    return size
