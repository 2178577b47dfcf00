"""Whether the groups of the directory, and whom they list, are shown as Marigot needs them."""

from __future__ import annotations

from collections import Counter
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from ldap.filter import escape_filter_chars

from directory.ldap.connection import Connection
from directory.ldap.entries import group_entry, listed_as
from directory.ldap.errors import DirectoryError
from directory.ldap.members import Members, hidden, hiding, is_shown, may_hide, members_of
from directory.ldap.names import normalised, normalised_login
from directory.ldap.schemas import Schema

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


def groups(connection: Connection, shown: Entries, members: dict[str, Members]) -> Finding:
    """Look at the groups; whom each lists is put into `members`, by its DN."""
    title, schema = _("Groups"), connection.config.schema
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
            group_entry(schema, dn, attributes)
            members[dn] = members_of(connection, dn, attributes)
        except DirectoryError as error:
            faults.append(str(error))
    try:
        faults += [str(hidden(dn)) for dn in sorted(_hidden(connection, shown))]
    except DirectoryError as error:
        faults.append(str(error))
    told = read_words(len(shown), faults)
    if not faults:
        return Finding("success", title, told)
    return Finding(
        "warning",
        title,
        told,
        _("Let the reading account read %(names)s.") % {"names": ", ".join(_attributes(schema))},
    )


def _attributes(schema: Schema) -> tuple[str, ...]:
    return schema.member_attributes + schema.member_login_attributes


def _hidden(connection: Connection, shown: Entries) -> set[str]:
    """Return the groups of which the server does not say that they list nobody by login."""
    bare: dict[str, set[str]] = {}
    for dn, attributes in shown:
        for name in may_hide(connection.config.schema, attributes):
            bare.setdefault(name, set()).add(dn)
    return hiding(connection, bare, lambda dn, _attributes: dn)


def memberships(connection: Connection, shown: Entries) -> Finding:
    """Tell by which attributes groups list their members. Raises DirectoryError."""
    title, schema = _("Members of groups"), connection.config.schema
    counted = {
        name: sum(is_shown(attributes, name) for _dn, attributes in shown)
        for name in _attributes(schema)
    }
    if found := _list_by_logins_unread(connection):
        return Finding(
            "warning",
            title,
            _("There are groups that list their members by memberUid, which is not read: %(first)s")
            % {"first": found},
            _("Where people are to get roles by them, set MARIGOT_LDAP_MEMBER_ATTRIBUTE=%(names)s.")
            % {"names": ",".join([*schema.member_attributes, "memberUid"])},
        )
    nowhere = [name for name in schema.member_login_attributes if not counted[name]]
    if nowhere or not any(counted.values()):
        return Finding(
            "warning",
            title,
            _("No group shows %(names)s.") % {"names": ", ".join(nowhere or counted)},
            _(
                "Let the reading account read it, or name the attribute of the members of your "
                "groups in MARIGOT_LDAP_MEMBER_ATTRIBUTE."
            ),
        )
    told = ", ".join(f"{name} ({number})" for name, number in counted.items() if number)
    return Finding(
        "success", title, _("Number of groups that list members by: %(told)s.") % {"told": told}
    )


def _list_by_logins_unread(connection: Connection) -> str:
    """Return a group that has logins and that the settings leave out, "" for none."""
    schema = connection.config.schema
    if schema.member_login_attributes:
        return ""
    others = f"(&(memberUid=*)(!{schema.group_filter}))"
    return next((dn for dn, _attributes in connection.search_paged(others, ["cn"])), "")


def logins(connection: Connection, people: Entries, members: dict[str, Members]) -> Finding:
    """Look for logins in groups that nobody has, or several have."""
    title, schema = _("Logins in groups"), connection.config.schema
    own = [listed_as(schema, dn, attributes) for dn, attributes in people]
    having = Counter(normalised_login(login) for login in own if login)
    listed = {normalised_login(login): login for each in members.values() for login in each.logins}
    shared = sorted(login for form, login in listed.items() if having[form] > 1)
    if shared:
        return Finding(
            "warning",
            title,
            ngettext(
                "%(count)s login is that of several entries, none of which is in a group by it: "
                "%(first)s",
                "%(count)s logins are those of several entries, none of which is in a group by "
                "them, for one: %(first)s",
                len(shared),
            )
            % {"count": len(shared), "first": shared[0]},
            _("Give each entry its own %(name)s.") % {"name": schema.listed_by},
        )
    missing = sorted(login for form, login in listed.items() if not having[form])[:_LOOKED_UP]
    nobody = [login for login in missing if not _is_somebody(connection, login)]
    if nobody:
        return Finding(
            "warning",
            title,
            ngettext(
                "%(count)s login is nobody’s here: %(first)s",
                "%(count)s logins are nobody’s here, for one: %(first)s",
                len(nobody),
            )
            % {"count": len(nobody), "first": nobody[0]},
            _(
                "Take the logins of those who are gone out of the groups: no server does so by "
                "itself, and the next of the same login would be a member."
            ),
        )
    return Finding("success", title, _("Each stands for one person."))


def _is_somebody(connection: Connection, login: str) -> bool:
    schema = connection.config.schema
    value = escape_filter_chars(login)
    found = f"(&{schema.people_filter}({schema.listed_by}={value}))"
    try:
        return bool(connection.search(found, [schema.id_attribute]))
    except DirectoryError:
        return False


def references(connection: Connection, read: set[str], members: dict[str, Members]) -> Finding:
    """Ask for members that were not read: those of whom the server knows nothing dangle."""
    title = _("Members that are no more")
    missing = []
    named = {normalised(member): member for listed in members.values() for member in listed.names}
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
