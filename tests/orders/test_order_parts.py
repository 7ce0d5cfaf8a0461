"""Every part of an order in every state × every command that names it, as the generated page has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

import generate_order_commands as whole
import generate_order_parts as parts
from _parts import Part
from omcore import orders as om
from omcore.kernel import Command, record
from omcore.kernel.errors import error_codes
from omcore.lifecycle import CHARTS, ORDER, Chart
from omcore.orders.amendments import swapping
from omcore.orders.amendments.exchanging import (
    CHARGED,
    COMPLETED,
    DECLINED,
    EXCHANGE_CANCELLED,
    REFUNDED,
    UNPAID,
)

FOUND = parts.matrix()


def states_of(part: Part) -> set[str]:
    return {state.partition(",")[0] for state in part.states}


def test_every_state_of_every_chart_is_on_a_page() -> None:
    shown = {part.chart.name: states_of(part) for part in parts.PARTS if part.chart is not None}
    shown[ORDER.name] = set(whole.STATUSES)
    assert shown == {chart.name: set(chart.states) for chart in CHARTS}


def test_what_has_no_chart_has_all_its_states_too() -> None:
    by_title = {part.title: states_of(part) for part in parts.PARTS}
    lives = {swapping.WAITING, swapping.EXPECTING, swapping.SENT, swapping.OVERDUE}
    ends = {COMPLETED, DECLINED, REFUNDED, CHARGED, UNPAID, EXCHANGE_CANCELLED}
    assert by_title["Exchanges"] == lives | ends
    assert by_title["Requests to cancel"] == {"requested", "accepted", "declined"}
    assert by_title["Chargebacks"] == {"disputed", "won", "lost"}


def test_every_command_is_in_every_table_that_it_belongs_to() -> None:
    assert parts.missing() == []
    assert set(whole.MAKE) == set(om.ORDER_COMMANDS)


@record
class PolishUnits(Command):
    """A command that no page knows."""

    order_id: str
    shipment_id: str


@record
class PaintParcel(Command):
    """A command about a part that no page knows."""

    order_id: str
    parcel_id: str


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (PolishUnits, "PolishUnits: in no table of what it names: shipment_id"),
        (PaintParcel, "PaintParcel: no part has the field parcel_id"),
    ],
)
def test_a_command_that_is_added_and_not_shown_is_told(
    command: type, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(om, "ORDER_COMMANDS", (*om.ORDER_COMMANDS, command))
    assert told in parts.missing()
    with pytest.raises(AssertionError, match=command.__name__):
        parts.write()
    with pytest.raises(AssertionError, match=command.__name__):
        whole.write()


def test_a_state_that_is_added_to_a_chart_and_not_shown_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    part = parts.PARTS[0]
    states = {name: bring for name, bring in part.states.items() if name != "packed"}
    monkeypatch.setattr(parts, "PARTS", (replace(part, states=states), *parts.PARTS[1:]))
    assert parts.missing() == [f"{part.title}: no state packed"]


def test_every_cell_is_a_move_nothing_new_or_the_code_of_an_error() -> None:
    for cell in FOUND.values():
        if cell.startswith("`"):
            assert cell.strip("`") in error_codes()
        else:
            assert cell == "✓" or cell.startswith("→ ")


def reachable(chart: Chart, state: str) -> set[str]:
    found: set[str] = set()
    more = {state}
    while more:
        found |= more
        more = {target for source, _, target in chart.moves if source in found} - found
    return found


@pytest.mark.parametrize("part", parts.PARTS, ids=lambda part: part.title)
def test_a_state_is_left_only_as_the_chart_says(part: Part) -> None:
    known = {state.replace("_", " ") for state in states_of(part)}
    for (title, state, _), cell in FOUND.items():
        if title == part.title and cell.startswith("→ "):
            after = cell.removeprefix("→ ")
            assert after in known
            if part.chart is not None:
                before = state.partition(",")[0]
                assert before not in part.chart.finals
                assert after in {name.replace("_", " ") for name in reachable(part.chart, before)}


def test_whatever_is_over_starts_nothing() -> None:
    """What an order that is over still takes are facts, answers, and what lets go."""
    begins = ("Authorize", "Open", "Propose", "Place", "Add", "Revert", "Extend", "ReturnInStore")
    for (_, state, command), cell in FOUND.items():
        if "order over" in state and command.strip("`").startswith(begins):
            assert cell == "`order_is_over`", (state, command)
