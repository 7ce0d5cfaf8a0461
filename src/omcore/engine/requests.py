"""Requests: everything a handler may ask of the outside.

Decides the vocabulary between handlers and drivers. A handler is a generator that yields requests
and is sent replies; a driver performs them against real ports, awaited or not. So one body of
code is sync, async and, stepped by a test, simulated. Must not know handlers.
"""

from __future__ import annotations

from typing import Any

import attrs

from omcore.kernel import Money, record
from omcore.ports import ChannelUpdate, Commit, Consignment, Message, StockPublication


@attrs.define(slots=True)
class Ports:
    """The embedder's implementations; sync ones for ``run``, async ones for ``run_async``."""

    store: Any
    gateway: Any = None
    notifier: Any = None
    channel: Any = None
    carrier: Any = None


@record
class Load:
    """Streams as they stand; replies a mapping of ``Loaded``."""

    streams: tuple[str, ...]

    def perform(self, ports: Ports) -> Any:
        """``Store.load``."""
        return ports.store.load(self.streams)


@record
class Recall:
    """The answer recorded under a command key; replies ``Answer`` or None."""

    key: str

    def perform(self, ports: Ports) -> Any:
        """``Store.answer``."""
        return ports.store.answer(self.key)


@record
class Save:
    """One atomic step; replies None, or ``Conflict`` or ``Unavailable`` is thrown in."""

    commit: Commit

    def perform(self, ports: Ports) -> Any:
        """``Store.commit``."""
        return ports.store.commit(self.commit)


@record
class SaveAll:
    """Several steps as one, all or none; replies as ``Save`` does."""

    commits: tuple[Commit, ...]

    def perform(self, ports: Ports) -> Any:
        """``Store.commit_all``."""
        return ports.store.commit_all(self.commits)


@record
class ReadFeed:
    """Feed entries after a position; replies a sequence of ``FeedEntry``."""

    after: int
    limit: int

    def perform(self, ports: Ports) -> Any:
        """``Store.feed``."""
        return ports.store.feed(self.after, self.limit)


@record
class ReadHistory:
    """Every entry of one stream above a version, oldest first."""

    stream: str
    after: int = 0

    def perform(self, ports: Ports) -> Any:
        """``Store.history``."""
        return ports.store.history(self.stream, self.after)


@record
class ReadPrivate:
    """Personal data kept under a key; replies ``Contact`` or None."""

    key: str

    def perform(self, ports: Ports) -> Any:
        """``Store.private``."""
        return ports.store.private(self.key)


@record
class ReadCursor:
    """How far a reader has come."""

    name: str

    def perform(self, ports: Ports) -> Any:
        """``Store.cursor``."""
        return ports.store.cursor(self.name)


@record
class Advance:
    """Remember how far a reader has come."""

    name: str
    position: int

    def perform(self, ports: Ports) -> Any:
        """``Store.advance``."""
        return ports.store.advance(self.name, self.position)


@record
class CallGateway:
    """authorize, extend, capture, refund, void or issue, keyed; replies ``GatewayReply``."""

    kind: str
    key: str
    tender_id: str
    amount: Money

    def perform(self, ports: Ports) -> Any:
        """The gateway's method of that name."""
        return getattr(ports.gateway, self.kind)(self.key, self.tender_id, self.amount)


@record
class AskGateway:
    """What became of a key; replies ``GatewayReply``, or None where it was never heard of."""

    key: str

    def perform(self, ports: Ports) -> Any:
        """``Gateway.outcome``."""
        return ports.gateway.outcome(self.key)


@record
class SendMessage:
    """Send a customer message, keyed."""

    message: Message

    def perform(self, ports: Ports) -> Any:
        """``Notifier.send``."""
        return ports.notifier.send(self.message)


@record
class WasSent:
    """Whether a message was sent."""

    key: str

    def perform(self, ports: Ports) -> Any:
        """``Notifier.was_sent``."""
        return ports.notifier.was_sent(self.key)


@record
class UpdateChannel:
    """Tell a channel what became of its order, keyed."""

    update: ChannelUpdate

    def perform(self, ports: Ports) -> Any:
        """``ChannelPort.update``."""
        return ports.channel.update(self.update)


@record
class WasTold:
    """Whether a channel was told of an update."""

    key: str

    def perform(self, ports: Ports) -> Any:
        """``ChannelPort.was_told``."""
        return ports.channel.was_told(self.key)


@record
class PublishStock:
    """Tell a channel what it may sell, keyed."""

    publication: StockPublication

    def perform(self, ports: Ports) -> Any:
        """``ChannelPort.publish``."""
        return ports.channel.publish(self.publication)


@record
class BookConsignment:
    """Book a label, keyed; replies ``CarrierReply``."""

    key: str
    consignment: Consignment

    def perform(self, ports: Ports) -> Any:
        """``Carrier.book``."""
        return ports.carrier.book(self.key, self.consignment)


@record
class VoidConsignment:
    """Let go of a label that was booked under another key, keyed; replies ``CarrierReply``."""

    key: str
    booked: str

    def perform(self, ports: Ports) -> Any:
        """``Carrier.void``."""
        return ports.carrier.void(self.key, self.booked)


@record
class AskCarrier:
    """What became of a key; replies ``CarrierReply``, or None where it was never heard of."""

    key: str

    def perform(self, ports: Ports) -> Any:
        """``Carrier.outcome``."""
        return ports.carrier.outcome(self.key)


Request = (
    Load
    | Recall
    | Save
    | SaveAll
    | ReadFeed
    | ReadHistory
    | ReadPrivate
    | ReadCursor
    | Advance
    | CallGateway
    | AskGateway
    | SendMessage
    | WasSent
    | UpdateChannel
    | WasTold
    | PublishStock
    | BookConsignment
    | VoidConsignment
    | AskCarrier
)

__all__ = [
    "Advance",
    "AskCarrier",
    "AskGateway",
    "BookConsignment",
    "CallGateway",
    "Load",
    "Ports",
    "PublishStock",
    "ReadCursor",
    "ReadFeed",
    "ReadHistory",
    "ReadPrivate",
    "Recall",
    "Request",
    "Save",
    "SaveAll",
    "SendMessage",
    "UpdateChannel",
    "VoidConsignment",
    "WasSent",
    "WasTold",
]
