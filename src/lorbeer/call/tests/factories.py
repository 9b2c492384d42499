import tomllib
from datetime import UTC, datetime
from itertools import count

import tomli_w

from lorbeer.call.models import AwardGroup, Competition, Criterion, ExclusionClause, Phase, Prize, Purse
from lorbeer.call.package import MANIFEST, export_package, import_package
from lorbeer.shared.errors import BadInput
from lorbeer.shared.tests.built_once import built_once

_numbers = count(1)
OPTIONS = [
    {"code": "yes", "label": {"de": "geeignet"}, "proposes": "group"},
    {"code": "special", "label": {"de": "Sonderkategorie"}, "proposes": "special"},
    {"code": "no", "label": {"de": "nicht geeignet"}, "proposes": ""},
]


@built_once
def make_competition(**facts) -> Competition:
    """A published competition with an open entry phase, a group, a special category, two criteria, prizes and a purse."""
    facts.setdefault("code", f"competition-{next(_numbers)}")
    facts.setdefault("title", {"de": f"Wettbewerb {facts['code']}"})
    facts.setdefault("aim", {"de": "Gesucht werden gute Beispiele."})
    facts.setdefault("office_name", {"de": "Wettbewerbsbüro"})
    facts.setdefault("is_public", True)
    facts.setdefault("languages", ["de"])
    facts.setdefault("screening", {"seats": 2, "scale": 4, "options": OPTIONS})
    cap_cents = facts.pop("cap_cents", 10_000_000)
    opens = facts.pop("opens", datetime(2017, 6, 12, tzinfo=UTC))
    closes = facts.pop("closes", datetime(2099, 12, 31, 22, 59, 59, tzinfo=UTC))
    competition = Competition.objects.create(**facts)
    Phase.objects.create(competition=competition, kind=Phase.Kind.ENTRIES, starts_at=opens, ends_at=closes)
    Phase.objects.create(competition=competition, kind=Phase.Kind.LETTERS, starts_at=opens, ends_at=closes)
    group = make_group(competition, code="main", position=1)
    special = make_group(competition, code="special", position=2, is_special=True)
    for number in (1, 2):
        Criterion.objects.create(competition=competition, code=f"criterion-{number}", number=number,
                                 label={"de": f"Kriterium {number}"})
    Prize.objects.create(competition=competition, group=group, code="main", label={"de": "Preis"}, amount_cents=2_500_000)
    Prize.objects.create(competition=competition, group=special, code="special", label={"de": "Sonderpreis"},
                         amount_cents=1_000_000)
    Purse.objects.create(competition=competition, cap_cents=cap_cents)
    ExclusionClause.objects.create(competition=competition, code="not-eligible", number="1.2",
                                   label={"de": "nicht teilnahmeberechtigt"})
    return competition


def make_group(competition, **facts) -> AwardGroup:
    facts.setdefault("code", f"group-{next(_numbers)}")
    facts.setdefault("label", {"de": f"Gruppe {facts['code']}"})
    facts.setdefault("heading", facts["label"])
    return AwardGroup.objects.create(competition=competition, **facts)


def import_changed(competition, folder, change) -> list[str]:
    """Export `competition` into `folder`, `change` the tables of its competition.toml, import it again without its form; the faults for which
    that was refused."""
    export_package(competition, folder)
    (folder / "questionnaire.xlsx").unlink(missing_ok=True)             # those of factories say less than a form must
    path = folder / MANIFEST
    tables = tomllib.loads(path.read_text())
    change(tables)
    path.write_text(tomli_w.dumps(tables))
    try:
        import_package(folder)
    except BadInput as error:
        return [fault.removeprefix(f"{MANIFEST}: ") for fault in error.faults]
    return []
