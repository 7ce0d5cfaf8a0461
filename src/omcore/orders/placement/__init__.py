"""How an order comes to be: its draft is checked, priced and placed, or a snapshot of it is taken in.

Decides what each unit is worth for good. Knows nothing of what happens to an order later.
"""

__all__: list[str] = []
