"""Which people and groups somebody may know of, where they name one to give access.

Whoever reads what is for the whole organisation knows its directory, and so does an IT
administrator. Anybody else (an external who manages a folder) knows the services whose section
or inside they see, the groups they are in themselves, and who has access at that place already,
which the page tells them. Somebody they do not know is as good as not there.
"""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet

from directory import access
from directory.access import Level
from directory.models import (
    AccessGroup,
    AccessScope,
    Membership,
    Role,
    Service,
    User,
)
from directory.models.grants import GroupGrant, ScopeInheritance


def knows_everybody(person: User) -> bool:
    """Tell whether the whole directory is known to `person`; three queries at most."""
    return access.can(person, Level.READ, AccessScope.site()) or access.is_it_admin(person)


def known_groups(person: User, here: AccessScope | int) -> QuerySet[AccessGroup]:
    """Return the groups that `person` may be offered at the scope `here`."""
    groups = AccessGroup.objects.all()
    if knows_everybody(person):
        return groups
    pk = here.pk if isinstance(here, AccessScope) else here
    above = ScopeInheritance.objects.filter(descendant=pk).values("ancestor")
    given = GroupGrant.objects.filter(access.in_force(Level.READ), content_object__in=above)
    return groups.filter(_of_a_known_group(person) | Q(group__in=given.values("group")))


def known_people(person: User, here: AccessScope | int) -> QuerySet[User]:
    """Return the accounts that `person` may be offered at the scope `here`."""
    people = User.objects.all()
    if knows_everybody(person):
        return people
    groups = AccessGroup.objects.filter(_of_a_known_group(person))
    together = Membership.objects.filter(user=OuterRef("pk"), access_group__in=groups.values("pk"))
    return people.filter(
        Q(pk=person.pk) | Q(pk__in=access.readers(here).values("pk")) | Exists(together)
    )


def _of_a_known_group(person: User) -> Q:
    readable = access.scopes_for(person)
    services = Service.objects.filter(Q(scope__in=readable) | Q(public_scope__in=readable))
    own = Membership.objects.filter(user=person.pk).exclude(access_group__role=Role.EVERYONE)
    return Q(service__in=services.values("pk")) | Q(pk__in=own.values("access_group"))
