"""The kits on every port that the project ships."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from losing_ports import (
    LosingCarrier,
    LosingChannel,
    LosingGateway,
    LosingNotifier,
    arrived,
    heard,
    moved_money,
    tracking_numbers,
)
from omcore.memory import (
    AsyncMemoryCarrier,
    AsyncMemoryChannel,
    AsyncMemoryGateway,
    AsyncMemoryNotifier,
)
from omcore.testing import (
    AsyncCarrierContract,
    AsyncChannelContract,
    AsyncGatewayContract,
    AsyncNotifierContract,
    CarrierContract,
    ChannelContract,
    GatewayContract,
    NotifierContract,
)


class TestMemoryGateway(GatewayContract):
    declines = LosingGateway.DECLINED

    @pytest.fixture
    def gateway(self) -> LosingGateway:
        return LosingGateway()

    @pytest.fixture
    def moved(self, gateway: LosingGateway) -> Callable[[], Any]:
        return lambda: moved_money(gateway)

    @pytest.fixture
    def lose(self, gateway: LosingGateway) -> Callable[[bool], Any]:
        return gateway.lose

    @pytest.fixture
    def reopen(self, gateway: LosingGateway) -> Callable[[], Any]:
        return lambda: gateway

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return LosingGateway.away


class TestAHolderThatCannotDoEverything(TestMemoryGateway):
    extends = issues = False
    currencies = ("KWD",)

    @pytest.fixture
    def gateway(self) -> LosingGateway:
        return LosingGateway(unable=("extend", "issue"))


class TestAsyncMemoryGateway(AsyncGatewayContract):
    declines = LosingGateway.DECLINED
    examples = 8

    @pytest.fixture
    def gateway(self) -> Awaitable[AsyncMemoryGateway]:
        async def opened() -> AsyncMemoryGateway:
            return self.opened

        self.opened = AsyncMemoryGateway(LosingGateway())
        return opened()

    @pytest.fixture
    def moved(self, gateway: Any) -> Callable[[], Any]:
        return lambda: moved_money(self.opened.sync)

    @pytest.fixture
    def lose(self, gateway: Any) -> Callable[[bool], Any]:
        async def lost(done: bool) -> None:
            assert isinstance(self.opened.sync, LosingGateway)
            self.opened.sync.lose(done)

        return lost

    @pytest.fixture
    def reopen(self, gateway: Any) -> Callable[[], Any]:
        return lambda: AsyncMemoryGateway(self.opened.sync)

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return lambda: AsyncMemoryGateway(LosingGateway.away())


class TestMemoryNotifier(NotifierContract):
    @pytest.fixture
    def notifier(self) -> LosingNotifier:
        return LosingNotifier()

    @pytest.fixture
    def sent(self, notifier: LosingNotifier) -> Callable[[], Any]:
        return lambda: arrived(notifier)

    @pytest.fixture
    def lose(self, notifier: LosingNotifier) -> Callable[[bool], Any]:
        return notifier.lose

    @pytest.fixture
    def reopen(self, notifier: LosingNotifier) -> Callable[[], Any]:
        return lambda: notifier

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return LosingNotifier.away


class TestAsyncMemoryNotifier(AsyncNotifierContract):
    examples = 8

    @pytest.fixture
    def notifier(self) -> AsyncMemoryNotifier:
        return AsyncMemoryNotifier(LosingNotifier())

    @pytest.fixture
    def sent(self, notifier: AsyncMemoryNotifier) -> Callable[[], Any]:
        return lambda: arrived(notifier.sync)

    @pytest.fixture
    def lose(self, notifier: Any) -> Callable[[bool], Any]:
        lost: Callable[[bool], Any] = notifier.sync.lose
        return lost

    @pytest.fixture
    def reopen(self, notifier: AsyncMemoryNotifier) -> Callable[[], Any]:
        return lambda: AsyncMemoryNotifier(notifier.sync)

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return lambda: AsyncMemoryNotifier(LosingNotifier.away())


class TestMemoryChannel(ChannelContract):
    other_channel = "amazon"

    @pytest.fixture
    def channel(self) -> LosingChannel:
        return LosingChannel()

    @pytest.fixture
    def told(self, channel: LosingChannel) -> Callable[[], Any]:
        return lambda: heard(channel)

    @pytest.fixture
    def for_sale(self, channel: LosingChannel) -> Callable[[], Any]:
        return lambda: channel.for_sale

    @pytest.fixture
    def lose(self, channel: LosingChannel) -> Callable[[bool], Any]:
        return channel.lose

    @pytest.fixture
    def reopen(self, channel: LosingChannel) -> Callable[[], Any]:
        return lambda: channel

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return LosingChannel.away


class TestAsyncMemoryChannel(AsyncChannelContract):
    other_channel = "amazon"
    examples = 8

    @pytest.fixture
    def channel(self) -> AsyncMemoryChannel:
        return AsyncMemoryChannel(LosingChannel())

    @pytest.fixture
    def told(self, channel: AsyncMemoryChannel) -> Callable[[], Any]:
        return lambda: heard(channel.sync)

    @pytest.fixture
    def for_sale(self, channel: AsyncMemoryChannel) -> Callable[[], Any]:
        return lambda: channel.sync.for_sale

    @pytest.fixture
    def lose(self, channel: Any) -> Callable[[bool], Any]:
        lost: Callable[[bool], Any] = channel.sync.lose
        return lost

    @pytest.fixture
    def reopen(self, channel: AsyncMemoryChannel) -> Callable[[], Any]:
        return lambda: AsyncMemoryChannel(channel.sync)

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return lambda: AsyncMemoryChannel(LosingChannel.away())


class TestMemoryCarrier(CarrierContract):
    declined_service = LosingCarrier.DECLINED

    @pytest.fixture
    def carrier(self) -> LosingCarrier:
        return LosingCarrier()

    @pytest.fixture
    def labels(self, carrier: LosingCarrier) -> Callable[[], Any]:
        return lambda: tracking_numbers(carrier)

    @pytest.fixture
    def lose(self, carrier: LosingCarrier) -> Callable[[bool], Any]:
        return carrier.lose

    @pytest.fixture
    def reopen(self, carrier: LosingCarrier) -> Callable[[], Any]:
        return lambda: carrier

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return LosingCarrier.away


class TestAsyncMemoryCarrier(AsyncCarrierContract):
    declined_service = LosingCarrier.DECLINED
    examples = 8

    @pytest.fixture
    def carrier(self) -> AsyncMemoryCarrier:
        return AsyncMemoryCarrier(LosingCarrier())

    @pytest.fixture
    def labels(self, carrier: AsyncMemoryCarrier) -> Callable[[], Any]:
        return lambda: tracking_numbers(carrier.sync)

    @pytest.fixture
    def lose(self, carrier: Any) -> Callable[[bool], Any]:
        lost: Callable[[bool], Any] = carrier.sync.lose
        return lost

    @pytest.fixture
    def reopen(self, carrier: AsyncMemoryCarrier) -> Callable[[], Any]:
        return lambda: AsyncMemoryCarrier(carrier.sync)

    @pytest.fixture
    def unreachable(self) -> Callable[[], Any]:
        return lambda: AsyncMemoryCarrier(LosingCarrier.away())
