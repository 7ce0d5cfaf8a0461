"""What gateways, notifiers, channels and carriers are proved by: ``contract`` is the test classes.

Decides nothing. The test classes are imported from ``omcore.testing``.
"""

__all__: list[str] = []
