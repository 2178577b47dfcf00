"""People are found without accents and capitals."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from directory.models.user import found_by_of

_BATCH = 500


def fill(apps: Any, schema_editor: Any) -> None:
    User = apps.get_model("directory", "User")
    some = []
    for user in User.objects.select_related("person").order_by("pk").iterator(chunk_size=_BATCH):
        user.found_by = found_by_of(user, getattr(user, "person", None))
        some.append(user)
        if len(some) >= _BATCH:
            User.objects.bulk_update(some, ["found_by"])
            some.clear()
    User.objects.bulk_update(some, ["found_by"])


class Migration(migrations.Migration):
    dependencies = [("directory", "0005_person_password_mark_user_session_epoch")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="found_by",
            field=models.TextField(default="", editable=False),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
