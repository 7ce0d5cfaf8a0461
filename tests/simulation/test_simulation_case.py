"""The simulator as a case of the store contract: three more lines, and a report where something breaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.testing import AsyncStoreContract, StoreContract
from omcore.testing._store_clauses import CLAUSES, cited
from omcore.testing.simulation import draw_shop
from omcore.testing.simulation.chooser import TapeChooser
from omcore.testing.stores._bench import Bench
from omcore.testing.stores._faces import Loop
from simulated import MEMORY, ForgetsRefusals, on

CASE = "test_st33_a_shop_that_is_simulated_on_it_keeps_its_promises"


def simulated(contract: type, bench: Bench, **changes: Any) -> None:
    """The case of a class that was derived."""
    derived = type("TestMine", (contract,), changes)
    getattr(derived(), CASE)(bench)


def bench(fresh: Callable[[int], Any] | None, seeds: int = 3, **more: Any) -> Bench:
    return Bench(more.pop("store", MemoryStore()), fresh=fresh, seeds=seeds, shrinks=False, **more)


@pytest.mark.parametrize("contract", [StoreContract, AsyncStoreContract])
def test_a_class_without_fresh_stores_says_what_was_not_checked(contract: type) -> None:
    with pytest.raises(pytest.skip.Exception, match="the fixture `fresh` is not overridden: ST33: ") as said:
        simulated(contract, bench(None))
    assert CLAUSES["ST33"] in str(said.value)


def test_a_good_store_passes() -> None:
    simulated(StoreContract, bench(MEMORY))


def test_what_is_found_is_the_failure() -> None:
    with pytest.raises(AssertionError, match="is not recorded") as error:
        simulated(StoreContract, bench(on(ForgetsRefusals), 50))
    assert cited(error.value) == "ST33"
    assert "ST11: " in str(error.value)
    assert "def test_seed_" in str(error.value)


def test_a_clause_that_is_waived_is_expected_to_break() -> None:
    waived = {"ST11": "refusals are in the log"}
    with pytest.raises(pytest.xfail.Exception, match="ST11 is waived: refusals are in the log"):
        simulated(StoreContract, bench(on(ForgetsRefusals), 50), waived=waived)
    with pytest.raises(AssertionError, match="is not recorded"):
        simulated(StoreContract, bench(on(ForgetsRefusals), 50), waived={"ST12": "no people here"})


@pytest.mark.parametrize("awaited", [False, True])
def test_an_async_store_is_simulated_in_its_loop_and_closed(awaited: bool) -> None:
    """Handles may be awaited each, or all at once."""
    opened: list[Any] = []

    class Closing(AsyncMemoryStore):
        closed = 0

        async def close(self) -> None:
            self.closed += 1

    def fresh(count: int) -> Any:
        sync = MemoryStore()

        async def handle() -> Any:
            opened.append(Closing(sync))
            return opened[-1]

        async def handles() -> Sequence[Any]:
            return [await handle() for _ in range(count)]

        return handles() if awaited else [handle() for _ in range(count)]

    with Loop() as loop:
        simulated(AsyncStoreContract, bench(fresh, 1, run=loop.run, store=AsyncMemoryStore()))
    assert [each.closed for each in opened] == [1, 1, 1]


def test_an_async_store_that_is_broken_is_found() -> None:
    class Forgets(AsyncMemoryStore):
        def __init__(self) -> None:
            super().__init__(ForgetsRefusals())

    with Loop() as loop, pytest.raises(AssertionError, match="ST11: "):
        simulated(
            AsyncStoreContract,
            bench(lambda count: [Forgets()] * count, 50, run=loop.run, store=AsyncMemoryStore()),
        )


def test_a_class_may_have_a_shop_of_its_own() -> None:
    def careless(_: Any) -> Any:
        raise LookupError("no such rank")

    shop = draw_shop(TapeChooser([[]]))
    mine = attrs.evolve(shop, policies=attrs.evolve(shop.policies, priority=careless))
    with pytest.raises(AssertionError, match="the engine raised LookupError") as error:
        simulated(StoreContract, bench(MEMORY, 60), shop=mine)
    assert "shop=self.shop" in str(error.value)
    simulated(StoreContract, bench(MEMORY), shop=shop)
