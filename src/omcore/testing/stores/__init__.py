"""What a store is proved by: ``contract`` is the test classes, everything else what they are made of.

Decides nothing. The test classes are imported from ``omcore.testing``; the clauses that they prove are
``_store_clauses`` above, because the simulator names them as well.
"""

__all__: list[str] = []
