"""An order as a clerk with a pencil keeps it: every unit a line of his own, every sum done again.

An oracle that is told the facts one by one. It knows of omcore only the words of its events; it keeps
no runs, no tallies and no running sums, and it knows which way a unit may go. ``agrees`` compares the
aggregate with it.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import attrs

from omcore import orders as om
from plain_kits import Pieces, Tag, one_by_one, pieces_of

WAITING = ("open", "allocated", "channel")
GIVEN_BACK = ("returned", "kept", "lost")
GONE = ("cancelled", "replaced", *GIVEN_BACK)

# Which way a unit may go; nothing leaves the last ones.
WAYS: dict[str, set[str]] = {
    "open": {"allocated", "cancelled", "shipped", "delivered"},
    "allocated": {"open", "shipped", "cancelled"},
    "channel": {"shipped", "cancelled"},
    "shipped": {"delivered", "arrived", "open", "channel", "lost", "kept", "replaced"},
    "arrived": {"delivered", "open"},
    "delivered": {"returning", "kept", "lost", "replaced"},
    "returning": {"returning", "delivered", "received", "returned", "kept", "lost"},
    "received": {"received", "returned", "delivered"},
    "returned": set(),
    "kept": set(),
    "lost": {"returned"},  # and found: no money moves
    "replaced": set(),
    "cancelled": set(),
}


@dataclass
class PlainUnit:
    """One unit: what it is worth for ever, and where it is."""

    net: int
    tax: int
    remitted: int
    funded: int
    state: str
    ref: str = ""
    earned: bool = False  # its worth may be captured
    owed: bool = True  # its worth is asked of the customer
    made_of: Counter[str] = field(default_factory=Counter)
    here: Pieces = field(default_factory=dict)  # pieces whose worth was not given back
    coming: Counter[str] = field(default_factory=Counter)  # pieces that are expected back
    waiting: Counter[str] = field(default_factory=Counter)  # that came, and are paid back once looked at
    unseen: Counter[str] = field(default_factory=Counter)  # that came, were paid back and not looked at
    lost: dict[str, Counter[str]] = field(default_factory=dict)  # on the way, by return
    waits: Any = None  # for which stock: (location, by when)
    arrives: Any = None  # as it was promised: who sends it and how, and the first and the last day
    told: Any = None  # the latest day it was ever promised by

    @property
    def worth(self) -> int:
        return self.net + self.tax - self.remitted

    @property
    def left(self) -> Tag:
        """The price tags of all pieces that were not given back."""
        tags = [tag for tags in self.here.values() for tag in tags]
        net, tax, remitted, funded = map(sum, zip((0, 0, 0, 0), *tags, strict=True))
        return net, tax, remitted, funded

    @property
    def left_worth(self) -> int:
        net, tax, remitted, _ = self.left
        return net + tax - remitted

    @property
    def whole(self) -> bool:
        return all(len(self.here[sku]) == many for sku, many in self.made_of.items())

    def left_pieces(self) -> bool:
        return any(self.here.values())

    def give_back(self, pieces: Counter[str]) -> Tag:
        """These pieces are paid back: the first of each that were not."""
        tags = [(0, 0, 0, 0)]
        for sku, many in pieces.items():
            assert 0 < many <= len(self.here[sku]), "no piece is given back twice"
            tags += self.here[sku][:many]
            del self.here[sku][:many]
        net, tax, remitted, funded = map(sum, zip(*tags, strict=True))
        return net, tax, remitted, funded


# What has neither come nor been called off.
TO_COME = ("open", "channel", "allocated", "shipped", "arrived")


@dataclass
class Purse:
    """One means of payment, as its holder sees it."""

    kind: str
    authorized: int = 0
    captured: int = 0
    refunded: int = 0
    voided: int = 0
    taken: int = 0  # by the customer's bank


@dataclass
class PlainOrder:
    """Every unit of an order, its charges and its purses."""

    units: dict[str, list[PlainUnit]] = field(default_factory=dict)
    charges: list[tuple[int, int, int, int]] = field(default_factory=list)
    shipping: list[tuple[int, int, int, int]] = field(default_factory=list)  # those of the charges
    charged: bool = False
    called_off: bool = False  # the charges are not owed: nothing will ever ship
    fees: int = 0
    allowed: int = 0
    issued: int = 0  # store credit
    credit: int = 0  # what may become store credit
    undone: int = 0  # what was earned, and is not any more
    noted: int = 0  # what a channel gave back by itself
    by_channel: Any = None  # the day by which the channel promised it
    by_hand: bool = False  # a person captures, as far as is authorized
    rate: Fraction = Fraction(0)  # what is kept of the net of a unit that comes back (M9)
    shipping_back: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    purses: dict[str, Purse] = field(default_factory=dict)
    asked: dict[str, tuple[str, str, int]] = field(default_factory=dict)
    theirs: set[str] = field(default_factory=set)  # lines that the channel fulfills
    lines: dict[str, Any] = field(default_factory=dict)

    # -- being told ----------------------------------------------------------------------------

    def tell(self, events: Iterable[Any]) -> None:
        for event in events:
            words = re.sub(r"(?<!^)(?=[A-Z])", "_", type(event).__name__).lower()
            getattr(self, words)(event)
            for unit in self.everyone():
                if unit.state != "open":
                    unit.waits = None  # whatever took it away
                if unit.state not in TO_COME:
                    unit.arrives = unit.told = None
            # What was taken off goods that are gone now is not given back twice.
            if (short := -self.owed()) > 0 and self.allowed:
                self.allowed -= min(self.allowed, short)

    def nothing(self, event: Any) -> None:
        """A fact that moves neither goods nor money."""

    order_status_changed = stage_entered = order_validated = nothing
    pickup_extended = pickup_expired = pickup_declined = nothing
    hold_placed = hold_released = personal_data_erased = nothing
    fulfillment_advanced = shipment_advanced = nothing
    cancel_requested = cancel_request_decided = nothing
    delivery_changed = edit_proposed = edit_confirmed = edit_declined = edit_lapsed = nothing
    claim_opened = claim_resolved = exchange_authorized = exchange_started = exchange_sent = nothing
    exchange_overdue = exchange_charged = exchange_ended = nothing
    snapshot_seen = late_fact_noted = payment_unknown = payment_retried = nothing

    def units_backordered(self, event: Any) -> None:
        for line_id, runs in event.items:
            for first, last in runs:
                for unit in self.units[line_id][first - 1 : last]:
                    assert unit.state == "open", "only what is open waits"
                    before = None if unit.waits is None else unit.waits[1]
                    assert before == event.before, "the customer is told what he was told before"
                    assert unit.waits != (event.location, event.promised_for), "nothing is told twice"
                    unit.waits = (event.location, event.promised_for)

    def delivery_promised(self, event: Any) -> None:
        for unit in self._promised(event):
            days = (event.earliest, event.latest)
            if unit.arrives is None:
                assert self.by_channel is None or event.latest <= self.by_channel
                unit.told = self.by_channel
            else:
                assert unit.arrives[4:] == days, "no promise changes silently"
            unit.told = max(unit.told or event.latest, event.latest)
            assert unit.arrives != self._leaves(event), "nothing is told twice"
            unit.arrives = self._leaves(event)

    def promise_changed(self, event: Any) -> None:
        for unit in self._promised(event):
            was = (None, self.by_channel) if unit.arrives is None else unit.arrives[4:]
            told = self.by_channel if unit.arrives is None else unit.told
            assert was == (event.was_earliest, event.was_latest), "what held until now"
            assert told == event.told, "what the customer was told"
            assert was != (event.earliest, event.latest)
            unit.told = max([day for day in (told, event.latest) if day is not None], default=None)
            unit.arrives = self._leaves(event)

    def _promised(self, event: Any) -> Iterable[PlainUnit]:
        for line_id, runs in event.items:
            for first, last in runs:
                for unit in self.units[line_id][first - 1 : last]:
                    assert unit.state in TO_COME, "what is to come"
                    yield unit

    def _leaves(self, event: Any) -> tuple[Any, ...]:
        place = (event.fulfillment_id, event.location, event.service, event.ship_by)
        return (*place, event.earliest, event.latest)

    def order_placed(self, event: Any) -> None:
        self.by_channel = event.deliver_by
        self._lines(event.lines)
        self._charges(event.charges)
        for tender in event.tenders:
            self.purses[tender.id] = Purse(tender.kind, tender.authorized, tender.captured, tender.refunded)

    def units_added(self, event: Any) -> None:
        before = self.all_worth()
        self._lines(event.lines)
        for line_id, entitlements in event.more:
            waits = "channel" if line_id in self.theirs else "open"
            assert entitlements[0][0] == len(self.units[line_id]) + 1, "new units are numbered on"
            self._units(line_id, entitlements, waits)
        self._charges(event.charges)
        more = self.all_worth()
        for at, part in enumerate((event.net, event.tax, event.remitted, event.funded)):
            assert more[at] - before[at] == part, "an event's amounts are those of what it adds"

    def _lines(self, lines: Iterable[Any]) -> None:
        for line in lines:
            assert line.id not in self.units
            if line.fulfilled_by == "channel":
                self.theirs.add(line.id)
            self.units[line.id] = []
            self.lines[line.id] = line
            self._units(line.id, line.entitlements, "channel" if line.fulfilled_by == "channel" else "open")

    def _units(self, line_id: str, entitlements: Any, state: str) -> None:
        for first, last, net, tax, remitted, funded in entitlements:
            for _ in range(first, last + 1):
                unit = PlainUnit(net, tax, remitted, funded, state)
                line = self.lines[line_id]
                unit.made_of = Counter(dict(line.components))
                unit.here = pieces_of(line, (net, tax, remitted, funded))
                assert unit.left == (net, tax, remitted, funded), "components sum to their unit (M12)"
                self.units[line_id].append(unit)

    def _charges(self, charges: Iterable[Any]) -> None:
        for each in charges:
            worth = (each.net, each.tax, each.remitted, each.funded)
            self.charges.append(worth)
            if each.kind == "shipping":
                self.shipping.append(worth)

    def named(self, items: Any) -> list[PlainUnit]:
        return [
            self.units[line_id][n - 1]
            for line_id, runs in items
            for first, last in runs
            for n in range(first, last + 1)
        ]

    def go(self, items: Any, state: str, ref: str = "") -> list[PlainUnit]:
        units = self.named(items)
        assert len({id(unit) for unit in units}) == len(units) > 0, "each unit once, and at least one"
        for unit in units:
            assert state in WAYS[unit.state], f"a unit never goes from {unit.state} to {state}"
            unit.state, unit.ref = state, ref
        return units

    def _worth(self, event: Any, units: list[PlainUnit], charges: bool = False) -> None:
        """The amounts that an event tells are those of its units."""
        for part in ("net", "tax", "remitted", "funded"):
            at = ("net", "tax", "remitted", "funded").index(part)
            whole = sum(unit.left[at] for unit in units)
            whole += sum(charge[at] for charge in self.charges) if charges else 0
            assert getattr(event, part) == whole, f"{type(event).__name__}.{part}"

    def _left(self, event: Any, ref: str, state: str = "shipped") -> None:
        units = self.go(event.items, state, ref)
        assert event.with_charges == (not self.charged)
        self._worth(event, units, event.with_charges)
        self.charged = True
        for unit in units:
            assert not unit.earned
            unit.earned = True

    def goods_taken(self, event: Any) -> None:
        self._left(event, "", "delivered")

    def units_shipped(self, event: Any) -> None:
        assert {unit.ref for unit in self.named(event.items)} == {event.fulfillment_id}
        self._left(event, event.shipment_id)

    def channel_shipped(self, event: Any) -> None:
        self._left(event, event.shipment_id)

    def fulfillment_requested(self, event: Any) -> None:
        self.go(event.items, "allocated", event.fulfillment_id)

    def fulfillment_rejected(self, event: Any) -> None:
        self.go(event.items, "open")

    fulfillment_cancelled = units_short_picked = fulfillment_rejected

    def units_delivered(self, event: Any) -> None:
        self.go(event.items, "delivered", event.shipment_id)

    def units_arrived(self, event: Any) -> None:
        assert {unit.ref for unit in self.named(event.items)} == {event.shipment_id}
        self.go(event.items, "arrived", event.fulfillment_id)

    def units_collected(self, event: Any) -> None:
        assert {unit.ref for unit in self.named(event.items)} == {event.fulfillment_id}
        self.go(event.items, "delivered", event.shipment_id)

    def units_reopened(self, event: Any) -> None:
        units = self.named(event.items)
        left = [unit for unit in self.everyone() if unit.state not in (*WAITING, "cancelled")]
        assert event.with_charges == (len(left) == len(units)), "charges are the first parcel's (M8)"
        self._worth(event, units, event.with_charges)
        self.undone += event.net + event.tax - event.remitted
        for unit in units:
            assert unit.earned
            unit.earned, unit.ref = False, ""
        for line_id, runs in event.items:
            self.go(((line_id, runs),), "channel" if line_id in self.theirs else "open")
        self.charged = self.charged and not event.with_charges

    def units_cancelled(self, event: Any) -> None:
        units = self.go(event.items, "cancelled")
        self._worth(event, units)
        charges = (event.charges_net, event.charges_tax, event.charges_remitted, event.charges_funded)
        if any(charges):
            assert not self.charged
            assert charges == tuple(sum(charge[at] for charge in self.charges) for at in range(4))
        live = [unit for unit in self.everyone() if unit.state != "cancelled"]
        if not live and not self.charged:
            self.called_off = True
            assert charges == tuple(sum(charge[at] for charge in self.charges) for at in range(4))

    def claim_refunded(self, event: Any) -> None:
        units = [
            unit
            for items, state in ((event.kept, "kept"), (event.lost, "lost"))
            for unit in (self.go(items, state) if items else ())
        ]
        self._worth(event, units)

    def units_replaced(self, event: Any) -> None:
        before = self.go(event.items, "replaced")
        assert all(unit.whole for unit in before), "for what is whole something whole"
        self._worth(event, before)
        self.undone += event.net + event.tax - event.remitted
        for unit in before:
            unit.earned = False
        # Those that stand for them were added just before.
        after = [
            unit
            for line_id, entitlements in event.by
            for first, last, *_ in entitlements
            for unit in self.units[line_id][first - 1 : last]
        ]
        worths = [[(u.net, u.tax, u.remitted, u.funded) for u in units] for units in (before, after)]
        assert worths[0] == worths[1], "each stands for one, with its worth"

    # -- what comes back: of each unit the pieces that a fact is about; of most all of them ----------

    def _pieces(self, event: Any) -> list[tuple[PlainUnit, Counter[str]]]:
        of_parts = {(line_id, n): pieces for line_id, n, pieces in one_by_one(event.parts)}
        found = []
        for line_id, runs in event.items:
            for n in (n for first, last in runs for n in range(first, last + 1)):
                pieces = of_parts.pop((line_id, n), None)
                unit = self.units[line_id][n - 1]
                found.append((unit, Counter(unit.made_of) if pieces is None else pieces))
        assert not of_parts, "parts are of units that the fact is about"
        assert len({id(unit) for unit, _ in found}) == len(found) > 0
        return found

    def _take(self, counter: Counter[str], pieces: Counter[str]) -> None:
        assert pieces, "nothing is no part"
        assert pieces <= counter, "only what is there is taken"
        counter -= pieces

    def _stand(self, unit: PlainUnit, ref: str, done: str) -> None:
        """Where a unit is once its pieces went their ways."""
        if unit.coming:
            state = "returning"
        elif unit.waiting:
            state = "received"
        else:
            state = "delivered" if unit.left_pieces() else done
        assert state in WAYS[unit.state], f"a unit never goes from {unit.state} to {state}"
        unit.state, unit.ref = state, "" if state == "delivered" else ref

    def return_authorized(self, event: Any) -> None:
        for unit, pieces in self._pieces(event):
            assert unit.state == "delivered"
            assert all(many <= len(unit.here[sku]) for sku, many in pieces.items())
            unit.coming += pieces
            self._stand(unit, event.return_id, "")

    def return_cancelled(self, event: Any) -> None:
        for unit, pieces in self._pieces(event):
            assert pieces == unit.coming, "nothing of it is expected any more"
            self._take(unit.coming, pieces)
            self._stand(unit, event.return_id, "")

    return_refused = return_cancelled

    def return_arrived(self, event: Any) -> None:
        for unit, pieces in self._pieces(event):
            self._take(unit.coming, pieces)
            unit.waiting += pieces
            self._stand(unit, event.return_id, "")

    def return_received(self, event: Any) -> None:
        for unit, pieces in self._pieces(event):
            self._take(unit.coming, pieces)
            if event.inspect:
                unit.unseen += pieces
        self._given_back(event, "returned", event.fee + event.label_fee)

    def return_inspected(self, event: Any) -> None:
        money = (event.net, event.tax, event.fee, event.label_fee)
        for unit, pieces in self._pieces(event):
            self._take(unit.unseen if event.refunded else unit.waiting, pieces)
            if not event.refunded and not event.accepted:
                self._stand(unit, event.return_id, "")
        if event.accepted and not event.refunded:
            self._given_back(event, "returned", event.fee + event.label_fee)
        else:
            assert event.accepted or not event.refunded
            assert money == (0, 0, 0, 0), "once is enough"

    def return_lost(self, event: Any) -> None:
        for unit, pieces in self._pieces(event):
            self._take(unit.coming, pieces)
            unit.lost[event.return_id] = unit.lost.get(event.return_id, Counter()) + pieces
        self._given_back(event, "lost")

    def return_kept(self, event: Any) -> None:
        for unit, pieces in self._pieces(event):
            self._take(unit.coming, pieces)
        self._given_back(event, "kept")

    def lost_return_found(self, event: Any) -> None:
        for unit, pieces in self._pieces(event):
            self._take(unit.lost[event.return_id], pieces)
            if (unit.state, unit.ref) == ("lost", event.return_id):
                unit.state = "returned"

    def shipping_given_back(self, event: Any) -> None:
        for at, part in enumerate((event.net, event.tax, event.remitted, event.funded)):
            self.shipping_back[at] += part
        paid = [sum(charge[at] for charge in self.shipping) for at in range(4)]
        assert all(back <= most for back, most in zip(self.shipping_back, paid, strict=True))
        self._as_credit(event, event.net + event.tax - event.remitted)

    def _given_back(self, event: Any, done: str, fee: int = 0) -> None:
        worth, fees = [0, 0, 0, 0], Fraction(0)
        for unit, pieces in self._pieces(event):
            before = unit.net - unit.left[0]
            back = unit.give_back(pieces)
            worth = [old + new for old, new in zip(worth, back, strict=True)]
            fees += self._fee(before + back[0]) - self._fee(before)
            self._stand(unit, event.return_id, done)
        net, tax, remitted, _ = worth
        assert [event.net, event.tax, event.remitted, event.funded] == worth, "the amounts are the pieces'"
        assert 0 <= fee <= max(net + tax - remitted, 0), "no more is kept back than they are worth"
        self.fees += fee
        if kept := getattr(event, "fee", 0):
            assert kept == fees, "M9, unit by unit, and in parts what it grows by"
        self._as_credit(event, net + tax - remitted - fee)

    def _fee(self, net: int) -> int:
        return max(math.floor(net * self.rate + Fraction(1, 2)), 0)

    def _as_credit(self, event: Any, amount: int) -> None:
        if event.refund_to == "store_credit":
            self.credit += amount

    def allowance_granted(self, event: Any) -> None:
        self.allowed += event.amount
        self.credit += event.amount if event.as_credit else 0
        assert self.owed() >= 0, "never more is taken off than is owed"

    # -- money ---------------------------------------------------------------------------------

    def payment_requested(self, event: Any) -> None:
        assert event.amount > 0
        self.asked[event.request_id] = (event.kind, event.tender_id, event.amount)
        if event.kind in ("refund", "issue"):
            left = self.held() - self._under_way("refund", "issue")
            assert left >= max(self.owed(), 0), "nothing is given back but what is held beyond what is owed"
        elif event.kind == "capture" and not self.by_hand:
            taken = sum(purse.captured for purse in self.purses.values()) + self._under_way("capture")
            # What was given back by our own asking was owed to the customer: for it goods may be paid anew.
            own = sum(purse.refunded for purse in self.purses.values()) - self.noted + self.issued
            own += self._under_way("refund", "issue")
            # So was what a channel gave back, as far as it was for goods that never went out.
            own += min(self.noted, self.never_earned())
            assert taken <= self.ever_earned() + own, "nothing is captured but what went out (M8)"
            given = sum(purse.refunded for purse in self.purses.values()) + self.issued
            given += self._under_way("refund", "issue")
            assert taken - given <= max(self.earned(), 0), "no more is held by it than went out is worth"

    def _under_way(self, *kinds: str) -> int:
        return sum(amount for kind, _, amount in self.asked.values() if kind in kinds)

    def tender_added(self, event: Any) -> None:
        new = event.tender
        assert new.id not in self.purses
        self.purses[new.id] = Purse(new.kind, new.authorized, new.captured, new.refunded)

    def authorization_lapsed(self, event: Any) -> None:
        self.purses[event.tender_id].voided += event.amount

    def chargeback_recorded(self, event: Any) -> None:
        purse = self.purses[event.tender_id]
        purse.taken += event.amount
        assert purse.refunded + purse.taken <= purse.captured, "nothing is given back twice"

    def chargeback_resolved(self, event: Any) -> None:
        if event.won:
            self.purses[event.tender_id].taken -= event.amount

    def payment_declined(self, event: Any) -> None:
        assert self.asked.pop(event.request_id) == (event.kind, event.tender_id, event.amount)

    def payment_approved(self, event: Any) -> None:
        assert self.asked.pop(event.request_id) == (event.kind, event.tender_id, event.amount)
        if event.kind == "issue":
            self.issued += event.amount
            assert self.issued <= self.credit, "store credit is only for those who get it"
            return
        if event.kind == "extend":
            return
        purse = self.purses[event.tender_id]
        name = {"authorize": "authorized", "capture": "captured", "refund": "refunded", "void": "voided"}
        setattr(purse, name[event.kind], getattr(purse, name[event.kind]) + event.amount)

    def payment_received(self, event: Any) -> None:
        purse = self.purses.setdefault(event.tender_id, Purse(event.tender_kind))
        purse.captured += event.amount

    def refund_noted(self, event: Any) -> None:
        self.purses[event.tender_id].refunded += event.amount
        self.noted += event.amount

    # -- what it comes to ----------------------------------------------------------------------

    def everyone(self) -> list[PlainUnit]:
        return [unit for units in self.units.values() for unit in units]

    def all_worth(self) -> list[int]:
        sums = [sum(charge[at] for charge in self.charges) for at in range(4)]
        for unit in self.everyone():
            for at, part in enumerate((unit.net, unit.tax, unit.remitted, unit.funded)):
                sums[at] += part
        return sums

    def charges_due(self) -> int:
        """What the charges come to, less what was given back of the shipping."""
        net, tax, remitted, _ = self.shipping_back
        return sum(net + tax - remitted for net, tax, remitted, _ in self.charges) - net - tax + remitted

    def owed(self) -> int:
        live = sum(unit.left_worth for unit in self.everyone() if unit.state not in GONE)
        return live + (0 if self.called_off else self.charges_due()) + self.fees - self.allowed

    def earned(self) -> int:
        out = sum(unit.left_worth for unit in self.everyone() if unit.earned and unit.state not in GONE)
        return out + (self.charges_due() if self.charged else 0) + self.fees - self.allowed

    def ever_earned(self) -> int:
        """All that might ever have been captured, whatever was given back of it since."""
        out = sum(unit.worth for unit in self.everyone() if unit.earned)
        charges = sum(net + tax - remitted for net, tax, remitted, _ in self.charges)
        return out + (charges if self.charged else 0) + self.undone

    def never_earned(self) -> int:
        """What was agreed and called off before it went out."""
        return sum(unit.worth for unit in self.everyone() if unit.state in GONE and not unit.earned)

    def held(self) -> int:
        moved = sum(purse.captured - purse.refunded - purse.taken for purse in self.purses.values())
        return moved - self.issued

    # -- comparing -----------------------------------------------------------------------------

    def agrees(self, order: om.Order) -> None:
        """The aggregate says of every unit and every minor unit what the clerk has written down."""
        found = {
            line.id: [state for first, last, state, _ in units for _ in range(first, last + 1)]
            for line, units in zip(order.terms.lines, order.progress.units, strict=True)
        }
        assert found == {line: [unit.state for unit in units] for line, units in self.units.items()}
        status = order.standing.status
        if not all(unit.whole for unit in self.everyone()):
            assert status not in ("fulfilled", "delivered", "cancelled"), "a part that came back is told (C7)"
        waits: dict[tuple[str, int], Any] = {
            (line, n): (entry.location, entry.promised_for)
            for entry in order.backorders
            for line, runs in entry.items
            for first, last in runs
            for n in range(first, last + 1)
        }
        assert waits == {
            (line, n): unit.waits
            for line, units in self.units.items()
            for n, unit in enumerate(units, 1)
            if unit.waits is not None
        }
        promised = {
            (line, n): (*attrs.astuple(entry.arrival), entry.told)
            for entry in order.promises
            for line, runs in entry.items
            for first, last in runs
            for n in range(first, last + 1)
        }
        assert promised == {
            (line, n): (*unit.arrives, unit.told)
            for line, units in self.units.items()
            for n, unit in enumerate(units, 1)
            if unit.arrives is not None
        }
        payments = order.payments
        assert payments.owed == self.owed()
        assert payments.earned == self.earned()
        assert payments.allowed == self.allowed
        for at, part in ((2, "remitted"), (3, "funded")):
            live = sum(unit.left[at] for unit in self.everyone() if unit.state not in GONE)
            live += 0 if self.called_off else sum(charge[at] for charge in self.charges)
            live -= self.shipping_back[at]
            assert getattr(payments, part) == live, part
        moved = ("captured", "refunded", "voided")
        assert {key: [getattr(purse, part) for part in moved] for key, purse in self.purses.items()} == {
            key: [getattr(tender, part) for part in moved] for key, tender in payments.tenders.items()
        }
        for key, purse in self.purses.items():
            assert payments.tenders[key].authorized >= purse.captured + purse.voided, key
        assert {key: (r.kind, r.tender_id, r.amount) for key, r in payments.requests.items()} == self.asked
        assert sum(payments.accounts.values()) == 0, "double entry sums to zero (M11)"
        for key, tender in payments.tenders.items():
            given = tender.refunded + tender.refunding + self.purses[key].taken
            assert 0 <= given <= tender.captured, key
            held = payments.accounts.get(f"tender:{key}", 0)
            assert held == tender.captured - tender.refunded - self.purses[key].taken
            asked = {"capture": 0, "refund": 0, "void": 0}
            for kind, of, amount in self.asked.values():
                if of == key and kind in asked:
                    asked[kind] += amount
            assert (tender.capturing, tender.refunding, tender.voiding) == tuple(asked.values())
        assert payments.held == self.held()
        assert payments.balance == self.owed() - self.held()
        assert payments.accounts.get("receivable", 0) == self.earned() - self.held()
