"""Cases of the carrier contract, and the desk that they ask for labels at.

Each method proves one clause; what carriers have in common with other ports is tried in ``ports/_keyed``.
Must not know any carrier.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
import pytest

from omcore.kernel import Contact, IdempotencyConflict, Money, Place
from omcore.ports import APPROVED, DECLINED, UNKNOWN, CarrierReply, Consignment
from omcore.testing._citing import cites, proves, same, unchecked
from omcore.testing.ports import _keyed as keyed
from omcore.testing.ports._desk import Desk

ADA = Contact("Ada Example", street=("1 Long Street",), city="New York", postal_code="10001", country="US")
BOB = Contact("Bob Example", street=("2 Short Street",), city="Albany", postal_code="12207", country="US")


class CarrierDesk(Desk):
    """A carrier under test: a thing is a consignment."""

    errors = "CR7"
    queries = "CR4"
    lasting = "CR12"
    lost = "CR13"
    private = "CR11"
    methods = ("book", "void", "outcome")
    looks_by = "labels"
    secrets = ("Ada", "Long Street")

    def set_up(self) -> None:
        """Another weight, size, destination, person, work or service."""
        flags = self.given.flags
        first = Consignment(
            "o-1", "o-1-F1", "nyc", flags.services[0], 1_250, 300, 200, 100, Place("US", "NY", "10001"), ADA
        )
        self.list = [
            first,
            attrs.evolve(first, weight_g=1_251),
            attrs.evolve(first, height_mm=110),
            attrs.evolve(first, destination=Place("US", "NY", "12207")),
            attrs.evolve(first, to=BOB),
            attrs.evolve(first, store="soho"),
            attrs.evolve(first, order_id="o-2", fulfillment_id="o-2-F1"),
            *[attrs.evolve(first, service=service) for service in flags.services[1:]],
        ]
        self.things = len(self.list)

    def ask(self, key: str, number: int = 0, port: Any = None) -> CarrierReply:
        """See ``Desk``."""
        return self.checked(self.call("book", key, self.list[number], port=port))

    def void(self, key: str, booked: str, port: Any = None) -> CarrierReply:
        """Let go of a label."""
        return self.checked(self.call("void", key, booked, port=port))

    def known(self, key: str, port: Any = None) -> CarrierReply | None:
        """See ``Desk``."""
        found = self.call("outcome", key, port=port)
        return None if found is None else self.checked(found)

    def done(self, known: Any) -> bool | None:
        """See ``Desk``."""
        if known is None or known.outcome == UNKNOWN:
            return None
        return bool(known.outcome == APPROVED)

    def effect(self, number: int, known: Any) -> Any:
        """A label, by its tracking number."""
        return known.tracking

    def each_call(self, port: Any) -> list[Callable[[], Any]]:
        """See ``Desk``."""
        key = self.key("away")
        return [
            lambda: self.call("book", key, self.list[0], port=port),
            lambda: self.call("void", self.key("let go"), key, port=port),
            lambda: self.call("outcome", key, port=port),
        ]

    def checked(self, reply: Any) -> CarrierReply:
        """A reply that the engine can keep."""
        with cites("CR10"):
            assert type(reply) is CarrierReply, "a reply is a CarrierReply"
            assert type(reply.outcome) is str, "an outcome is text"
            assert reply.outcome in (APPROVED, DECLINED, UNKNOWN), "an outcome is one of three"
            texts = ("reference", "reason", "carrier", "tracking", "service", "label")
            assert all(type(getattr(reply, name)) is str for name in texts), "the rest is text"
            assert reply.cost is None or type(reply.cost) is Money, "a cost is exact Money"
        with cites("CR11"):
            assert not any(secret in repr(reply) for secret in self.secrets), "personal data is shown"
        return reply


class CarrierCases:
    """CR1 to CR13."""

    @proves("CR1")
    def test_cr1_the_same_key_again_gets_the_same_reply(self, bench: CarrierDesk) -> None:
        """Tracking number and cost as well: whatever was asked in between."""
        keyed.gives_the_same(bench)

    @proves("CR1", needs="labels")
    def test_cr1_the_same_key_again_books_nothing(self, bench: CarrierDesk) -> None:
        """By the labels that the carrier has."""
        keyed.is_done_once(bench)

    @proves("CR2")
    def test_cr2_another_consignment_is_refused(self, bench: CarrierDesk) -> None:
        """A label with the wrong weight, or for another person, is worse than none."""
        keyed.keeps_to_the_first(bench)

    @proves("CR2")
    def test_cr2_the_key_of_a_booking_voids_nothing(self, bench: CarrierDesk) -> None:
        """Nor does the key of a void book anything, or let go of another label."""
        bench.look_away()
        first, second = (bench.ask(bench.key(name)) for name in ("one", "two"))
        with pytest.raises(IdempotencyConflict):
            bench.void(bench.key("two"), bench.key("one"))
        gone = bench.void(bench.key("let go"), bench.key("one"))
        with pytest.raises(IdempotencyConflict):
            bench.void(bench.key("let go"), bench.key("two"))
        with pytest.raises(IdempotencyConflict):
            bench.ask(bench.key("let go"))
        bench.expect(*([] if gone.outcome == APPROVED else [(0, first)]), (0, second))

    @proves("CR3")
    def test_cr3_keys_that_look_alike_are_different_keys(self, bench: CarrierDesk) -> None:
        """Each has a label of its own."""
        keyed.tells_keys_apart(bench)

    @proves("CR4")
    def test_cr4_a_key_that_nobody_asked_with_was_never_heard_of(self, bench: CarrierDesk) -> None:
        """None, and no error: so the engine knows that it has to ask."""
        keyed.never_heard_of_what_nobody_asked(bench)

    @proves("CR4")
    def test_cr4_the_query_tells_what_the_call_replied(self, bench: CarrierDesk) -> None:
        """Of a booking, and of a label that was let go of."""
        keyed.tells_what_it_said(bench)
        said = bench.void(bench.key("let go"), bench.key("thing 0"))
        same(bench.known(bench.key("let go")), said, "what the query tells")

    @proves("CR5")
    def test_cr5_a_query_books_nothing_and_makes_no_key_known(self, bench: CarrierDesk) -> None:
        """Before the call, and after it."""
        keyed.is_only_looked_at(bench)

    @proves("CR6", needs="lose")
    def test_cr6_a_label_that_was_booked_without_a_reply_is_learned(self, bench: CarrierDesk) -> None:
        """It was carried out, and nobody heard."""
        keyed.is_learned(bench, done=True)

    @proves("CR6", needs="lose")
    def test_cr6_a_booking_that_was_lost_on_its_way_is_asked_again(self, bench: CarrierDesk) -> None:
        """It was not carried out, and nobody heard."""
        keyed.is_learned(bench, done=False)

    @proves("CR7", needs="unreachable")
    def test_cr7_a_carrier_that_cannot_be_reached_is_unavailable(self, bench: CarrierDesk) -> None:
        """In every call, the query too."""
        keyed.is_unavailable(bench)

    @proves("CR8", needs="declined_service")
    def test_cr8_what_a_carrier_cannot_do_it_declines(self, bench: CarrierDesk) -> None:
        """And no label is there, now or later."""
        service = bench.given.flags.declined_service
        if not service:
            pytest.skip(unchecked(("CR8",), "no service is named that is declined: `declined_service`"))
        bench.look_away()
        key, wanted = bench.key("declined"), attrs.evolve(bench.list[0], service=service)
        reply = bench.checked(bench.call("book", key, wanted))
        assert reply.outcome == DECLINED, "the service of `declined_service` was to be declined"
        same(bench.checked(bench.call("book", key, wanted)), reply, "the reply to the same key again")
        same(bench.known(key), reply, "what the query tells")
        bench.expect()

    @proves("CR9")
    def test_cr9_a_label_is_let_go_of_once(self, bench: CarrierDesk) -> None:
        """The same key again is the same reply; the booking's outcome stays, and no other label goes."""
        bench.look_away()
        first, second = (bench.ask(bench.key(name)) for name in ("one", "two"))
        gone = bench.void(bench.key("let go"), bench.key("one"))
        assert gone.outcome == APPROVED, "a label that was just booked can be let go of"
        same(bench.void(bench.key("let go"), bench.key("one")), gone, "the reply to the same key again")
        same(bench.known(bench.key("let go")), gone, "what the query tells")
        same(bench.known(bench.key("one")), first, "what became of the booking")
        same(bench.ask(bench.key("one")), first, "the reply to the booking again")
        bench.expect((0, second))

    @proves("CR9")
    def test_cr9_a_label_that_never_was_is_declined(self, bench: CarrierDesk) -> None:
        """A reply like any other, under its key."""
        bench.look_away()
        first = bench.ask(bench.key("one"))
        reply = bench.void(bench.key("let go"), bench.key("none"))
        assert reply.outcome == DECLINED, "there was no such label"
        same(bench.void(bench.key("let go"), bench.key("none")), reply, "the reply to the same key again")
        bench.expect((0, first))

    @proves("CR10")
    def test_cr10_each_label_has_a_tracking_number_of_its_own(self, bench: CarrierDesk) -> None:
        """And the rest of a reply is such that it can be kept: it is looked at in every call."""
        replies = [bench.ask(bench.key(f"label {number}"), number) for number in range(bench.things)]
        numbers = [reply.tracking for reply in replies if reply.outcome == APPROVED]
        assert all(numbers), "a label has a tracking number"
        assert len(set(numbers)) == len(numbers), "a tracking number is one label's"

    @proves("CR11")
    def test_cr11_no_personal_data_shows_in_the_repr(self, bench: CarrierDesk) -> None:
        """Nor in a reply, which is looked at in every call, or an error, where it cannot be reached."""
        bench.ask(bench.key("quiet"))
        assert not any(secret in repr(bench.port) for secret in bench.secrets), "personal data is shown"

    @proves("CR12")
    def test_cr12_a_key_is_known_after_many_others(self, bench: CarrierDesk) -> None:
        """The engine may ask for it when everybody has forgotten the day."""
        keyed.is_known_after_many_others(bench)

    @proves("CR12", needs="reopen")
    def test_cr12_a_key_is_known_to_every_handle(self, bench: CarrierDesk) -> None:
        """The process that asks again is another one."""
        keyed.is_known_to_every_handle(bench)

    @proves("CR13")
    def test_cr13_there_is_one_label_a_key_after_any_calls(self, bench: CarrierDesk) -> None:
        """Random histories of calls, repeats, mix-ups, queries and lost replies."""
        keyed.holds_after_any_calls(bench)


__all__ = ["CarrierCases", "CarrierDesk"]
