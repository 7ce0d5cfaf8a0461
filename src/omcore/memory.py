"""Memory: the in-memory adapter of every port.

Decides nothing of the business: it is the reference that the conformance suites are checked with.
Must not know any aggregate: it keeps what it is given.
"""

__all__: list[str] = []
