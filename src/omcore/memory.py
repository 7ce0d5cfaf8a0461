"""In-memory adapters of every port: the reference that the conformance suites are checked with.

Decides nothing. Keeps state objects as they are, in dicts and lists; nothing is ever copied,
because records are never changed. For tests, examples and single-process tools: it forgets
everything with the process. ``MemoryStore`` may be shared by threads.
"""

from __future__ import annotations

import threading  # noqa: TID251 - a lock and no thread: callers may come from several
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from operator import attrgetter
from typing import Any

import attrs

from omcore.kernel import Conflict, Contact, IdempotencyConflict, Money
from omcore.ports import (
    APPROVED,
    DECLINED,
    NOTHING,
    UNKNOWN,
    Answer,
    CarrierReply,
    ChannelUpdate,
    Commit,
    Consignment,
    FeedEntry,
    GatewayReply,
    Loaded,
    Message,
    StockPublication,
)

_version = attrgetter("version")


@attrs.define(slots=True)
class _Gathered:
    """What several commits come to: of each stream the last state, and everything else in order."""

    versions: dict[str, int] = attrs.field(factory=dict)
    states: dict[str, Any] = attrs.field(factory=dict)
    histories: dict[str, list[FeedEntry]] = attrs.field(factory=dict)
    feed: list[FeedEntry] = attrs.field(factory=list)
    private: dict[str, Contact | None] = attrs.field(factory=dict, repr=False)
    answers: dict[str, Answer] = attrs.field(factory=dict)


class MemoryStore:
    """A ``Store`` in dicts.

    A lock is held where several things must be seen or changed as one; what is one look into a
    dict or a list needs none.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._streams: dict[str, Loaded] = {}
        self._histories: dict[str, list[FeedEntry]] = {}
        self._feed: list[FeedEntry] = []
        self._answers: dict[str, Answer] = {}
        self._private: dict[str, Contact] = {}
        self._cursors: dict[str, int] = {}

    def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """See ``Store.load``."""
        get = self._streams.get
        with self._lock:
            return {name: get(name, NOTHING) for name in streams}

    def answer(self, key: str) -> Answer | None:
        """See ``Store.answer``."""
        return self._answers.get(key)

    def commit(self, commit: Commit) -> None:
        """See ``Store.commit``."""
        with self._lock:
            self._check(commit)
            self._keep(commit)

    def _check(self, commit: Commit) -> None:
        if commit.answer.key in self._answers:
            raise Conflict("key")
        reads, get = commit.reads, self._streams.get
        for name, version in reads.items():
            if get(name, NOTHING).version != version:
                raise Conflict("reads", stream=name)
        if commit.writes:
            written = {write.stream for write in commit.writes}
            if len(written) < len(commit.writes) or not written <= reads.keys():
                raise Conflict("writes")

    def _keep(self, commit: Commit) -> None:
        answer = commit.answer
        key, at, by, reason = answer.key, answer.at, commit.by, commit.reason
        position = len(self._feed)
        added: list[FeedEntry] = []
        for write in commit.writes:
            name = write.stream
            version = commit.reads[name] + 1
            first = len(added)
            for index, event in enumerate(write.events):
                position += 1
                added.append(FeedEntry(position, name, version, index, event, key, at, by, reason))
            self._streams[name] = Loaded(version, write.state)
            history = self._histories.get(name)
            if history is None:
                history = self._histories[name] = []
            history += added[first:]
        # At once: a reader, who takes no lock, sees all of a commit's events or none.
        self._feed += added
        if commit.private:
            self._keep_private(commit.private)
        self._answers[key] = answer

    def commit_all(self, commits: Sequence[Commit]) -> None:
        """See ``Store.commit_all``."""
        with self._lock:
            self._keep_all(self._gathered(commits))

    def _gathered(self, commits: Sequence[Commit]) -> _Gathered:
        """What the commits come to, one after the other; ``Conflict`` with nothing kept of any."""
        get, answers = self._streams.get, self._answers
        all_ = _Gathered()
        versions, states, histories, feed = all_.versions, all_.states, all_.histories, all_.feed
        position = len(self._feed)
        for commit in commits:
            answer, reads, by, reason = commit.answer, commit.reads, commit.by, commit.reason
            key, at = answer.key, answer.at
            if key in answers or key in all_.answers:
                raise Conflict("key")
            for name, version in reads.items():
                known = versions.get(name)
                if known is None:
                    known = versions[name] = get(name, NOTHING).version
                if known != version:
                    raise Conflict("reads", stream=name)
            for write in commit.writes:
                name = write.stream
                # Not as it was read: this commit has written it already, or has not read it.
                if name not in reads or versions[name] != reads[name]:
                    raise Conflict("writes")
                version = versions[name] = reads[name] + 1
                states[name] = write.state
                history = histories.get(name)
                if history is None:
                    history = histories[name] = []
                for index, event in enumerate(write.events):
                    position += 1
                    entry = FeedEntry(position, name, version, index, event, key, at, by, reason)
                    feed.append(entry)
                    history.append(entry)
            if commit.private:
                all_.private.update(commit.private)
            all_.answers[key] = answer
        return all_

    def _keep_all(self, all_: _Gathered) -> None:
        versions = all_.versions
        self._streams.update({name: Loaded(versions[name], state) for name, state in all_.states.items()})
        for name, added in all_.histories.items():
            history = self._histories.get(name)
            # Each in one step, as in ``_keep``: a reader takes no lock.
            if history is None:
                self._histories[name] = added
            else:
                history += added
        self._feed += all_.feed
        self._keep_private(all_.private)
        self._answers.update(all_.answers)

    def _keep_private(self, private: Mapping[str, Contact | None]) -> None:
        for person, contact in private.items():
            if contact is None:
                self._private.pop(person, None)
            else:
                self._private[person] = contact

    def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """See ``Store.feed``."""
        return self._feed[after : after + limit]

    def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        entries = self._histories.get(stream, [])
        return tuple(entries[bisect_right(entries, after, key=_version) :] if after else entries)

    def private(self, key: str) -> Contact | None:
        """See ``Store.private``."""
        return self._private.get(key)

    def cursor(self, name: str) -> int:
        """See ``Store.cursor``."""
        return self._cursors.get(name, 0)

    def advance(self, name: str, position: int) -> None:
        """See ``Store.advance``."""
        with self._lock:
            self._cursors[name] = max(position, self._cursors.get(name, 0))


class AsyncMemoryStore:
    """An ``AsyncStore`` around a ``MemoryStore``."""

    def __init__(self, store: MemoryStore | None = None) -> None:
        self.sync = MemoryStore() if store is None else store

    async def load(self, streams: Sequence[str]) -> Mapping[str, Loaded]:
        """See ``Store.load``."""
        return self.sync.load(streams)

    async def answer(self, key: str) -> Answer | None:
        """See ``Store.answer``."""
        return self.sync.answer(key)

    async def commit(self, commit: Commit) -> None:
        """See ``Store.commit``."""
        self.sync.commit(commit)

    async def commit_all(self, commits: Sequence[Commit]) -> None:
        """See ``Store.commit_all``."""
        self.sync.commit_all(commits)

    async def feed(self, after: int, limit: int) -> Sequence[FeedEntry]:
        """See ``Store.feed``."""
        return self.sync.feed(after, limit)

    async def history(self, stream: str, after: int = 0) -> Sequence[FeedEntry]:
        """See ``Store.history``."""
        return self.sync.history(stream, after)

    async def private(self, key: str) -> Contact | None:
        """See ``Store.private``."""
        return self.sync.private(key)

    async def cursor(self, name: str) -> int:
        """See ``Store.cursor``."""
        return self.sync.cursor(name)

    async def advance(self, name: str, position: int) -> None:
        """See ``Store.advance``."""
        self.sync.advance(name, position)


class MemoryGateway:
    """A ``Gateway`` that approves everything, unless ``replies`` says otherwise for a key, tender or kind.

    What it replied ``unknown`` to is decided once ``replies`` says something else.
    """

    def __init__(self, replies: Mapping[str, GatewayReply] | None = None) -> None:
        self.replies = dict(replies or {})
        self.calls: list[tuple[str, str, str, Money]] = []
        self._asked: dict[str, tuple[str, str, Money]] = {}
        self._answers: dict[str, GatewayReply] = {}

    @property
    def moved(self) -> tuple[tuple[str, str, Money], ...]:
        """What was approved, as (kind, tender, amount), in the order in which it was decided."""
        return tuple([self._asked[key] for key, reply in self._answers.items() if reply.outcome == APPROVED])

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        self.calls.append((kind, key, tender_id, amount))
        asked = (kind, tender_id, amount)
        if self._asked.setdefault(key, asked) != asked:
            raise IdempotencyConflict("key", key=key)
        return self._decided(key)

    def _decided(self, key: str) -> GatewayReply:
        known = self._answers.get(key)
        if known is not None:
            return known
        kind, tender_id, _ = self._asked[key]
        said = [self.replies[name] for name in (key, tender_id, kind) if name in self.replies]
        reply = said[0] if said else GatewayReply(APPROVED, f"mem-{key}")
        if reply.outcome != UNKNOWN:
            self._answers[key] = reply
        return reply

    def outcome(self, key: str) -> GatewayReply | None:
        """See ``Gateway.outcome``."""
        return self._decided(key) if key in self._asked else None

    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.authorize``."""
        return self._call("authorize", key, tender_id, amount)

    def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.capture``."""
        return self._call("capture", key, tender_id, amount)

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.refund``."""
        return self._call("refund", key, tender_id, amount)

    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.void``."""
        return self._call("void", key, tender_id, amount)

    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.extend``."""
        return self._call("extend", key, tender_id, amount)

    def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.issue``."""
        return self._call("issue", key, tender_id, amount)


class AsyncMemoryGateway:
    """A ``MemoryGateway``, awaited."""

    def __init__(self, gateway: MemoryGateway | None = None) -> None:
        self.sync = MemoryGateway() if gateway is None else gateway

    async def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.authorize``."""
        return self.sync.authorize(key, tender_id, amount)

    async def capture(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.capture``."""
        return self.sync.capture(key, tender_id, amount)

    async def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.refund``."""
        return self.sync.refund(key, tender_id, amount)

    async def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.void``."""
        return self.sync.void(key, tender_id, amount)

    async def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.extend``."""
        return self.sync.extend(key, tender_id, amount)

    async def issue(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        """See ``Gateway.issue``."""
        return self.sync.issue(key, tender_id, amount)

    async def outcome(self, key: str) -> GatewayReply | None:
        """See ``Gateway.outcome``."""
        return self.sync.outcome(key)


class MemoryNotifier:
    """A ``Notifier`` that keeps what was sent, once per key."""

    def __init__(self) -> None:
        self._sent: dict[str, Message] = {}

    @property
    def sent(self) -> tuple[Message, ...]:
        """Messages in order of sending."""
        return tuple(self._sent.values())

    def send(self, message: Message) -> None:
        """See ``Notifier.send``."""
        self._sent.setdefault(message.key, message)

    def was_sent(self, key: str) -> bool:
        """See ``Notifier.was_sent``."""
        return key in self._sent


class AsyncMemoryNotifier:
    """A ``MemoryNotifier``, awaited."""

    def __init__(self, notifier: MemoryNotifier | None = None) -> None:
        self.sync = MemoryNotifier() if notifier is None else notifier

    async def send(self, message: Message) -> None:
        """See ``Notifier.send``."""
        self.sync.send(message)

    async def was_sent(self, key: str) -> bool:
        """See ``Notifier.was_sent``."""
        return self.sync.was_sent(key)


class MemoryChannel:
    """A ``ChannelPort`` that keeps what it was told, once per key."""

    def __init__(self) -> None:
        self._updates: dict[str, ChannelUpdate] = {}
        self._publications: dict[str, StockPublication] = {}
        self._latest: dict[tuple[str, str], StockPublication] = {}

    @property
    def updates(self) -> tuple[ChannelUpdate, ...]:
        """Updates in order."""
        return tuple(self._updates.values())

    @property
    def publications(self) -> tuple[StockPublication, ...]:
        """Publications in order."""
        return tuple(self._publications.values())

    @property
    def for_sale(self) -> Mapping[tuple[str, str], int]:
        """By channel and SKU, how many may be sold by the newest word."""
        return {pair: latest.quantity for pair, latest in self._latest.items()}

    def update(self, update: ChannelUpdate) -> None:
        """See ``ChannelPort.update``."""
        self._updates.setdefault(update.key, update)

    def was_told(self, key: str) -> bool:
        """See ``ChannelPort.was_told``."""
        return key in self._updates

    def publish(self, publication: StockPublication) -> None:
        """See ``ChannelPort.publish``."""
        self._publications.setdefault(publication.key, publication)
        pair = publication.channel, publication.sku
        latest = self._latest.get(pair)
        if latest is None or publication.position > latest.position:
            self._latest[pair] = publication


class AsyncMemoryChannel:
    """A ``MemoryChannel``, awaited."""

    def __init__(self, channel: MemoryChannel | None = None) -> None:
        self.sync = MemoryChannel() if channel is None else channel

    async def update(self, update: ChannelUpdate) -> None:
        """See ``ChannelPort.update``."""
        self.sync.update(update)

    async def was_told(self, key: str) -> bool:
        """See ``ChannelPort.was_told``."""
        return self.sync.was_told(key)

    async def publish(self, publication: StockPublication) -> None:
        """See ``ChannelPort.publish``."""
        self.sync.publish(publication)


class MemoryCarrier:
    """A ``Carrier`` that books every parcel, unless ``replies`` says otherwise for a key or service.

    What it replied ``unknown`` to is decided once ``replies`` says something else. A label that was booked
    is voided when asked, and once.
    """

    def __init__(self, replies: Mapping[str, CarrierReply] | None = None) -> None:
        self.replies = dict(replies or {})
        self._asked: dict[str, Consignment | str] = {}
        self._answers: dict[str, CarrierReply] = {}
        self._booked: dict[str, Consignment] = {}

    @property
    def labels(self) -> tuple[tuple[str, Consignment], ...]:
        """(key, consignment) of every label that was booked and not voided, in order."""
        return tuple(self._booked.items())

    def _call(self, key: str, asked: Consignment | str) -> CarrierReply:
        if self._asked.setdefault(key, asked) != asked:
            raise IdempotencyConflict("key", key=key)
        return self._decided(key)

    def _decided(self, key: str) -> CarrierReply:
        known = self._answers.get(key)
        if known is not None:
            return known
        asked = self._asked[key]
        if isinstance(asked, str):
            reply = self._voided(key, asked)
        else:
            said = [self.replies[name] for name in (key, asked.service) if name in self.replies]
            number = f"mem-{key}"
            reply = said[0] if said else CarrierReply(APPROVED, number, "", "memory", number, asked.service)
            if reply.outcome == APPROVED:
                self._booked[key] = asked
        if reply.outcome != UNKNOWN:
            self._answers[key] = reply
        return reply

    def _voided(self, key: str, booked: str) -> CarrierReply:
        reply = self.replies.get(key, CarrierReply(APPROVED, f"mem-{key}"))
        if booked not in self._booked:
            return CarrierReply(DECLINED, reason="no such label")
        if reply.outcome == APPROVED:
            del self._booked[booked]
        return reply

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        """See ``Carrier.book``."""
        return self._call(key, consignment)

    def void(self, key: str, booked: str) -> CarrierReply:
        """See ``Carrier.void``."""
        return self._call(key, booked)

    def outcome(self, key: str) -> CarrierReply | None:
        """See ``Carrier.outcome``."""
        return self._decided(key) if key in self._asked else None


class AsyncMemoryCarrier:
    """A ``MemoryCarrier``, awaited."""

    def __init__(self, carrier: MemoryCarrier | None = None) -> None:
        self.sync = MemoryCarrier() if carrier is None else carrier

    async def book(self, key: str, consignment: Consignment) -> CarrierReply:
        """See ``Carrier.book``."""
        return self.sync.book(key, consignment)

    async def void(self, key: str, booked: str) -> CarrierReply:
        """See ``Carrier.void``."""
        return self.sync.void(key, booked)

    async def outcome(self, key: str) -> CarrierReply | None:
        """See ``Carrier.outcome``."""
        return self.sync.outcome(key)


__all__ = [
    "AsyncMemoryCarrier",
    "AsyncMemoryChannel",
    "AsyncMemoryGateway",
    "AsyncMemoryNotifier",
    "AsyncMemoryStore",
    "MemoryCarrier",
    "MemoryChannel",
    "MemoryGateway",
    "MemoryNotifier",
    "MemoryStore",
]
