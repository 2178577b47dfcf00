"""The demo organisation: a fictional territorial administration, as an LDAP directory.

`ldif()` gives its entries, `SERVICES` and `RULES` what Marigot is told about them,
`DEMO_LOGINS` the people worth trying. Nothing here is random: two runs give the same text.
"""

from .entries import BASE_DN, DEMO_PASSWORD, DISABLED_LOGIN, READER_DN, ldif
from .people import DEMO_LOGINS, DemoLogin, Staff, staff
from .services import RULES, SERVICES, RuleData, ServiceData

__all__ = [
    "BASE_DN",
    "DEMO_LOGINS",
    "DEMO_PASSWORD",
    "DISABLED_LOGIN",
    "READER_DN",
    "RULES",
    "SERVICES",
    "DemoLogin",
    "RuleData",
    "ServiceData",
    "Staff",
    "ldif",
    "staff",
]
