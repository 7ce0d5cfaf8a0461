"""S3, S11: kits are exploded into the components whose stock they share."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omcore.kernel import (
    MAX_COMPONENTS,
    Catalog,
    Components,
    DuplicateId,
    InvalidCatalog,
    InvalidQuantity,
    InvalidSku,
    InvalidText,
    InvalidType,
    Item,
    LimitExceeded,
    OmcoreError,
)
from omcore.kernel.catalog import MAX_KIT_DEPTH

Recipes = dict[str, dict[str, int]]


@st.composite
def kits_of_kits(draw: st.DrawFn) -> Recipes:
    """Each kit holds only what stands after it, so that none holds itself; X and Y are no items at all."""
    skus = [*"ABCDEF"][: draw(st.integers(1, 6))]
    recipes: Recipes = {}
    for i, sku in enumerate(skus):
        parts = st.sampled_from([*skus[i + 1 :], "X", "Y"])
        recipes[sku] = draw(st.dictionaries(parts, st.integers(1, 3), max_size=3))
    return dict(draw(st.permutations(list(recipes.items()))))


ANY_RECIPES = st.dictionaries(
    st.sampled_from("ABCDE"),
    st.dictionaries(st.sampled_from("ABCDEX"), st.integers(1, 2), max_size=3),
    max_size=5,
)


def catalog_of(recipes: Recipes) -> Catalog:
    return Catalog(tuple(Item(sku, components=tuple(parts.items())) for sku, parts in recipes.items()))


def unpacked(recipes: Recipes, sku: str) -> list[str]:
    """Open the boxes one by one until nothing is a box."""
    parts = recipes.get(sku)
    if not parts:
        return [sku]
    return [leaf for part, n in parts.items() for _ in range(n) for leaf in unpacked(recipes, part)]


def holds_itself(recipes: Recipes) -> bool:
    """Whether taking away kits that hold no kits, again and again, leaves any."""
    kits = {sku: {part for part in parts if recipes.get(part)} for sku, parts in recipes.items() if parts}
    while plain := [sku for sku, inner in kits.items() if not inner]:
        for sku in plain:
            del kits[sku]
        for inner in kits.values():
            inner.difference_update(plain)
    return bool(kits)


@given(kits_of_kits())
def test_s11_a_kit_takes_what_unpacking_it_gives(recipes: Recipes) -> None:
    catalog = catalog_of(recipes)
    for sku in [*recipes, "X", "not-in-it"]:
        components = catalog.components(sku)
        assert Counter(dict(components)) == Counter(unpacked(recipes, sku))
        assert len(dict(components)) == len(components)


@given(kits_of_kits(), st.lists(st.tuples(st.sampled_from("ABCDEFXZ"), st.integers(1, 4)), max_size=5))
def test_s3_demand_is_summed_over_lines_and_kits(recipes: Recipes, demand: list[tuple[str, int]]) -> None:
    summed = catalog_of(recipes).explode(demand)
    taken = [leaf for sku, n in demand for _ in range(n) for leaf in unpacked(recipes, sku)]
    assert Counter(summed) == Counter(taken)
    assert list(summed) == list(dict.fromkeys(taken))


@given(ANY_RECIPES)
def test_s11_a_kit_that_holds_itself_is_refused_and_no_other(recipes: Recipes) -> None:
    if not holds_itself(recipes):
        catalog_of(recipes)
        return
    with pytest.raises(InvalidCatalog) as caught:
        catalog_of(recipes)
    assert caught.value.fields["reason"] == "a kit holds itself"
    assert recipes[str(caught.value.fields["id"])]


@pytest.mark.parametrize("n", [1, 2, MAX_KIT_DEPTH, MAX_KIT_DEPTH + 1, 300])
@pytest.mark.parametrize("order", ["outer first", "inner first", "shuffled"])
def test_how_deep_kits_may_be_does_not_depend_on_the_order_of_the_items(n: int, order: str) -> None:
    chain = [Item(f"K{i}", components=((f"K{i + 1}", 1),)) for i in range(n)]
    if order == "inner first":
        chain.reverse()
    elif order == "shuffled":
        random.Random(7).shuffle(chain)
    if n <= MAX_KIT_DEPTH:
        assert Catalog(tuple(chain)).components("K0") == ((f"K{n}", 1),)
    else:
        with pytest.raises(LimitExceeded) as caught:
            Catalog(tuple(chain))
        assert caught.value.fields["limit"] == MAX_KIT_DEPTH


def test_a_kit_of_more_than_a_million_of_one_sku_is_refused() -> None:
    box = Item("BOX", components=(("BOLT", 10_000),))
    assert Catalog((box, Item("PALLET", components=(("BOX", 100),)))).components("PALLET") == (
        ("BOLT", 1_000_000),
    )
    with pytest.raises(LimitExceeded):
        Catalog((box, Item("PALLET", components=(("BOX", 101),))))


def test_kits_that_share_their_parts_are_opened_once_each() -> None:
    """Twenty levels of two different halves would be a million boxes to open one by one."""
    items = tuple(
        item
        for i in range(MAX_KIT_DEPTH - 1)
        for item in (
            Item(f"L{i}", components=((f"L{i + 1}", 1), (f"R{i + 1}", 1))),
            Item(f"R{i}", components=((f"L{i + 1}", 1), (f"R{i + 1}", 1))),
        )
    )
    last = MAX_KIT_DEPTH - 1
    assert Catalog(items).components("L0") == ((f"L{last}", 2 ** (last - 1)), (f"R{last}", 2 ** (last - 1)))


def test_s11_a_gift_set_of_two_mugs_and_a_tray() -> None:
    catalog = Catalog((Item("SET", components=(("MUG", 2), ("TRAY", 1))), Item("MUG", weight_g=300)))
    assert catalog.explode([("SET", 3), ("MUG", 1)]) == {"MUG": 7, "TRAY": 3}


def test_a_sku_that_the_catalog_does_not_have_is_a_plain_item() -> None:
    catalog = Catalog((Item("MUG", weight_g=300, ships_alone=True),))
    assert catalog.item("MUG") is catalog.items[0]
    assert catalog.item("CAP") == Item("CAP")
    assert catalog.components("CAP") == (("CAP", 1),)
    assert catalog.is_returnable("CAP")


def test_an_item_may_be_sold_for_good() -> None:
    catalog = Catalog((Item("SOAP", returnable=False), Item("MUG")))
    assert (catalog.is_returnable("SOAP"), catalog.is_returnable("MUG")) == (False, True)


def test_two_items_with_one_sku_are_refused() -> None:
    with pytest.raises(DuplicateId) as caught:
        Catalog((Item("MUG"), Item("CAP"), Item("MUG")))
    assert caught.value == DuplicateId("items[2]", id="MUG")


def test_a_kit_has_at_most_100_components() -> None:
    parts: Components = tuple((f"P{i}", 1) for i in range(MAX_COMPONENTS))
    assert len(Item("KIT", components=parts).components) == 100
    with pytest.raises(LimitExceeded) as caught:
        Item("KIT", components=(*parts, ("ONE-MORE", 1)))
    assert caught.value == LimitExceeded("components", what="components", limit=100, got=101)


@pytest.mark.parametrize(
    ("field", "value", "path", "error"),
    [
        ("sku", " MUG", "sku", InvalidSku),
        ("sku", None, "sku", InvalidSku),
        ("weight_g", -1, "weight_g", InvalidQuantity),
        ("weight_g", 1.5, "weight_g", InvalidQuantity),
        ("length_mm", True, "length_mm", InvalidQuantity),
        ("height_mm", 10**9, "height_mm", InvalidQuantity),
        ("components", [("MUG", 1)], "components", InvalidCatalog),
        ("components", ("MUG",), "components[0]", InvalidCatalog),
        ("components", (("MUG", 1), ["CAP", 1]), "components[1]", InvalidCatalog),
        ("components", (("MUG", 1, 2),), "components[0]", InvalidCatalog),
        ("components", (("MUG ", 1),), "components[0].sku", InvalidSku),
        ("components", (("MUG", 0),), "components[0].quantity", InvalidQuantity),
        ("components", (("MUG", 2.0),), "components[0].quantity", InvalidQuantity),
        ("components", (("MUG", 10_001),), "components[0].quantity", InvalidQuantity),
        ("components", (("MUG", 1), ("MUG", 1)), "components[1]", DuplicateId),
        ("ships_alone", 1, "ships_alone", InvalidType),
        ("returnable", None, "returnable", InvalidType),
        ("requires", {"hazmat"}, "requires", InvalidType),
        ("requires", frozenset({1}), "requires", InvalidText),
        ("title", "x" * 301, "title", InvalidText),
    ],
)
def test_an_item_is_checked_whole(field: str, value: Any, path: str, error: type[OmcoreError]) -> None:
    with pytest.raises(OmcoreError) as caught:
        Item(**{"sku": "KIT", field: value})
    assert type(caught.value) is error
    assert caught.value.path == path


@pytest.mark.parametrize("items", [None, [], [Item("MUG")], ("MUG",), Item("MUG")], ids=repr)
def test_a_catalog_is_a_tuple_of_items(items: Any) -> None:
    with pytest.raises(InvalidCatalog):
        Catalog(items)


@pytest.mark.parametrize("sku", [None, 1, [], {}, ("MUG",), b"MUG"], ids=repr)
def test_asking_a_catalog_for_what_is_no_sku_is_answered(sku: Any) -> None:
    catalog = Catalog((Item("MUG"),))
    for ask in (
        catalog.item,
        catalog.components,
        catalog.is_returnable,
        lambda sku: catalog.explode([(sku, 1)]),
    ):
        with pytest.raises(InvalidSku):
            ask(sku)
