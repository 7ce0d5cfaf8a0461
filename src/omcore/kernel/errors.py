"""The error tree: every way omcore says no.

Decides the shape of a refusal: a stable ``code``, a ``path`` to the offending field, and *safe
fields* - numbers, identifiers and names of rules, never the untrusted value itself and never
personal data. Must not know any business rule: rooms add their own subclasses.

Three branches, because callers do different things with them:

* ``InputError``: the argument can never be accepted, whatever the state. Raised before anything
  is looked up; not recorded under a command key, but for a limit or a currency of what is kept.
* ``Refusal``: the argument is fine, the state says no. Recorded under the command's key (C3, C4),
  so it can be rebuilt from its record with ``rebuild_error``.
* ``StoreError``: the outside did not do its part. Retried or reported by the engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

SafeValue = str | int | bool | None | tuple[str, ...]

_BY_CODE: dict[str, type[OmcoreError]] = {}


class OmcoreError(Exception):
    """Base of everything omcore raises on purpose.

    ``code`` is stable across releases, ``path`` points at the field (``lines[2].quantity``; empty
    for the whole), ``fields`` holds safe values only. Every subclass states a code of its own;
    two classes with one code are a ``TypeError`` where the second is defined.
    """

    code: ClassVar[str] = "omcore_error"

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        if "code" not in cls.__dict__:
            raise TypeError(f"{cls.__qualname__} needs a code of its own: its record is rebuilt by it")
        known = _BY_CODE.get(cls.code)
        # The same class again is a module that was reloaded.
        if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
            raise TypeError(f"error code {cls.code!r} belongs to {known.__module__}.{known.__qualname__}")
        _BY_CODE[cls.code] = cls

    # The path is positional only, so that a field of any name can be rebuilt.
    def __init__(self, path: str = "", /, **fields: SafeValue) -> None:
        super().__init__(path)
        self.path = path
        self.fields: Mapping[str, SafeValue] = fields

    def __str__(self) -> str:
        where = f" at {self.path}" if self.path else ""
        what = ", ".join(f"{name}={value!r}" for name, value in self.fields.items())
        return f"{self.code}{where}{': ' + what if what else ''}"

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self}>"

    def __reduce__(self) -> tuple[object, ...]:
        # By class and not by code: unpickling imports the room that the class stands in.
        return (_blank, (type(self), self.path), self.__dict__)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, OmcoreError):
            return NotImplemented
        return (self.code, self.path, self.fields) == (other.code, other.path, other.fields)

    def __hash__(self) -> int:
        return hash((self.code, self.path, frozenset(self.fields)))  # in whatever order they came


_BY_CODE[OmcoreError.code] = OmcoreError


def _blank(cls: type[OmcoreError], path: str) -> OmcoreError:
    # Not through __init__: a subclass may take its fields in another way.
    return cls.__new__(cls, path)


def rebuild_error(code: str, path: str, fields: Mapping[str, SafeValue | list[str]]) -> OmcoreError:
    """Make the error that was recorded as (code, path, fields); lists of JSON become tuples again.

    A code whose room is not imported, or that another release had, is kept on the base class. Errors:
    ``InvalidType`` for what is no record of an error.
    """
    if type(code) is not str:
        raise InvalidType("code", expected="str")
    if type(path) is not str:
        raise InvalidType("path", expected="str")
    if not issubclass(type(fields), Mapping):
        raise InvalidType("fields", expected="safe values by name")
    cls = _BY_CODE.get(code, OmcoreError)
    error = _blank(cls, path)
    OmcoreError.__init__(error, path, **{name: _safe(name, value) for name, value in fields.items()})
    if cls.code != code:
        error.__dict__["code"] = code
    return error


def _safe(name: str, value: Any) -> SafeValue:
    """A recorded field as it was; ``InvalidType`` for what no error has."""
    if type(name) is str:
        if type(value) is list or type(value) is tuple:
            if all(type(part) is str for part in value):
                return tuple(value)
        elif value is None or type(value) in (str, int, bool):
            found: SafeValue = value
            return found
    raise InvalidType("fields", expected="safe values by name")


def error_codes() -> Mapping[str, type[OmcoreError]]:
    """Every known code and its class, in order of definition; for documentation and tests."""
    return dict(_BY_CODE)


class InputError(OmcoreError):
    """The argument can never be accepted."""

    code = "invalid_input"


class Refusal(OmcoreError):
    """The state says no to a well-formed command; nothing has changed."""

    code = "refused"


class StoreError(OmcoreError):
    """A port did not do its part."""

    code = "store_error"


class InvalidType(InputError):
    """A value of another type than the field takes. Fields: expected."""

    code = "invalid_type"


class InvalidQuantity(InputError):
    """Not an exact int within the limits. Fields: min, max."""

    code = "invalid_quantity"


class InvalidMoney(InputError):
    """Not an exact amount in the currency's minor units. Fields: reason."""

    code = "invalid_money"


class UnknownCurrency(InputError):
    """Not an ISO 4217 currency that money is kept in."""

    code = "unknown_currency"


class CurrencyMismatch(InputError):
    """Two currencies where one is needed. Fields: left, right."""

    code = "currency_mismatch"


class InvalidNumber(InputError):
    """Text or number that is not an exact decimal in ASCII digits. Fields: reason."""

    code = "invalid_number"


class InvalidSku(InputError):
    """SKU with control, zero-width or outer white space, or not NFC. Fields: codepoint, reason."""

    code = "invalid_sku"


class InvalidId(InputError):
    """Identifier that is empty, too long or has a character outside its alphabet. Fields: reason."""

    code = "invalid_id"


class InvalidText(InputError):
    """Free text that is too long or has control characters. Fields: reason, max."""

    code = "invalid_text"


class DuplicateId(InputError):
    """Two things with one identifier. Fields: id."""

    code = "duplicate_id"


class LimitExceeded(InputError):
    """More than a stated limit. Fields: limit, got, what."""

    code = "limit_exceeded"


class NaiveTimestamp(InputError):
    """An instant without a time zone (C2)."""

    code = "naive_timestamp"


class InvalidTimestamp(InputError):
    """Not an instant from 1970 to the end of 9998. Fields: reason."""

    code = "invalid_timestamp"


class InvalidPlace(InputError):
    """A coordinate, country, region or zone that cannot be. Fields: reason."""

    code = "invalid_place"


class InvalidCatalog(InputError):
    """A catalog or network that contradicts itself. Fields: reason, id."""

    code = "invalid_catalog"


class LooksLikeCardNumber(InputError):
    """A payment reference that passes Luhn with 13-19 digits; there is no field for card numbers."""

    code = "looks_like_card_number"


class UnknownEvent(InputError):
    """An event type or schema version that this release does not know. Fields: type, version."""

    code = "unknown_event"


class UnknownId(Refusal):
    """A reference to something that does not exist. Fields: kind, id."""

    code = "unknown_id"


class IllegalTransition(Refusal):
    """The lifecycle chart has no such move (C7). Fields: chart, state, event."""

    code = "illegal_transition"


class ClockSkew(Refusal):
    """The command's time lies too far before what its streams have seen. Fields: behind_s, max_s."""

    code = "clock_skew"


class IdempotencyConflict(OmcoreError):
    """The key was used with another payload (C4); the first answer stands. Fields: key."""

    code = "idempotency_conflict"


class Conflict(StoreError):
    """A stream that was read has moved on, or the key was taken meanwhile: decide again."""

    code = "conflict"


class Unavailable(StoreError):
    """The store did not answer; the outcome is unknown until the recorded answer is asked for."""

    code = "unavailable"


__all__ = [
    "ClockSkew",
    "Conflict",
    "CurrencyMismatch",
    "DuplicateId",
    "IdempotencyConflict",
    "IllegalTransition",
    "InputError",
    "InvalidCatalog",
    "InvalidId",
    "InvalidMoney",
    "InvalidNumber",
    "InvalidPlace",
    "InvalidQuantity",
    "InvalidSku",
    "InvalidText",
    "InvalidTimestamp",
    "InvalidType",
    "LimitExceeded",
    "LooksLikeCardNumber",
    "NaiveTimestamp",
    "OmcoreError",
    "Refusal",
    "SafeValue",
    "StoreError",
    "Unavailable",
    "UnknownCurrency",
    "UnknownEvent",
    "UnknownId",
    "error_codes",
    "rebuild_error",
]
