"""The models of the documents, one file per concept."""

from .blob import Blob
from .extraction import Extraction
from .imported import Imported
from .node import Kind, Node
from .space import Space
from .version import Immutable, Version

__all__ = ["Blob", "Extraction", "Immutable", "Imported", "Kind", "Node", "Space", "Version"]
