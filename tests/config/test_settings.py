"""The settings: documented as they are, typed, and safe in production."""

from __future__ import annotations

import gc
import os
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management.utils import get_random_secret_key

from config.settings.environment import TABLE, Environment, ImproperSetting, _integer
from config.settings.safety import faults

ROOT = Path(__file__).resolve().parents[2]

SAFE = {
    "MARIGOT_DATA": "/var/lib/marigot",
    "MARIGOT_SECRET_KEY": "k3v9-Zq7w-Lm2x-Rt8y-Bn4u-Hs6j-Dp1c-Fg5a-Ve0i-Wo3z-Ks9q",
    "MARIGOT_BASE_URL": "https://intranet.example.org",
    "MARIGOT_ALLOWED_HOSTS": "intranet.example.org",
    "MARIGOT_DATABASE_URL": "postgres://marigot:secret@127.0.0.1:5432/marigot",
    "MARIGOT_LDAP_URL": "ldaps://directory.example.org",
    "MARIGOT_LDAP_BIND_DN": "cn=marigot,dc=example,dc=org",
    "MARIGOT_LDAP_BIND_PASSWORD": "a-word-that-is-kept",
    "MARIGOT_LDAP_BASE_DN": "dc=example,dc=org",
}


def check_deploy(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MARIGOT_")}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=clean | {"DJANGO_SETTINGS_MODULE": "config.settings.production"} | environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_documented_table_is_the_table():
    rows = re.findall(r"^\| `(MARIGOT_\w+)` \| (.*?) \| (.*?) \| (.*?) \| (.*) \|$",
                      (ROOT / "docs/settings.md").read_text(), re.MULTILINE)  # fmt: skip
    expected = [
        (s.variable, s.type_name, f"`{s.default}`" if s.default else "—", s.required or "—", s.help)
        for s in TABLE
    ]
    assert rows == expected


def test_nothing_else_reads_the_environment():
    readers = [
        str(path.relative_to(ROOT))
        for app in ("config", "intranet", "documents", "search", "directory")
        for path in (ROOT / app).rglob("*.py")
        if re.search(r"os\.environ|os\.getenv", path.read_text())
    ]
    assert sorted(readers) == [
        "config/asgi.py",  # sets the settings module
        "config/embedded/slapd.py",  # hands the environment to its children
        "config/embedded/supervisor.py",  # the same
        "config/settings/environment.py",
        "config/settings/test.py",
        "search/extraction/service.py",  # hands a bare environment to its child
    ]


def test_every_type_is_read():
    environment = Environment(
        {"MARIGOT_LDAP_TIMEOUT": "9", "MARIGOT_TRUSTED_PROXY": "yes",
         "MARIGOT_ALLOWED_HOSTS": "a, b", "MARIGOT_DATA": "/srv/x"}
    )  # fmt: skip
    assert environment["LDAP_TIMEOUT"] == 9
    assert environment["TRUSTED_PROXY"] is True
    assert environment["ALLOWED_HOSTS"] == ["a", "b"]
    assert environment["DATA"] == Path("/srv/x")


@pytest.mark.parametrize(
    ("variable", "value"), [("MARIGOT_LDAP_TIMEOUT", "soon"), ("MARIGOT_TRUSTED_PROXY", "maybe")]
)
def test_a_value_that_is_not_of_its_type_is_named(variable, value):
    with pytest.raises(ImproperSetting, match=variable):
        Environment({variable: value})


def test_a_secret_is_not_repeated_in_a_message():
    setting = replace(TABLE[1], parse=_integer)
    with pytest.raises(ImproperSetting) as raised:
        setting.read({"MARIGOT_SECRET_KEY": "hunter2-hunter2"})
    assert "hunter2" not in str(raised.value)


def test_production_passes_the_deployment_check():
    result = check_deploy(SAFE)
    assert result.returncode == 0, result.stdout + result.stderr


def test_production_tells_all_that_is_wrong_at_once_and_no_secret():
    unsafe = {
        "MARIGOT_SECRET_KEY": "",
        "MARIGOT_BASE_URL": "http://intranet.example.org",
        "MARIGOT_LDAP_URL": "ldap://directory.example.org",
        "MARIGOT_LDAP_START_TLS": "false",
        "MARIGOT_DATABASE_URL": "postgres://marigot:db-word@db.example.org/marigot",
    }
    result = check_deploy(SAFE | unsafe)
    assert result.returncode != 0
    assert result.stderr.startswith("marigot: Marigot does not start:\n- ")
    assert "Traceback" not in result.stderr
    for variable in unsafe:
        if variable != "MARIGOT_LDAP_URL":
            assert f"- {variable}" in result.stderr
    for secret in ("db-word", SAFE["MARIGOT_LDAP_BIND_PASSWORD"]):
        assert secret not in result.stderr


def told(**changes: str) -> list[str]:
    """The faults of the safe settings with `changes`."""
    return faults(Environment(SAFE | {f"MARIGOT_{k}": v for k, v in changes.items()}))


def test_the_safe_settings_have_no_fault():
    assert told() == []


@pytest.mark.parametrize("setting", [s for s in TABLE if s.required], ids=lambda s: s.name)
def test_each_needed_setting_is_missed(setting):
    assert any(
        line.startswith(f"{setting.variable} is not set") for line in told(**{setting.name: ""})
    )


REMOTE = "postgres://marigot:word@db.example.org/marigot"
REMOTE_REDIS = "rediss://:word@redis.example.org:6379/0"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SECRET_KEY", "short"),
        ("SECRET_KEY", "a" * 60),
        ("SECRET_KEY", "abcdef" * 10),
        ("SECRET_KEY", "marigot-intranet-" * 4),
        ("SECRET_KEY", "0123456789" * 6),
        ("SECRET_KEY", "django-insecure-k3v9-Zq7w-Lm2x-Rt8y-Bn4u-Hs6j-Dp1c-Fg5a-Ve0i-Wo3z"),
        ("PROXY_ADDRESSES", "proxy.example.org"),
        ("BASE_URL", "http://intranet.example.org"),
        ("BASE_URL", "https://"),
        ("BASE_URL", "https://intranet.example.org/intranet"),
        ("ALLOWED_HOSTS", "*"),
        ("ALLOWED_HOSTS", "another.example.org"),
        ("LDAP_URL", "http://directory.example.org"),
        ("LDAP_URL", "ldaps://one.example.org two.example.org"),
        ("LDAP_SCHEMA", "novell"),
        ("LDAP_ATTRIBUTES", "mail"),
        ("LDAP_MEMBER_ATTRIBUTE", "memberUid="),
        ("LDAP_DISABLED", "employeeType"),
        ("LDAP_LOGINS", "login,nickname"),
        ("LDAP_CA_FILE", "/no/such/file.pem"),
        ("LDAP_TIMEOUT", "0"),
        ("DATABASE_URL", "mysql://marigot@127.0.0.1/marigot"),
        ("DATABASE_URL", REMOTE),
        ("DATABASE_URL", f"{REMOTE}?sslmode=prefer"),
        ("DATABASE_URL", f"{REMOTE}?sslmode=require&sslmode=disable"),
        ("DATABASE_URL", f"{REMOTE}?sslmode=encrypted"),
        ("DATABASE_URL", "postgres://marigot:word@/marigot?host=db.example.org"),
        (
            "DATABASE_URL",
            "postgres://marigot:word@127.0.0.1/marigot?sslmode=disable&sslmode=require",
        ),
        ("WAKEUP", "redis://:word@redis.example.org:6379/0"),
        ("DATABASE_URL", "postgres:///marigot?service=prod"),
        ("DATABASE_URL", "postgres://marigot:word@127.0.0.1/marigot?service=prod"),
        ("DATABASE_URL", "postgres:///marigot?service=prod&sslmode=prefer"),
        ("WAKEUP", "redis:///0?host=redis.example.org"),
        ("WAKEUP", f"{REMOTE_REDIS}?ssl_cert_reqs=none"),
        ("WAKEUP", f"{REMOTE_REDIS}?ssl_check_hostname=false"),
        ("WAKEUP", "rediss:///0?host=redis.example.org&ssl_cert_reqs=none"),
        ("SEARCH", "elasticsearch"),
        ("SEARCH", "http://search.example.org:9200"),
        ("SEARCH_CA_FILE", "/no/such/file.pem"),
        ("WAKEUP", "telepathy"),
        ("EMAIL_URL", "mailto:somebody"),
        ("EMAIL_URL", "smtp://user:word@mail.example.org:25"),
        ("UPLOAD_MAX_MB", "-1"),
        ("EXTRACTION_MEMORY_MB", "0"),
        ("EXTRACTION_SECONDS", "0"),
        ("ACCEL_LOCATION", "_blobs"),
        ("TIME_ZONE", "Mars/Olympus"),
        ("TIME_ZONE", "../../etc/passwd"),
        ("LOG_LEVEL", "chatty"),
        ("DATA", "data"),
    ],
)
def test_an_unsafe_or_useless_value_is_refused_by_name(name, value):
    (fault,) = told(**{name: value})
    assert fault.startswith(f"MARIGOT_{name}")
    assert "word@" not in fault


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("LDAP_START_TLS", {"LDAP_URL": "ldap://d.example.org", "LDAP_START_TLS": "no"}),
        ("LDAP_START_TLS", {"LDAP_URL": "ldaps://a.org ldap://b.org", "LDAP_START_TLS": "no"}),
        ("SEARCH", {"SEARCH": "http://127.0.0.1:9200", "SEARCH_API_KEY": "key"}),
        ("WAKEUP", {"WAKEUP": "postgres", "DATABASE_URL": ""}),
    ],
)
def test_values_that_are_unsafe_together_are_refused(name, changes):
    (fault,) = told(**changes)
    assert fault.startswith(f"MARIGOT_{name}")


@pytest.mark.parametrize(
    "changes",
    [
        {"DATABASE_URL": ""},
        {"DATABASE_URL": f"{REMOTE}?sslmode=verify-full", "WAKEUP": "postgres"},
        {"DATABASE_URL": "postgres://marigot@%2Frun%2Fpostgresql/marigot"},
        {"LDAP_URL": "ldap://d.example.org", "LDAP_START_TLS": "yes"},
        {"SEARCH": "http://127.0.0.1:9200"},
        {"SEARCH": "https://search.example.org:9200", "SEARCH_API_KEY": "key"},
        {"ALLOWED_HOSTS": ".example.org"},
        {"EMAIL_URL": "smtp+tls://user:word@mail.example.org:587"},
        {"EMAIL_URL": "smtp://127.0.0.1:25"},
        {"BASE_URL": "https://intranet.example.org:8443/"},
        {"WAKEUP": "redis://127.0.0.1:6379/0"},
        {"WAKEUP": "redis:///0?host=127.0.0.1"},
        {"WAKEUP": "rediss://127.0.0.1:6379/0?ssl_cert_reqs=none"},
        {"WAKEUP": REMOTE_REDIS},
        {"WAKEUP": f"{REMOTE_REDIS}?ssl_cert_reqs=required&ssl_check_hostname=true"},
        {"DATABASE_URL": "postgres:///marigot?service=prod&sslmode=verify-full"},
        {"SECRET_KEY": "".join(random.Random(1).choices("0123456789abcdef", k=64))},
        {"SECRET_KEY": get_random_secret_key()},
        {"PROXY_ADDRESSES": "10.0.0.4,::1"},
        {"LOG_LEVEL": "warning"},
    ],
    ids=str,
)
def test_what_is_safe_is_not_refused(changes):
    assert told(**changes) == []


def test_what_is_loaded_is_not_looked_through_by_the_garbage_collector():
    """Nor is it in a command: `migrate` took a quarter of its time for that."""
    assert gc.get_freeze_count() > 100_000
