"""The network of docs/examples/a_network.py: what it prints is what happens, the same under any hash seed."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import a_network
from house import ROOT, SRC


@pytest.fixture(scope="module")
def told() -> str:
    ran = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "examples" / "a_network.py")],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SRC), "PYTHONHASHSEED": "0"},
    )
    assert ran.stderr == ""
    return ran.stdout


def part(told: str, begins: str) -> str:
    (found,) = [text for text in told.strip().split("\n\n") if text.startswith(begins)]
    return found


def test_the_cheapest_plan_is_shipped_rejected_planned_again_and_improved(told: str) -> None:
    """R1, R2, R3: 16.00 from one location; without it 17.47 from two; 9.72 when goods have arrived."""
    assert "4 of 4 units from 1 location, 16.00 USD" in part(told, "Ordered")
    again = part(told, "A location rejects")
    assert "4 units of order 1 wait: rejected" in again
    assert "4 of 4 units from 2 locations, 17.47 USD (lowest_cost; nothing better exists)" in again
    assert "rejected this order before" in again
    assert "saves 7.75 USD (17.47 USD before, 9.72 USD after)" in part(told, "Goods arrive")


def test_a_faster_service_is_offered_with_an_earlier_day(told: str) -> None:
    offered = part(told, "Before it is ordered").splitlines()[1:]
    assert [line.split()[0] for line in offered] == ["express", "standard"]


def test_the_exact_strategy_is_the_cheapest_of_the_table(told: str) -> None:
    rows = [line.split() for line in part(told, "Eight orders").splitlines()[2:]]
    costs = {row[0]: float(row[1]) for row in rows}
    assert min(costs.values()) == costs["lowest_cost"] < costs["nearest"]
    assert {row[3] for row in rows} == {"24"}


def test_it_says_the_same_under_any_hash_seed_and_in_any_process(
    told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """C1."""
    a_network.main()
    assert capsys.readouterr().out == told
