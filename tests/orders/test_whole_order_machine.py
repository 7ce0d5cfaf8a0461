"""Every facet of an order at once, in any order, against a clerk who lists every unit (M6-M13, C3-C7).

After every step: every unit of every line is where the clerk has written it down, money adds up per
unit, per tender and in total, the status is what units and holds say, folding the events gives the
state, JSON gives it back, and the statement sums to the ledger.
"""

from __future__ import annotations

import inspect
import re

from hypothesis import settings

import order_machine
import order_rules_goods
import order_rules_money
from omcore.orders.aggregate import ORDER_COMMANDS
from order_rules_goods import GoodsRules, ReturnRules
from order_rules_money import AmendmentRules, MoneyRules


class WholeOrder(GoodsRules, ReturnRules, AmendmentRules, MoneyRules):
    """All of it."""


TestWholeOrder = WholeOrder.TestCase
TestWholeOrder.settings = settings(stateful_step_count=50)


def test_every_command_is_tried_by_a_rule() -> None:
    said = "".join(
        inspect.getsource(module) for module in (order_machine, order_rules_goods, order_rules_money)
    )
    missing = [kind.__name__ for kind in ORDER_COMMANDS if not re.search(rf"om.{kind.__name__}\b", said)]
    assert missing == []
    # The setup of the machine lists them; its name is the testing library's own.
    rules = [
        name for name in dir(WholeOrder) if hasattr(getattr(WholeOrder, name), "hypothesis_stateful_rule")
    ]
    assert len(rules) >= 30
