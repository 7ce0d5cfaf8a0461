"""A plan and its explanation as plain values under stable names.

Decides names, their order and how a cost is written: the exact int, and beside it the exact decimal
that it stands for. A name that stands here once keeps its meaning; docs/reference/plan-json.md says
what each is, and a test holds the two together. Must not know how anything was worked out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from omcore.kernel import CURRENCIES
from omcore.routing.counterfactuals import Counterfactual
from omcore.routing.verdicts import Named, Verdict

JsonValue = str | int | bool | None | list["JsonValue"] | dict[str, "JsonValue"]

FORMAT = "omcore/plan/1"


def decimal(cost: int, measure: str, scale: int) -> str | None:
    """A cost in its measure, for money in major units: exact, or None where no decimal is.

    Money has the digits of its currency at least.
    """
    digits = CURRENCIES.get(measure, 0)
    places = _places(scale * 10**digits)
    if places is None:
        return None
    whole, part = divmod(abs(cost) * (10**places // (scale * 10**digits)), 10**places)
    written = f"{part:0{places}}".rstrip("0").ljust(digits, "0") if places else ""
    return f"{'-' if cost < 0 else ''}{whole}{'.' if written else ''}{written}"


@lru_cache(maxsize=64)
def _places(parts: int) -> int | None:
    """How many decimals any number of so many parts of one has at most; None where they never end."""
    places, rest = 0, parts
    for prime in (2, 5):
        count = 0
        while rest % prime == 0:
            rest //= prime
            count += 1
        places = max(places, count)
    return places if rest == 1 else None


def units_json(entries: Named) -> list[JsonValue]:
    """(SKU, units) pairs."""
    return [[sku, units] for sku, units in entries]


def verdict_json(
    verdict: Verdict, measure: str, scale: int, counterfactual: Counterfactual | None = None
) -> dict[str, JsonValue]:
    """What is said of one location."""
    return {
        "location": verdict.location,
        "outcome": verdict.outcome,
        "code": verdict.code,
        "ships": units_json(verdict.ships),
        "all_of_it": verdict.all_of_it,
        "cost": verdict.cost,
        "cost_decimal": decimal(verdict.cost, measure, scale),
        "loss": verdict.loss,
        "loss_decimal": decimal(verdict.loss, measure, scale),
        "unfilled": verdict.unfilled,
        "proven": verdict.proven,
        "counterfactual": None
        if counterfactual is None
        else counterfactual_json(counterfactual, measure, scale),
    }


def counterfactual_json(found: Counterfactual, measure: str, scale: int) -> dict[str, JsonValue]:
    """With what a location would ship."""
    return {
        "stock": None if found.stock is None else units_json(found.stock),
        "whole": None if found.whole is None else units_json(found.whole),
        "cut": found.cut,
        "cut_decimal": None if found.cut is None else decimal(found.cut, measure, scale),
        "rule": found.rule,
        "proven": found.proven,
    }


def explanation_json(
    verdicts: Sequence[Verdict],
    counterfactuals: Sequence[Counterfactual],
    cost: int,
    measure: str,
    scale: int,
    withheld: str,
) -> dict[str, JsonValue]:
    """All verdicts and what they are measured in."""
    asked = {found.location: found for found in counterfactuals}
    return {
        "measure": measure,
        "scale": scale,
        "cost": cost,
        "cost_decimal": decimal(cost, measure, scale),
        "withheld": withheld,
        "locations": [
            verdict_json(verdict, measure, scale, asked.get(verdict.location)) for verdict in verdicts
        ],
    }


__all__ = ["FORMAT", "JsonValue", "counterfactual_json", "decimal", "explanation_json", "units_json"]
