"""Two shops and a model of them: what every rule of the machine over inventory is made of.

Decides how a command is given to both shops and their answers compared, and which reservation a rule is
about. Must not know the rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from omcore import inventory as inv
from stock_model import Amounts, Model, Place
from stock_world import World

T0 = datetime(2026, 11, 27, 9, tzinfo=UTC)


def items_of(amounts: Amounts) -> tuple[inv.ReservedItem, ...]:
    """Some of them in two items, which are one demand (S3)."""
    made = []
    for (location, sku), units in amounts.items():
        made += [inv.ReservedItem(sku, location, part) for part in (units // 2, units - units // 2) if part]
    return tuple(made)


def some_of(amounts: Mapping[Place, int], bits: int) -> Amounts:
    """A part of some amounts: of each place none, one, all, or sometimes one more than there are."""
    part: Amounts = {}
    for number, (place, units) in enumerate(sorted(amounts.items())):
        choice = bits >> 2 * (number % 4) & 3
        wanted = (0, 1, units, units)[choice] + (bits > 200)
        if units and wanted:
            part[place] = wanted
    return part


class Shops(RuleBasedStateMachine):
    """The model is asked first, then both shops: one that is swept, and one that never is."""

    def __init__(self) -> None:
        super().__init__()
        self.model = Model(T0)
        self.swept, self.unswept = World(), World()
        self.given: list[tuple[Any, str]] = []
        self.keys = 0

    # -- carrying out ------------------------------------------------------------------------

    def do(self, expected: str, kind: Callable[..., Any], *arguments: Any, **more: Any) -> None:
        self.keys += 1
        command = kind(*arguments, **more, key=f"k{self.keys}", at=self.model.now)
        swept, unswept = self.swept.execute(command), self.unswept.execute(command)
        assert swept[0] == unswept[0] == expected, (command, swept, unswept, expected)
        if unswept[1] is not None:
            assert self.told(swept[1]) == self.told(unswept[1])
        self.given.append((command, expected))

    def told(self, cart: inv.Reservation) -> tuple[Any, ...]:
        """What an answer says of a reservation by now."""
        return (cart.token, cart.owner, cart.items, cart.outcome_at(self.model.now), cart.allocated)

    def work(self, expected: str, work: Mapping[Place, Sequence[Any]], token: str = "") -> None:
        self.keys += 1
        for world in (self.swept, self.unswept):
            assert world.operate(f"k{self.keys}", self.model.now, work, token) == expected

    def known(self, pick: int) -> str:
        """The token of some reservation, the newest first; now and then one that nobody ever used."""
        carts = [*reversed(self.model.carts)]
        return carts[pick % len(carts)] if carts and pick < 20 else "never"

    def live(self, pick: int) -> str:
        """A live one where there is one, but for one time in five."""
        return self._among([t for t in reversed(self.model.carts) if self.model.outcome(t) == "live"], pick)

    def holder(self, pick: int) -> str:
        """One whose owner holds something where there is one, but for one time in five."""
        return self._among([t for t, cart in self.model.carts.items() if any(cart.held.values())], pick)

    def _among(self, chosen: list[str], pick: int) -> str:
        return chosen[pick % len(chosen)] if chosen and pick % 5 != 4 else self.known(pick)

    def items(self, token: str, bits: int) -> Amounts:
        cart = self.model.carts.get(token)
        return {("nyc", "TEE"): 1} if cart is None else some_of(cart.items, bits)

    def held(self, token: str, bits: int) -> Amounts:
        cart = self.model.carts.get(token)
        return {("nyc", "TEE"): 1} if cart is None else some_of(cart.held, bits)

    def unused(self, pick: int) -> str:
        """A token that was not used before, but for one time in twenty."""
        return self.known(0) if pick == 20 else f"t{len(self.model.carts)}"


__all__ = ["T0", "Shops", "items_of", "some_of"]
