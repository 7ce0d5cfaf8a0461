"""Stock as dictionaries: every claim is listed by itself, and every answer is found by adding up lists.

Decides what inventory should answer, in a way of its own: no counters, no schedule, no events. Each
method takes one command's facts, answers with the code of the refusal that is due (empty for none), and
where there is none has changed the lists. Knows the present moment, ``now``, and that is all it knows
about time.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

Place = tuple[str, str]  # (location, SKU), in the order of the streams
Amounts = dict[Place, int]

PLACES: tuple[Place, ...] = tuple((at, sku) for at in ("lax", "nyc") for sku in ("MUG", "SET", "TEE"))
RECIPE = {"MUG": 1, "TEE": 2}  # what a SET is made of
SELLABLE, DAMAGED, QUARANTINED = "sellable", "damaged", "quarantined"


class Cart:
    """A reservation: what it was made of, and what has become of it."""

    def __init__(self, owner: str, until: datetime, items: Amounts) -> None:
        self.owner, self.until, self.items = owner, until, items
        self.ended = ""  # confirmed, released, confirmed_late; an end by time is not noted
        self.order = ""
        self.held: Counter[Place] = Counter()  # what its owner has allocated


class Model:
    """What there is, what is claimed of it and by whom."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.units: Counter[tuple[Place, str]] = Counter()  # by condition
        self.safety: Counter[Place] = Counter()
        self.backorders: Counter[Place] = Counter()
        self.carts: dict[str, Cart] = {}
        self.orders: list[Place] = []  # one entry for every unit that an order has allocated
        self.supply: dict[tuple[Place, str], tuple[int, str]] = {}  # by reference: units, origin
        self.born = Counter[str]()  # by SKU: came into the world less what left it

    # -- adding up ---------------------------------------------------------------------------

    def outcome(self, token: str) -> str:
        cart = self.carts[token]
        return cart.ended or ("live" if self.now < cart.until else "expired")

    def live(self, place: Place) -> int:
        return sum(cart.items.get(place, 0) for t, cart in self.carts.items() if self.outcome(t) == "live")

    def allocated(self, place: Place) -> int:
        return self.orders.count(place) + sum(cart.held[place] for cart in self.carts.values())

    def claims(self, place: Place) -> int:
        return self.live(place) + self.allocated(place)

    def on_hand(self, place: Place) -> int:
        return self.units[place, SELLABLE]

    def atp(self, place: Place) -> int:
        return self.on_hand(place) - self.claims(place) - self.safety[place]

    def free(self, place: Place) -> int:
        return self.atp(place) + self.backorders[place]

    def under_way(self, sku: str) -> int:
        return sum(units for (place, _), (units, origin) in self.supply.items() if origin and place[1] == sku)

    # -- the ledger --------------------------------------------------------------------------

    def receive(self, place: Place, units: int, reference: str = "", completes: bool = False) -> str:
        self.units[place, SELLABLE] += units
        self.born[place[1]] += units
        if (place, reference) in self.supply:
            expected, origin = self.supply.pop((place, reference))
            rest = 0 if completes else max(0, expected - units)
            if rest:
                self.supply[place, reference] = (rest, origin)
            if origin:  # these units were in the world before; what differs came to it, or was lost
                self.born[place[1]] -= expected - rest
        return ""

    def expect(self, place: Place, reference: str, units: int) -> str:
        expected, origin = self.supply.get((place, reference), (0, ""))
        if origin and units > expected:
            return "not_in_transit"
        self.supply.pop((place, reference), None)
        if units:
            self.supply[place, reference] = (units, origin)
        if origin:
            self.born[place[1]] += units - expected
        return ""

    def adjust(self, place: Place, delta: int, condition: str) -> str:
        if self.units[place, condition] + delta < 0:
            return "insufficient_stock"
        self.units[place, condition] += delta
        self.born[place[1]] += delta
        return ""

    def count(self, place: Place, counted: int, condition: str) -> str:
        return self.adjust(place, counted - self.units[place, condition], condition)

    def regrade(self, place: Place, units: int, condition: str, to: str) -> str:
        if self.units[place, condition] < units:
            return "insufficient_stock"
        self.units[place, condition] -= units
        if to:
            self.units[place, to] += units
        else:
            self.born[place[1]] -= units
        return ""

    def transfer(self, origin: str, destination: str, sku: str, units: int, name: str) -> str:
        if self.atp((origin, sku)) < units:
            return "insufficient_stock"
        if ((destination, sku), name) in self.supply:
            return "supply_exists"
        self.units[(origin, sku), SELLABLE] -= units
        self.supply[(destination, sku), name] = (units, origin)
        return ""

    def call_back(self, origin: str, destination: str, sku: str, units: int, name: str) -> str:
        key = ((destination, sku), name)
        expected, sender = self.supply.get(key, (0, ""))
        if sender != origin or expected < units:
            return "not_in_transit"
        self.units[(origin, sku), SELLABLE] += units
        self.supply[key] = (expected - units, origin)
        if expected == units:
            del self.supply[key]
        return ""

    def rework(self, location: str, kits: int) -> str:
        """So many sets are made of loose goods; fewer than none are taken apart."""
        changes = {sku: -kits * each for sku, each in RECIPE.items()} | {"SET": kits}
        if any(change < 0 and self.atp((location, sku)) < -change for sku, change in changes.items()):
            return "insufficient_stock"
        for sku, change in changes.items():
            self.units[(location, sku), SELLABLE] += change
            self.born[sku] += change
        return ""

    # -- temporary claims --------------------------------------------------------------------

    def reserve(self, token: str, owner: str, until: datetime, items: Amounts, replaces: str = "") -> str:
        old = self.carts.get(replaces)
        if replaces and old is None:
            return "unknown_id"
        if token in self.carts:
            return "reservation_exists"
        had: Amounts = {}
        if old is not None:
            if old.owner != owner:
                return "not_the_owner"
            if self.outcome(replaces) not in ("live", "expired"):
                return "reservation_ended"
            had = old.items if self.outcome(replaces) == "live" else {}
        for place, units in items.items():
            more = units - had.get(place, 0)
            if more > 0 and more > self.free(place):
                return "insufficient_stock"
        if old is not None and self.outcome(replaces) == "live":
            old.ended = "released"
        self.carts[token] = Cart(owner, until, items)
        return ""

    def extend(self, token: str, until: datetime) -> str:
        refused = self._unless_live(token)
        if not refused and until <= self.carts[token].until:
            return "expiry_not_later"
        if not refused:
            self.carts[token].until = until
        return refused

    def release(self, token: str) -> str:
        refused = self._unless_live(token)
        if not refused:
            self.carts[token].ended = "released"
        return refused

    def confirm(self, token: str, part: Amounts, late: bool) -> str:
        if token not in self.carts:
            return "unknown_id"
        cart, outcome = self.carts[token], self.outcome(token)
        again = late and outcome == "expired"
        if outcome != "live" and not again:
            return "reservation_ended"
        if any(units > cart.items.get(place, 0) for place, units in part.items()):
            return "not_reserved"
        wanted = part or cart.items
        if again and any(units > self.free(place) for place, units in wanted.items()):
            return "late_payment_unfilled"
        cart.ended = "confirmed_late" if again else "confirmed"
        cart.held = Counter(wanted)
        return ""

    def taken_over(self, token: str) -> None:
        """An order has it now, all of it."""
        cart = self.carts[token]
        cart.ended, cart.order = "confirmed", "o1"
        for place, units in cart.items.items():
            self.orders += [place] * units

    def _unless_live(self, token: str) -> str:
        if token not in self.carts:
            return "unknown_id"
        return "" if self.outcome(token) == "live" else "reservation_ended"

    # -- what an owner holds -----------------------------------------------------------------

    def ship_held(self, token: str, part: Amounts) -> str:
        wanted, refused = self._held(token, part)
        if not refused and any(units > self.on_hand(place) for place, units in wanted.items()):
            return "insufficient_stock"
        for place, units in wanted.items():
            self._leave(place, units)
            self.carts[token].held[place] -= units
        return refused

    def release_held(self, token: str, part: Amounts) -> str:
        wanted, refused = self._held(token, part)
        for place, units in wanted.items():
            self.carts[token].held[place] -= units
        return refused

    def short_held(self, token: str, part: Amounts) -> str:
        wanted, refused = self._held(token, part)
        for place, units in wanted.items():
            self._leave(place, min(units, self.on_hand(place)))
            self.carts[token].held[place] -= units
        return refused

    def move_held(self, token: str, part: Amounts, to: str) -> str:
        wanted, refused = self._held(token, part)
        if refused:
            return refused
        there: Counter[Place] = Counter()
        for (_, sku), units in wanted.items():
            there[to, sku] += units
        if any(units > self.free(place) for place, units in there.items()):
            return "insufficient_stock"
        self.carts[token].held.subtract(wanted)
        self.carts[token].held.update(there)
        return ""

    def _held(self, token: str, part: Amounts) -> tuple[Amounts, str]:
        if token not in self.carts:
            return {}, "unknown_id"
        cart = self.carts[token]
        held = {place: units for place, units in cart.held.items() if units}
        if cart.order:
            return {}, "held_by_order"
        if not held:
            return {}, "nothing_allocated"
        if any(units > held.get(place, 0) for place, units in part.items()):
            return {}, "not_allocated"
        return part or held, ""

    # -- what orders do ----------------------------------------------------------------------

    def allocate(self, place: Place, units: int) -> str:
        if units > self.free(place):
            return "insufficient_stock"
        self.orders += [place] * units
        return ""

    def deallocate(self, place: Place, units: int) -> str:
        if not self._may_go(place, units):
            return "not_allocated"
        self._forget(place, units)
        return ""

    def ship(self, place: Place, units: int) -> str:
        if not self._may_go(place, units):
            return "not_allocated"
        if units > self.on_hand(place):
            return "insufficient_stock"
        self._forget(place, units)
        self._leave(place, units)
        return ""

    def short_pick(self, place: Place, units: int) -> str:
        if not self._may_go(place, units):
            return "not_allocated"
        self._forget(place, units)
        self._leave(place, min(units, self.on_hand(place)))
        return ""

    def sell(self, place: Place, units: int) -> str:
        self._leave(place, min(units, self.on_hand(place)))
        return ""

    def take_back(self, place: Place, units: int, condition: str) -> str:
        self.units[place, condition] += units
        self.born[place[1]] += units
        return ""

    def _may_go(self, place: Place, units: int) -> bool:
        return units <= self.orders.count(place)

    def _forget(self, place: Place, units: int) -> None:
        for _ in range(units):
            self.orders.remove(place)

    def _leave(self, place: Place, units: int) -> None:
        self.units[place, SELLABLE] -= units
        self.born[place[1]] -= units


def seconds(count: int) -> timedelta:
    return timedelta(seconds=count)


__all__ = ["PLACES", "RECIPE", "Amounts", "Cart", "Model", "Place", "seconds"]
