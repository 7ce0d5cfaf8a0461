"""Everything around the engine that does I/O: the gateway, the mail, the channels.

A shop would call its payment provider, its mail server and its channels' APIs here. These say yes
to everything and remember what they were asked, so that the day can be told afterwards.
"""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from omcore.kernel import IdempotencyConflict, Money, format_instant, parse_instant
from omcore.ports import APPROVED, ChannelUpdate, GatewayReply, Message, StockPublication


class CardGateway:
    """Approves what it is asked, once per key; another amount under a known key is no retry."""

    def __init__(self) -> None:
        self._asked: dict[str, tuple[str, str, Money]] = {}

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Hold the amount."""
        return self._once("auth", key, tender_id, amount)

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Take it."""
        return self._once("capture", key, tender_id, amount)

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Give it back."""
        return self._once("refund", key, tender_id, amount)

    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Let go of it."""
        return self._once("void", key, tender_id, amount)

    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Hold it longer."""
        return self._once("extend", key, tender_id, amount)

    def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Give it as store credit."""
        return self._once("credit", key, tender_id, amount)

    def outcome(self, key: str) -> GatewayReply | None:
        """What became of a key."""
        known = self._asked.get(key)
        return None if known is None else GatewayReply(APPROVED, f"{known[0]}-{key}")

    def _once(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        asked = (kind, tender_id, amount)
        if self._asked.setdefault(key, asked) != asked:
            raise IdempotencyConflict("key", key=key)
        return GatewayReply(APPROVED, f"{kind}-{key}")


class Outbox:
    """The mail: a table of what was sent, once per key, without a word of its text."""

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path)
        self._db.execute(
            "create table if not exists outbox (key text primary key, order_id text, kind text, at text)"
        )
        self.now: datetime | None = None  # the day's clock, set by whoever runs the day

    def send(self, message: Message) -> None:
        """Note it, unless it was sent before (C9), or there is nobody to send it to."""
        assert self.now is not None
        if message.to is None:
            return
        row = (message.key, message.order_id, message.kind, format_instant(self.now))
        with self._db:
            self._db.execute("insert or ignore into outbox values (?, ?, ?, ?)", row)

    def was_sent(self, key: str) -> bool:
        """Whether it went out."""
        return self._db.execute("select 1 from outbox where key = ?", (key,)).fetchone() is not None

    def sent(self) -> Iterator[tuple[Message, datetime]]:
        """Every message that went out, and when."""
        rows = self._db.execute("select key, order_id, kind, at from outbox order by rowid")
        for key, order_id, kind, at in rows:
            yield Message(key, order_id, kind, "", ""), parse_instant(at)

    def close(self) -> None:
        """Close the table."""
        self._db.close()


class Channels:
    """What the channels were told about their orders and our stock."""

    def __init__(self) -> None:
        self.updates: Counter[tuple[str, str]] = Counter()
        self.for_sale: dict[tuple[str, str], int] = {}
        self._told: set[str] = set()
        self._newest: dict[tuple[str, str], int] = {}

    def update(self, update: ChannelUpdate) -> None:
        """News of an order, once."""
        if update.key not in self._told:
            self._told.add(update.key)
            self.updates[update.channel, update.kind] += 1

    def was_told(self, key: str) -> bool:
        """Whether it was told."""
        return key in self._told

    def publish(self, publication: StockPublication) -> None:
        """How many may be sold, by the newest word."""
        pair = publication.channel, publication.sku
        if publication.position > self._newest.get(pair, 0):
            self._newest[pair] = publication.position
            self.for_sale[pair] = publication.quantity
