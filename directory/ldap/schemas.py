"""How the kinds of directory name things: OpenLDAP, Active Directory, 389 Directory Server."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from ldap.filter import escape_filter_chars

from directory.outside import number_from_outside

from .errors import UnusableEntry

Attributes = Mapping[str, Sequence[bytes]]
"""The attributes of an entry, by name in lower case without options."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a person: read from the first of `attributes` that has a value.

    These are in lower case, as the attributes of an entry. `longest`: how many characters are
    kept of it.
    """

    name: str
    attributes: tuple[str, ...]
    longest: int


LOGINS: Final = ("login", "upn", "domain", "mail")
"""By what people may sign in: the login itself, user@domain and DOMAIN\\login of Active Directory,
the address of their mail."""

LONGEST_ADDRESS: Final = 254
PERSON: Final = (
    Field("display_name", ("displayname",), 200),
    Field("given_name", ("givenname",), 100),
    Field("family_name", ("sn",), 100),
    Field("mail", ("mail",), LONGEST_ADDRESS),
    Field("phone", ("telephonenumber", "mobile"), 50),
    Field("title", ("title",), 200),
)
"""What is read of a person, stored of them and compared at each reading. All else that knows
these fields takes them from here, but for `PersonEntry` and the model."""

PERSON_FIELDS: Final = tuple(field.name for field in PERSON)


CLASS_LISTING_BY: Final = {
    "member": "groupOfNames",
    "uniquemember": "groupOfUniqueNames",
    "memberuid": "posixGroup",
}
"""The class of groups that list their members by an attribute."""


def groups_listing_by(*attributes: str) -> str:
    """Return the filter of the groups that list their members by one of `attributes`.

    Raises KeyError, with its name, for an attribute whose class is not known.
    """
    either = "".join(f"(objectClass={CLASS_LISTING_BY[name.lower()]})" for name in attributes)
    return f"(|{either})"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a kind of directory says how far it has come.

    `counters` move with everything that is written; `server` tells whose they are, where each
    server counts for itself. They are attributes of the server's own entry (root DSE), or with
    `at_suffix` of the naming context that holds the base. `since` returns, of two positions, the
    filter of what was written from the first to the second, None where that cannot be told: one
    of another server, or of before a backup was restored.
    """

    counters: tuple[str, ...]
    since: Callable[[str, str], str | None]
    server: tuple[str, ...] = ()
    at_suffix: bool = False

    def told(self, attributes: Attributes) -> str:
        """Return the position that an entry shows, "" where it does not show how far it is."""
        counted = sorted(_values(attributes, self.counters))
        return " ".join([*_values(attributes, self.server), *counted]) if counted else ""


@dataclass(frozen=True, slots=True)
class Schema:
    """What to ask a kind of directory, and how to understand its answers.

    `parse_id`/`filter_id` read and write the immutable identifier; `disabled` tells from an
    entry that its account may not be used (raises IncompleteRead where that cannot be told);
    `position` is how its changes are noticed; `expiring` returns the filter of the accounts that
    end by themselves between two moments, where nothing is written then;
    `login_attributes` name an account, the first is the login; `logins` says by what people may
    sign in, of `LOGINS`;
    `password_attributes` change with the password; groups list entries by `member_attributes`,
    and by `member_login_attributes` people, whose attribute `listed_by` has the same value (""
    where there is none of these); a group of a class of `never_empty` has the attribute beside it;
    `rule_without_case`: the matching rule by which text in ASCII is found whatever its capitals;
    `has_password_policy`: the server answers a bind with the response control of the password
    policy, where it is asked for; `quotes_passwords`: they are written as Active Directory has it,
    into `unicodePwd`.
    """

    name: str
    id_attribute: str
    parse_id: Callable[[bytes], uuid.UUID]
    filter_id: Callable[[uuid.UUID], str]
    login_attributes: tuple[str, ...]
    people_filter: str
    group_filter: str
    disabled: Callable[[Attributes], bool]
    status_attributes: tuple[str, ...]
    position: Position
    member_attributes: tuple[str, ...] = ("member",)
    member_login_attributes: tuple[str, ...] = ()
    listed_by: str = ""
    password_attributes: tuple[str, ...] = ()
    person: tuple[Field, ...] = PERSON
    never_empty: frozenset[tuple[str, str]] = frozenset()
    rule_without_case: str = ""
    has_primary_group: bool = False
    has_password_policy: bool = False
    quotes_passwords: bool = False
    logins: frozenset[str] = frozenset({"login"})
    expiring: Callable[[datetime, datetime], str] | None = None

    def login_filter(self, login: str, *, has_domain: bool = False) -> str:
        """Return the filter that finds who signs in as `login`; its text is escaped.

        `has_domain`: it was typed behind the name of the domain, where nothing but a login stands.
        """
        text = escape_filter_chars(login)
        named = {
            "login": self.login_attributes[:1],
            "upn": ("userPrincipalName",),
            "mail": next(field.attributes for field in self.person if field.name == "mail"),
        }
        wanted = [name for form in LOGINS if form in self.logins for name in named.get(form, ())]
        if has_domain:
            wanted = [self.login_attributes[0]]
        either = "".join(f"({name}={text})" for name in dict.fromkeys(wanted))
        return f"(&{self.people_filter}(|{either}))"

    def id_filter(self, ids: Sequence[uuid.UUID]) -> str:
        """Return the filter of the entries that have one of `ids`."""
        either = "".join(f"({self.id_attribute}={self.filter_id(i)})" for i in ids)
        return f"(|{either})"


def first(attributes: Attributes, *names: str) -> str:
    """Return the first value of the first of `names` that the entry has, or ""."""
    for name in names:
        for value in attributes.get(name, ()):
            text = value.decode("utf-8", "replace").replace("\x00", "").strip()
            if text:
                return text
    return ""


def _values(attributes: Attributes, names: Sequence[str]) -> list[str]:
    return [value.decode() for name in names for value in attributes.get(name.lower(), ())]


def _uuid_from_text(value: bytes) -> uuid.UUID:
    return uuid.UUID(value.decode("ascii"))


def _uuid_from_389(value: bytes) -> uuid.UUID:
    return uuid.UUID(value.decode("ascii").replace("-", ""))


def _389_filter(identifier: uuid.UUID) -> str:
    text = identifier.hex
    return "-".join(text[start : start + 8] for start in range(0, 32, 8))


def _uuid_from_guid(value: bytes) -> uuid.UUID:
    return uuid.UUID(bytes_le=value)


def _guid_filter(identifier: uuid.UUID) -> str:
    return "".join(f"\\{byte:02x}" for byte in identifier.bytes_le)


_EPOCH_1970: Final = 116_444_736_000_000_000
"""1970 as Active Directory counts."""
_1970: Final = datetime(1970, 1, 1, tzinfo=UTC)


def _openldap_disabled(attributes: Attributes) -> bool:
    """The password policy's own mark of an account locked for good by an administrator."""
    return first(attributes, "pwdaccountlockedtime") == "000001010000Z"


def _ad_disabled(attributes: Attributes) -> bool:
    control = first(attributes, "useraccountcontrol")
    if not control:
        # Every account has it: where it is not shown, nothing is known of the account.
        raise UnusableEntry(
            "The reading account is not shown userAccountControl.", "status_unreadable"
        )
    flags = number_from_outside(control, least=-(2**31))
    if flags is None:
        raise UnusableEntry("userAccountControl is no number.", "status_unreadable")
    return bool(flags & 0x2) or _has_expired(first(attributes, "accountexpires"))


def _has_expired(text: str) -> bool:
    """Tell whether an account's last day is over: no flag of its own says so."""
    end = moment_of_ad(text)
    return end is not None and end.timestamp() <= time.time()


def moment_of_ad(text: str) -> datetime | None:
    """Return a moment of Active Directory in UTC; None for never, or for what is none.

    Counted in tenths of a microsecond since 1601; 0 and the greatest number are never.
    """
    ticks = number_from_outside(text, least=1, most=2**63 - 2)
    if ticks is None:
        return None
    try:
        return _1970 + timedelta(microseconds=(ticks - _EPOCH_1970) // 10)
    except OverflowError:  # after the year 9999
        return None


def _expiring_in_ad(since: datetime, until: datetime) -> str:
    first, last = (
        (moment - _1970) // timedelta(microseconds=1) * 10 + _EPOCH_1970
        for moment in (since, until)
    )
    return f"(accountExpires>={first})(accountExpires<={last})"


def _389_disabled(attributes: Attributes) -> bool:
    return first(attributes, "nsaccountlock").lower() == "true"


_CSN: Final = re.compile(r"\d{14}\.\d{6}Z#[0-9a-f]{6}#([0-9a-f]{3})#[0-9a-f]{6}", re.ASCII)


def _csn_since(before: str, now: str) -> str | None:
    """Positions of OpenLDAP: the last change that each server of a group of them has made."""
    old, new = (
        {match[1]: csn for csn in position.split() if (match := _CSN.fullmatch(csn))}
        for position in (before, now)
    )
    moved = [server for server, csn in new.items() if csn != old.get(server)]
    if len(new) != len(now.split()) or old.keys() - new.keys():
        return None
    if not moved or any(server not in old or new[server] < old[server] for server in moved):
        return None
    # Of several servers' last changes each was seen, but not what others made meanwhile.
    first = min(old[server] for server in moved)
    return f"(entryCSN>={first})(!(entryCSN={first}))"


def _number_since(attribute: str, before: str, now: str) -> str | None:
    """Positions of a server that counts what it writes, perhaps after its name."""
    *server, first = before.split(" ")
    *same, last = now.split(" ")
    old, new = (number_from_outside(text, least=0) for text in (first, last))
    if server != same or len(server) > 1 or old is None or new is None or new <= old:
        return None
    return f"({attribute}>={old + 1})"


OPENLDAP = Schema(
    name="openldap",
    id_attribute="entryUUID",
    parse_id=_uuid_from_text,
    filter_id=str,
    login_attributes=("uid",),
    people_filter="(&(objectClass=inetOrgPerson)(uid=*))",
    group_filter=groups_listing_by("member", "uniqueMember"),
    disabled=_openldap_disabled,
    status_attributes=("pwdAccountLockedTime",),
    position=Position(counters=("contextCSN",), since=_csn_since, at_suffix=True),
    password_attributes=("pwdChangedTime",),
    member_attributes=("member", "uniqueMember"),
    never_empty=frozenset({("groupofnames", "member"), ("groupofuniquenames", "uniquemember")}),
    rule_without_case="caseIgnoreIA5Match",
    has_password_policy=True,
)
ACTIVE_DIRECTORY = Schema(
    name="ad",
    id_attribute="objectGUID",
    parse_id=_uuid_from_guid,
    filter_id=_guid_filter,
    login_attributes=("sAMAccountName", "userPrincipalName"),
    logins=frozenset({"login", "upn", "domain"}),
    # Administrator, Guest and krbtgt are critical to the system, and nobody.
    people_filter=(
        "(&(objectCategory=person)(objectClass=user)(sAMAccountName=*)"
        "(!(isCriticalSystemObject=TRUE)))"
    ),
    group_filter="(objectClass=group)",
    disabled=_ad_disabled,
    status_attributes=("userAccountControl", "accountExpires", "primaryGroupID"),
    position=Position(
        counters=("highestCommittedUSN",),
        since=partial(_number_since, "uSNChanged"),
        server=("dnsHostName",),
    ),
    password_attributes=("pwdLastSet",),
    has_primary_group=True,
    quotes_passwords=True,
    expiring=_expiring_in_ad,
)
DS389 = Schema(
    name="389ds",
    id_attribute="nsUniqueId",
    parse_id=_uuid_from_389,
    filter_id=_389_filter,
    login_attributes=("uid",),
    people_filter="(&(objectClass=inetOrgPerson)(uid=*))",
    group_filter=groups_listing_by("member", "uniqueMember"),
    disabled=_389_disabled,
    status_attributes=("nsAccountLock",),
    position=Position(counters=("lastusn",), since=partial(_number_since, "entryusn")),
    password_attributes=("pwdUpdateTime",),  # where passwordTrackUpdateTime is on
    member_attributes=("member", "uniqueMember"),
    rule_without_case="caseIgnoreIA5Match",
    has_password_policy=True,
)
KNOWN = {schema.name: schema for schema in (OPENLDAP, ACTIVE_DIRECTORY, DS389)}
