"""The outside: who holds the money, who sends messages, and a sales channel, as one would find them.

Decides what they do when they are asked: keyed, they do a thing once, and say the same about it ever
after; a holder of money may decline, or not know yet. A call that is repeated late they would take for a
new one, as real holders do after a day or so; which keys those are, ``forget`` says. Whether they can be
reached, and whether their reply arrives, is decided where they are called. Must not know orders or stock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from omcore.engine import requests as rq
from omcore.kernel import Money
from omcore.ports import APPROVED, DECLINED, UNKNOWN, ChannelUpdate, GatewayReply, Message, StockPublication
from omcore.testing.simulation.chooser import Chooser
from omcore.testing.simulation.faults import added_up
from omcore.testing.simulation.promises import Broken

Effect = Callable[[str, str, Any], None]

# Of a thousand calls: said as it is, declined where it is new, not known yet, declined but not known yet.
_SAID = (
    added_up([1_000, 0, 0, 0]),
    added_up([920, 40, 30, 10]),
    added_up([700, 100, 150, 50]),
)


class Outside:
    """Gateway, notifier and channel in one. ``effect`` is told of all that they are asked and do."""

    def __init__(self, chooser: Chooser, effect: Effect) -> None:
        self._chooser = chooser
        self._effect = effect
        self._said = chooser.pick(_SAID)
        self.healthy = False
        self.money: dict[str, tuple[str, str, Money, str, str]] = {}
        self.messages: dict[str, Message] = {}
        self.updates: dict[str, ChannelUpdate] = {}
        self.publications: dict[str, StockPublication] = {}
        # By what is called, the keys that it would do anew; what became of them is known all the same.
        self.forgotten: dict[type, frozenset[str]] = {}

    def forget(self) -> None:
        """So much time has passed that no key is recognized any more that was given until now."""
        self.forgotten = {
            rq.CallGateway: frozenset(self.money),
            rq.SendMessage: frozenset(self.messages),
            rq.UpdateChannel: frozenset(self.updates),
        }

    def hold(self, request: rq.CallGateway) -> GatewayReply:
        """Do with money what is asked, once by key."""
        said = 0 if self.healthy else self._chooser.weighed(self._said)
        kind, key, tender_id, amount = request.kind, request.key, request.tender_id, request.amount
        known = self.money.get(key)
        if known is None:
            outcome = DECLINED if said & 1 else APPROVED
            reference = f"ref-{len(self.money) + 1}"
            self.money[key] = (kind, tender_id, amount, outcome, reference)
        else:
            outcome, reference = known[3], known[4]
            if known[:3] != (kind, tender_id, amount):
                raise Broken("PR6", f"the key {key} was given to the gateway for two things")
        self._effect(kind, key, (tender_id, amount, outcome))
        return GatewayReply(UNKNOWN if said > 1 else outcome, "" if said else reference)

    def outcome(self, key: str) -> GatewayReply | None:
        """What became of money that was asked for; None where it never was."""
        known = self.money.get(key)
        if known is None:
            return None
        said = 0 if self.healthy else self._chooser.weighed(self._said)
        return GatewayReply(UNKNOWN, "") if said > 1 else GatewayReply(known[3], known[4])

    def send(self, message: Message) -> None:
        """Send a message, once by key."""
        self._once(self.messages, "message", message)

    def update(self, update: ChannelUpdate) -> None:
        """Take what became of an order, once by key."""
        self._once(self.updates, "update", update)

    def publish(self, publication: StockPublication) -> None:
        """Take what may be sold, once by key."""
        self._once(self.publications, "publication", publication)

    def _once(self, kept: dict[str, Any], kind: str, said: Any) -> None:
        kept.setdefault(said.key, said)
        self._effect(kind, said.key, said)


__all__ = ["Effect", "Outside"]
