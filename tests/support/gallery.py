"""Where broken stores hang, under the clause that each of them breaks; and what the kit says of a store."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import attrs
import pytest

from omcore.ports import Commit
from omcore.testing._store_clauses import cited
from omcore.testing.stores._bench import Bench
from omcore.testing.stores.contract import CASES, AsyncStoreContract, StoreContract

GALLERY: dict[str, tuple[str, Callable[[], Any]]] = {}


def breaks(clause: str) -> Callable[[type], type]:
    """Hang a store up in the gallery under the clause that it breaks."""

    def hang(store: type) -> type:
        GALLERY[store.__name__] = (clause, store)
        return store

    return hang


def resealed(commit: Commit, **changes: Any) -> Commit:
    return attrs.evolve(commit, **changes)


def breaches(
    make: Callable[[], Any],
    run: Any = None,
    *,
    until: str = "",
    only: str = "",
    needs: Sequence[str] = (),
    examples: int = 2,
    threads: bool = True,
    folds: bool = False,
) -> dict[str, str]:
    """What the kit says about a store: each clause that is broken, and a case that says so.

    ``until`` a clause is named, whose own cases are tried first; ``only`` cases of that name, or that
    ``needs`` of this.
    """
    found: dict[str, str] = {}
    contract = StoreContract if run is None else AsyncStoreContract
    cases = {
        name: case
        for name, case in CASES[contract].items()
        if hasattr(case, "clause") and only in name and (not needs or getattr(case, "needs", "") in needs)
    }
    for name, case in sorted(cases.items(), key=lambda each: getattr(each[1], "clause", "") != until):
        store = make()
        bench = Bench(
            store,
            run=run,
            reopen=getattr(store, "reopen", None),
            unreachable=getattr(store, "unreachable", None),
            fresh=lambda count: [make()] * count,
            seeds=5,
            connect=getattr(store, "connect", None),
            examples=examples,
            shrinks=False,
            tries=500,
            threads=threads,
            folds=folds,
        )
        try:
            case(contract(), bench)
        except pytest.skip.Exception:
            continue
        except Exception as error:  # noqa: BLE001 - whatever a broken store brings about
            found.setdefault(cited(error) or "none", name)
        finally:
            bench.close()
        if until in found:
            break
    return found
