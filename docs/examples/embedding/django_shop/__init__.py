"""A Django project of four short files that sells through omcore. Copy it, change it."""
