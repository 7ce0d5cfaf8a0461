"""What is charged for parcels, and what customers are told: rates, zones, templates, messages.

Decides values that these classes accept, which check more than their types say. Must not know who reads them.
"""

from __future__ import annotations

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from omcore.notifications import KINDS, MessageDue, MessagePolicy, Template, names_of
from omcore.routing import Rates
from omcore.shipping import Zone
from omcore.testing.strategies.values import currencies, identifiers, instants, keys, texts

_COSTS = st.integers(0, 10**9)
_ANY_KIND = st.sampled_from(tuple(KINDS))


def zones() -> SearchStrategy[Zone]:
    """Parcel prices up to a distance, or for any."""
    steps = st.dictionaries(st.integers(1, 30_000), _COSTS, min_size=1, max_size=3)
    brackets = steps.map(lambda found: tuple(sorted(found.items())))
    return st.builds(Zone, st.none() | st.integers(1, 20_000), brackets)


def rates() -> SearchStrategy[Rates]:
    """What shipments, units and kilograms cost, in any currency; parcels in one zone, or in none."""
    one = zones().map(lambda zone: (zone,))
    costs = (_COSTS, _COSTS, _COSTS, _COSTS, _COSTS, _COSTS)
    return st.builds(Rates, currencies(), *costs, st.just(()) | one)


def templates() -> SearchStrategy[Template]:
    """Words for a kind of message, some with what it is about in them."""
    plain = texts().map(lambda text: text.replace("$", "").replace("\n", " "))
    return _ANY_KIND.flatmap(lambda kind: st.builds(Template, st.just(kind), plain, plain | _naming(kind)))


def _naming(kind: str) -> SearchStrategy[str]:
    """With one of the names that a template of this kind may use."""
    return st.sampled_from(sorted(names_of(kind))).map(lambda name: f"${{{name}}}")


def messages() -> SearchStrategy[MessageDue]:
    """Messages that facts ask for."""
    counted = st.lists(st.tuples(texts(), st.integers(1, 99)), max_size=3).map(tuple)
    amount = st.none() | st.integers(0, 10**9)
    return st.builds(
        MessageDue, keys(), identifiers(), _ANY_KIND, instants(), texts(), currencies(), counted, amount
    )


def message_policies() -> SearchStrategy[MessagePolicy]:
    """Which kinds are sent, and for which channels none."""
    silent = st.frozensets(identifiers(), max_size=2)
    return st.builds(MessagePolicy, st.frozensets(_ANY_KIND), silent)


__all__ = ["message_policies", "messages", "rates", "templates", "zones"]
