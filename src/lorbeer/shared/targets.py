"""Where a command is to write: looked at before the work is done, so that nobody waits for a book that has no place."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.utils.translation import gettext as _

from lorbeer.shared.errors import BadInput, NotStored


def require_folder(folder: Path) -> None:
    """Raise BadInput where `folder` neither is a folder to write into nor can become one."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise BadInput(_("This is a file, and a folder is needed here. Name another place."), where=str(there))
    if not os.access(there, os.W_OK | os.X_OK):
        raise BadInput(_("Nothing can be written into this folder. Name another place, or change who may write there."), where=str(there))


def require_file(file: Path) -> None:
    """Raise BadInput where no file can be written to `file`."""
    if file.is_dir():
        raise BadInput(_("This is a folder. Name the file to write, too."), where=str(file))
    if not file.absolute().parent.exists():
        raise BadInput(_("There is no such folder. Make it, or name another place."), where=str(file.absolute().parent))
    require_folder(file.absolute().parent)
    if file.exists() and not os.access(file, os.W_OK):
        raise BadInput(_("This file must not be written over. Name another one, or change who may write it."), where=str(file))


@contextmanager
def writing(target: Path) -> Iterator[None]:
    """What goes wrong while `target` is written, such as a full disk, as a sentence."""
    try:
        yield
    except OSError as error:
        raise NotStored(_("It could not be written: %(reason)s. Make room there, or name another place.")
                        % {"reason": error.strerror or error}, where=str(target)) from error
