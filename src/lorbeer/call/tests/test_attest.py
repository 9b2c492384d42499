"""What decides by its order or weight in a call cannot be changed beside the log."""

import pytest
from django.db.models import F

from lorbeer.call.models import AwardGroup, CheckPoint, Criterion, ExclusionClause, Prize
from lorbeer.call.package import import_package
from lorbeer.call.tests.test_package import SMALL
from lorbeer.shared import log

pytestmark = pytest.mark.django_db
MORE = """
[[groups]]
code = "best"
label = "Bestes Projekt"
special = true

[[clauses]]
code = "twice"
label = "doppelt"

[[check_points]]
code = "paper"
label = "Unterschrift"
clause = "late"

[[check_points]]
code = "sum"
label = "Summe"

[[criteria]]
code = "use"
label = "Nutzen"

[[criteria]]
code = "cost"
label = "Aufwand"
weight = 2
"""


@pytest.mark.parametrize(("table", "forge"), [
    ("call_awardgroup", lambda: AwardGroup.objects.update(position=100 - F("position"))),
    ("call_prize", lambda: Prize.objects.update(group=AwardGroup.objects.get(code="best"))),
    ("call_criterion", lambda: Criterion.objects.filter(code="use").update(weight=9)),
    ("call_criterion", lambda: Criterion.objects.update(number=100 - F("number"))),
    ("call_criterion", lambda: Criterion.objects.filter(code="use").update(optional_in_special=True)),
    ("call_exclusionclause", lambda: ExclusionClause.objects.update(position=100 - F("position"))),
    ("call_exclusionclause", lambda: ExclusionClause.objects.update(number="9")),
    ("call_checkpoint", lambda: CheckPoint.objects.update(position=100 - F("position"))),
    ("call_checkpoint", lambda: CheckPoint.objects.update(clause=ExclusionClause.objects.get(code="twice"))),
])
def test_order_weight_and_what_belongs_to_what_are_compared_with_the_log(tmp_path, table, forge):
    (tmp_path / "competition.toml").write_text(SMALL + MORE)
    import_package(tmp_path)
    assert log.attested("call") == []

    forge()

    assert {fault.table for fault in log.attested("call")} == {table}
