"""What the strategies draw is valid by construction, and reaches the corners that it promises."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import Phase, given, settings

from omcore import orders as om
from omcore.kernel import CURRENCIES
from omcore.orders.draft import OrderDraft
from omcore.testing import strategies as omst


@given(omst.drafts())
def test_every_draft_can_be_placed(draft: OrderDraft) -> None:
    command = om.PlaceOrder(draft, key="k", at=draft.placed_at)
    decision = om.decide(None, command, om.default_context())
    assert decision.order.terms.currency == draft.currency


@given(omst.drafts(snapshot=True))
def test_every_snapshot_can_be_imported(draft: OrderDraft) -> None:
    command = om.ImportOrder(draft, key="k", at=draft.placed_at)
    om.decide(None, command, om.default_context())


CORNERS: dict[str, Callable[[OrderDraft], bool]] = {
    "no decimals": lambda d: CURRENCIES[d.currency] == 0 and len(d.lines) > 1,
    "four decimals": lambda d: CURRENCIES[d.currency] == 4,
    "tax inclusive": lambda d: d.tax_included and any(line.taxes for line in d.lines),
    "stated tax": lambda d: any(tax.amount is not None for line in d.lines for tax in line.taxes),
    "marketplace tax": lambda d: any(t.collected_by == "channel" for line in d.lines for t in line.taxes),
    "discounted, taxed shipping": lambda d: any(charge.discounts and charge.taxes for charge in d.charges),
    "order discount": lambda d: any(entry.amount is not None and entry.amount.minor for entry in d.discounts),
    "several tenders": lambda d: len(d.tenders) > 1 and d.stated_total is not None,
    "mixed order": lambda d: {line.fulfilled_by for line in d.lines} >= {"merchant", "taken"},
}


def test_drafts_reach_every_corner() -> None:
    missing = set(CORNERS)

    @settings(max_examples=300, phases=[Phase.generate], database=None, derandomize=True)
    @given(omst.drafts())
    def look(draft: OrderDraft) -> None:
        missing.difference_update([name for name in missing if CORNERS[name](draft)])

    look()
    assert missing == set()
