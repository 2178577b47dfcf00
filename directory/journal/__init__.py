"""The journal: every write that matters, in the order of commits.

Use, in an action:

    with journal.transaction():
        node.save()
        journal.append("node.renamed", obj=node, actor=actor, scope=node.scope_id)
"""

from .chain import Fault, digest, verify
from .reading import Strand, Unreadable, actions, loaded, newest
from .showing import shown
from .writing import Pending, append, last_sequence, lock, transaction, under_way

__all__ = [
    "Fault",
    "Pending",
    "Strand",
    "Unreadable",
    "actions",
    "append",
    "digest",
    "last_sequence",
    "loaded",
    "lock",
    "newest",
    "shown",
    "transaction",
    "under_way",
    "verify",
]
