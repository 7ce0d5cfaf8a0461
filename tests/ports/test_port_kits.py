"""What somebody sees who runs a port's kit: three lines, reasons for what is skipped, clauses that fail."""

from __future__ import annotations

import re
from typing import Any

import pytest

from house import ROOT
from kit_run import ran
from omcore import testing
from omcore.testing._contract import CASES, Contract
from omcore.testing.ports._clauses import CARRIER, CHANNEL, CLAUSES, GATEWAY, NOTIFIER, PAGE

KITS = {"gateway": GATEWAY, "notifier": NOTIFIER, "channel": CHANNEL, "carrier": CARRIER}
THREE_LINES = """
import pytest
from omcore.memory import AsyncMemory{0}, Memory{0}
from omcore.testing import Async{0}Contract, {0}Contract

class TestMine({0}Contract):
    @pytest.fixture
    def {1}(self): return Memory{0}()

class TestMineAwaited(Async{0}Contract):
    @pytest.fixture
    def {1}(self): return AsyncMemory{0}()
"""


def contract(what: str, awaited: bool = False) -> Any:
    return getattr(testing, ("Async" if awaited else "") + what.capitalize() + "Contract")


def three_lines(what: str) -> str:
    return THREE_LINES.format(what.capitalize(), what)


@pytest.mark.parametrize("what", KITS)
def test_three_lines_run_every_case_and_say_what_was_not_checked_and_why(what: str, tmp_path: Any) -> None:
    said = ran(tmp_path, three_lines(what), "-rs")
    cases = CASES[contract(what)].values()
    waiting = [case for case in cases if getattr(case, "needs", "")]
    assert f"{2 * (len(cases) - len(waiting))} passed, {2 * len(waiting)} skipped" in said, said
    assert len(cases) - len(waiting) > 7
    assert "the fixture `reopen` is not overridden: " in said
    assert "the fixture `lose` is not overridden: " in said


def test_what_fails_names_its_clause_and_the_page(tmp_path: Any) -> None:
    broken = """
class Mine(MemoryNotifier):
    def was_sent(self, key): return True
"""
    source = three_lines("notifier").replace("return MemoryNotifier()", "return Mine()") + broken
    said = ran(tmp_path, source, "-k", "TestMine and nt3 and not Awaited")
    assert "1 failed" in said
    assert f"NT3: {NOTIFIER['NT3']} ({PAGE})" in said


def test_a_waived_clause_is_run_and_shown_with_its_reason(tmp_path: Any) -> None:
    waiving = """    waived = {"NT3": "the mail server cannot be asked"}

class Mine(MemoryNotifier):
    def was_sent(self, key): return True
"""
    source = three_lines("notifier").replace("return MemoryNotifier()", "return Mine()")
    source = source.replace("class TestMineAwaited", waiving + "\nclass TestMineAwaited")
    said = ran(tmp_path, source, "-rx", "-k", "TestMine and nt3 and not Awaited")
    assert "NT3 is waived: the mail server cannot be asked" in said
    assert "failed" not in said.replace("xfailed", "")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("return MemoryGateway()", "return AsyncMemoryGateway()"), "derive from AsyncGatewayContract"),
        (("def gateway", "def gatepost"), "TestMine needs a fixture `gateway` that gives the gateway"),
    ],
)
def test_a_mistake_in_the_three_lines_is_told(tmp_path: Any, change: tuple[str, str], told: str) -> None:
    said = ran(tmp_path, three_lines("gateway").replace(*change, 1), "-k", "gt1_the and not Awaited")
    assert told in said
    assert "passed" not in said


@pytest.mark.parametrize("what", KITS)
@pytest.mark.parametrize("awaited", [False, True])
def test_a_class_that_replaces_a_check_is_refused(what: str, awaited: bool) -> None:
    kit = contract(what, awaited)
    for name in [*CASES[kit], "bench", "_waivers"]:
        with pytest.raises(TypeError, match=f"replaces a check of the {what} contract"):
            type("TestMine", (kit,), {name: None})
    mine = type("TestMine", (kit,), {"test_of_my_own": lambda self: None, "examples": 5})
    mine().test_no_check_is_missing()
    taken = next(name for name, case in CASES[kit].items() if hasattr(case, "clause"))
    setattr(mine, taken, lambda self: None)
    with pytest.raises(AssertionError, match=taken):
        mine().test_no_check_is_missing()


@pytest.mark.parametrize("waived", [{"ST1": "why"}, {"GT99": "why"}, {"GT1": " "}, {"NT1": "why"}])
def test_a_waiver_names_a_clause_of_its_contract_and_a_reason(waived: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match="waived"):
        type("TestMine", (testing.GatewayContract,), {"waived": waived})


def test_the_page_has_every_clause_in_order_word_by_word() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    said = re.findall(r"^\*\*([A-Z]{2}\d+)\.\*\* (.+?)(?:\n\n|\Z)", page, flags=re.MULTILINE | re.DOTALL)
    in_order = {**GATEWAY, **NOTIFIER, **CHANNEL, **CARRIER}
    assert [(number, " ".join(text.split())) for number, text in said] == list(in_order.items())
    assert in_order == CLAUSES


def test_every_case_says_what_it_needs_and_which_clause_it_proves() -> None:
    for kit, cases in CASES.items():
        assert issubclass(kit, Contract)
        for name, case in cases.items():
            clause = getattr(case, "clause", None)
            assert clause is None or name.startswith(f"test_{clause.lower()}_"), name
