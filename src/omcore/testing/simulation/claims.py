"""Claims: who holds what of every shelf, added up from its owners (S1, S5, S7, S10).

Decides what the counters of a stock item must be: firm claims of orders and of reservations that were
confirmed, carts by the second at which they run out, and promises by the second for which they were made.
It is kept as a sum, from what each commit changed. Must not know how a stock item counts.
"""

from __future__ import annotations

from typing import Any

from omcore import inventory as inv
from omcore.inventory.stock import passed_second
from omcore.kernel import epoch_second
from omcore.testing.simulation.facts import Facts, Key
from omcore.testing.simulation.promises import Broken

UNITS = "PR1"

BySecond = dict[int, int]


class Claims:
    """By (location, SKU): what is claimed firmly, until when, and for when."""

    def __init__(self) -> None:
        self.firm: dict[Key, int] = {}
        self.carts: dict[Key, BySecond] = {}
        self.promised: dict[Key, BySecond] = {}

    def take(self, facts: Facts, touched: dict[Key, None]) -> None:
        """Firm claims that orders and reservations have, or have not any more."""
        firm = self.firm
        for key, units in facts.claimed.items():
            if units:
                firm[key] = firm.get(key, 0) + units
                touched[key] = None

    def reserved(self, before: Any, after: Any, facts: Facts, touched: dict[Key, None]) -> None:
        """A reservation is another now.

        One that has run out ends by its time alone: for a clock that lags it still counts (S6).
        """
        for state, sign in ((before, -1), (after, 1)):
            if state is None:
                continue
            if state.outcome == inv.LIVE and (sign > 0 or after.seen_at < state.expires_at):
                second = epoch_second(state.expires_at)
                for item in state.items:
                    key = (item.location, item.sku)
                    _add(self.carts, key, second, sign * item.quantity)
                    touched[key] = None
            if not state.order_id:
                for item in state.allocated:
                    facts.claim(item.location, ((item.sku, 1),), sign * item.quantity)

    def waiting(self, before: Any, after: Any, touched: dict[Key, None]) -> None:
        """What an order waits for is something else now."""
        for order, sign in ((before, -1), (after, 1)):
            if order is None:
                continue
            terms = order.terms
            for entry in order.backorders:
                if entry.promised_for is None:
                    continue
                second = epoch_second(entry.promised_for)
                for line_id, runs in entry.items:
                    units = sum([last - first + 1 for first, last in runs])
                    for sku, each in terms.line(line_id).components:
                        key = (entry.location, sku)
                        _add(self.promised, key, second, sign * units * each)
                        touched[key] = None

    def agree(self, key: Key, item: Any) -> None:
        """The counters of a stock item are the sum of what its owners hold."""
        firm, carts = self.firm.get(key, 0), self.carts.get(key)
        promised = self.promised.get(key)
        if item is None:
            if firm or carts or promised:
                raise Broken(UNITS, f"{key[1]} at {key[0]} is claimed, and nothing ever happened to it")
            return
        if item.allocated != firm:
            told = f"{item.allocated} of {key[1]} at {key[0]} are allocated"
            raise Broken(UNITS, f"{told}, and owners hold {firm}")
        held = item.held
        if carts or held:
            self._carts_agree(key, item, carts or {})
        due = None if item.detail is None else item.detail.outlook.due
        if due or promised:
            expected = tuple(sorted(promised.items())) if promised else ()
            if (due or ()) != expected:
                told = f"of {key[1]} at {key[0]} {due} is promised"
                raise Broken(UNITS, f"{told}, and who waits was promised {expected}")

    def _carts_agree(self, key: Key, item: Any, carts: BySecond) -> None:
        last = passed_second(item.seen_at)
        expected = tuple(sorted([(second, units) for second, units in carts.items() if second > last]))
        if len(expected) < len(carts):
            self.carts[key] = dict(expected)
        schedule = item.schedule
        if expected != schedule or item.held != sum([units for _, units in schedule]):
            told = f"of {key[1]} at {key[0]} {schedule} is reserved"
            raise Broken(UNITS, f"{told} ({item.held}), and carts hold {expected}")


def _add(book: dict[Key, BySecond], key: Key, second: int, units: int) -> None:
    seconds = book.get(key)
    if seconds is None:
        seconds = book[key] = {}
    left = seconds.get(second, 0) + units
    if left:
        seconds[second] = left
    else:
        seconds.pop(second, None)


__all__ = ["Claims"]
