"""Testing: strategies, conformance suites and the reference model for those who embed omcore.

Decides how an adapter or a business rule is proved. The only room that knows Hypothesis and
pytest (the extra ``testing``); nothing in omcore imports it.
"""

import pytest

# Before they are imported: a check that fails shows what it compared.
pytest.register_assert_rewrite(
    "omcore.testing.ports._carrier_cases",
    "omcore.testing._citing",
    "omcore.testing._contract",
    "omcore.testing.ports._gateway_cases",
    "omcore.testing.ports._message_cases",
    "omcore.testing.ports._desk",
    "omcore.testing.ports._keyed",
    "omcore.testing.routing._answers",
    "omcore.testing.routing._bench",
    "omcore.testing.routing._cases",
    "omcore.testing.stores._bench",
    "omcore.testing.stores._cases",
    "omcore.testing.stores._crowd",
    "omcore.testing.stores._faces",
    "omcore.testing.stores._feed_cases",
    "omcore.testing.stores._history",
    "omcore.testing.stores._life",
    "omcore.testing.stores._model",
    "omcore.testing.stores._races",
    "omcore.testing.ports.contract",
    "omcore.testing.stores.contract",
)

from omcore.testing.ports.contract import (  # noqa: E402 - as above
    AsyncCarrierContract,
    AsyncChannelContract,
    AsyncGatewayContract,
    AsyncNotifierContract,
    CarrierContract,
    ChannelContract,
    GatewayContract,
    NotifierContract,
)
from omcore.testing.routing.contract import RoutingContract  # noqa: E402 - as above
from omcore.testing.stages import manager_up_to, order_up_to, plain_draft  # noqa: E402 - as above
from omcore.testing.stores._folding import fold_in_cases  # noqa: E402 - after the lines above
from omcore.testing.stores.contract import AsyncStoreContract, StoreContract  # noqa: E402 - as above

__all__ = [
    "AsyncCarrierContract",
    "AsyncChannelContract",
    "AsyncGatewayContract",
    "AsyncNotifierContract",
    "AsyncStoreContract",
    "CarrierContract",
    "ChannelContract",
    "GatewayContract",
    "NotifierContract",
    "RoutingContract",
    "StoreContract",
    "fold_in_cases",
    "manager_up_to",
    "order_up_to",
    "plain_draft",
]
