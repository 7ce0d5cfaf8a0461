"""A codec that knows again what it has just written or read.

Decides what is remembered: the record of each of the last texts, whoever wrote them. What a process
commits it reads back - an order with its next command, a movement when the view of stock follows the
feed - and the text is the same: then the record is, too, because records are never changed. Must not
know any store; what a store keeps is read from it each time, and only the reading is spared.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from omcore.codec.records import Codec, Upcaster
from omcore.kernel import InvalidType

MAX_REMEMBERED = 10_000_000


class RememberingCodec(Codec):
    """A codec as good as another one, and faster at what was written or read lately.

    Remembers at most twice ``size`` texts with their records; an order takes some ten kilobytes. For
    processes whose records are never changed after they were given away, as the engine's are not; threads
    may share it. What was written is given back as it was given: equal to what would be read, though an
    instant of your own may still be in another zone than UTC, and a mapping no dict. Errors: ``InvalidType``.
    """

    def __init__(self, codec: Codec, size: int = 1_000) -> None:
        if not issubclass(type(codec), Codec):
            raise InvalidType("codec", expected="Codec")
        if type(size) is not int or not 1 <= size <= MAX_REMEMBERED:
            raise InvalidType("size", expected=f"an int from 1 to {MAX_REMEMBERED}")
        self.__dict__.update(codec.__dict__)
        self._size = size
        # Two generations, so that nothing is ever looked for to be forgotten: the elder goes at once.
        self._young: dict[str, Any] = {}
        self._elder: dict[str, Any] = {}

    def extended(self, *classes: type, upcasters: Mapping[tuple[str, int], Upcaster] | None = None) -> Codec:
        """See ``Codec.extended``; the new one remembers as much, and nothing of this one's."""
        return RememberingCodec(super().extended(*classes, upcasters=upcasters), self._size)

    def dumps(self, value: object) -> str:
        """See ``Codec.dumps``."""
        text = super().dumps(value)
        self._remember(text, value)
        return text

    def loads(self, text: object) -> Any:
        """See ``Codec.loads``."""
        if type(text) is not str:
            return super().loads(text)
        found = self._young.get(text)
        if found is None:
            found = self._elder.get(text)
            if found is None:
                found = super().loads(text)
            self._remember(text, found)
        return found

    def _remember(self, text: str, value: Any) -> None:
        if len(self._young) >= self._size:
            self._elder, self._young = self._young, {}
        self._young[text] = value


__all__ = ["RememberingCodec"]
