"""Wishes: what somebody may want next of an order, of stock, of a cart.

Each module is about one verb family and has a table of *makers*: small functions that look at what there
is and make one command which it allows, or nothing. ``workload`` chooses among them. A maker asks the chooser
for everything, so that zeros make the plainest command; none looks through more than one order.
"""

__all__: list[str] = []
