"""The pages of one kind that a service has are read from an index."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intranet", "0012_notes_by_date")]

    operations = [
        migrations.AddIndex(
            model_name="basepage",
            index=models.Index(fields=["service", "content_type"], name="page_service_kind"),
        ),
    ]
