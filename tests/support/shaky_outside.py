"""Gateway, notifier and channel that fail before or after they did what they were asked.

They keep what they did by key, as every port must, and check that a key is never used for two things
and that no personal data is in what they are shown by ``repr``.
"""

from __future__ import annotations

import random
from typing import Any

from omcore.kernel import Money, Unavailable
from omcore.ports import GatewayReply, Message, StockPublication

NAME = "Zyxwvut"  # of every customer


class Outside:
    """Gateway, notifier and channel in one: keyed, forgetful, and true to what they once said."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.healthy = False
        self.asked: dict[str, tuple[str, str, Money]] = {}
        self.answers: dict[str, str] = {}
        self.sent: dict[str, Message] = {}
        self.told: dict[str, Any] = {}
        self.published: dict[str, StockPublication] = {}

    def fails(self) -> bool:
        return not self.healthy and self.dice.random() < 0.1

    def _money(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        if self.fails():
            raise Unavailable("gateway")
        assert self.asked.setdefault(key, (kind, tender_id, amount)) == (kind, tender_id, amount)
        yes = self.healthy or self.dice.random() < 0.8
        answer = self.answers.setdefault(key, "approved" if yes else "declined")
        if self.fails():
            raise Unavailable("gateway")
        return GatewayReply("unknown" if self.fails() else answer, self.dice.choice(["", "4111111111111111"]))

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("authorize", key, tender_id, amount)

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("capture", key, tender_id, amount)

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("refund", key, tender_id, amount)

    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("void", key, tender_id, amount)

    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("extend", key, tender_id, amount)

    def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return self._money("issue", key, tender_id, amount)

    def outcome(self, key: str) -> GatewayReply | None:
        if self.fails():
            raise Unavailable("gateway")
        known = self.answers.get(key)
        return None if known is None else GatewayReply("unknown" if self.fails() else known)

    def send(self, message: Message) -> None:
        assert NAME not in repr(message)
        self._once(self.sent, message)

    def update(self, update: Any) -> None:
        self._once(self.told, update)

    def was_sent(self, key: str) -> bool:
        return self._known(self.sent, key)

    def was_told(self, key: str) -> bool:
        return self._known(self.told, key)

    def publish(self, publication: StockPublication) -> None:
        self._once(self.published, publication)

    def _known(self, kept: dict[str, Any], key: str) -> bool:
        if self.fails():
            raise Unavailable("port")
        return key in kept

    def _once(self, kept: dict[str, Any], thing: Any) -> None:
        if self.fails():
            raise Unavailable("port")
        kept.setdefault(thing.key, thing)
        if self.fails():
            raise Unavailable("port")
