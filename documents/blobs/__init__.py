"""The blob store: bytes in a folder, each file under the SHA-256 of its content.

A file comes in by three steps: `stage()` writes and hashes it beside the store, `place()`
makes it durable under its name, and then one database transaction makes it count. Whatever
stops in between leaves bytes that nobody refers to, which `sweep()` clears away later.
"""

from .checking import Damaged, Problem, is_known_damaged, note_placed, require_intact, verify
from .layout import Obstacle, free_bytes, obstacles
from .opening import open_blob, path_of
from .staging import (
    NotStored,
    Staged,
    StorageBroken,
    StorageFull,
    TooLarge,
    place,
    place_all,
    require_room,
    stage,
    stage_stream,
)
from .sweeping import Swept, sweep

__all__ = [
    "Damaged",
    "NotStored",
    "Obstacle",
    "Problem",
    "Staged",
    "StorageBroken",
    "StorageFull",
    "Swept",
    "TooLarge",
    "free_bytes",
    "is_known_damaged",
    "note_placed",
    "obstacles",
    "open_blob",
    "path_of",
    "place",
    "place_all",
    "require_intact",
    "require_room",
    "stage",
    "stage_stream",
    "sweep",
    "verify",
]
