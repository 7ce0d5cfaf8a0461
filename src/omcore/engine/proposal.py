"""Proposal: what a handler wants committed.

Decides nothing. Must not know commands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from omcore.kernel import Contact
from omcore.ports import Write


@attrs.define(slots=True)
class Proposal:
    """What a handler wants committed: what it read, what it writes, and its answer's value."""

    subject: str
    reads: dict[str, int]
    now: datetime
    writes: list[Write] = attrs.field(factory=list)
    result: Any = None
    state: Any = None
    # By (location, when what it takes will be there), the services that a plan gives its parcels to.
    carried: Mapping[tuple[str, datetime | None], frozenset[str]] = attrs.field(factory=dict)
    private: Mapping[str, Contact | None] = attrs.field(factory=dict, repr=False)


__all__ = ["Proposal"]
