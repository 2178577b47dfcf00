"""What every page's template is given."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from directory import access
from directory.models import AccessGroup, Role, Service
from directory.outside import text_from_outside
from directory.text import sort_key
from intranet.notices.querysets import State, state_at

THEME_COOKIE = "marigot_theme"
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class ServiceLink:
    """One line of "My services"."""

    service: Service
    url: str

    @property
    def name(self) -> str:
        """The name in the active language."""
        return self.service.name


class Navigation:
    """What the frame of a page shows of the person; asked of the database when drawn.

    One query for the roles, one for the unread notices, one for what may be seen (which the
    page has mostly asked already); none for an anonymous person,
    and none where the frame is not drawn (the fragments of a page).
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request
        self._user = request.user

    @cached_property
    def _groups(self) -> list[AccessGroup]:
        if not self._user.is_authenticated:
            return []
        return list(AccessGroup.objects.filter(group__user=self._user).select_related("service"))

    @property
    def services(self) -> list[ServiceLink]:
        """The services that the person belongs to, by name, each with its section's address.

        Without those whose section is not theirs to see: an external contractor may be a
        member of a service and still not be of the organisation that its section is shown to.
        """
        mine = {group.service for group in self._groups if group.service is not None}
        if mine:
            seen = set(access.visible_scopes(self._user))
            mine = {service for service in mine if service.public_scope_id in seen}
        language = get_language() or settings.LANGUAGE_CODE
        return [
            ServiceLink(service, f"/{language}/{service.slug}/")
            for service in sorted(mine, key=lambda service: sort_key(service.name))
        ]

    @cached_property
    def _notices(self) -> State:
        return state_at(self._request)

    @property
    def unread(self) -> int:
        """How many notices the person has not read."""
        return self._notices.unread

    @property
    def sequence(self) -> int:
        """Where the journal stood when the notices were counted."""
        return self._notices.sequence

    @property
    def edits(self) -> bool:
        """Whether to offer the editor: the person heads, or contributes to, a service."""
        return any(group.role in (Role.HEAD, Role.CONTRIBUTOR) for group in self._groups)

    @property
    def reviews(self) -> bool:
        """Whether drafts may wait for the person: they are submitted to heads of services."""
        return any(group.role == Role.HEAD for group in self._groups)

    @property
    def is_it_admin(self) -> bool:
        """Whether to offer the administration of access, which asks again by itself."""
        return any(group.role == Role.IT_ADMIN for group in self._groups)


def site(request: HttpRequest) -> dict[str, object]:
    """Return the name of the site, the theme chosen and the navigation."""
    theme = text_from_outside(request.COOKIES.get(THEME_COOKIE), longest=20)
    return {
        "site_name": settings.SITE_NAME,
        "theme": theme if theme in THEMES else "",
        "nav": Navigation(request) if hasattr(request, "user") else None,
    }
