"""What is found is shrunk to a few commands, and told so that it can be seen again."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Sequence
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import Contact
from omcore.memory import MemoryStore
from omcore.ports import Commit
from omcore.testing.simulation import (
    PROFILES,
    Broken,
    Finding,
    Options,
    find,
    replay,
    search,
    shrink,
    simulate,
)
from omcore.testing.simulation.report import _shortened
from omcore.testing.simulation.runs import Run, rerun
from omcore.testing.simulation.search import profile_of
from omcore.testing.simulation.shrinking import shrunk
from omcore.testing.simulation.simulation import HEALS
from simulated import DEFECTS, MEMORY, ChecksNoVersion, ForgetsRefusals, on


def found(name: str) -> Finding:
    finding = find(on(DEFECTS[name]), first=1, seeds=50, profile="nightly")
    assert finding is not None, "it should have been found within 50 seeds"
    return finding


# -- planted defects -------------------------------------------------------------------------


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_found_and_shrunk_to_a_few_commands(name: str) -> None:
    finding = found(name)
    assert finding.run.commands <= 8
    assert finding.run.turns <= 12
    assert finding.steady
    if name != "IsAlwaysAway":  # nothing tells it from a store that others keep busy
        assert finding.broken.clauses


def test_a_finding_is_pasted_and_fails_in_the_same_way() -> None:
    finding = found("ChecksNoVersion")
    pasted: dict[str, Any] = {}
    exec(textwrap.dedent(finding.test()), pasted)  # noqa: S102 - it is there to be run
    [test] = [value for name, value in pasted.items() if name.startswith("test_seed_")]
    with pytest.raises(Broken) as error:
        test(None, on(ChecksNoVersion))
    assert error.value.what == finding.broken.what
    assert error.value.message == finding.broken.message
    assert "What happened:" in error.value.__notes__[0]
    test(None, MEMORY)  # on a store that is mended


def test_a_report_says_what_broke_where_and_how() -> None:
    finding = found("ChecksNoVersion")
    said = str(finding)
    first, *rest = said.split("\n")
    assert first == finding.broken.message
    assert "PR4: " in rest[0]
    assert "ST7: " in rest[1]
    assert f"seed {finding.seed} | profile nightly | ChecksNoVersion | omcore 0.1.0 | " in said
    assert f"{finding.run.commands} commands, {finding.run.turns} turns" in said
    told = next(line for line in said.split("\n") if line.startswith("  p"))
    assert told.startswith("  p1 at Fri 09:00:00: ")
    assert "c-1: " in told  # by itself or in a batch
    assert said.endswith(finding.test())
    assert max(len(line) for line in finding.test().split("\n")) <= 110


def test_pr8_no_personal_data_is_in_a_report() -> None:
    people: list[Contact] = []

    class Remembers(ForgetsRefusals):
        def commit(self, commit: Commit) -> None:
            people.extend([contact for contact in commit.private.values() if contact is not None])
            super().commit(commit)

    told = [str(find(on(Remembers), first=first, seeds=50)) for first in (1, 60)]
    words = {value for contact in people for value in attrs.astuple(contact) if value and type(value) is str}
    assert people
    assert words
    assert not [word for word in words for report in told if word in report]


def test_a_shop_of_your_own_is_in_the_test_too() -> None:
    finding = attrs.evolve(found("ForgetsRefusals"), own_shop=True)
    assert "shop=self.shop," in finding.test()
    assert "a shop of your own" in finding.line()


def test_what_depends_on_more_than_choices_is_said_to() -> None:
    opened = Counter[str]()

    class Moody(MemoryStore):
        def __init__(self) -> None:
            super().__init__()
            opened["stores"] += 1

        def answer(self, key: str) -> Any:
            return None if opened["stores"] == 1 else super().answer(key)

    finding = find(on(Moody), first=1, seeds=1)
    assert finding is not None
    assert not finding.steady
    assert "It did not break again" in str(finding)
    assert finding.broken.clauses


def test_who_goes_round_in_circles_is_told_at_its_ends() -> None:
    story = ["p1: something", HEALS, *[f"round {number}" for number in range(100)]]
    told = _shortened(story)
    assert len(told) < 30
    assert told[0] == story[0]
    assert told[-1] == story[-1]
    assert _shortened(story[:9]) == story[:9]


# -- shrinking -------------------------------------------------------------------------------


def pretended(tape: Sequence[list[int]], breaks: Any) -> Run:
    """A run that breaks where a tape says so; every turn is a command, and every 9 is a fault."""
    faults = Counter(
        {"crash": sum(block.count(9) for block in tape)} if any(9 in block for block in tape) else {}
    )
    broken = breaks(tape)
    error = Broken(*broken) if broken else None
    return Run([list(block) for block in tape], error, len(tape) - 1, len(tape) - 1, 0, 0, faults, "Store")


@given(
    noise=st.lists(st.lists(st.integers(0, 9), max_size=6), max_size=25),
    places=st.tuples(st.integers(0, 25), st.integers(0, 25)),
)
def test_a_tape_is_cut_down_to_what_breaks_it(noise: list[list[int]], places: tuple[int, int]) -> None:
    """Two turns must be there, in order; of one only a number that is high enough."""
    tape = [[3], *noise]
    for place, block in zip(sorted(places), ([0, 7, 1], [5, 5]), strict=True):
        tape.insert(1 + min(place, len(tape) - 1), block)

    def breaks(tape: Sequence[list[int]]) -> Any:
        sevens = [i for i, block in enumerate(tape) if i and len(block) > 1 and block[1] >= 5]
        fives = [i for i, block in enumerate(tape) if i and block[:1] == [5]]
        return ("PR5", "twice") if sevens and fives and sevens[0] < fives[-1] else None

    run = pretended(tape, breaks)
    if run.broken is None:
        return
    short = shrunk(run, lambda shorter: pretended(shorter, breaks))
    assert short.run.tape == [[], [0, 5], [5]]


def test_only_the_same_breach_counts() -> None:
    """A shorter tape on which something else breaks is another finding."""

    def breaks(tape: Sequence[list[int]]) -> Any:
        return ("PR1", "oversold", ("ST7",)) if len(tape) > 3 else ("PR1", "oversold")

    short = shrunk(pretended([[], [1], [1], [1], [1]], breaks), lambda tape: pretended(tape, breaks))
    assert short.run.tape == [[], [], [], []]


def test_shrinking_ends_when_there_is_no_more_time_or_nothing_broke() -> None:
    def breaks(tape: Sequence[list[int]]) -> Any:
        return ("PR1", "oversold") if len(tape) > 15 else None

    long = pretended([[], *[[1] * 9] * 40], breaks)
    stopped = shrunk(long, lambda tape: pretended(tape, breaks), most=3)
    assert stopped.replays == 3
    assert stopped.run.commands < 40
    assert shrunk(long, lambda tape: pretended(tape, breaks), stop=lambda: True).replays == 0
    with pytest.raises(ValueError, match="nothing broke"):
        shrink(MEMORY, "")


def test_a_tape_that_is_given_is_shrunk() -> None:
    fresh = on(ForgetsRefusals)
    run = next(run for run in (simulate(fresh, seed) for seed in range(1, 50)) if run.broken is not None)
    short = shrink(fresh, run.tape)
    with pytest.raises(Broken):
        replay(fresh, short)
    assert len(short) < 200
    assert rerun(MEMORY, run.tape).broken is None


# -- searching -------------------------------------------------------------------------------


def test_profiles_are_chosen_by_class_or_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMCORE_SIMULATION", raising=False)
    assert [(name, profile.search_s) for name, profile in PROFILES.items()] == [
        ("quick", 10),
        ("ci", 60),
        ("nightly", 1_800),
    ]
    assert profile_of("ci").name == "ci"
    monkeypatch.setenv("OMCORE_SIMULATION", "nightly")
    assert profile_of("ci").name == "nightly"
    monkeypatch.setenv("OMCORE_SIMULATION", "weekly")
    with pytest.raises(ValueError, match="no profile 'weekly'"):
        profile_of("ci")


def test_the_first_seed_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    fresh = on(DEFECTS["LoadsWhatWas"])
    monkeypatch.setenv("OMCORE_SIMULATION_SEED", "77")
    finding = find(fresh, seeds=20)
    assert finding is not None
    assert 77 <= finding.seed < 97


def test_a_search_counts_what_it_did() -> None:
    done = search(MEMORY, first=1, seeds=3, options=Options(turns=10))
    runs = [simulate(MEMORY, seed, options=Options(turns=10)) for seed in (1, 2, 3)]
    assert (done.seeds, done.steps) == (3, sum(run.steps for run in runs))
    assert done.commits == sum(run.commits for run in runs)
    assert done.faults == sum([run.faults for run in runs], Counter())
    assert str(done).startswith(f"3 seeds, {done.steps} port calls, {done.commits} commits; faults: ")
