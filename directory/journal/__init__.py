"""The journal: every write that matters, in the order of commits.

Use, in an action:

    with journal.transaction():
        node.save()
        journal.append(events.NODE_RENAMED, obj=node, actor=actor, scope=node.scope_id)
"""

from .chain import Fault, digest, verify
from .events import Effect, Event, declare, declared, declared_in, effects_of, event_of
from .selectors import Strand, Unreadable, actions, loaded, newest
from .showing import shown
from .writing import Pending, append, last_sequence, lock, transaction, under_way

__all__ = [
    "Effect",
    "Event",
    "Fault",
    "Pending",
    "Strand",
    "Unreadable",
    "actions",
    "append",
    "declare",
    "declared",
    "declared_in",
    "digest",
    "effects_of",
    "event_of",
    "last_sequence",
    "loaded",
    "lock",
    "newest",
    "shown",
    "transaction",
    "under_way",
    "verify",
]
