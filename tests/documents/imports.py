"""Running an import, and looking at what it brought."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from django.core.management import call_command
from django.utils import translation

from documents.models import Node, Space


def run(share: Path, space: Space, **options: object) -> str:
    """Import `share` into `space` by the command, in English, and return what it says."""
    out = StringIO()
    with translation.override("en"):
        call_command("import_tree", share, space=space.slug, stdout=out, **options)
    return out.getvalue()


def paths(space: Space) -> set[str]:
    """The live nodes of a space, as paths."""
    nodes = {node.pk: node for node in Node.objects.live().filter(space=space)}

    def path(node: Node) -> str:
        return f"{path(nodes[node.parent_id])}/{node.name}" if node.parent_id else ""

    return {path(node) for node in nodes.values()} - {""}


EVERYTHING = {
    "/Budgets",
    "/Budgets/2025",
    "/Budgets/2025/primitif.txt",
    "/Budgets/note.txt",
    "/lisez-moi.txt",
    "/vide",
}
