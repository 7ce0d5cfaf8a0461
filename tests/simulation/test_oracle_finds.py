"""Whatever is broken in the engine, the oracle finds it, and names the promise that is broken."""

from __future__ import annotations

from contextlib import suppress

import pytest

from omcore.kernel import OmcoreError
from omcore.testing.simulation.promises import PROMISES, Broken
from planted_bugs import BUGS
from watched_shop import Watched


@pytest.mark.parametrize("name", sorted(BUGS))
def test_a_planted_bug_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    promise, plant = BUGS[name]
    plant(monkeypatch)
    shop = Watched()
    with pytest.raises(Broken) as found, suppress(OmcoreError):
        shop.busy_day()
    assert found.value.promise == promise, str(found.value)
    assert found.value.clauses == (), "no store is to blame"


def test_every_promise_of_the_oracle_has_bugs_that_break_it() -> None:
    assert {promise for promise, _ in BUGS.values()} == set(PROMISES) - {"PR9"}
    assert len(BUGS) >= 25


def test_nothing_is_found_where_nothing_is_planted() -> None:
    Watched().busy_day()
