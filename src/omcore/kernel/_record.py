"""The one decorator for values, states and events.

Decides how immutability is paid for. To the type checker every ``@record`` class is frozen. At
run time it is a plain slotted attrs class, because a frozen one sets each field through
``object.__setattr__`` and costs four times as much to construct, and the engine constructs
thousands a second. The test suite sets ``OMCORE_FREEZE=1`` before importing omcore, which turns
every record really frozen: a mutation anywhere fails there.

``changed`` copies a record (of two fields or more, none by keyword only) with some of them otherwise:
a fact touches two fields of ten, and who folds it should not have to name the other eight.

Must not know what the values mean.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The type checker knows both, field by field.
    from attrs import evolve as changed
    from attrs import frozen as record
else:
    from operator import attrgetter

    import attrs

    # By class: all fields of a value at once, and at which position each of them is.
    _READERS = {}

    def changed(value, /, **changes):
        """A copy of a record with some fields otherwise, as ``attrs.evolve`` and twice as fast."""
        cls = type(value)
        reader = _READERS.get(cls)
        if reader is None:
            names = [field.name for field in attrs.fields(cls)]
            positions = {name: i for i, name in enumerate(names)}
            reader = _READERS[cls] = (attrgetter(*names), positions)
        read, at = reader
        fields = [*read(value)]
        for name, field in changes.items():
            fields[at[name]] = field
        return cls(*fields)

    # No weak references: a slot for them would cost every record of every kept order 8 bytes.
    # Read once, at import: the switch belongs to a test process, never to a decision.
    if os.environ.get("OMCORE_FREEZE") == "1":

        def record(cls):
            """A value class, frozen to the type checker; here it is frozen at run time too."""
            return attrs.frozen(cls, slots=True, weakref_slot=False)
    else:

        def record(cls):
            """A value class, frozen to the type checker; at run time it is a plain attrs class with slots."""
            # unsafe_hash: records are never mutated, so they hash by value as frozen ones do.
            # on_setattr: no hooks, so that a field with a converter costs its class no __setattr__.
            return attrs.define(
                cls, slots=True, weakref_slot=False, unsafe_hash=True, on_setattr=attrs.setters.NO_OP
            )


__all__ = ["changed", "record"]
