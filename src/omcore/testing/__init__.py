"""Testing: strategies, conformance suites and the reference model for those who embed omcore.

Decides how an adapter or a business rule is proved. The only room that knows Hypothesis and
pytest; nothing in omcore imports it.
"""

__all__: list[str] = []
