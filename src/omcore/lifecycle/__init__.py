"""Lifecycle: the charts, and the tables compiled from them.

The one room that knows python-statemachine, and it loads it only when a chart is first used.
"""

from __future__ import annotations

from typing import Any

from omcore.lifecycle.chart import Chart
from omcore.lifecycle.extension import InvalidExtension, Transition, extend
from omcore.lifecycle.status import OrderFacts, order_status


def _order() -> Any:
    from omcore.lifecycle.charts import OrderChart

    return OrderChart


def _fulfillment_order() -> Any:
    from omcore.lifecycle.charts import FulfillmentOrderChart

    return FulfillmentOrderChart


def _shipment() -> Any:
    from omcore.lifecycle.charts import ShipmentChart

    return ShipmentChart


def _return() -> Any:
    from omcore.lifecycle.charts import ReturnChart

    return ReturnChart


def _payment() -> Any:
    from omcore.lifecycle.charts import PaymentChart

    return PaymentChart


ORDER = Chart("order", _order)
FULFILLMENT_ORDER = Chart("fulfillment_order", _fulfillment_order)
SHIPMENT = Chart("shipment", _shipment)
RETURN = Chart("return", _return)
PAYMENT = Chart("payment", _payment)
CHARTS = (ORDER, FULFILLMENT_ORDER, SHIPMENT, RETURN, PAYMENT)

__all__ = [
    "CHARTS",
    "FULFILLMENT_ORDER",
    "ORDER",
    "PAYMENT",
    "RETURN",
    "SHIPMENT",
    "Chart",
    "InvalidExtension",
    "OrderFacts",
    "Transition",
    "extend",
    "order_status",
]
