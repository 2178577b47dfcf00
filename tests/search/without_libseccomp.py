"""Imported by a helper of the sandbox: from then on libseccomp is not found."""

from __future__ import annotations

import ctypes.util

ctypes.util.find_library = lambda name: None
