"""Good and bad values for every field of every command, by kind of field.

``PLAIN`` has a good value for each field, ``ODD`` those of one command. ``KINDS`` says of which kind each
field is, by its name and, where one name means two things, by its command; ``BAD`` has values that no field
of a kind takes, after RULES.md's table, each with the error that tells so. A field that is added to a
command needs an entry in ``PLAIN`` and in ``KINDS``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import attrs

from anything import SECRET, BadZone, Hostile, IntLike, NoZone, StrLike, WideZone
from omcore import orders as om
from omcore.kernel import (
    DuplicateId,
    InputError,
    InvalidId,
    InvalidMoney,
    InvalidQuantity,
    InvalidSku,
    InvalidText,
    InvalidTimestamp,
    InvalidType,
    LimitExceeded,
    LooksLikeCardNumber,
    Money,
    NaiveTimestamp,
)
from omcore.orders.draft import DraftTender
from order_life import ORDER_ID, T0, a_draft, a_line, usd

KINDS: Mapping[str, str] = {
    "key": "key",
    "at": "instant",
    "by": "text",
    "reason": "text",
    "order_id": "id",
    "PlaceOrder.order_id": "optional id",
    "ImportOrder.order_id": "optional id",
    "draft": "object",
    "reservation": "optional id",
    "signals": "signals",
    "request_id": "id",
    "outcome": "choice",
    "reference": "reference",
    "cause": "text",
    "ReportShortPick.cause": "id",
    "tender_id": "id",
    "AuthorizeExchange.tender_id": "optional id",
    "amount": "money",
    "ResolveClaim.amount": "optional money",
    "kind": "choice",
    "PlaceHold.kind": "id",
    "GrantAllowance.kind": "id",
    "hold_id": "id",
    "owner": "id",
    "note": "text",
    "blocks": "choices",
    "expires_at": "optional instant",
    "then": "choice",
    "until": "instant",
    "accept": "flag",
    "assignments": "assignments",
    "moves": "moves",
    "backorders": "backorders",
    "entries": "backorders",
    "BackorderUnits.cause": "id",
    "unplaced": "choice",
    "fulfillment_id": "id",
    "event": "id",
    "items": "items",
    "missing": "components",
    "tracking": "parcel",
    "shipment_id": "id",
    "ChangePromise.shipment_id": "optional id",
    "ChangePromise.cause": "id",
    "deliver_by": "day",
    "deliver_from": "optional day",
    "location": "id",
    "ReopenShipment.location": "optional id",
    "condition": "choice",
    "DeclinePickup.condition": "optional choice",
    "return_id": "id",
    "waive_fee": "flag",
    "reasons": "codes",
    "conditions": "codes",
    "method": "choice",
    "label": "parcel",
    "label_cost": "cost",
    "refund_to": "optional choice",
    "outcomes": "outcomes",
    "parts": "parts",
    "disposition": "optional choice",
    "InspectReturn.disposition": "choice",
    "restock_at": "optional id",
    "accepted": "flag",
    "grade": "optional id",
    "edit_id": "id",
    "revert_id": "id",
    "operations": "objects",
    "party": "id",
    "exchange_id": "id",
    "lines": "objects",
    "CancelUnits.lines": "line ids",
    "advance": "flag",
    "keep_return": "flag",
    "claim_id": "id",
    "resolution": "choice",
    "contact": "optional object",
    "tender": "object",
    "allowance_id": "id",
    "as_credit": "flag",
    "chargeback_id": "id",
    "won": "flag",
}

Bad = tuple[Any, type[InputError]]
HOSTILE = Hostile()
SOON = T0 + timedelta(days=9)

_NO_DAY: list[Bad] = [
    (value, InvalidTimestamp)
    for value in (True, 1, 1.5, "2026-12-24", T0, date(1969, 12, 31), (2026, 12, 24), b"a", HOSTILE)
]
_NO_TEXT: list[Bad] = [
    (value, InputError)
    for value in (None, True, 0, 1, 1.5, float("nan"), Decimal(1), b"a", ("a",), ["a"], {}, object(), HOSTILE)
]
_LIES: list[Bad] = [(StrLike("abc"), InputError), (StrLike("approved"), InputError)]
_OPTIONAL_ID: list[Bad] = [
    *_NO_TEXT,
    *_LIES,
    *[
        (value, InvalidId)
        for value in (
            " ",
            "a b",
            " a",
            "a\n",
            "a/b",
            "a\x00b",
            "a\u200bb",
            "\u0661",
            "\ud800",
            "e\u0301",
            "-a",
            "x" * 201,
            "9" * 10_000,
            f"{SECRET} is her name",
        )
    ],
]
_CONTROLS: list[Bad] = [
    (value, InvalidText) for value in ("a\x00b", "a\x1b[2J", "a\x7f", "\ud800", "x" * 10_000, SECRET * 1_000)
]
_FLAG: list[Bad] = [
    (value, InvalidType) for value in (None, 0, 1, "", "yes", "True", 1.0, (), HOSTILE, IntLike(1))
]
_OPTIONAL_CHOICE: list[Bad] = [
    *_NO_TEXT,
    *_LIES,
    *[(value, InvalidType) for value in (" ", "nonsense", "Approved", "cash ", "x" * 10_000, SECRET)],
]
_NO_MONEY: list[Bad] = [
    (value, InvalidMoney)
    for value in (
        1,
        0,
        -1,
        True,
        1.0,
        12.5,
        float("nan"),
        float("inf"),
        "1.00",
        "1_000",
        "1e3",
        Decimal("1E+3000000"),
        Decimal("NaN"),
        Fraction(1, 3),
        (100, "USD"),
        {"minor": 100, "currency": "USD"},
        HOSTILE,
        IntLike(3),
    )
]
_BELOW_ZERO: list[Bad] = [(Money(-1, "USD"), InputError), (Money(-(10**15) + 1, "USD"), InputError)]
_NO_INSTANT: list[Bad] = [
    (datetime(2026, 1, 1), NaiveTimestamp),  # noqa: DTZ001 - naive on purpose
    (datetime(2026, 1, 1, tzinfo=NoZone()), NaiveTimestamp),
    (datetime(1969, 12, 31, tzinfo=UTC), InvalidTimestamp),
    (datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14))), InvalidTimestamp),
    (datetime(9999, 12, 31, 23, 59, tzinfo=timezone(timedelta(hours=-12))), InvalidTimestamp),
    (datetime(2026, 1, 1, tzinfo=BadZone()), InvalidTimestamp),
    (datetime(2026, 1, 1, tzinfo=WideZone()), InvalidTimestamp),
    *[
        (value, InvalidTimestamp)
        for value in (date(2026, 1, 1), "2026-11-27T09:15:00Z", 0, 1e9, True, (), HOSTILE, StrLike("now"))
    ],
]
_NO_TUPLE: list[Bad] = [
    (value, InputError)
    for value in (
        None,
        True,
        1,
        "tee",
        {"tee": 1},
        ["tee"],
        [("tee", 1)],
        {("tee", 1)},
        HOSTILE,
        (HOSTILE,),
        (None,),
    )
]
NO_QUANTITIES = (
    0,
    -1,
    True,
    2.0,
    1.5,
    "2",
    "\u0662",
    None,
    10**400,
    float("nan"),
    IntLike(2),
    HOSTILE,
)
WRONG_QUANTITIES = (*NO_QUANTITIES, 1_000_001)
_LONG = tuple((f"l{i}", 1) for i in range(10_001))

BAD: Mapping[str, list[Bad]] = {
    "id": [*_OPTIONAL_ID, ("", InvalidId)],
    "optional id": _OPTIONAL_ID,
    "key": [
        *_NO_TEXT,
        *_LIES,
        *[(value, InvalidId) for value in ("", " ", "a b", "a\n", "\u0661", "e\u0301", "\ud800", "x" * 201)],
    ],
    "text": [*_NO_TEXT, *_LIES, *_CONTROLS],
    "reference": [
        *_NO_TEXT,
        *_LIES,
        ("4111-1111-1111-1111", LooksLikeCardNumber),
        ("4111 1111 1111 1111", InvalidId),
        ("4111111111111111", LooksLikeCardNumber),
        ("a\x00b", InputError),
        ("x" * 10_000, InputError),
    ],
    "flag": _FLAG,
    "choice": [*_OPTIONAL_CHOICE, ("", InvalidType)],
    "optional choice": _OPTIONAL_CHOICE,
    "choices": [
        *_NO_TUPLE,
        *[
            ((), InvalidType),
            (("routing", "routing"), InvalidType),
            (("all",), InvalidType),
            ((SECRET,), InvalidType),
        ],
    ],
    "money": [*_NO_MONEY, *_BELOW_ZERO, (Money(0, "USD"), InputError), (None, InvalidMoney)],
    "optional money": [*_NO_MONEY, *_BELOW_ZERO, (Money(0, "USD"), InputError)],
    "cost": [*_NO_MONEY, *_BELOW_ZERO],
    "instant": [*_NO_INSTANT, (None, InvalidTimestamp)],
    "optional instant": _NO_INSTANT,
    "day": [*_NO_DAY, (None, InvalidTimestamp)],
    "optional day": [*_NO_DAY, (date(2026, 12, 25), InvalidTimestamp)],
    "items": [
        *_NO_TUPLE,
        *[((("tee", wrong),), InvalidQuantity) for wrong in WRONG_QUANTITIES],
        *[((("tee", ((wrong, 3),)),), InputError) for wrong in WRONG_QUANTITIES],
        *[((("tee", ((1, wrong),)),), InputError) for wrong in WRONG_QUANTITIES],
        ((("tee", 1), ("tee", 2)), DuplicateId),
        ((("tee", 1), ("mug", 1), ("tee", ((1, 1),))), DuplicateId),
        ((("tee", ()),), InputError),
        ((("tee", ((2, 1),)),), InputError),
        ((("tee", ((1, 2), (2, 3))),), InputError),
        ((("tee", [(1, 2)]),), InputError),
        ((("tee", ((1,),)),), InputError),
        (("tee", 1), InputError),
        ((("tee",),), InputError),
        ((("tee", 1, 1),), InputError),
        ((["tee", 1],), InputError),
        ((("", 1),), InputError),
        ((("a b", 1),), InputError),
        (((HOSTILE, 1),), InputError),
        (((StrLike("tee"), 1),), InputError),
        (_LONG, LimitExceeded),
    ],
    "line ids": [
        *[(value, InputError) for value in (None, True, 1, "mug", ["mug"], {"mug": 1}, {"mug"}, HOSTILE)],
        *[((value,), InputError) for value in (None, 1, "", "a b", ("mug", 1), StrLike("mug"), HOSTILE)],
        (("mug", "mug"), DuplicateId),
        (("tee",), DuplicateId),
        (tuple(line_id for line_id, _ in _LONG), LimitExceeded),
    ],
    "parts": [
        *_NO_TUPLE,
        *[((("mug", wrong, (("MUG", 1),)),), InvalidQuantity) for wrong in WRONG_QUANTITIES],
        *[((("mug", ((1, wrong),), (("MUG", 1),)),), InputError) for wrong in WRONG_QUANTITIES],
        *[((("mug", 1, (("MUG", wrong),)),), InvalidQuantity) for wrong in WRONG_QUANTITIES],
        ((("mug", 1, (("MUG", 1), ("MUG", 2))),), DuplicateId),
        ((("mug", 1, (("MUG", 1),)), ("mug", 2, (("TEA", 1),))), DuplicateId),
        ((("tee", 1, (("TEE", 1),)),), DuplicateId),
        ((("mug", 1, ()),), InvalidType),
        ((("mug", 1, (" MUG", 1)),), InvalidType),
        ((("mug", 1, ((" MUG", 1),)),), InvalidSku),
        ((("mug", 1, ((HOSTILE, 1),)),), InputError),
        ((("mug", 1, HOSTILE),), InputError),
        ((("mug", 1, [("MUG", 1)]),), InputError),
        ((("mug", 1),), InvalidType),
        (((HOSTILE, 1, (("MUG", 1),)),), InputError),
        ((("mug", (), (("MUG", 1),)),), InputError),
        ((("mug", 1, _LONG),), LimitExceeded),
        (tuple((line, number, (("MUG", 1),)) for line, number in _LONG), LimitExceeded),
    ],
    "moves": [
        *_NO_TUPLE,
        *[((("o1-F1", "nyc", (("tee", wrong),)),), InvalidQuantity) for wrong in WRONG_QUANTITIES],
        ((), InvalidType),
        ((("o1-F1", "nyc"),), InvalidType),
        ((("o1-F1", "nyc", ()),), InvalidType),
        ((("o1-F1", "", (("tee", 1),)),), InvalidId),
        ((("o1-F1", HOSTILE, (("tee", 1),)),), InputError),
        (((HOSTILE, "nyc", (("tee", 1),)),), InputError),
        ((("o1-F1", "nyc", ((HOSTILE, 1),)),), InputError),
        ((("o1-F1", "nyc", (("tee", 1),)),) * 2, InvalidType),
        ((("o1-F1", "nyc", _LONG),), LimitExceeded),
    ],
    "assignments": [
        *_NO_TUPLE,
        *[((("tee", "nyc", wrong),), InvalidQuantity) for wrong in WRONG_QUANTITIES],
        ((), InvalidType),
        ((("tee", "nyc"),), InvalidType),
        ((("tee", "", 1),), InvalidId),
        ((("tee", HOSTILE, 1),), InputError),
        (((HOSTILE, "nyc", 1),), InputError),
        (tuple((line, "nyc", number) for line, number in _LONG), LimitExceeded),
    ],
    "backorders": [
        *_NO_TUPLE,
        *[((("tee", wrong, "nyc", SOON),), InvalidQuantity) for wrong in WRONG_QUANTITIES],
        ((("tee", 1, "nyc"),), InvalidType),
        ((("tee", (), "nyc", SOON),), InvalidType),
        ((("tee", ((2, 1),), "nyc", SOON),), InputError),
        ((("tee", 1, "", SOON),), InvalidId),
        ((("tee", 1, "nyc", None),), InvalidType),
        ((("tee", 1, HOSTILE, None),), InvalidType),
        ((("tee", 1, HOSTILE, SOON),), InputError),
        (((HOSTILE, 1, "nyc", SOON),), InputError),
        ((("tee", HOSTILE, "nyc", SOON),), InputError),
        ((("tee", 1, "nyc", HOSTILE),), InputError),
        ((("tee", 1, "nyc", SOON.replace(tzinfo=None)),), NaiveTimestamp),
        (tuple((line, number, "nyc", SOON) for line, number in _LONG), LimitExceeded),
    ],
    "components": [
        *_NO_TUPLE,
        *[((("TEE", wrong),), InvalidQuantity) for wrong in NO_QUANTITIES],
        ((("TEE", 10**15),), InvalidQuantity),
        (((" TEE", 1),), InvalidSku),
        ((("T\u200bEE", 1),), InvalidSku),
        ((("e\u0301", 1),), InvalidSku),
        (((HOSTILE, 1),), InputError),
        ((("TEE", 1), ("TEE", 2)), DuplicateId),
        (_LONG, LimitExceeded),
    ],
    "parcel": [
        *_NO_TUPLE,
        *[
            (value, InputError)
            for value in (
                ("UPS",),
                ("UPS", "1", "2"),
                (1, "1"),
                ("UPS", None),
                ["UPS", "1"],
                (HOSTILE, HOSTILE),
            )
        ],
        (("UPS\x00", "1"), InvalidText),
        (("UPS", "x" * 101), InvalidText),
        ((SECRET * 100, ""), InvalidText),
    ],
    "codes": [
        *_NO_TUPLE,
        *[
            (value, InputError)
            for value in (
                (("nobody", "late"),),
                (("tee", "late"), ("tee", "late")),
                (("tee", "a b"),),
                (("tee", SECRET + " !"),),
                (("tee", HOSTILE),),
                ((HOSTILE, "late"),),
                (("tee",),),
            )
        ],
    ],
    "outcomes": [
        *_NO_TUPLE,
        *[((("lost", (("tee", wrong),)),), InvalidQuantity) for wrong in WRONG_QUANTITIES],
        ((("lost", ()),), InputError),
        ((("nowhere", (("tee", 1),)),), InputError),
        ((("lost", (("tee", 1),)), ("lost", (("mug", 1),))), InputError),
        (((HOSTILE, (("tee", 1),)),), InputError),
        ((("lost", HOSTILE),), InputError),
    ],
    "signals": [
        *_NO_TUPLE,
        *[
            ((("score", wrong),), InputError)
            for wrong in (1.0, True, None, "1", 10**16, float("nan"), Decimal(1), IntLike(1), HOSTILE)
        ],
        ((("a\x00", 1),), InputError),
        (((HOSTILE, 1),), InputError),
        (tuple((f"s{i}", 1) for i in range(51)), LimitExceeded),
    ],
    "object": [(value, InputError) for value in (None, {}, "x", 1, object(), object, HOSTILE, (), [])],
    "optional object": [(value, InputError) for value in ({}, "x", 1, object(), object, HOSTILE, (), [])],
    "objects": [
        *_NO_TUPLE,
        ((), InputError),
        ((object(),), InputError),
        (tuple([None] * 10_001), InputError),
    ],
}


def kind_of(command: type, field: str) -> str:
    """The kind of a command's field; ``KeyError`` for one that nobody has said."""
    return KINDS.get(f"{command.__name__}.{field}") or KINDS[field]


# -- what every field may hold ------------------------------------------------------------------------

PLAIN: dict[str, Any] = {
    "key": "k",
    "at": T0,
    "by": "",
    "reason": "",
    "order_id": ORDER_ID,
    "draft": a_draft(),
    "reservation": "",
    "signals": (("fraud_score", 1),),
    "request_id": f"{ORDER_ID}-P1",
    "outcome": "approved",
    "reference": "ref-1",
    "cause": "why",
    "tender_id": "card",
    "amount": usd(5),
    "kind": "cash",
    "hold_id": "h",
    "owner": "person",
    "note": "a note",
    "blocks": ("routing", "capture"),
    "expires_at": T0 + timedelta(days=1),
    "then": "cancel",
    "until": T0 + timedelta(days=30),
    "accept": True,
    "assignments": (("tee", "nyc", 1),),
    "moves": ((f"{ORDER_ID}-F1", "nyc", (("tee", 1),)),),
    "backorders": (),
    "unplaced": "open",
    "entries": (("tee", 1, "nyc", SOON),),
    "fulfillment_id": f"{ORDER_ID}-F1",
    "event": "accept",
    "items": (("tee", 1),),
    "missing": (("TEE", 1),),
    "tracking": ("UPS", "1Z"),
    "shipment_id": f"{ORDER_ID}-S2",
    "deliver_by": date(2026, 12, 24),
    "deliver_from": date(2026, 12, 20),
    "location": "nyc",
    "condition": "sellable",
    "return_id": "r",
    "waive_fee": False,
    "reasons": (("tee", "too_small"),),
    "conditions": (("tee", "unopened"),),
    "method": "mail",
    "label": ("UPS", "1Z"),
    "label_cost": usd(500),
    "refund_to": "",
    "outcomes": (("damaged", (("mug", 1),)),),
    "parts": (("mug", ((1, 2),), (("MUG", 1), ("TEA", 2))),),
    "disposition": "restock",
    "restock_at": "soho",
    "accepted": True,
    "grade": "as_new",
    "edit_id": "e",
    "revert_id": "e2",
    "operations": (om.ChangeQuantity("tee", 5), om.AddLine(a_line("cap", 1, 500))),
    "party": "customer",
    "exchange_id": "x",
    "lines": (a_line("cap", 1, 500),),
    "advance": True,
    "keep_return": False,
    "claim_id": "c",
    "resolution": "refund",
    "contact": None,
    "tender": DraftTender("gift", "gift_card", usd(100)),
    "allowance_id": "a",
    "as_credit": False,
    "chargeback_id": "b",
    "won": True,
}
ODD: dict[type, dict[str, Any]] = {
    om.PlaceHold: {"kind": "fraud"},
    om.OpenClaim: {"kind": "late"},
    om.CancelUnits: {"lines": ("mug",)},
    om.ReportShortPick: {"cause": "damage"},
    om.BackorderUnits: {"cause": "late"},
}


def fields_of(cls: type) -> dict[str, Any]:
    """Arguments that make a command; ``KeyError`` for a field that ``PLAIN`` has not."""
    return {field.name: {**PLAIN, **ODD.get(cls, {})}[field.name] for field in attrs.fields(cls)}
