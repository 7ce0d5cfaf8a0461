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

from omcore.kernel import Money, format_instant, parse_instant
from omcore.ports import APPROVED, ChannelUpdate, GatewayReply, Message, StockPublication


class CardGateway:
    """Approves what it is asked. A real one takes the same key twice as one request."""

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Hold the amount."""
        return GatewayReply(APPROVED, f"auth-{key}")

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Take it."""
        return GatewayReply(APPROVED, f"capture-{key}")

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Give it back."""
        return GatewayReply(APPROVED, f"refund-{key}")

    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Let go of it."""
        return GatewayReply(APPROVED, f"void-{key}")

    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Hold it longer."""
        return GatewayReply(APPROVED, f"extend-{key}")

    def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Give it as store credit."""
        return GatewayReply(APPROVED, f"credit-{key}")


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

    def update(self, update: ChannelUpdate) -> None:
        """News of an order."""
        self.updates[update.channel, update.kind] += 1

    def publish(self, publication: StockPublication) -> None:
        """How many may be sold."""
        self.for_sale[publication.channel, publication.sku] = publication.quantity
