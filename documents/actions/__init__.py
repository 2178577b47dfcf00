"""The writes of the documents.

Each takes the `actor` (None: Marigot itself, which nobody asks for rights), checks the
right, is atomic, and leaves its entry in the journal in the same transaction. What the
actor may not see raises Http404; what cannot be done raises `Refused` with a sentence
for the reader.
"""

from .errors import IntoItself, NameTaken, NobodyLeft, OwnAccess, Refused
from .folders import create_folder, rename
from .moving import move
from .sharing import (
    break_inheritance,
    effect_of_breaking,
    effect_of_restoring,
    kept_after,
    refusal_of_restoring,
    refusal_of_taking,
    restore_inheritance,
    share,
    unshare,
)
from .spaces import create_space, update_space
from .trash import restore_from_trash, trash
from .uploads import Conflict, Uploaded, upload
from .versions import add_version, restore_version

__all__ = [
    "Conflict",
    "IntoItself",
    "NameTaken",
    "NobodyLeft",
    "OwnAccess",
    "Refused",
    "Uploaded",
    "add_version",
    "break_inheritance",
    "create_folder",
    "create_space",
    "effect_of_breaking",
    "effect_of_restoring",
    "kept_after",
    "move",
    "refusal_of_restoring",
    "refusal_of_taking",
    "rename",
    "restore_from_trash",
    "restore_inheritance",
    "restore_version",
    "share",
    "trash",
    "unshare",
    "update_space",
    "upload",
]
