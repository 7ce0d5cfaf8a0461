"""Rules of a machine over one order: goods that go out, wait, are called off, and come back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import rule

from omcore import orders as om
from omcore.orders.parts import units_of
from order_life import ORDER_ID
from order_machine import PLACES, OrderMachine, alive, has, some, when

WORK = {
    "accept": ("requested",),
    "pick": ("requested", "accepted"),
    "pack": ("picking", "partially_shipped"),
    "ready": ("accepted", "picking", "packed"),
}
NEWS = {
    "go_out": ("in_transit",),
    "attempt": ("in_transit", "out_for_delivery"),
    "lose": ("in_transit", "out_for_delivery"),
    "send_back": ("in_transit", "out_for_delivery", "attempted"),
}
CONDITIONS = ("sellable", "damaged", "quarantined")


def all_runs(order: om.Order) -> list[Any]:
    return [run for units in order.progress.units for run in units]


class GoodsRules(OrderMachine):
    """Work, parcels, cancels and holds."""

    # -- work ----------------------------------------------------------------------------------

    @has("open")
    @rule(n=some, place=st.sampled_from(PLACES))
    def allocate(self, n: int, place: str) -> None:
        wanted = self.units(n, "open")
        self.do(
            om.AllocateUnits,
            ORDER_ID,
            tuple((line, self.place_for(place), many) for line, many in wanted),
        )

    @has("open", "allocated", "shipped")
    @rule(place=st.sampled_from(PLACES), far=st.sampled_from(("ship", "deliver")))
    def all_goes_well(self, place: str, far: str) -> None:
        self.go_on(place, far)

    def work(self, n: int, *statuses: str) -> str:
        known = self.order.progress.work
        return self.one(
            known, n, lambda each: known[each].items and (not statuses or known[each].status in statuses)
        )

    def parcel(self, n: int, *statuses: str) -> str:
        known = self.order.progress.shipments
        return self.one(known, n, lambda each: known[each].status in statuses)

    def of_work(self, work_id: str, many: int) -> tuple[tuple[str, int], ...]:
        """Some units of a location's work."""
        work = self.order.progress.work.get(work_id)
        wanted = []
        for line_id, runs in work.items if work is not None else ():
            have = sum(last - first + 1 for first, last in runs)
            many, part = divmod(many, have + 1)
            wanted.append((line_id, part or 1))
        return tuple(wanted)

    @has("allocated")
    @rule(n=some, event=st.sampled_from(sorted(WORK)))
    def advance(self, n: int, event: str) -> None:
        self.do(om.AdvanceFulfillment, ORDER_ID, self.work(n, *WORK[event]), event)

    @has("allocated")
    @rule(n=some, reject=st.booleans())
    def give_work_back(self, n: int, reject: bool) -> None:
        command = om.RejectFulfillment if reject else om.CancelFulfillment
        self.do(command, ORDER_ID, self.work(n, "requested", "accepted"))

    @has("allocated")
    @rule(n=some, many=some)
    def call_some_back(self, n: int, many: int) -> None:
        work = self.work(n, "requested", "accepted")
        self.do(om.CancelFulfillment, ORDER_ID, work, "", self.of_work(work, many))

    @has("allocated")
    @rule(n=some, many=some, whole=st.booleans(), place=st.sampled_from(PLACES))
    def move_work(self, n: int, many: int, whole: bool, place: str) -> None:
        work = self.work(n)
        self.do(om.MoveFulfillment, ORDER_ID, work, place, () if whole else self.of_work(work, many))

    @has("allocated")
    @rule(n=some, many=some, whole=st.booleans(), places=st.lists(st.sampled_from(PLACES), max_size=3))
    def rearrange_work(self, n: int, many: int, whole: bool, places: list[str]) -> None:
        """Some of each to another location, or asked for anew where it lies."""
        moves: list[Any] = []
        for at, place in enumerate(places):
            work_id = self.work(n + at)
            work = self.order.progress.work.get(work_id)
            items: Any = work.items if whole and work is not None else self.of_work(work_id, many)
            if items and (work_id, place) not in [move[:2] for move in moves]:
                moves.append((work_id, place, items))
        if moves:
            self.do(om.RearrangeWork, ORDER_ID, tuple(moves))

    @has("open")
    @rule(n=some, place=st.sampled_from((*PLACES, "")), days=st.sampled_from((1, 2, 9)))
    def some_wait_for_stock(self, n: int, place: str, days: int) -> None:
        """For a container that is expected, or for whatever comes; what waits already may wait otherwise."""
        date = self.life.now.replace(microsecond=0) + timedelta(days=days) if place else None
        wanted: list[tuple[str, Any]] = list(self.units(n, "open"))
        if n % 3 == 0:
            known = {line: runs for entry in self.order.backorders for line, runs in entry.items}
            wanted = [(line, known.get(line, many)) for line, many in wanted]
        self.do(om.BackorderUnits, ORDER_ID, tuple((line, many, place, date) for line, many in wanted))

    @has("open", "allocated", "shipped", "delivered")
    @rule(n=some, many=st.integers(0, 9), days=st.sampled_from((0, 0, 3)), one=st.booleans())
    def the_promise_is_another(self, n: int, many: int, days: int, one: bool) -> None:
        """By the carrier of a parcel, or of all that is to come; as often as not it is as it was."""
        latest = (self.life.now + timedelta(days=many + days)).date()
        parcel = self.one(self.order.progress.shipments, n, lambda each: True) if one else ""
        cause = "carrier" if n % 2 else "weather"
        self.do(om.ChangePromise, ORDER_ID, latest, latest - timedelta(days=days), parcel, cause)

    @has("open")
    @rule(place=st.sampled_from(PLACES), unplaced=st.sampled_from(("backorder", "hold", "cancel")))
    def nobody_has_the_rest(self, place: str, unplaced: str) -> None:
        self.do(om.AllocateUnits, ORDER_ID, (), (), unplaced)

    @has("allocated")
    @rule(n=some, many=some)
    def short_pick(self, n: int, many: int) -> None:
        work = self.work(n)
        self.do(om.ReportShortPick, ORDER_ID, work, self.of_work(work, many))

    @has("allocated")
    @rule(n=some, many=some, whole=st.booleans())
    def ship(self, n: int, many: int, whole: bool) -> None:
        work = self.work(n)
        self.do(om.ShipUnits, ORDER_ID, work, () if whole else self.of_work(work, many))

    @when(lambda order: order.terms.pickup_at)
    @has("allocated", "arrived")
    @rule(n=some, many=some, whole=st.booleans())
    def collect(self, n: int, many: int, whole: bool) -> None:
        work = self.work(n, "ready_for_pickup", "partially_shipped")
        self.do(om.CollectUnits, ORDER_ID, work, () if whole else self.of_work(work, many))

    @when(lambda order: any(work.items and work.collect_by for work in order.progress.work.values()))
    @rule(n=some, hours=st.sampled_from((1, 100, 400)))
    def wait_for_the_customer(self, n: int, hours: int) -> None:
        work = self.work(n, "ready_for_pickup", "partially_shipped")
        self.do(om.ExtendPickup, ORDER_ID, work, self.life.now + timedelta(hours=hours))

    @when(lambda order: order.terms.pickup_at)
    @has("allocated", "arrived")
    @rule(n=some, many=some, condition=st.sampled_from(("sellable", "sellable", "damaged", "")))
    def decline(self, n: int, many: int, condition: str) -> None:
        work = self.work(n)
        items = self.of_work(work, many)
        self.do(om.DeclinePickup, ORDER_ID, work, items, condition)

    @has("arrived")
    @rule(n=some)
    def on_its_counter(self, n: int) -> None:
        self.on_the_counter()

    @has("shipped")
    @rule(n=some)
    def deliver(self, n: int) -> None:
        self.do(
            om.RecordDelivery, ORDER_ID, self.parcel(n, "in_transit", "out_for_delivery", "attempted", "lost")
        )

    @has("shipped")
    @rule(n=some, event=st.sampled_from(sorted(NEWS)))
    def news(self, n: int, event: str) -> None:
        parcel = self.parcel(n, *NEWS[event])
        self.do(om.AdvanceShipment, ORDER_ID, parcel, event)
        if n % 4 == 0:
            self.do(om.ReopenShipment, ORDER_ID, parcel, "nyc")

    @when(
        lambda order: any(
            s.status in ("lost", "returned_to_sender") for s in order.progress.shipments.values()
        )
    )
    @rule(n=some, where=st.sampled_from(("", "nyc")), condition=st.sampled_from(CONDITIONS))
    def reopen(self, n: int, where: str, condition: str) -> None:
        parcel = self.parcel(n, "lost", "returned_to_sender")
        self.do(om.ReopenShipment, ORDER_ID, parcel, where, condition)

    @has("channel")
    @rule(n=some)
    def channel_ships(self, n: int) -> None:
        self.do(om.RecordChannelShipment, ORDER_ID, self.units(n, "channel"))

    @when(lambda order: order.standing.status == "processing")
    @rule(event=st.sampled_from(("wrap", "wrap", "unwrap")))
    def enter_stage(self, event: str) -> None:
        self.do(om.EnterStage, ORDER_ID, event)

    # -- cancelling, holding -------------------------------------------------------------------

    @has("open", "allocated", "channel")
    @rule(n=some)
    def cancel(self, n: int) -> None:
        items = self.units(n, "open", "allocated", "channel")
        if n % 7 == 0:
            self.do(om.CancelUnits, ORDER_ID, items[1:2], lines=(items[0][0],))
        else:
            self.do(om.CancelUnits, ORDER_ID, items if n % 8 == 0 else ((items[0][0], 1),))

    @rule(n=some)
    def cancel_the_rest(self, n: int) -> None:
        if n % 16 == 15:
            self.do(om.CancelUnits, ORDER_ID)

    @has("open", "allocated", "shipped")
    @rule(n=some, whole=st.booleans())
    def ask_to_cancel(self, n: int, whole: bool) -> None:
        items = () if whole else self.units(n, "open", "allocated", "shipped")
        self.do(om.RequestCancel, ORDER_ID, self.name("c"), items)

    @when(lambda order: order.standing.cancel_requests)
    @rule(n=some, accept=st.booleans())
    def answer_the_wish(self, n: int, accept: bool) -> None:
        asked = {request.id: request for request in self.order.standing.cancel_requests}
        wish = self.one(asked, n, lambda each: asked[each].status == "pending")
        self.do(om.DecideCancelRequest, ORDER_ID, wish, accept)

    @alive
    @rule(
        n=some,
        kind=st.sampled_from(("fraud", "address", "customer")),
        blocks=st.sampled_from(
            (("routing",), ("shipping",), ("capture",), ("routing", "shipping", "capture"))
        ),
        hours=st.sampled_from((0, 10, 100)),
        then=st.sampled_from(("release", "cancel")),
        owner=st.sampled_from(("person", "risk")),
    )
    def hold(self, n: int, kind: str, blocks: tuple[str, ...], hours: int, then: str, owner: str) -> None:
        if n % 2:
            until = self.life.now + timedelta(hours=hours) if hours else None
            more: dict[str, Any] = {
                "blocks": blocks,
                "expires_at": until,
                "then": then if until else "release",
            }
            self.do(om.PlaceHold, ORDER_ID, self.name("h"), kind, owner=owner, **more)

    @when(lambda order: order.standing.holds)
    @rule(n=some)
    def release(self, n: int) -> None:
        holds = {hold.id: hold for hold in self.order.standing.holds}
        found = self.one(holds, n)
        self.do(om.ReleaseHold, ORDER_ID, found, holds[found].owner if n % 3 else "person")


class ReturnRules(OrderMachine):
    """What comes back, or does not."""

    def coming(self, n: int) -> str:
        known = self.order.progress.returns
        return self.one(known, n, lambda each: known[each].items)

    def of_return(self, return_id: str, many: int, inspecting: bool = False) -> tuple[tuple[str, int], ...]:
        """Some units that a return expects, or that wait to be looked at."""
        found = self.order.progress.returns.get(return_id)
        if found is None:
            return ()
        have: dict[str, int] = {}
        groups = [goods.items for goods in found.inspecting] if inspecting else [found.items]
        for line_id, runs in [item for items in groups for item in items]:
            have[line_id] = have.get(line_id, 0) + sum(last - first + 1 for first, last in runs)
        wanted = []
        for line_id, count in have.items():
            many, part = divmod(many, count + 1)
            if part:
                wanted.append((line_id, part))
        return tuple(wanted or have.items())

    @has("delivered")
    @rule(
        n=some,
        method=st.sampled_from(("mail", "mail", "mail", "in_store", "keep")),
        label=st.sampled_from((True, True, False)),
        cost=st.sampled_from((0, 700, 9_000)),
        refund_to=st.sampled_from(("", "", "tender", "store_credit")),
        why=st.sampled_from(("", "damaged", "changed_mind")),
        in_parts=st.booleans(),
        apart=some,
    )
    def authorize_return(
        self,
        n: int,
        method: str,
        label: bool,
        cost: int,
        refund_to: str,
        why: str,
        in_parts: bool,
        apart: int,
    ) -> None:
        items: Any = self.units(n, "delivered")
        more: dict[str, Any] = {"method": method, "refund_to": refund_to}
        if in_parts:
            items, more["parts"] = self.parts(apart, items)
        if label and method == "mail":
            more |= {"label": ("ups", f"1Z{n}"), "label_cost": self.money(cost)}
        if why:
            more["reasons"] = tuple((line_id, why) for line_id, *_ in (*items, *more.get("parts", ())))
        self.do(om.AuthorizeReturn, ORDER_ID, self.name("r"), items, **more)

    @has("returning", "lost")
    @rule(
        n=some,
        many=some,
        whole=st.booleans(),
        condition=st.sampled_from(CONDITIONS),
        disposition=st.sampled_from(("", "", "restock", "refurbish", "scrap")),
        waive=st.booleans(),
        in_parts=st.booleans(),
        apart=some,
    )
    def receive(
        self,
        n: int,
        many: int,
        whole: bool,
        condition: str,
        disposition: str,
        waive: bool,
        in_parts: bool,
        apart: int,
    ) -> None:
        found = self.coming(n)
        items: Any = () if whole else self.of_return(found, many)
        parts: Any = ()
        if in_parts and items:
            items, parts = self.parts(apart, items)
        self.do(
            om.ReceiveReturn,
            ORDER_ID,
            found,
            "nyc",
            items,
            condition,
            waive,
            disposition=disposition,
            restock_at="lax" if disposition == "restock" else "",
            parts=parts,
        )

    @has("returning")
    @rule(n=some, many=some, outcome=st.sampled_from(("damaged", "wrong_item", "lost", "lost", "refused")))
    def receive_otherwise(self, n: int, many: int, outcome: str) -> None:
        found = self.coming(n)
        items = self.of_return(found, many)
        self.do(om.ReceiveReturn, ORDER_ID, found, "nyc", outcomes=((outcome, items),))

    def lost_runs(self) -> list[Any]:
        return [run for run in all_runs(self.order) if run[2] == "lost"]

    @when(
        lambda order: (
            any(each.lost for each in order.progress.returns.values())
            or any(run[2] == "lost" and run[3] in order.progress.returns for run in all_runs(order))
        )
    )
    @rule(n=some)
    def a_lost_return_is_found(self, n: int) -> None:
        known = self.order.progress.returns
        found = self.one(
            known, n, lambda each: known[each].lost or any(run[3] == each for run in self.lost_runs())
        )
        lost = tuple(
            (
                line.id,
                sum(last - first + 1 for first, last, state, ref in units if (state, ref) == ("lost", found)),
            )
            for line, units in zip(self.order.terms.lines, self.order.progress.units, strict=True)
        )
        items: Any = tuple((line_id, have) for line_id, have in lost if have)
        if found in known and known[found].lost and (n % 2 or not items):
            items = units_of(known[found].lost)[:1]
        self.do(om.ReceiveReturn, ORDER_ID, found, "nyc", outcomes=(("found", items),))

    @when(lambda order: any(each.inspecting for each in order.progress.returns.values()))
    @rule(
        n=some,
        many=some,
        whole=st.booleans(),
        accepted=st.sampled_from((True, True, False)),
        disposition=st.sampled_from(("restock", "quarantine", "refurbish", "scrap")),
        waive=st.booleans(),
    )
    def inspect(self, n: int, many: int, whole: bool, accepted: bool, disposition: str, waive: bool) -> None:
        known = self.order.progress.returns
        found = self.one(known, n, lambda each: known[each].inspecting)
        items = () if whole else self.of_return(found, many, inspecting=True)
        elsewhere = {"restock_at": "lax"} if disposition == "restock" and n % 2 else {}
        self.do(
            om.InspectReturn, ORDER_ID, found, items, accepted, "b", disposition, waive_fee=waive, **elsewhere
        )

    @has("returning")
    @rule(n=some, many=some, whole=st.booleans())
    def keep(self, n: int, many: int, whole: bool) -> None:
        found = self.coming(n)
        self.do(om.KeepReturn, ORDER_ID, found, () if whole else self.of_return(found, many))

    @has("delivered")
    @rule(n=some, place=st.sampled_from(PLACES), refund_to=st.sampled_from(("", "store_credit")), apart=some)
    def return_in_store(self, n: int, place: str, refund_to: str, apart: int) -> None:
        items, parts = self.parts(apart, self.units(n, "delivered"))
        self.do(om.ReturnInStore, ORDER_ID, self.name("r"), place, items, refund_to=refund_to, parts=parts)

    @has("returning")
    @rule(n=some)
    def cancel_return(self, n: int) -> None:
        self.do(om.CancelReturn, ORDER_ID, self.coming(n))
