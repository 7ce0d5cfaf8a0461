"""Privacy: that personal data shows nowhere but where it is kept (PR8).

Decides where is looked: at every error, and of commits and effects at the first of each shape and at
some of the others, because writing a commit out takes longer than making it. Must not know what is right
otherwise.
"""

from __future__ import annotations

from collections import deque
from typing import Any

from omcore.kernel import Contact, OmcoreError
from omcore.testing.simulation.promises import Broken

PRIVATE = "PR8"

# So many of each shape are looked at, then one of so many; words of so many customers are looked for.
_FIRST, _THEN, _CUSTOMERS = 1, 64, 8
# What is shorter may be a part of any other word.
_SHORTEST = 5


class Privacy:
    """Looks for the words of the last customers."""

    def __init__(self) -> None:
        self._customers: deque[tuple[str, ...]] = deque(maxlen=_CUSTOMERS)
        self._looked: dict[Any, int] = {}

    def met(self, contact: Contact | None) -> None:
        """Somebody's personal data became known."""
        if contact is not None:
            texts = (contact.name, contact.email, contact.phone, contact.company, *contact.street)
            words = tuple([text for text in texts if len(text) >= _SHORTEST])
            if words and words not in self._customers:
                self._customers.append(words)

    def look(self, shape: Any, thing: Any) -> None:
        """At a commit, or at what was sent: not each time."""
        if not self._customers:
            return
        seen = self._looked.get(shape, 0)
        self._looked[shape] = seen + 1
        if seen < _FIRST or not seen % _THEN:
            self._search(repr(thing), f"the repr of a {type(thing).__name__}")

    def look_at_error(self, error: OmcoreError) -> None:
        """At an error, with all that it tells."""
        self._search(f"{error!r} {error} {error.path} {dict(error.fields)}", f"the error {error.code}")

    def _search(self, text: str, where: str) -> None:
        for words in self._customers:
            for word in words:
                if word in text:
                    # Nor does whoever tells of it.
                    raise Broken(PRIVATE, f"{where} shows personal data, of {len(word)} characters")


__all__ = ["Privacy"]
