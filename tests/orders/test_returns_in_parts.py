"""A kit comes back in parts: in whichever order and grouping, exactly what was paid is given back (M6, M12).

A set is a cup and two packs of tea. What each of them is worth is fixed when the set is ordered.
"""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.kernel import Catalog, Item, OmcoreError, Ratio, UnknownId
from omcore.kernel.runs import normal
from omcore.orders import events as ev
from omcore.orders.draft import DraftTender, OrderDraft
from omcore.orders.selection import components
from order_drafts import drafts
from order_life import ORDER_ID, Life, a_draft, a_line, usd
from plain_kits import pieces_of
from unit_list import delivered

SETS = Catalog(
    (
        Item("SET", components=(("CUP", 1), ("TEA", 2))),
        Item("CUP", list_value=1000),
        Item("TEA", list_value=2000),
    )
)
CUP = (("CUP", 1),)
TEA = (("TEA", 1),)


def at_home(quantity: int = 2, **policies: Any) -> Life:
    """Some sets at 40.00 and 10% are with the customer: a cup is worth 8.80 of a set, a pack of tea 17.60."""
    life = Life(om.OrderContext(SETS, om.Policies(**policies), ()))
    return life.delivered(a_draft((a_line("set", quantity, 4000),), shipping=0))


def returned(life: Life, name: str, components: Any, units: Any = 1, **more: Any) -> list[Any]:
    return life.do(
        om.ReturnInStore(
            ORDER_ID, name, "soho", (), parts=(("set", units, components),), **more, **life.common()
        )
    )


def refunded(life: Life) -> int:
    life.approve_all()
    return life.order.payments.refunded


def states(life: Life) -> list[str]:
    return [state for first, last, state, _ in life.order.progress.units[0] for _ in range(first, last + 1)]


# -- what happens to the unit and the money --------------------------------------------------------


def test_a_cup_is_given_back_and_its_set_stays_with_the_customer() -> None:
    life = at_home()
    (event, *_) = [event for event in returned(life, "r", CUP) if type(event) is ev.ReturnReceived]
    assert (event.net, event.tax) == (800, 80)
    assert event.parts == (("set", 1, 1, CUP),)
    assert components(life.order, event.items, event.parts) == {"CUP": 1}
    assert refunded(life) == 880
    assert states(life) == ["delivered", "delivered"]
    assert life.order.status == "partially_returned", "C7"
    assert life.order.progress.parts == event.parts
    assert life.order.progress.returns["r"].status == "completed"


def test_once_the_last_part_is_back_the_set_is_returned_as_any_other() -> None:
    life = at_home(1)
    returned(life, "r1", CUP)
    returned(life, "r2", TEA)
    assert states(life) == ["delivered"]
    returned(life, "r3", TEA)
    assert states(life) == ["returned"]
    assert life.order.status == "returned"
    assert refunded(life) == 4400
    assert (life.order.payments.held, life.order.payments.owed) == (0, 0)


def test_the_rest_of_a_set_comes_back_with_it() -> None:
    life = at_home(1)
    returned(life, "r1", CUP)
    life.do(om.AuthorizeReturn(ORDER_ID, "r2", (("set", 1),), **life.common()))
    (event,) = [
        event
        for event in life.do(om.ReceiveReturn(ORDER_ID, "r2", "nyc", **life.common()))
        if type(event) is ev.ReturnReceived
    ]
    assert event.parts == (("set", 1, 1, (("TEA", 2),)),)
    assert components(life.order, event.items, event.parts) == {"TEA": 2}
    assert refunded(life) == 4400
    assert life.order.status == "returned"


def test_parts_that_are_all_of_a_set_are_the_set() -> None:
    life = at_home(1)
    (event, *_) = [
        event for event in returned(life, "r", (("TEA", 2), ("CUP", 1))) if type(event) is ev.ReturnReceived
    ]
    assert event.parts == ()
    assert life.order.progress.parts == ()
    assert life.order.status == "returned"


def test_of_a_number_whole_sets_are_meant_first_and_for_a_part_those_that_were_begun() -> None:
    """M7."""
    life = at_home(3)
    returned(life, "r1", CUP, ((2, 2),))
    returned(life, "r2", TEA)
    before = life.order.progress.parts
    assert before == (("set", 2, 2, (("CUP", 1), ("TEA", 1))),)
    returned(life, "r3", CUP)
    after = life.order.progress.parts
    assert after == (("set", 1, 1, CUP), *before), "the second set has no cup any more"
    life.do(om.ReturnInStore(ORDER_ID, "r4", "soho", (("set", 1),), **life.common()))
    assert states(life) == ["delivered", "delivered", "returned"]


def test_a_return_of_whole_sets_may_come_in_parts() -> None:
    """The cup comes broken; a pack of tea in the next parcel; the other is lost on our label, and found."""
    life = at_home(1)
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("set", 1),), label=("ups", "1Z"), **life.common()))
    cup = (("set", 1, CUP),)
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", condition="damaged", parts=cup, **life.common()))
    assert states(life) == ["returning"]
    assert life.order.progress.returns["r"].parts == (("set", 1, 1, (("TEA", 2),)),)
    assert refunded(life) == 880
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", parts=(("set", 1, TEA),), **life.common()))
    assert refunded(life) == 880 + 1760
    lost = (("lost", (("set", 1),)),)
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", outcomes=lost, **life.common()))
    assert refunded(life) == 4400
    assert states(life) == ["lost"]
    found = life.do(om.ReceiveReturn(ORDER_ID, "r", "lax", **life.common()))
    assert [event.parts for event in found if type(event) is ev.LostReturnFound] == [(("set", 1, 1, TEA),)]
    assert states(life) == ["returned"]
    assert refunded(life) == 4400


def test_what_was_lost_of_a_set_is_found_whatever_became_of_the_rest() -> None:
    life = at_home(1)
    life.do(
        om.AuthorizeReturn(ORDER_ID, "r", (), label=("ups", "1"), parts=(("set", 1, CUP),), **life.common())
    )
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", outcomes=(("lost", (("set", 1),)),), **life.common()))
    assert states(life) == ["delivered"]
    life.do(
        om.AuthorizeReturn(
            ORDER_ID, "other", (), parts=(("set", 1, TEA),), label=("ups", "2"), **life.common()
        )
    )
    life.do(om.ReceiveReturn(ORDER_ID, "other", "nyc", outcomes=(("lost", (("set", 1),)),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "other", "nyc", **life.common()))
    assert states(life) == ["delivered"], "with the other pack of tea"
    returned(life, "rest", TEA)
    assert states(life) == ["returned"]
    assert refunded(life) == 4400
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", outcomes=(("found", (("set", 1),)),), **life.common()))
    assert states(life) == ["returned"]
    assert life.order.progress.returns["r"].lost == ()
    with pytest.raises(OmcoreError):
        life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", outcomes=(("found", (("set", 1),)),), **life.common()))


def test_the_rest_that_does_not_come_stays_with_the_customer() -> None:
    life = at_home(1)
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("set", 1),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", parts=(("set", 1, CUP),), **life.common()))
    life.do(om.CancelReturn(ORDER_ID, "r", **life.common()))
    assert states(life) == ["delivered"]
    assert life.order.progress.returns["r"].parts == ()
    assert refunded(life) == 880
    life.wait(days=31)
    with pytest.raises(om.NotReturnable):
        returned(life, "late", TEA)  # the window is that of its delivery, and goes on


def test_a_part_is_kept_and_paid_back() -> None:
    life = at_home(1)
    parts = (("set", 1, CUP),)
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (), method="keep", parts=parts, **life.common()))
    assert refunded(life) == 880
    assert states(life) == ["delivered"]


@pytest.mark.parametrize("accepted", [True, False])
def test_each_part_waits_for_its_own_inspection(accepted: bool) -> None:
    """The tea is looked at while the cup is still expected."""
    life = at_home(1, inspection=om.inspected_then_refunded)
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("set", 1),), **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", parts=(("set", 1, (("TEA", 2),)),), **life.common()))
    assert states(life) == ["returning"]
    life.do(om.InspectReturn(ORDER_ID, "r", accepted=accepted, **life.common()))
    assert states(life) == ["returning"]
    assert refunded(life) == (3520 if accepted else 0)
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", **life.common()))
    assert states(life) == ["received"]
    life.do(om.InspectReturn(ORDER_ID, "r", **life.common()))
    assert states(life) == ["returned" if accepted else "delivered"]
    assert refunded(life) == (4400 if accepted else 880)


def test_parts_that_wait_in_one_place_are_looked_at_unit_by_unit() -> None:
    """Two cups and a pack of tea of the first set lie together; what is looked at waits no longer."""
    life = at_home(2, inspection=om.inspected_then_refunded)
    life.do(om.AuthorizeReturn(ORDER_ID, "r", (("set", 2),), **life.common()))
    for units, part in ((2, CUP), (((1, 1),), TEA)):
        life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", parts=(("set", units, part),), **life.common()))
    one, two = ("set", 1, 1, (("CUP", 1), ("TEA", 1))), ("set", 2, 2, CUP)
    (goods,) = life.order.progress.returns["r"].inspecting
    assert goods.parts == (one, two)
    life.do(om.InspectReturn(ORDER_ID, "r", (("set", ((1, 1),)),), **life.common()))
    assert refunded(life) == 880 + 1760
    (goods,) = life.order.progress.returns["r"].inspecting
    assert goods.parts == (two,)
    life.do(om.ReceiveReturn(ORDER_ID, "r", "nyc", (("set", ((1, 1),)),), **life.common()))
    life.do(om.InspectReturn(ORDER_ID, "r", **life.common()))
    assert refunded(life) == 4400 + 880
    assert states(life) == ["returned", "returning"]


def test_tax_that_a_marketplace_gave_back_of_a_part_is_not_taken_off_again_with_the_rest() -> None:
    """M13: of 44.00 that the channel gave back for the set 4.00 was its own; 0.80 of it went with the cup."""
    tax = (om.Tax("m", rate=Ratio(1, 10), collected_by="channel"),)
    line = a_line("set", 1, 4000, taxes=tax)

    def snapshot(version: int, **more: Any) -> OrderDraft:
        paid = DraftTender("amz", "channel", usd(4400), captured=True, **more.pop("money", {}))
        given = attrs.evolve(line, **more)
        return a_draft((given,), shipping=0, tenders=(paid,), source_version=version)

    life = Life(om.OrderContext(SETS, om.Policies(), ()))
    life.delivered(snapshot(1))
    returned(life, "r", CUP)
    assert refunded(life) == 800
    news = snapshot(2, returned=1, money={"refunded": usd(4400)})
    life.do(om.ImportOrder(news, order_id=ORDER_ID, **life.common()))
    assert refunded(life) == 4000
    returned(life, "rest", (("TEA", 2),))
    assert refunded(life) == 4000
    assert (life.order.payments.held, life.order.payments.owed) == (0, 0)


def test_goods_that_wait_to_be_looked_at_do_not_move_a_set_that_is_on_its_way_again() -> None:
    life = at_home(1, inspection=om.refunded_then_inspected)
    returned(life, "r1", CUP)
    life.do(om.AuthorizeReturn(ORDER_ID, "r2", (("set", 1),), **life.common()))
    life.do(om.InspectReturn(ORDER_ID, "r1", **life.common()))
    assert states(life) == ["returning"]
    assert life.order.progress.returns["r1"].status == "completed"
    assert refunded(life) == 880


# -- what is kept of it, who may, and what is refused -----------------------------------------------


@pytest.mark.parametrize("steps", [[CUP, TEA, TEA], [TEA, (("CUP", 1), ("TEA", 1))], [(("TEA", 2),), CUP]])
def test_the_fees_of_parts_come_to_the_fee_of_their_set(steps: list[Any]) -> None:
    """M9: 15% of 19.99 is 3.00, though a third of it, rounded by itself, comes to 1.00 or to 0.99."""
    life = Life(om.OrderContext(SETS, om.Policies(restocking_fee=Ratio(15, 100)), ()))
    life.delivered(a_draft((a_line("set", 1, 1999, taxes=()),), shipping=0))
    for i, part in enumerate(steps):
        returned(life, f"r{i}", part)
    assert refunded(life) == 1999 - 300


def test_rules_see_what_of_each_unit_would_come_back_and_a_set_decides_for_its_parts() -> None:
    tea_stays = om.EligibilityRule("food", lambda facts: "food" if "TEA" in dict(facts.parts) else "")
    life = at_home(2, eligibility=(*om.ELIGIBILITY, tea_stays))
    answers = om.check_return(life.order, (), life.context, life.now, parts=(("set", 1, TEA),))
    assert [answer.rule for answer in answers if answer.reason] == ["food"]
    with pytest.raises(om.NotReturnable):
        returned(life, "r", TEA)
    returned(life, "cup", CUP)
    final = Catalog((Item("SET", components=(("CUP", 1), ("TEA", 2)), returnable=False),))
    life = Life(om.OrderContext(final, om.Policies(), ()))
    life.delivered(a_draft((a_line("set", 1, 4000),)))
    with pytest.raises(om.NotReturnable):
        returned(life, "r", CUP)


def test_what_a_set_has_not_or_no_longer_has_is_refused_by_name() -> None:
    life = at_home(2)
    with pytest.raises(UnknownId, match="component"):
        returned(life, "r", (("HAT", 1),))
    with pytest.raises(om.PartsNotAvailable) as refused:
        returned(life, "r", (("TEA", 3),))
    assert refused.value.fields == {"line_id": "set", "requested": 1, "available": 0}
    returned(life, "r", CUP)
    with pytest.raises(om.PartsNotAvailable):
        returned(life, "r2", CUP, ((1, 1),))
    with pytest.raises(om.PartsNotAvailable) as refused:
        returned(life, "r2", CUP, 2)
    assert refused.value.fields["available"] == 1
    with pytest.raises(om.UnitsNotAvailable):
        returned(life, "r2", CUP, 3)
    life.do(om.AuthorizeReturn(ORDER_ID, "r3", (("set", ((1, 1),)),), **life.common()))
    with pytest.raises(om.PartsNotAvailable):  # the cup of this one is not expected
        life.do(om.ReceiveReturn(ORDER_ID, "r3", "nyc", parts=(("set", 1, CUP),), **life.common()))


def test_a_line_that_is_no_kit_has_no_parts() -> None:
    life = Life().delivered(a_draft((a_line("tee", 1),)))
    with pytest.raises(om.NotAKit):
        life.do(om.AuthorizeReturn(ORDER_ID, "r", (), parts=(("tee", 1, (("TEE", 1),)),), **life.common()))


def test_what_a_part_came_of_is_claimed_for_the_rest_and_neither_replaced_nor_exchanged() -> None:
    life = at_home(1)
    returned(life, "r", CUP)
    new = a_line("new", 1, 4000)
    with pytest.raises(om.WholeUnitsOnly):
        life.do(om.AuthorizeExchange(ORDER_ID, "x", "rx", (("set", 1),), (new,), **life.common()))
    life.do(om.OpenClaim(ORDER_ID, "c", "damaged", (("set", 1),), **life.common()))
    with pytest.raises(om.WholeUnitsOnly):
        life.do(om.ResolveClaim(ORDER_ID, "c", "replace", **life.common()))
    with pytest.raises(om.NotReturnable):
        returned(life, "r2", TEA)
    life.do(om.ResolveClaim(ORDER_ID, "c", "refund", **life.common()))
    assert refunded(life) == 4400
    assert life.order.status == "returned"


def test_an_exchange_takes_back_whole_sets() -> None:
    life = at_home(1)
    new = a_line("new", 1, 4000)
    life.do(om.AuthorizeExchange(ORDER_ID, "x", "rx", (("set", 1),), (new,), **life.common()))
    with pytest.raises(om.WholeUnitsOnly):
        life.do(om.ReceiveReturn(ORDER_ID, "rx", "nyc", parts=(("set", 1, CUP),), **life.common()))
    life.do(om.CancelExchange(ORDER_ID, "x", keep_return=True, **life.common()))
    life.do(om.ReceiveReturn(ORDER_ID, "rx", "nyc", parts=(("set", 1, CUP),), **life.common()))
    assert refunded(life) == 880


def test_goods_that_come_back_pay_for_what_is_left_of_those_that_were_sent_for_them() -> None:
    """A set was sent ahead for a tee, and its cup came back: the tee pays for the rest, and no hat."""
    life = Life(om.OrderContext(SETS, om.Policies(), ()))
    life.place(a_draft((a_line("tee", 1, 4000), a_line("hat", 1, 4000)), shipping=0))
    life.approve_all()
    life.allocate(("tee", "nyc", 1))
    life.ship(1)
    life.deliver_all()
    life.approve_all()
    sent = a_line("set", 1, 4000)
    life.do(om.AuthorizeExchange(ORDER_ID, "x", "rx", (("tee", 1),), (sent,), True, **life.common()))
    work = life.allocate(("set", "nyc", 1))[0].fulfillment_id
    life.do(om.ShipUnits(ORDER_ID, work, **life.common()))
    life.deliver_all()
    returned(life, "r", CUP)
    work = life.allocate(("hat", "nyc", 1))[0].fulfillment_id
    life.do(om.ShipUnits(ORDER_ID, work, **life.common()))
    life.approve_all()
    assert life.order.payments.captured - life.order.payments.refunded == 4400 + 4400
    life.do(om.ReceiveReturn(ORDER_ID, "rx", "nyc", **life.common()))
    life.approve_all()
    assert life.order.payments.held == life.order.payments.owed == 4400 + 4400 - 880


def test_an_exchange_that_waits_for_money_does_not_start_once_a_part_of_its_goods_came_back() -> None:
    """An embedder who takes the rule out that keeps goods for it."""
    life = at_home(1, eligibility=())
    new = a_line("new", 1, 9_000_000)
    life.do(om.AuthorizeExchange(ORDER_ID, "x", "rx", (("set", 1),), (new,), **life.common()))
    assert life.order.amendments.exchanges["x"].status == "waiting"
    returned(life, "r", CUP)
    assert life.order.amendments.exchanges == {}
    life.do(om.ReturnInStore(ORDER_ID, "r2", "soho", (("set", 1),), **life.common()))
    assert refunded(life) == 4400


def test_a_hundred_thousand_sets_give_back_their_cups_as_one() -> None:
    life = Life(om.OrderContext(SETS, om.Policies(), ()))
    life.delivered(a_draft((a_line("set", 100_000, 7),), shipping=0, tenders=()))
    returned(life, "r", CUP, 100_000)
    assert life.order.progress.parts == (("set", 1, 100_000, CUP),)
    returned(life, "r2", TEA, 50_000)
    assert len(life.order.progress.parts) == 2


# -- any order, any grouping -------------------------------------------------------------------------


@st.composite
def kits(draw: st.DrawFn) -> Catalog:
    """Every item a kit of its own kind, with list values or without."""
    items = []
    for i in range(3):
        made = draw(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 900)), min_size=1, max_size=3))
        items.append(Item(f"SKU-{i}", components=tuple((f"P{i}{j}", n) for j, (n, _) in enumerate(made))))
        items += [Item(f"P{i}{j}", list_value=value) for j, (_, value) in enumerate(made)]
    return Catalog(tuple(items))


def half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


@given(
    draft=drafts(3, 3, True),
    catalog=kits(),
    data=st.data(),
    percent=st.sampled_from((0, 15, 100)),
    inspection=st.sampled_from((om.never_inspected, om.refunded_then_inspected, om.inspected_then_refunded)),
)
def test_any_permutation_and_grouping_of_parts_refunds_what_was_paid_less_fees(
    draft: OrderDraft, catalog: Catalog, data: st.DataObject, percent: int, inspection: Any
) -> None:
    """Up to nine units of up to twelve pieces, every exponent, discounts, taxes, several tenders."""
    policies = om.Policies(
        restocking_fee=Ratio.percent(str(percent)) if percent else None, inspection=inspection
    )
    life = Life(om.OrderContext(catalog, policies, om.DEFAULT_RULES))
    model = delivered(life, draft)
    lines = {line.id: line for line in life.order.terms.lines}
    here = {
        (line.id, n): pieces_of(line, worth)
        for line in lines.values()
        for first, last, *worth in line.entitlements
        for n in range(first, last + 1)
    }
    nets = dict.fromkeys(here, 0)
    pieces = [(unit, sku) for unit, of in here.items() for sku, tags in of.items() for _ in tags]
    everything = Counter(sku for _, sku in pieces)
    came: Counter[str] = Counter()
    paid, before = life.order.payments.held, life.order.payments.refunded
    fees = 0
    pieces = data.draw(st.permutations(pieces), "in which order")
    number = 0
    while pieces:
        size = data.draw(st.integers(1, len(pieces)), "how many pieces together")
        group, pieces = pieces[:size], pieces[size:]
        for line_id, many in by_kind(group):
            ordinals, taken = many
            rest = all(len(here[line_id, n][sku]) == taken[sku] for n in ordinals for sku in here[line_id, n])
            number += 1
            owed = life.order.payments.owed
            events = send_back(life, f"r{number}", line_id, ordinals, taken, rest, data)
            for event in events:
                if getattr(event, "restocked", False) and type(event) is not ev.ReturnArrived:
                    came.update(components(life.order, event.items, event.parts))
            if inspection is om.refunded_then_inspected:
                came.subtract({sku: n * len(ordinals) for sku, n in taken.items()})  # told of twice
            # By hand: the price tags of the pieces, less what the fee of their unit grows by.
            worth = fee = 0
            for n in ordinals:
                net = 0
                for sku, count in taken.items():
                    for tag in here[line_id, n][sku][:count]:
                        worth += tag[0] + tag[1] - tag[2]
                        net += tag[0]
                    del here[line_id, n][sku][:count]
                old = nets[line_id, n]
                nets[line_id, n] = old + net
                fee += half_up(Fraction(percent * (old + net), 100)) - half_up(Fraction(percent * old, 100))
            assert owed - life.order.payments.owed == worth - fee
            fees += fee
            life.approve_all()
    payments = life.order.payments
    assert life.order.status == "returned"
    assert came == everything, "each piece comes back once"
    assert payments.owed == model.charges + fees
    assert payments.refunded - before == max(min(paid - payments.owed, paid), 0)
    whole = sum(half_up(Fraction(unit.net * percent, 100)) for unit in model.units)
    assert fees == whole, "in whatever parts: the fee of the unit (M9)"


def by_kind(group: list[Any]) -> list[tuple[str, tuple[list[int], Counter[str]]]]:
    """Units of a line of which the same comes back are named together."""
    of_unit: dict[Any, Counter[str]] = {}
    for unit, sku in group:
        of_unit.setdefault(unit, Counter())[sku] += 1
    kinds: dict[Any, list[int]] = {}
    for (line_id, n), taken in of_unit.items():
        kinds.setdefault((line_id, tuple(sorted(taken.items()))), []).append(n)
    return [(line_id, (ordinals, Counter(dict(taken)))) for (line_id, taken), ordinals in kinds.items()]


def send_back(
    life: Life, name: str, line_id: str, ordinals: list[int], taken: Counter[str], rest: bool, data: Any
) -> list[Any]:
    """Announced or not; named as parts or, where they are all that is left, as units; or more is expected."""
    runs = normal((n, n) for n in ordinals)
    parts: Any = ((line_id, runs, tuple(taken.items())),)
    if life.order.terms.line(line_id).components == ((life.order.terms.line(line_id).sku, 1),):
        parts, rest = (), True
    how = data.draw(st.sampled_from(("store", "announced", "more")), "how")
    items: Any = ((line_id, runs),)
    if rest and data.draw(st.booleans(), "named as units"):
        parts = ()
    elif how != "more":
        items = ()
    if how == "store":
        events = life.do(om.ReturnInStore(ORDER_ID, name, "soho", items, parts=parts, **life.common()))
    else:
        announced = () if how == "more" else parts
        life.do(om.AuthorizeReturn(ORDER_ID, name, items, parts=announced, **life.common()))
        arrived = parts if how == "more" else ()
        events = life.do(om.ReceiveReturn(ORDER_ID, name, "nyc", parts=arrived, **life.common()))
    if life.order.progress.returns[name].items:
        life.do(om.CancelReturn(ORDER_ID, name, **life.common()))
    if life.order.progress.returns[name].inspecting:
        events += life.do(om.InspectReturn(ORDER_ID, name, **life.common()))
    return events
