"""The systemd units, the environment file and the words about them, held against one another."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import reverse

from config.settings.environment import TABLE
from intranet import sending
from intranet.pictures import preparing
from tests.servers.base import ServerMissing, program, unavailable

from .site import PROGRAMS, ROOT, UNITS, command_of

EXAMPLE = ROOT / "deploy" / "marigot.env.example"
GUIDE = ROOT / "docs" / "operating.md"
INSTANCES = {
    "marigot-web@": "8001",
    "marigot-task@": "verify_blobs",
    "marigot-nightly@": "clearsessions",
    "marigot-weekly@": "verify_blobs",
}


def example() -> dict[str, str]:
    """The variables of the environment file, read as systemd and the shell both do."""
    lines = [line for line in EXAMPLE.read_text().splitlines() if line and line[0] != "#"]
    for line in lines:
        assert re.fullmatch(r"[A-Z_]+='[^']*'", line), f"not in the one form both read: {line}"
    return dict(shlex.split(line)[0].split("=", 1) for line in lines)


def analyze(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    try:
        tool = program("systemd-analyze", packages="systemd")
    except ServerMissing as error:
        unavailable(str(error))
    return subprocess.run(
        [tool, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture
def units(tmp_path: Path) -> list[Path]:
    """The units as a site has them, with an instance of each template; Python is this one."""
    for unit in UNITS.iterdir():
        text = unit.read_text().replace(f"{PROGRAMS}python", sys.executable)
        text = text.replace("/opt/marigot", str(ROOT))
        (tmp_path / unit.name).write_text(text)
        if instance := INSTANCES.get(unit.stem):
            name = f"{unit.stem}{instance}{unit.suffix}"
            (tmp_path / name).write_text(text)
    return sorted(tmp_path.iterdir())


def test_systemd_finds_nothing_wrong(units):
    said = analyze("verify", *units, folder=units[0].parent)
    assert said.returncode == 0, said.stderr
    ours = [line for line in said.stderr.splitlines() if "marigot" in line]
    assert not ours


def test_a_misspelt_unit_would_be_found(units):
    """That the test above can fail."""
    worker = next(unit for unit in units if unit.name == "marigot-worker.service")
    worker.write_text(worker.read_text().replace("ExecStart=", "ExecStrat="))
    said = analyze("verify", worker, folder=worker.parent)
    assert "ExecStrat" in said.stderr


def test_each_service_is_closed_off(units):
    for unit in units:
        if unit.suffix == ".service":
            said = analyze("security", "--offline=yes", "--threshold=30", unit, folder=unit.parent)
            assert said.returncode == 0, said.stdout[-2000:] + said.stderr


def test_the_environment_file_names_what_a_site_needs_and_nothing_unknown():
    given = example()
    known = {setting.variable for setting in TABLE} | {"DJANGO_SETTINGS_MODULE"}
    assert set(given) <= known
    assert {s.variable for s in TABLE if s.required == "production"} <= set(given)


def test_a_site_that_fills_it_in_may_start(tmp_path):
    filled = example() | {
        "MARIGOT_SECRET_KEY": "k3v9-Zq7w-Lm2x-Rt8y-Bn4u-Hs6j-Dp1c-Fg5a-Ve0i-Wo3z-Ks9q",
        "MARIGOT_LDAP_BIND_PASSWORD": "a word",
        "MARIGOT_DATA": str(tmp_path),
    }
    clean = {k: v for k, v in os.environ.items() if not k.startswith("MARIGOT_")}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    result = subprocess.run(
        command, cwd=ROOT, env=clean | filled, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    for variable in ("MARIGOT_SECRET_KEY", "MARIGOT_LDAP_BIND_PASSWORD"):
        unfilled = filled | {variable: ""}
        result = subprocess.run(
            command, cwd=ROOT, env=clean | unfilled, capture_output=True, text=True, check=False
        )
        assert result.returncode != 0
        assert variable in result.stderr


def test_nginx_gives_up_an_idle_connection_before_the_web_process_does():
    """The other way round a form that is sent in that moment finds it closed: 502."""
    nginx = (ROOT / "deploy" / "nginx" / "marigot.conf").read_text()
    (upstream,) = re.findall(r"^upstream \w+ \{$.*?^\}$", nginx, re.MULTILINE | re.DOTALL)
    (given_up,) = re.findall(r"^    keepalive_timeout (\d+)s;$", upstream, re.MULTILINE)
    command = command_of("marigot-web@.service", "8001")
    assert int(command[command.index("--timeout-keep-alive") + 1]) > int(given_up)


def test_nginx_keeps_no_body_that_the_editor_takes():
    """It would come whole before Marigot is asked for the right."""
    nginx = (ROOT / "deploy" / "nginx" / "marigot.conf").read_text()
    unbuffered = tuple(
        re.findall(r"location (/\S+) \{[^}]*proxy_request_buffering off;", nginx, re.DOTALL)
    )
    arguments: dict[str, list[object]] = {
        "wagtailadmin_pages:add": ["intranet", "notepage", 1],
        "wagtailadmin_pages:preview_on_add": ["intranet", "notepage", 1],
        "wagtailadmin_pages:edit": [1],
        "wagtailadmin_pages:preview_on_edit": [1],
        "wagtailimages:edit": [1],
    }
    for view in sending.PAGES | preparing.BRINGING:
        assert reverse(view, args=arguments.get(view, [])).startswith(unbuffered), view


def test_the_guide_enables_what_there_is_and_all_of_it():
    named = set(re.findall(r"marigot-[a-z]+@?[\w]*(?:\.timer|\.service)?", GUIDE.read_text()))
    there = {unit.name.removesuffix(".service") for unit in UNITS.iterdir()}
    for name in named:
        template = re.sub(r"@\w*", "@", name).removesuffix(".service")
        assert {template, f"{template}.timer"} & there, name
    timers = re.findall(r"marigot-(?:nightly|weekly)@(\w+)\.timer", GUIDE.read_text())
    assert timers
    assert set(timers) <= set(get_commands())
    for file in ("nginx/marigot.conf", "marigot.env.example", "systemd/", "deploy/marigot "):
        assert file in GUIDE.read_text(), file
