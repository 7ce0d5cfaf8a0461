"""A Django app that keeps what omcore decides in the project's own database. Copy it, change it."""
