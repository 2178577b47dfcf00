"""Settings of the tests. The servers are chosen by the same variables as everywhere."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

if "MARIGOT_DATA" not in os.environ:
    os.environ["MARIGOT_DATA"] = tempfile.mkdtemp(prefix="marigot-test-")
    atexit.register(shutil.rmtree, os.environ["MARIGOT_DATA"], ignore_errors=True)

from .base import *

# As good as that of a site: tests serve one with it.
SECRET_KEY = "k3v9-Zq7w-Lm2x-Rt8y-Bn4u-Hs6j-Dp1c-Fg5a-Ve0i-Wo3z-Ks9q"  # noqa: S105
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
STRICT_EVENTS = True  # … and an error here
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
DISK_WARNING_BYTES = DISK_RESERVE_BYTES  # however small the disk of the tests is
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# A test ends, and its database with it.
DATABASES = {"default": DATABASES["default"] | {"CONN_MAX_AGE": 0}}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["TEST"] = {"NAME": str(Path(DATA) / "test.sqlite3")}
