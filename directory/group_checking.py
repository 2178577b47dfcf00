"""Whether the groups of the directory, and whom they list, are shown as Marigot needs them."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from directory.ldap.connection import Connection
from directory.ldap.entries import group_entry
from directory.ldap.errors import DirectoryError
from directory.ldap.members import members_of
from directory.ldap.names import normalised

from .findings import Cures, Entries, Finding, read_words

_LOOKED_UP: Final = 50
"""How many members that were not read are asked for by name."""

_CURE_OF_REFERENCES: Final[Cures] = {
    "openldap": gettext_lazy(
        "Add the overlay refint to the database of the people (olcOverlay=refint), with the "
        "attribute of the members."
    ),
    "ad": gettext_lazy("Take the members that are named out of their groups."),
    "389ds": gettext_lazy(
        "Switch the plug-in for referential integrity on (dsconf INSTANCE plugin "
        "referential-integrity enable)."
    ),
}


def groups(connection: Connection, shown: Entries, members: dict[str, list[str]]) -> Finding:
    """Look at the groups; whom each lists is put into `members`, by its DN."""
    title = _("Groups")
    if not shown:
        return Finding(
            "warning",
            title,
            _("No group is shown: nobody gets a role from the directory."),
            _("Check MARIGOT_LDAP_BASE_DN, MARIGOT_LDAP_GROUP_FILTER and what the account sees."),
        )
    faults = []
    for dn, attributes in shown:
        try:
            group_entry(connection.config.schema, dn, attributes)
            members[dn] = members_of(connection, dn, attributes)
        except DirectoryError as error:
            faults.append(str(error))
    told = read_words(len(shown), faults)
    if not faults:
        return Finding("success", title, told)
    return Finding(
        "warning",
        title,
        told,
        _("Let the reading account read %(names)s.")
        % {"names": ", ".join(connection.config.schema.member_attributes)},
    )


def references(connection: Connection, read: set[str], members: dict[str, list[str]]) -> Finding:
    """Ask for members that were not read: those of whom the server knows nothing dangle."""
    title = _("Members that are no more")
    missing = []
    named = {normalised(member): member for listed in members.values() for member in listed}
    for member in (named[name] for name in sorted(named.keys() - read)[:_LOOKED_UP]):
        try:
            if connection.read(member, ["objectClass"]) is None:
                missing.append(member)
        except DirectoryError:
            missing.append(member)
    if not missing:
        return Finding("success", title, _("No group names any."))
    return Finding(
        "warning",
        title,
        ngettext(
            "%(count)s member is not there or hidden: %(first)s",
            "%(count)s members are not there or hidden, for one: %(first)s",
            len(missing),
        )
        % {"count": len(missing), "first": missing[0]},
        str(_CURE_OF_REFERENCES[connection.config.schema.name]),
    )
