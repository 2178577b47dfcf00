"""What a reading of the directory brings, in words, by the codes that are kept of it."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from directory.ldap.schemas import PERSON_FIELDS
from directory.models import Person

KINDS: dict[str, str | Promise] = {
    "people_created": gettext_lazy("People imported"),
    "people_updated": gettext_lazy("People updated"),
    "people_disabled": gettext_lazy("Accounts disabled by the directory"),
    "people_absent": gettext_lazy("People no longer in the directory"),
    "people_reactivated": gettext_lazy("Accounts reopened"),
    "passwords_changed": gettext_lazy("Passwords changed: these people’s sessions ended"),
    "groups_created": gettext_lazy("New groups"),
    "groups_updated": gettext_lazy("Groups updated"),
    "groups_gone": gettext_lazy("Groups no longer in the directory"),
    "group_members_added": gettext_lazy("Members added to groups"),
    "group_members_removed": gettext_lazy("Members removed from groups"),
    "memberships_added": gettext_lazy("Memberships added"),
    "memberships_removed": gettext_lazy("Memberships removed"),
    "memberships_rerouted": gettext_lazy("Memberships that come another way"),
    "entry_faults": gettext_lazy("Entries to be corrected in the directory"),
    "members_elsewhere": gettext_lazy("Members of groups that are neither people nor groups here"),
}
FAULTS: dict[str, str | Promise] = {
    "id": gettext_lazy("its immutable id cannot be read, so there is no telling whose entry it is"),
    "login_blank": gettext_lazy("its login is blank"),
    "login_missing": gettext_lazy("it has no login, or hides it from the reading account"),
    "login_shared": gettext_lazy("another account has the same login"),
    "login_unreadable": gettext_lazy("its login holds characters that nobody can type"),
    "member_shared": gettext_lazy(
        "it lists a login that several entries have: none of them is a member by it"
    ),
    "members_hidden": gettext_lazy("its members are hidden from the reading account"),
    "members_unreadable": gettext_lazy("one of its members cannot be read"),
    "status_unreadable": gettext_lazy("there is no telling whether the account is disabled"),
}
FIELDS: dict[str, str | Promise] = {
    **{f.name: f.verbose_name for f in Person._meta.fields if f.name in PERSON_FIELDS},
    "login": gettext_lazy("login"),
}
