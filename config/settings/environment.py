"""The settings read from the environment: one typed, documented table.

`docs/settings.md` shows the same table; a test compares the two. Nothing else in
the project reads `os.environ` for configuration.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from directory.sync.limits import Limit


class ImproperSetting(Exception):
    """A value in the environment cannot be used; the message names it and the cure."""


def _text(value: str) -> str:
    return value.strip()


def _boolean(value: str) -> bool:
    match value.strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
    raise ValueError("expected true or false")


def _integer(value: str) -> int:
    return int(value.strip())


def _list(value: str) -> list[str]:
    return [part.strip() for part in value.split(",") if part.strip()]


def _path(value: str) -> Path:
    return Path(value.strip()).expanduser()


_TYPE_NAMES: dict[Callable[[str], Any], str] = {
    _text: "text",
    _boolean: "boolean",
    _integer: "integer",
    _list: "list, comma separated",
    _path: "path",
    Limit.parse: "number and share",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment variable.

    `name` without the prefix `MARIGOT_`; `parse` turns its text into a value;
    `default` is that text when the variable is unset; `required` names what makes
    it compulsory ("production"), or is empty; `secret` keeps it out of messages.
    """

    name: str
    parse: Callable[[str], Any]
    default: str
    help: str
    required: str = ""
    secret: bool = False

    @property
    def variable(self) -> str:
        """Name of the environment variable."""
        return f"MARIGOT_{self.name}"

    @property
    def type_name(self) -> str:
        """Human name of the type, as printed in the documentation."""
        return _TYPE_NAMES[self.parse]

    def read(self, environ: Mapping[str, str]) -> Any:
        """Parse the value found in `environ`, or the default.

        Raises ImproperSetting where the text is not of the type.
        """
        raw = environ.get(self.variable, self.default)
        try:
            return self.parse(raw)
        except ValueError as error:
            shown, why = ("its value", "") if self.secret else (repr(raw), f" ({error})")
            raise ImproperSetting(
                f"{self.variable}: {shown} is not usable{why}. Expected: {self.type_name}. "
                f"{self.help}"
            ) from (None if self.secret else error)


TABLE: tuple[Setting, ...] = (
    Setting("DATA", _path, "data", "Folder of everything Marigot keeps on disk."),
    Setting(
        "SECRET_KEY",
        _text,
        "",
        "Key that signs sessions and links; 50 characters or more.",
        required="production",
        secret=True,
    ),
    Setting(
        "BASE_URL",
        _text,
        "http://127.0.0.1:8000",
        "Address at which people reach the site.",
        required="production",
    ),
    Setting(
        "ALLOWED_HOSTS",
        _list,
        "127.0.0.1,localhost",
        "Host names the site answers to.",
        required="production",
    ),
    Setting(
        "TRUSTED_PROXY",
        _boolean,
        "false",
        "True where a reverse proxy sets X-Forwarded-Proto and X-Forwarded-For.",
    ),
    Setting(
        "PROXY_ADDRESSES",
        _list,
        "127.0.0.1,::1",
        "Addresses from which that proxy connects; from any other its headers are not believed.",
    ),
    Setting(
        "DATABASE_URL",
        _text,
        "",
        "Database: empty for SQLite in the data folder, or postgres://user:password@host/name.",
        secret=True,
    ),
    Setting(
        "SEARCH",
        _text,
        "tantivy",
        "Search engine: tantivy (a folder), or the http(s) address of an Elasticsearch node.",
        secret=True,
    ),
    Setting("SEARCH_API_KEY", _text, "", "API key of Elasticsearch.", secret=True),
    Setting("SEARCH_CA_FILE", _text, "", "CA certificate that signed Elasticsearch's own."),
    Setting("SEARCH_PREFIX", _text, "marigot", "Prefix of the names of the indexes."),
    Setting(
        "WAKEUP",
        _text,
        "local",
        "How processes wake one another: local (one machine), postgres, or redis://host:port/db.",
        secret=True,
    ),
    Setting(
        "LDAP_URL",
        _text,
        "",
        "Directory server: ldap://host:port or ldaps://host:port, several with a blank between; "
        "empty for none.",
        required="production",
    ),
    Setting("LDAP_START_TLS", _boolean, "true", "Use StartTLS on an ldap:// address."),
    Setting(
        "LDAP_CA_FILE",
        _text,
        "",
        "CA certificate that the directory's own is checked against; empty for the system's.",
    ),
    Setting(
        "LDAP_BIND_DN",
        _text,
        "",
        "DN of the account that reads the directory.",
        required="production",
    ),
    Setting(
        "LDAP_BIND_PASSWORD",
        _text,
        "",
        "Password of that account.",
        required="production",
        secret=True,
    ),
    Setting(
        "LDAP_BASE_DN",
        _text,
        "",
        "DN under which people and groups are read.",
        required="production",
    ),
    Setting("LDAP_SCHEMA", _text, "openldap", "Kind of directory: openldap, ad or 389ds."),
    Setting(
        "LDAP_LOGIN_ATTRIBUTE",
        _text,
        "",
        "Attribute that people sign in with; empty for the schema's own (uid, sAMAccountName).",
    ),
    Setting(
        "LDAP_LOGINS",
        _list,
        "",
        "What people may type as login: login, upn, domain, mail; empty for what the schema has.",
    ),
    Setting("LDAP_PEOPLE_FILTER", _text, "", "Filter of people; empty for the schema's own."),
    Setting("LDAP_GROUP_FILTER", _text, "", "Filter of groups; empty for the schema's own."),
    Setting(
        "LDAP_MEMBER_ATTRIBUTE",
        _list,
        "",
        "Attributes by which groups list their members, memberUid too; empty for the schema's own "
        "(member, uniqueMember).",
    ),
    Setting(
        "LDAP_ATTRIBUTES",
        _text,
        "",
        "Attributes that fields of people are read from instead of the schema's own: "
        "field=attribute, the first that has a value of several with a comma between; a blank "
        "between fields.",
    ),
    Setting(
        "LDAP_DISABLED",
        _text,
        "",
        "Mark of a disabled account beside the schema's own: attribute=value, or attribute=*.",
    ),
    Setting(
        "LDAP_CANARY_DN",
        _text,
        "",
        "DN of an entry that must always be readable; a reading without it is discarded.",
    ),
    Setting(
        "LDAP_CHANGES_PASSWORDS",
        _boolean,
        "false",
        "Lets people choose a new password at sign-in where theirs has expired or must be changed.",
    ),
    Setting(
        "LDAP_PASSWORD_HELP",
        _text,
        "",
        "Where people change their password, said to them at sign-in: an address or a sentence.",
    ),
    Setting(
        "LDAP_TIMEOUT",
        _integer,
        "5",
        "Seconds before a directory that does not answer is given up.",
    ),
    Setting(
        "SYNC_ABSENT",
        Limit.parse,
        "5 2%",
        "People who may go missing within an hour; more are held until somebody approves.",
    ),
    Setting(
        "SYNC_CLOSED",
        Limit.parse,
        "20 10%",
        "Accounts that the directory may disable within an hour; more are held.",
    ),
    Setting(
        "SYNC_REOPENED",
        Limit.parse,
        "5 2%",
        "Closed accounts that may open again within an hour; more are held.",
    ),
    Setting(
        "SYNC_CHANGED",
        Limit.parse,
        "50 20%",
        "People who may get another name, login, address or title within an hour; for more it is "
        "held.",
    ),
    Setting(
        "SYNC_REMOVED",
        Limit.parse,
        "50 5%",
        "Memberships that may be removed within an hour; more are held.",
    ),
    Setting(
        "SYNC_GROUP",
        Limit.parse,
        "2 50%",
        "People whom one group may lose within an hour; more are held.",
    ),
    Setting(
        "EMAIL_URL",
        _text,
        "console:",
        "Mail: console:, smtp://user:password@host:port, or smtp+tls://….",
        secret=True,
    ),
    Setting("EMAIL_FROM", _text, "marigot@localhost", "Sender of the mails."),
    Setting("UPLOAD_MAX_MB", _integer, "2048", "Largest file that may be uploaded, in MiB."),
    Setting(
        "ACCEL_LOCATION",
        _text,
        "",
        "Internal location under which nginx serves the blob folder; empty: Marigot sends files.",
    ),
    Setting(
        "DISK_WARNING_MB",
        _integer,
        "2048",
        "Free space under which health and the administration of access warn, in MiB.",
    ),
    Setting(
        "PICTURE_MAX_MEGAPIXELS",
        _integer,
        "50",
        "Largest picture of a page that is taken, in millions of pixels; decoding one takes up to "
        "16 MB of memory each.",
    ),
    Setting(
        "EXTRACTION_MEMORY_MB", _integer, "1024", "Memory that one text extraction may use, in MiB."
    ),
    Setting(
        "EXTRACTION_SECONDS",
        _integer,
        "60",
        "Wall-clock seconds that one text extraction may take.",
    ),
    Setting("SITE_NAME", _text, "Marigot", "Name of the site, shown on every page."),
    Setting("TIME_ZONE", _text, "America/Martinique", "Time zone of the administration."),
    Setting("LOG_LEVEL", _text, "INFO", "Least level that is logged."),
)


class Environment:
    """The values of the table, read once: `env["DATA"]`."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        source = os.environ if environ is None else environ
        self._values = {setting.name: setting.read(source) for setting in TABLE}
        self._given = {setting.name for setting in TABLE if source.get(setting.variable)}

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def given(self, name: str) -> bool:
        """Whether the variable is set to something in the environment."""
        return name in self._given

    def missing(self, occasion: str) -> Iterator[Setting]:
        """The settings that `occasion` requires and that are not set."""
        return (s for s in TABLE if s.required == occasion and s.name not in self._given)
