"""The ports: what the embedder implements, and the values that pass through.

Decides the contract between the engine and the outside: a ``Store`` that keeps streams, answers,
a feed and personal data; a ``Gateway`` for money; a ``Notifier`` for messages; a ``ChannelPort``
for what a sales channel is told; a ``Carrier`` for labels. Must not know any implementation, or why
a command wants what it wants. Every effect is *keyed*: the same key twice is one effect. After an
unknown outcome a query by key tells what became of it, and only what nobody has heard of is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

import attrs

from omcore.kernel import Contact, Money, Place, SafeValue, record


@record
class Loaded:
    """A stream as it stands: its version (0 where there is none yet) and its state."""

    version: int
    state: Any | None


NOTHING = Loaded(0, None)


@record
class Write:
    """What a command adds to one stream: the state after, and the events that lead there."""

    stream: str
    events: tuple[Any, ...]
    state: Any


@record
class Answer:
    """The recorded answer to a command (C4).

    Accepted where ``error`` is empty, else the refusal as (code, path, fields). ``subject`` is
    the stream that the answer is about; ``result`` is a value of the codec (a routing plan, a
    reservation) or None.
    """

    key: str
    payload_hash: str
    subject: str
    at: datetime
    error: str = ""
    path: str = ""
    fields: tuple[tuple[str, SafeValue], ...] = ()
    result: Any | None = None


@record
class Commit:
    """One atomic step.

    ``reads`` is every stream that was read and the version found (for refusals too); each must
    still have that version. ``writes`` raises each written stream's version by exactly 1 (C6) and
    appends its events to the feed, in the order of ``writes``. ``answer`` is recorded under its
    key, which must be new. ``private`` sets (Contact) or erases (None) personal data by key.
    ``by`` and ``reason`` stand on every record.
    """

    answer: Answer
    reads: Mapping[str, int]
    writes: tuple[Write, ...] = ()
    private: Mapping[str, Contact | None] = attrs.field(factory=dict, repr=False)
    by: str = ""
    reason: str = ""


@record
class FeedEntry:
    """One committed event. ``position`` rises by commit order without gaps seen by a reader.

    ``version`` is the stream's version after the command that wrote it, ``index`` the event's
    place among that command's events on that stream; ``key`` is the command's.
    """

    position: int
    stream: str
    version: int
    index: int
    event: Any
    key: str
    at: datetime
    by: str = ""
    reason: str = ""


class Store(Protocol):
    """Where everything is kept. Methods raise ``Conflict`` or ``Unavailable``, nothing else.

    Clause by clause: docs/reference/store-contract.md; ``omcore.testing.StoreContract`` proves it.
    """

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """Each named stream, ``Loaded(0, None)`` for one that does not exist; one consistent read."""
        ...

    def answer(self, key: str) -> Answer | None:
        """The answer recorded under a command key."""
        ...

    def commit(self, commit: Commit) -> None:
        """All of it or nothing. ``Conflict``: a version moved or the key is taken."""
        ...

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """All of them or none, and kept as if each had been committed after the one before it.

        So ``reads`` of one name the versions as those before it leave them, and where two write one
        stream, the later state is the one that stays. ``Conflict``: one of them would be refused.
        """
        ...

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """Up to ``limit`` entries after a position, in commit order, never skipping one."""
        ...

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """Every entry of one stream above a version, oldest first; 0: all, for replay and proofs."""
        ...

    def private(self, key: str) -> Contact | None:
        """Personal data kept under a key; None where there is none or it was erased."""
        ...

    def cursor(self, name: str) -> int:
        """How far the named reader of the feed has come; 0 at first."""
        ...

    def advance(self, name: str, position: int) -> None:
        """Remember how far a reader has come; never moves back."""
        ...


class AsyncStore(Protocol):
    """The same contract, awaited."""

    async def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """See ``Store.load``."""
        ...

    async def answer(self, key: str) -> Answer | None:
        """See ``Store.answer``."""
        ...

    async def commit(self, commit: Commit) -> None:
        """See ``Store.commit``."""
        ...

    async def commit_all(self, commits: Sequence[Commit]) -> None:
        """See ``Store.commit_all``."""
        ...

    async def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """See ``Store.feed``."""
        ...

    async def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        ...

    async def private(self, key: str) -> Contact | None:
        """See ``Store.private``."""
        ...

    async def cursor(self, name: str) -> int:
        """See ``Store.cursor``."""
        ...

    async def advance(self, name: str, position: int) -> None:
        """See ``Store.advance``."""
        ...


# Outcomes of a gateway's call, and of a carrier's.
APPROVED = "approved"
DECLINED = "declined"
UNKNOWN = "unknown"


@record
class GatewayReply:
    """What became of what was asked: approved, declined or unknown.

    ``expires_at``: until when what was authorized, or extended, can be captured; None for ever.
    """

    outcome: str
    reference: str = ""
    reason: str = ""
    expires_at: datetime | None = None


class Gateway(Protocol):
    """Whoever holds the money of cards, gift cards and store credit; ``tender_id`` says whose is meant.

    Each call is keyed, and the key begins with the order's id. The same key again is answered as it was
    and moves nothing; with another kind, tender or amount it raises ``IdempotencyConflict``. What cannot be
    reached is ``Unavailable``, what a holder cannot do it declines. Clause by clause:
    docs/reference/port-contracts.md; ``omcore.testing.GatewayContract`` proves it.
    """

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Hold the amount."""
        ...

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Take the amount from what is authorized."""
        ...

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Give the amount back from what was captured."""
        ...

    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Let go of the amount that is authorized and will never be captured."""
        ...

    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Hold longer what is authorized, until ``expires_at`` of the reply."""
        ...

    def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """Give the customer the amount as store credit of the merchant's; no tender of the order is meant."""
        ...

    def outcome(self, key: str) -> GatewayReply | None:
        """What became of a key, ``unknown`` while nobody knows; None: never heard of. Changes nothing."""
        ...


class AsyncGateway(Protocol):
    """The same contract, awaited."""

    async def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.authorize``."""
        ...

    async def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.capture``."""
        ...

    async def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.refund``."""
        ...

    async def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.void``."""
        ...

    async def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.extend``."""
        ...

    async def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.issue``."""
        ...

    async def outcome(self, key: str) -> GatewayReply | None:
        """See ``Gateway.outcome``."""
        ...


@record
class Message:
    """A message due to a customer: which, about what, and the rendered text.

    ``key`` is stable per fact (C9). ``text`` and ``to`` hold personal data and stay out of the repr.
    """

    key: str
    order_id: str
    kind: str
    subject: str = attrs.field(repr=False)
    text: str = attrs.field(repr=False)
    to: Contact | None = attrs.field(default=None, repr=False)


class Notifier(Protocol):
    """Sends customer messages: once per key, whatever is retried and whatever else differs.

    Methods raise ``Unavailable``, nothing else. Clause by clause: docs/reference/port-contracts.md;
    ``omcore.testing.NotifierContract`` proves it.
    """

    def send(self, message: Message) -> None:
        """Send it, or do nothing where the key was sent before."""
        ...

    def was_sent(self, key: str) -> bool:
        """Whether the key was sent; ``Unavailable`` where nobody knows. Sends nothing."""
        ...


class AsyncNotifier(Protocol):
    """The same contract, awaited."""

    async def send(self, message: Message) -> None:
        """See ``Notifier.send``."""
        ...

    async def was_sent(self, key: str) -> bool:
        """See ``Notifier.was_sent``."""
        ...


@record
class ChannelUpdate:
    """What a sales channel is told about its order: ``kind`` and a JSON-ready body, keyed."""

    key: str
    channel: str
    account: str
    order_id: str
    external_id: str
    kind: str
    body: Mapping[str, Any] = attrs.field(repr=False)


@record
class StockPublication:
    """How many of a SKU a channel may sell (S13).

    ``position`` is 1, 2, 3 ... of a SKU and channel: what arrives with a lower one is out of date. A
    number may be missing, where the word was superseded before it was said.
    """

    key: str
    channel: str
    sku: str
    quantity: int
    position: int


class ChannelPort(Protocol):
    """Writes back to sales channels, once per key; of what a channel may sell the newest word stands.

    Methods raise ``Unavailable``, nothing else. Clause by clause: docs/reference/port-contracts.md;
    ``omcore.testing.ChannelContract`` proves it.
    """

    def update(self, update: ChannelUpdate) -> None:
        """Tell the channel what became of its order, or do nothing where the key was told before."""
        ...

    def was_told(self, key: str) -> bool:
        """Whether an update of this key was told; ``Unavailable`` where nobody knows. Tells nothing."""
        ...

    def publish(self, publication: StockPublication) -> None:
        """Tell the channel what it may sell, unless it was told of a later ``position``."""
        ...


class AsyncChannelPort(Protocol):
    """The same contract, awaited."""

    async def update(self, update: ChannelUpdate) -> None:
        """See ``ChannelPort.update``."""
        ...

    async def was_told(self, key: str) -> bool:
        """See ``ChannelPort.was_told``."""
        ...

    async def publish(self, publication: StockPublication) -> None:
        """See ``ChannelPort.publish``."""
        ...


@record
class Consignment:
    """What a carrier is to carry of a fulfillment order's work: one parcel, one label.

    ``origin`` is the location that sends it, ``service`` how it is to travel, in the carrier's words.
    Weight in grams, dimensions in millimeters (0 = not known). ``to`` is personal data and stays out of the
    repr, like the postal code of ``destination``. ``store`` is the location that it goes to, where the
    customer collects it; empty where it goes to the customer.
    """

    order_id: str
    fulfillment_id: str
    origin: str
    service: str
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    destination: Place | None = None
    to: Contact | None = attrs.field(default=None, repr=False)
    store: str = ""


@record
class CarrierReply:
    """What became of what was asked of a carrier: approved, declined or unknown.

    Of a label: ``carrier`` and ``tracking`` number, the ``service`` that was booked, what it costs, and
    where it is to be had (``label``, the carrier's reference or address of it; who has it can print it).
    """

    outcome: str
    reference: str = ""
    reason: str = ""
    carrier: str = ""
    tracking: str = ""
    service: str = ""
    cost: Money | None = None
    label: str = attrs.field(default="", repr=False)


class Carrier(Protocol):
    """Whoever carries parcels, or sells the labels of those who do.

    Each call is keyed. The same key again is answered as it was and books nothing; with another parcel it
    raises ``IdempotencyConflict``. What cannot be reached is ``Unavailable``, what a carrier cannot do it
    declines. See docs/reference/port-contracts.md; ``omcore.testing.CarrierContract`` proves it.
    """

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        """Book a label for the parcel."""
        ...

    def void(self, key: str, booked: str) -> CarrierReply:
        """Let go of the label that was booked under another key and will not be used."""
        ...

    def outcome(self, key: str) -> CarrierReply | None:
        """What became of a key, ``unknown`` while nobody knows; None: never heard of. Changes nothing."""
        ...


class AsyncCarrier(Protocol):
    """The same contract, awaited."""

    async def book(self, key: str, consignment: Consignment) -> CarrierReply:
        """See ``Carrier.book``."""
        ...

    async def void(self, key: str, booked: str) -> CarrierReply:
        """See ``Carrier.void``."""
        ...

    async def outcome(self, key: str) -> CarrierReply | None:
        """See ``Carrier.outcome``."""
        ...


__all__ = [
    "APPROVED",
    "DECLINED",
    "NOTHING",
    "UNKNOWN",
    "Answer",
    "AsyncCarrier",
    "AsyncChannelPort",
    "AsyncGateway",
    "AsyncNotifier",
    "AsyncStore",
    "Carrier",
    "CarrierReply",
    "ChannelPort",
    "ChannelUpdate",
    "Commit",
    "Consignment",
    "FeedEntry",
    "Gateway",
    "GatewayReply",
    "Loaded",
    "Message",
    "Notifier",
    "StockPublication",
    "Store",
    "Write",
]
