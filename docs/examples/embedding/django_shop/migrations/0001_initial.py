"""The shop's own table."""

from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    operations = [
        migrations.CreateModel(
            name="Sale",
            fields=[
                ("order_id", models.TextField(primary_key=True, serialize=False)),
                ("campaign", models.TextField(default="")),
                ("created_at", models.DateTimeField()),
            ],
        ),
    ]
