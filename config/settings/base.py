"""Settings common to every way of running Marigot."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit

import dj_database_url
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from .environment import Environment

ROOT = Path(__file__).resolve().parent.parent.parent
env = Environment()

DATA: Path = env["DATA"] if env["DATA"].is_absolute() else ROOT / env["DATA"]
SECRET_KEY: str = env["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS: list[str] = env["ALLOWED_HOSTS"]
BASE_URL: str = env["BASE_URL"].rstrip("/")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
SITE_NAME: str = env["SITE_NAME"]

INSTALLED_APPS = [
    "directory",
    "search",
    "documents",
    "intranet",
    "intranet.notices",
    "config",
    "wagtail.contrib.settings",
    "wagtail.contrib.simple_translation",
    "wagtail.contrib.table_block",
    "wagtail.locales",
    "wagtail.embeds",
    "wagtail.sites",
    "wagtail.users",
    "wagtail.snippets",
    "wagtail.documents",  # its admin asks for it; the gate of the intranet closes its views
    "wagtail.images",
    "wagtail.search",
    "wagtail.admin",
    "wagtail",
    "modelcluster",
    "taggit",
    "guardian",
    "axes",
    "csp",
    "django_cotton.apps.SimpleAppConfig",  # its loader is ours: config.templates
    "django_htmx",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",  # for its words: Wagtail says by it how long ago a review began
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "config.serving.stack.RoomyStackMiddleware",
    "directory.middleware.RequestIdMiddleware",
    "intranet.lock.middleware.SomebodyLooksMiddleware",
    "directory.incoming.IncomingMiddleware",
    "config.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "directory.middleware.SessionMiddleware",
    "config.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "directory.middleware.CsrfCookieMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "directory.carrying.CarryingMiddleware",
    "directory.middleware.SignInRequiredMiddleware",
    "directory.middleware.RememberingMiddleware",
    "config.serving.admission.BodyMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "config" / "design" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    [
                        "config.templates.Loader",
                        "django.template.loaders.filesystem.Loader",
                        "django.template.loaders.app_directories.Loader",
                    ],
                )
            ],
            "builtins": ["django_cotton.templatetags.cotton", "config.templatetags.design"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "config.context.site",
            ],
        },
    }
]
COTTON_DIR = "cotton"
# A component sees what it is given and what every page is given, not its caller's names.
COTTON_ISOLATE_BY_DEFAULT = True
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASE_URL: str = env["DATABASE_URL"] or f"sqlite:///{quote(str(DATA))}/marigot.sqlite3"
# A connection belongs to a thread, of which a web process has few: it is kept.
DATABASES = {
    "default": dj_database_url.parse(DATABASE_URL, conn_max_age=600, conn_health_checks=True)
}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATA.mkdir(parents=True, exist_ok=True)
    DATABASES["default"]["ENGINE"] = "directory.sqlite3"  # Django's, with writers in line
    DATABASES["default"]["OPTIONS"] = {
        # The write lock is taken at BEGIN: the order of writes is the order of commits,
        # and no transaction fails half-way for a lock it did not have.
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
        "PRAGMA foreign_keys=ON; PRAGMA cache_size=-16384; PRAGMA mmap_size=268435456;",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

STRICT_EVENTS = False  # a payload that is not as its event declares is logged
AUTH_USER_MODEL = "directory.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "directory.backends.LocalBackend",
    "directory.backends.DirectoryBackend",
    "directory.backends.ScopeBackend",
    "intranet.lock.backends.EditorBackend",
]
LOGIN_URL = "directory:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ANONYMOUS_USER_NAME = None  # guardian: nobody is granted anything anonymously
GUARDIAN_RAISE_403 = False
SILENCED_SYSTEM_CHECKS = [
    "guardian.W001",  # object rights are answered by ScopeBackend alone
    "urls.W005",  # one view of Wagtail's translations is ours, at its address and by its name
]

AXES_ENABLED = True
AXES_HANDLER = "directory.throttle.Throttle"
AXES_USERNAME_CALLABLE = "directory.throttle.client_username"
AXES_CLIENT_IP_CALLABLE = "directory.throttle.place_of"
AXES_COOLOFF_TIME = 0.25  # hours
AXES_FAILURE_LIMIT = 8  # of a login from one address, or in a known browser
FAILURES_OF_LOGIN = 40  # from anywhere but known browsers
LOGINS_OF_ADDRESS = 60  # different ones refused, but in known browsers
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # what a success forgives
AXES_DISABLE_ACCESS_LOG = True  # the journal notes who signs in and out
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # the wait that is told stays true
AXES_VERBOSE = False
AXES_ENABLE_ADMIN = False
AXES_LOCKOUT_CALLABLE = "directory.views.session.locked_out"

SESSION_ENGINE = "directory.session_store"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.errors.csrf_failure"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"  # the policy below lets the site frame itself, and goes first
# What they tell is put into the request by config.serving.proxies; no header is believed.
PROXIES: list[str] = env["PROXY_ADDRESSES"] if env["TRUSTED_PROXY"] else []

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "media-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}
# Wagtail's editor writes inline styles and scripts; only the pages under /admin/ get this one.
ADMIN_CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, "'unsafe-inline'"],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "media-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

LANGUAGE_CODE = "fr"
LANGUAGES = WAGTAIL_CONTENT_LANGUAGES = [("fr", _("French")), ("en", _("English"))]
# The second: words of Wagtail that its French lacks or has otherwise than the site.
LOCALE_PATHS = [ROOT / "config" / "locale", ROOT / "config" / "editor" / "locale"]
FORMAT_MODULE_PATH = "config.formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE: str = env["TIME_ZONE"]
LANGUAGE_COOKIE_NAME = "marigot_language"
LANGUAGE_COOKIE_SAMESITE = "Lax"

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
STATICFILES_DIRS = [ROOT / "config" / "design" / "static"]
STORAGES = {
    "default": {"BACKEND": "intranet.storage.ProtectedStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
# Wagtail's images: never under a public address, always through a view that asks for the scope.
MEDIA_ROOT = DATA / "media"
MEDIA_URL = "/never-served/"

WAGTAIL_SITE_NAME = SITE_NAME
# In the forms of its admin; both languages read it (see config/formats).
WAGTAIL_DATE_FORMAT = "%d/%m/%Y"
WAGTAIL_DATETIME_FORMAT = "%d/%m/%Y %H:%M"
WAGTAIL_PAGE_MODEL = "intranet.BasePage"
WAGTAILIMAGES_IMAGE_MODEL = "intranet.SiteImage"
WAGTAILIMAGES_IMAGE_FORM_BASE = "intranet.forms.ImageForm"
WAGTAILADMIN_BASE_URL = BASE_URL
WAGTAIL_I18N_ENABLED = True
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
WAGTAIL_PRIVATE_PAGE_OPTIONS = {"SHARED_PASSWORD": False, "LOGIN": False, "GROUPS": False}
WAGTAILADMIN_LOGIN_URL = "directory:sign_in"
WAGTAIL_PASSWORD_MANAGEMENT_ENABLED = False
WAGTAIL_EMAIL_MANAGEMENT_ENABLED = False
WAGTAIL_PASSWORD_RESET_ENABLED = False
WAGTAIL_ALLOW_UNICODE_SLUGS = False
# Comments would be mailed to whoever once subscribed, whether they may still read the page.
WAGTAILADMIN_COMMENTS_ENABLED = False
WAGTAILADMIN_NOTIFICATION_INCLUDE_SUPERUSERS = False
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
TAGGIT_CASE_INSENSITIVE = True

SEARCH: str = env["SEARCH"]
SEARCH_API_KEY: str = env["SEARCH_API_KEY"]
SEARCH_CA_FILE: str = env["SEARCH_CA_FILE"]
SEARCH_PREFIX: str = env["SEARCH_PREFIX"]
SEARCH_FOLDER = DATA / "index"
WAKEUP: str = env["WAKEUP"]
WAKEUP_FOLDER = DATA / "run" / "wakeup"
BLOB_FOLDER = DATA / "blobs"
UPLOAD_MAX_BYTES: int = env["UPLOAD_MAX_MB"] * 1024 * 1024
ACCEL_LOCATION: str = env["ACCEL_LOCATION"]
EXTRACTION_MEMORY_BYTES: int = env["EXTRACTION_MEMORY_MB"] * 1024 * 1024
EXTRACTION_SECONDS: int = env["EXTRACTION_SECONDS"]
DISK_RESERVE_BYTES = 64 * 1024 * 1024  # files leave so much to the database and the sessions
DISK_WARNING_BYTES: int = env["DISK_WARNING_MB"] * 1024 * 1024
PICTURE_MAX_PIXELS: int = env["PICTURE_MAX_MEGAPIXELS"] * 1_000_000
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
# Views that take files ask for them themselves, and say so: documents.uploads.asks_for_its_body.
FILE_UPLOAD_HANDLERS = ["config.serving.files.RefusingHandler"]
# Threads that run views that read, and as many for those that write, in each web process.
VIEWS_AT_WORK = 2

LDAP = {
    "url": env["LDAP_URL"],
    "start_tls": env["LDAP_START_TLS"],
    "ca_file": env["LDAP_CA_FILE"],
    "bind_dn": env["LDAP_BIND_DN"],
    "bind_password": env["LDAP_BIND_PASSWORD"],
    "base_dn": env["LDAP_BASE_DN"],
    "schema": env["LDAP_SCHEMA"],
    "login_attribute": env["LDAP_LOGIN_ATTRIBUTE"],
    "logins": env["LDAP_LOGINS"],
    "people_filter": env["LDAP_PEOPLE_FILTER"],
    "group_filter": env["LDAP_GROUP_FILTER"],
    "member_attribute": env["LDAP_MEMBER_ATTRIBUTE"],
    "attributes": env["LDAP_ATTRIBUTES"],
    "disabled": env["LDAP_DISABLED"],
    "canary_dn": env["LDAP_CANARY_DN"],
    "timeout": env["LDAP_TIMEOUT"],
    "changes_passwords": env["LDAP_CHANGES_PASSWORDS"],
    "password_help": env["LDAP_PASSWORD_HELP"],
}
# What may change within an hour, as the directory is read, without somebody looking at it.
SYNC_LIMITS = {
    "absent": env["SYNC_ABSENT"],
    "closed": env["SYNC_CLOSED"],
    "reopened": env["SYNC_REOPENED"],
    "changed": env["SYNC_CHANGED"],
    "removed": env["SYNC_REMOVED"],
    "group": env["SYNC_GROUP"],
}

DEFAULT_FROM_EMAIL: str = env["EMAIL_FROM"]
_mail = urlsplit(env["EMAIL_URL"])
if _mail.scheme == "console":
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
else:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = _mail.hostname or ""
    EMAIL_PORT = _mail.port or 25
    EMAIL_HOST_USER = _mail.username or ""
    EMAIL_HOST_PASSWORD = _mail.password or ""
    EMAIL_TIMEOUT = 10  # seconds; a server that is silent would hold whoever waits for it
    EMAIL_USE_TLS = _mail.scheme == "smtp+tls"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        "request_id": {"()": "directory.context.RequestIdFilter"},
        "client_fault": {"()": "config.logs.ClientFaultFilter"},
        "sockets": {"()": "config.logs.SocketFilter"},
    },
    "formatters": {
        "line": {"format": "{asctime} {levelname} {name} [{request_id}] {message}", "style": "{"}
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["request_id", "client_fault"],
        }
    },
    "root": {"handlers": ["console"], "level": env["LOG_LEVEL"].upper()},
    # They tell that all goes well, of every page, task and sign-in; the journal does so too.
    "loggers": {name: {"level": "WARNING"} for name in ("axes", "django_tasks", "wagtail")}
    | {"uvicorn.error": {"filters": ["client_fault", "sockets"]}},  # its handlers are its own
}
