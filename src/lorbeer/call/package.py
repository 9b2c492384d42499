"""The competition package: a folder from which a competition is made and into which it is written back.

Each app reads and writes its own part of the folder and registers it here (`package.py` of the app); an import is one
transaction: either the whole package is in, or nothing is, and every fault is named with file and place.
"""

import shutil
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import tomli_w
from django.db import transaction
from django.db.models import Model, ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lorbeer.call import in_use
from lorbeer.call.attest import terms_of
from lorbeer.call.models import Competition
from lorbeer.call.toml import Table, unseen_sentence
from lorbeer.shared import log
from lorbeer.shared.errors import BadInput, LorbeerError
from lorbeer.shared.targets import require_folder, writing
from lorbeer.shared.text import readable, unreadable_in

MANIFEST = "competition.toml"
LARGEST_FILE = 20 * 1024 * 1024
MOST_FILES = 5_000


@dataclass
class Package:
    """An open package: its folder, the tables of competition.toml, and the faults found so far."""

    folder: Path
    manifest: Table
    faults: list[str] = field(default_factory=list)

    def files(self, pattern: str) -> list[Path]:
        """The files that match `pattern`, in order of name; a link that leads out of the folder is a fault."""
        found = []
        for path in sorted(self.folder.glob(pattern)):
            if not path.resolve().is_relative_to(self.folder.resolve()):
                self.fault(path, _("leads out of the package; put the file itself into the folder"))
            elif path.stat().st_size > LARGEST_FILE:
                self.fault(path, _("is larger than 20 MB"))
            else:
                found.append(path)
        if len(found) > MOST_FILES:
            self.faults.append(f"{pattern}: " + _("the package has too many files"))
        return found[:MOST_FILES]

    def text(self, path: Path) -> str:
        """What stands in the file; "" where it is no text, which is a fault as is what nobody sees."""
        try:
            text = path.read_text("utf-8-sig")
        except UnicodeDecodeError:
            self.fault(path, _("is not UTF-8 text; save it with that encoding"))
            return ""
        for number, line in enumerate(text.split("\n"), 1):
            if unseen := unreadable_in(line):
                self.fault(path, _("line %(line)d: %(fault)s") % {"line": number, "fault": unseen_sentence(unseen)})
        return readable(text)

    def fault(self, path: Path, sentence: str) -> None:
        name = path.relative_to(self.folder) if path.is_relative_to(self.folder) else path.name
        self.faults.append(f"{name}: {sentence}")


Reader = Callable[[Package, Competition], None]
Writer = Callable[[Competition, Path, dict[str, Any]], None]


@dataclass(frozen=True)
class Part:
    """What one app keeps in the package. The writer may add tables of its own to the manifest.

    `lacks` says what the competition still has not got of it after an import, or what to look at, a sentence for whoever imported; empty
    if nothing.
    """

    name: str
    read: Reader
    write: Writer
    lacks: Callable[[Competition], str] = lambda _competition: ""


@dataclass(frozen=True)
class Core:
    """The part on which all others hang: it makes the competition out of competition.toml, and the manifest out of it."""

    read: Callable[[Package], Competition | None]
    write: Callable[[Competition], dict[str, Any]]


_parts: list[Part] = []
_core: list[Core] = []


def register_core(core: Core) -> None:
    _core[:] = [core]


def register_part(part: Part) -> None:
    _parts.append(part)


def lacking(competition: Competition) -> list[str]:
    """What an imported competition has not got yet, or what to look at in it, a sentence each."""
    return [sentence for part in _parts if (sentence := part.lacks(competition))]


def import_package(folder: Path, *, by: object = None) -> Competition:
    """Make or update the competition that `folder` describes.

    Raise BadInput with every fault found, and for what changes though somebody acts by it; then the database is as it was.
    """
    path = folder / MANIFEST
    try:
        data = tomllib.loads(path.read_text("utf-8-sig"))
    except NotADirectoryError as error:
        raise BadInput(_("This is a file. Name the folder of the competition package, with %(name)s in it.")
                       % {"name": MANIFEST}, where=str(folder)) from error
    except FileNotFoundError as error:
        raise BadInput(_("There is no %(name)s in this folder, so it is not a competition package.")
                       % {"name": MANIFEST}, where=str(folder)) from error
    except (ValueError, RecursionError, OSError) as error:              # also a number of thousands of digits
        raise BadInput(_("The file cannot be read as TOML: %(error)s") % {"error": error}, where=MANIFEST) from error
    faults: list[str] = []
    package = Package(folder, Table(data, MANIFEST, faults), faults)
    with transaction.atomic():
        before = _rules_before(data)
        competition = _read_core(package)
        if competition is not None:
            for part in _parts:
                part.read(package, competition)
            package.manifest.done()
            for place, sentence in in_use.barred(competition, before) if before else ():
                package.manifest.fault(place, sentence)
        if faults:
            raise BadInput(
                ngettext("%(count)d fault was found. Nothing was imported.", "%(count)d faults were found. Nothing was imported.",
                         len(faults)) % {"count": len(faults)},
                where=folder.name, faults=faults,
            )
        assert competition is not None
        log.record("competition.import", subject=f"competition:{competition.code}", scope=competition.code, actor=by,
                   terms=terms_of(competition))
    return competition


def _rules_before(data: dict[str, Any]) -> dict[str, Any]:
    """By what the competition that `data` describes goes now, held until the import is over: nobody begins to act by it meanwhile."""
    table = data.get("competition")
    code = table.get("code") if isinstance(table, dict) else None
    found = Competition.objects.select_for_update(no_key=True).filter(code=code).first() if isinstance(code, str) else None
    return in_use.rules_in(found) if found else {}


def _read_core(package: Package) -> Competition | None:
    try:
        return _core[0].read(package)
    except LorbeerError as error:
        package.faults.append(str(error))
        return None


def export_package(competition: Competition, folder: Path) -> None:
    """Write the competition into `folder` (new, or empty); importing it again gives the same competition."""
    folder = folder.resolve()
    require_folder(folder)
    if folder.exists() and any(folder.iterdir()):
        raise BadInput(_("The folder is not empty. Name a new one."), where=str(folder))
    unfinished = folder.with_name(folder.name + ".unfinished")
    with writing(folder):
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        manifest = _core[0].write(competition)
        for part in _parts:
            part.write(competition, unfinished, manifest)
        (unfinished / MANIFEST).write_text(tomli_w.dumps(manifest, multiline_strings=True), "utf-8")
        if folder.exists():
            folder.rmdir()
        unfinished.rename(folder)


def replace_rows(
    model: type[Model], existing: Any, rows: list[dict[str, Any]], table: Table, *, key: str = "code", place: str
) -> dict[Any, Any]:
    """Make the rows of `existing` (a related manager) equal to `rows`, matched by `key`; return them by key.

    A row that is gone from the package but already in use is a fault of `table`, named with its key.
    """
    found = {getattr(row, key): row for row in existing.all()}
    wanted: dict[Any, Any] = {}
    for row in rows:
        name = row[key]
        if name in wanted:
            table.fault(place, _("“%(name)s” stands there twice") % {"name": name})
            continue
        instance = found.get(name) or model(**{existing.field.name: existing.instance})
        for attribute, value in row.items():
            setattr(instance, attribute, value)
        if faults := list(too_long(instance)):
            for attribute, most in faults:
                table.fault(place, f"{str(name)[:60]}.{attribute} " + longer_than(most))
            continue
        instance.save()
        wanted[name] = instance
    for name, instance in found.items():
        if name not in wanted:
            try:
                with transaction.atomic():
                    instance.delete()
            except ProtectedError:
                table.fault(
                    place, _("“%(name)s” is missing, but it is in use already and cannot be taken away") % {"name": name})
    return wanted


def too_long(row: Model) -> Iterator[tuple[str, int]]:
    """Texts of `row` that its columns do not hold: (field, most characters). SQLite would keep them, PostgreSQL fails."""
    for column in row._meta.concrete_fields:
        value = getattr(row, column.attname)
        if column.max_length is not None and isinstance(value, str) and len(value) > column.max_length:
            yield column.name, column.max_length


def longer_than(most: int) -> str:
    return _("is longer than %(most)d characters") % {"most": most}


def zone_of(competition: Competition) -> ZoneInfo:
    return ZoneInfo(competition.time_zone)
