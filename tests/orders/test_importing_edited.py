"""A channel's snapshot of an order that was edited here: the channel knows it as it was placed.

What it counts is counted over the units that it knows; what came to the order here makes no task, is
neither cancelled nor shipped by its word, and changes nothing of the money that it states (M13).
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.channels import channel_update
from omcore.kernel import Place
from omcore.orders import events as ev
from omcore.orders.draft import Charge, DraftTender, ExternalRef, Tax
from omcore.ports import FeedEntry
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

CARD = DraftTender("card", "gateway", usd(1_000_000), authorized=True)
EDITS: dict[str, tuple[Any, ...]] = {
    "more": (om.ChangeQuantity("tee", 5),),
    "less": (om.ChangeQuantity("tee", 2),),
    "new": (om.AddLine(a_line("cap", 2, 500)),),
    "swap": (om.Substitute("mug", a_line("cup", 1, 900)),),
    "removed": (om.RemoveLine("mug"),),
    "address": (om.ChangeAddress(Place("US", "CA", "90001")),),
    "pickup": (om.ChangePickup("soho"),),
    "charge": (om.ChangeService("express", Charge("shipping", usd(300))),),
}


def edited(*operations: Any, **more: Any) -> Life:
    more.setdefault("tenders", (CARD,))
    life = Life()
    life.place(a_draft(**more))
    if operations:
        life.do(om.ProposeEdit(ORDER_ID, "e", operations, **life.common()))
        life.do(om.ConfirmEdit(ORDER_ID, "e", **life.common()))
    return life


def told(life: Life, version: int = 1, **more: Any) -> list[Any]:
    more.setdefault("tenders", (CARD,))
    draft = a_draft(more.pop("lines", None), source_version=version, **more)
    return life.do(om.ImportOrder(draft, order_id=ORDER_ID, **life.common()))


def late(events: list[Any]) -> list[tuple[str, str]]:
    return [(event.what, event.detail) for event in events if type(event) is ev.LateFactNoted]


def lines(**tee: Any) -> tuple[Any, ...]:
    return (a_line(**tee), a_line("mug", 1, 1000))


def states(life: Life, line: str) -> list[str]:
    units = life.order.progress.units[life.order.terms.index[line]]
    return [state for first, last, state, _ in units for _ in range(first, last + 1)]


@pytest.mark.parametrize("name", EDITS)
def test_the_order_as_it_was_placed_is_no_news(name: str) -> None:
    life = edited(*EDITS[name])
    before = life.order
    assert [type(event) for event in told(life)] == [ev.SnapshotSeen]
    assert (life.order.progress, life.order.payments) == (before.progress, before.payments)


@pytest.mark.parametrize("name", EDITS)
def test_what_the_channel_changed_is_a_task_still(name: str) -> None:
    life = edited(*EDITS[name])
    notes = late(told(life, lines=(a_line("tee", 4), a_line("own", 1, 100)), destination=Place("DE")))
    assert notes == [
        ("line_changed", "tee"),
        ("line_added", "own"),
        ("line_removed", "mug"),
        ("destination_changed", ""),
    ]


def test_a_line_that_grew_twice_is_known_as_it_was_placed() -> None:
    life = edited(*EDITS["more"])
    life.do(om.ProposeEdit(ORDER_ID, "e2", (om.ChangeQuantity("tee", 6),), **life.common()))
    life.do(om.ConfirmEdit(ORDER_ID, "e2", **life.common()))
    assert [type(event) for event in told(life)] == [ev.SnapshotSeen]


def test_an_address_that_the_channel_has_heard_of_is_no_task() -> None:
    life = edited(*EDITS["address"])
    assert late(told(life, destination=Place("US", "CA", "90001"))) == []


def test_a_line_of_the_channels_with_the_id_of_one_that_was_added_here_is_a_task() -> None:
    life = edited(*EDITS["new"])
    cap = a_line("cap", 2, 500, cancelled=2, fulfilled=0)
    assert late(told(life, lines=(*lines(), cap))) == [("line_added", "cap")]
    assert states(life, "cap") == ["open", "open"], "and its counts are not about ours"


def test_the_channel_cancels_units_that_it_knows_and_none_that_an_edit_added() -> None:
    """M7 takes the highest: without the line between the two those of the edit."""
    life = edited(*EDITS["more"])
    told(life, lines=lines(cancelled=1))
    assert states(life, "tee") == ["open", "open", "cancelled", "open", "open"]
    assert late(told(life, 2, lines=lines(cancelled=3))) == []
    assert states(life, "tee") == ["cancelled"] * 3 + ["open"] * 2


def test_units_that_an_edit_cancelled_are_cancelled_for_the_channel_when_it_says_so() -> None:
    life = edited(*EDITS["less"])
    before = life.order.progress
    told(life, lines=lines(cancelled=1))
    assert life.order.progress == before


def test_the_channel_ships_units_that_it_knows() -> None:
    life = edited(*EDITS["more"])
    told(life, lines=lines(fulfilled=3))
    assert states(life, "tee") == ["shipped"] * 3 + ["open"] * 2
    life.allocate(("tee", "nyc", 2))
    life.ship(2)
    assert told(life, 1, lines=lines(fulfilled=3)) == [], "what shipped besides is not counted as its own"


def test_an_order_that_the_channel_cancels_goes_with_all_that_was_added_to_it() -> None:
    life = edited(*EDITS["new"])
    life.do(om.ProposeEdit(ORDER_ID, "e2", EDITS["more"], **life.common()))
    events = told(life, cancelled=True)
    assert life.order.status == "cancelled"
    assert [event.edit_id for event in events if type(event) is ev.EditLapsed] == ["e2"]


def test_m13_the_channels_tender_is_what_it_was_whatever_was_added_here() -> None:
    """82.00 of which the marketplace keeps 2.00 tax; an edit that adds 5.50 must not make it 82.00 for us."""
    tax = (Tax("t", amount=usd(200), collected_by="channel"),)
    theirs = (DraftTender("amazon", "channel", usd(8200), captured=True),)
    goods = [a_line("tee", 3, 2500, taxes=tax)]
    life = edited(tenders=theirs, lines=goods)
    life.do(om.RecordPayment(ORDER_ID, "bank", usd(550), **life.common()))
    life.approve_all()
    life.do(om.ProposeEdit(ORDER_ID, "e", (om.AddLine(a_line("cap", 1, 500)),), **life.common()))
    life.do(om.RecordPayment(ORDER_ID, "bank", usd(550), **life.common()))
    life.do(om.ConfirmEdit(ORDER_ID, "e", **life.common()))
    assert life.order.payments.tenders["amazon"].captured == 8000
    assert [type(event) for event in told(life, lines=goods, tenders=theirs)] == [ev.SnapshotSeen]


@given(
    st.lists(st.sampled_from(sorted(set(EDITS) - {"removed"})), unique=True, max_size=3),
    st.integers(0, 3),
    st.integers(0, 3),
    st.permutations(range(3)),
)
def test_what_a_channel_counts_never_touches_what_an_edit_added(
    names: list[str], cancelled: int, fulfilled: int, order: list[int]
) -> None:
    """C8: snapshots in any order, one of them twice, end the same."""
    counts = [(0, 0), (min(cancelled, 3 - fulfilled), 0), (min(cancelled, 3 - fulfilled), fulfilled)]
    ends = []
    for arrival in (range(3), order):
        life = edited()
        for name in names:
            life.do(om.ProposeEdit(ORDER_ID, name, EDITS[name], **life.common()))
            life.do(om.ConfirmEdit(ORDER_ID, name, **life.common()))
        new = [line for line in ("cap", "cup") if line in life.order.terms.index]
        added = [states(life, line) for line in new] + [states(life, "tee")[3:]]
        for i in (*arrival, arrival[0]):
            told(life, 0, lines=lines(cancelled=counts[i][0], fulfilled=counts[i][1]))
        assert [states(life, line) for line in new] + [states(life, "tee")[3:]] == added
        ends.append([states(life, "tee"), life.order.payments.owed])
    assert ends[0] == ends[1]


@pytest.mark.parametrize("channel", ["shopify", "amazon"])
def test_the_channel_is_told_of_the_units_that_it_knows(channel: str) -> None:
    life = edited(
        om.ChangeQuantity("tee", 5),
        om.AddLine(a_line("cap", 1, 1)),
        ref=ExternalRef(channel, "shop", "order", "1"),
    )
    life.approve_all()
    life.allocate(("tee", "nyc", 5), ("cap", "nyc", 1))
    life.ship(1, (("tee", 4), ("cap", 1)))
    life.ship(1)
    bodies = []
    for event in life.events:
        if type(event) is ev.UnitsShipped:
            entry = FeedEntry(1, f"order/{ORDER_ID}", 1, 0, event, "k", T0)
            update = channel_update(entry, life.order)
            bodies.append(None if update is None else repr(dict(update.body)))
    assert bodies[0] is not None
    assert "'quantity': 3" in bodies[0]
    assert "cap" not in bodies[0]
    assert bodies[1] is None, "a parcel of nothing that it knows is nothing to it"
