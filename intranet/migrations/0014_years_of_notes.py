"""The notes of each year are counted from an index, without reading their texts."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intranet", "0013_pages_by_kind")]

    operations = [
        migrations.AddIndex(
            model_name="notepage",
            index=models.Index(fields=["basepage_ptr", "date"], name="date_of_note"),
        ),
    ]
