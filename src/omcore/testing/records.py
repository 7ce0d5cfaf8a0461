"""Hypothesis strategies for records by their class: any event, state, command, draft or plan.

Decides what stands in a field by its type, and, in classes that check themselves, by its name.
Events and states hold whatever their types allow, sense or not: what stores and reads them must
not care. Must not know any test.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, Union, cast, get_args, get_origin

import attrs
from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from omcore.codec import Codec
from omcore.engine import ApplyReoptimization
from omcore.inventory import (
    CONDITIONS,
    POLICIES,
    AdjustStock,
    CallBackTransfer,
    ConfirmReservation,
    ExtendReservation,
    IdentifyStock,
    MoveAllocation,
    ReceiveStock,
    RegradeStock,
    ReleaseAllocation,
    ReportAllocationShort,
    ReservedItem,
    ReserveStock,
    SetLotPolicy,
    ShipAllocation,
    TransferStock,
)
from omcore.kernel import (
    Calendar,
    Catalog,
    Contact,
    GeoPoint,
    InputError,
    InvalidType,
    Item,
    Location,
    Measure,
    Money,
    Network,
    Place,
    Ratio,
)
from omcore.orders import (
    AddLine,
    AllocateUnits,
    AuthorizeExchange,
    BackorderUnits,
    ChangePromise,
    ChangeQuantity,
    OpenClaim,
    PlaceHold,
    ProposeEdit,
    RearrangeWork,
    RecordPayment,
    RecordPaymentOutcome,
    RemoveCharge,
    ResolveClaim,
    RevertEdit,
    Substitute,
)
from omcore.orders.amendments.claiming import CLAIM_KINDS
from omcore.orders.amendments.operations import OPERATIONS
from omcore.orders.backorders import UNPLACED
from omcore.orders.draft import (
    CHARGE_KINDS,
    MERCHANT,
    TENDER_KINDS,
    Charge,
    Discount,
    DraftLine,
    DraftTender,
    ExternalRef,
    OrderDraft,
    Tax,
)
from omcore.orders.returns.authorizing import AuthorizeReturn
from omcore.orders.returns.inspecting import InspectReturn
from omcore.orders.returns.policies import MAIL, REFUND_TO
from omcore.orders.returns.receiving import DISPOSITIONS, GOOD, RETURN_OUTCOMES, ReceiveReturn, ReturnInStore
from omcore.orders.standing.holds import AT_EXPIRY
from omcore.orders.state import HOLD_BLOCKS
from omcore.ports import APPROVED, DECLINED, UNKNOWN
from omcore.routing import Demand, DemandLine
from omcore.testing.strategies import drafting, worlds
from omcore.testing.strategies import values as plain

T = TypeVar("T")

# In range for every expiry, and early enough that one fits behind.
_MOMENTS = plain.instants(high=datetime(2100, 1, 1, tzinfo=UTC))


def records(cls: type[T]) -> SearchStrategy[T]:
    """Records of a class: one of omcore's, or an attrs class whose fields have types like theirs.

    A class of your own that checks itself, in ``__attrs_post_init__``, gets identifiers and quantities
    where it has ``str`` and ``int``; what it still refuses is drawn again. ``InvalidType`` for a class
    that no codec would take.
    """
    if not issubclass(type(cls), type):
        raise InvalidType("cls", expected="an attrs class")
    return cast("SearchStrategy[T]", _records(cast("Any", cls)))


@cache
def _records(cls: Any) -> SearchStrategy[Any]:
    Codec((cls,))  # refuses what has no stored form
    special = _special().get(cls)
    if special is not None:
        return special
    attrs.resolve_types(cls)
    checked = hasattr(cls, "__attrs_post_init__")
    fields = {field.name: _field(cls, field.name, field.type, checked) for field in attrs.fields(cls)}
    return _made(cls, st.fixed_dictionaries(fields)) if checked else st.builds(cls, **fields)


@st.composite
def _made(draw: DrawFn, cls: Any, fields: SearchStrategy[dict[str, Any]]) -> Any:
    try:
        return cls(**draw(fields))
    except InputError:
        reject()  # rare: names in a class that checks itself are drawn to fit


def _field(cls: Any, name: str, kind: Any, checked: bool) -> SearchStrategy[Any]:
    if checked and cls.__module__.startswith("omcore."):
        named = _by_class().get((cls, name), _by_name().get(name))
        if named is not None:
            return named
    if checked:
        if kind is str:
            return plain.identifiers()
        if kind is int:
            return plain.quantities()
    return values(kind)


@cache
def values(kind: Any) -> SearchStrategy[Any]:
    """Values of a field's type."""
    if kind in _SCALARS:
        return _SCALARS[kind]
    origin, inner = get_origin(kind), get_args(kind)
    # A class that may hold its own kind holds less than one on average, or there would be no end to it.
    endless = any(_reaches(member, member, ()) for member in inner)
    few = 1 if endless else 3
    if origin in (Union, UnionType):
        members = [values(member) for member in inner]
        return st.one_of(members + [st.none()] * 2 if endless else members)
    if origin is tuple and len(inner) == 2 and inner[1] is Ellipsis:
        return st.lists(values(inner[0]), max_size=few).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values, inner))
    if origin is frozenset:
        return st.frozensets(values(inner[0]), max_size=few)
    if origin is Mapping:
        return st.dictionaries(values(inner[0]), values(inner[1]), max_size=few)
    return st.deferred(lambda: records(kind))  # it may hold records of its own class


def _reaches(kind: Any, target: Any, seen: tuple[Any, ...]) -> bool:
    """Whether a record class stands somewhere in the fields of a type."""
    if isinstance(kind, type) and attrs.has(kind):
        if kind in seen:
            return False
        attrs.resolve_types(kind)
        types = [field.type for field in attrs.fields(kind)]
        seen = (*seen, kind)
    else:
        types = list(get_args(kind))
    return any(inner is target or _reaches(inner, target, seen) for inner in types)


_SCALARS: Mapping[Any, SearchStrategy[Any]] = {
    int: st.integers(-10, 10) | st.integers(-(10**30), 10**30),
    str: st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
    bool: st.booleans(),
    float: st.floats(-1e9, 1e9) | st.integers(-180, 180),
    datetime: plain.instants(),
    date: plain.days(),
    NoneType: st.none(),
    Any: st.none() | st.booleans() | st.integers() | st.text(max_size=5) | plain.money(),
}


# -- classes that check themselves -----------------------------------------------------------


@cache
def _special() -> Mapping[Any, SearchStrategy[Any]]:
    drafts = drafting.drafts(snapshot=True)
    lines = drafts.map(lambda draft: draft.lines[0])
    amounts = plain.money(low=0)
    return {
        Ratio: plain.ratios(),
        Money: plain.money(),
        GeoPoint: plain.points(),
        Place: plain.places(),
        Contact: plain.contacts(),
        ExternalRef: drafting.external_refs(),
        Measure: plain.measures(),
        Calendar: worlds.calendars(),
        Location: worlds.locations(),
        Network: worlds.networks(),
        Item: worlds.items(),
        Catalog: worlds.catalogs(),
        Tax: st.builds(Tax, plain.texts(), plain.ratios()) | st.builds(Tax, plain.texts(), amount=amounts),
        Discount: st.builds(Discount, plain.texts(), amounts)
        | st.builds(Discount, plain.texts(), percentage=plain.percentages()),
        Charge: drafts.map(lambda draft: (*draft.charges, Charge("tip", Money(0, draft.currency)))[0]),
        DraftLine: lines,
        DraftTender: st.builds(DraftTender, plain.identifiers(), st.sampled_from(TENDER_KINDS), amounts),
        OrderDraft: drafts,
        ReserveStock: _reserving(),
        ExtendReservation: _extending(),
        Demand: _demands(),
    }


def _moves() -> SearchStrategy[Any]:
    wanted = st.dictionaries(plain.keys(), plain.quantities() | _runs(), min_size=1, max_size=3)
    places = st.tuples(plain.identifiers(), plain.identifiers())
    return st.dictionaries(places, wanted, min_size=1, max_size=3).map(
        lambda moves: tuple([(*place, tuple(items.items())) for place, items in moves.items()])
    )


@cache
def _by_name() -> Mapping[str, SearchStrategy[Any]]:
    return {
        "key": plain.keys(),
        "at": _MOMENTS,
        "by": plain.texts(),
        "reason": plain.texts(),
        "note": plain.texts(),
        "sku": plain.skus(),
        "line_id": plain.keys(),
        "condition": st.sampled_from(CONDITIONS),
        "draft": drafting.drafts(snapshot=True),
        "signals": st.lists(st.tuples(plain.texts(), st.integers(-(10**15), 10**15)), max_size=3).map(tuple),
        "assignments": st.lists(
            st.tuples(plain.keys(), plain.identifiers(), plain.quantities()), min_size=1, max_size=3
        ).map(tuple),
        "items": st.dictionaries(plain.keys(), plain.quantities() | _runs(), min_size=1, max_size=3).map(
            lambda wanted: tuple(wanted.items())
        ),
        "missing": _counted(),
        "components": _counted(),
        "tracking": st.tuples(plain.texts(), plain.texts()),
        "requires": st.frozensets(plain.identifiers(), max_size=3),
        "operations": _operations(),
    }


@cache
def _by_class() -> Mapping[tuple[Any, str], SearchStrategy[Any]]:
    return {
        **{(cls, name): st.just(()) for cls in _RETURNING for name in ("reasons", "conditions")},
        **{(cls, "refund_to"): st.sampled_from(("", *REFUND_TO)) for cls in _RETURNING},
        **{(cls, "disposition"): st.sampled_from(tuple(DISPOSITIONS)) for cls in _HANDLING},
        **{(cls, "items"): _reserved_items() for cls in _CLAIMING},
        (AllocateUnits, "backorders"): _backordered(0),
        (ChangePromise, "deliver_by"): st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        (ChangePromise, "deliver_from"): st.none() | st.dates(date(1990, 1, 1), date(2019, 1, 1)),
        (AllocateUnits, "unplaced"): st.sampled_from(UNPLACED),
        (BackorderUnits, "entries"): _backordered(1),
        (RearrangeWork, "moves"): _moves(),
        (ApplyReoptimization, "changes"): st.dictionaries(
            plain.identifiers(), _moves(), min_size=1, max_size=3
        ).map(lambda changes: tuple(changes.items())),
        (AuthorizeReturn, "method"): st.just(MAIL),
        (DemandLine, "per"): st.sampled_from((1, 1, 1, 1_000)),
        (DemandLine, "size_mm"): st.tuples(*[st.integers(0, 10_000)] * 3),
        (DemandLine, "hazard"): st.sampled_from(("", "3", "9")),
        (DemandLine, "group"): st.just("") | plain.keys(),
        (AuthorizeReturn, "label"): st.tuples(plain.identifiers(), plain.texts()),
        (AuthorizeReturn, "label_cost"): st.none() | plain.money(low=0),
        (ReceiveReturn, "outcomes"): _outcomes(),
        **{(cls, "parts"): _parts() for cls in (*_RETURNING, ReceiveReturn)},
        (RecordPayment, "amount"): plain.money(low=1),
        (RecordPayment, "kind"): st.sampled_from(TENDER_KINDS),
        (RecordPaymentOutcome, "outcome"): st.sampled_from((APPROVED, DECLINED, UNKNOWN)),
        (PlaceHold, "blocks"): st.lists(st.sampled_from(HOLD_BLOCKS), min_size=1, unique=True).map(tuple),
        (PlaceHold, "then"): st.sampled_from(AT_EXPIRY),
        (PlaceHold, "expires_at"): st.none() | _MOMENTS,
        (ProposeEdit, "expires_at"): st.none() | _MOMENTS,
        (RevertEdit, "expires_at"): st.none() | _MOMENTS,
        (AuthorizeExchange, "lines"): _edited_lines().map(lambda line: (line,)),
        (AuthorizeExchange, "exchange_id"): plain.identifiers().map(lambda name: name[:180]),
        (OpenClaim, "kind"): st.sampled_from(CLAIM_KINDS),
        (ResolveClaim, "resolution"): st.sampled_from(("refund", "replace")),
        (ResolveClaim, "amount"): st.none() | plain.money(low=1),
        (AddLine, "line"): _edited_lines(),
        (Substitute, "line"): _edited_lines(),
        (ChangeQuantity, "unit_price"): st.none() | plain.money(low=0),
        (RemoveCharge, "kind"): st.sampled_from(CHARGE_KINDS),
        (RegradeStock, "to"): st.sampled_from(("", *CONDITIONS)),
        (SetLotPolicy, "policy"): st.sampled_from(tuple(POLICIES)),
        **{(cls, "expires_at"): st.none() | _MOMENTS for cls in _OF_LOTS},
        **{(cls, "serials"): st.just(()) for cls in (*_OF_LOTS, ReceiveStock)},  # one for each unit, or none
        (ReceiveStock, "expires_at"): st.none(),
    }


_OF_LOTS = (AdjustStock, RegradeStock, IdentifyStock, TransferStock, CallBackTransfer)
_RETURNING = (AuthorizeReturn, ReturnInStore)
_HANDLING = (ReceiveReturn, ReturnInStore, InspectReturn)
_CLAIMING = (ConfirmReservation, ShipAllocation, ReleaseAllocation, ReportAllocationShort, MoveAllocation)


def _parts() -> SearchStrategy[Any]:
    """Of lines that no items name: a command names a line once."""
    lines = plain.keys().map(lambda key: f"{key[:100]}.kit")
    of_each = st.tuples(plain.quantities() | _runs(), _counted().filter(bool))
    return st.dictionaries(lines, of_each, max_size=2).map(
        lambda parts: tuple((line, many, pieces) for line, (many, pieces) in parts.items())
    )


def _outcomes() -> SearchStrategy[Any]:
    wanted = st.tuples(st.tuples(plain.keys(), plain.quantities() | _runs()))
    other = st.sampled_from([outcome for outcome in RETURN_OUTCOMES if outcome != GOOD])
    return st.dictionaries(other, wanted, max_size=3).map(lambda of: tuple(of.items()))


def _operations() -> SearchStrategy[Any]:
    # One operation an edit: two could be about one thing.
    return st.sampled_from(OPERATIONS).flatmap(records).map(lambda operation: (operation,))


def _edited_lines() -> SearchStrategy[DraftLine]:
    return drafting.drafts().map(lambda draft: attrs.evolve(draft.lines[0], fulfilled_by=MERCHANT))


def _runs() -> SearchStrategy[Any]:
    return st.lists(st.integers(1, 20), min_size=1, max_size=4, unique=True).map(
        lambda units: tuple((unit * 50, unit * 50 + 9) for unit in sorted(units))
    )


def _counted() -> SearchStrategy[Any]:
    return st.dictionaries(plain.skus(), plain.quantities(100), max_size=3).map(lambda of: tuple(of.items()))


def _backordered(at_least: int) -> SearchStrategy[Any]:
    whole = _MOMENTS.map(lambda moment: moment.replace(microsecond=0))
    dated = st.tuples(plain.keys(), plain.quantities() | _runs(), plain.identifiers(), whole)
    undated = st.tuples(plain.keys(), plain.quantities() | _runs(), st.just(""), st.none())
    return st.lists(dated | undated, min_size=at_least, max_size=3).map(tuple)


def _unique(entries: SearchStrategy[Any], name: str) -> SearchStrategy[Any]:
    return st.lists(entries, max_size=3, unique_by=lambda entry: getattr(entry, name)).map(tuple)


def _reserved_items() -> SearchStrategy[Any]:
    return st.lists(st.deferred(lambda: records(ReservedItem)), min_size=1, max_size=3).map(tuple)


@st.composite
def _reserving(draw: DrawFn) -> ReserveStock:
    at = draw(_MOMENTS)
    return ReserveStock(
        draw(plain.identifiers()),
        draw(plain.identifiers()),
        draw(_reserved_items()),
        at + draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=300))),
        key=draw(plain.keys()),
        at=at,
    )


@st.composite
def _extending(draw: DrawFn) -> ExtendReservation:
    at = draw(_MOMENTS)
    expires_at = at + draw(st.timedeltas(timedelta(microseconds=1), timedelta(days=300)))
    return ExtendReservation(draw(plain.identifiers()), expires_at, key=draw(plain.keys()), at=at)


def _demands() -> SearchStrategy[Demand]:
    return st.builds(
        Demand,
        plain.keys(),
        _unique(st.deferred(lambda: records(DemandLine)), "line_id"),
        st.none() | plain.places(),
        plain.identifiers(),
        st.booleans(),
        st.none() | plain.identifiers(),
        st.frozensets(plain.identifiers(), max_size=3),
        plain.instants(),
        st.integers(-10, 10),
        st.none() | plain.days(),
        st.none() | plain.money(),
    )


__all__ = ["records", "values"]
