"""The workload: what happens in the shop, one command after another.

Decides what is wanted next: of a new order, of one that is under way, of stock, of carts, of a channel. What
may be wanted of an order is a table of makers by what the order has now, so that nothing is listed but the
order itself; its weights are such that most orders get through to delivery, and many come back. A command
is legal as of what is known; by the time that it is carried out it may be refused. Must not know stores,
processes or faults.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import accumulate

from omcore import orders as om
from omcore.kernel import Command
from omcore.testing.simulation.chooser import Chooser
from omcore.testing.simulation.finishing import finish_cart, finish_order
from omcore.testing.simulation.shop import Shop
from omcore.testing.simulation.wishes import arriving, carts, stocking
from omcore.testing.simulation.wishes.choosing import CARTS, STOCK, makers_of, one_of
from omcore.testing.simulation.wishes.desk import Desk, Known
from omcore.testing.simulation.wishes.refused import HOSTILE, of_a_known_key
from omcore.testing.simulation.words import told

_TRIES = 4  # makers that are asked of one order, or stock item, before something plainer happens
_ROOM = 6  # orders that are under way at once, mostly: fewer get further
_KEPT = 16  # commands whose keys may be used for something else

# Of what the next command is: a new order, goods that come, something about an order, about stock, a new
# cart, something about one, a channel's word, a late fact, and what must be refused.
_ROOMY = tuple(accumulate((70, 60, 620, 90, 35, 60, 35, 20, 25)))
_CROWDED = tuple(accumulate((8, 30, 700, 90, 35, 60, 35, 20, 25)))


class Workload:
    """What somebody wants next, as of what is ``seen``.

    ``refused``: some among them must be. Keys are ``c-1``, ``c-2`` ...; names of orders, carts, returns are
    numbered too, so that the same choices are the same commands.
    """

    def __init__(self, chooser: Chooser, shop: Shop, seen: Known, *, refused: bool = True) -> None:
        self._desk = Desk(chooser, shop, seen)
        self._under_way: list[str] = []
        self._over: list[str] = []
        self._met = 0  # how many of the placed orders were seen
        self._given: list[Command] = []
        self._kinds: tuple[Callable[[], Command | None], ...] = (
            self._place,
            self._goods_come,
            self._of_order,
            self._any_stock,
            self._reserve,
            self._cart,
            self._snapshot,
            self._late,
            self._refused if refused else self._of_order,
        )

    def command(self, at: datetime) -> Command:
        """The next command, with a key of its own; now and then one that must be refused."""
        desk = self._desk
        desk.at = at
        self._meet()
        made = self._next()
        if len(self._given) < _KEPT:
            self._given.append(made)
        elif desk.keys % 7 == 0:
            self._given[desk.keys % _KEPT] = made
        return made

    def finishing(self, at: datetime) -> list[Command]:
        """The next commands that bring orders and reservations to their end; [] when all have come to it."""
        desk = self._desk
        desk.at = at
        self._meet()
        seen = desk.seen
        made = [finish_order(desk, seen.orders[order_id]) for order_id in seen.order_ids]
        made += [finish_cart(desk, cart) for cart in seen.reservations.values()]
        return [command for commands in made for command in commands]

    def told(self, command: Command) -> str:
        """A command in business words, on one line, without personal data."""
        return told(command)

    # -- choosing ----------------------------------------------------------------------------

    def _meet(self) -> None:
        """Take note of orders that were placed since."""
        order_ids = self._desk.seen.order_ids
        while self._met < len(order_ids):
            self._under_way.append(order_ids[self._met])
            self._met += 1

    def _next(self) -> Command:
        chooser = self._desk.chooser
        roomy = len(self._under_way) < _ROOM
        weights = _ROOMY if roomy else _CROWDED
        for _ in range(_TRIES):
            found = self._kinds[chooser.weighed(weights)]()
            if found is not None:
                return found
        return (None if roomy else self._goods_come()) or self._place()

    def _place(self) -> Command:
        return arriving.place(self._desk)

    def _goods_come(self) -> Command | None:
        """Whoever sells has something to sell."""
        return self._stock(stocking.receive)

    def _order(self) -> om.Order:
        """An order that is under way; one that is over steps aside, for late facts."""
        desk, under_way = self._desk, self._under_way
        index = desk.chooser.below(len(under_way))
        order = desk.seen.orders[under_way[index]]
        if desk.over(order) and not order.payments.requests and len(under_way) > 1:
            self._over.append(under_way[index])
            under_way[index] = under_way[-1]
            under_way.pop()
        return order

    def _of_order(self) -> Command | None:
        if not self._under_way:
            return None
        desk, order = self._desk, self._order()
        rows = makers_of(order, desk.over(order))
        for _ in range(_TRIES):
            made = one_of(desk.chooser, rows)(desk, order)
            if made is not None:
                return made
        return None

    def _late(self) -> Command | None:
        """Something about an order that is over."""
        if not self._over:
            return None
        desk = self._desk
        order = desk.seen.orders[desk.chooser.pick(self._over[-_KEPT:])]
        return one_of(desk.chooser, makers_of(order, True))(desk, order)

    def _snapshot(self) -> Command | None:
        return arriving.snapshot(self._desk, self._order()) if self._under_way else None

    def _stock(self, maker: stocking.StockMaker) -> Command | None:
        desk = self._desk
        place, sku = desk.chooser.pick(desk.places), desk.chooser.pick(desk.shop.skus)
        return maker(desk, place, sku, desk.item(place, sku))

    def _any_stock(self) -> Command | None:
        return self._stock(self._desk.chooser.pick(STOCK))

    def _reserve(self) -> Command | None:
        return carts.reserve(self._desk)

    def _cart(self) -> Command | None:
        """Something about a cart; one that is over is forgotten."""
        desk, tokens = self._desk, self._desk.tokens
        if not tokens:
            return None
        index = desk.chooser.below(len(tokens))
        cart = desk.seen.reservations.get(tokens[index])
        if cart is None:
            return None
        table = carts.table_of(desk, cart)
        if not table:
            tokens[index] = tokens[-1]
            tokens.pop()
            return None
        return desk.chooser.pick(CARTS[table])(desk, cart)

    def _refused(self) -> Command | None:
        desk = self._desk
        chooser = desk.chooser
        if self._given and chooser.chance(150):
            return of_a_known_key(desk, chooser.pick(self._given))
        maker, _ = chooser.pick(HOSTILE)
        places = self._over if chooser.chance(300) and self._over else self._under_way
        order = desk.seen.orders[chooser.pick(places)] if places else None
        return maker(desk, order)


__all__ = ["Workload"]
