"""The models of the directory, one file per concept.

Those of grants are imported by their own name (`directory.models.grants`): who reads them is few.
"""

from . import grants
from .consumer import ConsumerCursor, ParkedEntry
from .group import AccessGroup, Membership, Role
from .journal import JournalEntry, JournalHead
from .periodic import PeriodicJob
from .person import DirectorySource, Person
from .scope import AccessScope, ScopeKind
from .service import Service
from .sync import DirGroup, GroupEdge, GroupMember, GroupRule, SyncRun
from .user import User

__all__ = [
    "AccessGroup",
    "AccessScope",
    "ConsumerCursor",
    "DirGroup",
    "DirectorySource",
    "GroupEdge",
    "GroupMember",
    "GroupRule",
    "JournalEntry",
    "JournalHead",
    "Membership",
    "ParkedEntry",
    "PeriodicJob",
    "Person",
    "Role",
    "ScopeKind",
    "Service",
    "SyncRun",
    "User",
    "grants",
]
