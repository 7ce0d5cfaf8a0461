"""The conformance kit of routing strategies: what every strategy is proved by, omcore's own too.

Derive a test class, give it the strategy, run pytest::

    class TestMyStrategy(RoutingContract):
        @pytest.fixture
        def strategy(self):
            return MyStrategy()

Decides what a derived class must and may choose. The clauses and their reasons:
docs/reference/routing-contract.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from omcore.routing import CostModel, Rule
from omcore.testing._contract import Contract, sealed
from omcore.testing.routing._answers import AnswerCases
from omcore.testing.routing._bench import RoutingBench
from omcore.testing.routing._cases import PlanCases
from omcore.testing.routing._clauses import PAGE, ROUTING


@sealed
class RoutingContract(Contract, PlanCases, AnswerCases):
    """The contract for a ``RoutingStrategy``: derive, override the fixture ``strategy``.

    May be overridden: ``fresh``, ``costs``. ``rules`` are those that the strategy asks, where they are not
    ``DEFAULT_RULES``; ``fills = False`` where it may leave what could ship (a limit of its own), and
    ``ties = False`` where something else than priority and id tells equals apart; ``at_most`` locations
    ship one order, 0 for any number; ``waived``, clauses that are not kept, each with its reason;
    ``examples``, cases a check.
    """

    what = "routing"
    clauses = ROUTING
    page = PAGE
    rules: ClassVar[tuple[Rule, ...] | None] = None
    fills: ClassVar[bool] = True
    ties: ClassVar[bool] = True
    at_most: ClassVar[int] = 0

    @pytest.fixture
    def strategy(self) -> Any:
        """Must be overridden: the strategy."""
        pytest.fail(f"{type(self).__name__} needs a fixture `strategy` that gives the strategy to be proved")

    @pytest.fixture
    def fresh(self) -> Callable[[], Any] | None:
        """May be overridden: a function that makes another strategy like it.

        One of a module of yours, so that a process of its own can import it.
        """
        return None

    @pytest.fixture
    def costs(self) -> CostModel | None:
        """May be overridden: the cost model by which its plans are the cheapest, where it has one."""
        return None

    @pytest.fixture
    def bench(self, strategy: Any, fresh: Callable[[], Any] | None, costs: CostModel | None) -> RoutingBench:
        """What the cases work on; not to be overridden."""
        return RoutingBench(
            strategy,
            fresh=fresh,
            costs=costs,
            rules=self.rules,
            fills=self.fills,
            ties=self.ties,
            at_most=self.at_most,
            examples=self.examples,
        )


__all__ = ["RoutingContract"]
