"""Whether the directory is set up as Marigot needs it: what works, and how to mend what does not.

Asks neither the database nor for anything to be written: it can be used before the first reading.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from directory.ldap import position
from directory.ldap.config import LdapConfig
from directory.ldap.connection import PAGING, Connection
from directory.ldap.entries import group_attributes, person_attributes, person_entry
from directory.ldap.errors import DirectoryError, NotConfigured, Refused, UnusableEntry
from directory.ldap.members import Members
from directory.ldap.names import normalised
from directory.ldap.schemas import Schema
from directory.sync import config, following, tracking

from . import group_checking
from .findings import Cures, Entries, Finding, Kind, read_words

_CURE_OF_LIMITS: Final[Cures] = {
    "openldap": gettext_lazy(
        "Give the reading account no limit (olcLimits, with size=unlimited time=unlimited)."
    ),
    "ad": gettext_lazy("Raise MaxResultSetSize in the LDAP policies of the domain."),
    "389ds": gettext_lazy(
        "Give the entry of the reading account no limit (-1 for nsSizeLimit and "
        "nsLookThroughLimit)."
    ),
}
_CURE_OF_STATUS: Final[Cures] = {
    "openldap": gettext_lazy(
        "Let the reading account read pwdAccountLockedTime (olcAccess), or name the mark of your "
        "closed accounts in MARIGOT_LDAP_DISABLED."
    ),
    "ad": gettext_lazy("Let the reading account read userAccountControl."),
    "389ds": gettext_lazy(
        "Let the reading account read nsAccountLock: it is named in the access rule (aci) of the "
        "suffix by itself, * does not stand for it."
    ),
}
_CURE_OF_IDENTITY: Final[Cures] = {
    "openldap": gettext_lazy("Let the reading account read entryUUID (olcAccess)."),
    "ad": gettext_lazy("Let the reading account read objectGUID."),
    "389ds": gettext_lazy(
        "Let the reading account read nsUniqueId: it is named in the access rule (aci) of the "
        "suffix by itself, * does not stand for it."
    ),
}


def look(*, most: int | None = None, budget: float | None = None) -> Iterator[Finding]:
    """Yield what is found of the directory of the settings, in the active language.

    `most`: how many people and groups are read, None for all of them; `budget`: how many seconds
    all that is asked of one connection may take.
    """
    try:
        settings = config.from_settings()
    except NotConfigured as error:
        yield Finding("error", _("Settings"), str(error))
        return
    opened: Connection | None = None
    try:
        for address in settings.url.split():
            found = _open(replace(settings, url=address), budget)
            yield found if isinstance(found, Finding) else _answers(address)
            if isinstance(found, Connection):
                if opened is None:
                    opened = found
                else:
                    found.unbind()
        if opened is not None:
            yield from _content(opened, most)
    finally:
        if opened is not None:
            opened.unbind()


def _open(settings: LdapConfig, budget: float | None) -> Connection | Finding:
    try:
        return Connection(settings, budget=budget)
    except Refused as error:
        return Finding(
            "error",
            _("Reading account"),
            str(error),
            _("Check MARIGOT_LDAP_BIND_DN and MARIGOT_LDAP_BIND_PASSWORD."),
        )
    except DirectoryError as error:
        return Finding(
            "error",
            settings.url,
            str(error),
            _(
                "Check that the server runs and can be reached, and that the authority of its "
                "certificate is the one in MARIGOT_LDAP_CA_FILE, for the name in the address."
            ),
        )


def _answers(address: str) -> Finding:
    return Finding(
        "success", address, _("It answers, its certificate is valid, the account may read.")
    )


def _content(connection: Connection, most: int | None) -> Iterator[Finding]:
    """Look at what the server shows."""
    parts = ((_("Base"), _base), (_("Reading in pages"), _paging), (_("Changes"), _changes))
    for title, part in parts:
        try:
            yield part(connection, title)
        except DirectoryError as error:
            yield Finding("error", title, str(error))
    yield from _entries(connection, most)


def _base(connection: Connection, title: str) -> Finding:
    settings = connection.config
    for dn, name in ((settings.base_dn, "BASE_DN"), (settings.canary_dn, "CANARY_DN")):
        if dn and connection.read(dn, ["objectClass"]) is None:
            return Finding(
                "error",
                title,
                _("The entry %(dn)s is not shown.") % {"dn": dn},
                _("Check MARIGOT_LDAP_%(name)s, and that the reading account may read that entry.")
                % {"name": name},
            )
    return Finding("success", title, settings.base_dn)


def _paging(connection: Connection, title: str) -> Finding:
    root = connection.read("", ["supportedControl"]) or {}
    if PAGING.encode() in root.get("supportedcontrol", ()):
        return Finding("success", title, _("The server offers it."))
    return Finding(
        "warning",
        title,
        _("The server does not say that it offers it."),
        _("Allow the control %(oid)s (RFC 2696).") % {"oid": PAGING},
    )


def _changes(connection: Connection, title: str) -> Finding:
    if position.current(connection):
        return Finding("success", title, _("The server tells how far it is: changes are followed."))
    return Finding(
        "warning",
        title,
        _("The server does not tell how far it is: it is read every quarter of an hour."),
        str(following.CURES[connection.config.schema.name]),
    )


def _entries(connection: Connection, most: int | None) -> Iterator[Finding]:
    """Read people and groups, and look at what is shown of them."""
    schema = connection.config.schema
    try:
        people = list(
            islice(connection.search_paged(schema.people_filter, person_attributes(schema)), most)
        )
        groups = list(
            islice(connection.search_paged(schema.group_filter, group_attributes(schema)), most)
        )
    except DirectoryError as error:
        yield Finding(
            "error", _("People and groups"), str(error), str(_CURE_OF_LIMITS[schema.name])
        )
        return
    yield _people(schema, people)
    if people:
        yield _status(schema, people)
        yield _passwords(schema, people)
    members: dict[str, Members] = {}
    yield group_checking.groups(connection, groups, members)
    try:
        yield group_checking.memberships(connection, groups)
    except DirectoryError as error:
        yield Finding("error", _("Members of groups"), str(error))
    if not groups:
        return
    read = {normalised(dn) for dn, _attributes in (*people, *groups)}
    yield group_checking.references(connection, read, members)
    if schema.listed_by:
        yield group_checking.logins(connection, people, members)


def _people(schema: Schema, people: Entries) -> Finding:
    title = _("People")
    if not people:
        return Finding(
            "error",
            title,
            _("Nobody is shown."),
            _("Check MARIGOT_LDAP_BASE_DN, MARIGOT_LDAP_PEOPLE_FILTER and what the account sees."),
        )
    faults = []
    for dn, attributes in people:
        try:
            person_entry(schema, dn, attributes)
        except UnusableEntry as error:
            faults.append((error.why, str(error)))
    told = read_words(len(people), [said for _why, said in faults])
    if not faults:
        return Finding("success", title, told)
    cure = str(_CURE_OF_IDENTITY[schema.name]) if any(why == "id" for why, _said in faults) else ""
    kind: Kind = "error" if len(faults) == len(people) else "warning"
    return Finding(kind, title, told, cure)


def _status(schema: Schema, people: Entries) -> Finding:
    title = _("Closed accounts")
    shown = [name.lower() for name in schema.status_attributes]
    closed, hidden = 0, 0
    for _dn, attributes in people:
        try:
            closed += schema.disabled(attributes)
        except UnusableEntry:
            hidden += 1
    if hidden:
        told = ngettext(
            "Of %(count)s account it is not shown whether it is closed.",
            "Of %(count)s accounts it is not shown whether they are closed.",
            hidden,
        ) % {"count": hidden}
        return Finding("error", title, told, str(_CURE_OF_STATUS[schema.name]))
    if closed or any(name in attributes for _dn, attributes in people for name in shown):
        told = ngettext("%(count)s is closed.", "%(count)s are closed.", closed)
        return Finding("success", title, told % {"count": closed})
    return Finding(
        "warning",
        title,
        _("None is shown as closed: where some are, this cannot be seen."),
        str(_CURE_OF_STATUS[schema.name]),
    )


def _passwords(schema: Schema, people: Entries) -> Finding:
    marks = [name.lower() for name in schema.password_attributes]
    if any(name in attributes for _dn, attributes in people for name in marks):
        return Finding("success", _("Changed passwords"), _("They are shown: sessions end."))
    return Finding(
        "warning",
        _("Changed passwords"),
        _("It shows for nobody when a password was changed: sessions go on."),
        str(tracking.CURES[schema.name]),
    )
