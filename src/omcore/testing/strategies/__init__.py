"""Hypothesis strategies: values that enter omcore, orders and stock that have lived, what is hostile.

Decides nothing; its modules say what they draw. ``register`` lets ``st.from_type`` know them.
"""

from omcore.testing.strategies.drafting import drafts, external_refs
from omcore.testing.strategies.hostile_json import HOSTILE_JSON, hostile_json, json_values
from omcore.testing.strategies.hostile_values import (
    hostile_amounts,
    hostile_ids,
    hostile_instants,
    hostile_quantities,
    hostile_skus,
)
from omcore.testing.strategies.living import (
    Lived,
    command_sequences,
    hostile_commands,
    orders,
    reservations,
    stock,
    stocked_stores,
)
from omcore.testing.strategies.registering import NOT_DRAWN, register
from omcore.testing.strategies.telling import message_policies, messages, rates, templates, zones
from omcore.testing.strategies.values import (
    contacts,
    currencies,
    days,
    identifiers,
    instants,
    keys,
    later,
    measures,
    money,
    percentages,
    places,
    points,
    quantities,
    ratios,
    skus,
    texts,
)
from omcore.testing.strategies.worlds import (
    calendars,
    catalogs,
    items,
    locations,
    networks,
    policies,
    sales_channels,
    shops,
)

__all__ = [
    "HOSTILE_JSON",
    "NOT_DRAWN",
    "Lived",
    "calendars",
    "catalogs",
    "command_sequences",
    "contacts",
    "currencies",
    "days",
    "drafts",
    "external_refs",
    "hostile_amounts",
    "hostile_commands",
    "hostile_ids",
    "hostile_instants",
    "hostile_json",
    "hostile_quantities",
    "hostile_skus",
    "identifiers",
    "instants",
    "items",
    "json_values",
    "keys",
    "later",
    "locations",
    "measures",
    "message_policies",
    "messages",
    "money",
    "networks",
    "orders",
    "percentages",
    "places",
    "points",
    "policies",
    "quantities",
    "rates",
    "ratios",
    "register",
    "reservations",
    "sales_channels",
    "shops",
    "skus",
    "stock",
    "stocked_stores",
    "templates",
    "texts",
    "zones",
]
