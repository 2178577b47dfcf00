"""The event that ends a process is set whatever the main thread does when the signal comes."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from config.embedded.supervisor import ROOT

# `wait` holds this lock for a moment, each time it begins.
IN_THE_MIDDLE = """
import signal, threading
from directory.stopping import set_when_asked

stop = threading.Event()
set_when_asked(stop)
with stop._cond:
    signal.raise_signal({number})
stop.wait()
print("over")
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_in_the_middle_of_a_wait_ends_it(number: signal.Signals) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", IN_THE_MIDDLE.format(number=int(number))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.stdout == "over\n", ended.stderr
