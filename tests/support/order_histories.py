"""Histories of orders at the level of facts, for whatever reads the feed.

``feeds()`` draws feeds in which several orders of several channels go their way side by side: units
ship from several places, some by the channel, are taken, cancelled, found missing, delivered and
sent back, money moves. Units are plain (line, ordinal) pairs here and amounts are added one unit at
a time, so that nothing of the package's arithmetic is behind the figures.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from feed_facts import T0, FeedWriter, a_placement
from omcore.orders import events as ev
from omcore.orders.entitlements import ChargeWorth
from omcore.orders.state import Items, OrderLine
from omcore.ports import FeedEntry

CHANNELS = ("amazon", "shopify", "square")
LOCATIONS = ("chi", "la", "nyc")
CAUSES = (
    *("customer", "channel", "edit", "unpaid", "exchange", "not_collected", "declined"),
    *("", "no_stock", "she changed her mind"),
)
HOURS = 50

Unit = tuple[str, int]


def as_items(units: list[Unit]) -> Items:
    """Units as commands and events name them: neighbors as one run."""
    out: dict[str, list[tuple[int, int]]] = {}
    for line_id, ordinal in sorted(units):
        runs = out.setdefault(line_id, [])
        if runs and runs[-1][1] == ordinal - 1:
            runs[-1] = (runs[-1][0], ordinal)
        else:
            runs.append((ordinal, ordinal))
    return tuple((line_id, tuple(runs)) for line_id, runs in out.items())


class Life:
    """One order on its way, unit by unit."""

    def __init__(self, draw: st.DrawFn, number: int, at: datetime) -> None:
        self.draw = draw
        self.numbered = 0
        self.charged = False
        self.id = f"o-{number}"
        self.worth: dict[Unit, tuple[int, int, int]] = {}
        lines = tuple(self._line(str(i)) for i in range(1, draw(st.integers(1, 2)) + 1))
        charges = tuple(
            ChargeWorth("shipping", net, net // 10, 0, 0)
            for net in draw(st.lists(st.integers(-5, 500), max_size=2))
        )
        self.charges = charges
        self.placed = a_placement(
            self.id,
            *lines,
            channel=draw(st.sampled_from(CHANNELS)),
            currency=draw(st.sampled_from(("USD", "JPY"))),
            charges=charges,
            at=at,
        )
        self.units: dict[str, list[Unit]] = {
            "open": list(self.worth),
            "shipped": [],
            "delivered": [],
            "returned": [],
            "cancelled": [],
        }

    def _line(self, line_id: str) -> OrderLine:
        quantity = self.draw(st.integers(1, 5))
        cheaper = self.draw(st.integers(1, quantity))
        net, tax = self.draw(st.integers(0, 5_000)), self.draw(st.integers(0, 400))
        remitted = self.draw(st.sampled_from((0, tax)))
        for ordinal in range(1, quantity + 1):
            self.worth[line_id, ordinal] = (net + (ordinal > cheaper), tax, remitted)
        runs = [(1, cheaper, net, tax, remitted, 0)]
        if cheaper < quantity:
            runs.append((cheaper + 1, quantity, net + 1, tax, remitted, 0))
        sku = f"SKU-{line_id}"
        return OrderLine(line_id, sku, quantity, net, tuple(runs), ((sku, 1),))

    def _some(self, state: str, to: str | None) -> list[Unit]:
        here = self.units[state]
        some = self.draw(st.lists(st.sampled_from(here), min_size=1, unique=True))
        if to is not None:
            self.units[state] = [unit for unit in here if unit not in some]
            self.units[to] = self.units[to] + some
        return some

    def _worth(self, units: list[Unit]) -> tuple[int, int, int]:
        sums = [0, 0, 0]
        for unit in units:
            for i, part in enumerate(self.worth[unit]):
                sums[i] += part
        return sums[0], sums[1], sums[2]

    def _with_charges(self, units: list[Unit]) -> tuple[int, int, int]:
        net, tax, remitted = self._worth(units)
        if not self.charged:
            net += sum(charge.net for charge in self.charges)
            tax += sum(charge.tax for charge in self.charges)
        return net, tax, remitted

    def _name(self, kind: str) -> str:
        self.numbered += 1
        return f"{self.id}-{kind}{self.numbered}"

    def step(self, at: datetime) -> list[Any]:
        """Something that can happen to the order now."""
        can = ["pay", "noise", "add"]
        if self.units["open"]:
            can += ["ship", "ship", "ship", "channel", "take", "cancel", "short"]
        if self.units["shipped"]:
            can += ["deliver", "deliver", "lose"]
        if self.units["delivered"]:
            can += ["return"]
        if self.units["delivered"] or self.units["shipped"]:
            can += ["claim"]
        happened: list[Any] = getattr(self, f"_{self.draw(st.sampled_from(can))}")(at)
        return happened

    def _ship(self, at: datetime) -> list[Any]:
        units = self._some("open", "shipped")
        worth, first = self._with_charges(units), not self.charged
        self.charged = True
        location = self.draw(st.sampled_from(LOCATIONS))
        name = self._name("S")
        return [ev.UnitsShipped(at, name, "f", location, as_items(units), ("", ""), *worth, 0, first)]

    def _channel(self, at: datetime) -> list[Any]:
        units = self._some("open", "shipped")
        worth, first = self._with_charges(units), not self.charged
        self.charged = True
        return [ev.ChannelShipped(at, self._name("S"), as_items(units), *worth, 0, first)]

    def _take(self, at: datetime) -> list[Any]:
        units = self._some("open", "delivered")
        worth, first = self._with_charges(units), not self.charged
        self.charged = True
        return [ev.GoodsTaken(at, "nyc", as_items(units), *worth, 0, first)]

    def _add(self, at: datetime) -> list[Any]:
        """A line, more of one that is there, or neither; a charge; by an edit or a claim."""
        new: tuple[OrderLine, ...] = ()
        more: tuple[tuple[str, Any], ...] = ()
        name = str(len({line for line, _ in self.worth}) + 1)
        if self.draw(st.booleans()):
            new = (self._line(name),)
            self.units["open"] += [unit for unit in self.worth if unit[0] == name]
        elif self.draw(st.booleans()):
            last = max(ordinal for line, ordinal in self.worth if line == "1")
            units = [("1", last + n) for n in range(1, self.draw(st.integers(1, 3)) + 1)]
            self.worth.update(dict.fromkeys(units, (70, 7, 3)))
            self.units["open"] += units
            more = (("1", ((last + 1, last + len(units), 70, 7, 3, 0),)),)
        added = [(name, n) for line in new for n in range(1, line.quantity + 1)]
        added += [("1", n) for _, runs in more for n in range(runs[0][0], runs[0][1] + 1)]
        net, tax, remitted = self._worth(added)
        charge = self.draw(st.integers(-50, 50))
        cause = self.draw(st.sampled_from(("edit:e", "exchange:x", "claim:c")))
        charges = (ChargeWorth("shipping", charge, 0, 0, 0),)
        return [ev.UnitsAdded(at, cause, new, more, charges, net + charge, tax, remitted, 0)]

    def _cancel(self, at: datetime) -> list[Any]:
        units = self._some("open", "cancelled")
        cause = self.draw(st.sampled_from(CAUSES))
        charges = self.draw(st.integers(0, 50))
        return [ev.UnitsCancelled(at, as_items(units), (), *self._worth(units), 0, charges, 0, 0, 0, cause)]

    def _short(self, at: datetime) -> list[Any]:
        return [ev.UnitsShortPicked(at, "f", "nyc", as_items(self._some("open", None)), (), "shrinkage")]

    def _deliver(self, at: datetime) -> list[Any]:
        return [ev.UnitsDelivered(at, "s", as_items(self._some("shipped", "delivered")))]

    def _lose(self, at: datetime) -> list[Any]:
        """A parcel never arrives: its units wait again, and so do the charges if they were in it."""
        units = self._some("shipped", "open")
        net, tax, remitted = self._worth(units)
        charged = self.charged and self.draw(st.booleans())
        if charged:
            net += sum(charge.net for charge in self.charges)
            tax += sum(charge.tax for charge in self.charges)
            self.charged = False
        items = as_items(units)
        return [ev.UnitsReopened(at, "s", "", items, "sellable", net, tax, remitted, 0, charged, False)]

    def _return(self, at: datetime) -> list[Any]:
        units = self._some("delivered", "returned")
        fee = self.draw(st.integers(0, 99))
        worth = self._worth(units)
        return [
            ev.ReturnReceived(
                at,
                "r",
                "nyc",
                as_items(units),
                "sellable",
                *worth,
                0,
                fee,
                0,
                "nyc",
                True,
                False,
                True,
                "tender",
            )
        ]

    def _claim(self, at: datetime) -> list[Any]:
        """Units are refunded, or others stand for them; nothing comes back."""
        state = self.draw(st.sampled_from([name for name in ("shipped", "delivered") if self.units[name]]))
        units = self._some(state, "returned")
        items, away = as_items(units), len(units) if state == "shipped" else 0
        worth = self._worth(units)
        if self.draw(st.booleans()):
            kept, lost = self.draw(st.sampled_from([(items, ()), ((), items)]))
            return [ev.ClaimRefunded(at, "c", kept, lost, away, *worth, 0)]
        return [ev.UnitsReplaced(at, "c", items, (), away, *worth, 0)]

    def _pay(self, at: datetime) -> list[Any]:
        amount = self.draw(st.integers(0, 9_999))
        kind = self.draw(st.sampled_from(("authorize", "capture", "refund", "void", "extend", "issue")))
        return self.draw(
            st.sampled_from(
                [
                    [ev.PaymentApproved(at, "p", kind, "card", amount)],
                    [ev.PaymentDeclined(at, "p", kind, "card", amount)],
                    [ev.PaymentReceived(at, "cash", "cash", amount)],
                    [ev.RefundNoted(at, "channel", "channel", amount)],
                    [ev.AllowanceGranted(at, "a", "goodwill", amount)],
                ]
            )
        )

    def _noise(self, at: datetime) -> list[Any]:
        return self.draw(
            st.sampled_from(
                [
                    [ev.HoldPlaced(at, "h", "fraud", "risk"), ev.HoldReleased(at, "h", "fraud")],
                    [ev.FulfillmentRequested(at, "f", "nyc", ())],
                    [ev.SnapshotSeen(at, 2)],
                ]
            )
        )


@st.composite
def feeds(draw: st.DrawFn, *, orders: int = 4, steps: int = 25) -> list[FeedEntry]:
    """A feed of up to so many orders and facts over about two days, in the order they happened."""
    writer = FeedWriter()
    lives: list[Life] = []
    at = T0
    for _ in range(draw(st.integers(1, steps))):
        at += timedelta(seconds=draw(st.sampled_from((0, 1, 59, 600, 3_599, 3_600, 20_000))))
        if not lives or (len(lives) < orders and draw(st.booleans())):
            # A channel may tell us hours after the customer ordered.
            life = Life(draw, len(lives) + 1, at - timedelta(seconds=draw(st.sampled_from((0, 30, 8_000)))))
            lives.append(life)
            writer.commit(f"order/{life.id}", [_told(life.placed, at)])
        else:
            life = draw(st.sampled_from(lives))
            writer.commit(f"order/{life.id}", life.step(at))
    return writer.entries


def _told(placed: ev.OrderPlaced, at: datetime) -> ev.OrderPlaced:
    from attrs import evolve

    return evolve(placed, at=at)
