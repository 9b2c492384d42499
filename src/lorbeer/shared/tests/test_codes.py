"""Codes that are read over the telephone."""

from hypothesis import given
from hypothesis import strategies as st

from lorbeer.shared import codes
from lorbeer.shared.codes import ALPHABET, check_character, is_code, new_code

BODIES = st.text(alphabet=ALPHABET, min_size=2, max_size=10)


@given(BODIES)
def test_every_single_wrong_character_is_noticed(body):
    for place, right in enumerate(body):
        for wrong in ALPHABET:
            if wrong != right:
                assert check_character(body[:place] + wrong + body[place + 1 :]) != check_character(body)
    for wrong in set(ALPHABET) - {check_character(body)}:
        assert not is_code(f"{body}-{wrong}")


@given(BODIES)
def test_every_swap_of_neighbours_is_noticed(body):
    for place in range(len(body) - 1):
        swapped = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
        assert swapped == body or check_character(swapped) != check_character(body)
    last, check = body[-1], check_character(body)
    assert last == check or not is_code(f"{body[:-1]}{check}-{last}")


def test_new_codes_are_well_formed_however_they_are_typed():
    for length in (4, 6, 10, 20):
        code = new_code(length)
        assert is_code(code)
        assert is_code(f" {code.lower()} ")
    assert not is_code("-")
    assert not is_code("K7QD4X")


class Taken:
    """Stands for a queryset in which some codes are taken."""

    def __init__(self, *taken):
        self.taken = taken

    def filter(self, code):
        self.asked = code
        return self

    def exists(self):
        return self.asked in self.taken


def test_a_code_that_is_taken_is_drawn_again(monkeypatch):
    drawn = iter(["AAAAAA-3", "AAAAAA-3", "CCCCCC-4"])
    monkeypatch.setattr(codes, "new_code", lambda: next(drawn))
    assert codes.free_code(Taken("AAAAAA-3")) == "CCCCCC-4"
