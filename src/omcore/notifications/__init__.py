"""Notifications: events become messages due, once per fact (C9).

Decides which message a fact asks for and what it says. Must not know how a message is sent.
"""

__all__: list[str] = []
