"""What several pages and indexes read of the organisation."""

from __future__ import annotations

from collections import defaultdict

from directory.models import Service
from directory.text import sort_key


def service_tree() -> list[tuple[Service, int]]:
    """Return all services with how many lie above each, each below the one above it; one query.

    Those below the same one are in the order of their names in the active language.
    """
    below: dict[int | None, list[Service]] = defaultdict(list)
    for service in sorted(Service.objects.all(), key=lambda each: sort_key(each.name)):
        below[service.parent_id].append(service)
    result: list[tuple[Service, int]] = []
    waiting = [(service, 0) for service in reversed(below[None])]
    while waiting:
        service, depth = waiting.pop()
        result.append((service, depth))
        waiting += [(child, depth + 1) for child in reversed(below[service.pk])]
    return result
