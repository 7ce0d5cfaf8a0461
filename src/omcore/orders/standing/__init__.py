"""Where an order stands and what it waits for: holds, stages, requests to cancel, and units called off.

Decides who may stop what and let it go on. Knows nothing of money or of locations: both follow.
"""

__all__: list[str] = []
