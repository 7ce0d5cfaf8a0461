"""The memory ports over a line that loses replies, or is down: for the kits, and for their proof."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self

from omcore.kernel import Money, Unavailable
from omcore.memory import MemoryCarrier, MemoryChannel, MemoryGateway, MemoryNotifier
from omcore.ports import (
    DECLINED,
    CarrierReply,
    ChannelUpdate,
    Consignment,
    GatewayReply,
    Message,
    StockPublication,
)


class Line:
    """What is said goes over it; the next time it is lost before or after it was carried out, or always."""

    losing: bool | None = None
    down = False

    def lose(self, done: bool) -> None:
        self.losing = done

    def over(self, work: Callable[[], Any]) -> Any:
        losing, self.losing = self.losing, None
        if self.down or losing is False:
            raise Unavailable("line")
        found = work()
        if losing:
            raise Unavailable("line")
        return found

    def asked(self, work: Callable[[], Any]) -> Any:
        """A query: nothing is lost but by a line that is down."""
        if self.down:
            raise Unavailable("line")
        return work()

    @classmethod
    def away(cls) -> Self:
        made = cls()
        made.down = True
        return made


class LosingGateway(Line, MemoryGateway):
    DECLINED: ClassVar[str] = "a card that is declined"

    def __init__(self, unable: Iterable[str] = ()) -> None:
        no = GatewayReply(DECLINED, reason="not done here")
        super().__init__({self.DECLINED: no, **dict.fromkeys(unable, no)})

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        call = super()._call
        found: GatewayReply = self.over(lambda: call(kind, key, tender_id, amount))
        return found

    def outcome(self, key: str) -> GatewayReply | None:
        query = super().outcome
        found: GatewayReply | None = self.asked(lambda: query(key))
        return found


class LosingNotifier(Line, MemoryNotifier):
    def send(self, message: Message) -> None:
        send = super().send
        self.over(lambda: send(message))

    def was_sent(self, key: str) -> bool:
        query = super().was_sent
        return bool(self.asked(lambda: query(key)))


class LosingChannel(Line, MemoryChannel):
    def update(self, update: ChannelUpdate) -> None:
        tell = super().update
        self.over(lambda: tell(update))

    def was_told(self, key: str) -> bool:
        query = super().was_told
        return bool(self.asked(lambda: query(key)))

    def publish(self, publication: StockPublication) -> None:
        tell = super().publish
        self.over(lambda: tell(publication))


class LosingCarrier(Line, MemoryCarrier):
    DECLINED: ClassVar[str] = "by pigeon"

    def __init__(self) -> None:
        costs = {"standard": 499, "express": 1_250}
        super().__init__({self.DECLINED: CarrierReply(DECLINED, reason="no such service")})
        self.costs = {service: Money(minor, "USD") for service, minor in costs.items()}

    def _call(self, key: str, asked: Consignment | str) -> CarrierReply:
        call = super()._call
        found: CarrierReply = self.over(lambda: call(key, asked))
        return found

    def outcome(self, key: str) -> CarrierReply | None:
        query = super().outcome
        found: CarrierReply | None = self.asked(lambda: query(key))
        return found


# -- what the holder shows -------------------------------------------------------------------


def moved_money(gateway: MemoryGateway) -> list[tuple[str, Money]]:
    return [(kind, amount) for kind, _, amount in gateway.moved if kind != "extend"]


def arrived(notifier: MemoryNotifier) -> list[tuple[str, str, str]]:
    return [(it.to.email, it.subject, it.text) for it in notifier.sent if it.to is not None and it.to.email]


def heard(channel: MemoryChannel) -> list[tuple[str, str, Any]]:
    return [(update.external_id, update.kind, update.body) for update in channel.updates]


def tracking_numbers(carrier: MemoryCarrier) -> list[str]:
    return [f"mem-{key}" for key, _ in carrier.labels]
