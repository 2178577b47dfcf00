"""Settings of a production site: every unsafe value is refused at the start, by name."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from .base import *


def _refuse_unsafe() -> None:
    """Raise ImproperlyConfigured with every setting that is missing or unsafe."""
    faults = [f"{s.variable} is not set. {s.help}" for s in env.missing("production")]
    if env.given("SECRET_KEY") and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 5):
        faults.append("MARIGOT_SECRET_KEY is too weak: give 50 random characters or more.")
    if env.given("BASE_URL") and not BASE_URL.startswith("https://"):
        faults.append("MARIGOT_BASE_URL must begin with https://.")
    if "*" in ALLOWED_HOSTS:
        faults.append("MARIGOT_ALLOWED_HOSTS must name the hosts: '*' accepts any.")
    if LDAP["url"].startswith("ldap://") and not LDAP["start_tls"]:
        faults.append(
            "MARIGOT_LDAP_START_TLS must be true with an ldap:// address: "
            "passwords would travel in clear."
        )
    if not LDAP["url"].startswith(("ldap://", "ldaps://")) and LDAP["url"]:
        faults.append("MARIGOT_LDAP_URL must begin with ldap:// or ldaps://.")
    if SEARCH.startswith("http://") and env.given("SEARCH_API_KEY"):
        faults.append("MARIGOT_SEARCH must be https:// where MARIGOT_SEARCH_API_KEY is given.")
    if not env["DATA"].is_absolute():
        faults.append("MARIGOT_DATA must be an absolute path.")
    if faults:
        raise ImproperlyConfigured("Marigot does not start:\n- " + "\n- ".join(faults))


_refuse_unsafe()

SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_NAME = "__Host-csrf"
