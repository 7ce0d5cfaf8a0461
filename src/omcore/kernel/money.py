"""Money: an int of minor units and its ISO 4217 currency; splitting without losing a unit.

Decides M1 and M2. Inside the core sums are plain ints in one currency that the aggregate knows;
``Money`` is for the edge, where two currencies could meet. Must not know prices, taxes or orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from omcore.kernel._record import record
from omcore.kernel.errors import (
    CurrencyMismatch,
    InputError,
    InvalidMoney,
    InvalidNumber,
    UnknownCurrency,
)
from omcore.kernel.numbers import MAX_DIGITS, Ratio, decimal_parts

MAX_MINOR = 10**MAX_DIGITS - 1

# ISO 4217, list one of 2026-01-01 (amendment 180: BGN has left): currencies and funds with a minor
# unit. Precious metals, SDR and test codes have no minor unit ("N.A.") and are therefore no money
# here. A code that a release has had stays in later ones, because recorded orders name it.
_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN "
        "BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP "
        "GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT "
        "LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN "
        "NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE "
        "SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES "
        "WST XAD XCD XCG YER ZAR ZMW ZWG"
    ),
    3: "BHD IQD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}
_EXPONENT = {code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()}
CURRENCIES: Mapping[str, int] = MappingProxyType(_EXPONENT)


def checked_currency(value: object, path: str = "currency") -> str:
    """A known ISO 4217 code in capitals, else ``UnknownCurrency``."""
    if type(value) is str and value in _EXPONENT:
        return value
    raise UnknownCurrency(path)


@record
class Money:
    """An exact amount: ``minor`` units (cents) of ``currency``. May be negative.

    At most 15 digits. Arithmetic with another currency is ``CurrencyMismatch``, with anything
    that is no money, or beyond 15 digits, ``InvalidMoney``.
    """

    minor: int
    currency: str

    def __attrs_post_init__(self) -> None:
        if type(self.minor) is not int:
            raise InvalidMoney("minor", reason="not an exact int of minor units")
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise InvalidMoney("minor", reason="more than 15 digits")
        # checked_currency, without the call: money is made on every hot path.
        if type(self.currency) is not str or self.currency not in _EXPONENT:
            raise UnknownCurrency("currency")

    @classmethod
    def parse(cls, amount: object, currency: object, path: str = "amount") -> Money:
        """From exact decimal text, ``Decimal`` or whole ``int`` of *major* units.

        ``Money.parse("12.5", "USD")`` is 1250 minor units. More decimals than the currency has
        are refused, not rounded, unless they are zeros.
        """
        code = checked_currency(currency, f"{path}.currency")
        try:
            digits, scale = decimal_parts(amount, path)
        except InvalidNumber as error:
            raise InvalidMoney(path, reason=str(error.fields["reason"])) from None
        exponent = _EXPONENT[code]
        if scale <= exponent:
            minor = digits * 10 ** (exponent - scale)
        else:
            too_fine = 10 ** (scale - exponent)
            minor = digits // too_fine
            if minor * too_fine != digits:
                raise InvalidMoney(path, reason=f"more than {exponent} decimals")
        if not -MAX_MINOR <= minor <= MAX_MINOR:
            raise InvalidMoney(path, reason="more than 15 digits")
        return cls(minor, code)

    @classmethod
    def zero(cls, currency: str) -> Money:
        """Nothing, in a currency."""
        return cls(0, currency)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def __mul__(self, times: int) -> Money:
        if type(times) is not int:
            raise InvalidMoney("times", reason="not an exact int; use Money.share")
        return Money(self.minor * times, self.currency)

    __rmul__ = __mul__

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: Money) -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: Money) -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def share(self, ratio: Ratio) -> Money:
        """round(amount x ratio), half away from zero, once (M1)."""
        if type(ratio) is not Ratio:
            raise InvalidNumber("ratio", reason="not a Ratio")
        return Money(ratio.of(self.minor), self.currency)

    def split(self, weights: Sequence[int]) -> tuple[Money, ...]:
        """Largest-remainder parts over weights (M2); they sum to the whole."""
        return tuple(Money(part, self.currency) for part in split(self.minor, weights))

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency)} {self.currency}"

    def _same(self, other: object) -> int:
        if type(other) is not Money:
            raise InvalidMoney("other", reason="not money")
        if other.currency != self.currency:
            raise CurrencyMismatch("currency", left=self.currency, right=other.currency)
        return other.minor


def format_minor(minor: int, currency: str) -> str:
    """Decimal text with the currency's exponent: (1250, "USD") is ``12.50``."""
    exponent = _EXPONENT[checked_currency(currency)]
    if type(minor) is not int:
        raise InvalidMoney("minor", reason="not an exact int of minor units")
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    text = f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
    return f"-{text}" if minor < 0 else text


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Sum of amounts, all of that currency; nothing sums to zero."""
    checked_currency(currency)
    minor = 0
    for amount in amounts:
        if type(amount) is not Money:
            raise InvalidMoney("amounts", reason="not money")
        if amount.currency != currency:
            raise CurrencyMismatch("currency", left=currency, right=amount.currency)
        minor += amount.minor
    return Money(minor, currency)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of an amount over weights by largest remainder (M2).

    Floor every exact share, hand left-over units one each to the largest fractions, ties to the
    lower index. All-zero weights count as equal; a negative amount splits as its magnitude does.
    Errors: ``InputError`` for no weights, one that is negative or no int, or an amount that is none.
    """
    if type(weights) is not list and type(weights) is not tuple:
        raise InputError("weights", reason="not a list or tuple")
    if type(amount) is not int:
        raise InvalidMoney("amount", reason="not an exact int of minor units")
    whole = 0
    for weight in weights:
        if type(weight) is not int or weight < 0:
            raise InputError("weights", reason="not exact ints of 0 or more")
        whole += weight
    if whole == 0:
        if not weights:
            raise InputError("weights", reason="nothing to split over")
        weights, whole = [1] * len(weights), len(weights)
    if amount < 0:
        return [-part for part in split(-amount, weights)]
    parts: list[int] = []
    fractions: list[int] = []
    left = amount
    for weight in weights:
        share = amount * weight
        part = share // whole
        parts.append(part)
        fractions.append(share - part * whole)
        left -= part
    if left:
        for i in _by_size(fractions)[:left]:
            parts[i] += 1
    return parts


def split_runs(amount: int, groups: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """``split`` over runs of equal weight, without listing the members.

    groups: (how many, weight each) in index order, how many >= 1. Returns (how many, value each)
    in index order, at most one run more than there are groups; expanding both sides is exactly
    ``split`` over the expanded weights. Errors as ``split``.
    """
    if type(amount) is not int:
        raise InvalidMoney("amount", reason="not an exact int of minor units")
    if type(groups) is not list and type(groups) is not tuple:
        raise InputError("weights", reason="not a list or tuple")
    whole = 0
    for group in groups:
        if type(group) is not tuple or len(group) != 2:
            raise InputError("weights", reason="not pairs of (how many, weight)")
        times, weight = group
        if type(times) is not int or type(weight) is not int or weight < 0 or times < 1:
            raise InputError("weights", reason="not exact ints of 0 or more")
        whole += times * weight
    if not groups:
        raise InputError("weights", reason="nothing to split over")
    if len(groups) == 1:
        return split_evenly(amount, times)
    if whole == 0:
        groups = [(times, 1) for times, _ in groups]
        whole = sum(times for times, _ in groups)
    if amount < 0:
        return [(times, -value) for times, value in _largest_remainder(-amount, groups, whole)]
    return _largest_remainder(amount, groups, whole)


def split_evenly(amount: int, times: int) -> list[tuple[int, int]]:
    """``split_runs`` over so many equal members, times >= 1: one run, or two and the larger values first.

    Errors: ``InvalidMoney`` for an amount that is no int, ``InputError`` for times below 1 or no int.
    """
    if type(amount) is not int:
        raise InvalidMoney("amount", reason="not an exact int of minor units")
    if type(times) is not int or times < 1:
        raise InputError("times", reason="not an exact int of 1 or more")
    if amount < 0:
        return [(count, -value) for count, value in split_evenly(-amount, times)]
    each, extra = divmod(amount, times)
    return [(extra, each + 1), (times - extra, each)] if extra else [(times, each)]


def _largest_remainder(amount: int, groups: Sequence[tuple[int, int]], whole: int) -> list[tuple[int, int]]:
    shares: list[tuple[int, int]] = []
    fractions: list[int] = []
    left = amount
    for times, weight in groups:
        each, fraction = divmod(amount * weight, whole)
        shares.append((times, each))
        fractions.append(fraction)
        left -= times * each
    if not left:
        return shares
    # Fewer units are left than members have a fraction, so the order never runs out.
    for i in _by_size(fractions):
        times, each = shares[i]
        if times > left:
            shares[i : i + 1] = [(left, each + 1), (times - left, each)]
            break
        shares[i] = (times, each + 1)
        left -= times
        if not left:
            break
    return shares


def _by_size(fractions: list[int]) -> list[int]:
    # Largest first; the sort is stable under reverse too, so ties go to the lower index.
    return sorted(range(len(fractions)), key=fractions.__getitem__, reverse=True)


__all__ = [
    "CURRENCIES",
    "MAX_MINOR",
    "Money",
    "checked_currency",
    "format_minor",
    "split",
    "split_evenly",
    "split_runs",
    "total",
]
