"""Kits at home, and what comes back of them, in parts and whole, lost, found, kept and looked at.

The rules of the machine over a whole order, where most of what they draw is about parts (M6, M9, M12, C7).
"""

from __future__ import annotations

from typing import Any

import attrs
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from omcore import orders as om
from omcore.orders.draft import OrderDraft
from order_drafts import drafts
from order_life import ORDER_ID
from order_machine import has, policies, some, when
from order_rules_goods import ReturnRules


class KitsComeBack(ReturnRules):
    """Two lines of kits, a few units each, all with the customer."""

    @initialize(draft=drafts(3, 2, True), policies=policies)
    def place(self, draft: OrderDraft, policies: om.Policies) -> None:
        self.begin(draft, attrs.evolve(policies, return_window=None), False, 0, "deliver")

    @has("delivered")
    @rule(n=some, apart=some, label=st.booleans())
    def parts_are_announced(self, n: int, apart: int, label: bool) -> None:
        items, parts = self.parts(apart, self.units(n, "delivered"))
        more: dict[str, Any] = {"label": ("ups", "1Z")} if label else {}
        self.do(om.AuthorizeReturn, ORDER_ID, self.name("r"), items, parts=parts, **more)

    @has("returning")
    @rule(n=some, many=some, apart=some, place=st.sampled_from(("nyc", "nyc", "lax")), waive=st.booleans())
    def parts_come(self, n: int, many: int, apart: int, place: str, waive: bool) -> None:
        found = self.coming(n)
        items, parts = self.parts(apart, self.of_return(found, many))
        self.do(om.ReceiveReturn, ORDER_ID, found, place, items, waive_fee=waive, parts=parts)

    @has("returning")
    @rule(n=some, many=some)
    def the_rest_is_lost(self, n: int, many: int) -> None:
        found = self.coming(n)
        self.do(om.ReceiveReturn, ORDER_ID, found, "nyc", outcomes=(("lost", self.of_return(found, many)),))

    @has("delivered")
    @rule(n=some, resolution=st.sampled_from(("refund", "replace", "reject")))
    def something_is_wrong_with_it(self, n: int, resolution: str) -> None:
        if n % 4 == 0:
            name = self.name("c")
            self.do(om.OpenClaim, ORDER_ID, name, "damaged", self.units(n, "delivered"))
            self.do(om.ResolveClaim, ORDER_ID, name, resolution, cause="x")

    @when(lambda order: order.payments.requests)
    @rule()
    def the_gateway_answers(self) -> None:
        self.answer_all()


TestKitsComeBack = KitsComeBack.TestCase
TestKitsComeBack.settings = settings(stateful_step_count=30)
