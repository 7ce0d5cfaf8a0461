"""The conformance kits of the other ports: what every gateway, notifier, channel and carrier is proved by.

Derive a test class, give it the port, run pytest::

    class TestMyGateway(GatewayContract):
        @pytest.fixture
        def gateway(self):
            return MyGateway()

Decides what a derived class must and may choose. An async port is proved by the same cases, with the
contract's async twin and no pytest plugin: it lives in an event loop on a thread of its own, everything that
a fixture gives may be something to await for, and the fixture ``run`` runs a coroutine in that loop. The
clauses and their reasons: docs/reference/port-contracts.md.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from itertools import count
from typing import Any, ClassVar

import pytest

from omcore.testing._contract import Contract, sealed
from omcore.testing.ports import _clauses as clauses
from omcore.testing.ports._carrier_cases import CarrierCases, CarrierDesk
from omcore.testing.ports._desk import Desk, Given, Run
from omcore.testing.ports._gateway_cases import GatewayCases, GatewayDesk
from omcore.testing.ports._message_cases import ChannelCases, ChannelDesk, NotifierCases, NotifierDesk
from omcore.testing.stores._faces import Loop

Fixture = Callable[[], Any] | None


class _Port(Contract):
    """What all of them are made of."""

    page = clauses.PAGE

    @pytest.fixture
    def run(self) -> Run | None:
        """Runs a coroutine in the loop that an async port lives in; None for a sync one."""
        return None

    @pytest.fixture
    def prefix(self) -> str:
        """May be overridden: what keys begin with. New in every run, where the holder outlives a test."""
        return ""

    @pytest.fixture
    def lose(self) -> Callable[[bool], Any] | None:
        """May be overridden: a function of one flag that makes the next reply of the holder get lost.

        True: what is asked for is carried out; False: it is not. Either way the caller hears nothing of it.
        """
        return None

    @pytest.fixture
    def reopen(self) -> Fixture:
        """May be overridden: a function that gives another handle on the same holder."""
        return None

    @pytest.fixture
    def unreachable(self) -> Fixture:
        """May be overridden: a function that gives a handle whose holder cannot be reached."""
        return None

    @pytest.fixture
    def given(self, prefix: str, lose: Any, reopen: Fixture, unreachable: Fixture) -> Given:
        """What a class gives for any port; not to be overridden."""
        return Given(
            prefix=prefix,
            lose=lose,
            reopen=reopen,
            unreachable=unreachable,
            examples=self.examples,
            flags=self,
        )

    def _missing(self, what: str) -> Any:
        pytest.fail(f"{type(self).__name__} needs a fixture `{what}` that gives the {what} to be proved")

    def _set_up(self, desk: type[Desk], port: Any, given: Given, run: Run | None) -> Iterator[Any]:
        if run is None and any(
            inspect.iscoroutinefunction(getattr(port, name, None)) for name in desk.methods
        ):
            pytest.fail(f"{type(port).__name__} is awaited: derive from Async{self._name()}")
        bench = desk(port, given, run)
        try:
            yield bench
        finally:
            bench.close()

    def _name(self) -> str:
        return next(base.__name__ for base in type(self).__mro__ if base.__module__ == __name__)


class _Awaited:
    """What makes a contract that of an async port."""

    @pytest.fixture
    def run(self) -> Iterator[Callable[[Awaitable[Any]], Any]]:
        """Runs a coroutine in the loop that the port lives in."""
        with Loop() as loop:
            yield loop.run


@sealed
class GatewayContract(_Port, GatewayCases):
    """The contract for a ``Gateway``: derive, override the fixture ``gateway``.

    May be overridden: ``moved``, ``tender``, ``lose``, ``reopen``, ``unreachable`` and ``prefix``.
    ``declines`` is a tender whose holder declines what it is asked, ``extends = False`` and
    ``issues = False`` where the holder cannot do these, ``currencies`` those that it takes, the first is
    tried most; ``waived``, clauses that are not kept, each with its reason; ``examples``, random histories
    a run.
    """

    what = "gateway"
    clauses = clauses.GATEWAY
    extends: ClassVar[bool] = True
    issues: ClassVar[bool] = True
    declines: ClassVar[str] = ""
    currencies: ClassVar[tuple[str, ...]] = ("USD", "JPY", "KWD")

    @pytest.fixture
    def gateway(self) -> Any:
        """Must be overridden: the gateway."""
        self._missing("gateway")

    @pytest.fixture
    def moved(self) -> Fixture:
        """May be overridden: a function that gives all money that the holder has moved, by its own books.

        As (kind, Money) each, with the kind of the request: what was held, taken, given back, let go of.
        """
        return None

    @pytest.fixture
    def tender(self) -> Callable[[], Any]:
        """May be overridden: a function that gives a new tender, whose holder approves 1,000 units."""
        numbers = count(1)
        return lambda: f"tender-{next(numbers)}"

    @pytest.fixture
    def bench(
        self, run: Run | None, gateway: Any, given: Given, moved: Fixture, tender: Callable[[], Any]
    ) -> Iterator[GatewayDesk]:
        """What the cases work on; not to be overridden."""
        given.look, given.more = moved, tender
        yield from self._set_up(GatewayDesk, gateway, given, run)


@sealed
class NotifierContract(_Port, NotifierCases):
    """The contract for a ``Notifier``: derive, override the fixture ``notifier``.

    May be overridden: ``sent``, ``lose``, ``reopen``, ``unreachable`` and ``prefix``; ``waived``, clauses
    that are not kept, each with its reason; ``examples``, random histories a run.
    """

    what = "notifier"
    clauses = clauses.NOTIFIER

    @pytest.fixture
    def notifier(self) -> Any:
        """Must be overridden: the notifier."""
        self._missing("notifier")

    @pytest.fixture
    def sent(self) -> Fixture:
        """May be overridden: a function that gives what has arrived, as (address, subject, text) each."""
        return None

    @pytest.fixture
    def bench(self, run: Run | None, notifier: Any, given: Given, sent: Fixture) -> Iterator[NotifierDesk]:
        """What the cases work on; not to be overridden."""
        given.look = sent
        yield from self._set_up(NotifierDesk, notifier, given, run)


@sealed
class ChannelContract(_Port, ChannelCases):
    """The contract for a ``ChannelPort``: derive, override the fixture ``channel``.

    May be overridden: ``told``, ``for_sale``, ``lose``, ``reopen``, ``unreachable`` and ``prefix``;
    ``channel_name`` and ``account``, whom the updates are for, ``other_channel`` where the port serves
    several, ``skus`` that the channel has; ``waived``, clauses that are not kept, each with its reason;
    ``examples``, random histories a run.
    """

    what = "channel"
    clauses = clauses.CHANNEL
    channel_name: ClassVar[str] = "shopify"
    other_channel: ClassVar[str] = ""
    account: ClassVar[str] = "my-shop"
    skus: ClassVar[tuple[str, ...]] = ("TEE-M", "tee-m", "TEE-M-2", "Gr\u00f6\u00dfe 10")

    @pytest.fixture
    def channel(self) -> Any:
        """Must be overridden: the channel's port."""
        self._missing("channel")

    @pytest.fixture
    def told(self) -> Fixture:
        """May be overridden: a function that gives what was heard, as (external id, kind, body) each."""
        return None

    @pytest.fixture
    def for_sale(self) -> Fixture:
        """May be overridden: a function that gives by (channel, SKU) how many are for sale."""
        return None

    @pytest.fixture
    def bench(
        self, run: Run | None, channel: Any, given: Given, told: Fixture, for_sale: Fixture
    ) -> Iterator[ChannelDesk]:
        """What the cases work on; not to be overridden."""
        given.look, given.more = told, for_sale
        yield from self._set_up(ChannelDesk, channel, given, run)


@sealed
class CarrierContract(_Port, CarrierCases):
    """The contract for a ``Carrier``: derive, override the fixture ``carrier``.

    May be overridden: ``labels``, ``lose``, ``reopen``, ``unreachable`` and ``prefix``; ``services`` that are
    booked, the first is tried most, and ``declined_service``, one that the carrier does not have; ``waived``,
    clauses that are not kept, each with its reason; ``examples``, random histories a run.
    """

    what = "carrier"
    clauses = clauses.CARRIER
    services: ClassVar[tuple[str, ...]] = ("standard", "express")
    declined_service: ClassVar[str] = ""

    @pytest.fixture
    def carrier(self) -> Any:
        """Must be overridden: the carrier."""
        self._missing("carrier")

    @pytest.fixture
    def labels(self) -> Fixture:
        """May be overridden: a function that gives the tracking numbers of all labels that are not voided."""
        return None

    @pytest.fixture
    def bench(self, run: Run | None, carrier: Any, given: Given, labels: Fixture) -> Iterator[CarrierDesk]:
        """What the cases work on; not to be overridden."""
        given.look = labels
        yield from self._set_up(CarrierDesk, carrier, given, run)


@sealed
class AsyncGatewayContract(_Awaited, GatewayContract):
    """The same contract for an ``AsyncGateway``, with the same cases."""


@sealed
class AsyncNotifierContract(_Awaited, NotifierContract):
    """The same contract for an ``AsyncNotifier``, with the same cases."""


@sealed
class AsyncChannelContract(_Awaited, ChannelContract):
    """The same contract for an ``AsyncChannelPort``, with the same cases."""


@sealed
class AsyncCarrierContract(_Awaited, CarrierContract):
    """The same contract for an ``AsyncCarrier``, with the same cases."""


__all__ = [
    "AsyncCarrierContract",
    "AsyncChannelContract",
    "AsyncGatewayContract",
    "AsyncNotifierContract",
    "CarrierContract",
    "ChannelContract",
    "GatewayContract",
    "NotifierContract",
]
