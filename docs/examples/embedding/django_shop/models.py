"""The shop's own table: a sale, beside the order that omcore keeps of it."""

from __future__ import annotations

from django.db import models


class Sale(models.Model):
    """Who sold what, in the shop's own words; ``order_id`` is the order's."""

    order_id = models.TextField(primary_key=True)
    campaign = models.TextField(default="")
    created_at = models.DateTimeField()
