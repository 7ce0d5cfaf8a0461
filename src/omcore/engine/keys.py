"""Keys of the engine's own: what it commands by itself, and what it did outside, each named once.

Decides the one prefix that no caller's key has, so that nobody's key stands for an effect that was
never made (C4, C9). Must not know what is done under a key.
"""

from __future__ import annotations

from omcore.kernel import Command, InvalidId

OWN = "omcore/"


def own_key(*parts: object) -> str:
    """The engine's key of a fact, or of an effect whose port is given the rest of it."""
    return OWN + "/".join(map(str, parts))


def refuse_own(command: Command) -> None:
    """A caller's command has a key of his own. Errors: ``InvalidId`` at ``key``."""
    if command.key.startswith(OWN):
        raise InvalidId("key", reason=f"keys that begin with {OWN} are the engine's own")


__all__ = ["OWN", "own_key", "refuse_own"]
