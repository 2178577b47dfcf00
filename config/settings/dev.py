"""Settings of `make run`: the embedded default, on the machine it is tried on."""

from __future__ import annotations

from .base import *
from .secret import key_kept_in

SECRET_KEY = SECRET_KEY or key_kept_in(DATA)
