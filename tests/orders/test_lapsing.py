"""S6 of authorizations: each has a time of its own, and at its very moment what was not captured is gone."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore import orders as om
from omcore.kernel import Catalog, LimitExceeded
from omcore.orders import events as ev
from omcore.orders.draft import DraftTender
from omcore.orders.state import Tender
from order_life import ORDER_ID, T0, Life, a_draft, a_line, usd

WORTH = 60


def a_life(amount: int) -> Life:
    policies = om.Policies(capture_by_hand=True, reauthorize=False)
    life = Life(om.OrderContext(Catalog(), policies, om.DEFAULT_RULES))
    tender = DraftTender("card", "gateway", usd(amount))
    life.place(a_draft((a_line("tee", 3, WORTH // 3, taxes=()),), shipping=0, tenders=(tender,)))
    return life


def do(life: Life, command: Any, *fields: Any, **more: Any) -> list[Any]:
    return list(life.do(command(ORDER_ID, *fields, **more, **life.common())))


def approve(life: Life, days: int | None) -> None:
    """Whatever is asked is done, and what is authorized or held longer is so for some days from the start."""
    until = None if days is None else T0 + timedelta(days=days)
    for entry in list(life.order.payments.requests.values()):
        more = {"expires_at": until} if entry.kind in ("authorize", "extend") else {}
        do(life, om.RecordPaymentOutcome, entry.id, "approved", **more)


def lapses(events: list[Any]) -> list[int]:
    return [event.amount for event in events if type(event) is ev.AuthorizationLapsed]


def test_of_two_authorizations_each_lapses_at_its_own_moment() -> None:
    """S6: one later moment for both would capture what its holder let go of a week ago."""
    life = a_life(40)
    approve(life, 7)
    do(life, om.AuthorizePayment, "card", usd(20))
    approve(life, 14)
    life.wait(days=7)
    assert lapses(do(life, om.MeetDeadlines)) == [40]
    with pytest.raises(om.NotCapturable):
        do(life, om.CapturePayment, "card", usd(21))
    life.wait(days=7)
    assert lapses(do(life, om.MeetDeadlines)) == [20]


def test_a_capture_uses_what_expires_first() -> None:
    life = a_life(40)
    approve(life, 7)
    do(life, om.AuthorizePayment, "card", usd(20))
    approve(life, 14)
    do(life, om.CapturePayment, "card", usd(30))
    approve(life, None)
    life.wait(days=7)
    assert lapses(do(life, om.MeetDeadlines)) == [10]
    assert life.order.payments.tenders["card"].expiries == ((T0 + timedelta(days=14), 20),)


def test_what_is_under_way_to_be_captured_was_asked_for_in_time() -> None:
    """The answer is still to come; what it turns down has lapsed meanwhile."""
    life = a_life(40)
    approve(life, 7)
    do(life, om.CapturePayment, "card", usd(30))
    life.wait(days=7)
    assert lapses(do(life, om.MeetDeadlines)) == [10]
    (capture,) = life.order.payments.requests
    do(life, om.RecordPaymentOutcome, capture, "declined")
    assert lapses(do(life, om.MeetDeadlines)) == [30]


def test_what_is_under_way_uses_what_expires_first_and_the_rest_lapses_at_its_own_moment() -> None:
    life = a_life(40)
    approve(life, 7)
    do(life, om.AuthorizePayment, "card", usd(20))
    approve(life, 14)
    do(life, om.CapturePayment, "card", usd(50))
    life.wait(days=7)
    assert lapses(do(life, om.MeetDeadlines)) == []
    life.wait(days=7)
    assert lapses(do(life, om.MeetDeadlines)) == [10]


def test_what_was_held_longer_is_what_would_have_expired_first() -> None:
    """What was authorized while the extension was under way keeps its own time."""
    life = a_life(40)
    approve(life, 7)
    do(life, om.ExtendAuthorization, "card")
    (extension,) = life.order.payments.requests
    do(life, om.AuthorizePayment, "card", usd(20))
    (_, authorization) = life.order.payments.requests
    do(life, om.RecordPaymentOutcome, authorization, "approved", expires_at=T0 + timedelta(days=9))
    do(life, om.RecordPaymentOutcome, extension, "approved", expires_at=T0 + timedelta(days=20))
    days = [((until - T0).days, part) for until, part in life.order.payments.tenders["card"].expiries]
    assert days == [(9, 20), (20, 40)]


def test_of_two_tenders_the_one_whose_time_is_over_lapses() -> None:
    life = Life(om.OrderContext(Catalog(), om.Policies(reauthorize=False), om.DEFAULT_RULES))
    tenders = tuple(DraftTender(name, "gateway", usd(WORTH // 2)) for name in ("later", "sooner"))
    life.place(a_draft((a_line("tee", 3, WORTH // 3, taxes=()),), shipping=0, tenders=tenders))
    for entry in list(life.order.payments.requests.values()):
        until = T0 + timedelta(days=9 if entry.tender_id == "later" else 7)
        do(life, om.RecordPaymentOutcome, entry.id, "approved", expires_at=until)
    life.wait(days=7)
    events = do(life, om.MeetDeadlines)
    assert [each.tender_id for each in events if type(each) is ev.AuthorizationLapsed] == ["sooner"]


@pytest.mark.parametrize(("taken", "let_go", "left"), [(30, 0, 10), (0, 40, 0), (25, 15, 0), (40, 0, 0)])
def test_what_was_captured_or_let_go_meanwhile_is_not_held_longer(taken: int, let_go: int, left: int) -> None:
    life = a_life(40)
    approve(life, 7)
    do(life, om.ExtendAuthorization, "card")
    (extension,) = life.order.payments.requests
    if taken:
        do(life, om.CapturePayment, "card", usd(taken))
    if let_go:
        do(life, om.VoidPayment, "card")
    for entry in list(life.order.payments.requests.values()):
        if entry.id != extension:
            do(life, om.RecordPaymentOutcome, entry.id, "approved")
    do(life, om.RecordPaymentOutcome, extension, "approved", expires_at=T0 + timedelta(days=20))
    expiries = ((T0 + timedelta(days=20), left),) if left else ()
    assert life.order.payments.tenders["card"].expiries == expiries


def test_a_tender_takes_fifty_authorizations_at_a_time() -> None:
    """Those that are asked for count; those that are spent do not."""
    life = a_life(1)
    approve(life, 1)
    for n in range(2, 50):
        do(life, om.AuthorizePayment, "card", usd(1))
        approve(life, n)
    do(life, om.AuthorizePayment, "card", usd(1))
    with pytest.raises(LimitExceeded) as error:
        do(life, om.AuthorizePayment, "card", usd(1))
    assert error.value.fields == {"what": "authorizations", "limit": 50, "got": 51}
    life.wait(days=1)
    do(life, om.AuthorizePayment, "card", usd(1))


DAYS = st.sampled_from((1, 2, 3, 4, 5, None))
ANSWERS = st.sampled_from(("approved", "declined"))
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("authorize"), st.integers(1, 9), DAYS),
        st.tuples(st.just("capture"), st.integers(1, 35), ANSWERS | st.just("")),
        st.tuples(st.just("extend"), DAYS),
        st.tuples(st.just("void"), ANSWERS | st.just("")),
        st.tuples(st.just("answer"), ANSWERS),
        st.tuples(st.just("receive"), st.integers(1, 9)),
        st.tuples(st.just("wait"), st.integers(1, 2)),
    ),
    min_size=6,
    max_size=20,
)


def _last(day: int | None) -> float:
    return float("inf") if day is None else day


class Cents:
    """A card beside a list of its cents, each with the day on which it cannot be captured any more."""

    def __init__(self, first: int | None) -> None:
        self.life = a_life(30)
        approve(self.life, first)
        self.left: list[int | None] = [first] * 30
        self.captured = self.day = 0

    @property
    def card(self) -> Tender:
        return self.life.order.payments.tenders["card"]

    def asks(self) -> bool:
        return bool(self.life.order.payments.requests) or self.card.blocked

    def use(self, cents: int) -> None:
        self.left.sort(key=_last)
        del self.left[:cents]

    def until(self, days: int | None) -> int | None:
        return None if days is None else self.day + days

    def authorize(self, cents: int, days: int | None) -> None:
        if not self.asks():
            do(self.life, om.AuthorizePayment, "card", usd(cents))
            approve(self.life, self.until(days))
            self.left += [self.until(days)] * cents

    def capture(self, cents: int, outcome: str) -> None:
        most = min(cents, len(self.left), self.life.order.payments.balance)
        if most > 0 and not self.asks():
            do(self.life, om.CapturePayment, "card", usd(most))
            self.answer(outcome)

    def extend(self, days: int | None) -> None:
        if self.left and not self.asks():
            do(self.life, om.ExtendAuthorization, "card")
            approve(self.life, self.until(days))
            self.left = [self.until(days)] * len(self.left)

    def void(self, outcome: str) -> None:
        if self.left and not self.asks():
            do(self.life, om.VoidPayment, "card")
            self.answer(outcome)

    def answer(self, outcome: str) -> None:
        for entry in list(self.life.order.payments.requests.values()) if outcome else ():
            do(self.life, om.RecordPaymentOutcome, entry.id, outcome)
            if outcome == "approved":
                self.use(entry.amount)
                self.captured += entry.amount if entry.kind == "capture" else 0

    def receive(self, cents: int) -> None:
        spare = len(self.left) - self.card.capturing - self.card.voiding
        do(self.life, om.RecordPayment, "card", usd(cents))
        self.use(min(cents, spare))
        self.captured += cents

    def wait(self, days: int) -> None:
        self.day += days
        self.life.wait(days=days)

    def lapse(self) -> int:
        """The cents whose day has come, but for those that are being taken."""
        over = sum(_last(each) <= self.day for each in self.left)
        lapsed = max(over - self.card.capturing - self.card.voiding, 0)
        self.use(lapsed)
        return lapsed

    def expiries(self) -> tuple[tuple[datetime, int], ...]:
        days = Counter(sorted(each for each in self.left if each is not None))
        return tuple((T0 + timedelta(days=day), cents) for day, cents in days.items())


@given(first=DAYS, steps=STEPS)
def test_cent_by_cent_what_can_be_captured_was_authorized_for_as_long(
    first: int | None, steps: list[tuple[Any, ...]]
) -> None:
    cents = Cents(first)
    for name, *fields in steps:
        getattr(cents, name)(*fields)
        lapsed = sum(lapses(do(cents.life, om.MeetDeadlines)))
        card = cents.card
        assert lapsed == cents.lapse()
        assert card.authorized - card.captured - card.voided == len(cents.left)
        assert (card.captured, card.expiries) == (cents.captured, cents.expiries())
