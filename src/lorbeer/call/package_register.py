"""The small extract of the register that a package can bring along: `register.csv` and [register] in the manifest."""

import csv
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import Package, Part, register_part, zone_of
from lorbeer.register.queries import newest_edition
from lorbeer.register.readers import EXTRACT_COLUMNS
from lorbeer.register.services import import_register
from lorbeer.shared.errors import BadInput


def read_register(package: Package, competition: Competition) -> None:
    """A package with an extract uses that; one without uses the newest register of the installation."""
    table = package.manifest.table("register")
    as_of, source = table.day("as_of", zone_of(competition)), table.text("source")
    table.done()
    path = package.folder / "register.csv"
    if path.exists() and as_of and source:
        try:
            competition.register_edition = import_register(path.read_bytes(), as_of=as_of, source=source, is_extract=True)
            competition.brings_register = True
        except BadInput as error:
            package.fault(path, str(error))
    elif path.exists():
        package.fault(path, _("needs [register] with as_of and source in competition.toml"))
    else:
        competition.brings_register = False
        competition.register_edition = competition.register_edition or newest_edition()
    competition.save(update_fields=["register_edition", "brings_register"])


def write_register(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    edition = competition.register_edition
    if edition is None or not competition.brings_register:
        return
    manifest["register"] = {"as_of": edition.as_of, "source": edition.source}
    with (folder / "register.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(EXTRACT_COLUMNS)
        for body in edition.municipalities.order_by("key"):
            writer.writerow([body.key, body.name, body.legal_status, body.land_code, body.population, body.postcode,
                             body.latitude, body.longitude])


register_part(Part("register", read_register, write_register))
