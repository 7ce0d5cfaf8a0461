"""Orders and stock that have lived: states that are reached by legal commands, and the commands themselves.

Decides how a life is drawn: the workload of the simulator, with Hypothesis' choices, carried out at once
in an engine in memory; what was refused all the same is left out. So every state is one that an engine can
get into, and every sequence is accepted again in any shop like its own. Must not know any test.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import OrderManager, RouteOrder
from omcore.kernel import Command, OmcoreError, Refusal
from omcore.memory import MemoryStore
from omcore.testing.simulation import Shop, TapeChooser, Workload, draw_shop
from omcore.testing.simulation.seen import Seen
from omcore.testing.simulation.wishes.arriving import place
from omcore.testing.simulation.wishes.carts import reserve, table_of
from omcore.testing.simulation.wishes.choosing import CARTS, STOCK, makers_of, one_of
from omcore.testing.simulation.wishes.desk import Desk
from omcore.testing.simulation.wishes.refused import ABOUT_NOTHING, HOSTILE, of_a_known_key
from omcore.testing.simulation.words import told
from omcore.testing.stages import STAGES
from omcore.testing.strategies.choosing import Choices

_HOSTILE = tuple([maker for maker, _ in HOSTILE])
_T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)
_STEPS_S = (0, 5, 600, 40_000)

_MORE = st.integers(0, 15)  # commands follow one another: 15 times of 16
_STOCK = tuple(dict.fromkeys(STOCK))  # each as often as any
_STAGE = st.sampled_from(tuple(STAGES))

_PLAIN = draw_shop(TapeChooser([]))


@attrs.frozen(eq=False)
class Lived:
    """Commands that were all accepted, one after another, in an engine of ``shop``; ``store`` has what came.

    ``manager`` makes another engine of the same shop, where they are accepted too. The repr tells them in
    business words.
    """

    shop: Shop
    commands: tuple[Command, ...]
    store: MemoryStore
    seen: Seen

    def manager(self, store: Any, **ports: Any) -> OrderManager:
        """An engine of the same shop on a store, with ports where they are given."""
        return engine(self.shop, store, **ports)

    def __repr__(self) -> str:
        return "\n".join([f"{len(self.commands)} commands", *[told(command) for command in self.commands]])


def engine(shop: Shop, store: Any, **ports: Any) -> OrderManager:
    """An engine of a shop."""
    return OrderManager(
        store,
        network=shop.network,
        catalog=shop.catalog,
        routing=shop.routings[0],
        policies=shop.policies,
        rules=shop.rules,
        chart=shop.chart,
        sales_channels=shop.sales_channels,
        **ports,
    )


class _Living:
    """An engine in which a life is lived."""

    def __init__(self, chooser: Choices, shop: Shop) -> None:
        self.chooser = chooser
        self.shop = shop
        self.seen = Seen()
        self.store = MemoryStore()
        self.given: list[Command] = []
        self.now = _T0
        self._manager = engine(shop, self.store)
        self._position = 0

    def later(self) -> datetime:
        self.now += timedelta(seconds=self.chooser.pick(_STEPS_S))
        return self.now

    def do(self, command: Command) -> bool:
        """Carry it out, if it is accepted; where it is refused, it never was."""
        try:
            self._manager.execute(command)
        except OmcoreError:
            return False
        self.given.append(command)
        entries = self.store.feed(self._position, 10_000)
        for stream in dict.fromkeys([entry.stream for entry in entries]):
            self.seen.take(self.store.load((stream,))[stream].state)
        if entries:
            self._position = entries[-1].position
        return True

    def lived(self) -> Lived:
        return Lived(self.shop, tuple(self.given), self.store, self.seen)


@st.composite
def _step(draw: DrawFn, wish: Callable[[], Command | None], living: _Living) -> bool:
    """One more command, or none and no more: a part of the example that may be left out by itself."""
    if not draw(_MORE):
        return False
    command = wish()
    if command is not None:
        living.do(command)
    return True


def _steps(draw: DrawFn, most: int, wish: Callable[[], Command | None], living: _Living) -> None:
    """Up to so many commands, as long as there is to be one more."""
    for _ in range(most):
        if not draw(_step(wish, living)):
            return


@st.composite
def command_sequences(draw: DrawFn, *, shop: Shop | None = None, max_size: int = 30) -> Lived:
    """Up to so many commands, of every kind, each accepted after those before it.

    ``shop``: whose; by default it is drawn too. Orders, stock, carts and channels' snapshots are mixed.
    """
    chooser = Choices(draw)
    living = _Living(chooser, draw_shop(chooser) if shop is None else shop)
    workload = Workload(chooser, living.shop, living.seen, refused=False)
    _steps(draw, max_size, lambda: workload.command(living.later()), living)
    return living.lived()


class _Way:
    """The plain way of one order to a stage (see ``stages``), in an engine in which a life is lived."""

    def __init__(self, living: _Living, desk: Desk, order_id: str) -> None:
        self._living = living
        self._desk = desk
        self._order_id = order_id

    @property
    def order(self) -> om.Order:
        return self._living.seen.orders[self._order_id]

    def common(self) -> dict[str, Any]:
        self._desk.at = self._living.later()
        return {**self._desk.common()}

    def do(self, command: Command) -> None:
        if not self._living.do(command):
            raise _NoWay

    def allocate(self) -> None:
        self.do(RouteOrder(self._order_id, **self.common()))


class _NoWay(Exception):
    """The plain way ends here: a policy, or the draft, has it otherwise."""


@st.composite
def orders(draw: DrawFn, *, shop: Shop | None = None, max_commands: int = 12) -> om.Order:
    """Orders in any state of their life: at any stage, and up to so many commands of any kind later.

    ``shop``: whose; by default the plainest, with the default policies and a catalog that has kits, goods
    by weight, and what is not taken back.
    """
    living = _Living(Choices(draw), _PLAIN if shop is None else shop)
    desk = Desk(living.chooser, living.shop, living.seen)
    first = place(desk)
    for sku, units in _needed(living.shop, first).items():
        for location in living.shop.network.locations:
            living.do(inv.ReceiveStock(sku, location.id, units, **desk.common()))
    living.do(first)
    order_id = living.seen.order_ids[0]
    way = _Way(living, desk, order_id)
    with suppress(_NoWay, Refusal):
        for step in STAGES[draw(_STAGE)]:
            step(way)

    def wish() -> Command | None:
        desk.at = living.later()
        order = living.seen.orders[order_id]
        return one_of(living.chooser, makers_of(order, desk.over(order)))(desk, order)

    _steps(draw, max_commands, wish, living)
    return living.seen.orders[order_id]


def _needed(shop: Shop, placing: Any) -> dict[str, int]:
    """Twice what an order is made of: some of it is sent anew."""
    return shop.catalog.explode([(line.sku, 2 * line.quantity) for line in placing.draft.lines])


@st.composite
def stocked_stores(draw: DrawFn, *, shop: Shop | None = None, max_commands: int = 12) -> Lived:
    """Shelves with goods and carts and no orders: received, counted, claimed, moved, made into kits."""
    living = _Living(Choices(draw), _PLAIN if shop is None else shop)
    desk = Desk(living.chooser, living.shop, living.seen)
    place_, sku = living.chooser.pick(desk.places), living.chooser.pick(living.shop.skus)
    living.do(inv.ReceiveStock(sku, place_, living.chooser.between(1, 9), **desk.common()))

    def wish() -> Command | None:
        desk.at = living.later()
        return _of_stock(desk)

    _steps(draw, max_commands, wish, living)
    return living.lived()


def _of_stock(desk: Desk) -> Command | None:
    chooser = desk.chooser
    what = chooser.below(4)
    if what == 3 and desk.tokens:
        cart = desk.seen.reservations.get(chooser.pick(desk.tokens))
        table = () if cart is None else table_of(desk, cart)
        return chooser.pick(CARTS[table])(desk, cart) if cart is not None and table else None
    if what >= 2:
        return reserve(desk)
    location, sku = chooser.pick(desk.places), chooser.pick(desk.shop.skus)
    return chooser.pick(_STOCK)(desk, location, sku, desk.item(location, sku))


@st.composite
def stock(draw: DrawFn, *, shop: Shop | None = None, max_commands: int = 12) -> inv.StockItem:
    """Stock items in any state that commands lead to."""
    lived = draw(stocked_stores(shop=shop, max_commands=max_commands))
    return draw(st.sampled_from(tuple(lived.seen.stock.values())))


@st.composite
def reservations(draw: DrawFn, *, shop: Shop | None = None, max_commands: int = 12) -> inv.Reservation:
    """Reservations in any state that commands lead to."""
    living = _Living(Choices(draw), _PLAIN if shop is None else shop)
    desk = Desk(living.chooser, living.shop, living.seen)
    place_, sku = desk.places[0], living.shop.skus[0]
    living.do(inv.ReceiveStock(sku, place_, 9, **desk.common()))
    item = inv.ReservedItem(sku, place_, living.chooser.between(1, 4))
    desk.tokens.append("cart-0")
    living.do(inv.ReserveStock("cart-0", "ada", (item,), desk.later(60, 50_000), **desk.common()))

    def wish() -> Command | None:
        desk.at = living.later()
        cart = living.seen.reservations["cart-0"]
        table = table_of(desk, cart)
        return living.chooser.pick(CARTS[table])(desk, cart) if table else None

    _steps(draw, max_commands, wish, living)
    return living.seen.reservations["cart-0"]


@st.composite
def hostile_commands(draw: DrawFn, lived: Lived | None = None) -> Command:
    """Commands that an engine refuses, and that change nothing there.

    In the engine that has ``lived``: about what it has not, too much of what it has, or twice. Without one,
    about what there is nowhere.
    """
    chooser = Choices(draw)
    desk = Desk(chooser, _PLAIN if lived is None else lived.shop, Seen() if lived is None else lived.seen)
    desk.names = 10_000  # none that the life used
    order = None
    if lived is not None:
        desk.at = max([command.at for command in lived.commands], default=_T0)
        desk.keys = 10_000
        desk.tokens += lived.seen.tokens
        if lived.seen.order_ids:
            order = lived.seen.orders[chooser.pick(lived.seen.order_ids)]
        if lived.commands and chooser.chance(100):
            return of_a_known_key(desk, chooser.pick(lived.commands))
    makers = ABOUT_NOTHING if lived is None else _HOSTILE
    start = chooser.below(len(makers))
    for step in range(len(makers)):
        command = makers[(start + step) % len(makers)](desk, order)
        if command is not None:
            return command
    raise AssertionError("of nothing there is always something to ask")


__all__ = [
    "Lived",
    "command_sequences",
    "engine",
    "hostile_commands",
    "orders",
    "reservations",
    "stock",
    "stocked_stores",
]
