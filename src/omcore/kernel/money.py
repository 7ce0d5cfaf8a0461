"""Money: an int of minor units and its ISO 4217 currency; splitting without losing a unit.

Decides M1 and M2. Inside the core sums are plain ints in one currency that the aggregate knows;
``Money`` is for the edge, where two currencies could meet. Must not know prices, taxes or orders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

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

# ISO 4217, list one (currencies and funds with a minor unit). Precious metals, SDR and test
# codes have no minor unit ("N.A.") and are therefore no money here.
_BY_EXPONENT = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF",
    2: (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP BYN "
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
CURRENCIES: dict[str, int] = {
    code: exponent for exponent, codes in _BY_EXPONENT.items() for code in codes.split()
}


def checked_currency(value: object, path: str = "currency") -> str:
    """A known ISO 4217 code in capitals, else ``UnknownCurrency``."""
    if type(value) is str and value in CURRENCIES:
        return value
    raise UnknownCurrency(path)


@record
class Money:
    """An exact amount: ``minor`` units (cents) of ``currency``. May be negative."""

    minor: int
    currency: str

    def __attrs_post_init__(self) -> None:
        if type(self.minor) is not int:
            raise InvalidMoney("minor", reason="not an exact int of minor units")
        if not -MAX_MINOR <= self.minor <= MAX_MINOR:
            raise InvalidMoney("minor", reason="more than 15 digits")
        checked_currency(self.currency)

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
        exponent = CURRENCIES[code]
        if scale > exponent:
            digits, lost = divmod(abs(digits), 10 ** (scale - exponent)) if digits >= 0 else (
                -(-digits // 10 ** (scale - exponent)),
                -digits % 10 ** (scale - exponent),
            )
            if lost:
                raise InvalidMoney(path, reason=f"more than {exponent} decimals")
        else:
            digits *= 10 ** (exponent - scale)
        if not -MAX_MINOR <= digits <= MAX_MINOR:
            raise InvalidMoney(path, reason="more than 15 digits")
        return cls(digits, code)

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
    exponent = CURRENCIES[currency]
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    text = f"{digits[:-exponent]}.{digits[-exponent:]}" if exponent else digits
    return f"-{text}" if minor < 0 else text


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Sum of amounts, all of that currency; nothing sums to zero."""
    minor = 0
    for amount in amounts:
        if amount.currency != currency:
            raise CurrencyMismatch("currency", left=currency, right=amount.currency)
        minor += amount.minor
    return Money(minor, currency)


def split(amount: int, weights: Sequence[int]) -> list[int]:
    """Parts of an amount over weights by largest remainder (M2).

    Floor every exact share, hand left-over units one each to the largest fractions, ties to the
    lower index. All-zero weights count as equal; a negative amount splits as its magnitude does.
    Errors: ``InputError`` for no weights or a negative one.
    """
    return [value for times, value in split_runs(amount, [(1, weight) for weight in weights])]


def split_runs(amount: int, groups: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """``split`` over runs of equal weight, without listing the members.

    groups: (how many, weight each) in index order, how many >= 1. Returns (how many, value each)
    in index order, at most one run more than twice the groups; expanding both sides is exactly
    ``split`` over the expanded weights.
    """
    if not groups:
        raise InputError("weights", reason="nothing to split over")
    whole = 0
    for times, weight in groups:
        if weight < 0 or times < 1:
            raise InputError("weights", reason="negative")
        whole += times * weight
    if whole == 0:
        groups = [(times, 1) for times, _ in groups]
        whole = sum(times for times, _ in groups)
    sign, amount = (-1, -amount) if amount < 0 else (1, amount)
    if len(groups) == 1:
        times = groups[0][0]
        each, extra = divmod(amount, times)
        if not extra:
            return [(times, sign * each)]
        return [(extra, sign * (each + 1)), (times - extra, sign * each)]
    floors: list[int] = []
    fractions: list[int] = []
    left = amount
    for times, weight in groups:
        each, fraction = divmod(amount * weight, whole)
        floors.append(each)
        fractions.append(fraction)
        left -= times * each
    if left == 0:
        return [(times, sign * floors[i]) for i, (times, _) in enumerate(groups)]
    extras = [0] * len(groups)
    for i in sorted(range(len(groups)), key=lambda i: -fractions[i]):
        extras[i] = min(left, groups[i][0])
        left -= extras[i]
        if not left:
            break
    out: list[tuple[int, int]] = []
    for i, (times, _) in enumerate(groups):
        if extras[i]:
            out.append((extras[i], sign * (floors[i] + 1)))
        if times > extras[i]:
            out.append((times - extras[i], sign * floors[i]))
    return out


__all__ = [
    "CURRENCIES",
    "MAX_MINOR",
    "Money",
    "checked_currency",
    "format_minor",
    "split",
    "split_runs",
    "total",
]
