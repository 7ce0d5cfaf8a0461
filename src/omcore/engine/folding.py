"""Folding: the state of a stream from its events, for a store that keeps no states, or not each.

Decides which aggregate a stream is, by its name up to the first slash, and so what folds its events
(C5). Must not know how events are kept, or what they mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from omcore import inventory as inv
from omcore import orders as om
from omcore.inventory.tokens import evolve_reservation
from omcore.kernel import InvalidType

Evolve = Callable[[Any, Any], Any]

EVOLVE: Mapping[str, Evolve] = {
    "label": om.evolve_labels,
    "order": om.evolve,
    "publication": inv.evolve_publication,
    "reservation": evolve_reservation,
    "stock": inv.evolve_stock,
}
"""By the kind of a stream, what gives the state after an event from the state before it, None at first."""

_STATES: Mapping[Evolve, type] = {
    om.evolve_labels: om.Labels,
    om.evolve: om.Order,
    inv.evolve_publication: inv.Publication,
    evolve_reservation: inv.Reservation,
    inv.evolve_stock: inv.StockItem,
}


def fold(
    stream: str, events: Sequence[Any], state: Any = None, *, evolve: Mapping[str, Evolve] = EVOLVE
) -> Any:
    """The state of a stream after events, oldest first, of which ``state`` is the one before them.

    What the engine writes beside the events is what they fold to, at every version. ``evolve`` says
    how streams of further kinds are folded: ``{**EVOLVE, "gift": evolve_gift}``.

    Errors: ``UnknownEvent`` for an event that is none of the stream's; ``InvalidType`` for a stream
    of an unknown kind, a state of another kind of stream, and for what is no list or tuple.
    """
    if type(stream) is not str:
        raise InvalidType("stream", expected="str")
    if type(events) is not list and type(events) is not tuple:
        raise InvalidType("events", expected="list or tuple of events")
    if type(evolve) is not dict or any(not callable(each) for each in evolve.values()):
        raise InvalidType("evolve", expected="a dict of functions")
    step = evolve.get(stream.partition("/")[0])
    if step is None:
        raise InvalidType("stream", expected="a stream of a kind that `evolve` has")
    kind = _STATES.get(step)
    if kind is not None and state is not None and type(state) is not kind:
        raise InvalidType("state", expected=f"{kind.__name__} or None")
    for event in events:
        state = step(state, event)
    return state


__all__ = ["EVOLVE", "Evolve", "fold"]
