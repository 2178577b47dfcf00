"""Who may do what where: the one place that answers.

Every question is about a person (an account), a level and an access scope. A grant to
the person, or to one of the person's groups, counts on the scope that carries it and on
those that inherit from it (`ScopeInheritance`), until it expires. Nobody is above this:
a superuser has what was granted and no more; a deactivated account has nothing.

Every answer comes from the database. In a request that only reads, what was found out about
the person who asks answers the following questions too (`directory.remembering`).
"""

from __future__ import annotations

from .explaining import Explanation, Reason, explain
from .grants import in_force
from .levels import Level
from .memory import Listed
from .questions import (
    can,
    given,
    having,
    held,
    is_it_admin,
    levels,
    readers,
    require,
    scopes_for,
    visible_scopes,
)

__all__ = [
    "Explanation",
    "Level",
    "Listed",
    "Reason",
    "can",
    "explain",
    "given",
    "having",
    "held",
    "in_force",
    "is_it_admin",
    "levels",
    "readers",
    "require",
    "scopes_for",
    "visible_scopes",
]
