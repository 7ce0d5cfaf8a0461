"""Payload files: a folder a channel, any file in it.

What can be read becomes a command with the time the channel sent it; what cannot is quarantined
with the reason, and the rest goes on. Nothing of a payload is ever shown but its file's name and
the path to the field that is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import attrs

from _geography import located
from omcore.channels import CHANNELS, ThinEvent, read
from omcore.codec import payload_hash
from omcore.kernel import EPOCH, OmcoreError
from omcore.orders import ImportOrder, OrderDraft

# One more than the largest payload that is read: the parser says which limit was broken.
MOST_BYTES = 1_048_577
# Shopify and Amazon number their snapshots by the microsecond they were made.
MICROSECONDS = 10**14


@attrs.frozen
class Quarantined:
    """A payload, or an order in one, that was not taken in."""

    file: str
    reason: str


@attrs.define
class Intake:
    """What a folder held: commands in the order of time, and what was left out."""

    files: int = 0
    orders: list[tuple[str, ImportOrder]] = attrs.field(factory=list)
    notices: list[tuple[str, ThinEvent]] = attrs.field(factory=list)
    quarantined: list[Quarantined] = attrs.field(factory=list)

    def refuse(self, file: str, error: OmcoreError | str) -> None:
        """Quarantine, with the reason."""
        self.quarantined.append(Quarantined(file, str(error)))


def read_folder(folder: Path, *, locations: Mapping[str, str], skus: Mapping[str, str]) -> Intake:
    """Read every file of every channel's folder. ``locations`` and ``skus`` translate Square's ids."""
    intake = Intake()
    for name, path in _files(folder):
        intake.files += 1
        channel = name.partition("/")[0]
        if channel not in CHANNELS:
            intake.refuse(name, f"no channel of that name: {', '.join(CHANNELS)}")
            continue
        try:
            with path.open("rb") as file:
                payload = file.read(MOST_BYTES)
        except OSError as error:
            intake.refuse(name, f"unreadable: {type(error).__name__}")
            continue
        for found in read(channel, payload, locations=locations, skus=skus):
            if isinstance(found, OrderDraft):
                intake.orders.append((name, _command(found)))
            elif isinstance(found, ThinEvent):
                intake.notices.append((name, found))
            else:
                intake.refuse(name, found)
    return intake


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("*/**/*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            yield name, path


def _command(draft: OrderDraft) -> ImportOrder:
    """Take in a snapshot. The same snapshot in two files is one command, by its key (C4).

    These files have no envelope. Who receives webhooks takes the channel's own id of the event
    (``X-Shopify-Event-Id``): a version is none, for two snapshots of one second may share it.
    """
    ref = draft.ref
    command = ImportOrder(located(draft), key="unnamed", at=_sent_at(draft), by=ref.channel)
    return attrs.evolve(command, key=f"{ref.channel}/{ref.account}/{ref.id}/{payload_hash(command)[:32]}")


def _sent_at(draft: OrderDraft) -> datetime:
    """When the channel sent it: the clock of the day is in the data."""
    if draft.source_version < MICROSECONDS:
        return draft.placed_at
    return max(draft.placed_at, EPOCH + timedelta(microseconds=draft.source_version))
