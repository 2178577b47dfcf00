"""Documents are sorted by their names alike on every database, whatever its collation."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import migrations

import directory.sorting


def collate(collation: str, apps: Any, schema_editor: Any) -> None:
    """Have PostgreSQL compare the key so; SQLite compares by characters, and remakes no table."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE documents_node ALTER COLUMN name_sort "
            f'TYPE varchar(255) COLLATE "{collation}"'
        )


class Migration(migrations.Migration):
    dependencies = [("documents", "0011_lists_sort_themselves")]

    operations = [
        migrations.SeparateDatabaseAndState(
            [migrations.RunPython(partial(collate, "C"), partial(collate, "default"))],
            [
                migrations.AlterField(
                    model_name="node",
                    name="name_sort",
                    field=directory.sorting.SortKeyField(editable=False, max_length=255),
                )
            ],
        )
    ]
