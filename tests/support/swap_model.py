"""Exchanges, claims and returns of one order as plain objects: the slow model that orders are held to.

Every unit is an object with a place; every figure is a sum over all of them. It knows no runs, no
ledger and no requests: what the merchant should hold is the worth of what the customer has, charges and
fees, less what was allowed, and less what goods on their way back will pay.
"""

from __future__ import annotations

from dataclasses import dataclass, field

HAS = ("away", "home", "coming")
WAITING = ("open",)
GONE = ("back", "kept", "lost", "replaced", "cancelled")


@dataclass(eq=False)
class Thing:
    """One unit: where it is, and what holds it."""

    line: str
    n: int
    worth: int
    fee: int
    where: str = "open"
    by: str = ""


@dataclass
class Swap:
    """One exchange that is under way."""

    back: list[Thing]
    price: int
    advance: bool
    state: str
    sent: list[Thing] = field(default_factory=list)

    def coming(self) -> int:
        """What goods on their way back will give."""
        return sum(thing.worth - thing.fee for thing in self.back if thing.where == "coming")

    def kept(self) -> int:
        """What was sent and is not gone."""
        return sum(thing.worth for thing in self.sent if thing.where not in GONE)

    def with_customer(self) -> int:
        """What was sent and has left."""
        return sum(thing.worth for thing in self.sent if thing.where in HAS)

    def failed(self) -> bool:
        return any(thing.where not in ("coming", "back") for thing in self.back)

    def done(self) -> bool:
        return not any(thing.where == "coming" for thing in self.back)


@dataclass
class Shop:
    """The model: all units of the order, and what is under way."""

    things: list[Thing] = field(default_factory=list)
    swaps: dict[str, Swap] = field(default_factory=dict)
    claims: dict[str, list[Thing]] = field(default_factory=dict)
    charges: int = 0
    fees: int = 0
    allowed: int = 0
    shipped_once: bool = False

    def among(self, *places: str) -> list[Thing]:
        """Units in one of the places that no claim and no waiting exchange speaks for."""
        taken = [thing for claim in self.claims.values() for thing in claim]
        taken += [t for swap in self.swaps.values() if swap.state == "waiting" for t in swap.back]
        return [thing for thing in self.things if thing.where in places and thing not in taken]

    def of(self, line: str) -> list[Thing]:
        return [thing for thing in self.things if thing.line == line]

    def owed(self) -> int:
        kept = sum(thing.worth for thing in self.things if thing.where not in GONE)
        alive = self.shipped_once or any(thing.where != "cancelled" for thing in self.things)
        return kept + (self.charges if alive else 0) + self.fees - self.allowed

    def earned(self) -> int:
        has = sum(thing.worth for thing in self.things if thing.where in HAS)
        return has + (self.charges if self.shipped_once else 0) + self.fees - self.allowed

    def credit(self) -> int:
        """What is not captured because goods that come back will pay for it."""
        return sum(
            min(swap.coming(), swap.with_customer()) for swap in self.swaps.values() if swap.state == "sent"
        )

    def reserve(self) -> int:
        """Most that may be held beyond what is owed, for exchanges that go on."""
        whole = 0
        for swap in self.swaps.values():
            if swap.state in ("waiting", "expecting"):
                promised = sum(thing.worth - thing.fee for thing in swap.back)
                whole += max(swap.price - (promised if swap.state == "waiting" else swap.coming()), 0)
        return whole

    def give(self, thing: Thing, where: str, by: str = "") -> None:
        """A unit leaves the order for good: once."""
        assert thing.where not in GONE, "no unit is given back twice"
        thing.where, thing.by = where, by
        if self.owed() < 0:  # what was allowed on it is in its worth
            self.allowed += self.owed()

    def settle(self) -> None:
        """Exchanges whose goods are all back, or will not come, end."""
        for name, swap in list(self.swaps.items()):
            if (swap.state == "expecting" and swap.failed()) or (
                swap.state in ("sent", "overdue") and swap.done()
            ):
                del self.swaps[name]


__all__ = ["GONE", "HAS", "Shop", "Swap", "Thing"]
