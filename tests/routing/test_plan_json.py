"""A plan as JSON: every name on the page, nothing that is not, and the same bytes every time (R2, C1)."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from contextlib import suppress
from fractions import Fraction
from pathlib import Path
from typing import Any

import attrs
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import CURRENCIES, Network, OmcoreError
from omcore.routing import (
    Altered,
    CarrierRates,
    CheapestInTime,
    FewestShipments,
    Instead,
    LowestCost,
    Nearest,
    Parcel,
    Priced,
    Rates,
    RoutingPlan,
    ScarcityPrices,
    compare,
    what_if,
)
from omcore.routing._json import decimal
from omcore.shipping import Service, Tariff
from routing_samples import NETWORK, RATES, Shelf, any_case, demand, lines, shelf

PAGE = Path(__file__).parents[2] / "docs/reference/plan-json.md"
BY_WEIGHT = Rates.of("USD", per_shipment="2", per_kg="0.90", zones=((None, ((500, "4.10"), (2000, "7.30"))),))
CARRIERS = CarrierRates(
    (
        (
            Service("ground", ((800, 2), (None, 4))),
            Tariff.of("USD", zones=((None, ((500, "5.00"), (9_000, "9.50"))),)),
        ),
    )
)
STRATEGIES: list[Any] = [
    CheapestInTime(CARRIERS),
    LowestCost(RATES),
    LowestCost(BY_WEIGHT),
    Nearest(),
    FewestShipments(),
    FewestShipments(effort=1),
    Priced(RATES, ScarcityPrices.of("USD", 1_000_000, {sku: {"loc-0": 10**8, "loc-1": 0} for sku in "ABC"})),
]
cases = st.integers(0, 2**60).map(random.Random)


def page(first: str, last: str) -> dict[str, str]:
    """Names and types of the tables from one heading to the next."""
    text = PAGE.read_text(encoding="utf-8")
    part = text[text.index(f"\n## {first}\n") : text.index(f"\n## {last}\n") if last else None]
    rows = re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", part, re.MULTILINE)
    assert len(dict(rows)) == len(rows)
    return dict(rows)


def seen(value: Any, path: str, found: dict[str, set[str]]) -> None:
    """Types by path, as the page names them."""
    kinds = {str: "text", int: "int", bool: "bool", type(None): "null"}
    if type(value) is dict:
        if path and not path.endswith("[]"):
            found.setdefault(path, set()).add("object")
        for name, part in value.items():
            seen(part, f"{path}.{name}" if path else name, found)
    elif type(value) is list:
        pairs = all(type(part) is list and [*map(type, part)] == [str, int] for part in value)
        found.setdefault(path, set()).add("pairs" if pairs and value else "list" if value else "empty")
        for part in value:
            if type(part) is dict:
                seen(part, f"{path}[]", found)
    else:
        found.setdefault(path, set()).add(kinds[type(value)])


def compared(told: dict[str, set[str]], written: dict[str, str]) -> None:
    """Every name on the page, in its order, and of no other type."""
    assert [name for name in written if name in told] == list(written)
    assert set(told) == set(written)
    for name, types in told.items():
        allowed = set(written[name].replace("list of [text, int]", "pairs").split(" or "))
        if allowed & {"pairs", "list"}:
            allowed.add("empty")
        nullable = {"null"} if name.endswith("_decimal") else set()
        assert types <= allowed, name
        assert allowed - nullable - {"empty"} <= types, name


def test_the_page_has_every_name_in_order_with_its_type() -> None:
    told: dict[str, set[str]] = {}
    orders = set()
    for seed in range(150):
        request, network, stock = any_case(random.Random(seed))
        for strategy in STRATEGIES:
            shown = strategy.plan(request, network, stock).as_json(counterfactuals=2)
            orders.add(tuple(shown))
            seen(shown, "", told)
    written = page("The plan", "What if")
    compared(told, written)
    assert orders == {tuple(name for name in written if "." not in name)}


def test_the_page_has_every_name_of_what_if_and_of_comparisons() -> None:
    told: dict[str, set[str]] = {}
    tables: dict[str, set[str]] = {}
    orders = set()
    for seed in range(60):
        request, network, stock = any_case(random.Random(seed))
        for changes in ([Instead(Nearest())], [Altered(e.id, active=False) for e in network.locations]):
            shown: dict[str, Any] = what_if(LowestCost(RATES), request, network, stock, changes).as_json()
            orders.add(tuple(shown))
            seen({**shown, "before": {}, "after": {}}, "", told)
        table: dict[str, Any] = compare([LowestCost(RATES)], [request], network, stock, judge=RATES).as_json()
        seen(table, "", tables)
        orders.add(tuple(table["rows"][0]))
    written = page("What if", "Strategies side by side")
    compared(told, written)
    rows = page("Strategies side by side", "")
    compared(tables, rows)
    assert orders == {
        tuple(name for name in written if "." not in name),
        tuple(name.removeprefix("rows[].") for name in rows if "." in name),
    }


PROBE = """
import json, random
from omcore.kernel import Network
from omcore.routing import FewestShipments, LowestCost, Nearest
from routing_samples import RATES, Shelf, any_case
for seed in range(40):
    rng = random.Random(seed)
    request, network, stock = any_case(rng)
    # Sets of text are walked in another order under every hash seed: so are these dicts and networks.
    shelves = Shelf({key: stock.units[key] for key in set(stock.units)})
    listed = Network(tuple({entry.id: entry for entry in set(network.locations)}.values()))
    for strategy in (LowestCost(RATES), Nearest(), FewestShipments()):
        print(json.dumps(strategy.plan(request, listed, shelves).as_json(counterfactuals=2)))
"""


def test_the_same_bytes_come_out_under_any_hash_seed_and_in_any_order_of_dicts() -> None:
    """C1."""
    outputs = {
        subprocess.run(
            [sys.executable, "-c", PROBE],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": ":".join(path for path in sys.path if path)},
        ).stdout
        for seed in ("0", "1", "4711")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 100_000


@given(cases, st.sampled_from(STRATEGIES), st.randoms(use_true_random=False))
def test_the_order_in_which_things_are_listed_changes_no_byte(
    rng: random.Random, strategy: Any, shuffler: random.Random
) -> None:
    request, network, stock = any_case(rng)
    listed, shelves = list(network.locations), list(stock.units.items())
    shuffler.shuffle(listed)
    shuffler.shuffle(shelves)
    plans = [
        strategy.plan(request, network, stock),
        strategy.plan(request, Network(tuple(listed)), Shelf(dict(shelves))),
    ]
    one, other = (json.dumps(plan.as_json(counterfactuals=2)) for plan in plans)
    assert one == other


def decimals(value: Any) -> list[tuple[int, str]]:
    """Every cost that is told twice."""
    found: list[tuple[int, str]] = []
    if type(value) is list:
        for part in value:
            found += decimals(part)
    if type(value) is dict:
        found += [
            (value[name.removesuffix("_decimal")], text)
            for name, text in value.items()
            if name.endswith("_decimal") and text is not None
        ]
        for part in value.values():
            found += decimals(part)
    return found


@given(cases, st.sampled_from(STRATEGIES))
def test_a_decimal_is_exactly_the_int_beside_it(rng: random.Random, strategy: Any) -> None:
    request, network, stock = any_case(rng)
    told = strategy.plan(request, network, stock).as_json(counterfactuals=1)
    parts = told["scale"] * 10 ** CURRENCIES.get(told["measure"], 0)
    pairs = decimals(told)
    assert pairs
    for cost, text in pairs:
        assert Fraction(text) == Fraction(cost, parts)
        assert re.fullmatch(r"-?\d+(\.\d+)?", text)


def test_a_decimal_is_written_as_money_is() -> None:
    assert decimal(875_900_000, "USD", 1_000_000) == "8.759"
    assert decimal(900_000_000, "USD", 1_000_000) == "9.00"
    assert decimal(-5_000_001, "USD", 1_000_000) == "-0.05000001"
    assert decimal(7_500_000, "JPY", 1_000_000) == "7.5"
    assert decimal(12, "points", 1) == "12"
    assert decimal(1_204_500, "unit-km", 1_000) == "1204.5"
    assert decimal(3, "eighths", 8) == "0.375"
    assert decimal(1, "thirds", 3) is None
    assert decimal(0, "KWD", 1_000_000) == "0.000"


@given(cases, st.sampled_from(STRATEGIES))
def test_it_tells_what_the_plan_is(rng: random.Random, strategy: Any) -> None:
    request, network, stock = any_case(rng)
    plan = strategy.plan(request, network, stock)
    told = plan.as_json()
    assert [(e["line_id"], e["location"], e["units"]) for e in told["assignments"]] == [
        (e.line_id, e.location, e.quantity) for e in plan.assignments
    ]
    assert sum(e["units"] for e in told["remainder"]) == told["unfilled"] == plan.unfilled
    assert told["premium"] == plan.explanation.cost - plan.cost >= 0
    assert told["premium"] == 0 or type(strategy) is Priced
    assert told["gap"] == plan.cost + told["premium"] - plan.lower_bound >= 0
    assert [e["location"] for e in told["locations"]] == [e.location for e in plan.explanation.verdicts()]
    assert all(e["counterfactual"] is None for e in told["locations"])
    chosen = [e for e in told["locations"] if e["outcome"] == "chosen"]
    assert sum(e["cost"] for e in chosen) == told["cost"] + told["premium"]


GOOD = LowestCost(RATES).plan(demand(*lines(TEE=2)), NETWORK, shelf(newark={"TEE": 2}))


def answers(odd: Any) -> None:
    for field in attrs.fields(RoutingPlan):
        changes: dict[str, Any] = {field.name: odd}
        with suppress(OmcoreError):
            attrs.evolve(GOOD, **changes).as_json()
        with suppress(OmcoreError):
            attrs.evolve(GOOD, **changes).explain(2)
    for parcel in (
        Parcel("x", 1, odd, 1),
        Parcel("x", 1, ((odd, odd),), 1),
        Parcel("x", 1, (("x", odd),), 1),
    ):
        with suppress(OmcoreError):
            attrs.evolve(GOOD, parcels=(parcel,)).explain()
    with suppress(OmcoreError):
        GOOD.as_json(odd)
    with suppress(OmcoreError):
        GOOD.explain(odd)


@given(anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(odd: Any) -> None:
    answers(odd)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd)
