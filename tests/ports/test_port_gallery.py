"""The kits are proved: ports with one planted defect each, and the clause that the kit names for it.

Every clause has at least one broken port (tests/support/broken_ports.py), and every case rejects one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from broken_ports import BROKEN, Board, Ledger, Post, Van
from losing_ports import (
    LosingCarrier,
    LosingChannel,
    LosingGateway,
    LosingNotifier,
    arrived,
    heard,
    moved_money,
    tracking_numbers,
)
from omcore.kernel import Money, Unavailable
from omcore.memory import AsyncMemoryCarrier, AsyncMemoryChannel, AsyncMemoryGateway, AsyncMemoryNotifier
from omcore.ports import UNKNOWN, GatewayReply
from omcore.testing import CarrierContract, ChannelContract, GatewayContract, NotifierContract
from omcore.testing._citing import cited
from omcore.testing._contract import CASES
from omcore.testing.ports._carrier_cases import CarrierDesk
from omcore.testing.ports._clauses import CLAUSES
from omcore.testing.ports._desk import Desk, Given
from omcore.testing.ports._gateway_cases import GatewayDesk
from omcore.testing.ports._message_cases import ChannelDesk, NotifierDesk
from omcore.testing.stores._faces import Loop


class Wide(GatewayContract):
    declines = LosingGateway.DECLINED


class Narrow(Wide):
    extends = issues = False


class Wary(CarrierContract):
    declined_service = LosingCarrier.DECLINED


class Several(ChannelContract):
    other_channel = "amazon"


KITS: dict[str, tuple[type, type[Desk], type, Callable[[Any], Any], Any]] = {
    "GT": (Wide, GatewayDesk, AsyncMemoryGateway, moved_money, LosingGateway),
    "NT": (NotifierContract, NotifierDesk, AsyncMemoryNotifier, arrived, LosingNotifier),
    "CH": (Several, ChannelDesk, AsyncMemoryChannel, heard, LosingChannel),
    "CR": (Wary, CarrierDesk, AsyncMemoryCarrier, tracking_numbers, LosingCarrier),
}
CONTRACTS = {"GT": GatewayContract, "NT": NotifierContract, "CH": ChannelContract, "CR": CarrierContract}


def given_by(port: Any, look: Callable[[Any], Any], contract: Any, awaited: Any, examples: int) -> Given:
    numbers = iter(range(1_000_000))
    more = (lambda: port.for_sale) if isinstance(port, LosingChannel) else lambda: f"tender-{next(numbers)}"
    reopen = getattr(port, "reopen", lambda: port)
    return Given(
        look=lambda: look(port),
        more=more,
        lose=port.lose,
        reopen=lambda: awaited(reopen()),
        unreachable=lambda: awaited(type(port).away()),
        examples=examples,
        shrinks=False,
        flags=contract,
    )


def breaches(
    family: str,
    make: Callable[[], Any],
    run: Any = None,
    *,
    until: str = "",
    only: str = "",
    examples: int = 3,
    contract: Any = None,
) -> dict[str, str]:
    """What the kit says about a port: each clause that is broken, and a case that says so."""
    found: dict[str, str] = {}
    default, desk, twin, look, _ = KITS[family]
    contract = default if contract is None else contract
    awaited: Any = (lambda port: port) if run is None else twin
    cases = {n: c for n, c in CASES[CONTRACTS[family]].items() if hasattr(c, "clause") and only in n}
    for name, case in sorted(cases.items(), key=lambda each: getattr(each[1], "clause", "") != until):
        port = make()
        try:
            bench = desk(awaited(port), given_by(port, look, contract, awaited, examples), run)
            case(contract(), bench)
        except pytest.skip.Exception:
            continue
        except Exception as error:  # noqa: BLE001 - whatever a broken port brings about
            found.setdefault(cited(error) or "none", name)
        if until in found:
            break
    return found


@pytest.mark.parametrize("name", list(BROKEN))
def test_the_kit_rejects_a_broken_port_and_names_the_clause(name: str) -> None:
    clause, make = BROKEN[name]
    found = breaches(clause[:2], make, until=clause, examples=60)
    assert clause in found, found


BY_MODEL = """
    PaysTwiceOnARepeat RepliesAnew TakesAnotherAmountUnderAKnownKey AnswersAnythingUnderAKnownKey
    TellsNoReference IsSureOfWhatItNeverHeardOf PaysWhenItIsAsked
    PaysTwiceAfterALostReply ApprovesWhatNeverArrived PaysTwiceOnEachFifthRepeat
    SendsTwice SendsWhatWasChanged NeverKnows AlwaysKnows SendsWhenItIsAsked NotesBeforeItSends
    TellsTwice TellsWhatWasChanged TellsWhenItIsAsked TellsAgainAfterALostReply LeavesOutLines
    BooksTwiceOnARepeat PutsAnythingOnALabel LooksAtTheParcelOnly BooksWhenItIsAsked BooksTwiceAfterALostReply
    HasOneNumberForAll BooksEachFifthTime
""".split()  # noqa: SIM905 - one line a name is a page


@pytest.mark.parametrize("name", BY_MODEL)
def test_random_calls_alone_find_what_is_broken(name: str) -> None:
    clause, make = BROKEN[name]
    assert breaches(clause[:2], make, only="_after_any_calls", examples=1_000) != {}


def test_every_clause_has_a_case_and_a_port_that_breaks_it() -> None:
    proved = {
        getattr(case, "clause", "")
        for contract in CONTRACTS.values()
        for case in CASES[contract].values()
        if hasattr(case, "clause")
    }
    assert proved == set(CLAUSES)
    assert {clause for clause, _ in BROKEN.values()} == set(CLAUSES)


@pytest.mark.parametrize(
    ("family", "case"),
    [
        (family, name)
        for family, contract in CONTRACTS.items()
        for name, case in CASES[contract].items()
        if hasattr(case, "clause")
    ],
)
def test_every_case_rejects_some_port(family: str, case: str) -> None:
    """One that never fails would prove nothing. Those that break its own clause come first."""
    own = getattr(CASES[CONTRACTS[family]][case], "clause", "")
    ports = sorted(
        [hung for hung in BROKEN.values() if hung[0].startswith(family)], key=lambda hung: hung[0] != own
    )
    narrow = Narrow if "cannot_do_it" in case and family == "GT" else None
    assert any(breaches(family, make, only=case, examples=60, contract=narrow) for _, make in ports)


@pytest.mark.parametrize(
    ("family", "good"),
    [
        ("GT", LosingGateway),
        ("GT", Ledger),
        ("NT", LosingNotifier),
        ("NT", Post),
        ("CH", LosingChannel),
        ("CH", Board),
        ("CR", LosingCarrier),
        ("CR", Van),
    ],
)
def test_the_kit_accepts_a_good_port(family: str, good: Any) -> None:
    """The gallery's plain base classes too, so that what is rejected above is the planted defect."""
    assert breaches(family, good, examples=20) == {}


@pytest.mark.parametrize(
    "name",
    ["PaysTwiceOnARepeat", "TellsWhatItsClientSays", "SendsTwice", "TellsWhenItIsAsked", "LetsGoOfNothing"],
)
def test_the_kit_finds_the_same_in_an_async_port(name: str) -> None:
    clause, make = BROKEN[name]
    with Loop() as loop:
        assert clause in breaches(clause[:2], make, loop.run, until=clause)


class Slow(LosingGateway):
    """Where a reply is lost it says so itself, and knows more when it is asked."""

    def _call(self, kind: str, key: str, tender_id: str, amount: Money) -> GatewayReply:
        try:
            return super()._call(kind, key, tender_id, amount)
        except Unavailable:
            if self.down:
                raise
            return GatewayReply(UNKNOWN)


def test_a_holder_that_says_that_an_outcome_is_unknown_is_accepted() -> None:
    assert breaches("GT", Slow, examples=20) == {}
