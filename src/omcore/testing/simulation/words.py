"""Words: a command on one line, as somebody in the shop would say it.

Decides what of a command is told, and nothing that is personal: no contact, no note, no tracking number. What
has no words of its own is told by its name and by its plain fields. Must not know what came of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore import inventory as inv
from omcore import orders as om
from omcore.engine import ApplyReoptimization, DisplaceClaims, RouteOrder
from omcore.kernel import Command, Money
from omcore.kernel.runs import count

_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def told(command: Command) -> str:
    """A command in business words."""
    words = _TOLD.get(type(command))
    return _plain(command) if words is None else words(command)


def _name(cls: type) -> str:
    return _HUMP.sub(" ", cls.__name__).lower()


def _plain(command: Any) -> str:
    """``ship units: order o-3, o-3-F1, 2 of l1``: the order, then every field that says something."""
    said = []
    for field in attrs.fields(type(command)):
        value = getattr(command, field.name)
        if field.kw_only or not field.repr or value == field.default or value in ("", (), None):
            continue
        if field.name == "order_id":
            said.append(f"order {value}")
        else:
            said.append(_value(field.name, value))
    return f"{_name(type(command))}: {', '.join(said)}"


def _value(name: str, value: Any) -> str:
    kind = type(value)
    if kind is Money:
        return _money(value)
    if kind is datetime:
        return f"{name.replace('_', ' ')} {value:%Y-%m-%d %H:%M:%S}"
    if kind is bool:
        return name.replace("_", " ") if value else f"not {name.replace('_', ' ')}"
    if kind is int:
        return f"{name.replace('_', ' ')} {value}"
    if kind is tuple:
        return " + ".join([_entry(entry) for entry in value])
    return str(value) if kind is str else _name(kind)


def _entry(entry: Any) -> str:
    if type(entry) is inv.ReservedItem:
        return f"{entry.quantity} {entry.sku} at {entry.location}"
    if attrs.has(type(entry)):
        return _operation(entry)
    if type(entry) is not tuple or len(entry) < 2:
        return str(entry)
    first, what, *rest = entry
    if type(what) is int:
        text = f"{what} of {first}"
    elif type(what) is tuple and what and type(what[0]) is tuple and type(what[0][0]) is int:
        text = f"{count(what)} of {first}"
    elif type(what) is tuple:
        text = f"{first} {' + '.join([_entry(each) for each in what])}"
    else:
        text = f"{first} {what}"
    return " ".join([text, *[_rest(each) for each in rest if each not in ("", None)]])


def _rest(value: Any) -> str:
    if type(value) is tuple:
        return "(" + " + ".join([_entry(each) for each in value]) + ")"
    return f"{value:%Y-%m-%d %H:%M:%S}" if type(value) is datetime else str(value)


def _operation(operation: Any) -> str:
    """``add line 2 TEE``, ``change quantity l1 3``, ``change address``."""
    said = [_name(type(operation))]
    for field in attrs.fields(type(operation)):
        value = getattr(operation, field.name)
        if type(value) is om.DraftLine:
            said.append(f"{value.quantity} {value.sku} as {value.id}")
        elif type(value) is om.Charge:
            said.append(f"{value.kind} {_money(value.amount)}")
        elif type(value) in (str, int) and value:
            said.append(str(value))
    return " ".join(said)


def _money(money: Money) -> str:
    return str(money)


# -- what has words of its own ---------------------------------------------------------------


def _draft(command: Any) -> str:
    """``order o-3: 2 TEE, 1 KIT, gateway 20.00 USD``."""
    draft = command.draft
    said = [_line(line) for line in draft.lines]
    said += [f"{charge.kind} {_money(charge.amount)}" for charge in draft.charges]
    said += [_tender(tender) for tender in draft.tenders] or ["unpaid"]
    if draft.pickup_at is not None:
        said.append(f"collected at {draft.pickup_at}")
    if draft.ship_complete:
        said.append("in one parcel")
    if command.reservation:
        said.append(f"of {command.reservation}")
    said += [
        word for word, flag in (("cancelled", draft.cancelled), ("to cancel", draft.cancel_requested)) if flag
    ]
    name = command.order_id or draft.ref.id
    if type(command) is om.ImportOrder:
        return (
            f"{draft.ref.channel} tells of order {name} (version {draft.source_version}): {', '.join(said)}"
        )
    return f"order {name}: {', '.join(said)}"


def _line(line: Any) -> str:
    what = (
        f"{line.quantity} {line.sku}"
        if line.measure.scale == 0
        else (f"{line.measure.format(line.quantity)} {line.measure.unit} {line.sku}")
    )
    more = [f"{getattr(line, name)} {name}" for name in ("cancelled", "fulfilled", "returned")]
    more = [word for word in more if not word.startswith("0 ")]
    if line.fulfilled_by != "merchant":
        more.append(line.fulfilled_by)
    return f"{what} ({', '.join(more)})" if more else what


def _tender(tender: Any) -> str:
    text = f"{tender.kind} {_money(tender.amount)}"
    return text if tender.refunded is None else f"{text}, {_money(tender.refunded)} of it given back"


def _stock(command: Any) -> str:
    """``receive 5 TEE at nyc``."""
    verb = _name(type(command)).removesuffix(" stock")
    said = f"{verb} {command.quantity} {command.sku} at {command.location}"
    return f"{said} ({command.reference})" if command.reference else said


_TOLD: Mapping[type, Callable[[Any], str]] = {
    om.PlaceOrder: _draft,
    om.ImportOrder: _draft,
    RouteOrder: lambda it: f"route order {it.order_id}",
    DisplaceClaims: lambda it: f"route order {it.order_id} before lesser ones",
    ApplyReoptimization: lambda it: f"rearrange orders {', '.join(name for name, _ in it.changes)}",
    om.RecordDelivery: lambda it: f"order {it.order_id}: parcel {it.shipment_id} arrives",
    om.RecordPaymentOutcome: lambda it: f"order {it.order_id}: gateway says {it.outcome} of {it.request_id}",
    om.MeetDeadlines: lambda it: f"order {it.order_id}: do what is due",
    om.ErasePersonalData: lambda it: f"order {it.order_id}: forget the customer",
    inv.ReceiveStock: _stock,
    inv.CountStock: lambda it: f"count {it.counted} {it.condition} {it.sku} at {it.location}",
}

__all__ = ["told"]
