"""Load what the standard library loads by name on first use: a child can open no file."""

from __future__ import annotations

import codecs
import email
import encodings
import importlib
import pkgutil

_WINDOWS_ONLY = {"mbcs", "oem"}
_BY_NAME = ("unicodedata", "stringprep", "quopri", "bz2", "lzma", "decimal", "zoneinfo")


def load() -> None:
    """Import every codec, the parts of `email`, and modules that parsers import when needed."""
    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name in _WINDOWS_ONLY:
            continue
        importlib.import_module(f"encodings.{module.name}")
        try:
            codecs.lookup(module.name)
        except LookupError:
            continue  # a helper module such as `aliases`, not a codec
    for module in pkgutil.iter_modules(email.__path__):
        importlib.import_module(f"email.{module.name}")
    for name in _BY_NAME:
        importlib.import_module(name)
