"""The tables of ``DjangoStore``."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("answer", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Person",
            fields=[
                ("key", models.TextField(primary_key=True, serialize=False)),
                ("contact", models.TextField()),
            ],
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                ("position", models.BigIntegerField(primary_key=True, serialize=False)),
                ("stream", models.TextField()),
                ("version", models.BigIntegerField()),
                ("index", models.IntegerField()),
                ("event", models.TextField()),
                ("key", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("reason", models.TextField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("stream", "version", "index"), name="oms_entry_place")
                ],
            },
        ),
        migrations.CreateModel(
            name="Head",
            fields=[
                ("id", models.SmallIntegerField(primary_key=True, serialize=False)),
                ("position", models.BigIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id", 1)), name="oms_head_is_one")
                ],
            },
        ),
        migrations.CreateModel(
            name="Stream",
            fields=[
                ("name", models.TextField(primary_key=True, serialize=False)),
                ("version", models.BigIntegerField()),
                ("state", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("version__gte", 1)), name="oms_stream_version")
                ],
            },
        ),
    ]
