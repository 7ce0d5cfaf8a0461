"""Where broken stores hang, under the clause of the store contract that each of them breaks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs

from omcore.ports import Commit

GALLERY: dict[str, tuple[str, Callable[[], Any]]] = {}


def breaks(clause: str) -> Callable[[type], type]:
    """Hang a store up in the gallery under the clause that it breaks."""

    def hang(store: type) -> type:
        GALLERY[store.__name__] = (clause, store)
        return store

    return hang


def resealed(commit: Commit, **changes: Any) -> Commit:
    return attrs.evolve(commit, **changes)
