"""Offers of a manager: what a checkout can say before there is an order, of the functions that route one.

Decides how a draft becomes what routing is asked: it is placed, but recorded nowhere, and planned as it would
be once it were (R4), with what its cart has reserved. Must not know calendars, or what is done with an offer.
"""

from __future__ import annotations

from collections.abc import Generator
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine.claims import Own, live_claims
from omcore.engine.following import follow
from omcore.engine.promises import planned_later
from omcore.engine.requests import Load
from omcore.engine.reserved import planned
from omcore.engine.routes import demand_of, plan_for
from omcore.engine.setup import Setup
from omcore.kernel import InvalidType, UnknownId, checked_id, checked_instant, effective_now
from omcore.orders.backorders import BACKORDER
from omcore.orders.draft import OrderDraft
from omcore.promising import Pickups
from omcore.promising.offers import Offers, Plans, Quote, offer_of, sorted_offers
from omcore.promising.pickups import pickups_by, stores_of
from omcore.routing import Demand, DemandLine

Steps = Generator[Any, Any, Any]


@attrs.frozen
class _Asked:
    """What is asked about: a demand, the order that it is made of or None, and what is its own already."""

    demand: Demand
    order: om.Order | None
    reservation: Any

    @property
    def own(self) -> Own:
        return live_claims(self.reservation, self.demand.at)


def offered(wanted: object, at: datetime, reservation: object, quote: Quote | None, setup: Setup) -> Steps:
    """What can be offered of each level of service that the manager was given."""
    if quote is not None and not callable(quote):
        raise InvalidType("quote", expected="a function that gives Money, or None")
    asked = yield from _asked(wanted, at, reservation, setup)
    found = []
    for level in setup.levels.values():
        demand, plans = _planned(asked, level.name, setup)
        found.append(offer_of(level, demand, setup.network, plans, quote))
    answer: Offers = sorted_offers(asked.demand.at, found)
    return answer


def to_collect(
    wanted: object, at: datetime, reservation: object, stores: tuple[str, ...] | None, setup: Setup
) -> Steps:
    """From when it can be fetched at each store."""
    asked_of = stores_of(setup.network, stores)
    asked = yield from _asked(wanted, at, reservation, setup)
    answer: Pickups = pickups_by(asked.demand, asked_of, lambda demand: _plans(demand, asked, setup))
    return answer


def _asked(wanted: object, at: datetime, reservation: object, setup: Setup) -> Steps:
    """A draft or a demand, as of now; what its cart has reserved is its own (S5)."""
    now = checked_instant(at)
    yield from follow(setup)
    claim = None
    if type(reservation) is not str or reservation:
        stream = inv.reservation_stream(checked_id(reservation, "reservation"))
        claim = (yield Load((stream,)))[stream].state
        if claim is None:
            raise UnknownId("reservation", kind="reservation", id=str(reservation))
        now = effective_now(now, claim.seen_at)
    if type(wanted) is Demand:
        return _Asked(attrs.evolve(wanted, lines=_made_of(wanted, setup), at=now), None, claim)
    if type(wanted) is not OrderDraft:
        raise InvalidType("wanted", expected="OrderDraft or Demand")
    command = om.PlaceOrder(wanted, key="offer", at=now)
    order = om.decide(None, command, setup.context).order
    return _Asked(demand_of(order, setup, now), order, claim)


def _made_of(demand: Demand, setup: Setup) -> tuple[DemandLine, ...]:
    """The lines of a demand with what they are made of, as an order's have it: here that is read off them."""
    return tuple(
        [
            line if line.components else attrs.evolve(line, components=setup.catalog.components(line.sku))
            for line in demand.lines
        ]
    )


def _planned(asked: _Asked, service: str, setup: Setup) -> tuple[Demand, Plans]:
    """The demand at a level of service, and the plans of it: those that an order of it would get now."""
    demand = attrs.evolve(asked.demand, service=service)
    if not demand.lines:
        return demand, ()
    if asked.order is None:
        return demand, _plans(demand, asked, setup)
    order = attrs.evolve(asked.order, terms=attrs.evolve(asked.order.terms, service=service))
    found = plan_for(order, setup, asked.reservation, demand.at)
    return demand, ((found.plan, None), *found.later)


def _plans(demand: Demand, asked: _Asked, setup: Setup) -> Plans:
    """As a live order's plans, of a demand: what is expected is promised where the policy promises it."""
    if not demand.lines:
        return ()
    plan = planned(demand, setup, asked.own, None, demand.pickup_at or "")
    left: dict[str, int] = {}
    for rest in plan.remainder:
        left[rest.line_id] = left.get(rest.line_id, 0) + rest.quantity
    if not left or _unplaced(asked, setup) != BACKORDER:
        return ((plan, None),)
    return ((plan, None), *planned_later(demand, left, plan, {}, setup))


def _unplaced(asked: _Asked, setup: Setup) -> str:
    if asked.order is not None:
        return om.unplaced_of(asked.order, setup.policies)
    policy = setup.policies.unplaced
    # A policy that looks at an order can not say what it would do without one.
    return policy if type(policy) is str else BACKORDER


__all__ = ["offered", "to_collect"]
