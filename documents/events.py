"""What the documents tell in the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django.utils.translation import gettext_lazy as _

from directory.journal.events import Effect, Event, Nothing
from documents.models import Kind

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

_RIGHTS = frozenset({Effect.RIGHTS})
_CONTENT = frozenset({Effect.CONTENT})
_NAMES = frozenset({Effect.NAMES})


def _of_both(
    verb: str,
    *,
    folder: _StrPromise,
    document: _StrPromise,
    payload: type = Nothing,
    affects: frozenset[Effect],
) -> dict[int, Event]:
    """Return the event that is the same of a folder and of a document, by the kind of node."""
    return {
        Kind.FOLDER: Event(f"folder.{verb}", folder, payload, affects),
        Kind.DOCUMENT: Event(f"document.{verb}", document, payload, affects),
    }


class Beginning(TypedDict):
    """A document's first version; `source` a code of Version.Source."""

    name: str
    parent: str
    version: int
    sha256: str
    size: int
    source: str


class NewVersion(TypedDict):
    """A version; `restored_from` the number of the one that it repeats."""

    version: int
    sha256: str
    size: int
    source: str
    restored_from: int | None


class Extracted(TypedDict):
    """What came of reading a content; `status` a code of Extraction.Status."""

    sha256: str
    status: str
    characters: int


DOCUMENT_UPLOADED = Event("document.uploaded", _("Document uploaded"), Beginning, _CONTENT)
DOCUMENT_IMPORTED = Event("document.imported", _("Document imported"), Beginning, _CONTENT)
VERSION_ADDED = Event(
    "document.version_added", _("New version of a document"), NewVersion, _CONTENT
)
VERSION_EXTRACTED = Event(
    "version.extracted", _("Text extracted from a document"), Extracted, _CONTENT
)


class NewFolder(TypedDict):
    """Its name, and the id of the folder that it is in."""

    name: str
    parent: str


FOLDER_CREATED = Event("folder.created", _("Folder created"), NewFolder, _NAMES)

# "from" is no name that a class can have.
Renamed = TypedDict("Renamed", {"from": str, "to": str})
"""The name before and after."""
Moved = TypedDict(
    "Moved",
    {
        "name": str,
        "from": str,
        "to": str,
        "from_space": int,
        "to_space": int,
        "from_scope": int,
        "to_scope": int,
    },
)
"""The folder, the space and the scope that it was in and is in; its name there."""
SetAside = TypedDict("SetAside", {"from": str, "to": str})
"""The folder before and after."""


class Trashed(TypedDict):
    """Where it was, and how many nodes went with it."""

    name: str
    parent: str
    nodes: int


class Restored(TypedDict):
    """Its name now and before; whether it came back to another folder."""

    name: str
    old_name: str
    elsewhere: bool


class Rescoped(TypedDict):
    """The scope before and after."""

    from_scope: int
    to_scope: int


class Broken(TypedDict):
    """Whether those who had access by inheritance keep it."""

    keep_access: bool


RENAMED = _of_both(
    "renamed",
    folder=_("Folder renamed"),
    document=_("Document renamed"),
    payload=Renamed,
    affects=_NAMES,
)
MOVED = _of_both(
    "moved",
    folder=_("Folder moved"),
    document=_("Document moved"),
    payload=Moved,
    affects=_RIGHTS | _NAMES,
)
SET_ASIDE = _of_both(
    "set_aside",
    folder=_("Folder left where the one around it was"),
    document=_("Document left where its folder was"),
    payload=SetAside,
    affects=_NAMES,
)
TRASHED = _of_both(
    "trashed",
    folder=_("Folder moved to the trash"),
    document=_("Document moved to the trash"),
    payload=Trashed,
    affects=_CONTENT,
)
RESTORED = _of_both(
    "restored",
    folder=_("Folder restored"),
    document=_("Document restored"),
    payload=Restored,
    affects=_CONTENT | _NAMES,
)
SCOPE_CHANGED = _of_both(
    "scope_changed",
    folder=_("Folder given a place of its own"),
    document=_("Document given a place of its own"),
    payload=Rescoped,
    affects=_RIGHTS,
)
INHERITANCE_BROKEN = _of_both(
    "inheritance_broken",
    folder=_("Folder given rights of its own"),
    document=_("Document given rights of its own"),
    payload=Broken,
    affects=_RIGHTS,
)
INHERITANCE_RESTORED = _of_both(
    "inheritance_restored",
    folder=_("Folder follows the one above again"),
    document=_("Document follows its folder again"),
    affects=_RIGHTS,
)


class NewSpace(TypedDict):
    """Its address, the number of its service and the id of its top folder."""

    slug: str
    service: int
    root: str


class OfSpace(TypedDict):
    """The id of its top folder."""

    root: str


SPACE_CREATED = Event("space.created", _("Document space created"), NewSpace, _RIGHTS | _NAMES)
SPACE_CHANGED = Event("space.changed", _("Space changed"), OfSpace, _NAMES)


class Damaged(TypedDict):
    """A code of what is wrong with the file."""

    what: str


BLOB_DAMAGED = Event("blob.damaged", _("File found damaged"), Damaged)
BLOB_HEALED = Event("blob.healed", _("File intact again"))
