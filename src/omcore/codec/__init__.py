"""Codec: records to JSON and back, with schema versions.

Decides how events, states and commands are written down (C5). The only room that knows cattrs.
Must not know stores or channels.
"""

__all__: list[str] = []
