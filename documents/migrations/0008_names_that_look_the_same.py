"""Names are compared by apostrophes, spaces and characters that nobody sees, too.

Two names of a folder that were two and are one now both stay as they are: the key of the
later one gets its id behind a "/", which no name holds, until somebody renames or moves it.
"""

from __future__ import annotations

import unicodedata
from typing import Any

from django.db import migrations

from documents import names

_BATCH = 1000


def _key_before(name: str) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", name).casefold())


def _rewrite(apps: Any, key: Any) -> None:
    Node = apps.get_model("documents", "Node")
    changed = []
    rows = Node.objects.order_by("pk").only(
        "pk", "name", "name_key", "name_sort", "parent_id", "scope_id", "trashed_at"
    )
    for node in rows.iterator(chunk_size=_BATCH):
        new = key(node.name)
        sort = names.sort_key(node.name)
        if (new, sort) == (node.name_key, node.name_sort):
            continue
        if new != node.name_key and node.trashed_at is None and node.parent_id is not None:
            # One at a time: each of the earlier ones has its new key already.
            same = Node.objects.filter(
                parent_id=node.parent_id, scope_id=node.scope_id, trashed_at=None, name_key=new
            )
            if same.exclude(pk=node.pk).exists():
                new = f"{new[:700]}/{node.pk.hex}"
            Node.objects.filter(pk=node.pk).update(name_key=new, name_sort=sort)
            continue
        node.name_key, node.name_sort = new, sort
        changed.append(node)
        if len(changed) >= _BATCH:
            Node.objects.bulk_update(changed, ["name_key", "name_sort"], batch_size=200)
            changed.clear()
    Node.objects.bulk_update(changed, ["name_key", "name_sort"], batch_size=200)


def forwards(apps: Any, schema_editor: Any) -> None:
    _rewrite(apps, names.key)


def backwards(apps: Any, schema_editor: Any) -> None:
    _rewrite(apps, _key_before)


class Migration(migrations.Migration):
    dependencies = [("documents", "0007_stays_behind")]

    operations = [migrations.RunPython(forwards, backwards)]
