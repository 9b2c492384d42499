"""The arithmetic of ballots, against counts that others have published."""

import pytest

from lorbeer.jury.counting import SCALE, Tied, approval, scottish

ORANGE, PEAR, CHOCOLATE, STRAWBERRY, SWEETS = range(1, 6)


def votes(stage):
    return [stage.votes[item] / SCALE for item in (ORANGE, PEAR, CHOCOLATE, STRAWBERRY, SWEETS)]


def test_a_published_count_comes_out_stage_by_stage():
    """The party food of en.wikipedia.org/wiki/Single_transferable_vote (also the example of the library STVPoll): 20 guests,
    three of five foods, Droop quota 6. The surplus of chocolate goes two to one to strawberry and sweets."""
    ballots = (
        4 * [[ORANGE]] + 2 * [[PEAR, ORANGE]] + 8 * [[CHOCOLATE, STRAWBERRY]] + 4 * [[CHOCOLATE, SWEETS]] + [[STRAWBERRY]] + [[SWEETS]]
    )

    count = scottish(ballots, range(1, 6), 3)

    assert count.quota == 6 * SCALE
    assert [(stage.kind, stage.of, votes(stage)) for stage in count.stages] == [
        ("first", None, [4, 2, 12, 1, 1]),
        ("surplus", CHOCOLATE, [4, 2, 6, 5, 3]),
        ("excluded", PEAR, [6, 0, 6, 5, 3]),
        ("excluded", SWEETS, [6, 0, 6, 5, 0]),
    ]
    assert count.elected == [CHOCOLATE, ORANGE, STRAWBERRY]


def test_the_value_of_a_transferred_paper_is_cut_off_after_five_places():
    """Rule 48(3): surplus times value by votes, any remainder ignored. 7 papers with a surplus of 2: 0.28571 each."""
    count = scottish(7 * [[1, 2]] + 4 * [[3]] + 3 * [[2]], [1, 2, 3], 2)

    assert count.quota == 5 * SCALE
    assert count.stages[1].votes == {1: 5 * SCALE, 2: 3 * SCALE + 7 * 28_571, 3: 4 * SCALE}
    assert count.elected == [1, 2]


def test_of_several_surpluses_the_greatest_goes_first():
    """Rule 49(1): 3 reaches the quota of 6 later than 2 and has the greater surplus, 5 against 1."""
    count = scottish(12 * [[1, 3]] + 7 * [[2, 4]] + 5 * [[3, 5]] + 3 * [[4]] + 2 * [[5]], range(1, 6), 4)

    assert count.stages[0].elected == [1, 2]
    assert [stage.of for stage in count.stages[1:3]] == [1, 3]


def test_a_paper_goes_on_past_those_who_are_elected_or_excluded():
    """Rule 48(2): to the continuing candidate of the next available preference."""
    count = scottish(6 * [[1, 2, 3]] + 4 * [[2]] + 2 * [[3]] + [[4]], [1, 2, 3, 4], 3)

    assert count.stages[1].kind == "surplus"                            # 2 reaches the quota of 4 at once, so 3 receives
    assert count.stages[1].votes[2] == 4 * SCALE
    assert count.stages[1].votes[3] == 2 * SCALE + 6 * (2 * SCALE // 6)


def test_of_two_equal_last_the_one_that_was_behind_before_goes_else_the_jury_decides():
    """Rule 51: the latest earlier stage at which they differed, then the lot, which here is the jury's order."""
    before = scottish(4 * [[1]] + 3 * [[2]] + 2 * [[3]] + [[4, 3]], [1, 2, 3, 4], 1)
    assert [stage.of for stage in before.stages[1:]] == [4, 3, 2]       # 2 and 3 were level at 3, and 3 had 2 at first

    level = 2 * [[1]] + 2 * [[2]] + 3 * [[3]]
    with pytest.raises(Tied) as tied:
        scottish(level, [1, 2, 3], 1)
    assert tied.value.items == [1, 2]
    assert scottish(level, [1, 2, 3], 1, broken=[2, 1]).places == {3: 1, 2: 2, 1: 3}


def test_every_item_gets_a_place_and_no_vote_comes_out_of_nothing():
    count = scottish([[1, 2], [2, 3], [3], [1, 3], [2]], [1, 2, 3, 4, 5], 2, broken=[1, 2, 3, 4, 5])

    assert sorted(count.places) == [1, 2, 3, 4, 5]
    assert len(count.elected) == 2
    for stage in count.stages:
        assert sum(stage.votes.values()) <= 5 * SCALE


def test_who_could_not_judge_an_item_is_not_in_its_base():
    found = approval({"a": {1: True, 2: False}, "b": {2: True}, "c": {1: True, 2: False}})
    assert found == {1: (1, 2), 2: (pytest.approx(1 / 3), 3)}
