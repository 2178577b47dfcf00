"""A connection to a directory server: encrypted, timed, and honest about failure."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from math import inf
from typing import Self
from urllib.parse import SplitResult, urlsplit

import ldap
from ldap.controls import SimplePagedResultsControl
from ldap.ldapobject import SimpleLDAPObject
from pyasn1.error import PyAsn1Error

from .config import LdapConfig
from .errors import DirectoryError, NotConfigured, Refused, Unavailable
from .names import normalised
from .schemas import Attributes, first
from .tunnel import Tunnel

log = logging.getLogger(__name__)

_ASKED_LAST_SECONDS = 30.0
_failed_at: dict[str, float] = {}
"""When an address of this process's directory could not be reached; it is asked after others."""

PAGE_SIZE = 1000
PAGING = SimplePagedResultsControl.controlType
_DOWN = (
    ldap.SERVER_DOWN,
    ldap.TIMEOUT,
    ldap.TIMELIMIT_EXCEEDED,
    ldap.CONNECT_ERROR,
    ldap.BUSY,
    ldap.UNAVAILABLE,
    ldap.LOCAL_ERROR,
    ldap.ENCODING_ERROR,
    ldap.DECODING_ERROR,
)
_REFUSED = (
    ldap.INVALID_CREDENTIALS,
    ldap.INSUFFICIENT_ACCESS,
    ldap.INAPPROPRIATE_AUTH,
    ldap.STRONG_AUTH_REQUIRED,
    ldap.CONFIDENTIALITY_REQUIRED,
    ldap.UNWILLING_TO_PERFORM,
)


@contextmanager
def errors_told() -> Iterator[None]:
    """Turn an error of LDAP into one of ours, with a text that an IT admin can use."""
    try:
        yield
    except _DOWN as error:
        raise Unavailable(described(error)) from error
    except _REFUSED as error:
        raise Refused(described(error)) from error
    except ldap.LDAPError as error:
        raise DirectoryError(described(error)) from error
    except PyAsn1Error as error:
        raise DirectoryError("A control of the server's answer cannot be read.") from error


def described(error: ldap.LDAPError) -> str:
    """Return what a server says of an error, in one line."""
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    parts = [type(error).__name__, str(details.get("desc", "")), str(details.get("info", ""))]
    return ": ".join(part for part in parts if part)


def _left(connection: SimpleLDAPObject) -> None:
    """Leave the server."""
    with suppress(ldap.LDAPError):  # it may be gone already
        connection.unbind_s()


class Connection:
    """A connection bound as the reading account. Use it as a context manager.

    `budget`: seconds that everything done with it may take in all, None for no such limit
    (each operation has its own). Every method raises DirectoryError.
    The verbs are LDAP's, and `filterstr` and `attrlist` as python-ldap takes them.
    """

    def __init__(self, config: LdapConfig, *, budget: float | None = None) -> None:
        self.config = config
        self._deadline = None if budget is None else time.monotonic() + budget
        with errors_told():
            self._ldap = self._reach()
            try:
                self._bind(self._ldap, config.bind_dn, config.bind_password)
            except ldap.INVALID_CREDENTIALS as error:
                self.unbind()
                raise Refused(
                    f"The directory refuses the reading account {config.bind_dn}."
                ) from error
            except ldap.LDAPError:
                self.unbind()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.unbind()

    def unbind(self) -> None:
        """Leave the server."""
        _left(self._ldap)

    @cached_property
    def suffix(self) -> str:
        """The naming context of the server that holds the base; the base where it is not told."""
        told = self.read("", ["namingContexts"]) or {}
        base = normalised(self.config.base_dn)
        for value in told.get("namingcontexts", ()):
            context = value.decode("utf-8", "replace")
            if f",{base}".endswith(f",{normalised(context)}"):
                return context
        return self.config.base_dn

    def is_reading_account(self, dn: str, attributes: Attributes) -> bool:
        """Tell whether an entry is the account that this connection is bound as: it is nobody."""
        own, schema = self.config.bind_dn, self.config.schema
        if "=" in own:
            return normalised(dn) == self._own_dn
        login = own.rpartition("\\")[2].lower()  # DOMAIN\marigot, marigot@domain
        return any(
            first(attributes, name.lower()).lower() == login for name in schema.login_attributes
        )

    @cached_property
    def _own_dn(self) -> str:
        return normalised(self.config.bind_dn)

    @contextmanager
    def another(self) -> Iterator[SimpleLDAPObject]:
        """A connection to the server that nobody is bound on yet, within the same time."""
        with errors_told():
            connection = self._reach()
            try:
                self.limit(connection)
                yield connection
            finally:
                _left(connection)

    def replace_value(self, dn: str, attribute: str, *, old: bytes, new: bytes) -> None:
        """Put `new` in the place of `old`, which the server compares with what is there.

        Raises ldap.LDAPError as it is: what it says is for whoever has chosen the value.
        """
        self.limit(self._ldap)
        self._ldap.modify_s(
            dn, [(ldap.MOD_DELETE, attribute, [old]), (ldap.MOD_ADD, attribute, [new])]
        )

    def read(self, dn: str, attrlist: Sequence[str]) -> Attributes | None:
        """Return the entry `dn`, None where the server says that there is none to see."""
        with errors_told():
            self.limit(self._ldap)
            try:
                found = self._ldap.search_s(dn, ldap.SCOPE_BASE, attrlist=list(attrlist))
            except ldap.NO_SUCH_OBJECT:
                return None
        return next((_lowered(attrs) for name, attrs in found if name is not None), None)

    def search(
        self, filterstr: str, attrlist: Sequence[str], *, base: str | None = None
    ) -> list[tuple[str, Attributes]]:
        """Return the entries below the base that match, as (DN, entry): few, in one answer.

        `base`: another one than that of people and groups.
        """
        with errors_told():
            self.limit(self._ldap)
            found = self._ldap.search_s(
                self.config.base_dn if base is None else base,
                ldap.SCOPE_SUBTREE,
                filterstr,
                list(attrlist),
            )
        return [(name, _lowered(attrs)) for name, attrs in found if name is not None]

    def search_paged(
        self, filterstr: str, attrlist: Sequence[str]
    ) -> Iterator[tuple[str, Attributes]]:
        """Yield every entry below the base that matches `filterstr`, page by page.

        Ends only where the server said that this was all; anything else raises.
        """
        control = SimplePagedResultsControl(True, size=PAGE_SIZE, cookie="")
        while True:
            with errors_told():
                self.limit(self._ldap)
                message = self._ldap.search_ext(
                    self.config.base_dn,
                    ldap.SCOPE_SUBTREE,
                    filterstr,
                    list(attrlist),
                    serverctrls=[control],
                )
                _kind, entries, _id, controls = self._ldap.result3(
                    message, all=1, timeout=self._seconds()
                )
            for name, attrs in entries:
                if name is not None:  # None: a pointer to another server, not an entry
                    yield name, _lowered(attrs)
            cookie = next(
                (c.cookie for c in controls if c.controlType == control.controlType), None
            )
            if cookie is None:
                raise DirectoryError("The server left out the paging control it was asked for.")
            if not cookie:
                return
            control.cookie = cookie

    # How a connection is made

    def _reach(self) -> SimpleLDAPObject:
        """Return a connection to the first address that answers, each by its own scheme."""
        now = time.monotonic()
        addresses = sorted(
            self.config.url.split(),
            key=lambda address: now - _failed_at.get(address, -inf) < _ASKED_LAST_SECONDS,
        )
        for place, address in enumerate(addresses):
            try:
                found = self._initialize(address, among=len(addresses) - place)
            except (Unavailable, *_DOWN) as error:
                _failed_at[address] = time.monotonic()
                if place == len(addresses) - 1:
                    raise
                log.warning("%s cannot be reached, the next one is asked: %s", address, error)
            else:
                _failed_at.pop(address, None)
                return found
        raise NotConfigured("No directory is set: give MARIGOT_LDAP_URL.")

    def _initialize(self, address: str, *, among: int) -> SimpleLDAPObject:
        """Connect to `address`, one of `among` that share the time."""
        parts = urlsplit(address)
        if parts.scheme == "ldaps":
            connection = ldap.initialize("ldap://", fileno=self._tunnel(parts, among))
        else:
            connection = ldap.initialize(address)
        try:
            connection.protocol_version = ldap.VERSION3
            connection.set_option(ldap.OPT_REFERRALS, 0)
            self.limit(connection, among=among)
            if parts.scheme != "ldaps" and self.config.start_tls:
                connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
                if self.config.ca_file:
                    connection.set_option(ldap.OPT_X_TLS_CACERTFILE, self.config.ca_file)
                connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)  # takes up the two above
                connection.start_tls_s()
        except BaseException:
            _left(connection)
            raise
        return connection

    def _tunnel(self, parts: SplitResult, among: int) -> int:
        """Return a socket to the address over TLS, which libldap closes when it is done."""
        host, port, seconds = parts.hostname or "", parts.port or 636, self._seconds(among=among)
        try:
            return Tunnel(host, port, ca_file=self.config.ca_file, seconds=seconds).near.detach()
        except OSError as error:
            raise Unavailable(f"{parts.geturl()}: {error}") from error

    def _bind(self, connection: SimpleLDAPObject, dn: str, password: str) -> None:
        self.limit(connection)
        connection.simple_bind_s(dn, password)

    def _seconds(self, *, among: int = 1) -> float:
        """Seconds that the next operation may take, which is one of `among` to share the time."""
        if self._deadline is None:
            return self.config.timeout
        left = min(self.config.timeout, (self._deadline - time.monotonic()) / among)
        if left <= 0:
            raise Unavailable("The directory took too long.")
        return left

    def limit(self, connection: SimpleLDAPObject, *, among: int = 1) -> None:
        """Have what is asked next on `connection`, one of ours, end within the time left."""
        seconds = self._seconds(among=among)
        connection.set_option(ldap.OPT_NETWORK_TIMEOUT, seconds)
        connection.set_option(ldap.OPT_TIMEOUT, seconds)


def _lowered(attributes: dict[str, list[bytes]]) -> Attributes:
    """Name the attributes in lower case, without options, but for ranges, which matter.

    Of several forms of one attribute (cn, cn;lang-en) the plain one comes first.
    """
    result: dict[str, list[bytes]] = {}
    for name, values in sorted(attributes.items(), key=lambda item: len(item[0])):
        lowered = name.lower()
        if ";range=" not in lowered:
            lowered = lowered.partition(";")[0]
        result.setdefault(lowered, []).extend(values)
    return result
