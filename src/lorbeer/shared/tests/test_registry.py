import pytest
from django.utils.translation import gettext_lazy as _

from lorbeer.shared.errors import Refused
from lorbeer.shared.registry import Bars, Registry
from lorbeer.shared.verdicts import ALLOWED, Verdict, require


def test_a_registry_asks_each_function_once_in_the_order_of_registration():
    doubles = Registry[[int], int]()

    @doubles
    def twice(number):
        return 2 * number

    doubles(abs)
    doubles(twice)                                                      # an app is loaded a second time
    assert [*doubles.answers(-3)] == [-6, 3]
    assert [*doubles] == [twice, abs]


def test_who_has_heard_enough_asks_no_further():
    asked = []
    checks = Registry[[str], bool]()
    checks(lambda name: asked.append(1) or True)
    checks(lambda name: asked.append(2) or True)
    assert any(checks.answers("x"))
    assert asked == [1]


def test_all_are_told():
    heard, moments = [], Registry[[str], None]()
    moments(lambda name: heard.append(f"first {name}"))
    moments(lambda name: heard.append(f"second {name}"))
    moments.tell("x")
    assert heard == ["first x", "second x"]


def test_the_first_refusal_is_the_verdict_and_without_one_it_is_allowed():
    bars = Bars[...]()
    assert bars.verdict("entry")
    bars(lambda entry, lifting=False: ALLOWED)
    bars(lambda entry, lifting=False: Verdict(_("%(entry)s is closed.") % {"entry": entry}) if lifting else ALLOWED)
    bars(lambda entry, lifting=False: Verdict("Never."))
    with pytest.raises(Refused, match="K7QD is closed"):
        require(bars.verdict("K7QD", lifting=True))
    with pytest.raises(Refused, match="Never"):
        require(bars.verdict("K7QD"))
