"""What comes back, or does not: eligibility, authorisation, receipt, inspection, and the money of it.

Decides what a returned unit is good for. Knows nothing of the tenders that are paid back.
"""

__all__: list[str] = []
