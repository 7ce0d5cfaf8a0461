"""What somebody sees who runs the kit: three lines, reasons for what is not checked, clauses for what fails.

And that no case can be left out without saying so.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from house import ROOT
from kit_run import ran
from omcore.memory import MemoryStore
from omcore.testing import AsyncStoreContract, StoreContract
from omcore.testing._store_clauses import CLAUSES, PAGE, difference
from omcore.testing.stores.contract import CASES as BY_CONTRACT

CASES = BY_CONTRACT[StoreContract]
THREE_LINES = """
import pytest
from omcore.memory import AsyncMemoryStore, MemoryStore
from omcore.testing import AsyncStoreContract, StoreContract

class TestMyStore(StoreContract):
    @pytest.fixture
    def store(self): return MemoryStore()
"""
A_CASE = "test_st12_personal_data_is_set_replaced_and_erased"


# -- running it ------------------------------------------------------------------------------


def test_three_lines_run_every_case_and_say_what_was_not_checked_and_why(tmp_path: Path) -> None:
    said = ran(tmp_path, THREE_LINES, "-rs")
    given = ("reopen", "unreachable", "connect", "fresh")
    waiting = [case for case in CASES.values() if getattr(case, "needs", "") in given]
    assert f"{len(CASES) - len(waiting)} passed, {len(waiting)} skipped" in said, said
    assert "the fixture `reopen` is not overridden: ST23: What was committed is there" in said
    assert "the fixture `unreachable` is not overridden: ST22: " in said
    assert "the fixture `connect` is not overridden: ST32: " in said
    assert "the fixture `fresh` is not overridden: ST33: " in said


def test_the_classes_of_the_page_on_writing_a_store_are_test_classes(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "howto" / "write-a-store.md").read_text(encoding="utf-8")
    section = page.partition("## Prove it\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```python\n(.*?)^```", section, flags=re.MULTILINE | re.DOTALL)
    examples = f"import sys\nsys.path.insert(0, {str(ROOT / 'docs' / 'examples')!r})\n"
    source = "\n".join([examples, "from adapters.sqlite_store import SqliteStore", *blocks])
    said = ran(tmp_path, source, "-k", "st5_ or st22 or st23", "-W", "error")
    sync, awaited = (
        [getattr(case, "needs", "") for name, case in cases.items() if re.search("_st(5|22|23)_", name)]
        for cases in (CASES, BY_CONTRACT[AsyncStoreContract])
    )
    bare = len([needs for needs in sync + awaited if needs])  # the second class gives what they need
    assert f"{2 * len(sync) + len(awaited) - bare} passed, {bare} skipped" in said, said


def test_what_fails_names_its_clause_and_the_page(tmp_path: Path) -> None:
    broken = """
class Mine(MemoryStore):
    def private(self, key): return None
"""
    said = ran(tmp_path, THREE_LINES.replace("MemoryStore()", "Mine()") + broken, "-k", A_CASE)
    assert "1 failed" in said
    assert f"ST12: {CLAUSES['ST12']} ({PAGE})" in said
    assert "it is of type NoneType, not Contact" in said


def test_a_waived_clause_is_run_and_shown_with_its_reason(tmp_path: Path) -> None:
    waiving = """    waived = {"ST12": "another service keeps people"}

class Mine(MemoryStore):
    def private(self, key): return None
"""
    said = ran(tmp_path, THREE_LINES.replace("MemoryStore()", "Mine()") + waiving, "-rx", "-k", "st12")
    assert "xfailed" in said
    assert "ST12 is waived: another service keeps people" in said
    assert "failed" not in said.replace("xfailed", "")


def test_a_store_of_one_thread_says_so(tmp_path: Path) -> None:
    said = ran(tmp_path, THREE_LINES + "    threads = False\n", "-rs", "-k", "st3_ or st18 or st25")
    assert "it says `threads = False`: ST3: " in said
    assert "passed" not in said
    assert "failed" not in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("return MemoryStore()", "return AsyncMemoryStore()"), "derive from AsyncStoreContract"),
        (
            ("return MemoryStore()", "return ONE"),
            "the fixture `store` must give a fresh, empty store to every test",
        ),
        (("def store", "def stone"), "TestMyStore needs a fixture `store` that gives a fresh, empty store"),
    ],
)
def test_a_mistake_in_the_three_lines_is_told(tmp_path: Path, change: tuple[str, str], told: str) -> None:
    source = THREE_LINES.replace(*change).replace("class Test", "ONE = MemoryStore()\n\nclass Test")
    said = ran(tmp_path, source, "-k", f"{A_CASE} or test_st1_")
    assert told in said
    assert ("passed" in said) == ("ONE" in change[1]), "the first test of a shared store has an empty one"


# -- leaving nothing out ---------------------------------------------------------------------


def derived(**changes: Any) -> type:
    return type("TestMine", (StoreContract,), changes)


@pytest.mark.parametrize("name", [A_CASE, "bench", "test_no_check_is_missing", "_waivers"])
@pytest.mark.parametrize("replacement", [None, lambda self: None])
def test_a_class_that_replaces_a_check_is_refused(name: str, replacement: Any) -> None:
    with pytest.raises(TypeError, match=f"TestMine.{name} replaces a check"):
        derived(**{name: replacement})


def test_a_mixin_that_replaces_a_check_is_refused() -> None:
    class Mixin:
        def test_st12_personal_data_is_set_replaced_and_erased(self) -> None: ...

    with pytest.raises(TypeError, match="replaces a check"):
        type("TestMine", (Mixin, StoreContract), {})
    with pytest.raises(TypeError, match="replaces a check"):
        type("TestMine", (derived(),), {A_CASE: None})


@pytest.mark.parametrize("name", ["bench", "_waivers"])
def test_a_fixture_that_takes_the_name_of_one_of_the_kit_is_refused(name: str) -> None:
    with pytest.raises(TypeError, match=f"TestMine.mine is a fixture that replaces `{name}`"):
        derived(mine=pytest.fixture(name=name)(lambda self: None))
    mine = derived()
    setattr(mine, name, pytest.fixture(lambda self: None))
    with pytest.raises(AssertionError, match=name):
        mine().test_no_check_is_missing()


def test_a_check_that_is_replaced_later_is_missed() -> None:
    mine = derived()
    mine().test_no_check_is_missing()
    setattr(mine, A_CASE, lambda self: None)
    with pytest.raises(AssertionError, match=A_CASE):
        mine().test_no_check_is_missing()


@pytest.mark.parametrize(
    "waived",
    [{"ST99": "why"}, {"st12": "why"}, {"ST12": ""}, {"ST12": " "}, {"ST12": None}, ["ST12"], "ST12", None],
)
def test_a_waiver_names_a_clause_and_a_reason(waived: Any) -> None:
    with pytest.raises(TypeError, match="waived"):
        derived(waived=waived)


def test_a_waiver_that_is_made_later_is_looked_at_too(tmp_path: Path) -> None:
    source = THREE_LINES + "\n\nTestMyStore.waived = {'ST11': ''}\n"
    assert "TestMyStore.waived: ST11 needs a reason" in ran(tmp_path, source, "-k", A_CASE)


def test_a_store_keeps_its_states_or_folds_them() -> None:
    with pytest.raises(TypeError, match=r"TestMine.states: 'kept' or 'folded'"):
        derived(states="forgotten")


def test_what_may_be_overridden_is_allowed() -> None:
    derived(
        store=pytest.fixture(lambda self: MemoryStore()),
        reopen=pytest.fixture(lambda self: MemoryStore),
        unreachable=pytest.fixture(lambda self: MemoryStore),
        connect=pytest.fixture(lambda self: MemoryStore),
        fresh=pytest.fixture(lambda self: lambda count: [MemoryStore()] * count),
        profile="ci",
        shop=None,
        threads=False,
        examples=5,
        states="folded",
        waived={"ST12": "another service keeps people"},
        test_of_my_own=lambda self: None,
    )


# -- the page and the comparison -------------------------------------------------------------


def test_the_page_has_every_clause_in_order_word_by_word() -> None:
    page = (ROOT / PAGE).read_text(encoding="utf-8")
    said = re.findall(r"^\*\*(ST\d+)\.\*\* (.+?)\n\n", page, flags=re.MULTILINE | re.DOTALL)
    assert [(number, " ".join(text.split())) for number, text in said] == list(CLAUSES.items())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ((1,), [1]),
        ((1,), (1, 1)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": True}),
        (None, 0),
        ("\u00e1", "a\u0301"),
    ],
)
def test_what_compares_equal_may_still_differ(one: object, other: object) -> None:
    assert difference(one, other)
    assert difference(other, one)
    assert not difference(one, one)


def test_a_set_has_no_order() -> None:
    """0 and 8 fall on one place in a small table: whichever came first is listed first."""
    one, other = frozenset([0, 8]), frozenset([8, 0])
    assert repr(one) != repr(other)
    assert not difference(one, other)
    assert difference(one, frozenset([0, 8, 16]))
    assert difference(frozenset([0, True]), frozenset([0, 1]))
    assert difference(frozenset([1]), {1})


def test_every_case_says_what_it_needs_and_what_is_true() -> None:
    needs: Callable[[object], str] = lambda case: getattr(case, "needs", "")  # noqa: E731 - said once
    expected = {"", "reopen", "unreachable", "connect", "threads", "fresh"}
    assert {needs(case) for case in CASES.values()} == expected
    for name, case in CASES.items():
        clause = getattr(case, "clause", None)
        assert clause is None or name.startswith(f"test_{clause.lower()}_"), name
