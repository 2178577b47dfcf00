"""A grant names the one by which it was given; grants from before name none and stay."""

from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


def _basis(model: str) -> models.ForeignKey:
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.CASCADE,
        related_name="+",
        to=f"directory.{model}",
    )


class Migration(migrations.Migration):
    dependencies = [("directory", "0003_journal_filters")]

    operations = [
        migrations.AddField(grant, f"basis_{kind}", _basis(f"{kind}grant"))
        for grant in ("usergrant", "groupgrant")
        for kind in ("user", "group")
    ]
