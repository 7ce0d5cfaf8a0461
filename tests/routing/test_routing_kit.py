"""What somebody sees who runs the kit of routing strategies: three lines, reasons, clauses that fail."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from house import ROOT
from kit_run import ran
from omcore.routing import CostStrategy, Demand, DemandLine, Rates
from omcore.testing import RoutingContract
from omcore.testing._contract import CASES
from omcore.testing.routing._clauses import PAGE, ROUTING
from omcore.testing.routing.cases import ANY, PLAIN, SMALL, draw_case
from omcore.testing.simulation import SeededChooser

THREE_LINES = """
import pytest
from omcore.routing import CostStrategy, LowestCost, Nearest, Rates
from omcore.testing import RoutingContract

class TestMine(RoutingContract):
    examples = 3
    waived = {"RT6": "we ship no gifts"}
    @pytest.fixture
    def strategy(self): return Nearest()
"""
NEEDING = 2  # RT11 a cost model, RT17 a way to make another one


def test_three_lines_run_every_case_and_say_what_was_not_checked_and_why(tmp_path: Path) -> None:
    said = ran(tmp_path, THREE_LINES, "-rs")
    cases = CASES[RoutingContract]
    assert f"{NEEDING} skipped" in said, said
    assert "failed" not in said.replace("xfailed", ""), said
    passed = [int(count) for count in re.findall(r"(\d+) x?passed", said)]
    failed = [int(count) for count in re.findall(r"(\d+) xfailed", said)]
    assert sum(passed + failed) == len(cases) - NEEDING
    assert "the fixture `costs` is not overridden: " in said
    assert "the fixture `fresh` is not overridden: " in said


def test_what_fails_names_its_clause_and_the_page(tmp_path: Path) -> None:
    broken = """
class Mine(Nearest):
    def plan(self, demand, network, availability):
        if not demand.lines: raise IndexError
        return super().plan(demand, network, availability)
"""
    source = THREE_LINES.replace("return Nearest()", "return Mine()") + broken
    said = ran(tmp_path, source, "-k", "rt22_an_order")
    assert "1 failed" in said
    assert f"RT22: {ROUTING['RT22']} ({PAGE})" in said


def test_a_function_of_the_test_file_is_made_again_in_other_processes(tmp_path: Path) -> None:
    more = """
    @pytest.fixture
    def fresh(self): return mine

def mine(): return Nearest()
"""
    assert "1 passed" in ran(tmp_path, THREE_LINES + more, "-k", "rt17")
    without_a_name = more.replace("return mine", "return lambda: Nearest()")
    said = ran(tmp_path, THREE_LINES + without_a_name, "-rs", "-k", "rt17")
    assert "`fresh` has no name to import it by: RT17" in said


def test_a_class_without_a_strategy_is_told_so(tmp_path: Path) -> None:
    said = ran(tmp_path, THREE_LINES.replace("def strategy", "def router"), "-k", "rt1_")
    assert "TestMine needs a fixture `strategy` that gives the strategy to be proved" in said


def test_a_class_that_replaces_a_check_is_refused() -> None:
    for name in [*CASES[RoutingContract], "bench", "_waivers"]:
        with pytest.raises(TypeError, match="replaces a check of the routing contract"):
            type("TestMine", (RoutingContract,), {name: None})
    for waived in ({"GT1": "why"}, {"RT99": "why"}, {"RT1": " "}):
        with pytest.raises(TypeError, match="waived"):
            type("TestMine", (RoutingContract,), {"waived": waived})


def test_the_page_has_every_clause_in_order_word_by_word() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    said = re.findall(r"^\*\*(RT\d+)\.\*\* (.+?)(?:\n\n|\Z)", page, flags=re.MULTILINE | re.DOTALL)
    assert [(number, " ".join(text.split())) for number, text in said] == list(ROUTING.items())


def test_the_classes_of_the_howto_are_test_classes_and_their_strategies_good(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "howto" / "write-a-strategy.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", page, flags=re.MULTILINE | re.DOTALL)
    said = ran(tmp_path, "\n".join(blocks))
    assert "TestKeepTheStoresStocked" in page
    assert re.search(r"\d\d passed", said), said
    assert [line for line in said.splitlines() if line.startswith("FAILED") and "rt6" not in line] == []


@pytest.mark.parametrize("sort", [ANY, SMALL, PLAIN])
def test_a_seed_draws_the_same_case_again_and_cases_have_what_is_rare(sort: Any) -> None:
    cases = [draw_case(SeededChooser(seed), sort) for seed in range(300)]
    assert cases == [draw_case(SeededChooser(seed), sort) for seed in range(300)]
    demands = [case.demand for case in cases]
    lines = [line for demand in demands for line in demand.lines]
    assert all(type(demand) is Demand for demand in demands)
    assert all(type(line) is DemandLine for line in lines)
    assert any(line.components for line in lines) == bool(sort.kits)
    assert any(demand.pickup_at for demand in demands) == bool(sort.pickup)
    assert any(demand.ship_complete for demand in demands) == bool(sort.complete)
    assert any(demand.excluded for demand in demands) == bool(sort.excluded)
    assert any(line.per != 1 for line in lines) == bool(sort.measured)
    assert any(len(case.network) > 1 for case in cases)
    assert any(place.point is None for case in cases for place in case.network)
    assert CostStrategy("any", Rates()).plan(demands[0], cases[0].network, cases[0].shelves).order_id == "o-1"
