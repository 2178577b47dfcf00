"""Every benchmark runs, with next to nothing, and what must hold holds. No figure is judged."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from . import registry
from .report import Report

ROOT = Path(__file__).resolve().parents[2]
# All benchmarks are begun by the first test: together they work as long as many tests.
TOGETHER = pytest.mark.timeout(3600)


@pytest.fixture(scope="module")
def trial() -> subprocess.CompletedProcess[str]:
    """All of them, with next to nothing."""
    return subprocess.run(
        [sys.executable, "-m", "tests.bench", "--small"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


@pytest.mark.slow
@TOGETHER
@pytest.mark.parametrize("name", registry.names())
def test_it_runs(name: str, trial: subprocess.CompletedProcess[str]):
    _, begun, told = trial.stdout.partition(f"── {name}\n")
    told = told.partition("\n── ")[0]
    assert begun, trial.stdout + trial.stderr
    assert "FAILED" not in told, told
    assert told.strip(), trial.stderr


@pytest.mark.slow
@TOGETHER
def test_all_of_them_succeed(trial: subprocess.CompletedProcess[str]):
    assert trial.returncode == 0, trial.stdout + trial.stderr


def test_an_unknown_name_is_refused():
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "nothing"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert "no such benchmark: nothing" in done.stderr


def test_what_does_not_hold_fails_the_run():
    report = Report(small=True, out=io.StringIO())
    report.held("found", 2, 2)
    assert not report.failed
    report.held("kept", 1, 2)
    assert report.failed == ["kept"]
    assert "1 of 2" in report.out.getvalue()


def test_a_line_gives_the_ratio_to_its_floor():
    report = Report(out=io.StringIO())
    report.line("home", 6.0, "ms", floor=2.0)
    assert "3.00 × floor" in report.out.getvalue()
