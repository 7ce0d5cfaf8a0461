"""Ports with one planted defect each, under the clause of the contract that it breaks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs

from losing_ports import LosingCarrier, LosingChannel, LosingGateway, LosingNotifier
from omcore.kernel import IdempotencyConflict, Money, Unavailable
from omcore.ports import (
    APPROVED,
    DECLINED,
    CarrierReply,
    ChannelUpdate,
    Consignment,
    GatewayReply,
    Message,
    StockPublication,
)

BROKEN: dict[str, tuple[str, Callable[[], Any]]] = {}


def breaks(clause: str) -> Callable[[type], type]:
    def hang(port: type) -> type:
        BROKEN[port.__name__] = (clause, port)
        return port

    return hang


# -- gateways --------------------------------------------------------------------------------


class Ledger(LosingGateway):
    """A good one, whose books are apart from what it remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.booked: list[tuple[str, str, Money]] = []

    @property
    def moved(self) -> tuple[tuple[str, str, Money], ...]:
        return (*super().moved, *self.booked)


@breaks("GT1")
class PaysTwiceOnARepeat(Ledger):
    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        if key in self._answers:
            self.booked.append((kind, tender_id, amount))
        return super()._call(kind, key, tender_id, amount)


@breaks("GT1")
class RefundsTwiceOnARepeat(Ledger):
    """Keys are thought of for what takes money only."""

    def refund(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        if key in self._answers:
            self.booked.append(("refund", tender_id, amount))
        return super().refund(key, tender_id, amount)


@breaks("GT1")
class RepliesAnew(LosingGateway):
    calls_made = 0

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        self.calls_made += 1
        return attrs.evolve(super()._call(kind, key, tender_id, amount), reference=f"r{self.calls_made}")


@breaks("GT2")
class TakesAnotherAmountUnderAKnownKey(Ledger):
    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        if self._asked.get(key, (kind, tender_id, amount)) != (kind, tender_id, amount):
            self.booked.append((kind, tender_id, amount))
            return GatewayReply(APPROVED, "another")
        return super()._call(kind, key, tender_id, amount)


@breaks("GT2")
class AnswersAnythingUnderAKnownKey(LosingGateway):
    """Nothing moves, and the caller believes that it did."""

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return super()._call(*self._first(kind, key, tender_id, amount))

    def _first(self, kind: str, key: str, tender_id: str, amount: Money) -> tuple[str, str, str, Money]:
        kind, tender_id, amount = self._asked.get(key, (kind, tender_id, amount))
        return kind, key, tender_id, amount


@breaks("GT2")
class LooksAtTheNumberOnly(AnswersAnythingUnderAKnownKey):
    """20.00 USD and 2000 JPY are 2000."""

    def _first(self, kind: str, key: str, tender_id: str, amount: Money) -> tuple[str, str, str, Money]:
        known = self._asked.get(key)
        if known is not None and known[2].minor == amount.minor and known[:2] == (kind, tender_id):
            return kind, key, tender_id, known[2]
        return kind, key, tender_id, amount


@breaks("GT3")
class FoldsKeys(LosingGateway):
    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return super()._call(kind, key.lower(), tender_id, amount)

    def outcome(self, key: str) -> GatewayReply | None:
        return super().outcome(key.lower())


@breaks("GT3")
class CutsKeys(LosingGateway):
    """A column of 100 characters."""

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return super()._call(kind, key[:100], tender_id, amount)

    def outcome(self, key: str) -> GatewayReply | None:
        return super().outcome(key[:100])


@breaks("GT4")
class TellsNoReference(LosingGateway):
    def outcome(self, key: str) -> GatewayReply | None:
        found = super().outcome(key)
        return None if found is None else attrs.evolve(found, reference="")


@breaks("GT4")
class IsSureOfWhatItNeverHeardOf(LosingGateway):
    def outcome(self, key: str) -> GatewayReply | None:
        return super().outcome(key) or GatewayReply(DECLINED, reason="no such payment")


@breaks("GT5")
class PaysWhenItIsAsked(Ledger):
    """The query is the call again."""

    def outcome(self, key: str) -> GatewayReply | None:
        found = super().outcome(key)
        if found is not None:
            self.booked.append(self._asked[key])
        return found


@breaks("GT5")
class RemembersTheQuestion(LosingGateway):
    """What was asked about counts as asked for, and is declined when it comes."""

    def outcome(self, key: str) -> GatewayReply | None:
        found = super().outcome(key)
        if found is None:
            self.replies[key] = GatewayReply(DECLINED, reason="expired")
        return found


@breaks("GT6")
class PaysTwiceAfterALostReply(Ledger):
    """A key is noted once the reply has been heard."""

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        try:
            return super()._call(kind, key, tender_id, amount)
        except Unavailable:
            if key in self._answers:
                self._answers.pop(key)
                self._asked.pop(key)
                self.booked.append((kind, tender_id, amount))
            raise


@breaks("GT6")
class ApprovesWhatNeverArrived(LosingGateway):
    """A key is noted before it is sent, as approved."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[str] = set()

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        self.noted.add(key)
        return super()._call(kind, key, tender_id, amount)

    def outcome(self, key: str) -> GatewayReply | None:
        return super().outcome(key) or (GatewayReply(APPROVED, f"mem-{key}") if key in self.noted else None)


@breaks("GT7")
class TellsWhatItsClientSays(LosingGateway):
    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        try:
            return super()._call(kind, key, tender_id, amount)
        except Unavailable:
            raise ConnectionError("10.0.0.7:443") from None


@breaks("GT8")
class HasTwoDecimals(LosingGateway):
    """1.005 KWD is 1.00."""

    @property
    def moved(self) -> tuple[tuple[str, str, Money], ...]:
        places = {"KWD": 10}
        return tuple(
            (
                kind,
                tender,
                Money(amount.minor - amount.minor % places.get(amount.currency, 1), amount.currency),
            )
            for kind, tender, amount in super().moved
        )


@breaks("GT8")
class CountsInFloats(LosingGateway):
    @property
    def moved(self) -> tuple[tuple[str, str, Money], ...]:
        return tuple(
            (kind, tender, Money(int(amount.minor / 100 * 100), amount.currency))
            for kind, tender, amount in super().moved
        )


@breaks("GT9")
class DeclinesAfterItHasTaken(Ledger):
    def authorize(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        known = key in self._answers
        reply = super().authorize(key, tender_id, amount)
        if reply.outcome == DECLINED and not known:
            self.booked.append(("authorize", tender_id, amount))
        return reply


@breaks("GT9")
class TriesAnewWhatWasDeclined(LosingGateway):
    """Not each time."""

    tries = 0

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        known = self._answers.get(key)
        if known is not None and known.outcome == DECLINED:
            self.tries += 1
            if self.tries == 2:
                self._answers[key] = GatewayReply(APPROVED, f"late-{key}")
        return super()._call(kind, key, tender_id, amount)


@breaks("GT10")
class ForgetsKeys(LosingGateway):
    """After a day, as it were."""

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        reply = super()._call(kind, key, tender_id, amount)
        for old in list(self._answers)[:-20]:
            del self._answers[old], self._asked[old]
        return reply


@breaks("GT10")
class KnowsOnlyItsOwn(LosingGateway):
    """Keys are kept in the process."""

    def reopen(self) -> KnowsOnlyItsOwn:
        return KnowsOnlyItsOwn()


@breaks("GT11")
class ShowsTheCard(LosingGateway):
    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return attrs.evolve(super()._call(kind, key, tender_id, amount), reference="4111111111111111")


@breaks("GT11")
class HasItsOwnClock(LosingGateway):
    def extend(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        expiry = datetime(2026, 12, 4)  # noqa: DTZ001 - the defect
        return attrs.evolve(super().extend(key, tender_id, amount), expires_at=expiry)


@breaks("GT11")
class HasAWordOfItsOwn(LosingGateway):
    def void(self, key: str, tender_id: str, amount: Money) -> GatewayReply:
        return attrs.evolve(super().void(key, tender_id, amount), outcome="requires_action")


@breaks("GT12")
class PaysTwiceOnEachFifthRepeat(Ledger):
    """Where two repeats meet, as it were: no fixed case repeats so often."""

    def __init__(self) -> None:
        super().__init__()
        self.repeats: Counter[str] = Counter()

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        self.repeats[key] += 1
        if self.repeats[key] == 5 and kind == "authorize":
            self.booked.append((kind, tender_id, amount))
        return super()._call(kind, key, tender_id, amount)


# -- notifiers -------------------------------------------------------------------------------


class Post(LosingNotifier):
    """A good one, whose letters are apart from what it remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: list[Message] = []

    @property
    def sent(self) -> tuple[Message, ...]:
        return (*super().sent, *self.letters)


@breaks("NT1")
class SendsTwice(Post):
    def send(self, message: Message) -> None:
        if message.key in self._sent:
            self.letters.append(message)
        super().send(message)


@breaks("NT1")
class SendsWhatWasChanged(Post):
    """The key of a message is its key and its text."""

    def send(self, message: Message) -> None:
        known = self._sent.get(message.key)
        if known is not None and known != message:
            self.letters.append(message)
        super().send(message)


@breaks("NT2")
class FoldsKeysOfMessages(LosingNotifier):
    def send(self, message: Message) -> None:
        super().send(attrs.evolve(message, key=message.key.lower()))

    def was_sent(self, key: str) -> bool:
        return super().was_sent(key.lower())


@breaks("NT3")
class NeverKnows(LosingNotifier):
    def was_sent(self, key: str) -> bool:
        super().was_sent(key)
        return False


@breaks("NT3")
class AlwaysKnows(LosingNotifier):
    def was_sent(self, key: str) -> bool:
        super().was_sent(key)
        return True


@breaks("NT4")
class SendsWhenItIsAsked(Post):
    def was_sent(self, key: str) -> bool:
        if key in self._sent:
            self.letters.append(self._sent[key])
        return super().was_sent(key)


@breaks("NT5")
class NotesBeforeItSends(LosingNotifier):
    """What was lost on its way is lost for ever."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: set[str] = set()

    def send(self, message: Message) -> None:
        if message.key not in self.noted:
            self.noted.add(message.key)
            super().send(message)

    def was_sent(self, key: str) -> bool:
        return super().was_sent(key) or key in self.noted


@breaks("NT6")
class RefusesWhatWasChanged(LosingNotifier):
    """Whoever changes a template between two attempts stops all messages."""

    def send(self, message: Message) -> None:
        if self._sent.get(message.key, message) != message:
            raise IdempotencyConflict("key", key=message.key)
        super().send(message)


@breaks("NT7")
class WritesInLatin(LosingNotifier):
    def send(self, message: Message) -> None:
        plain = message.text.encode("latin-1", "replace").decode("latin-1")
        super().send(attrs.evolve(message, text=plain))


@breaks("NT7")
class CutsSubjects(LosingNotifier):
    """At the length of a line of mail."""

    def send(self, message: Message) -> None:
        super().send(attrs.evolve(message, subject=message.subject[:78]))


@breaks("NT8")
class WritesToNobody(LosingNotifier):
    @property
    def sent(self) -> tuple[Message, ...]:
        return tuple(
            attrs.evolve(message, to=attrs.evolve(message.to, email="shop@example.com"))
            if message.to is not None and not message.to.email
            else message
            for message in super().sent
        )


@breaks("NT9")
class ComplainsByName(LosingNotifier):
    def send(self, message: Message) -> None:
        try:
            super().send(message)
        except Unavailable:
            name = "" if message.to is None else message.to.name
            raise Unavailable("mail", person=name) from None


@breaks("NT9")
class ShowsWhomItWrote(LosingNotifier):
    def __repr__(self) -> str:
        return f"<{[message.to.name for message in self.sent if message.to is not None]}>"


@breaks("NT10")
class ForgetsMessages(LosingNotifier):
    def was_sent(self, key: str) -> bool:
        return super().was_sent(key) and key in list(self._sent)[-20:]


@breaks("NT11")
class SendsEachFifthTime(Post):
    def __init__(self) -> None:
        super().__init__()
        self.repeats: Counter[str] = Counter()

    def send(self, message: Message) -> None:
        self.repeats[message.key] += 1
        if self.repeats[message.key] == 5:
            self.letters.append(message)
        super().send(message)


# -- channels --------------------------------------------------------------------------------


class Board(LosingChannel):
    """A good one, whose news are apart from what it remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.news: list[ChannelUpdate] = []

    @property
    def updates(self) -> tuple[ChannelUpdate, ...]:
        return (*super().updates, *self.news)


@breaks("CH1")
class TellsTwice(Board):
    def update(self, update: ChannelUpdate) -> None:
        if update.key in self._updates:
            self.news.append(update)
        super().update(update)


@breaks("CH1")
class TellsWhatWasChanged(Board):
    def update(self, update: ChannelUpdate) -> None:
        known = self._updates.get(update.key)
        if known is not None and known.body != update.body:
            self.news.append(update)
        super().update(update)


@breaks("CH2")
class CutsKeysOfUpdates(LosingChannel):
    def update(self, update: ChannelUpdate) -> None:
        super().update(attrs.evolve(update, key=update.key[:100]))

    def was_told(self, key: str) -> bool:
        return super().was_told(key[:100])


@breaks("CH3")
class TellsAnythingButYesAndNo(LosingChannel):
    def was_told(self, key: str) -> bool:
        found: Any = {True: "yes", False: ""}[super().was_told(key)]
        return found  # type: ignore[no-any-return]  # the defect


@breaks("CH4")
class TellsWhenItIsAsked(Board):
    def was_told(self, key: str) -> bool:
        if key in self._updates:
            self.news.append(self._updates[key])
        return super().was_told(key)


@breaks("CH5")
class TellsAgainAfterALostReply(Board):
    def update(self, update: ChannelUpdate) -> None:
        try:
            super().update(update)
        except Unavailable:
            if update.key in self._updates:
                self.news.append(self._updates.pop(update.key))
            raise


@breaks("CH6")
class StopsAtWhatItDoesNotKnow(LosingChannel):
    def update(self, update: ChannelUpdate) -> None:
        if update.kind not in ("fulfillment", "cancel"):
            raise NotImplementedError(update.kind)
        super().update(update)


@breaks("CH6")
class TellsWhatTheChannelSays(LosingChannel):
    def publish(self, publication: StockPublication) -> None:
        try:
            super().publish(publication)
        except Unavailable:
            raise TimeoutError(publication.sku) from None


@breaks("CH7")
class LeavesOutLines(LosingChannel):
    def update(self, update: ChannelUpdate) -> None:
        body = {name: value for name, value in update.body.items() if name != "lines"}
        super().update(attrs.evolve(update, body=body))


@breaks("CH8")
class BelievesTheLastWord(LosingChannel):
    def publish(self, publication: StockPublication) -> None:
        self._latest.pop((publication.channel, publication.sku), None)
        super().publish(publication)


@breaks("CH8")
class WaitsForEachWord(LosingChannel):
    """A number that is missing is waited for."""

    def publish(self, publication: StockPublication) -> None:
        latest = self._latest.get((publication.channel, publication.sku))
        if latest is None or publication.position <= latest.position + 1:
            super().publish(publication)


@breaks("CH9")
class CountsPositionsOverAll(LosingChannel):
    def publish(self, publication: StockPublication) -> None:
        if all(publication.position > latest.position for latest in self._latest.values()):
            super().publish(publication)


@breaks("CH9")
class FoldsSkus(LosingChannel):
    def publish(self, publication: StockPublication) -> None:
        super().publish(attrs.evolve(publication, sku=publication.sku.upper()))


@breaks("CH9")
class ForgetsWhichChannel(LosingChannel):
    def publish(self, publication: StockPublication) -> None:
        super().publish(attrs.evolve(publication, channel="shopify"))


@breaks("CH10")
class ShowsWhatItTold(LosingChannel):
    def __repr__(self) -> str:
        return f"<{len(self.updates)} updates: {[update.body for update in self.updates]}>"


@breaks("CH11")
class ForgetsUpdates(LosingChannel):
    def update(self, update: ChannelUpdate) -> None:
        super().update(update)
        for old in list(self._updates)[:-20]:
            self._updates.pop(old)


@breaks("CH12")
class TellsEachFifthTime(Board):
    def __init__(self) -> None:
        super().__init__()
        self.repeats: Counter[str] = Counter()

    def update(self, update: ChannelUpdate) -> None:
        self.repeats[update.key] += 1
        if self.repeats[update.key] == 5:
            self.news.append(update)
        super().update(update)


# -- carriers --------------------------------------------------------------------------------


class Van(LosingCarrier):
    """A good one, that may have labels besides those it remembers."""

    def __init__(self) -> None:
        super().__init__()
        self.stray: list[str] = []

    @property
    def labels(self) -> tuple[tuple[str, Consignment], ...]:
        one = Consignment("", "", "", "")
        return (*super().labels, *[(key, one) for key in self.stray])


@breaks("CR1")
class BooksTwiceOnARepeat(Van):
    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        if key in self._answers:
            self.stray.append(key)
        return super().book(key, consignment)


@breaks("CR2")
class PutsAnythingOnALabel(LosingCarrier):
    """Nothing is booked, and the parcel goes by the first one's label."""

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        known = self._asked.get(key)
        return super().book(key, known if isinstance(known, Consignment) else consignment)


@breaks("CR2")
class LooksAtTheParcelOnly(LosingCarrier):
    """Another person is no other parcel."""

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        known = self._asked.get(key)
        if isinstance(known, Consignment):
            consignment = attrs.evolve(consignment, to=known.to, destination=known.destination)
        return super().book(key, consignment)


@breaks("CR2")
class LooksAtNoStore(LosingCarrier):
    """Where a parcel goes to a store, its label says so; where it does not, it does."""

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        return super().book(key, attrs.evolve(consignment, store=""))


@breaks("CR3")
class FoldsKeysOfLabels(LosingCarrier):
    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        return super().book(key.lower(), consignment)

    def outcome(self, key: str) -> CarrierReply | None:
        return super().outcome(key.lower())


@breaks("CR4")
class TellsNoTracking(LosingCarrier):
    def outcome(self, key: str) -> CarrierReply | None:
        found = super().outcome(key)
        return None if found is None else attrs.evolve(found, tracking="")


@breaks("CR5")
class BooksWhenItIsAsked(Van):
    def outcome(self, key: str) -> CarrierReply | None:
        if key in self._booked:
            self.stray.append(key)
        return super().outcome(key)


@breaks("CR6")
class BooksTwiceAfterALostReply(Van):
    def _call(self, key: str, asked: Consignment | str) -> CarrierReply:
        try:
            return super()._call(key, asked)
        except Unavailable:
            if key in self._answers:
                del self._answers[key], self._asked[key], self._booked[key]
                self.stray.append(key)
            raise


@breaks("CR7")
class TellsWhatTheCarrierSays(LosingCarrier):
    def void(self, key: str, booked: str) -> CarrierReply:
        if booked not in self._booked and key not in self._asked:
            raise LookupError(booked)
        return super().void(key, booked)


@breaks("CR8")
class DeclinesAfterItHasBooked(Van):
    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        reply = super().book(key, consignment)
        if reply.outcome == DECLINED and key not in self.stray:
            self.stray.append(key)
        return reply


@breaks("CR9")
class LetsGoOfNothing(LosingCarrier):
    def _voided(self, key: str, booked: str) -> CarrierReply:
        known = booked in self._booked
        return CarrierReply(APPROVED if known else DECLINED, f"mem-{key}")


@breaks("CR9")
class LetsGoOfWhatNeverWas(LosingCarrier):
    def _voided(self, key: str, booked: str) -> CarrierReply:
        return attrs.evolve(super()._voided(key, booked), outcome=APPROVED)


@breaks("CR10")
class HasOneNumberForAll(LosingCarrier):
    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        return attrs.evolve(super().book(key, consignment), tracking="1Z-OURS")


@breaks("CR10")
class CostsAFloat(LosingCarrier):
    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        cost: Any = 4.99
        return attrs.evolve(super().book(key, consignment), cost=cost)


@breaks("CR11")
class RepliesWithTheName(LosingCarrier):
    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        name = "" if consignment.to is None else consignment.to.name
        return attrs.evolve(super().book(key, consignment), reason=f"for {name}")


@breaks("CR12")
class ForgetsLabels(LosingCarrier):
    def outcome(self, key: str) -> CarrierReply | None:
        return super().outcome(key) if key in list(self._asked)[-20:] else None


@breaks("CR13")
class BooksEachFifthTime(Van):
    def __init__(self) -> None:
        super().__init__()
        self.repeats: Counter[str] = Counter()

    def book(self, key: str, consignment: Consignment) -> CarrierReply:
        self.repeats[key] += 1
        if self.repeats[key] == 5:
            self.stray.append(key)
        return super().book(key, consignment)
