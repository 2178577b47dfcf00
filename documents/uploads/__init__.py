"""Taking files in over HTTP: each byte is written once, straight into the blob store's staging.

A script sends one file as the body of a PUT; a plain form sends several as multipart.
"""

from .asking import (
    BODY_FAILURES,
    BodyWanted,
    TooBusy,
    TooManyAtOnce,
    TooSlow,
    asks_for_its_body,
)
from .body import ask_for_file, stage_body
from .handler import StagedFile, ask_for_form, staging_files

__all__ = [
    "BODY_FAILURES",
    "BodyWanted",
    "StagedFile",
    "TooBusy",
    "TooManyAtOnce",
    "TooSlow",
    "ask_for_file",
    "ask_for_form",
    "asks_for_its_body",
    "stage_body",
    "staging_files",
]
