"""An oracle of the whole engine: what a clerk with a pencil makes of the feed.

It lists every unit of every order and every claim of every cart, adds prices up with fractions, and
knows of omcore only what is said: commands that were given, and facts on the feed. ``take`` books
one commit and checks it; ``check_order`` and ``check_item`` compare what omcore keeps with the lists.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.kernel import Ratio
from omcore.orders.draft import CHANNEL, Discount, OrderDraft, Tax
from omcore.ports import FeedEntry

Key = tuple[str, str]  # (location, sku)
Unit = tuple[str, int]  # (line id, ordinal)

BACK = {"sellable": "on_hand", "damaged": "damaged", "quarantined": "quarantined"}


def half_away(exact: Fraction) -> int:
    """M1: one rounding, half away from zero."""
    size = (2 * abs(exact) + 1) // 2
    return int(size) if exact >= 0 else -int(size)


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """M2: largest remainder, ties to the lower index."""
    weights = weights if any(weights) else [1] * len(weights)
    exact = [Fraction(amount * weight, sum(weights)) for weight in weights]
    parts = [int(share) for share in exact]
    order = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[: amount - sum(parts)]:
        parts[i] += 1
    return parts


def exactly(ratio: Ratio) -> Fraction:
    return Fraction(ratio.numerator, ratio.denominator)


def reduction(discounts: Sequence[Discount], subtotal: int) -> int:
    """M3: each percentage is rounded once."""
    whole = 0
    for each in discounts:
        if each.percentage is not None:
            whole += half_away(exactly(each.percentage) * subtotal)
        elif each.amount is not None:
            whole += each.amount.minor
    return whole


def taxed(taxes: Sequence[Tax], amount: int, inclusive: bool) -> tuple[int, int]:
    """M4, M5: (tax, what the channel remits of it)."""
    rates = sum((exactly(tax.rate) for tax in taxes if tax.rate), Fraction(0))
    parts = []
    for tax in taxes:
        rate = exactly(tax.rate) if tax.rate else Fraction(0)
        part = tax.amount.minor if tax.amount else half_away(amount * rate / (1 + rates * inclusive))
        parts.append((part, part if tax.collected_by == CHANNEL else 0))
    return sum(part for part, _ in parts), sum(part for _, part in parts)


def priced(draft: OrderDraft) -> tuple[dict[Unit, tuple[int, int]], tuple[int, int]]:
    """M3-M6: (worth, part that is remitted) of each unit, and of all charges."""
    amounts = []
    for line in draft.lines:
        gross = line.unit_price.minor * line.quantity
        amounts.append(gross - reduction(line.discounts, gross))
    shares = shared(reduction(draft.discounts, sum(amounts)), amounts)
    units: dict[Unit, tuple[int, int]] = {}
    for line, before, share in zip(draft.lines, amounts, shares, strict=True):
        amount, n = before - share, line.quantity
        less = shared(line.unit_price.minor * n - amount, [1] * n)
        each = [line.unit_price.minor - part for part in less]
        tax, remitted = taxed(line.taxes, amount, draft.tax_included)
        taxes = shared(tax, each)
        for i, (price, part, back) in enumerate(zip(each, taxes, shared(remitted, taxes), strict=True)):
            units[line.id, i + 1] = (price if draft.tax_included else price + part, back)
    whole = remitted = 0
    for charge in draft.charges:
        tax, part = taxed(charge.taxes, charge.amount.minor, draft.tax_included)
        whole += charge.amount.minor + (0 if draft.tax_included else tax)
        remitted += part
    return units, (whole, remitted)


class Page:
    """One order: where each unit is, and what each is worth to the merchant."""

    def __init__(self, draft: OrderDraft) -> None:
        worth, (charges, kept) = priced(draft)
        self.draft = draft
        self.total = sum(each for each, _ in worth.values()) + charges
        self.remitted = sum(part for _, part in worth.values()) + kept
        self.worth = {unit: each - part for unit, (each, part) in worth.items()}
        self.charges = charges - kept
        self.lines = {line.id: line for line in draft.lines}
        self.units: dict[Unit, tuple[str, str]] = {
            unit: ("channel" if self.lines[unit[0]].fulfilled_by == CHANNEL else "open", "") for unit in worth
        }
        self.work: dict[str, str] = {}
        self.fees = 0
        self.charged = False
        self.over: dict[Unit, tuple[str, str]] | None = None

    def states(self) -> Counter[str]:
        return Counter(state for state, _ in self.units.values())

    def sum_of(self, *states: str) -> int:
        return sum(self.worth[unit] for unit, (state, _) in self.units.items() if state in states)

    def owed(self) -> int:
        alive = any(state != "cancelled" for state, _ in self.units.values())
        kept = self.sum_of("open", "channel", "allocated", "shipped", "delivered", "returning")
        return kept + self.fees + (self.charges if alive else 0)

    def earned(self) -> int:
        gone = self.sum_of("shipped", "delivered", "returning")
        return gone + self.fees + (self.charges if self.charged else 0)


class Books:
    """Everything that was booked."""

    def __init__(self, parts: Mapping[str, Mapping[str, int]], fee: Ratio | None) -> None:
        self.parts = parts
        self.fee = fee
        self.pages: dict[str, Page] = {}
        self.balances: dict[str, Counter[Key]] = {name: Counter() for name in BACK.values()}
        self.backorders: Counter[Key] = Counter()
        self.carts: dict[str, tuple[datetime, Counter[Key]]] = {}
        self.ended: set[str] = set()

    @property
    def on_hand(self) -> Counter[Key]:
        return self.balances["on_hand"]

    def take(self, entries: Sequence[FeedEntry], command: Any) -> None:
        """Book one commit; ``command`` is None where the dispatcher gave it."""
        at = entries[0].at
        touched = {stock_key(entry) for entry in entries if entry.stream.startswith("stock/")}
        before = {key: self.claims(key, at) for key in touched}
        assert {entry.at for entry in entries} == {at}, "one command has one now"
        if type(command) in inv.INVENTORY_COMMANDS and touched:
            self._stock(command)
        for entry in entries:
            kind, _, name = entry.stream.partition("/")
            if kind == "order":
                self._order(name, entry.event, command)
            elif kind == "reservation":
                self._cart(name, entry, command)
        for key in touched:
            claims = self.claims(key, at)
            room = self.on_hand[key] + self.backorders[key]
            assert claims <= max(before[key], room), f"oversold (S1): {claims} of {room} at {key}"

    def _stock(self, command: Any) -> None:
        if hasattr(command, "token"):
            return
        key = (command.location, command.sku)
        if type(command) is inv.ReceiveStock:
            self.on_hand[key] += command.quantity
        elif type(command) is inv.CountStock:
            self.on_hand[key] = command.counted
        elif type(command) is inv.SetBackorderLimit:
            self.backorders[key] = command.quantity

    def _cart(self, token: str, entry: FeedEntry, command: Any) -> None:
        if type(entry.event) in (inv.ReservationMade, inv.ReservationExtended):
            expires = datetime.fromtimestamp(math.ceil(command.expires_at.timestamp()), UTC)
            held = self.carts[token][1] if token in self.carts else Counter()
            if type(entry.event) is inv.ReservationMade:
                for item in command.items:
                    held[item.location, item.sku] += item.quantity
            self.carts[token] = (expires, held)
            return
        assert token not in self.ended, "it ends exactly once (S5)"
        self.ended.add(token)
        live = entry.at < self.carts[token][0]
        assert live == (type(entry.event) is not inv.ReservationExpired), "it ended as it may (S5, S6)"
        if live:
            del self.carts[token]
        # One that has expired ends by its time alone: for a clock that lags it still counts.

    def claims(self, key: Key, at: datetime) -> int:
        """Live carts, and units that orders have allocated there."""
        location, sku = key
        carts = sum(items[key] for expires, items in self.carts.values() if at < expires)
        return carts + sum(
            self.parts[page.lines[line].sku].get(sku, 0)
            for page in self.pages.values()
            for (line, _), (state, ref) in page.units.items()
            if state == "allocated" and page.work[ref] == location
        )

    # -- orders ------------------------------------------------------------------------------

    def _order(self, order_id: str, event: Any, command: Any) -> None:
        name = type(event).__name__
        if name == "OrderPlaced":
            page = self.pages[order_id] = Page(command.draft)
            assert (event.total, event.remitted) == (page.total, page.remitted), "M3-M5, M13"
            return
        page = self.pages[order_id]
        if name in _MOVES:
            came_from, to = _MOVES[name]
            units = list(_units(event.items))
            if to == "waiting":
                to = "channel" if page.lines[units[0][0]].fulfilled_by == CHANNEL else "open"
            ref = _ref(event)
            for unit in units:
                assert page.units[unit][0] in came_from, f"{name} of a unit that is {page.units[unit]}"
                page.units[unit] = (to, ref)
            if name == "FulfillmentRequested":
                page.work[event.fulfillment_id] = event.location
            self._goods(page, name, event, command)
            self._worth(page, name, event, units, command)
        assert page.over is None or page.over == page.units, "nothing leaves a terminal state (C7)"

    def _goods(self, page: Page, name: str, event: Any, command: Any) -> None:
        needed: Counter[str] = Counter()
        for line, _ in _units(event.items):
            needed.update(self.parts[page.lines[line].sku])
        theirs = page.lines[event.items[0][0]].fulfilled_by == CHANNEL
        if name == "UnitsShortPicked":
            needed = Counter(dict(command.missing)) or needed
        book = self.on_hand
        for sku, n in needed.items():
            key = (getattr(event, "location", ""), sku)
            if name == "UnitsShipped":
                book[key] -= n
            elif name in ("UnitsShortPicked", "GoodsTaken"):
                book[key] = max(0, book[key] - n)
            elif name in ("UnitsReopened", "ReturnReceived") and command.location and not theirs:
                self.balances[BACK[command.condition]][command.location, sku] += n

    def _worth(self, page: Page, name: str, event: Any, units: Sequence[Unit], command: Any) -> None:
        worth = sum(page.worth[unit] for unit in units)
        if name in ("UnitsShipped", "ChannelShipped", "GoodsTaken"):
            worth += 0 if page.charged else page.charges
            assert event.net + event.tax - event.remitted == worth, "charges go with the first (M6, M8)"
            page.charged = True
        elif name == "UnitsReopened" and event.with_charges:
            states = page.states()
            assert not states["shipped"] + states["delivered"] + states["returning"] + states["returned"]
            page.charged = False
        elif name == "ReturnReceived":
            kept = event.net + event.tax - event.remitted
            assert kept == worth, "what a unit is worth when it goes, it is worth when it is back (M6)"
            assert (event.fee > 0) <= (self.fee is not None and not command.waive_fee)
            page.fees += event.fee

    # -- what omcore keeps -------------------------------------------------------------------

    def check_order(self, order: om.Order) -> None:
        """Units, money and the ledger of one order are what the page says."""
        page, payments = self.pages[order.id], order.payments
        for line, units in zip(order.terms.lines, order.progress.units, strict=True):
            for first, last, state, ref in units:
                for n in range(first, last + 1):
                    assert page.units[line.id, n][0] == state
                    assert state not in ("allocated", "shipped") or page.units[line.id, n][1] == ref
        assert (payments.owed, payments.earned) == (page.owed(), page.earned())
        assert sum(payments.accounts.values()) == 0, "M11"
        held = payments.captured - payments.refunded
        assert payments.accounts.get("receivable", 0) == page.earned() - held
        for tender in payments.tenders.values():
            assert tender.captured + tender.capturing + tender.voided + tender.voiding <= tender.authorized
            assert tender.refunded + tender.refunding <= tender.captured
            assert payments.accounts.get(f"tender:{tender.id}", 0) == tender.captured - tender.refunded
        if order.standing.status in ("cancelled", "returned"):
            page.over = dict(page.units)

    def check_item(self, item: inv.StockItem) -> None:
        """Counters are the sum of claims, balances what came and went (S1, S2)."""
        key = (item.location, item.sku)
        found = {name: getattr(item, name) for name in BACK.values()}
        assert found == {name: book[key] for name, book in self.balances.items()}
        assert item.claims(item.seen_at) == self.claims(key, item.seen_at), f"claims at {key}"


# The states that each fact takes units from, and the one it takes them to.
_MOVES: Mapping[str, tuple[tuple[str, ...], str]] = {
    "FulfillmentRequested": (("open",), "allocated"),
    "FulfillmentRejected": (("allocated",), "open"),
    "FulfillmentCancelled": (("allocated",), "open"),
    "UnitsShortPicked": (("allocated",), "open"),
    "UnitsShipped": (("allocated",), "shipped"),
    "ChannelShipped": (("open", "channel"), "shipped"),
    "GoodsTaken": (("open",), "delivered"),
    "UnitsDelivered": (("shipped",), "delivered"),
    "UnitsReopened": (("shipped",), "waiting"),
    "UnitsCancelled": (("open", "channel", "allocated"), "cancelled"),
    "ReturnAuthorized": (("delivered",), "returning"),
    "ReturnCancelled": (("returning",), "delivered"),
    "ReturnReceived": (("returning",), "returned"),
}


def stock_key(entry: FeedEntry) -> Key:
    _, location, sku = entry.stream.split("/")
    return location, sku


def _units(items: Any) -> Iterator[Unit]:
    for line, runs in items:
        for first, last in runs:
            for n in range(first, last + 1):
                yield line, n


def _ref(event: Any) -> str:
    for name in ("shipment_id", "fulfillment_id", "return_id"):
        if hasattr(event, name):
            return str(getattr(event, name))
    return ""
