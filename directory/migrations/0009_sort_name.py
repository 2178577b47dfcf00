"""People are sorted by their names alike on every database."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

import directory.sorting
from directory.models.user import sort_name_of

_BATCH = 500


def fill(apps: Any, schema_editor: Any) -> None:
    User = apps.get_model("directory", "User")
    some = []
    for user in User.objects.order_by("pk").iterator(chunk_size=_BATCH):
        user.sort_name = sort_name_of(user)
        some.append(user)
        if len(some) >= _BATCH:
            User.objects.bulk_update(some, ["sort_name"])
            some.clear()
    User.objects.bulk_update(some, ["sort_name"])


class Migration(migrations.Migration):
    dependencies = [("directory", "0008_shows_passwords")]

    operations = [
        migrations.AlterModelOptions(
            name="person",
            options={"verbose_name": "person", "verbose_name_plural": "people"},
        ),
        migrations.AddField(
            model_name="user",
            name="sort_name",
            field=directory.sorting.SortKeyField(default="", editable=False, max_length=255),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(fields=["sort_name", "id"], name="account_by_name"),
        ),
    ]
