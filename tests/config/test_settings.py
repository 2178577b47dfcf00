"""The settings: documented as they are, typed, and safe in production."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from config.settings.environment import TABLE, Environment, ImproperSetting, _integer

ROOT = Path(__file__).resolve().parents[2]

SAFE = {
    "MARIGOT_DATA": "/var/lib/marigot",
    "MARIGOT_SECRET_KEY": "k3v9-Zq7w-Lm2x-Rt8y-Bn4u-Hs6j-Dp1c-Fg5a-Ve0i-Wo3z-Ks9q",
    "MARIGOT_BASE_URL": "https://intranet.example.org",
    "MARIGOT_ALLOWED_HOSTS": "intranet.example.org",
    "MARIGOT_DATABASE_URL": "postgres://marigot:secret@127.0.0.1:5432/marigot",
    "MARIGOT_LDAP_URL": "ldaps://directory.example.org",
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
        "config/embedded/__main__.py",  # hands the environment to its children
        "config/embedded/slapd.py",  # the same
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


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MARIGOT_SECRET_KEY", ""),
        ("MARIGOT_SECRET_KEY", "short"),
        ("MARIGOT_BASE_URL", "http://intranet.example.org"),
        ("MARIGOT_ALLOWED_HOSTS", "*"),
        ("MARIGOT_LDAP_URL", ""),
        ("MARIGOT_LDAP_URL", "http://directory.example.org"),
        ("MARIGOT_DATA", "data"),
    ],
)
def test_production_refuses_an_unsafe_value_by_name(variable, value):
    result = check_deploy(SAFE | {variable: value})
    assert result.returncode != 0
    assert variable in result.stderr
    if len(value) > 5:
        assert SAFE["MARIGOT_SECRET_KEY"] not in result.stderr


def test_production_refuses_a_directory_in_clear():
    unsafe = {"MARIGOT_LDAP_URL": "ldap://directory.example.org", "MARIGOT_LDAP_START_TLS": "false"}
    result = check_deploy(SAFE | unsafe)
    assert result.returncode != 0
    assert "MARIGOT_LDAP_START_TLS" in result.stderr
