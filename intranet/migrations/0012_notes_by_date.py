"""A page of the newest notes is read from an index."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intranet", "0011_dates_as_typed")]

    operations = [
        migrations.AddIndex(
            model_name="notepage",
            index=models.Index(fields=["date"], name="note_by_date"),
        ),
    ]
