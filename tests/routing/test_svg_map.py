"""The map: well-formed, inside its frame, the same for the same arguments."""

from __future__ import annotations

import re
from contextlib import suppress
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anything import ODD_VALUES, anything
from omcore.kernel import STORE, GeoPoint, Location, Network, OmcoreError
from omcore.routing import Route, map_svg
from routing_samples import NETWORK

points = st.builds(GeoPoint, st.floats(-90, 90), st.floats(-180, 180))
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=30)


@st.composite
def maps(draw: st.DrawFn) -> tuple[Network, list[Route], str]:
    network = Network(
        tuple(
            Location(
                f"l{i}",
                kind=draw(st.sampled_from(["warehouse", STORE])),
                point=draw(st.none() | points),
                name=draw(texts),
            )
            for i in range(draw(st.integers(0, 5)))
        )
    )
    ids = [location.id for location in network.locations] + ["elsewhere"]
    routes = draw(st.lists(st.builds(Route, st.sampled_from(ids), points, texts), max_size=6))
    return network, routes, draw(texts)


@given(maps())
def test_it_is_xml_and_everything_lies_in_the_frame(given_map: tuple[Network, list[Route], str]) -> None:
    network, routes, title = given_map
    svg = map_svg(network, routes, title)
    assert map_svg(network, tuple(routes), title) == svg
    root = ElementTree.fromstring(svg)  # noqa: S314 - our own text, a line above
    width, height = float(root.attrib["width"]), float(root.attrib["height"])
    assert width == 960
    assert 100 < height < 1200
    assert not re.search(r"\b(nan|inf)\b", svg)
    marks = [element for element in root.iter() if element.tag.endswith("circle")]
    for mark in marks:
        assert 0 <= float(mark.attrib["cx"]) <= width
        assert 0 <= float(mark.attrib["cy"]) <= height
    placed = {entry.id for entry in network.locations if entry.point is not None}
    drawn = [route for route in routes if route.location in placed]
    hidden = len(network.locations) - len(placed) + len(routes) - len(drawn)
    foot = "".join(element.text or "" for element in root.iter())
    assert f"{len(drawn)} shipment" in foot
    assert (f"{hidden} without a place on the map" in foot) == bool(hidden)


def test_north_is_up_and_east_is_right() -> None:
    network = Network(
        (
            Location("sw", kind=STORE, point=GeoPoint(30, -110)),
            Location("ne", kind=STORE, point=GeoPoint(45, -75)),
        )
    )
    svg = map_svg(network, [])
    found = re.findall(r"cx='([\d.]+)' cy='([\d.]+)' r='6'", svg)
    (x1, y1), (x2, y2) = ((float(x), float(y)) for x, y in found)
    assert x1 < x2
    assert y1 > y2


def test_names_and_labels_are_shown_and_escaped() -> None:
    routes = [
        Route("newark", GeoPoint(42.36, -71.06), "#1 <&>"),
        Route("reno", GeoPoint(34.05, -118.24), "#2"),
    ]
    svg = map_svg(NETWORK, routes, "Fish & Chips")
    assert "Fish &amp; Chips" in svg
    assert "#1 &lt;&amp;&gt;" in svg
    assert ">newark<" in svg
    assert "2 shipments" in svg


def test_one_place_and_no_place_are_maps_too() -> None:
    assert "0 shipments" in map_svg(Network(()), [])
    assert "<rect" in map_svg(Network((Location("a", point=GeoPoint(0, 0)),)), [])


def answers(a: Any, b: Any, c: Any) -> None:
    """A value or a typed error, whatever is passed."""

    calls: list[Any] = [
        lambda: Route(a, b, c),
        lambda: Route("x", GeoPoint(1, 1), a),
        lambda: map_svg(a, b, c),
        lambda: map_svg(NETWORK, a),
        lambda: map_svg(NETWORK, [a]),
        lambda: map_svg(NETWORK, [], a),
    ]
    for call in calls:
        with suppress(OmcoreError):
            call()
    with pytest.raises(OmcoreError):
        map_svg(NETWORK, [Route("newark", GeoPoint(1, 1))] * 5_001)


@given(anything(), anything(), anything())
def test_anything_at_all_gives_a_value_or_a_typed_error(a: Any, b: Any, c: Any) -> None:
    answers(a, b, c)


def test_each_odd_value_gives_a_value_or_a_typed_error() -> None:
    for odd in ODD_VALUES:
        answers(odd, odd, odd)
