"""What inventory's commands come to, over all the streams that each touches.

Decides which operation a command about one stock item stands for; a command about a token is decided
in ``tokens``. Must not know how one stock item decides.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from omcore.inventory import commands as cmd
from omcore.inventory import kits as kt
from omcore.inventory import operations as op
from omcore.inventory.aggregate import EVOLVE as STOCK_EVENTS
from omcore.inventory.aggregate import decide_operations, evolve_stock
from omcore.inventory.counts import refuse_outdated
from omcore.inventory.moved import counted_operation
from omcore.inventory.reservations import Reservation
from omcore.inventory.stock import StockItem
from omcore.inventory.streams import kits_of, stock_stream
from omcore.inventory.tokens import DECIDE as RESERVATION_COMMANDS
from omcore.inventory.tokens import EVOLVE as RESERVATION_EVENTS
from omcore.inventory.tokens import Changed, States, evolve_reservation, operate, reserve
from omcore.kernel import Catalog, InvalidType, checked_instant, epoch_second


def decide_inventory(
    command: Any,
    states: States,
    at: datetime,
    movements: Sequence[Any] | None = None,
    catalog: Catalog | None = None,
) -> Changed:
    """Events by stream, or a refusal with nothing changed.

    ``states`` has the state of every stream of ``streams_of``, None where it does not exist.
    ``at`` is the one now of the command: the latest of its own time and what those have seen.
    ``movements`` are the newest of the stock item that a count of the past is about, oldest first and at
    least all since (``needs_movements``), one by one or as entries of the feed.
    ``catalog`` says which kits are built ahead; none without one.
    Where several reasons apply, the reservation's or the kit's come first, then the items' in stream order;
    of a transfer, the origin's before the destination's.
    """
    if type(at) is not datetime or at.tzinfo is not UTC:
        at = checked_instant(at)
    if type(states) is not dict and not issubclass(type(states), Mapping):
        raise InvalidType("states", expected="a mapping of states by stream")
    simple = _STOCK.get(type(command))
    if simple is not None:
        stream = stock_stream(command.location, command.sku)
        item = states.get(stream)
        operation = simple(command)
        if item is not None and needs_movements(command, item):
            operation = _looked_back(command, item, movements)
        events, _ = decide_operations(
            item,
            (operation,),
            at,
            sku=command.sku,
            location=command.location,
            reference=command.reference if type(command) in _WITH_REFERENCE else "",
        )
        return {stream: events}
    kits = kits_of(catalog)
    if type(command) in cmd.KIT_COMMANDS:
        return operate(kt.rework(command, kits), states, at, command.reference)
    if kits and type(command) is cmd.ReserveStock:
        return reserve(command, states, at, kits)
    decide = _TRANSFERS.get(type(command)) or RESERVATION_COMMANDS.get(type(command))
    if decide is None:
        raise InvalidType("command", expected="an inventory command")
    return decide(command, states, at)


def _transfer(command: cmd.TransferStock, states: States, at: datetime) -> Changed:
    send = op.Send(command.quantity, command.destination, cmd.lots_of(command))
    second = epoch_second(command.arrives_at)
    wait = op.Await(command.transfer, command.quantity, second, command.origin)
    return _between(command, send, wait, states, at)


def _call_back(command: cmd.CallBackTransfer, states: States, at: datetime) -> Changed:
    call_back = op.CallBack(command.transfer, command.quantity, command.origin)
    return _between(command, op.ComeBack(command.quantity, cmd.lots_of(command)), call_back, states, at)


def _between(
    command: cmd.TransferStock | cmd.CallBackTransfer,
    at_origin: Any,
    at_destination: Any,
    states: States,
    at: datetime,
) -> Changed:
    """One operation at each end of a transfer; where both refuse, the origin's refusal is told."""
    changed: Changed = {}
    for location, operation in ((command.origin, at_origin), (command.destination, at_destination)):
        stream = stock_stream(location, command.sku)
        changed[stream], _ = decide_operations(
            states.get(stream),
            (operation,),
            at,
            sku=command.sku,
            location=location,
            reference=command.transfer,
        )
    return changed


def needs_movements(command: Any, item: Any) -> bool:
    """Whether a command is a count of a moment since when something may have moved.

    ``CountOutdated`` where a newer count is known: then nothing need be looked up.
    """
    if type(command) is not cmd.CountStock or command.counted_at is None or type(item) is not StockItem:
        return False
    refuse_outdated(item, command.condition, command.counted_at)
    return item.seen_at > command.counted_at


def _looked_back(command: cmd.CountStock, item: StockItem, movements: Sequence[Any] | None) -> op.Count:
    if movements is None or command.counted_at is None:
        raise InvalidType("movements", expected="the movements since counted_at")
    return counted_operation(
        item,
        movements,
        command.counted,
        command.counted_at,
        command.cause,
        command.condition,
        command.source,
        command.tolerance,
    )


def evolve_inventory(state: Any, event: Any) -> StockItem | Reservation:
    """Fold an event of either aggregate into its state, None at first.

    Errors: ``UnknownEvent`` for what is no event of inventory.
    """
    step = STOCK_EVENTS.get(type(event))
    if step is not None and type(state) is StockItem:
        return step(state, event)  # nearly always
    if type(event) in RESERVATION_EVENTS:
        return evolve_reservation(state, event)
    return evolve_stock(state, event)


_STOCK: Mapping[type, Callable[[Any], Any]] = {
    cmd.ReceiveStock: lambda command: op.Receive(
        command.quantity, command.completes, command.happened_at, cmd.lots_of(command)
    ),
    cmd.AdjustStock: lambda command: op.Adjust(
        command.delta, command.cause, command.condition, command.happened_at, cmd.lots_of(command)
    ),
    cmd.CountStock: lambda command: op.Count(
        command.counted,
        command.cause,
        command.condition,
        command.counted_at,
        command.source,
        tolerance=command.tolerance,
    ),
    cmd.RegradeStock: lambda command: op.Regrade(
        command.quantity, command.condition, command.to, command.cause, cmd.lots_of(command)
    ),
    cmd.IdentifyStock: lambda command: op.Identify(command.quantity, command.condition, cmd.lots_of(command)),
    cmd.SetLotPolicy: lambda command: op.SetPolicy(command.policy),
    cmd.SetSafetyStock: lambda command: op.SetSafety(command.quantity),
    cmd.SetBackorderLimit: lambda command: op.SetBackorders(command.quantity),
    cmd.SetReorderPoint: lambda command: op.SetReorder(command.quantity),
    cmd.ExpectSupply: lambda command: op.Expect(
        command.supply, command.quantity, epoch_second(command.expected_at)
    ),
}

_WITH_REFERENCE = frozenset(
    {cmd.ReceiveStock, cmd.AdjustStock, cmd.CountStock, cmd.RegradeStock, cmd.IdentifyStock}
)

_TRANSFERS: Mapping[type, Callable[[Any, States, datetime], Changed]] = {
    cmd.TransferStock: _transfer,
    cmd.CallBackTransfer: _call_back,
}

__all__ = ["decide_inventory", "evolve_inventory", "needs_movements"]
