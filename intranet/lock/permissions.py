"""What people may do in Wagtail: the one place that answers.

Every right on a page or an image is the person's level on its scope, asked of
`directory.access`: who contributes writes drafts, who manages publishes. There are no
permission rows of Wagtail's, no ownership, and no bypass for superusers.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol, TypeVar, cast

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet
from django.db.models.functions import Substr
from wagtail.models import Collection as WagtailCollection
from wagtail.models import PagePermissionTester
from wagtail.permission_policies import BasePermissionPolicy
from wagtail.permission_policies.pages import PagePermissionPolicy

from directory import access
from directory.access import Level, Somebody
from directory.delegation import answers_for
from directory.models import User
from intranet.lock.querysets import FRAME_DEPTH, SECTION_DEPTH
from intranet.lock.viewing import seeing_everything, sees_everything
from intranet.models import BasePage, SiteImage

# The level that an action of Wagtail's takes; what is not named here is allowed to nobody.
PAGE_ACTIONS = {
    "view": Level.READ,
    "choose": Level.READ,
    "add": Level.CONTRIBUTE,
    "change": Level.CONTRIBUTE,
    "publish": Level.MANAGE,
    "lock": Level.MANAGE,
    "unlock": Level.MANAGE,
    "bulk_delete": Level.MANAGE,
}
IMAGE_ACTIONS = {
    "view": Level.READ,
    "choose": Level.READ,
    "add": Level.CONTRIBUTE,
    "change": Level.CONTRIBUTE,
    # What takes the picture from the pages that show it. Those may be out of sight, and to ask
    # about them would tell of them: the picture's own place is asked, whatever shows it.
    "delete": Level.MANAGE,
    "replace": Level.MANAGE,
    "move": Level.MANAGE,
}


_Account = TypeVar("_Account", bound=Somebody)


@dataclass
class Rights:
    """The scopes that a person has at each level; one query for each level that is asked."""

    person: Somebody
    _held: dict[Level, frozenset[int]] = field(default_factory=dict, init=False, compare=False)

    def has(self, level: Level, scope: int | None) -> bool:
        """Tell whether the person has `level` on the scope of that id."""
        if scope is None:
            return False
        if level not in self._held:
            self._held[level] = frozenset(access.visible_scopes(self.person, level))
        return scope in self._held[level]

    @cached_property
    def writes_pages(self) -> bool:
        """Whether there is a page that the person may edit: what opens the admin; one query."""
        with seeing_everything():
            return BasePage.objects.visible_to(self.person, Level.CONTRIBUTE).exists()


class _Keeping(Protocol):
    """An account object on which its rights are kept."""

    _page_rights: Rights


def rights(person: Somebody) -> Rights:
    """Return the rights of `person`, kept on the account object: for one request."""
    found: Rights | None = getattr(person, "_page_rights", None)
    if found is None:
        found = cast("_Keeping", person)._page_rights = Rights(person)
    return found


def is_editor(person: Somebody) -> bool:
    """Tell whether `person` may edit any page, and so has business in the admin."""
    return bool(person.is_authenticated and person.is_active and rights(person).writes_pages)


def _levels(actions: Iterable[str], table: dict[str, Level]) -> list[Level]:
    return [table[action] for action in actions if action in table]


class ScopedPagePermissionPolicy(PagePermissionPolicy):
    """Answers Wagtail's questions about pages by the levels on their scopes."""

    def get_all_permissions_for_user(self, user: Somebody) -> list[Permission]:
        """Return no permission row: there are none."""
        return []

    def user_has_any_permission(self, user: Somebody, actions: Collection[str]) -> bool:
        """Tell whether `user` may do any of `actions` on some page."""
        levels = _levels(actions, PAGE_ACTIONS)
        if not levels or not is_editor(user):
            return False
        with seeing_everything():
            return BasePage.objects.filter(
                scope__in=access.scopes_for(user, min(levels)), depth__gt=1
            ).exists()

    def user_has_any_permission_for_instance(
        self, user: Somebody, actions: Collection[str], instance: BasePage
    ) -> bool:
        """Tell whether `user` may do any of `actions` on the page `instance`."""
        levels = _levels(actions, PAGE_ACTIONS)
        return bool(levels) and rights(user).has(min(levels), instance.scope_id)

    def instances_user_has_any_permission_for(
        self, user: Somebody, actions: Collection[str]
    ) -> QuerySet[BasePage]:
        """Return the pages on which `user` may do any of `actions`."""
        levels = _levels(actions, PAGE_ACTIONS)
        pages = self.model._default_manager.all()
        if not levels:
            return pages.none()
        return pages.filter(scope__in=access.scopes_for(user, min(levels)))

    def users_with_any_permission(
        self, actions: Collection[str], include_superusers: bool = True
    ) -> QuerySet[User]:
        """Return nobody: without a page there is no scope to ask about."""
        return User.objects.none()

    def users_with_any_permission_for_instance(
        self, actions: Collection[str], instance: BasePage, include_superusers: bool = True
    ) -> QuerySet[User]:
        """Return the accounts that may do any of `actions` on the page `instance`."""
        levels = _levels(actions, PAGE_ACTIONS)
        if not levels or instance.scope_id is None:
            return User.objects.none()
        return access.having(min(levels), instance.scope_id)

    def explorable_root_instance(self, user: Somebody) -> BasePage | None:
        """Return the tree's root for whoever edits a page, None for everybody else."""
        return BasePage.get_first_root_node() if is_editor(user) else None

    def explorable_instances(self, user: Somebody) -> QuerySet[BasePage]:
        """Return the pages that `user` edits, their sections and the frame of the site."""
        edited = BasePage.objects.filter(scope__in=access.scopes_for(user, Level.CONTRIBUTE))
        sections = edited.annotate(
            section=Substr("path", 1, SECTION_DEPTH * BasePage.steplen)
        ).values("section")
        return self.model._default_manager.filter(
            Q(scope__in=access.scopes_for(user, Level.CONTRIBUTE))
            | Q(depth__lte=FRAME_DEPTH)
            | Q(depth=SECTION_DEPTH, path__in=sections.order_by())
        )

    def instances_with_direct_explore_permission(self, user: Somebody) -> list[BasePage]:
        """Return the root for whoever edits a page: the explorer begins there."""
        root = self.explorable_root_instance(user)
        return [root] if root else []


def plain(user: _Account) -> _Account:
    """Return `user` without what Wagtail lets superusers do.

    A superuser's is a copy that is none; saved, it leaves the account what it is.
    """
    if not isinstance(user, User) or not user.is_superuser:
        return user
    without = copy.copy(user)
    without.is_superuser = False
    kept = [field.name for field in user._meta.concrete_fields if not field.primary_key]
    kept.remove("is_superuser")
    vars(without)["save"] = functools.partial(without.save, update_fields=kept)
    return without


class ScopedPagePermissionTester(PagePermissionTester):
    """What a person may do with one page.

    `permissions` holds the actions that the level on the page's scope gives; Wagtail's rules
    (locks, workflows, leaves) are applied on top of them.
    """

    def __init__(self, user: Somebody, page: BasePage) -> None:
        from wagtail.permissions import policy_registry

        self.user = plain(user)
        self.permission_policy = policy_registry.get(page)
        self.page = page
        self.page_is_root = page.depth == 1
        held = rights(user)
        self.permissions = {
            action for action, level in PAGE_ACTIONS.items() if held.has(level, page.scope_id)
        }
        kind = page.specific_class
        self.fixed = kind is None or kind.is_fixed

    @property
    def sees(self) -> bool:
        """Whether the person may know of the page at all."""
        return "view" in self.permissions and (self.page.live or "change" in self.permissions)

    def can_edit(self) -> bool:
        """See Wagtail; a page out of sight is edited by nobody, whatever a workflow says."""
        return self.sees and super().can_edit()

    def can_delete(self, ignore_bulk: bool = False) -> bool:
        """See Wagtail; whoever deletes a page must be able to delete all that is below it."""
        if self.fixed or not self.sees:
            return False
        if self.page.live and "publish" not in self.permissions:
            return False  # as Wagtail has it, which asks the database for each page of a list
        return self._holds_all_below() and super().can_delete(ignore_bulk)

    @sees_everything
    def _holds_all_below(self) -> bool:
        level = Level.MANAGE if "publish" in self.permissions else Level.CONTRIBUTE
        held = rights(self.user)
        scopes = self.page.get_descendants().values_list("scope_id", flat=True).order_by()
        return all(held.has(level, scope) for scope in scopes.distinct())

    def can_move_to(self, destination: BasePage) -> bool:
        """See Wagtail; a page becomes another service's by the will of the heads of its own."""
        service = self.page.service_id
        stays = service is None or service == destination.service_id
        return (stays or answers_for(self.user, service)) and super().can_move_to(destination)

    def can_unpublish(self) -> bool:
        """See Wagtail; the frame of the site stays published."""
        return not self.fixed and super().can_unpublish()

    def can_copy(self) -> bool:
        """See Wagtail; there is one of each page of the frame."""
        return not self.fixed and super().can_copy()

    def can_set_view_restrictions(self) -> bool:
        """Answer no: who reads a page is told by its scope alone."""
        return False

    def can_view_revisions(self) -> bool:
        """See Wagtail; old versions are for those who edit the page."""
        return self.can_edit()


class ScopedImagePermissionPolicy(BasePermissionPolicy):
    """Answers Wagtail's questions about images by the levels on their scopes."""

    def __init__(self) -> None:
        super().__init__(SiteImage)

    def user_has_permission(self, user: Somebody, action: str) -> bool:
        """Tell whether `user` may do `action` with some image."""
        return action in IMAGE_ACTIONS and is_editor(user)

    def user_has_any_permission(self, user: Somebody, actions: Collection[str]) -> bool:
        """Tell whether `user` may do any of `actions` with some image."""
        return any(self.user_has_permission(user, action) for action in actions)

    def user_has_permission_for_instance(
        self, user: Somebody, action: str, instance: SiteImage
    ) -> bool:
        """Tell whether `user` may do `action` with the image `instance`."""
        level = IMAGE_ACTIONS.get(action)
        return level is not None and rights(user).has(level, instance.scope_id)

    def instances_user_has_any_permission_for(
        self, user: Somebody, actions: Collection[str]
    ) -> QuerySet[SiteImage]:
        """Return the images with which `user` may do any of `actions`."""
        levels = _levels(actions, IMAGE_ACTIONS)
        images = SiteImage.objects.all()
        return images.visible_to(user, min(levels)) if levels else images.none()

    def users_with_any_permission(self, actions: Collection[str]) -> QuerySet[User]:
        """Return nobody: without an image there is no scope to ask about."""
        return User.objects.none()

    def users_with_any_permission_for_instance(
        self, actions: Collection[str], instance: SiteImage
    ) -> QuerySet[User]:
        """Return the accounts that may do any of `actions` with the image `instance`."""
        levels = _levels(actions, IMAGE_ACTIONS)
        return access.having(min(levels), instance.scope_id) if levels else User.objects.none()

    def collections_user_has_any_permission_for(
        self, user: Somebody, actions: Collection[str]
    ) -> QuerySet[WagtailCollection]:
        """Return the root collection alone: scopes say what collections say elsewhere."""
        roots = WagtailCollection.objects.filter(depth=1)
        return roots if self.user_has_any_permission(user, actions) else roots.none()

    def collections_user_has_permission_for(
        self, user: Somebody, action: str
    ) -> QuerySet[WagtailCollection]:
        """Return the root collection alone."""
        return self.collections_user_has_any_permission_for(user, [action])


def register() -> None:
    """Have Wagtail ask here; before any view of the admin is made."""
    from wagtail.permissions import register_permission_policy

    register_permission_policy(BasePage, ScopedPagePermissionPolicy(BasePage))
    # wagtail.images registers its own for the class when its app is ready, after this one.
    register_permission_policy(SiteImage, ScopedImagePermissionPolicy(), exact_class=True)
