"""Where pages are, and the way to them."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from documents import reading
from documents.models import Node


@dataclass(frozen=True, slots=True)
class Crumb:
    """A folder on the way to a page."""

    title: str
    url: str


def address_in_space(node: Node) -> str:
    """Return the address of a folder that shows where it is."""
    if node.is_root:
        return node.space.get_absolute_url()
    return reverse("documents:folder", args=[node.space.slug, node.pk])


def crumbs_to(node: Node, request: HttpRequest) -> list[Crumb]:
    """Return the way to `node` as far as the person reads it; one query, none for a root.

    The names of the space and of its folders are in their addresses only where the way
    begins at the root: otherwise the person does not read the space.
    """
    if node.is_root:
        return []
    path = reading.path_to(node, request.user)
    whole = bool(path) and path[0].is_root
    return [
        Crumb(_title(step), address_in_space(step) if whole else step.get_absolute_url())
        for step in path
    ]


def _title(step: Node) -> str:
    """Return how a step of the way is called: many services name their spaces alike."""
    return f"{step.space.service.name} · {step.title}" if step.is_root else step.title
