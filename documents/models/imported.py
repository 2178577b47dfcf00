"""What an import remembers of the files that it took."""

from __future__ import annotations

from django.db import models
from django.utils import timezone

from .node import Node
from .space import Space


class Imported(models.Model):
    """A file or folder of a share that was brought into a space, and what it is there.

    So a later import finds it again wherever users have moved it, and does not bring back what
    they put into the trash. `key` is the SHA-256 of its path on the server, `place` that path
    to be read. `size`, `modified_at` and `sha256` are those of the file when it was last taken.
    `node` is empty once that was destroyed for good.
    """

    space = models.ForeignKey(Space, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    place = models.TextField()
    node = models.ForeignKey(Node, on_delete=models.SET_NULL, null=True, related_name="+")
    size = models.BigIntegerField(default=0)
    modified_at = models.DateTimeField()
    sha256 = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["space", "key"], name="imported_once_into_a_space"),
        ]

    def __str__(self) -> str:
        return self.place
