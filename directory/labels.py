"""What access scopes are called, for those who administer access without reading content.

The name of a folder may tell what is in it. Services are known to everybody; any other
scope is named to those alone who may read it, and is a number to the others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Case, F, Q, QuerySet, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from directory import access
from directory.languages import in_english
from directory.models import AccessScope, ScopeKind, Service, User
from directory.sorting import SortKey

Naming = Callable[[Collection[int]], Mapping[int, str]]
"""Given ids of scopes, returns the names of those that it knows, in the active language."""

_namings: dict[str, Naming] = {}
_columns: dict[str, str] = {}

_KNOWN_TO_ALL = (ScopeKind.SITE, ScopeKind.SERVICE, ScopeKind.SECTION)


@dataclass(frozen=True, slots=True)
class ScopeLabel:
    """How a scope is shown; `masked`: its name is kept back."""

    pk: int
    kind: str
    text: str
    service: str
    masked: bool

    def __str__(self) -> str:
        return self.text


def register(kind: ScopeKind, naming: Naming, columns: str) -> None:
    """Have `naming` name the scopes of `kind`: an app's own, with a name in each language.

    It is asked once for all that are shown. `columns`: where the database has these names,
    less the language, as "space__name" for `space__name_fr` and `space__name_en`.
    """
    _namings[kind], _columns[kind] = naming, columns


def by_shown_name(scopes: QuerySet[AccessScope], *, viewer: User) -> QuerySet[AccessScope]:
    """Return `scopes` by kind, then in the order of what `viewer` is shown of them.

    Those whose name is kept back come last of their kind, by their number: their place among
    the others would tell something of the name. No further query.
    """
    language = "en" if in_english() else "fr"
    name = Case(
        *(When(kind=kind, then=F(f"{column}_{language}")) for kind, column in _columns.items())
    )
    readable = Q(pk__in=access.scopes_for(viewer))
    shown = Case(When(readable | Q(kind__in=_KNOWN_TO_ALL), then=Coalesce(name, F("label"))))
    return scopes.order_by("kind", SortKey(shown).asc(nulls_last=True), "pk")


def names_of(scopes: Iterable[AccessScope]) -> dict[int, str]:
    """Return what each of `scopes` is called in the active language, by id.

    A query for each kind among them that has names in both languages; nobody's rights are
    asked. See `label_scopes` for readers who may not know the name.
    """
    named = {scope.pk: scope for scope in scopes}
    return {pk: scope.label for pk, scope in named.items()} | _own_names(named.values())


def _own_names(scopes: Collection[AccessScope]) -> dict[int, str]:
    found: dict[int, str] = {}
    for kind, naming in _namings.items():
        if ids := [scope.pk for scope in scopes if scope.kind == kind]:
            found |= naming(ids)
    return found


def _names_of_services(ids: Collection[int]) -> dict[int, str]:
    return {pk: service.name for pk, service in _services().items() if pk in ids}


register(ScopeKind.SERVICE, _names_of_services, "service__name")
register(ScopeKind.SECTION, _names_of_services, "service_in_public__name")


def label_scopes(
    scopes: Iterable[AccessScope], *, viewer: User, depth: int = 8
) -> dict[int, ScopeLabel]:
    """Return the label of each of `scopes` for `viewer`, by id.

    The number of queries depends on how deep the scopes lie (at most `depth`), not on how
    many there are.
    """
    wanted = {scope.pk: scope for scope in scopes}
    if not wanted:
        return {}
    readable = access.levels(viewer, [s for s in wanted.values() if s.kind not in _KNOWN_TO_ALL])
    services = _services()
    parents = _parents(wanted, services, depth)
    names = _own_names([scope for scope in wanted.values() if scope.pk not in services])
    return {
        pk: _label(scope, services, parents, names, readable=pk in readable)
        for pk, scope in wanted.items()
    }


def _services() -> Mapping[int, Service]:
    """Return the service of each scope that is a service's own, or its public one."""
    found: dict[int, Service] = {}
    for service in Service.objects.all():
        found[service.scope_id] = found[service.public_scope_id] = service
    return found


def _parents(
    scopes: Mapping[int, AccessScope], services: Mapping[int, Service], depth: int
) -> dict[int, int | None]:
    """Return the parent of each scope and of those above it, up to the services."""
    parents = {pk: scope.parent_id for pk, scope in scopes.items() if pk not in services}
    for _step in range(depth):
        missing = {
            above
            for above in parents.values()
            if above is not None and above not in parents and above not in services
        }
        if not missing:
            break
        parents |= dict(AccessScope.objects.filter(pk__in=missing).values_list("pk", "parent_id"))
    return parents


def _label(
    scope: AccessScope,
    services: Mapping[int, Service],
    parents: Mapping[int, int | None],
    names: Mapping[int, str],
    *,
    readable: bool,
) -> ScopeLabel:
    own = services.get(scope.pk)
    above: int | None = scope.pk
    while above is not None and above not in services:
        above = parents.get(above)
    service = services[above].name if above is not None else ""
    kind = str(scope.get_kind_display())
    masked = False
    if own is not None and scope.kind == ScopeKind.SERVICE:
        text = _("%(service)s: internal") % {"service": own.name}
    elif own is not None:
        text = _("%(service)s: shown to everybody") % {"service": own.name}
    elif scope.kind in _KNOWN_TO_ALL or readable:
        text = names.get(scope.pk, scope.label)
    else:
        masked = True
        text = _("%(kind)s no. %(number)d") % {"kind": kind.capitalize(), "number": scope.pk}
    return ScopeLabel(scope.pk, kind, text, service, masked)
