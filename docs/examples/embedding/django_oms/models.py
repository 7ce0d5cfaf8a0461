"""The tables of ``DjangoStore``: what the store contract asks for, as Django models.

Decides which columns and constraints there are. Records - states, events, answers, personal data - are
text that ``omcore.codec`` has written, and no JSON column: PostgreSQL's would lose what tells 40.0 from
40. Names and keys are text without a length, equal only where they are the same. Nothing is written here
but by ``store.py``; read the tables as you like, from the admin or a report.
"""

from __future__ import annotations

from django.db import models


class Stream(models.Model):
    """A stream as it stands; its version counts the commands that wrote it."""

    name = models.TextField(primary_key=True)
    version = models.BigIntegerField()
    state = models.TextField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(version__gte=1), name="oms_stream_version"),)


class Entry(models.Model):
    """The feed, an event a row, by its position."""

    position = models.BigIntegerField(primary_key=True)
    stream = models.TextField()
    version = models.BigIntegerField()
    index = models.IntegerField()
    event = models.TextField()
    key = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = (
            # Also what a history is read by.
            models.UniqueConstraint(fields=("stream", "version", "index"), name="oms_entry_place"),
        )


class Answer(models.Model):
    """What was answered to a command, by its key."""

    key = models.TextField(primary_key=True)
    answer = models.TextField()


class Person(models.Model):
    """Personal data, a row each, so that one row is all there is to delete."""

    key = models.TextField(primary_key=True)
    contact = models.TextField()


class Cursor(models.Model):
    """How far a reader of the feed has come."""

    name = models.TextField(primary_key=True)
    position = models.BigIntegerField()


class Head(models.Model):
    """One row: the last position of the feed. Who has its lock may commit."""

    id = models.SmallIntegerField(primary_key=True)
    position = models.BigIntegerField()

    class Meta:
        constraints = (models.CheckConstraint(condition=models.Q(id=1), name="oms_head_is_one"),)
