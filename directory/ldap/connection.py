"""A connection to a directory server: encrypted, timed, and honest about failure."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Self

import ldap
from ldap.controls import SimplePagedResultsControl

from .config import LdapConfig
from .errors import DirectoryError, Refused, Unavailable
from .schemas import Attributes

PAGE_SIZE = 1000
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
        raise Unavailable(_described(error)) from error
    except _REFUSED as error:
        raise Refused(_described(error)) from error
    except ldap.LDAPError as error:
        raise DirectoryError(_described(error)) from error


def _described(error: ldap.LDAPError) -> str:
    details = error.args[0] if error.args and isinstance(error.args[0], dict) else {}
    parts = [type(error).__name__, str(details.get("desc", "")), str(details.get("info", ""))]
    return ": ".join(part for part in parts if part)


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
            self._ldap = self._initialize()
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
        with suppress(ldap.LDAPError):  # it may be gone already
            self._ldap.unbind_s()

    def can_bind(self, dn: str, password: str) -> bool:
        """Tell whether the entry `dn` may bind with `password`, on a connection of its own.

        An empty password would be an anonymous bind, which succeeds: it is refused here,
        before any server hears of it.
        """
        if not dn or not password:
            return False
        with errors_told():
            connection = self._initialize()
            try:
                self._bind(connection, dn, password)
            except (ldap.INVALID_CREDENTIALS, ldap.INVALID_DN_SYNTAX, ldap.NO_SUCH_OBJECT):
                return False
            finally:
                with suppress(ldap.LDAPError):
                    connection.unbind_s()
        return True

    def read(self, dn: str, attrlist: Sequence[str]) -> Attributes | None:
        """Return the entry `dn`, None where the server says that there is none to see."""
        with errors_told():
            self._limit(self._ldap)
            try:
                found = self._ldap.search_s(dn, ldap.SCOPE_BASE, attrlist=list(attrlist))
            except ldap.NO_SUCH_OBJECT:
                return None
        return next((_lowered(attrs) for name, attrs in found if name is not None), None)

    def search(self, filterstr: str, attrlist: Sequence[str]) -> list[tuple[str, Attributes]]:
        """Return the entries below the base that match, as (DN, entry): few, in one answer."""
        with errors_told():
            self._limit(self._ldap)
            found = self._ldap.search_s(
                self.config.base_dn, ldap.SCOPE_SUBTREE, filterstr, list(attrlist)
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
                self._limit(self._ldap)
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

    def _initialize(self) -> Any:
        config = self.config
        connection = ldap.initialize(config.url, bytes_mode=False)
        connection.protocol_version = ldap.VERSION3
        connection.set_option(ldap.OPT_REFERRALS, 0)
        connection.set_option(ldap.OPT_X_TLS_REQUIRE_CERT, ldap.OPT_X_TLS_DEMAND)
        if config.ca_file:
            connection.set_option(ldap.OPT_X_TLS_CACERTFILE, config.ca_file)
        connection.set_option(ldap.OPT_X_TLS_NEWCTX, 0)  # takes up the two above
        self._limit(connection)
        if config.start_tls and not config.url.startswith("ldaps://"):
            connection.start_tls_s()
        return connection

    def _bind(self, connection: Any, dn: str, password: str) -> None:
        self._limit(connection)
        connection.simple_bind_s(dn, password)

    def _seconds(self) -> float:
        """Seconds that the next operation may take."""
        if self._deadline is None:
            return self.config.timeout
        left = min(self.config.timeout, self._deadline - time.monotonic())
        if left <= 0:
            raise Unavailable("The directory took too long.")
        return left

    def _limit(self, connection: Any) -> None:
        seconds = self._seconds()
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
