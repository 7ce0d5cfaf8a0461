"""Inventory: stock by SKU and location, and the claims on it.

Decides what is on hand, what is claimed and what can still be promised (S1-S13). Must not know
orders: a claim has an owner and a reference, both plain text.
"""

__all__: list[str] = []
