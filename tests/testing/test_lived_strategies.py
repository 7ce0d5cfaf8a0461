"""What is drawn as legal is accepted, what is hostile is refused, and ``st.from_type`` knows every record."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from omcore import engine, inventory, kernel, orders, ports, routing
from omcore import inventory as inv
from omcore import orders as om
from omcore.codec import dumps, loads
from omcore.kernel import (
    Catalog,
    Command,
    InputError,
    Money,
    Network,
    OmcoreError,
    changed,
    checked_id,
    checked_instant,
    checked_quantity,
    checked_sku,
)
from omcore.memory import MemoryStore
from omcore.testing import strategies as omst
from omcore.testing.records import records
from omcore.testing.simulation.wishes.drafting import NAME
from omcore.testing.strategies.registering import NOT_DRAWN, public_records

omst.register()
omst.register()  # once more changes nothing

# Whole lives are drawn: that takes its time, and the first of them compiles the charts.
lively = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=25)


_PLAIN = find(omst.shops(), lambda _: True)


@lively
@given(omst.command_sequences())
def test_every_command_of_a_sequence_is_accepted_in_another_engine(lived: omst.Lived) -> None:
    store = MemoryStore()
    manager = lived.manager(store)
    for command in lived.commands:
        manager.execute(command)
    assert store.feed(0, 10_000) == lived.store.feed(0, 10_000)
    assert NAME not in repr(lived)
    assert len(repr(lived).splitlines()) == 1 + len(lived.commands)


# Its makers count on a person's right to release any hold, which this shop does not give.
_STRICT = changed(_PLAIN, policies=om.Policies(release_right=lambda owner, hold: False))


@lively
@given(omst.command_sequences(shop=_STRICT, max_size=20))
def test_what_was_refused_all_the_same_is_left_out(lived: omst.Lived) -> None:
    manager = lived.manager(MemoryStore())
    for command in lived.commands:
        manager.execute(command)


@lively
@given(st.data())
def test_what_is_hostile_is_refused_typed_and_changes_nothing(data: st.DataObject) -> None:
    lived = data.draw(omst.command_sequences(max_size=10))
    command = data.draw(omst.hostile_commands(lived))
    before = lived.store.feed(0, 10_000)
    with pytest.raises(OmcoreError) as refused:
        lived.manager(lived.store).execute(command)
    assert refused.value.code
    assert lived.store.feed(0, 10_000) == before


@lively
@given(omst.hostile_commands())
def test_of_nothing_nothing_is_to_be_had(command: Command) -> None:
    store = MemoryStore()
    with pytest.raises(OmcoreError):
        omst.Lived(_PLAIN, (), store, Any).manager(store).execute(command)  # type: ignore[arg-type]
    assert not store.feed(0, 10)


@lively
@given(omst.orders())
def test_an_order_takes_its_next_command_and_comes_back_from_json(order: om.Order) -> None:
    assert loads(dumps(order)) == order
    command = om.MeetDeadlines(order.id, key="k", at=order.seen_at)
    assert om.decide(order, command, om.default_context()).order.id == order.id


def _reached(
    strategy: st.SearchStrategy[Any], wanted: dict[str, Callable[[Any], Any]], most: int
) -> set[str]:
    missing = set(wanted)

    @settings(max_examples=most, phases=[Phase.generate], database=None, derandomize=True, parent=lively)
    @given(strategy)
    def look(found: Any) -> None:
        missing.difference_update([name for name in missing if wanted[name](found)])

    look()
    return missing


def _is(value: str, of: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda found: of(found) == value


def test_orders_stand_at_every_stage() -> None:
    statuses = [
        "placed",
        "validated",
        "processing",
        "fulfilled",
        "delivered",
        "returned",
        "cancelled",
        "on_hold",
    ]
    wanted = {status: _is(status, lambda order: order.standing.status) for status in statuses}
    wanted["something waits for stock"] = lambda order: order.backorders
    wanted["something comes back"] = lambda order: [
        each for each in order.progress.returns.values() if each.items
    ]
    wanted["money is asked for"] = lambda order: order.payments.requests
    wanted["a change is under way"] = lambda order: order.amendments.edits or order.amendments.claims
    assert _reached(omst.orders(), wanted, 250) == set()


def test_stock_is_claimed_for_a_time_and_for_good_and_expected() -> None:
    wanted: dict[str, Callable[[inv.StockItem], Any]] = {
        "in a cart": lambda item: item.held,
        "held by an owner": lambda item: item.allocated,
        "expected": lambda item: item.outlook.expected,
        "of a lot": lambda item: item.lots.holdings,
        "damaged": lambda item: item.damaged,
    }
    assert _reached(omst.stock(), wanted, 400) == set()


def test_reservations_end_in_every_way() -> None:
    outcomes = ("live", "confirmed", "released", "expired", "confirmed_late")
    wanted = {outcome: _is(outcome, lambda cart: cart.outcome) for outcome in outcomes}
    assert _reached(omst.reservations(), wanted, 300) == set()


def test_drafts_are_sold_by_weight_too() -> None:
    wanted: dict[str, Callable[[om.OrderDraft], Any]] = {
        "by weight": lambda draft: any(line.measure.scale for line in draft.lines),
        "whole": lambda draft: not any(line.measure.scale for line in draft.lines),
    }
    assert _reached(omst.drafts(), wanted, 100) == set()


def test_a_sequence_shrinks_to_the_commands_that_matter() -> None:
    """A cart needs goods that came in, and nobody else."""
    lived = find(
        omst.command_sequences(shop=_PLAIN, max_size=8),
        lambda found: found.seen.reservations,
        settings=settings(
            max_examples=2_000, parent=lively, deadline=None, database=None, phases=list(Phase)
        ),
        random=Random(0),
    )
    assert [type(command) for command in lived.commands] == [inv.ReceiveStock, inv.ReserveStock], lived


# -- hostile values --------------------------------------------------------------------------


HOSTILE_VALUES: tuple[tuple[st.SearchStrategy[Any], Callable[[Any], Any]], ...] = (
    (omst.hostile_ids(), lambda value: checked_id(value, "x")),
    (omst.hostile_skus(), checked_sku),
    (omst.hostile_quantities(), lambda value: checked_quantity(value, "x")),
    (omst.hostile_amounts(), lambda value: Money.parse(value, "USD")),
    (omst.hostile_instants(), checked_instant),
)


@pytest.mark.parametrize("case", HOSTILE_VALUES, ids=["ids", "skus", "quantities", "amounts", "instants"])
@given(data=st.data())
def test_a_hostile_value_is_an_input_error(case: Any, data: st.DataObject) -> None:
    strategy, read = case
    with pytest.raises(InputError):
        read(data.draw(strategy))


# -- from_type -------------------------------------------------------------------------------


@pytest.mark.parametrize("cls", public_records(), ids=lambda cls: f"{cls.__module__}.{cls.__name__}")
def test_from_type_draws_every_public_record_or_says_why_not(cls: type) -> None:
    if cls in NOT_DRAWN:
        assert len(NOT_DRAWN[cls].split()) > 3
        return

    @settings(parent=lively, max_examples=3, phases=[Phase.generate], database=None)
    @given(st.from_type(cls))
    def look(found: Any) -> None:
        assert type(found) is cls

    look()


def test_every_room_is_among_them() -> None:
    found = public_records()
    assert {kernel.Money, orders.Order, inventory.StockItem, routing.Demand, ports.Commit} <= set(found)
    assert engine.RouteOrder in found
    assert set(om.ORDER_COMMANDS) | set(inv.INVENTORY_COMMANDS) <= set(found)
    assert set(NOT_DRAWN) <= set(found)


@settings(parent=lively, max_examples=10)
@given(st.from_type(om.Order), st.from_type(Network), st.from_type(Catalog), st.from_type(inv.StockItem))
def test_what_has_lived_is_drawn_by_its_type(
    order: om.Order, network: Network, catalog: Catalog, item: inv.StockItem
) -> None:
    assert order.progress.tally.kept <= sum(line.quantity for line in order.terms.lines)
    assert all(network[location.id] is location for location in network.locations)
    assert all(item.sku in catalog.by_sku for item in catalog.items)
    assert item.claims(item.seen_at) >= 0


def test_an_import_registers_nothing() -> None:
    """Whoever registered a strategy of his own keeps it, until he asks for ours."""
    code = (
        "import omcore.testing.strategies; from omcore.kernel import Money;"
        "from hypothesis.strategies._internal import types; print(Money in types._global_type_lookup)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "False", done.stderr


@given(records(inv.ReceiveStock))
def test_a_record_by_its_class_is_what_it_was(command: inv.ReceiveStock) -> None:
    assert command.quantity > 0
