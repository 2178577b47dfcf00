"""The models of the documents, one file per concept."""

from .blob import Blob
from .damage import Damage
from .extraction import Extraction, VersionText, texts_of
from .imported import Imported
from .node import Kind, Node
from .put_off import PutOff, ReadingTime
from .space import Space
from .version import Immutable, Version

__all__ = [
    "Blob",
    "Damage",
    "Extraction",
    "VersionText",
    "texts_of",
    "Immutable",
    "Imported",
    "Kind",
    "Node",
    "PutOff",
    "ReadingTime",
    "Space",
    "Version",
]
