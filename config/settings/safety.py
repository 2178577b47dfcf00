"""What a production site must not start with: each fault names its variable and the cure."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from directory.ldap import chosen
from directory.ldap.errors import NotConfigured

from .chance import bits_of_chance
from .environment import Environment

_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_MAIL = ("console", "smtp", "smtp+tls")
_POSTGRES = ("postgres", "postgresql")
_WAKEUPS = ("redis", "rediss")
_REDIS_NO = {"0", "F", "FALSE", "N", "NO"}  # redis-py's
_ENCRYPTED = {"require", "verify-ca", "verify-full"}
_SSLMODES = {"disable", "allow", "prefer", *_ENCRYPTED}
_KEY_BITS = 128
_NEW_KEY = "python3 -c 'import secrets; print(secrets.token_urlsafe(64))' makes one."


def faults(env: Environment) -> list[str]:
    """Return a line for each setting that is missing, unsafe or of no use; none is well."""
    missing = [f"{s.variable} is not set. {s.help}" for s in env.missing("production")]
    return [
        *missing,
        *_of_the_site(env),
        *_of_the_directory(env),
        *_of_the_servers(env),
        *_of_the_mail(env),
        *_of_the_rest(env),
    ]


def _of_the_site(env: Environment) -> Iterator[str]:
    key, hosts = env["SECRET_KEY"], env["ALLOWED_HOSTS"]
    if key.lower().startswith("django-insecure-"):
        yield f"MARIGOT_SECRET_KEY is the one of an example: {_NEW_KEY}"
    elif key and (len(key) < 50 or bits_of_chance(key) < _KEY_BITS):
        yield f"MARIGOT_SECRET_KEY is too weak, give 50 random characters or more: {_NEW_KEY}"
    if "*" in hosts:
        yield "MARIGOT_ALLOWED_HOSTS must name the hosts: '*' accepts any."
    if not env.given("BASE_URL"):
        return
    base = urlsplit(env["BASE_URL"])
    if base.scheme != "https" or not base.hostname:
        yield "MARIGOT_BASE_URL must begin with https://."
    elif base.path.strip("/") or base.query or base.fragment:
        yield "MARIGOT_BASE_URL is a host, with a port where it is not 443, and no path."
    elif hosts and "*" not in hosts and not any(_serves(base.hostname, host) for host in hosts):
        yield f"MARIGOT_ALLOWED_HOSTS does not hold {base.hostname}, the host of MARIGOT_BASE_URL."


def _serves(name: str, allowed: str) -> bool:
    return name == allowed or (allowed.startswith(".") and f".{name}".endswith(allowed))


def _of_the_directory(env: Environment) -> Iterator[str]:
    urls = env["LDAP_URL"].split()
    if not all(url.startswith(("ldap://", "ldaps://")) for url in urls):
        yield "MARIGOT_LDAP_URL must begin with ldap:// or ldaps://."
    if any(url.startswith("ldap://") for url in urls) and not env["LDAP_START_TLS"]:
        yield (
            "MARIGOT_LDAP_START_TLS must be true with an ldap:// address: "
            "passwords would travel in clear."
        )
    try:
        chosen.from_settings({name: env[f"LDAP_{name.upper()}"] for name in chosen.GIVEN})
    except NotConfigured as error:
        yield str(error)
    yield from _missing_file(env, "LDAP_CA_FILE")


def _of_the_servers(env: Environment) -> Iterator[str]:
    database = urlsplit(env["DATABASE_URL"])
    postgres = database.scheme in _POSTGRES
    if database.scheme and not postgres and database.scheme != "sqlite":
        yield "MARIGOT_DATABASE_URL must begin with postgres://, or be empty for SQLite."
    if postgres:
        yield from _of_the_database(database)
    search = urlsplit(env["SEARCH"])
    if env["SEARCH"] != "tantivy" and search.scheme not in ("http", "https"):
        yield "MARIGOT_SEARCH must be tantivy or an http(s) address."
    if search.scheme == "http" and (env["SEARCH_API_KEY"] or _is_elsewhere(search.hostname)):
        yield (
            "MARIGOT_SEARCH must be https:// where MARIGOT_SEARCH_API_KEY is given, or the "
            "server is on another machine: documents would travel in clear."
        )
    yield from _missing_file(env, "SEARCH_CA_FILE")
    wakeup = env["WAKEUP"]
    if wakeup not in ("local", "postgres") and urlsplit(wakeup).scheme not in _WAKEUPS:
        yield "MARIGOT_WAKEUP must be local, postgres or a redis:// address."
    yield from _of_redis(urlsplit(wakeup))
    if wakeup == "postgres" and not postgres:
        yield "MARIGOT_WAKEUP=postgres needs a PostgreSQL in MARIGOT_DATABASE_URL."


def _of_redis(redis: SplitResult) -> Iterator[str]:
    query = parse_qs(redis.query)
    # redis-py takes the host from the query where the address has none.
    if not _is_elsewhere(redis.hostname or query.get("host", [""])[0]):
        return
    if redis.scheme == "redis":
        yield (
            "MARIGOT_WAKEUP must be rediss:// for a Redis on another machine: its password "
            "would travel in clear."
        )
    elif unchecked := _unchecked(query):
        yield (
            f"MARIGOT_WAKEUP: take {unchecked} away, so that the certificate of the Redis "
            "is checked: anybody on the way could take its place. ssl_ca_certs=/path names the "
            "authority of a certificate of your own."
        )


def _unchecked(query: dict[str, list[str]]) -> str:
    """Return the name of what ends the check of a certificate in an address of Redis, or ""."""
    if set(query.get("ssl_cert_reqs", [])) - {"required", "optional"}:
        return "ssl_cert_reqs"
    checked = {each.upper() for each in query.get("ssl_check_hostname", [])}
    return "ssl_check_hostname" if checked & _REDIS_NO else ""


def _of_the_database(database: SplitResult) -> Iterator[str]:
    query = parse_qs(database.query)
    modes = set(query.get("sslmode", []))
    # libpq takes a host, or several, from the query too.
    hosts = [database.hostname or ""]
    for name in ("host", "hostaddr"):
        hosts += [host for text in query.get(name, []) for host in text.split(",")]
    if len(modes) > 1:
        yield (
            "MARIGOT_DATABASE_URL gives several sslmode that contradict one another: "
            "keep one, verify-full where the server's certificate can be checked."
        )
    elif not modes <= _SSLMODES:
        yield f"MARIGOT_DATABASE_URL: sslmode must be one of {', '.join(sorted(_SSLMODES))}."
    elif "service" in query and not modes & _ENCRYPTED:
        yield (
            "MARIGOT_DATABASE_URL: add ?sslmode=verify-full (or require) beside service=, whose "
            "server may be on another machine: all that is kept would travel in clear."
        )
    elif any(_is_elsewhere(host) for host in hosts) and not modes & _ENCRYPTED:
        yield (
            "MARIGOT_DATABASE_URL: add ?sslmode=verify-full (or require) for a server on "
            "another machine: all that is kept would travel in clear."
        )


def _of_the_mail(env: Environment) -> Iterator[str]:
    mail = urlsplit(env["EMAIL_URL"])
    if mail.scheme not in _MAIL:
        yield "MARIGOT_EMAIL_URL must begin with smtp://, smtp+tls:// or be console:."
    elif mail.scheme == "smtp" and mail.password and _is_elsewhere(mail.hostname):
        yield "MARIGOT_EMAIL_URL must be smtp+tls:// with a password: it would travel in clear."


def _of_the_rest(env: Environment) -> Iterator[str]:
    if not env["DATA"].is_absolute():
        yield "MARIGOT_DATA must be an absolute path."
    location = env["ACCEL_LOCATION"]
    if location and not (location.startswith("/") and location.endswith("/")):
        yield "MARIGOT_ACCEL_LOCATION must begin and end with a slash, as in nginx: /_blobs/."
    for name in (
        "UPLOAD_MAX_MB",
        "DISK_WARNING_MB",
        "PICTURE_MAX_MEGAPIXELS",
        "LDAP_TIMEOUT",
        "EXTRACTION_MEMORY_MB",
        "EXTRACTION_SECONDS",
    ):
        if env[name] <= 0:
            yield f"MARIGOT_{name} must be above 0."
    for proxy in env["PROXY_ADDRESSES"]:
        try:
            ip_address(proxy)
        except ValueError:
            yield f"MARIGOT_PROXY_ADDRESSES: {proxy} is no address, such as 127.0.0.1."
    try:
        ZoneInfo(env["TIME_ZONE"])
    except (ZoneInfoNotFoundError, ValueError, OSError):
        yield "MARIGOT_TIME_ZONE is not the name of a time zone, such as Europe/Paris."
    if env["LOG_LEVEL"].upper() not in logging.getLevelNamesMapping():
        yield "MARIGOT_LOG_LEVEL must be DEBUG, INFO, WARNING or ERROR."


def _is_elsewhere(host: str | None) -> bool:
    """Tell whether `host` is another machine; an empty one, or a path, is a local socket."""
    return bool(host) and host not in _LOOPBACK and not str(host).startswith(("/", "%2f", "%2F"))


def _missing_file(env: Environment, name: str) -> Iterator[str]:
    if env[name] and not Path(env[name]).is_file():
        yield f"MARIGOT_{name}: there is no file {env[name]}."
