"""The models of the directory, one file per concept."""

from .consumer import ConsumerCursor, ParkedEntry
from .group import AccessGroup, Membership, Role
from .journal import JournalEntry, JournalHead
from .periodic import PeriodicJob
from .person import DirectorySource, Person
from .scope import (
    AccessScope,
    GroupGrant,
    ScopeInheritance,
    ScopeKind,
    UserGrant,
)
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
    "GroupGrant",
    "GroupMember",
    "GroupRule",
    "JournalEntry",
    "JournalHead",
    "Membership",
    "ParkedEntry",
    "PeriodicJob",
    "Person",
    "Role",
    "ScopeInheritance",
    "ScopeKind",
    "Service",
    "SyncRun",
    "User",
    "UserGrant",
]
