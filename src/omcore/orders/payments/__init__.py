"""Tenders, what is asked of them and what arrived; the ledger; what is conceded.

Decides who is owed how much, from which tender. Knows nothing of goods, only of what they became worth.
"""

__all__: list[str] = []
