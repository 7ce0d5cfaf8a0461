"""A plan on a map: everything of it is there, nobody's address is, and it is the same every time (R2)."""

from __future__ import annotations

import random
import re
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import SUPPLIER, GeoPoint, Location, Network, OmcoreError, Place
from omcore.routing import LowestCost, Nearest, Rates, Route, RoutingPlan, map_svg, plan_map
from omcore.routing._svg import Frame, coarse
from routing_samples import BOSTON, DENVER, NETWORK, RATES, Shelf, any_case, demand, lines, shelf

cases = st.integers(0, 2**60).map(random.Random)
STOCK = shelf(newark={"TEE": 5}, dallas={"TEE": 5, "MUG": 5}, loop={"MUG": 1}, reno={"CAP": 9})
PLAN = LowestCost(RATES).plan(demand(*lines(TEE=7, MUG=1, CAP=12)), NETWORK, STOCK)


def read(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314 - our own text


def named(root: ElementTree.Element, tag: str) -> list[ElementTree.Element]:
    return [element for element in root.iter() if element.tag.endswith("}" + tag)]


def tips(root: ElementTree.Element) -> str:
    return " | ".join(element.text or "" for element in named(root, "title"))


@given(cases)
def test_every_location_is_told_of_and_everything_lies_on_the_sheet(rng: random.Random) -> None:
    request, network, stock = any_case(rng)
    plan = rng.choice([LowestCost(RATES), Nearest()]).plan(request, network, stock)
    svg = plan_map(plan, network, rng.choice([request.destination, None]))
    root = read(svg)
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert not re.search(r"\b(nan|inf)\b", svg)
    for mark in named(root, "circle"):
        assert 0 <= float(mark.attrib["cx"]) <= width
        assert 0 <= float(mark.attrib["cy"]) <= height
    for line in named(root, "text"):
        assert 0 <= float(line.attrib["x"]) <= width
        assert 0 <= float(line.attrib["y"]) <= height
    shown = tips(root) + " ".join(element.text or "" for element in named(root, "text"))
    for verdict in plan.explanation.verdicts():
        assert re.search(rf"\b{verdict.location}\b", shown)
    for rest in plan.remainder:
        assert f"of line {rest.line_id};" in shown


def test_it_is_told_in_words_to_who_cannot_see_it() -> None:
    root = read(plan_map(PLAN, NETWORK, BOSTON))
    assert root.attrib["role"] == "img"
    assert root[0].tag.endswith("title")
    assert root[0].text == PLAN.explain().splitlines()[0]
    assert root[1].tag.endswith("desc")
    assert root[1].text == (
        "ships newark 13.08 USD 5 x TEE; ships reno 49.95 USD 9 x CAP; "
        "ships dallas 17.98 USD 2 x TEE, 1 x MUG; lost loop +7.87 USD could ship 1 x MUG; "
        "stays: 3 of line cap; not in stock. 4 locations in all."
    )


def test_arcs_carry_units_and_are_dashed_where_a_line_is_split() -> None:
    root = read(plan_map(PLAN, NETWORK, BOSTON))
    arcs = {re.sub(r" .*", "", arc[0].text[6:]): arc for arc in named(root, "path") if len(arc)}  # type: ignore[index]
    assert set(arcs) == {"newark", "dallas", "reno"}
    dashed = {name for name, arc in arcs.items() if "stroke-dasharray" in arc.attrib}
    assert dashed == {"newark", "dallas"}
    assert float(arcs["reno"].attrib["stroke-width"]) > float(arcs["dallas"].attrib["stroke-width"])
    texts = [element.text for element in named(root, "text")]
    for shown in ("newark", "5 x TEE", "2 x TEE, 1 x MUG", "9 x CAP", "loop +7.87 USD"):
        assert shown in texts


def test_parcels_are_counted_on_their_arc() -> None:
    rates = Rates.of("USD", per_shipment="1", zones=((None, ((500, "4.10"), (2000, "7.30"))),))
    heavy = tuple(attrs.evolve(line, unit_weight_g=400, ships_alone=True) for line in lines(TEE=2))
    plan = LowestCost(rates).plan(demand(*heavy), NETWORK, shelf(reno={"TEE": 2}))
    assert "2 x TEE in 2 parcels" in plan_map(plan, NETWORK, BOSTON)


@given(cases, st.floats(-89, 89), st.floats(-179, 179), st.floats(-0.12, 0.12), st.floats(-0.12, 0.12))
def test_nobody_is_drawn_finer_than_a_quarter_of_a_degree(
    rng: random.Random, latitude: float, longitude: float, north: float, east: float
) -> None:
    """Two customers in one field of the grid have one map, to the byte."""
    field = coarse(GeoPoint(latitude, longitude))
    here = GeoPoint(field.latitude, field.longitude)
    there = GeoPoint(field.latitude + north, field.longitude + east)
    maps = [plan_map(PLAN, NETWORK, Place("US", point=point)) for point in (here, there)]
    assert maps[0] == maps[1]
    routes = [map_svg(NETWORK, [Route("newark", point, "#1")]) for point in (here, there)]
    assert routes[0] == routes[1]


def test_names_stay_off_the_map() -> None:
    """A supplier's name may be a person's."""
    network = Network(
        tuple(attrs.evolve(entry, kind=SUPPLIER, name="Jane Doe") for entry in NETWORK.locations)
    )
    assert "Jane" not in plan_map(PLAN, network, BOSTON)
    assert "Jane" not in map_svg(network, [Route("newark", BOSTON.point or NETWORK["reno"].point)])  # type: ignore[arg-type]
    stores = Network(tuple(attrs.evolve(entry, name="Loop Store") for entry in NETWORK.locations))
    assert "Loop Store" in map_svg(stores, [])


def test_a_network_across_the_date_line_stays_in_one_piece() -> None:
    suva, apia = GeoPoint(-18.1, 178.4), GeoPoint(-13.8, -171.8)
    frame = Frame([suva, apia])
    assert frame.east - frame.west < 15
    assert frame.of(suva)[0] < frame.of(apia)[0]
    network = Network((Location("suva", point=suva), Location("apia", point=apia)))
    plan = Nearest().plan(demand(*lines(TEE=1)), network, shelf(suva={"TEE": 1}, apia={"TEE": 1}))
    svg = plan_map(plan, network, Place("TO", point=GeoPoint(-21.1, -175.2)))
    degrees = {int(found) for found in re.findall(r">(\d+)°[EW]<", svg)}
    assert 180 in degrees
    assert min(degrees) > 160
    # The United States, seen from Guam.
    guam = Network((Location("guam", point=GeoPoint(13.4, 144.8)), Location("dc", point=GeoPoint(39, -77))))
    assert map_svg(guam, []).count("Z' fill='#f2eee3'") == 1


def test_without_coordinates_it_is_a_list() -> None:
    nowhere = Network(tuple(attrs.evolve(entry, point=None) for entry in NETWORK.locations))
    root = read(plan_map(PLAN, nowhere, BOSTON))
    assert not named(root, "path")
    assert not named(root, "circle")
    texts = [element.text for element in named(root, "text")]
    assert texts[1:] == [
        "ships newark 13.08 USD 5 x TEE",
        "ships reno 49.95 USD 9 x CAP",
        "ships dallas 17.98 USD 2 x TEE, 1 x MUG",
        "lost loop +7.87 USD could ship 1 x MUG",
        "stays: 3 of line cap; not in stock",
    ]
    empty = Nearest().plan(demand(*lines(TEE=1)), Network(()), shelf())
    assert "0 of 1 units" in plan_map(empty, Network(()), None)
    # Nobody knows where the customer is: no arcs, and what each ships beside its mark.
    root = read(plan_map(PLAN, NETWORK, None))
    assert "5 x TEE" in [element.text for element in named(root, "text")]
    assert not [path for path in named(root, "path") if len(path)]


def test_five_hundred_locations_are_drawn_without_lying_on_each_other() -> None:
    rng = random.Random(4)
    network = Network(
        tuple(
            Location(f"store-{i}", point=GeoPoint(rng.uniform(28, 47), rng.uniform(-122, -72)))
            for i in range(500)
        )
    )
    stock = Shelf({("TEE", f"store-{i}"): rng.randint(0, 3) for i in range(500)})
    plan = Nearest().plan(demand(*lines(TEE=7)), network, stock)
    svg = plan_map(plan, network, DENVER)
    root = read(svg)
    assert len(svg) < 150_000
    singles = [group for group in named(root, "g") if not named(group, "text")]
    counted = [int(element.text or "0") for group in named(root, "g") for element in named(group, "text")]
    assert min(counted) > 1
    assert len(singles) + sum(counted) == 500 - len(plan.locations)
    assert len(named(root, "text")) < 200


def test_the_same_arguments_give_the_same_bytes_in_any_order() -> None:
    shuffled = Network(tuple(reversed(NETWORK.locations)))
    assert plan_map(PLAN, shuffled, BOSTON) == plan_map(PLAN, NETWORK, BOSTON)


@pytest.mark.parametrize("odd", ["a\x00b", "<&'\">", "\ud800", "x" * 500, "￾", "]]>"])
def test_text_of_a_plan_by_hand_cannot_break_the_document(odd: str) -> None:
    plan = attrs.evolve(PLAN, order_id=odd, strategy=odd)
    root = read(plan_map(plan, NETWORK, BOSTON))
    assert root[0].text
    assert read(map_svg(NETWORK, [], "ok")) is not None


def answers(a: Any, b: Any) -> None:
    calls: list[Any] = [
        lambda: plan_map(a, NETWORK, BOSTON),
        lambda: plan_map(PLAN, a, BOSTON),
        lambda: plan_map(PLAN, NETWORK, a),
        lambda: plan_map(a, b, a),
    ]
    for field in attrs.fields(RoutingPlan):
        changes: dict[str, Any] = {field.name: a}
        plan = attrs.evolve(PLAN, **changes)
        calls.append(lambda plan=plan: plan_map(plan, NETWORK, BOSTON))
    for call in calls:
        with suppress(OmcoreError):
            call()


@given(anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any) -> None:
    answers(a, b)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd, odd)
