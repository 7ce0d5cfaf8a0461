"""What a store is proved by: ``contract`` is the test classes, everything else what they are made of.

Decides nothing. The test classes are imported from ``omcore.testing``; the simulator takes the clauses
from here, so that importing this package imports none of its modules.
"""

__all__: list[str] = []
