"""Effects: what gateways, notifiers and channels were asked, against what was committed (PR6, C9, M11).

Decides which effects there may be - each follows from a fact, with one key - and that at the end each was
made, and money is booked as its holder says. Which messages and updates a fact asks for, notifications
and channels say themselves. Must not know how the dispatcher reads the feed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from omcore import orders as om
from omcore.channels import channel_update
from omcore.engine.keys import OWN, own_key
from omcore.notifications import DEFAULT_TEMPLATES, due
from omcore.orders import events as ev
from omcore.orders.draft import ASKED
from omcore.ports import APPROVED, DECLINED, Commit, FeedEntry
from omcore.testing.simulation.promises import Broken

OUTSIDE, MONEY = "PR6", "PR2"

_EFFECT = own_key("effect", "")
_TOLD = (ev.UnitsShipped, ev.UnitsCancelled)
# Version and index of an event of an order.
Fact = tuple[int, int]

_ENDS: Mapping[type, str] = {ev.PaymentApproved: APPROVED, ev.PaymentDeclined: DECLINED}


class Effects:
    """What was asked for, and what was done."""

    def __init__(self, orders: Mapping[str, om.Order], histories: Mapping[str, Sequence[FeedEntry]]) -> None:
        self._orders, self._histories = orders, histories
        # By key: kind, tender, amount, currency; and whether a gateway is asked.
        self._asked: dict[str, tuple[str, str, int, str]] = {}
        self._of_gateway: set[str] = set()
        self._done: dict[str, str] = {}
        self._booked: dict[str, str] = {}
        self._told_by_hand: set[str] = set()
        self._doubtful: set[str] = set()
        # By key: message or update, of which order, and the fact that asks for it: (version, index).
        self._due: dict[str, tuple[str, str, Fact]] = {}
        self._made: dict[tuple[str, str, Fact], str] = {}
        self._surely: dict[tuple[str, str, Fact], str] = {}
        # By key: channel, SKU, quantity, version; and the last word to each, written down and said.
        self._words: dict[str, tuple[str, str, int, int]] = {}
        self.last_words: dict[tuple[str, str], tuple[int, int, datetime]] = {}
        self._said: dict[tuple[str, str], int] = {}

    # -- what is committed -------------------------------------------------------------------

    def take(self, commit: Commit, added: Sequence[FeedEntry]) -> None:
        """One commit, which the orders have taken in."""
        key = commit.answer.key
        if not added:
            if key.startswith(_EFFECT) and self._due.get(key[len(_EFFECT) :]) not in self._made:
                raise Broken(OUTSIDE, f"{key} says that something was done, and it was not")
            return
        own = key.startswith(OWN)
        for entry in added:
            stream = entry.stream
            if stream.startswith("order/"):
                self._fact(entry, self._orders[stream[6:]], own)
            elif stream.startswith("publication/"):
                word = entry.event
                name = f"stock/{word.channel}/{word.sku}/{entry.version}"
                self._words[name] = (word.channel, word.sku, word.quantity, entry.version)
                self.last_words[word.channel, word.sku] = (entry.version, word.quantity, word.at)

    def _fact(self, entry: FeedEntry, order: om.Order, own: bool) -> None:
        event = entry.event
        kind = type(event)
        if kind is ev.PaymentRequested:
            name = event.request_id
            if name in self._asked:
                raise Broken(MONEY, f"{name} is asked for twice")
            self._asked[name] = (event.kind, event.tender_id, event.amount, event.currency)
            if event.tender_kind in ASKED:
                self._of_gateway.add(name)
        elif kind is ev.PaymentUnknown:
            self._doubtful.add(event.request_id)
        elif kind in _ENDS:
            self._booked[event.request_id] = _ENDS[kind]
            if not own:
                self._told_by_hand.add(event.request_id)
            elif event.request_id in self._of_gateway:
                self._booked_as_done(event.request_id)
        fact = (entry.version, entry.index)
        for message in due(entry, order):
            known = self._due.get(message.key)
            if known is not None:
                # What waits at a store waits there, however often a part of it was collected.
                if message.kind != "ready_for_pickup":
                    raise Broken(OUTSIDE, f"two facts have one message, {message.key} (C9)")
                continue
            self._due[message.key] = asked = ("message", order.id, fact)
            if message.kind in DEFAULT_TEMPLATES:
                self._surely[asked] = message.key
        update = channel_update(entry, order)
        if update is not None:
            self._due[update.key] = asked = ("update", order.id, fact)
            if kind in _TOLD:
                self._surely[asked] = update.key

    def _booked_as_done(self, name: str) -> None:
        booked, done = self._booked[name], self._done.get(name)
        if booked != done:
            raise Broken(MONEY, f"{name} is booked as {booked}, and its holder has {done or 'nothing'}")

    # -- what is done ------------------------------------------------------------------------

    def effect(self, kind: str, key: str, payload: Any) -> None:
        """A port was asked for something, and did it, or had done it before."""
        if kind == "message" or kind == "update":
            self._once(kind, key, payload.order_id, payload.key)
        elif kind == "publication":
            word = (payload.channel, payload.sku, payload.quantity, payload.position)
            if self._words.get(key) != word or payload.key != key:
                raise Broken(OUTSIDE, f"{word} was published as {key}, and written down is otherwise")
            pair = word[:2]
            self._said[pair] = max(payload.position, self._said.get(pair, 0))
        else:
            self._money(kind, key, payload)

    def asked_late(self, key: str, tried: bool) -> None:
        """Something is asked for again, when who did it takes that for a new thing (C9, M11)."""
        if tried or key in self._doubtful:
            raise Broken(OUTSIDE, f"{key} is asked for again long after it was done, and is done twice (C9)")

    def _once(self, kind: str, key: str, order_id: str, own_name: str) -> None:
        asked = self._due.get(key)
        if asked is None and kind == "message" and order_id in self._orders:
            asked = self._renamed(key, order_id)
        if asked is None or asked[:2] != (kind, order_id) or own_name != key:
            raise Broken(OUTSIDE, f"a {kind} {key} was sent, and no fact that was committed asks for it")
        if self._made.setdefault(asked, key) != key:
            raise Broken(OUTSIDE, f"one fact made a {kind} {self._made[asked]}, and {key} (C9)")

    def _renamed(self, key: str, order_id: str) -> tuple[str, str, Fact] | None:
        """The fact that asks for a message by the order as it is now: its kind may be another since."""
        for entry in self._histories.get(f"order/{order_id}", ()):
            for message in due(entry, self._orders[order_id]):
                if message.key == key:
                    self._due[key] = asked = ("message", order_id, (entry.version, entry.index))
                    return asked
        return None

    def _money(self, kind: str, key: str, payload: tuple[str, Any, str]) -> None:
        tender, amount, outcome = payload
        told = (kind, tender, amount.minor, amount.currency)
        if self._asked.get(key) != told or key not in self._of_gateway:
            raise Broken(OUTSIDE, f"{told} was asked as {key}, and committed was {self._asked.get(key)}")
        if self._done.setdefault(key, outcome) != outcome:
            raise Broken(OUTSIDE, f"{key} is {outcome}, and was {self._done[key]}")

    def _still_asks(self, asked: tuple[str, str, Fact]) -> bool:
        kind, order_id, fact = asked
        if kind != "message":
            return True
        entries = self._histories[f"order/{order_id}"]
        entry = next(entry for entry in entries if (entry.version, entry.index) == fact)
        return bool(due(entry, self._orders[order_id]))

    # -- the end -----------------------------------------------------------------------------

    def at_the_end(self) -> None:
        """Everything was done, and is booked as it was."""
        for asked, key in self._surely.items():
            if asked not in self._made and self._still_asks(asked):
                raise Broken(OUTSIDE, f"{asked[0]} {key} was never sent (C9)")
        for name in self._done:
            if name not in self._told_by_hand:
                if name not in self._booked:
                    raise Broken(MONEY, f"{name} was {self._done[name]}, and is not booked")
                self._booked_as_done(name)
        for pair, (version, _, _) in self.last_words.items():
            if self._said.get(pair, 0) != version:
                raise Broken(OUTSIDE, f"the last word about {pair} is {version}, said was {self._said}")


__all__ = ["Effects"]
