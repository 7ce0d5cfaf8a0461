"""Every facet of an order at once, through the engine: no unit of stock and no cent is lost or doubled.

The rules are those of the machine over one order alone; each command goes through ``OrderManager``. The
clerk still agrees with the order, and shelves that are counted by hand, and a gateway's till, with the rest
(S3-S7, M8-M11, C3-C6): whatever is exchanged, claimed, collected, charged back, or decided twice.
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from engine_life import PLACES, STOCK, EngineLife
from omcore import inventory as inv
from omcore import orders as om
from omcore.kernel import OmcoreError
from omcore.orders.draft import OrderDraft
from order_life import ORDER_ID
from order_machine import has, orders, policies, some, when
from order_rules_goods import GoodsRules, ReturnRules
from order_rules_money import AmendmentRules, MoneyRules

placed = when(lambda order: True)


class WholeOrderInTheEngine(GoodsRules, ReturnRules, AmendmentRules, MoneyRules):
    """All of it, over stock in three places and a gateway that may lose its answers."""

    life: EngineLife

    def a_life(self, context: om.OrderContext) -> EngineLife:
        return EngineLife(context)

    @initialize(
        draft=orders(),
        policies=policies,
        staged=some,
        far=st.sampled_from(("", "ship", "deliver", "deliver")),
    )
    def place(self, draft: OrderDraft, policies: om.Policies, staged: int, far: str) -> None:
        """Nothing but holds keeps it from being shipped."""
        self.begin(draft, policies, False, staged, far)

    @has("delivered")
    @rule(
        n=some,
        lost=st.booleans(),
        disposition=st.sampled_from(("restock", "quarantine", "refurbish", "scrap")),
        place=st.sampled_from(PLACES),
    )
    def comes_back(self, n: int, lost: bool, disposition: str, place: str) -> None:
        """The whole way at once: authorized, received or lost and found, inspected, stocked somewhere."""
        name, items = self.name("r"), self.units(n, "delivered")
        self.do(om.AuthorizeReturn, ORDER_ID, name, items, label=("ups", "1Z"))
        if lost:
            self.do(om.ReceiveReturn, ORDER_ID, name, "nyc", outcomes=(("lost", items),))
            self.do(om.ReceiveReturn, ORDER_ID, name, "nyc", outcomes=(("found", items),))
        else:
            self.do(om.ReceiveReturn, ORDER_ID, name, "nyc")
        there = place if disposition == "restock" else ""
        self.do(om.InspectReturn, ORDER_ID, name, (), True, "b", disposition, there)

    @when(lambda order: order.terms.service == "ship_to_store")
    @has("open")
    @rule(then=st.sampled_from(("collect", "sellable", "damaged", "", "expire")))
    def goes_to_the_store(self, then: str) -> None:
        """From a warehouse to where the customer comes for it, and what becomes of it there."""
        self.go_on("nyc", "ship")
        for parcel in list(self.order.progress.shipments):
            self.do(om.RecordDelivery, ORDER_ID, parcel)
        self.on_the_counter()
        for work in [each.id for each in self.order.progress.work.values() if each.arrived and each.items]:
            if then == "collect":
                self.do(om.CollectUnits, ORDER_ID, work)
            elif then == "expire":
                self.a_deadline_comes()
            else:
                self.do(om.DeclinePickup, ORDER_ID, work, (), then)

    @placed
    @rule()
    def routed_by_the_engine(self) -> None:
        try:
            self.life.oms.route(ORDER_ID, **self.life.common())
        except OmcoreError:
            return
        self.life.catch_up()

    @placed
    @rule(again=st.booleans())
    def dispatched(self, again: bool) -> None:
        """Nobody has decided anything: what is asked stays open. Routing again is the engine's own."""
        self.life.oms.dispatch(at=self.life.now)
        if again:
            self.life.oms.ask_again(ORDER_ID, at=self.life.now)
        self.life.catch_up()

    @placed
    @rule()
    def another_process(self) -> None:
        self.life.start()

    @placed
    @rule(place=st.sampled_from(PLACES), sku=st.sampled_from(sorted(STOCK)), counted=st.integers(0, 12))
    def counted(self, place: str, sku: str, counted: int) -> None:
        """A count that finds fewer than are claimed: they stand until somebody dispatches."""
        self.life.oms.execute(inv.CountStock(sku, place, counted, **self.life.common()))
        self.life.shelves[place, sku, "sellable"] = counted

    @placed
    @rule(
        place=st.sampled_from(PLACES),
        sku=st.sampled_from(sorted(STOCK)),
        many=st.integers(0, 9),
        days=st.integers(0, 20),
    )
    def a_container_is_under_way(self, place: str, sku: str, many: int, days: int) -> None:
        """Or it is late, has another load, or does not come."""
        at = self.life.now + timedelta(days=days)
        self.life.oms.execute(inv.ExpectSupply(sku, place, "po", many, at, **self.life.common()))

    @placed
    @rule(place=st.sampled_from(PLACES), sku=st.sampled_from(sorted(STOCK)), many=st.integers(1, 9))
    def it_arrives(self, place: str, sku: str, many: int) -> None:
        self.life.oms.execute(inv.ReceiveStock(sku, place, many, "po", True, **self.life.common()))
        self.life.shelves[place, sku, "sellable"] += many

    @invariant()
    def no_unit_is_lost_or_doubled(self) -> None:
        if self.life.events:
            self.life.check_goods()

    @invariant()
    def no_cent_is_lost_or_doubled(self) -> None:
        if self.life.events:
            self.life.check_money()

    @invariant()
    def the_first_deadline_is_the_orders(self) -> None:
        if self.life.events:
            self.life.check_deadlines()


TestWholeOrderInTheEngine = WholeOrderInTheEngine.TestCase
TestWholeOrderInTheEngine.settings = settings(
    max_examples=3 * settings().max_examples, stateful_step_count=40
)
