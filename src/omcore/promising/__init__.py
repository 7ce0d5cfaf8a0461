"""Promising: what a customer can be told before an order is placed, and after.

The promise that follows from when an order leaves a location and how long a service takes (C2). Must
not know how orders are kept; ``now`` is an argument.
"""

from omcore.promising.dates import Promise, promise

__all__ = ["Promise", "promise"]
