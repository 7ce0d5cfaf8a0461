"""Cases of the contracts of notifier and channel: who is told something, once.

Each method proves one clause; what these ports have in common with others is tried in ``ports/_keyed``.
Must not know any notifier, nor any channel.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import attrs
import pytest

from omcore.kernel import Contact
from omcore.ports import ChannelUpdate, Message, StockPublication
from omcore.testing._citing import cites, proves, unchecked
from omcore.testing.ports import _keyed as keyed
from omcore.testing.ports._desk import Desk

ADA = Contact("Ada Example", email="ada@example.com")
BOB = Contact("Bob Example", email="bob@example.org")
_TEXTS = (
    "F\u00fcnf Hemden f\u00fcr \u00c5sa \u2014 5 \u00d7 20,00 \u20ac",
    "\u65e5\u672c\u8a9e\u306e\u304a\u77e5\u3089\u305b",
    'line 1\nline 2\n\n.\n"quoted" <b>&amp;</b>',
    "x" * 5_000,
)


class NotifierDesk(Desk):
    """A notifier under test: a thing is a message, but for its key."""

    errors = "NT6"
    queries = "NT3"
    lasting = "NT10"
    lost = "NT11"
    private = "NT9"
    methods = ("send", "was_sent")
    refuses = False
    looks_by = "sent"
    secrets = ("Ada", "ada@example.com", "Your order")

    def set_up(self) -> None:
        """Another text, another subject, another person, another order."""
        first = Message("", "o-1", "shipped", "Your order o-1", "It has left.", ADA)
        self.list = [
            first,
            attrs.evolve(first, text="It has left, and the text was changed meanwhile."),
            attrs.evolve(first, to=BOB),
            attrs.evolve(first, subject="Your order, again"),
        ]
        self.things = len(self.list)

    def ask(self, key: str, number: int = 0, port: Any = None) -> bool:
        """Known as sent, once the call has returned."""
        self.call("send", attrs.evolve(self.list[number], key=key), port=port)
        return True

    def known(self, key: str, port: Any = None) -> bool | None:
        """See ``Desk``."""
        return _yes_or_none(self.call("was_sent", key, port=port), "NT3")

    def done(self, known: Any) -> bool | None:
        """A query tells that it was sent, or nothing at all."""
        return None if known is None else bool(known)

    def effect(self, number: int, known: Any) -> Any:
        """See ``Desk``."""
        return _sent(self.list[number])

    def each_call(self, port: Any) -> list[Callable[[], Any]]:
        """See ``Desk``."""
        message = attrs.evolve(self.list[0], key=self.key("away"))
        return [
            lambda: self.call("send", message, port=port),
            lambda: self.call("was_sent", message.key, port=port),
        ]


def _sent(message: Message) -> tuple[str, str, str]:
    return ("" if message.to is None else message.to.email, message.subject, message.text)


def _yes_or_none(found: Any, clause: str) -> bool | None:
    with cites(clause):
        assert type(found) is bool, "a query tells True or False"
    return True if found else None


class NotifierCases:
    """NT1 to NT11."""

    @proves("NT1", needs="sent")
    def test_nt1_the_same_key_again_sends_nothing(self, bench: NotifierDesk) -> None:
        """As the people see it."""
        keyed.is_done_once(bench)

    @proves("NT1", needs="sent")
    def test_nt1_another_text_or_person_under_a_known_key_is_not_sent(self, bench: NotifierDesk) -> None:
        """A template was changed between two attempts, or an address: the message went out before."""
        bench.seen()
        keyed.keeps_to_the_first(bench)

    @proves("NT2")
    def test_nt2_keys_that_look_alike_are_different_keys(self, bench: NotifierDesk) -> None:
        """Each message of them goes out."""
        keyed.tells_keys_apart(bench)

    @proves("NT3")
    def test_nt3_the_query_tells_what_was_sent_and_what_was_not(self, bench: NotifierDesk) -> None:
        """Before a message goes out, and after it."""
        keyed.never_heard_of_what_nobody_asked(bench)
        keyed.tells_what_it_said(bench)

    @proves("NT4")
    def test_nt4_a_query_sends_nothing_and_makes_no_key_known(self, bench: NotifierDesk) -> None:
        """Who only asks is not told."""
        keyed.is_only_looked_at(bench)

    @proves("NT5", needs="lose")
    def test_nt5_a_message_that_went_out_without_a_reply_is_learned(self, bench: NotifierDesk) -> None:
        """It was sent, and nobody heard."""
        keyed.is_learned(bench, done=True)

    @proves("NT5", needs="lose")
    def test_nt5_a_message_that_was_lost_on_its_way_is_sent_again(self, bench: NotifierDesk) -> None:
        """It was not sent, and nobody heard."""
        keyed.is_learned(bench, done=False)

    @proves("NT6", needs="unreachable")
    def test_nt6_what_cannot_be_reached_is_unavailable(self, bench: NotifierDesk) -> None:
        """In every call, the query too."""
        keyed.is_unavailable(bench)

    @proves("NT7", needs="sent")
    def test_nt7_a_message_arrives_as_it_was_given(self, bench: NotifierDesk) -> None:
        """In any script, of any length, at its person and at nobody else."""
        bench.seen()
        for number, text in enumerate(_TEXTS):
            bench.look_away()
            # By turns a short one, and one that is longer than a line of mail.
            subject = f"{number}: {(text * 120)[: 9 if number % 2 else 120]}".replace("\n", " ").rstrip()
            message = Message(bench.key(f"text {number}"), "o-1", "shipped", subject, text, ADA)
            bench.call("send", message)
            assert bench.seen() == {_sent(message): 1}, "the message did not arrive as it was given"

    @proves("NT8")
    def test_nt8_a_message_for_nobody_is_no_error(self, bench: NotifierDesk) -> None:
        """An order without a contact, or a person who gave no address."""
        bench.look_away()
        for number, person in enumerate((None, Contact(name="Ada Example"))):
            message = attrs.evolve(bench.list[0], key=bench.key(f"nobody {number}"), to=person)
            bench.call("send", message)
            bench.call("send", message)
        if bench.watched():
            assert not bench.seen(), "a message for nobody was sent"

    @proves("NT9")
    def test_nt9_no_personal_data_shows_in_the_repr(self, bench: NotifierDesk) -> None:
        """Of a notifier that has sent something; its errors are looked at where it cannot be reached."""
        bench.ask(bench.key("quiet"))
        assert not any(secret in repr(bench.port) for secret in bench.secrets), "personal data is shown"

    @proves("NT10")
    def test_nt10_a_key_is_known_after_many_others(self, bench: NotifierDesk) -> None:
        """Whoever reads the feed again from its beginning sends nothing."""
        keyed.is_known_after_many_others(bench)

    @proves("NT10", needs="reopen")
    def test_nt10_a_key_is_known_to_every_handle(self, bench: NotifierDesk) -> None:
        """The process that asks again is another one."""
        keyed.is_known_to_every_handle(bench)

    @proves("NT11")
    def test_nt11_what_was_sent_is_each_key_once_after_any_calls(self, bench: NotifierDesk) -> None:
        """Random histories of calls, repeats, mix-ups, queries and lost replies."""
        keyed.holds_after_any_calls(bench)


class ChannelDesk(Desk):
    """A channel's port under test: a thing is an update, but for its key."""

    errors = "CH6"
    queries = "CH3"
    lasting = "CH11"
    lost = "CH12"
    private = "CH10"
    methods = ("update", "was_told", "publish")
    refuses = False
    looks_by = "told"
    secrets = ("1Z-SECRET",)

    def set_up(self) -> None:
        """Another body, another order, another kind."""
        flags = self.given.flags
        body = {
            "tracking_info": {"company": "UPS", "number": "1Z-SECRET"},
            "lines": [["l-1", 2]],
        }
        first = ChannelUpdate("", flags.channel_name, flags.account, "o-1", "1001", "fulfillment", body)
        self.list = [
            first,
            attrs.evolve(first, body={**body, "lines": [["l-1", 1]]}),
            attrs.evolve(first, order_id="o-2", external_id="1002"),
            attrs.evolve(
                first,
                kind="cancel",
                body={"lines": [["l-1", 2]], "reason": "Gr\u00f6\u00dfe \u2014 \u65e5\u672c"},
            ),
        ]
        self.things = len(self.list)

    def ask(self, key: str, number: int = 0, port: Any = None) -> bool:
        """Known as told, once the call has returned."""
        self.call("update", attrs.evolve(self.list[number], key=key), port=port)
        return True

    def known(self, key: str, port: Any = None) -> bool | None:
        """See ``Desk``."""
        return _yes_or_none(self.call("was_told", key, port=port), "CH3")

    def done(self, known: Any) -> bool | None:
        """A query tells that it was told, or nothing at all."""
        return None if known is None else bool(known)

    def effect(self, number: int, known: Any) -> Any:
        """See ``Desk``."""
        update = self.list[number]
        return _told(update.external_id, update.kind, update.body)

    def _look(self) -> Any:
        return [_told(*told) for told in super()._look()]

    def each_call(self, port: Any) -> list[Callable[[], Any]]:
        """See ``Desk``."""
        update = attrs.evolve(self.list[0], key=self.key("away"))
        word = self.word(0, 5, 1)
        return [
            lambda: self.call("update", update, port=port),
            lambda: self.call("was_told", update.key, port=port),
            lambda: self.call("publish", word, port=port),
        ]

    def word(self, sku: int, quantity: int, position: int, name: str = "") -> StockPublication:
        """A publication of the first, second ... SKU that is tried."""
        flags = self.given.flags
        channel, what = name or flags.channel_name, self.sku(sku)
        key = self.key(f"stock/{channel}/{what}/{position}")
        return StockPublication(key, channel, what, quantity, position)

    def sku(self, number: int) -> str:
        """A SKU that the channel has."""
        sku: str = self.given.flags.skus[number]
        return sku

    def for_sale(self, number: int, name: str = "") -> int | None:
        """What the channel sells of it."""
        look = self.given.more
        if look is None:
            pytest.skip(unchecked(("CH8", "CH9"), "the fixture `for_sale` is not overridden"))
        shelf: Mapping[tuple[str, str], int] = self._awaited(look())
        return shelf.get((name or self.given.flags.channel_name, self.sku(number)))


def _told(external_id: str, kind: str, body: Any) -> tuple[str, str, str]:
    return external_id, kind, json.dumps(body, sort_keys=True, default=str)


class ChannelCases:
    """CH1 to CH12."""

    @proves("CH1", needs="told")
    def test_ch1_the_same_key_again_tells_nothing(self, bench: ChannelDesk) -> None:
        """A fulfillment that is created twice ships twice in the channel's eyes."""
        keyed.is_done_once(bench)

    @proves("CH1", needs="told")
    def test_ch1_another_body_under_a_known_key_is_not_told(self, bench: ChannelDesk) -> None:
        """The order has moved on between two attempts: the fact was told before."""
        bench.seen()
        keyed.keeps_to_the_first(bench)

    @proves("CH2")
    def test_ch2_keys_that_look_alike_are_different_keys(self, bench: ChannelDesk) -> None:
        """Each update of them is told."""
        keyed.tells_keys_apart(bench)

    @proves("CH3")
    def test_ch3_the_query_tells_what_was_told_and_what_was_not(self, bench: ChannelDesk) -> None:
        """Before an update, and after it."""
        keyed.never_heard_of_what_nobody_asked(bench)
        keyed.tells_what_it_said(bench)

    @proves("CH4")
    def test_ch4_a_query_tells_nothing_and_makes_no_key_known(self, bench: ChannelDesk) -> None:
        """Who only asks has told nothing."""
        keyed.is_only_looked_at(bench)

    @proves("CH5", needs="lose")
    def test_ch5_an_update_that_was_heard_without_a_reply_is_learned(self, bench: ChannelDesk) -> None:
        """It was told, and nobody heard of it."""
        keyed.is_learned(bench, done=True)

    @proves("CH5", needs="lose")
    def test_ch5_an_update_that_was_lost_on_its_way_is_told_again(self, bench: ChannelDesk) -> None:
        """It was not told, and nobody heard of it."""
        keyed.is_learned(bench, done=False)

    @proves("CH6", needs="unreachable")
    def test_ch6_a_channel_that_cannot_be_reached_is_unavailable(self, bench: ChannelDesk) -> None:
        """In every call, the query too."""
        keyed.is_unavailable(bench)

    @proves("CH7", needs="told")
    def test_ch7_an_update_arrives_as_it_was_given(self, bench: ChannelDesk) -> None:
        """Of each kind, with every number and every letter."""
        bench.seen()
        for number in range(bench.things):
            bench.look_away()
            bench.ask(bench.key(f"as given {number}"), number)
            assert bench.seen() == {bench.effect(number, True): 1}, "it did not arrive as it was given"

    @proves("CH7")
    def test_ch7_an_update_of_a_kind_that_is_not_known_is_no_error(self, bench: ChannelDesk) -> None:
        """A later release may tell more; a port that stops at it stops all news of the channel."""
        update = attrs.evolve(bench.list[0], key=bench.key("odd"), kind="kit-of-a-later-release", body={})
        bench.call("update", update)
        bench.call("update", update)

    @proves("CH8", needs="for_sale")
    def test_ch8_the_publication_with_the_highest_position_stands(self, bench: ChannelDesk) -> None:
        """In whatever order they come, and however often."""
        bench.for_sale(0)
        for quantity, position, stands in ((7, 2, 7), (9, 1, 7), (7, 2, 7), (0, 5, 0), (3, 4, 0), (4, 11, 4)):
            bench.call("publish", bench.word(0, quantity, position))
            assert bench.for_sale(0) == stands, f"after word {position}"

    @proves("CH9", needs="for_sale")
    def test_ch9_skus_are_told_apart_by_their_exact_names(self, bench: ChannelDesk) -> None:
        """Positions count by themselves for each."""
        bench.for_sale(0)
        for number in range(len(bench.given.flags.skus)):
            bench.call("publish", bench.word(number, 10 + number, 20 - number))
        for number in range(len(bench.given.flags.skus)):
            assert bench.for_sale(number) == 10 + number, bench.sku(number)

    @proves("CH9", needs="for_sale")
    def test_ch9_channels_are_told_apart(self, bench: ChannelDesk) -> None:
        """Where a port serves several."""
        other = bench.given.flags.other_channel
        if not other:
            pytest.skip(unchecked(("CH9",), "no second channel is named: `other_channel`"))
        bench.call("publish", bench.word(0, 5, 9))
        bench.call("publish", bench.word(0, 3, 1, other))
        assert (bench.for_sale(0), bench.for_sale(0, other)) == (5, 3)

    @proves("CH10")
    def test_ch10_nothing_of_a_body_shows_in_the_repr(self, bench: ChannelDesk) -> None:
        """Of a port that has told something; its errors are looked at where it cannot be reached."""
        bench.ask(bench.key("quiet"))
        assert not any(secret in repr(bench.port) for secret in bench.secrets), "a body is shown"

    @proves("CH11")
    def test_ch11_a_key_is_known_after_many_others(self, bench: ChannelDesk) -> None:
        """Whoever reads the feed again from its beginning tells nothing."""
        keyed.is_known_after_many_others(bench)

    @proves("CH11", needs="reopen")
    def test_ch11_a_key_is_known_to_every_handle(self, bench: ChannelDesk) -> None:
        """The process that asks again is another one."""
        keyed.is_known_to_every_handle(bench)

    @proves("CH12")
    def test_ch12_what_was_told_is_each_key_once_after_any_calls(self, bench: ChannelDesk) -> None:
        """Random histories of calls, repeats, mix-ups, queries and lost replies."""
        keyed.holds_after_any_calls(bench)


__all__ = ["ChannelCases", "ChannelDesk", "NotifierCases", "NotifierDesk"]
