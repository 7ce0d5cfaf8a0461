"""Channels: payloads become drafts, status becomes write-backs.

Decides what each sales channel meant by what it sent. Must not know how a payload arrived or how
an update is sent: that is the work of ports.
"""

__all__: list[str] = []
