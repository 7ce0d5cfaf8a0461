"""Choices and tapes: what is chosen is written down, cut, and read back as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.testing.simulation.chooser import Chooser, SeededChooser, TapeChooser
from omcore.testing.simulation.tapes import read, trimmed, written

BLOCKS = st.lists(
    st.lists(st.sampled_from([0, 0, 0, 1, 7]) | st.integers(0, 999_999_999), max_size=30),
    min_size=1,
    max_size=8,
)


@given(tape=BLOCKS)
def test_a_tape_is_read_back_as_it_was_written(tape: list[list[int]]) -> None:
    """But for plain choices at the end of a block, which need not be said."""
    assert read(written(tape)) == trimmed(tape)
    assert written(read(written(tape))) == written(tape)
    assert all(
        len(cut) <= len(block) and block[: len(cut)] == cut
        for cut, block in zip(trimmed(tape), tape, strict=True)
    )


def test_a_tape_is_short() -> None:
    assert written([[0, 0, 0, 0, 2, 0, 0], [], [1, 0, 0, 3, 0]]) == "0*4 2//1 0 0 3"
    assert read("0*4 2//1 0 0 3") == [[0, 0, 0, 0, 2], [], [1, 0, 0, 3]]
    assert written([[7, 7, 7, 7], [0, 0, 1]]) == "7 7 7 7/0 0 1"
    assert read("") == [[]]


@pytest.mark.parametrize("text", ["x", "1,2", "-1", "1.0", "0*", "1*3", "٣", "0*99999999", "1 2 / nine"])
def test_what_is_no_tape_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no choice on a tape"):
        read(text)


def ask(chooser: Chooser, turns: int) -> list[object]:
    """Everything that can be asked, over and over."""
    said: list[object] = []
    for turn in range(turns):
        said += [chooser.below(9), chooser.pick("abc"), chooser.between(3, 5)]
        said += [
            chooser.chance(0),
            chooser.chance(500),
            chooser.chance(1_000),
            chooser.weighed([5, 5 + turn, 90]),
        ]
        assert chooser.turn()
    return said


@given(seed=st.integers(0, 2**32))
def test_a_tape_repeats_what_a_seed_chose(seed: int) -> None:
    drawn = SeededChooser(seed)
    said = ask(drawn, 12)
    repeated = TapeChooser(drawn.tape)
    assert ask(repeated, 12) == said
    assert repeated.tape == drawn.tape
    assert not repeated.turn(), "a tape runs out"


@given(tape=BLOCKS)
def test_any_tape_can_be_read_and_what_was_really_chosen_is_one_too(tape: list[list[int]]) -> None:
    """What was cut out, or is too high, does no harm."""
    chooser = TapeChooser([*tape, *[[]] * 12])
    said = ask(chooser, 12)
    assert all(each in range(9) for each in said[::7])
    again = TapeChooser([*chooser.tape, []])
    assert ask(again, 12) == said


def test_nothing_on_a_tape_is_the_plainest() -> None:
    assert ask(TapeChooser([[]] * 3), 2) == [0, "a", 3, False, False, True, 0] * 2


def test_what_weighs_nothing_is_never_chosen() -> None:
    chooser = SeededChooser(7)
    chosen = [chooser.weighed([0, 3, 3, 10]) for _ in range(2_000)]
    assert {place: chosen.count(place) > 400 for place in set(chosen)} == {1: True, 3: True}
