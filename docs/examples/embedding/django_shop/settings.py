"""Settings: the database is chosen by ``OMS_DATABASE``, a SQLite file or a PostgreSQL URL."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import unquote, urlsplit


def database(url: str) -> dict[str, Any]:
    """``postgresql://user:password@host:port/name``, or the path of a SQLite file."""
    if not url.startswith("postgresql://"):
        # IMMEDIATE: a block waits for its turn when it begins, and never fails amid it because it
        # has read before it writes. WAL: readers wait for nobody. FULL: what was acknowledged outlives
        # a power cut.
        level = os.environ.get("OMS_SYNCHRONOUS", "FULL")
        options = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": f"PRAGMA journal_mode = WAL; PRAGMA synchronous = {level}",
        }
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": url, "OPTIONS": options}
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path[1:],
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }


SECRET_KEY = os.environ.get("DJANGO_SECRET_KEY", "an example's, and nobody's secret")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["embedding.django_oms", "embedding.django_shop"]
ROOT_URLCONF = "embedding.django_shop.views"
DATABASES = {"default": database(os.environ.get("OMS_DATABASE", "shop.sqlite3"))}
USE_TZ = True
