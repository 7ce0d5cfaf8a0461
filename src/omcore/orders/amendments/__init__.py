"""What is agreed anew after placement: edits, exchanges, claims.

Decides what is added, removed and owed by a change. Units that it does not name keep their worth.
"""

__all__: list[str] = []
