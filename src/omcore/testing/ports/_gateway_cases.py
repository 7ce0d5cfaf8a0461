"""Cases of the gateway contract, and the desk that they ask for money at.

Each method proves one clause; what gateways have in common with other ports is tried in ``ports/_keyed``.
Must not know any gateway.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest

from omcore.kernel import Money, checked_payment_reference
from omcore.ports import APPROVED, DECLINED, UNKNOWN, GatewayReply
from omcore.testing._citing import cites, proves, same, unchecked
from omcore.testing.ports import _keyed as keyed
from omcore.testing.ports._desk import Desk

KINDS = ("authorize", "capture", "refund", "void", "extend", "issue")
_HELD = 100_000
_TAKEN = 50_000
_AMOUNTS = (100, 115, 435, 999, 1_005, 1_999, 12_345)


class GatewayDesk(Desk):
    """A gateway under test: a thing is a kind of request, a tender and an amount."""

    errors = "GT7"
    queries = "GT4"
    lasting = "GT10"
    lost = "GT12"
    methods = (*KINDS, "outcome")
    looks_by = "moved"

    def set_up(self) -> None:
        """A tender that is authorized and partly captured, so that every kind of request can be met."""
        flags = self.given.flags
        self.currency: str = flags.currencies[0]
        self.tender: str = self.new_tender()
        other = self.new_tender()
        self.request("authorize", self.key("set up 1"), self.tender, self.money(_HELD))
        self.request("capture", self.key("set up 2"), self.tender, self.money(_TAKEN))
        self.list: list[tuple[str, str, Money]] = [
            ("authorize", self.tender, self.money(2_000)),
            ("authorize", self.tender, self.money(2_001)),
            ("authorize", other, self.money(2_000)),
            ("capture", self.tender, self.money(2_000)),
            ("refund", self.tender, self.money(110)),
            ("void", self.tender, self.money(120)),
        ]
        if len(flags.currencies) > 1:
            self.list.insert(3, ("authorize", self.tender, Money(2_000, flags.currencies[1])))
        if flags.extends:
            self.list.append(("extend", self.tender, self.money(130)))
        if flags.issues:
            self.list.append(("issue", "store-credit", self.money(140)))
        self.list.append(("capture", self.tender, self.money(150)))
        self.things = len(self.list)

    def money(self, minor: int) -> Money:
        """An amount in the currency that is tried first."""
        return Money(minor, self.currency)

    def new_tender(self) -> str:
        """A tender that nothing was asked of."""
        tender: str = self._awaited(self.given.more())
        return tender

    def request(self, kind: str, key: str, tender: str, amount: Money, port: Any = None) -> GatewayReply:
        """One request; whatever is replied must be such that it can be kept (GT11)."""
        return checked_reply(self.call(kind, key, tender, amount, port=port))

    def ask(self, key: str, number: int = 0, port: Any = None) -> GatewayReply:
        """See ``Desk``."""
        kind, tender, amount = self.list[number]
        return self.request(kind, key, tender, amount, port)

    def known(self, key: str, port: Any = None) -> GatewayReply | None:
        """See ``Desk``."""
        found = self.call("outcome", key, port=port)
        return None if found is None else checked_reply(found)

    def done(self, known: Any) -> bool | None:
        """See ``Desk``."""
        if known is None or known.outcome == UNKNOWN:
            return None
        return bool(known.outcome == APPROVED)

    def effect(self, number: int, known: Any) -> Any:
        """An extension moves nothing."""
        kind, _, amount = self.list[number]
        return None if kind == "extend" else (kind, amount)

    def each_call(self, port: Any) -> list[Callable[[], Any]]:
        """What is declined without asking anybody needs nobody to be there."""
        flags, amount = self.given.flags, self.money(2_000)
        unable = {kind for kind, able in (("extend", flags.extends), ("issue", flags.issues)) if not able}

        def asking(kind: str) -> Callable[[], Any]:
            return lambda: self.call(kind, self.key(f"away {kind}"), self.tender, amount, port=port)

        calls = [asking(kind) for kind in KINDS if kind not in unable]
        return [*calls, lambda: self.call("outcome", self.key("away authorize"), port=port)]


def checked_reply(reply: Any) -> GatewayReply:
    """A reply that the engine can keep."""
    with cites("GT11"):
        assert type(reply) is GatewayReply, "a reply is a GatewayReply"
        assert type(reply.outcome) is str, "an outcome is text"
        assert reply.outcome in (APPROVED, DECLINED, UNKNOWN), "an outcome is one of three"
        assert type(reply.reason) is str, "a reason is text"
        assert type(reply.reference) is str, "a reference is text"
        if reply.reference:
            checked_payment_reference(reply.reference, "reference")
        if reply.expires_at is not None:
            assert type(reply.expires_at) is datetime, "an expiry is an instant"
            assert reply.expires_at.utcoffset() is not None, "an expiry has a time zone"
    return reply


def amounts(currencies: tuple[str, ...]) -> Iterator[Money]:
    """Amounts whose minor units a float, or two decimals for every currency, would lose."""
    for currency in currencies:
        yield from (Money(minor, currency) for minor in _AMOUNTS)


class GatewayCases:
    """GT1 to GT12."""

    @proves("GT1")
    def test_gt1_the_same_key_again_gets_the_same_reply(self, bench: GatewayDesk) -> None:
        """Outcome, reference, expiry: whatever was asked in between."""
        keyed.gives_the_same(bench)

    @proves("GT1", needs="moved")
    def test_gt1_the_same_key_again_moves_nothing(self, bench: GatewayDesk) -> None:
        """By the holder's own books."""
        keyed.is_done_once(bench)

    @proves("GT1")
    def test_gt1_every_kind_of_request_is_keyed(self, bench: GatewayDesk) -> None:
        """Not only what takes money: a refund that is given twice is lost as well."""
        bench.look_away()
        done = []
        for number in range(bench.things):
            key = bench.key(f"kind {number}")
            first = bench.ask(key, number)
            same(bench.ask(key, number), first, f"the reply to {bench.list[number][0]} again")
            done.append((number, first))
        bench.expect(*done)

    @proves("GT2")
    def test_gt2_another_kind_tender_or_amount_is_refused(self, bench: GatewayDesk) -> None:
        """And so is another currency; what was asked first stays as it is."""
        keyed.keeps_to_the_first(bench)

    @proves("GT3")
    def test_gt3_keys_that_look_alike_are_different_keys(self, bench: GatewayDesk) -> None:
        """Request 1 of an order is not its request 11."""
        keyed.tells_keys_apart(bench)

    @proves("GT4")
    def test_gt4_a_key_that_nobody_asked_with_was_never_heard_of(self, bench: GatewayDesk) -> None:
        """None, and no error: so the engine knows that it has to ask."""
        keyed.never_heard_of_what_nobody_asked(bench)

    @proves("GT4")
    def test_gt4_the_query_tells_what_the_call_replied(self, bench: GatewayDesk) -> None:
        """Of every kind of request."""
        keyed.tells_what_it_said(bench)

    @proves("GT5")
    def test_gt5_a_query_moves_nothing_and_makes_no_key_known(self, bench: GatewayDesk) -> None:
        """Before the call, and after it."""
        keyed.is_only_looked_at(bench)

    @proves("GT6", needs="lose")
    def test_gt6_money_that_moved_without_a_reply_is_learned(self, bench: GatewayDesk) -> None:
        """It was carried out, and nobody heard."""
        keyed.is_learned(bench, done=True)

    @proves("GT6", needs="lose")
    def test_gt6_a_request_that_was_lost_on_its_way_is_asked_again(self, bench: GatewayDesk) -> None:
        """It was not carried out, and nobody heard."""
        keyed.is_learned(bench, done=False)

    @proves("GT7", needs="unreachable")
    def test_gt7_a_holder_that_cannot_be_reached_is_unavailable(self, bench: GatewayDesk) -> None:
        """In every call, the query too."""
        keyed.is_unavailable(bench)

    @proves("GT8", needs="moved")
    def test_gt8_every_minor_unit_moves_in_any_currency(self, bench: GatewayDesk) -> None:
        """USD has two decimals, JPY none, KWD three."""
        bench.seen()
        for number, amount in enumerate(amounts(bench.given.flags.currencies)):
            bench.look_away()
            tender = bench.new_tender()
            held = bench.request("authorize", bench.key(f"hold {number}"), tender, amount)
            expected = {("authorize", amount): 1} if bench.done(held) else {}
            assert bench.seen() == expected, f"{amount} was to be held"
            if not bench.done(held):
                continue
            taken = bench.request("capture", bench.key(f"take {number}"), tender, amount)
            expected |= {("capture", amount): 1} if bench.done(taken) else {}
            assert bench.seen() == expected, f"{amount} was to be taken"

    @proves("GT9", needs="declines")
    def test_gt9_what_is_declined_moves_nothing(self, bench: GatewayDesk) -> None:
        """And stays declined under its key."""
        tender = bench.given.flags.declines
        if not tender:
            pytest.skip(unchecked(("GT9",), "no tender is named that is declined: `declines`"))
        bench.look_away()
        key, amount = bench.key("declined"), bench.money(2_000)
        reply = bench.request("authorize", key, tender, amount)
        assert reply.outcome == DECLINED, "the tender of `declines` was to be declined"
        for _ in range(3):
            same(bench.request("authorize", key, tender, amount), reply, "the reply to the same key again")
            same(bench.known(key), reply, "what the query tells")
        bench.expect()

    @proves("GT9")
    def test_gt9_what_a_holder_cannot_do_it_declines(self, bench: GatewayDesk) -> None:
        """An extension, or store credit, where it gives none: a reply like any other."""
        flags, amount = bench.given.flags, bench.money(130)
        bench.look_away()
        for kind, able in (("extend", flags.extends), ("issue", flags.issues)):
            if not able:
                for _ in range(2):
                    reply = bench.request(kind, bench.key(f"cannot {kind}"), bench.tender, amount)
                    assert reply.outcome == DECLINED, f"{kind} was to be declined"
        bench.expect()

    @proves("GT10")
    def test_gt10_a_key_is_known_after_many_others(self, bench: GatewayDesk) -> None:
        """The engine may ask for it when everybody has forgotten the day."""
        keyed.is_known_after_many_others(bench)

    @proves("GT10", needs="reopen")
    def test_gt10_a_key_is_known_to_every_handle(self, bench: GatewayDesk) -> None:
        """The process that asks again is another one."""
        keyed.is_known_to_every_handle(bench)

    @proves("GT11")
    def test_gt11_a_reply_can_be_kept(self, bench: GatewayDesk) -> None:
        """It is looked at in every call, here of every kind; what is approved can be found at the holder."""
        for number in range(bench.things):
            reply = bench.ask(bench.key(f"kept {number}"), number)
            assert reply.outcome != APPROVED or reply.reference, "what is approved has a reference"

    @proves("GT12")
    def test_gt12_what_moved_is_what_was_approved_after_any_calls(self, bench: GatewayDesk) -> None:
        """Random histories of calls, repeats, mix-ups, queries and lost replies."""
        keyed.holds_after_any_calls(bench)


__all__ = ["GatewayCases", "GatewayDesk"]
