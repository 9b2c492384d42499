"""waves.toml of the competition package: the mailings that are planned."""

import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from django.utils.translation import gettext as _

from lorbeer.call.models import Competition
from lorbeer.call.package import Package, Part, longer_than, register_part, too_long, zone_of
from lorbeer.call.toml import Table
from lorbeer.outreach.models import Wave
from lorbeer.shared.addresses import is_taken

FILE = "waves.toml"


def read_waves(package: Package, competition: Competition) -> None:
    """Plan the waves of the file; waves that have been sent stay as they are, planned ones that are gone are dropped."""
    data: dict[str, Any] = {}
    for found in package.files(FILE):
        try:
            data = tomllib.loads(package.text(found))
        except (ValueError, RecursionError) as error:                       # also a number of thousands of digits
            package.fault(found, str(error))
            return
    file = Table(data, FILE, package.faults, package.manifest.languages)
    letters = {(letter.code, letter.language): letter for letter in competition.letters.all()}
    existing = {wave.code: wave for wave in competition.waves.all()}
    wanted: set[str] = set()
    for table in file.tables("waves"):
        code = table.code()
        name, language = table.text("letter", required=True), table.text("language", competition.first_language)
        facts = {
            "title": table.text("title", required=True)[:200], "categories": table.codes("categories"),
            "only_without_intent": table.flag("without_intent"), "planned_on": table.day("planned_on", zone_of(competition)),
            "letter": letters.get((name, language)),
        }
        table.done()
        if facts["letter"] is None:
            table.fault("letter", _("the package has no letter %(file)s") % {"file": f"letters/{name}.{language}.md"})
        if code in wanted:
            table.fault("code", _("“%(name)s” stands there twice") % {"name": code})
        if is_taken("outreach:wave_show", competition.code, code):
            table.fault("code", _("“%(value)s” is an address of Lorbeer itself; choose another one") % {"value": code})
        long = list(too_long(Wave(code=code)))
        for field, most in long:
            table.fault(field, longer_than(most))
        if facts["letter"] is None or code in wanted or not code or long:
            continue
        wanted.add(code)
        wave = existing.get(code) or Wave(competition=competition, code=code)
        if wave.queued_at is None:
            for key, value in facts.items():
                setattr(wave, key, value)
            wave.save()
    file.done()
    competition.waves.filter(queued_at=None).exclude(code__in=wanted).delete()


def write_waves(competition: Competition, folder: Path, manifest: dict[str, Any]) -> None:
    waves = []
    for wave in competition.waves.select_related("letter").order_by("code"):
        facts = {"code": wave.code, "title": wave.title, "letter": wave.letter.code, "language": wave.letter.language,
                 "categories": wave.categories, "without_intent": wave.only_without_intent, "planned_on": wave.planned_on}
        waves.append({key: value for key, value in facts.items() if value not in (None, [], False)})
    if waves:
        (folder / FILE).write_text(tomli_w.dumps({"waves": waves}), "utf-8")


register_part(Part("waves", read_waves, write_waves))
