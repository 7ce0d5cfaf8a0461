"""What a routing strategy is proved by: ``contract`` is the test class, ``cases`` are what it is asked.

Decides nothing. The test class is imported from ``omcore.testing``.
"""

__all__: list[str] = []
