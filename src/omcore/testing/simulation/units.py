"""Units: every unit of every order by itself, where it is, and what it is worth for ever.

Decides which way a unit may go by which fact, what that means for the shelf of a location, and that the
amounts of a fact are those of its units (C7, M6, M7, M8). It knows of an order only its events, and lists
what the order keeps in runs; ``Page.agrees`` compares the two. Must not know stock, or who pays.

Where a unit of a kit comes back in parts, the order says where it stands, and only that it may be: how
its worth is split is held to its whole, once all of it was given back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from omcore.orders import events as ev
from omcore.testing.simulation.facts import Facts
from omcore.testing.simulation.promises import Broken

UNITS, MONEY = "PR1", "PR2"

Worth = tuple[int, int, int, int]
NOTHING: Worth = (0, 0, 0, 0)

OPEN, ALLOCATED, CHANNEL, SHIPPED, ARRIVED = "open", "allocated", "channel", "shipped", "arrived"
DELIVERED, RETURNING, RECEIVED, RETURNED = "delivered", "returning", "received", "returned"
KEPT, LOST, REPLACED, CANCELLED = "kept", "lost", "replaced", "cancelled"
GIVEN_BACK = (RETURNED, KEPT, LOST)
# Where a unit may stand of which only a part is meant.
_IN_PARTS = (DELIVERED, RETURNING, RECEIVED, RETURNED, KEPT, LOST)
# By whom a unit is held, where that says more than its state.
_HELD = frozenset({ALLOCATED, SHIPPED, ARRIVED, RETURNING, RECEIVED})


class Line:
    """One line: of each unit its state, what holds it, and its worth."""

    __slots__ = ("components", "refs", "start", "states", "worth")

    def __init__(self, line: Any) -> None:
        self.components: tuple[tuple[str, int], ...] = line.components
        self.start = CHANNEL if line.fulfilled_by == CHANNEL else OPEN
        self.states: list[str] = []
        self.refs: list[str] = []
        self.worth: list[Worth] = []

    def grow(self, name: str, entitlements: Any) -> Worth:
        """New units, numbered on; returns what they come to."""
        whole = NOTHING
        for first, last, *each in entitlements:
            if first != len(self.states) + 1 or last < first:
                raise Broken(UNITS, f"units {first} to {last} of line {name} come after {len(self.states)}")
            worth: Worth = (each[0], each[1], each[2], each[3])
            for _ in range(first, last + 1):
                self.states.append(self.start)
                self.refs.append("")
                self.worth.append(worth)
                whole = plus(whole, worth)
        return whole


class Page:
    """One order: its units, its charges, and what it comes to."""

    __slots__ = (
        "charged",
        "charges",
        "counts",
        "earned",
        "funded",
        "lines",
        "name",
        "owed",
        "parted",
        "parted_worth",
        "remitted",
        "shipping_back",
        "touched",
        "work",
    )

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[str, Line] = {}
        self.work: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        self.charges = self.shipping_back = NOTHING
        self.charged = False
        # What is owed and earned, but for allowances; and what a channel remits and funds of it.
        self.owed = self.earned = self.remitted = self.funded = 0
        self.touched: dict[str, None] = {}
        self.parted: dict[tuple[str, int], None] = {}
        self.parted_worth = NOTHING

    def take(self, event: Any, facts: Facts) -> None:
        """One event; what it means for the shelf goes into ``facts``."""
        handle = _BY_EVENT.get(type(event))
        if handle is not None:
            handle(self, event, facts)

    # -- what moves --------------------------------------------------------------------------

    def move(self, event: Any, came_from: tuple[str, ...], to: str, ref: str, facts: Facts) -> None:
        """All units of an event go one way."""
        self.move_some(event, event.items, came_from, to, ref, facts)

    def move_some(
        self, event: Any, items: Any, came_from: tuple[str, ...], to: str, ref: str, facts: Facts
    ) -> None:
        """Some units of an event go one way: each once, and none that is elsewhere."""
        counts = self.counts
        for line_id, runs in items:
            line = self.lines[line_id]
            states, refs = line.states, line.refs
            self.touched[line_id] = None
            freed: dict[str, int] = {}
            for first, last in runs:
                if not 0 < first <= last <= len(states):
                    raise self.broken(event, f"there are no units {first} to {last} of line {line_id}")
                for n in range(first - 1, last):
                    state = states[n]
                    if state not in came_from:
                        raise self.broken(event, f"unit {n + 1} of line {line_id} is {state}")
                    if state == ALLOCATED:
                        freed[refs[n]] = freed.get(refs[n], 0) + 1
                    counts[state] -= 1
                    states[n], refs[n] = to, ref
                counts[to] = counts.get(to, 0) + last - first + 1
            for work, units in freed.items():
                facts.claim(self.work[work], line.components, -units)

    def parts_of(self, event: Any) -> dict[str, set[int]]:
        """The units of an event of which only parts are meant, or were before."""
        named: dict[str, set[int]] = {}
        for line_id, first, last, _ in getattr(event, "parts", ()):
            named.setdefault(line_id, set()).update(range(first, last + 1))
            for n in range(first, last + 1):
                self.parted[line_id, n] = None
                self.touched[line_id] = None
        return named

    def move_back(self, event: Any, came_from: tuple[str, ...], to: str, ref: str, facts: Facts) -> None:
        """As ``move``, of a fact about units that come back, perhaps in parts."""
        named = self.parts_of(event)
        if not named:
            self.move(event, came_from, to, ref, facts)
            return
        for line_id, runs in event.items:
            parted = named.get(line_id, ())
            whole = [(n, n) for first, last in runs for n in range(first, last + 1) if n not in parted]
            self.move_some(event, ((line_id, whole),), came_from, to, ref, facts)

    def broken(self, event: Any, why: str, promise: str = UNITS) -> Broken:
        """What is wrong with an event."""
        return Broken(promise, f"{type(event).__name__} of order {self.name}: {why}")

    # -- what it comes to --------------------------------------------------------------------

    def worth(self, event: Any, items: Any, charges: bool = False) -> int:
        """The amounts that an event tells are those of its units; returns what is the merchant's of it."""
        told: Worth = (event.net, event.tax, event.remitted, event.funded)
        net, tax, remitted, funded = self.charges if charges else NOTHING
        parted = False
        for line_id, runs in items:
            worth = self.lines[line_id].worth
            for first, last in runs:
                for n in range(first - 1, last):
                    if self.parted and (line_id, n + 1) in self.parted:
                        parted = True
                        continue
                    each = worth[n]
                    net += each[0]
                    tax += each[1]
                    remitted += each[2]
                    funded += each[3]
        found = (net, tax, remitted, funded)
        if parted:
            self.parted_worth = plus(self.parted_worth, minus(told, found))
        elif told != found:
            raise self.broken(event, f"it comes to {told}, and its units to {found}", MONEY)
        return told[0] + told[1] - told[2]

    def gain(self, event: Any, sign: int, amount: int) -> None:
        """What an event tells is owed, or not any more."""
        self.owed += sign * amount
        self.remitted += sign * event.remitted
        self.funded += sign * event.funded

    # -- comparing ---------------------------------------------------------------------------

    def agrees(self, before: Any, after: Any) -> None:
        """The order says the same of every unit that an event moved, and moved no other."""
        units, index = after.progress.units, after.terms.index
        if len(units) != len(self.lines):
            raise Broken(UNITS, f"order {self.name} has {len(units)} lines, not {len(self.lines)}")
        old = () if before is None else before.progress.units
        if units is not old:
            touched = self.touched
            for line_id, at in index.items():
                if line_id in touched:
                    self._line_agrees(line_id, units[at])
                elif at >= len(old) or (units[at] is not old[at] and units[at] != old[at]):
                    raise Broken(UNITS, f"units of line {line_id} of order {self.name} moved by themselves")
        elif self.touched:
            for line_id in self.touched:
                self._line_agrees(line_id, units[index[line_id]])
        self.touched = {}
        if before is None or after.progress.tally is not before.progress.tally:
            self._tally_agrees(after.progress.tally)
        if before is None or after.terms is not before.terms:
            self._terms_agree(after.terms)
        if self.parted:
            self._parts_agree()

    def _line_agrees(self, line_id: str, runs: Any) -> None:
        line = self.lines[line_id]
        states, refs, end = line.states, line.refs, 0
        for first, last, state, ref in runs:
            if first != end + 1 or last < first:
                raise Broken(UNITS, f"line {line_id} of order {self.name}: no unit, or two, after {end}")
            for n in range(end, min(last, len(states))):
                if states[n] != state:
                    self._parted_elsewhere(line_id, n, state)
                elif state in _HELD and refs[n] != ref and (line_id, n + 1) not in self.parted:
                    told = f"unit {n + 1} of line {line_id} of order {self.name} is {state} with {ref}"
                    raise Broken(UNITS, f"{told}, not {refs[n]}")
            end = last
        if end != len(states):
            raise Broken(UNITS, f"line {line_id} of order {self.name} has {end} units, not {len(states)}")

    def _parted_elsewhere(self, line_id: str, n: int, state: str) -> None:
        known = self.lines[line_id].states[n]
        if (line_id, n + 1) not in self.parted or state not in _IN_PARTS or known not in _IN_PARTS:
            told = f"unit {n + 1} of line {line_id} of order {self.name} is {state}"
            raise Broken(UNITS, f"{told}, and by its events {known}")
        self.counts[known] -= 1
        self.counts[state] = self.counts.get(state, 0) + 1
        self.lines[line_id].states[n] = state

    def _tally_agrees(self, tally: Any) -> None:
        counts = self.counts
        for name, states in _TALLY.items():
            units = 0
            for state in states:
                units += counts.get(state, 0)
            if getattr(tally, name) != units:
                told = f"order {self.name} counts {getattr(tally, name)} units {name}"
                raise Broken(UNITS, f"{told}, and has {units}")

    def _terms_agree(self, terms: Any) -> None:
        """What every unit is worth was fixed when it was ordered."""
        for line in terms.lines:
            known = self.lines[line.id].worth
            end = 0
            for first, last, *worth in line.entitlements:
                if first != end + 1 or any(known[n] != tuple(worth) for n in range(first - 1, last)):
                    told = f"units {first} to {last} of line {line.id} of order {self.name}"
                    raise Broken(MONEY, f"{told} are worth {worth}, and were not when they were ordered")
                end = last
            if end != len(known) or line.quantity != end:
                raise Broken(UNITS, f"line {line.id} of order {self.name} is of {line.quantity} units")

    def _parts_agree(self) -> None:
        """Once all of them was given back, the parts of units come to the units."""
        whole = NOTHING
        for line_id, n in self.parted:
            line = self.lines[line_id]
            if line.states[n - 1] not in GIVEN_BACK:
                return
            whole = plus(whole, line.worth[n - 1])
        if whole != self.parted_worth:
            told = f"parts of units of order {self.name} were given back as {self.parted_worth}"
            raise Broken(MONEY, f"{told}, and the units are worth {whole}")


_TALLY: Mapping[str, tuple[str, ...]] = {
    "open": (OPEN,),
    "allocated": (ALLOCATED, CHANNEL),
    "shipped": (SHIPPED, ARRIVED),
    "delivered": (DELIVERED, RETURNING, RECEIVED),
    "returned": (RETURNED, KEPT, LOST, REPLACED),
    "cancelled": (CANCELLED,),
}


def plus(left: Worth, right: Worth) -> Worth:
    """Both, part by part."""
    return (left[0] + right[0], left[1] + right[1], left[2] + right[2], left[3] + right[3])


def minus(left: Worth, right: Worth) -> Worth:
    """What is left, part by part."""
    return (left[0] - right[0], left[1] - right[1], left[2] - right[2], left[3] - right[3])


def charges_worth(charges: Any) -> Worth:
    """What charges come to."""
    whole = NOTHING
    for each in charges:
        whole = plus(whole, (each.net, each.tax, each.remitted, each.funded))
    return whole


# -- what each fact says ---------------------------------------------------------------------


def _placed(page: Page, event: Any, facts: Facts) -> None:
    whole = _new_lines(page, event.lines)
    page.charges = charges_worth(event.charges)
    net, tax, remitted, funded = plus(whole, page.charges)
    if (event.total, event.remitted, event.funded) != (net + tax, remitted, funded):
        told = (event.total, event.remitted, event.funded)
        raise page.broken(event, f"it comes to {told}, its units to {(net + tax, remitted, funded)}", MONEY)
    page.owed, page.remitted, page.funded = net + tax - remitted, remitted, funded


def _new_lines(page: Page, lines: Any) -> Worth:
    whole = NOTHING
    for line in lines:
        if line.id in page.lines:
            raise Broken(UNITS, f"there is a line {line.id} of order {page.name} already")
        new = page.lines[line.id] = Line(line)
        whole = plus(whole, _grown(page, line.id, new, line.entitlements))
        if len(new.states) != line.quantity:
            raise Broken(UNITS, f"line {line.id} of order {page.name} is of {line.quantity} units")
    return whole


def _grown(page: Page, line_id: str, line: Line, entitlements: Any) -> Worth:
    before = len(line.states)
    worth = line.grow(line_id, entitlements)
    page.counts[line.start] = page.counts.get(line.start, 0) + len(line.states) - before
    page.touched[line_id] = None
    return worth


def _added(page: Page, event: Any, facts: Facts) -> None:
    whole = _new_lines(page, event.lines)
    for line_id, entitlements in event.more:
        whole = plus(whole, _grown(page, line_id, page.lines[line_id], entitlements))
    charges = charges_worth(event.charges)
    page.charges = plus(page.charges, charges)
    whole = plus(whole, charges)
    if whole != (event.net, event.tax, event.remitted, event.funded):
        raise page.broken(event, f"what is added comes to {whole}", MONEY)
    page.gain(event, 1, whole[0] + whole[1] - whole[2])
    if page.charged:
        page.earned += charges[0] + charges[1] - charges[2]


def _requested(page: Page, event: Any, facts: Facts) -> None:
    if event.fulfillment_id in page.work:
        raise page.broken(event, f"there is a {event.fulfillment_id} already")
    page.work[event.fulfillment_id] = event.location
    page.move(event, (OPEN,), ALLOCATED, event.fulfillment_id, facts)
    facts.claim_items(page, event.location, event.items)


def _opened(page: Page, event: Any, facts: Facts) -> None:
    _of_its_location(page, event)
    page.move(event, (ALLOCATED,), OPEN, "", facts)


def _of_its_location(page: Page, event: Any) -> None:
    if page.work.get(event.fulfillment_id) != event.location:
        raise page.broken(event, f"{event.fulfillment_id} was not asked of {event.location}")


def _left(page: Page, event: Any, charges: bool) -> None:
    if charges == page.charged:
        raise page.broken(event, "charges go with what leaves first, and once (M8)", MONEY)
    page.earned += page.worth(event, event.items, charges)
    page.charged = True


def _shipped(page: Page, event: Any, facts: Facts) -> None:
    _of_its_location(page, event)
    page.move(event, (ALLOCATED,), SHIPPED, event.shipment_id, facts)
    facts.leave("shipped", page, event.location, event.items)
    _left(page, event, event.with_charges)


def _channel_shipped(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (OPEN, CHANNEL), SHIPPED, event.shipment_id, facts)
    _left(page, event, event.with_charges)


def _taken(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (OPEN,), DELIVERED, "", facts)
    facts.leave("taken", page, event.location, event.items)
    _left(page, event, event.with_charges)


def _delivered(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (SHIPPED,), DELIVERED, event.shipment_id, facts)


def _arrived(page: Page, event: Any, facts: Facts) -> None:
    page.work[event.fulfillment_id] = event.location
    page.move(event, (SHIPPED,), ARRIVED, event.fulfillment_id, facts)


def _collected(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (ARRIVED,), DELIVERED, event.shipment_id, facts)


def _reopened(page: Page, event: Any, facts: Facts) -> None:
    for line_id, runs in event.items:
        start = page.lines[line_id].start
        page.move_some(event, ((line_id, runs),), (SHIPPED, ARRIVED), start, "", facts)
    if event.restocked:
        facts.back(page, event, event.location, event.condition)
    page.earned -= page.worth(event, event.items, event.with_charges)
    page.charged = page.charged and not event.with_charges


def _cancelled(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (OPEN, CHANNEL, ALLOCATED), CANCELLED, "", facts)
    amount = page.worth(event, event.items)
    charges = (event.charges_net, event.charges_tax, event.charges_remitted, event.charges_funded)
    if charges != NOTHING:
        if page.charged or charges != page.charges:
            raise page.broken(event, f"its charges come to {charges}, not {page.charges}", MONEY)
        page.owed -= charges[0] + charges[1] - charges[2]
        page.remitted -= charges[2]
        page.funded -= charges[3]
    page.gain(event, -1, amount)


def _gave_back(page: Page, event: Any, amount: int, fee: int) -> None:
    if not 0 <= fee <= max(amount, 0):
        raise page.broken(event, f"{fee} is kept back of {amount}", MONEY)
    page.gain(event, -1, amount)
    page.owed += fee
    page.earned -= amount - fee


def _authorized(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (DELIVERED,), RETURNING, event.return_id, facts)


def _stays(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), DELIVERED, "", facts)


def _came(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), RECEIVED, event.return_id, facts)
    if event.restocked:
        facts.back(page, event, event.location, "quarantined")


def _received(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), RETURNED, event.return_id, facts)
    if event.restocked and event.condition:
        facts.back(page, event, event.stocked_at, event.condition)
    _gave_back(page, event, page.worth(event, event.items), event.fee + event.label_fee)


def _inspected(page: Page, event: Any, facts: Facts) -> None:
    here = event.stocked_at == event.location
    if event.restocked:
        to = event.condition if here else ""
        if to != "quarantined":
            facts.regrade(page, event, event.location, to)
        if event.condition and not here:
            facts.back(page, event, event.stocked_at, event.condition)
    if event.refunded:
        page.parts_of(event)
        return
    if not event.accepted:
        page.move_back(event, (RECEIVED,), DELIVERED, "", facts)
        return
    page.move_back(event, (RECEIVED,), RETURNED, event.return_id, facts)
    _gave_back(page, event, page.worth(event, event.items), event.fee + event.label_fee)


def _lost(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), LOST, event.return_id, facts)
    _gave_back(page, event, page.worth(event, event.items), 0)


def _found(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (LOST,), RETURNED, event.return_id, facts)
    if event.restocked and event.condition:
        facts.back(page, event, event.stocked_at, event.condition)


def _kept(page: Page, event: Any, facts: Facts) -> None:
    page.move_back(event, (RETURNING,), KEPT, event.return_id, facts)
    _gave_back(page, event, page.worth(event, event.items), 0)


def _shipping_back(page: Page, event: Any, facts: Facts) -> None:
    worth = (event.net, event.tax, event.remitted, event.funded)
    page.shipping_back = plus(page.shipping_back, worth)
    if any(back > max(paid, 0) for back, paid in zip(page.shipping_back, page.charges, strict=True)):
        raise page.broken(event, f"{page.shipping_back} is back of charges of {page.charges}", MONEY)
    _gave_back(page, event, worth[0] + worth[1] - worth[2], 0)


def _claim_refunded(page: Page, event: Any, facts: Facts) -> None:
    for items, state in ((event.kept, KEPT), (event.lost, LOST)):
        page.move_some(event, items, (SHIPPED, DELIVERED), state, f"claim/{event.claim_id}", facts)
    _gave_back(page, event, page.worth(event, (*event.kept, *event.lost)), 0)


def _replaced(page: Page, event: Any, facts: Facts) -> None:
    page.move(event, (SHIPPED, DELIVERED), REPLACED, f"claim/{event.claim_id}", facts)
    amount = page.worth(event, event.items)
    page.gain(event, -1, amount)
    page.earned -= amount


_BY_EVENT: Mapping[type, Callable[[Page, Any, Facts], None]] = {
    ev.OrderPlaced: _placed,
    ev.UnitsAdded: _added,
    ev.FulfillmentRequested: _requested,
    ev.FulfillmentRejected: _opened,
    ev.FulfillmentCancelled: _opened,
    ev.UnitsShortPicked: _opened,
    ev.UnitsShipped: _shipped,
    ev.ChannelShipped: _channel_shipped,
    ev.GoodsTaken: _taken,
    ev.UnitsDelivered: _delivered,
    ev.UnitsArrived: _arrived,
    ev.UnitsCollected: _collected,
    ev.UnitsReopened: _reopened,
    ev.UnitsCancelled: _cancelled,
    ev.ReturnAuthorized: _authorized,
    ev.ReturnCancelled: _stays,
    ev.ReturnRefused: _stays,
    ev.ReturnArrived: _came,
    ev.ReturnReceived: _received,
    ev.ReturnInspected: _inspected,
    ev.ReturnLost: _lost,
    ev.LostReturnFound: _found,
    ev.ReturnKept: _kept,
    ev.ShippingGivenBack: _shipping_back,
    ev.ClaimRefunded: _claim_refunded,
    ev.UnitsReplaced: _replaced,
}

__all__ = ["GIVEN_BACK", "Page"]
