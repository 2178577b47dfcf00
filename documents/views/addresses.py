"""Where pages are, and the way to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest

from documents import selectors
from documents.models import Node


@dataclass(frozen=True, slots=True)
class Crumb:
    """A folder on the way to a page."""

    title: str
    url: str


def crumbs_to(node: Node, request: HttpRequest) -> list[Crumb]:
    """Return the way to `node` from where the person's access begins; one query, none for a root.

    Somebody who was invited to one folder sees the way from that folder on.
    """
    if node.is_root:
        return []
    return [
        Crumb(_title(step), step.get_absolute_url())
        for step in selectors.path_to(node, request.user)
    ]


def _title(step: Node) -> str:
    """Return how a step of the way is called: many services name their spaces alike."""
    return f"{step.space.service.name} · {step.title}" if step.is_root else step.title
