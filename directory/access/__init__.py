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
from .grants import (
    Grant,
    ended_between,
    following,
    given_itself,
    grant_at,
    grants_above,
    grants_at,
    grants_below_managing,
    grants_on,
    in_force,
    level_of,
    scopes_below,
)
from .levels import Level
from .memory import Listed
from .questions import (
    can,
    ends,
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
from .somebody import Somebody, account_of

__all__ = [
    "Explanation",
    "Grant",
    "Level",
    "Listed",
    "Reason",
    "Somebody",
    "account_of",
    "can",
    "ended_between",
    "ends",
    "explain",
    "following",
    "given",
    "given_itself",
    "grant_at",
    "grants_above",
    "grants_at",
    "grants_below_managing",
    "grants_on",
    "having",
    "held",
    "in_force",
    "is_it_admin",
    "level_of",
    "levels",
    "readers",
    "require",
    "scopes_below",
    "scopes_for",
    "visible_scopes",
]
