"""Testing: strategies, conformance suites and the reference model for those who embed omcore.

Decides how an adapter or a business rule is proved. The only room that knows Hypothesis and
pytest (the extra ``testing``); nothing in omcore imports it.
"""

import pytest

# Before they are imported: a check that fails shows what it compared.
pytest.register_assert_rewrite(
    "omcore.testing._carrier_cases",
    "omcore.testing._citing",
    "omcore.testing._contract",
    "omcore.testing._gateway_cases",
    "omcore.testing._message_cases",
    "omcore.testing._port_desk",
    "omcore.testing._port_keyed",
    "omcore.testing._store_bench",
    "omcore.testing._store_cases",
    "omcore.testing._store_crowd",
    "omcore.testing._store_faces",
    "omcore.testing._store_feed_cases",
    "omcore.testing._store_history",
    "omcore.testing._store_life",
    "omcore.testing._store_model",
    "omcore.testing._store_races",
    "omcore.testing.port_contracts",
    "omcore.testing.store_contract",
)

from omcore.testing._store_folding import fold_in_cases  # noqa: E402 - after the lines above
from omcore.testing.port_contracts import (  # noqa: E402 - as above
    AsyncCarrierContract,
    AsyncChannelContract,
    AsyncGatewayContract,
    AsyncNotifierContract,
    CarrierContract,
    ChannelContract,
    GatewayContract,
    NotifierContract,
)
from omcore.testing.stages import manager_up_to, order_up_to, plain_draft  # noqa: E402 - as above
from omcore.testing.store_contract import AsyncStoreContract, StoreContract  # noqa: E402 - as above

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
    "StoreContract",
    "fold_in_cases",
    "manager_up_to",
    "order_up_to",
    "plain_draft",
]
