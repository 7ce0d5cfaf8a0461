"""Tapes as text: short enough to stand in a test, and read back as they were.

Decides how choices are written: blocks between slashes, numbers between spaces, ``0*12`` for twelve
plain choices in a row, and nothing for those at the end of a block. Must not know what is chosen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from omcore.testing.simulation.chooser import Block

_NUMBER = re.compile(r"(0\*)?([0-9]{1,9})", re.ASCII)
_RUN = 3  # so many zeros are shorter as a run


def trimmed(tape: Sequence[Sequence[int]]) -> list[Block]:
    """Without the plain choices at the end of each block: what is not on a tape is plain."""
    blocks = []
    for block in tape:
        length = len(block)
        while length and block[length - 1] == 0:
            length -= 1
        blocks.append(list(block[:length]))
    return blocks or [[]]


def written(tape: Sequence[Sequence[int]]) -> str:
    """A tape as text."""
    return "/".join([_block(block) for block in trimmed(tape)])


def _block(block: Block) -> str:
    words: list[str] = []
    for number, run in groupby(block):
        count = len(list(run))
        words += [f"0*{count}"] if number == 0 and count >= _RUN else [str(number)] * count
    return " ".join(words)


def read(text: str) -> list[Block]:
    """The tape that was written. ``ValueError`` for another text."""
    return trimmed([_numbers(block) for block in text.split("/")])


def _numbers(block: str) -> Block:
    numbers: Block = []
    for word in block.split():
        found = _NUMBER.fullmatch(word)
        if found is None or (found[1] and int(found[2]) > 1_000_000):
            raise ValueError(f"{word!r} is no choice on a tape")
        numbers += [0] * int(found[2]) if found[1] else [int(found[2])]
    return numbers


__all__ = ["read", "trimmed", "written"]
