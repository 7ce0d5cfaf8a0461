"""The work asked of a location, and what leaves it: fulfillment orders, shipments, pickup.

Decides which units are where. Knows nothing of stock, nor of how a location was chosen.
"""

__all__: list[str] = []
