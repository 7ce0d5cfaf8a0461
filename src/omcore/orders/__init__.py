"""Orders: the order aggregate and its facets."""
