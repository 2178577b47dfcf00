"""The scripts behind make: what they say, and that a second run has nothing to do."""

from __future__ import annotations

import fcntl
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.selection import is_chosen

from .base import HOST, UNPRIVILEGED_USER, ServerMissing, program, unavailable
from .runner import AGAIN, PARTS, Count, counted

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = [
    *sorted((ROOT / "scripts").glob("*.sh")),
    ROOT / ".ci" / "run",
    ROOT / "deploy" / "marigot",
]
PIN = re.compile(r"^([a-z0-9._-]+(?:\[[a-z0-9,]+\])?==\S+)", re.IGNORECASE | re.MULTILINE)


def make(
    *words: str, cwd: Path = ROOT, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["make", *words],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        timeout=600,
    )


@pytest.fixture
def checkout() -> Iterator[Path]:
    """The scripts in a small checkout of their own, with this run's virtual environment."""
    folder = Path(tempfile.mkdtemp(prefix="marigot-scripts-"))
    folder.chmod(0o755)
    shutil.copytree(ROOT / "scripts", folder / "scripts")
    shutil.copytree(ROOT / "requirements", folder / "requirements")
    shutil.copy(ROOT / "Makefile", folder)
    for app in ("config", "intranet", "documents", "search", "directory"):
        (folder / app / "locale" / "fr" / "LC_MESSAGES").mkdir(parents=True)
    (folder / ".venv").symlink_to(sys.prefix)
    yield folder
    shutil.rmtree(folder)


def test_help_lists_every_target() -> None:
    targets = re.findall(r"^\.PHONY: (\S+)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    listed = re.findall(r"^  make (\S+) +\S", make("help").stdout, re.MULTILINE)
    assert listed == targets
    assert {"run", "test", "lint", "format", "bench", "services", "help"} <= set(targets)
    assert make().stdout == make("help").stdout


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_parse(script: Path) -> None:
    subprocess.run(["bash", "-n", script], check=True)


def test_scripts_are_clean() -> None:
    try:
        shellcheck = program("shellcheck", packages="shellcheck")
    except ServerMissing as error:
        unavailable(str(error))
    found = subprocess.run(
        [shellcheck, "-x", *SCRIPTS], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


@pytest.mark.parametrize("name", ["base", "dev"])
def test_locked_packages_have_hashes_and_name_no_index(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)
    entries = re.split(r"\n(?=\S)", text.strip())
    loose = [e for e in entries if not e.startswith("#") and "--hash=sha256:" not in e]
    assert not loose


def test_the_tests_are_locked_to_the_versions_that_run() -> None:
    base, dev = (
        set(PIN.findall((ROOT / "requirements" / f"{name}.txt").read_text()))
        for name in ("base", "dev")
    )
    assert base
    assert base <= dev


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "80 80"])
def test_run_refuses_what_is_not_a_port(port: str) -> None:
    done = make("run", f"PORT={port}")
    assert done.returncode != 0
    assert f"PORT={port} is not a port" in done.stderr


def test_a_full_disk_is_told_before_anything_is_changed() -> None:
    line = '. scripts/lib.sh; need_space /tmp/not/there/yet 999999999 "the demo"; echo reached'
    done = subprocess.run(
        ["bash", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "the demo needs 999999999 MB" in done.stderr
    assert "Nothing was changed" in done.stderr
    assert "reached" not in done.stdout


def set_up_without(checkout: Path, *without: str) -> subprocess.CompletedProcess[str]:
    """Run the set-up without rights, with every program of the system but those named."""
    programs = checkout / "bin"
    programs.mkdir(exist_ok=True)
    for place in (Path("/usr/bin"), Path("/bin"), Path(sys.executable).parent):
        for path in place.iterdir():
            if path.name not in {"sudo", *without} and not (programs / path.name).exists():
                (programs / path.name).symlink_to(path)
    command = [checkout / "scripts" / "setup.sh", "run"]
    if os.geteuid() == 0:
        user = pwd.getpwnam(UNPRIVILEGED_USER)
        for path in (checkout, checkout / "scripts"):
            os.chown(path, user.pw_uid, user.pw_gid)
        rights = [f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]
        command = [program("setpriv", packages="util-linux"), *rights, "--", *command]
    return subprocess.run(
        command,
        env={"PATH": str(programs), "HOME": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_root_it_says_what_to_install(checkout: Path) -> None:
    done = set_up_without(checkout, "msgfmt")
    assert done.returncode == 1
    assert re.search(r"sudo apt-get install --no-install-recommends .*gettext", done.stderr)
    assert "Traceback" not in done.stderr


def test_a_compiler_is_asked_for_only_while_packages_are_to_be_installed(checkout: Path) -> None:
    compilers = ("cc", "gcc", "c99", "c89", "msgfmt")
    assert not re.search(r"install .*\bgcc\b", set_up_without(checkout, *compilers).stderr)
    (checkout / ".venv").unlink()
    done = set_up_without(checkout, *compilers)
    assert done.returncode == 1
    assert re.search(r"sudo apt-get install .*\bgcc\b", done.stderr)
    assert not (checkout / ".venv").exists()


def test_an_old_python_is_refused_before_anything_is_installed(checkout: Path) -> None:
    (checkout / ".venv").unlink()
    old = checkout / "bin" / "python3"
    old.parent.mkdir()
    # Answers as Debian 11's: to the question for its version, and to its being asked to run.
    old.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit\nexit 1\n')
    old.chmod(0o755)
    done = set_up_without(checkout, "msgfmt")
    assert done.returncode == 1
    assert "needs Python 3.11 or later; python3 here is Python 3.9.2" in done.stderr
    assert "Debian packages" not in done.stderr
    assert not (checkout / ".venv").exists()


def test_a_second_set_up_waits_and_a_stale_lock_does_not_block(checkout: Path) -> None:
    command = [checkout / "scripts" / "setup.sh", "run"]
    lock = checkout / ".cache" / "set-up.lock"
    lock.parent.mkdir()
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as waiting:
            assert waiting.stdout is not None
            assert "Another set-up of this checkout is under way" in waiting.stdout.readline()
            assert waiting.poll() is None
            fcntl.flock(held, fcntl.LOCK_UN)
            assert waiting.wait(600) == 0
    assert lock.exists()
    subprocess.run(command, check=True, timeout=600)


def test_messages_are_compiled_once_and_a_bad_one_is_named(checkout: Path) -> None:
    folder = checkout / "search" / "locale" / "fr" / "LC_MESSAGES"
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n'
    (folder / "django.po").write_text(f'{header}msgid "Search"\nmsgstr "Rechercher"\n')
    assert make("messages", cwd=checkout).returncode == 0
    compiled = folder / "django.mo"
    assert b"Rechercher" in compiled.read_bytes()
    before = compiled.stat().st_mtime_ns
    make("messages", cwd=checkout)
    assert compiled.stat().st_mtime_ns == before

    (folder / "django.po").write_text(f'{header}#, python-format\nmsgid "%d"\nmsgstr "%s"\n')
    os.utime(folder / "django.po", ns=(before + 10**9, before + 10**9))
    done = make("messages", cwd=checkout)
    assert done.returncode != 0
    assert "search/locale/fr/LC_MESSAGES/django.po" in done.stderr
    assert compiled.stat().st_mtime_ns == before, "what was compiled before is kept"
    assert [path.name for path in folder.glob("*.mo*")] == ["django.mo"]


def test_run_hands_over_its_signals_status_and_options(checkout: Path) -> None:
    # What is tried is the way from make to the program, not the program.
    (checkout / "config" / "__init__.py").touch()
    (checkout / "config" / "embedded.py").write_text(
        "import signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print('serving', *sys.argv[1:], flush=True)\n"
        "signal.pause()\n"
    )
    data = checkout / "a folder"
    with subprocess.Popen(
        ["make", "run", "PORT=8123", f"DATA={data}"],
        cwd=checkout,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == f"serving --port 8123 --data {data}\n"
        run.send_signal(signal.SIGTERM)
        _, errors = run.communicate(timeout=120)
    assert run.returncode != 0
    assert "Error 7" in errors or "Terminated" in errors
    alive = subprocess.run(
        ["pgrep", "-f", f"config.embedded --port 8123 --data {data}"], check=False
    )
    assert alive.returncode == 1, "the program is still alive"


def test_the_runner_counts_what_pytest_reports(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(
        "import pytest\n"
        "def test_good(): pass\n"
        "def test_bad(): assert False\n"
        "@pytest.mark.skip\n"
        "def test_left(): pass\n"
        "@pytest.fixture\n"
        "def broken(): raise RuntimeError\n"
        "def test_error(broken): pass\n"
    )
    report = tmp_path / "report.xml"
    subprocess.run(
        [
            *(sys.executable, "-m", "pytest", f"--junitxml={report}", "-p", "no:cacheprovider"),
            *("-p", "no:django", "--rootdir", tmp_path, "-c", os.devnull, tmp_path),
        ],
        cwd=tmp_path,
        check=False,
        capture_output=True,
    )
    assert counted(report) == Count(passed=1, failed=2, skipped=1)
    assert counted(tmp_path / "none.xml") == Count(failed=1)


@pytest.mark.parametrize("database", [True, False])
@pytest.mark.parametrize("browser", [True, False])
@pytest.mark.parametrize("one_database", [True, False])
@pytest.mark.parametrize("second_half", [True, False])
def test_the_parts_of_a_run_leave_no_test_out_and_repeat_none(
    database, browser, one_database, second_half
) -> None:
    kind = {
        "database": database,
        "browser": browser,
        "one_database": one_database,
        "second_half": second_half,
    }
    once = [name for name, options in PARTS.items() if name != AGAIN and is_chosen(options, **kind)]
    assert len(once) == 1
    again = is_chosen(PARTS[AGAIN], **kind)
    assert again == (database and not browser and not one_database)


@pytest.mark.slow
def test_services_come_up_say_how_to_use_them_and_end_together() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "tests.servers", "services"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as services:
        assert services.stdout is not None
        lines = []
        for line in services.stdout:
            lines.append(line)
            if "Ctrl-C" in line:
                break
        given = dict(re.findall(r"^export (MARIGOT_\w+)=(\S+)$", "".join(lines), re.MULTILINE))
        ports = {name: urlsplit(url).port or 0 for name, url in given.items()}
        listening = {name: answers_on(port) for name, port in ports.items()}
        services.send_signal(signal.SIGINT)
        _, errors = services.communicate(timeout=120)
    if "Install it" in errors:
        unavailable(errors)
    assert services.returncode == 0, errors
    assert listening == {
        "MARIGOT_DATABASE_URL": True,
        "MARIGOT_WAKEUP": True,
        "MARIGOT_SEARCH": True,
        "MARIGOT_EMAIL_URL": True,
    }
    assert not any(answers_on(port) for port in ports.values())


def answers_on(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0
