"""Settings of a production site: every unsafe value is refused at the start, by name."""

from __future__ import annotations

from django.core.exceptions import ImproperlyConfigured

from .base import *
from .safety import faults

if _faults := faults(env):
    raise ImproperlyConfigured("Marigot does not start:\n- " + "\n- ".join(_faults))

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
