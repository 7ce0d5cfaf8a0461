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

    # No weak references: a slot for them would cost every record of every kept order 8 bytes.
    # Read once, at import: the switch belongs to a test process, never to a decision.
    if os.environ.get("OMCORE_FREEZE") == "1":

        def record(cls):
            return attrs.frozen(cls, slots=True, weakref_slot=False)
    else:

        def record(cls):
            # unsafe_hash: records are never mutated, so they hash by value as frozen ones do.
            # on_setattr: no hooks, so that a field with a converter costs its class no __setattr__.
            return attrs.define(
                cls, slots=True, weakref_slot=False, unsafe_hash=True, on_setattr=attrs.setters.NO_OP
            )


__all__ = ["record"]
