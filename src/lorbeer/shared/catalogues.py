"""Translations are kept as .po files, which people read; Django reads .mo files, which are made from them on start-up."""

import os
from pathlib import Path

from lorbeer.shared.errors import LorbeerError

PACKAGE = Path(__file__).resolve().parent.parent


def compile_catalogues(package: Path = PACKAGE) -> list[Path]:
    """Compile each catalogue below `package` whose .mo is missing or older; return those that were made.

    Unfinished ("fuzzy") translations are left out. Needs neither gettext nor Django's settings.
    """
    made = []
    for source in package.glob("**/locale/*/LC_MESSAGES/*.po"):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        try:
            import polib  # only when there is work: most starts have none

            # Renamed into place: several processes may start at once, and none may read half a catalogue.
            unfinished = target.with_suffix(f".mo.{os.getpid()}")
            polib.pofile(str(source)).save_as_mofile(str(unfinished))
            unfinished.replace(target)
        except PermissionError:
            if not target.exists():
                raise LorbeerError(
                    f"{target} cannot be written. Start once as the user to whom the program's folder belongs."
                ) from None
        except (OSError, UnicodeDecodeError) as error:
            raise LorbeerError(f"The translations in {source} cannot be read: {error}.") from error
        else:
            made.append(target)
    return made
