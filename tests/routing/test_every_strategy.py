"""Every strategy that ships with omcore keeps the contract that an embedder's is held to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from omcore import routing
from omcore.testing import RoutingContract
from shipped_strategies import SHIPPED, Shipped


def proved(name: str, shipped: Shipped) -> type[RoutingContract]:
    """A test class of the contract for one of them."""

    def strategy(self: object) -> Any:
        return shipped.make()

    def fresh(self: object) -> Callable[[], Any]:
        return shipped.make

    def costs(self: object) -> Any:
        return shipped.costs

    given = {each.__name__: pytest.fixture(each) for each in (strategy, fresh, costs)}
    flags = {
        "rules": shipped.rules,
        "fills": shipped.fills,
        "ties": shipped.ties,
        "at_most": shipped.at_most,
        "examples": 15,
    }
    return type(f"Test{name}", (RoutingContract,), {**given, **flags, "__module__": __name__})


for _name, _shipped in SHIPPED.items():
    globals()[f"Test{_name}"] = proved(_name, _shipped)


def test_no_strategy_is_missing() -> None:
    """Whoever adds one adds a line to tests/support/shipped_strategies.py."""
    classes = {
        name
        for name in routing.__all__
        if isinstance(cls := getattr(routing, name), type)
        and callable(getattr(cls, "plan", None))
        and not _is_protocol(cls)
    }
    assert classes - {type(shipped.make()).__name__ for shipped in SHIPPED.values()} == set()


def _is_protocol(cls: type) -> bool:
    return bool(getattr(cls, "_is_protocol", False))
