"""What a strategy plans, as text: run by a process of its own, under a hash seed of its own.

``python -m omcore.testing.routing._told module name count`` makes a strategy by calling that name, asks it
that many cases and prints the plans. Decides which cases these are. Must not know any strategy.
"""

from __future__ import annotations

import hashlib
import importlib  # noqa: TID251 - whoever asks names a strategy of his own
import sys  # noqa: TID251 - a command line has arguments
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import Any

from omcore.codec import dump_json, dumps
from omcore.routing import RoutingPlan, RoutingStrategy
from omcore.testing.routing.cases import ANY, draw_case
from omcore.testing.simulation import SeededChooser

NOT_FOUND = 3
"""The status where the name cannot be imported."""


def told(plan: RoutingPlan) -> str:
    """A plan, its explanation as JSON and as text."""
    return "\n".join((dumps(plan), str(dump_json(plan.explanation.as_json())), plan.explain()))


def lines_of(strategy: RoutingStrategy, count: int) -> Iterator[str]:
    """A line a case: its number, and a hash of all that is told of its plan."""
    for seed in range(count):
        case = draw_case(SeededChooser(seed), ANY)
        text = told(strategy.plan(case.demand, case.network, case.shelves))
        yield f"{seed} {hashlib.sha256(text.encode()).hexdigest()}"


def main(module: str, name: str, count: str) -> int:
    """Prints what is told; ``NOT_FOUND`` where there is no such name."""
    try:
        make: Callable[[], Any] = attrgetter(name)(importlib.import_module(module))
    except (ImportError, AttributeError):
        return NOT_FOUND
    sys.stdout.write("\n".join(lines_of(make(), int(count))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:4]))

__all__ = ["NOT_FOUND", "lines_of", "main", "told"]
