"""The kit of routing strategies is proved: one planted defect each, and the clause that the kit names.

Every clause has at least one broken strategy (tests/support/broken_strategies.py), and every case rejects
one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from broken_strategies import BROKEN_STRATEGIES, Careful
from omcore.testing import RoutingContract
from omcore.testing._citing import cited
from omcore.testing._contract import CASES
from omcore.testing.routing._bench import RoutingBench
from omcore.testing.routing._clauses import ROUTING

PROVING = {name: case for name, case in CASES[RoutingContract].items() if hasattr(case, "clause")}


def breaches(
    make: Callable[[], Any],
    *,
    until: str = "",
    only: str = "",
    examples: int = 300,
) -> dict[str, str]:
    """What the kit says of a strategy: each clause that is broken, and a case that says so."""
    found: dict[str, str] = {}
    for name, case in sorted(PROVING.items(), key=lambda each: getattr(each[1], "clause", "") != until):
        if only not in name:
            continue
        bench = RoutingBench(make(), fresh=make, costs=make().costs, examples=examples, shrinks=False)
        try:
            case(RoutingContract(), bench)
        except pytest.skip.Exception:
            continue
        except Exception as error:  # noqa: BLE001 - whatever a broken strategy brings about
            found.setdefault(cited(error) or "none", name)
        if until in found:
            break
    return found


@pytest.mark.parametrize("name", list(BROKEN_STRATEGIES))
def test_the_kit_rejects_a_broken_strategy_and_names_the_clause(name: str) -> None:
    clause, make = BROKEN_STRATEGIES[name]
    found = breaches(make, until=clause, only=f"_{clause.lower()}_")
    assert clause in found, found


def test_the_kit_accepts_the_good_one() -> None:
    """So that what is rejected above is the planted defect."""
    assert breaches(Careful, examples=40) == {}


def test_every_clause_has_a_case_and_a_strategy_that_breaks_it() -> None:
    assert {getattr(case, "clause", "") for case in PROVING.values()} == set(ROUTING)
    assert {clause for clause, _ in BROKEN_STRATEGIES.values()} == set(ROUTING)


@pytest.mark.parametrize("case", sorted(PROVING))
def test_every_case_rejects_some_strategy(case: str) -> None:
    """One that never fails would prove nothing."""
    clause = getattr(PROVING[case], "clause", "")
    own = [make for broken, make in BROKEN_STRATEGIES.values() if broken == clause]
    assert any(breaches(make, only=case) for make in own)
