"""A run is what its seed says: the same on every machine, the same from its tape, and it always ends."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from house import SRC
from omcore.kernel import Conflict, IdempotencyConflict, StoreError, Unavailable
from omcore.memory import MemoryStore
from omcore.ports import Commit
from omcore.routing import LowestCost, Nearest, Rates
from omcore.testing.simulation import FAULTS, Options, search, simulate
from omcore.testing.simulation import simulation as sim
from omcore.testing.simulation.chooser import TapeChooser
from omcore.testing.simulation.oracle import Oracle
from omcore.testing.simulation.processes import Process
from omcore.testing.simulation.promises import PROMISES, Broken
from omcore.testing.simulation.runs import rerun
from omcore.testing.simulation.shop import draw_shop
from omcore.testing.simulation.simulation import Simulation
from omcore.testing.simulation.workload import Workload
from simulated import MEMORY, NeverEnds, RaisesItsOwn, on

# -- the same seed, the same run -------------------------------------------------------------

PRINTED = """
import hashlib
from omcore.memory import MemoryStore
from omcore.testing.simulation import simulate
for seed in range(200, 206):
    run = simulate(lambda count: [MemoryStore()] * count, seed, told=True)
    said = repr((run.tape, run.story, run.steps, run.commits, run.faults))
    print(hashlib.sha256(said.encode()).hexdigest())
"""


def printed(hash_seed: str) -> str:
    env = {**os.environ, "PYTHONPATH": str(SRC), "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(
        [sys.executable, "-c", PRINTED], capture_output=True, text=True, check=True, env=env, timeout=300
    )
    return done.stdout


def test_c1_a_seed_is_the_same_run_under_every_hash_seed() -> None:
    first = printed("0")
    assert len(set(first.split())) == 6, "and another seed is another run"
    assert printed("1") == printed("4711") == first


def kept(store: MemoryStore) -> str:
    """All that a store holds, as one number."""
    return hashlib.sha256(repr((store.feed(0, 100_000), sorted(store._answers.items()))).encode()).hexdigest()


@given(seed=st.integers(0, 10_000))
@settings(max_examples=12)
def test_a_tape_is_the_run_that_wrote_it(seed: int) -> None:
    stores = [MemoryStore(), MemoryStore()]
    first = simulate(lambda count: [stores[0]] * count, seed, told=True)
    second = rerun(lambda count: [stores[1]] * count, first.tape, told=True)
    assert (second.tape, second.story) == (first.tape, first.story)
    assert (second.steps, second.commits, second.faults) == (first.steps, first.commits, first.faults)
    assert kept(stores[1]) == kept(stores[0])
    assert first.broken is None, first.broken


def test_telling_the_story_changes_nothing() -> None:
    assert attrs.evolve(simulate(MEMORY, 5, told=True), story=[]) == simulate(MEMORY, 5)


@given(tape=st.lists(st.lists(st.integers(0, 12), max_size=40), min_size=1, max_size=12))
@settings(max_examples=25)
def test_any_tape_is_a_run_that_keeps_its_promises(tape: list[list[int]]) -> None:
    """Whatever is left of one while it is shrunk."""
    run = rerun(MEMORY, tape)
    assert run.broken is None, run.broken
    assert run.turns <= len(tape) - 1 or len(tape) == 1


# -- faults ----------------------------------------------------------------------------------


def test_every_fault_happens_and_all_together_are_survived() -> None:
    done = search(MEMORY, first=1_000, seeds=40)
    assert done.finding is None, str(done.finding)
    assert set(done.faults) == set(FAULTS)
    assert min(done.faults.values()) > 5, done.faults


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_alone_is_survived_and_no_other_happens(fault: str) -> None:
    done = search(MEMORY, first=3_000, seeds=8, options=Options(faults=(fault,)))
    assert done.finding is None, str(done.finding)
    # Sent once more is what clients do by themselves, too: see the phases.
    assert set(done.faults) <= {fault}
    assert done.faults[fault] > 0


def test_without_faults_nothing_fails() -> None:
    done = search(MEMORY, first=1, seeds=8, options=Options(faults=()))
    assert done.finding is None
    assert done.faults == Counter()


def test_a_tape_means_the_same_whatever_was_allowed() -> None:
    """The rates are on the tape, and are not needed to read it."""
    run = simulate(MEMORY, 11, options=Options(turns=30, faults=("conflict", "crash", "clock skew")))
    again = rerun(MEMORY, [[0] * 11 + run.tape[0][11:], *run.tape[1:]])
    assert again.faults == run.faults
    assert again.steps == run.steps


# -- it always ends --------------------------------------------------------------------------


def test_a_feed_that_never_ends_is_a_breach_and_no_endless_loop() -> None:
    run = rerun(on(NeverEnds), [[], [2], []])
    assert run.broken is not None


def shop_without_oracle(store: Any, *tape: list[int], **changes: Any) -> Simulation:
    class Quiet(Oracle):
        """Hears all, and objects to nothing."""

        def __getattribute__(self, name: str) -> Any:
            if name in ("fed", "refused", "loaded", "at_the_end"):
                return lambda *_: None
            return super().__getattribute__(name)

    chooser = TapeChooser([[], *tape])
    made = Simulation(chooser, [store] * 3, draw=draw_shop, oracle=Quiet, workload=Workload)
    for name, value in changes.items():
        setattr(made, name, value)
    return made


def test_pr7_a_task_that_makes_calls_without_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim, "MAX_CALLS", 500)
    monkeypatch.setattr(sim, "_CALLS", (501,))
    with pytest.raises(Broken, match="is not over after 500 port calls") as error:
        shop_without_oracle(NeverEnds(), [0, 0, 0, 1], [2]).run()
    assert error.value.promise == "PR7"


class Full(MemoryStore):
    """Nothing can be saved any more."""

    def commit(self, commit: Commit) -> None:
        raise Conflict("reads")


def test_pr7_a_shop_that_does_not_come_to_rest_is_a_breach() -> None:
    with pytest.raises(Broken, match="after 60 rounds") as error:
        shop_without_oracle(Full(), [0]).run()
    assert error.value.promise == "PR7"


def test_the_end_is_looked_at_once_when_everything_has_come_to_rest() -> None:
    ends: list[tuple[bool, int]] = []

    class Ending(Oracle):
        def at_the_end(self) -> None:
            ends.append((made._calls.calm, len(made._tasks) + len(made._waiting)))

    chooser = TapeChooser([[], [0], [0]])
    made = Simulation(chooser, [MemoryStore()] * 3, draw=draw_shop, oracle=Ending, workload=Workload)
    made.run()
    assert ends == [(True, 0)]


# -- what comes out --------------------------------------------------------------------------


def test_pr9_an_error_of_a_store_is_a_breach_of_its_contract() -> None:
    done = search(on(RaisesItsOwn), first=1, seeds=30)
    assert done.finding is not None
    assert done.finding.broken.what == ("PR9", ("ST22",))


def test_pr9_a_policy_that_raises_is_a_breach() -> None:
    def careless(order: Any) -> Any:
        return 1 // 0

    shop = draw_shop(TapeChooser([[]]))
    shop = attrs.evolve(
        shop, policies=attrs.evolve(shop.policies, cancel_unpaid_after=None, priority=careless)
    )
    done = search(MEMORY, first=1, seeds=60, shop=shop)
    assert done.finding is not None
    assert done.finding.broken.what == ("PR9", ())
    assert "the engine raised ZeroDivisionError" in done.finding.broken.message


@pytest.mark.parametrize("error", [Conflict("reads"), Unavailable("store")])
def test_who_is_told_that_nobody_knows_sends_again(error: StoreError) -> None:
    made = shop_without_oracle(MemoryStore())
    command = made.workload.command(sim.T0)
    made._tell(command, error)
    assert made._waiting == [(command,)]
    made._answered.add(command.key)
    made._tell(command, error)
    assert made._waiting == [(command,)], "but not who was answered meanwhile"


def test_a_key_that_is_somebody_elses_is_an_answer() -> None:
    made = shop_without_oracle(MemoryStore(), oracle=type("Any", (), {"answered": lambda *_: None})())
    command = made.workload.command(sim.T0)
    made._tell(command, IdempotencyConflict("key", key=command.key))
    assert made._waiting == []


def test_a_process_that_dies_knows_nothing_any_more_and_its_clients_send_again() -> None:
    made = shop_without_oracle(MemoryStore(), [1])
    process: Process = made._processes[0]
    command = made.workload.command(sim.T0)
    assert made._chooser.turn()
    made._deliver((command,), process, sim.T0)
    [task] = made._tasks
    setup, skew = process.setup, process.skew
    made._crash(process, "crash")
    assert process.setup is not setup
    assert process.skew == skew
    assert made._tasks == []
    assert made._waiting == [task.about]


def test_every_breach_has_its_sentence() -> None:
    error = Broken("PR5", "c-1 was committed twice", ("ST6",))
    assert str(error).startswith("c-1 was committed twice\nPR5: " + PROMISES["PR5"])
    assert "ST6: A command key is recorded once" in str(error)
    with pytest.raises(ValueError, match="no promise"):
        Broken("PR10", "?")


def test_each_process_takes_one_of_the_ways_to_route() -> None:
    first, second = Nearest(), LowestCost(Rates())
    shop = attrs.evolve(draw_shop(TapeChooser([[]])), routings=(first, second))
    routings = [Process(place, MemoryStore(), shop).setup.routing for place in range(3)]
    assert routings == [first, second, first]
