"""What a desk says of its tasks and pictures, whatever the stages are."""

from types import SimpleNamespace

from django.utils.translation import override

from lorbeer.shared import desk
from lorbeer.shared.desk import Picture


def test_a_picture_of_one_round_says_of_which_where_there_are_several(monkeypatch):
    monkeypatch.setattr(desk.pictures, "registered", [lambda _person, _place: [Picture("Preisgeld", "", round=2), Picture("Trichter", "")]])
    with override("de"):
        assert [one.title for one in desk.pictures_for(None, SimpleNamespace(rounds=[1, 2]))] == ["Preisgeld, Runde 2", "Trichter"]
        assert [one.title for one in desk.pictures_for(None, SimpleNamespace(rounds=[1]))] == ["Preisgeld", "Trichter"]
