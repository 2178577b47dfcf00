"""The end that SIGTERM or Ctrl-C asks a process for, as an event that its threads wait on."""

from __future__ import annotations

import _thread
import signal
import threading

ASKED = (signal.SIGTERM, signal.SIGINT)


def set_when_asked(event: threading.Event, signals: tuple[signal.Signals, ...] = ASKED) -> None:
    """Set `event` when one of `signals` comes; to be called in the main thread.

    A handler runs in the middle of what the main thread does, which may be a wait for this
    very event: it then holds the lock that `set` takes, and would wait for itself for ever.
    So another thread sets it, begun without a lock (`threading.Thread` takes one).
    """
    for number in signals:
        signal.signal(number, lambda *_: _thread.start_new_thread(event.set, ()))
