"""Catalog: items and kits.

Decides what a SKU is made of. A kit is sold as one line and taken from its components' stock
(S11); demand is summed over SKUs after kits are exploded (S3). Must not know where stock lies or
what anything costs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

import attrs

from omcore.kernel._record import record
from omcore.kernel.errors import InvalidCatalog, InvalidSku, InvalidType
from omcore.kernel.measure import PIECE, Measure
from omcore.kernel.numbers import MAX_QUANTITY, checked_quantity
from omcore.kernel.text import (
    checked_flag,
    checked_limit,
    checked_names,
    checked_sku,
    checked_text,
    checked_unique,
)

MAX_COMPONENTS = 100
MAX_KIT_DEPTH = 20

Components = tuple[tuple[str, int], ...]


@record
class Item:
    """A thing that is sold: weight in grams, dimensions in millimeters (0 = not known).

    ``components`` makes it a kit: (SKU, how many in one kit) pairs. ``ships_alone`` keeps it out
    of parcels with others; ``requires`` names capabilities a location must have to ship it.
    ``list_value`` is its list price in minor units, of one currency over the whole catalog (0 = not known):
    a kit's price is split over what it is made of by these (M12). ``built_ahead``: finished kits may lie in
    stock, under the kit's own SKU. ``measure`` says what is counted where it is sold by weight or length:
    quantities are in its units, and weight, dimensions and list value are of one whole of it, a kilogram.
    ``hazard`` is its class of dangerous goods ("" = none), which a carrier's service may not take.
    Errors: ``InvalidSku``, ``InvalidQuantity``, ``InvalidCatalog``, ``DuplicateId``, ``LimitExceeded``.
    """

    sku: str
    weight_g: int = 0
    length_mm: int = 0
    width_mm: int = 0
    height_mm: int = 0
    components: Components = ()
    ships_alone: bool = False
    returnable: bool = True
    requires: frozenset[str] = frozenset()
    title: str = ""
    list_value: int = 0
    built_ahead: bool = False
    measure: Measure = PIECE
    hazard: str = ""

    def __attrs_post_init__(self) -> None:
        checked_sku(self.sku)
        for name in ("weight_g", "length_mm", "width_mm", "height_mm", "list_value"):
            checked_quantity(getattr(self, name), name, low=0, high=100_000_000)
        if type(self.components) is not tuple:
            raise InvalidCatalog("components", reason="not a tuple of (sku, quantity)", id=self.sku)
        checked_limit(len(self.components), MAX_COMPONENTS, "components", "components")
        for i, pair in enumerate(self.components):
            if type(pair) is not tuple or len(pair) != 2:
                raise InvalidCatalog(f"components[{i}]", reason="not (sku, quantity)", id=self.sku)
            checked_sku(pair[0], f"components[{i}].sku")
            checked_quantity(pair[1], f"components[{i}].quantity", high=10_000)
        checked_unique((sku for sku, _ in self.components), "components")
        checked_flag(self.ships_alone, "ships_alone")
        checked_flag(self.returnable, "returnable")
        checked_names(self.requires, "requires", limit=MAX_COMPONENTS)
        checked_text(self.title, "title", high=300)
        checked_flag(self.built_ahead, "built_ahead")
        if self.built_ahead and not self.components:
            raise InvalidCatalog("built_ahead", reason="no kit", id=self.sku)
        if type(self.measure) is not Measure:
            raise InvalidType("measure", expected="Measure")
        checked_text(self.hazard, "hazard", high=20)
        if self.measure.scale and (self.components or self.ships_alone):
            reason = "a kit, or what ships alone, is counted whole"
            raise InvalidCatalog("measure", reason=reason, id=self.sku)


@attrs.frozen(slots=False)
class Catalog:
    """Items by SKU. A SKU that is not in it is a plain item of unknown weight.

    Kits may hold kits, 20 deep at most and 1,000,000 of one SKU in all, else ``LimitExceeded``; a
    kit that holds itself is ``InvalidCatalog`` (through more than 20 others, ``LimitExceeded``).
    """

    items: tuple[Item, ...] = ()

    def __attrs_post_init__(self) -> None:
        if type(self.items) is not tuple or not all(type(item) is Item for item in self.items):
            raise InvalidCatalog("items", reason="not a tuple of Item", id=None)
        checked_unique((item.sku for item in self.items), "items")
        _ = self.exploded  # a kit that holds itself is refused here, not at the first order

    @cached_property
    def by_sku(self) -> Mapping[str, Item]:
        """Item by SKU."""
        return {item.sku: item for item in self.items}

    @cached_property
    def exploded(self) -> Mapping[str, Components]:
        """(SKU, quantity) pairs by kit SKU, kits within kits resolved."""
        return _explode_all(self.by_sku)

    @cached_property
    def built_ahead(self) -> Mapping[str, Components]:
        """What one is made of, by SKU of a kit of which finished ones may lie in stock."""
        return {item.sku: self.exploded[item.sku] for item in self.items if item.built_ahead}

    @cached_property
    def list_values(self) -> Mapping[str, tuple[int, ...]]:
        """By kit SKU, the list value of one of each of its components; only where one is known (M12).

        Where a component is counted in parts of its measure, all are in so many parts of a minor unit.
        """
        found = {}
        for sku, parts in self.exploded.items():
            items = [self.item(part) for part, _ in parts]
            if any(item.list_value for item in items):
                finest = max(item.measure.per for item in items)
                found[sku] = tuple([item.list_value * (finest // item.measure.per) for item in items])
        return found

    @cached_property
    def _kits_by_part(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for kit, parts in self.exploded.items():
            for part, _ in parts:
                found.setdefault(part, []).append(kit)
        return {part: tuple(kits) for part, kits in found.items()}

    def kits_with(self, sku: str) -> tuple[str, ...]:
        """The kits that take a SKU from stock, kits of kits included; () where none does."""
        return self._kits_by_part.get(_text(sku), ())

    def item(self, sku: str) -> Item:
        """The item, or a plain one where the catalog does not have it."""
        found = self.by_sku.get(_text(sku))
        return found if found is not None else Item(sku)

    def measure(self, sku: str) -> Measure:
        """What the item is counted in; pieces where the catalog does not have it."""
        found = self.by_sku.get(_text(sku))
        return PIECE if found is None else found.measure

    def is_returnable(self, sku: str) -> bool:
        """Whether the item may be returned; yes where the catalog does not have it."""
        found = self.by_sku.get(_text(sku))
        return found is None or found.returnable

    def components(self, sku: str) -> Components:
        """(SKU, quantity) pairs that one unit takes from stock; the SKU itself if it is no kit."""
        return self.exploded.get(_text(sku)) or ((sku, 1),)

    def explode(self, demand: Iterable[tuple[str, int]]) -> dict[str, int]:
        """Demand summed per stock-kept SKU (S3), in order of first appearance."""
        summed: dict[str, int] = {}
        for sku, quantity in demand:
            for component, each in self.components(sku):
                summed[component] = summed.get(component, 0) + quantity * each
        return summed


def _text(sku: object) -> str:
    # Looked up, not checked: what is in the catalog was checked when it came in.
    if type(sku) is not str:
        raise InvalidSku("sku", reason="not text", codepoint=None)
    return sku


def _explode_all(by_sku: Mapping[str, Item]) -> dict[str, Components]:
    """Every kit's components; refuses loops, and kits too deep or too large in whatever order they stand."""
    done: dict[str, Components] = {}
    depth: dict[str, int] = {}  # kits within kits below a kit that is done, itself included

    def explode(sku: str, above: tuple[str, ...]) -> Components:
        item = by_sku.get(sku)
        if item is None or not item.components:
            return ((sku, 1),)
        if sku in above:
            raise InvalidCatalog("items", reason="a kit holds itself", id=sku)
        # Bounds the recursion on the way down, and on the way up what was done before.
        checked_limit(len(above) + depth.get(sku, 1), MAX_KIT_DEPTH, "items", "kits within kits")
        if sku not in done:
            summed: dict[str, int] = {}
            for part, quantity in item.components:
                for component, each in explode(part, (*above, sku)):
                    summed[component] = summed.get(component, 0) + quantity * each
            checked_limit(max(summed.values()), MAX_QUANTITY, "items", "units of one component in a kit")
            done[sku] = tuple(summed.items())
            depth[sku] = 1 + max(depth.get(part, 0) for part, _ in item.components)
        return done[sku]

    for item in by_sku.values():
        if item.components:
            explode(item.sku, ())
    return done


__all__ = ["MAX_COMPONENTS", "MAX_KIT_DEPTH", "Catalog", "Components", "Item"]
