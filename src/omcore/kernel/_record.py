"""The one decorator for values, states and events.

Decides how immutability is paid for. To the type checker every ``@record`` class is frozen. At
run time it is a plain slotted attrs class, because a frozen one sets each field through
``object.__setattr__`` and costs four times as much to construct, and the engine constructs
thousands a second. The test suite sets ``OMCORE_FREEZE=1`` before importing omcore, which turns
every record really frozen: a mutation anywhere fails there.

Must not know what the values mean.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from attrs import frozen as record
else:
    import attrs

    # Read once, at import: the switch belongs to a test process, never to a decision.
    if os.environ.get("OMCORE_FREEZE") == "1":

        def record(cls):
            return attrs.frozen(cls, slots=True)
    else:

        def record(cls):
            # unsafe_hash: records are never mutated, so they hash by value as frozen ones do.
            return attrs.define(cls, slots=True, unsafe_hash=True)


__all__ = ["record"]
