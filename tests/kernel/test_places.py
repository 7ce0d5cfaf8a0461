"""Places: what routing may know, what is personal, and the locations that ship."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from omcore.kernel import (
    LOCATION_KINDS,
    PICKUP,
    SHIP,
    Contact,
    DuplicateId,
    GeoPoint,
    InvalidCatalog,
    InvalidId,
    InvalidPlace,
    InvalidQuantity,
    InvalidText,
    InvalidType,
    LimitExceeded,
    Location,
    Network,
    OmcoreError,
    Place,
    UnknownId,
)

RADIUS_KM = 6371.0088
LATITUDES = st.floats(-90, 90) | st.sampled_from([-90.0, 0.0, 90.0, -0.0])
LONGITUDES = st.floats(-180, 180) | st.sampled_from([-180.0, 0.0, 180.0])
POINTS = st.builds(GeoPoint, LATITUDES, LONGITUDES)


def on_the_sphere(point: GeoPoint) -> tuple[float, float, float]:
    lat, lon = math.radians(point.latitude), math.radians(point.longitude)
    return math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat)


def by_vectors(left: GeoPoint, right: GeoPoint) -> float:
    """Great circle from the angle between two vectors: exact near zero and near antipodes alike."""
    a, b = on_the_sphere(left), on_the_sphere(right)
    cross = (a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0])
    return RADIUS_KM * math.atan2(math.hypot(*cross), sum(x * y for x, y in zip(a, b, strict=True)))


@given(POINTS, POINTS)
@example(GeoPoint(0.0, 0.0), GeoPoint(0.0, 180.0))
@example(GeoPoint(90.0, 0.0), GeoPoint(-90.0, 0.0))
@example(
    GeoPoint(86.77379475693616, 0.0), GeoPoint(-86.77379475693616, 180.0)
)  # a hair more than half around
def test_distance_is_the_great_circle(left: GeoPoint, right: GeoPoint) -> None:
    distance = left.distance_km(right)
    # 0.1 m; haversine itself is good to about 100 m where two points are nearly antipodes.
    tolerance = 1e-4 if distance < 19_900 else 0.5
    assert distance == pytest.approx(by_vectors(left, right), abs=tolerance)
    assert 0.0 <= distance <= math.pi * RADIUS_KM + 1e-6


@given(POINTS, POINTS)
def test_there_and_back_are_equally_far(left: GeoPoint, right: GeoPoint) -> None:
    assert left.distance_km(right) == pytest.approx(right.distance_km(left), abs=1e-6)
    assert left.distance_km(left) == 0.0


@pytest.mark.parametrize(
    ("left", "right", "km"),
    [
        (GeoPoint(40.7128, -74.0060), GeoPoint(34.0522, -118.2437), 3_936),  # New York - Los Angeles
        (GeoPoint(51.5074, -0.1278), GeoPoint(48.8566, 2.3522), 344),  # London - Paris
        (GeoPoint(-17.7134, 178.0650), GeoPoint(-13.7590, -172.1046), 1_150),  # over the date line
    ],
)
def test_distances_that_an_atlas_gives(left: GeoPoint, right: GeoPoint, km: int) -> None:
    assert left.distance_km(right) == pytest.approx(km, rel=0.01)


@pytest.mark.parametrize(
    "bad", [math.nan, math.inf, -math.inf, 181, -181.0, 1e308, True, "40", None, 1j], ids=repr
)
def test_a_coordinate_that_cannot_be_is_refused(bad: Any) -> None:
    for arguments, path in (((bad, 0.0), "latitude"), ((0.0, bad), "longitude")):
        with pytest.raises(InvalidPlace) as caught:
            GeoPoint(*arguments)
        assert caught.value.path == path
    with pytest.raises(InvalidPlace):
        GeoPoint(90.000001, 0.0)
    with pytest.raises(InvalidPlace):
        GeoPoint(0.0, 0.0).distance_km(bad)


# --- destinations ----------------------------------------------------------------------------


@pytest.mark.parametrize("country", ["us", "USA", "U", "", "ＵＳ", "U1", "US\n", None, b"US", 1], ids=repr)
def test_a_country_is_two_capitals(country: Any) -> None:
    for make in (Place, lambda code: Location("nyc", country=code)):
        with pytest.raises(InvalidPlace) as caught:
            make(country)
        assert caught.value.path == "country"


@pytest.mark.parametrize(
    ("regions", "place", "served"),
    [
        (frozenset(), Place("JP"), True),
        (frozenset({"US"}), Place("US", "NY"), True),
        (frozenset({"US"}), Place("CA", "ON"), False),
        (frozenset({"US-NY", "CA"}), Place("US", "NY"), True),
        (frozenset({"US-NY", "CA"}), Place("US", "NJ"), False),
        (frozenset({"US-NY", "CA"}), Place("CA", "QC"), True),
        (frozenset({"US-NY"}), Place("US"), False),
    ],
)
def test_a_location_ships_to_its_regions_or_everywhere(
    regions: frozenset[str], place: Place, served: bool
) -> None:
    assert Location("nyc", regions=regions).serves(place) is served


# --- personal data ---------------------------------------------------------------------------

PERSON = "Ada-Lovelace"


def test_personal_data_stands_in_no_repr() -> None:
    contact = Contact(
        **dict.fromkeys(
            ("name", "email", "phone", "company", "city", "region", "postal_code", "country"), PERSON
        ),
        street=(PERSON, PERSON),
    )
    place = Place("GB", "LND", postal_code=PERSON, point=GeoPoint(51.123456, -0.654321))
    location = Location("nyc", name=PERSON, point=GeoPoint(51.123456, -0.654321))
    shown = repr([contact, str(contact), place, location, Network((location,)), place.point])
    for hidden in (PERSON, "51.1", "0.65"):
        assert hidden not in shown
    assert "nyc" in shown


@pytest.mark.parametrize(
    "make",
    [
        lambda: Contact(name=PERSON + "\x00"),
        lambda: Contact(street=(PERSON + "\x00",)),
        lambda: Contact(street=PERSON),  # type: ignore[arg-type]  # text is no tuple of lines
        lambda: Contact(street=(PERSON,) * 6),
        lambda: Contact(email=PERSON * 100),
        lambda: Place(PERSON),
        lambda: Place("US", region=PERSON + "\x00"),
        lambda: Place("US", postal_code=PERSON * 2),
        lambda: Location(PERSON + "/"),
        lambda: Location("a", kind=PERSON),
        lambda: Location("a", name=PERSON + "\x00"),
        lambda: Location("a", zone=PERSON + " "),
        lambda: Location("a", cut_off=PERSON),
        lambda: Location("a", regions=frozenset({PERSON})),
        lambda: Network(())[PERSON + "/home"],
        lambda: Network(())[(PERSON,)],  # type: ignore[index]  # a tuple is no id
    ],
)
def test_personal_data_stands_in_no_error(make: Any) -> None:
    with pytest.raises(OmcoreError) as caught:
        make()
    assert PERSON not in repr([caught.value, caught.value.args, vars(caught.value)])


# --- locations and their network -------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("id", "", InvalidId),
        ("id", "nyc/1", InvalidId),
        ("id", None, InvalidId),
        ("kind", "shop", InvalidPlace),
        ("kind", None, InvalidPlace),
        ("kind", [], InvalidPlace),
        ("point", (40.0, -74.0), InvalidPlace),
        ("priority", 1.0, InvalidQuantity),
        ("priority", True, InvalidQuantity),
        ("zone", "", InvalidPlace),
        ("zone", "America/New York", InvalidPlace),
        ("zone", "../etc/passwd", InvalidPlace),
        ("zone", "/UTC", InvalidPlace),
        ("zone", None, InvalidPlace),
        ("cut_off", "24:00", InvalidPlace),
        ("cut_off", "9:00", InvalidPlace),
        ("cut_off", "14:00:00", InvalidPlace),
        ("cut_off", "14:00\n", InvalidPlace),
        ("cut_off", 14, InvalidPlace),
        ("capabilities", {SHIP}, InvalidType),
        ("capabilities", "ship", InvalidType),
        ("capabilities", frozenset({""}), InvalidText),
        ("regions", frozenset({"us"}), InvalidPlace),
        ("regions", frozenset({"US-"}), InvalidPlace),
        ("daily_capacity", -1, InvalidQuantity),
        ("daily_capacity", 1.5, InvalidQuantity),
        ("labor_cost", -1, InvalidQuantity),
        ("labor_cost", None, InvalidQuantity),
        ("labor_cost", 0.5, InvalidQuantity),
        ("active", 1, InvalidType),
        ("name", "x" * 201, InvalidText),
    ],
)
def test_a_location_is_checked_whole(field: str, value: Any, error: type[OmcoreError]) -> None:
    with pytest.raises(OmcoreError) as caught:
        Location(**{"id": "nyc", field: value})
    assert type(caught.value) is error
    assert caught.value.path == field


@given(
    st.sampled_from(LOCATION_KINDS), st.sampled_from(["UTC", "America/Argentina/Buenos_Aires", "Etc/GMT+5"])
)
def test_every_kind_of_location_can_be_made(kind: str, zone: str) -> None:
    location = Location(
        "nyc-1", kind=kind, zone=zone, capabilities=frozenset({SHIP, PICKUP}), daily_capacity=0
    )
    assert (location.kind, location.zone) == (kind, zone)


@given(st.lists(st.sampled_from(["nyc", "lax", "ord", "sea"]), unique=True))
def test_a_network_keeps_the_order_that_it_was_given(ids: list[str]) -> None:
    network = Network(tuple(Location(name) for name in ids))
    assert [location.id for location in network] == ids == list(network.by_id)
    assert len(network) == len(ids)
    for name in ("nyc", "lax", "ord", "sea"):
        assert (name in network) == (name in ids)
        if name in ids:
            assert network[name].id == name
        else:
            with pytest.raises(UnknownId) as caught:
                network[name]
            assert caught.value == UnknownId("location", kind="location", id=name)


def test_two_locations_with_one_id_are_refused() -> None:
    with pytest.raises(DuplicateId) as caught:
        Network((Location("nyc"), Location("lax"), Location("nyc", kind="store")))
    assert caught.value == DuplicateId("locations[2]", id="nyc")


def test_a_network_has_at_most_10_000_locations() -> None:
    location = Location("nyc")
    with pytest.raises(LimitExceeded):
        Network((location,) * 10_001)


@pytest.mark.parametrize(
    "locations", [None, [], [Location("nyc")], ("nyc",), (None,), {}, Location("nyc")], ids=repr
)
def test_a_network_is_a_tuple_of_locations(locations: Any) -> None:
    with pytest.raises(InvalidCatalog):
        Network(locations)


@pytest.mark.parametrize("asked", [None, 1, ("nyc",), [], {}, b"nyc"], ids=repr)
def test_asking_a_network_for_what_is_no_id_is_answered(asked: Any) -> None:
    network = Network((Location("nyc"),))
    assert asked not in network
    with pytest.raises(UnknownId):
        network[asked]
