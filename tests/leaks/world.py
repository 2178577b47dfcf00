"""A small organisation with something to hide, and one person of each role.

Each module of `tests.leaks.routes` may add to it by a function `build(world)`: what stands
in the closed scope of `world.service` carries `SECRET` in its name and in its text.
"""

from __future__ import annotations

from types import SimpleNamespace

from directory.models import Role, User
from tests.directory.factories import make_person, make_service

SECRET = "Zqxvhk"


class World(SimpleNamespace):
    """`service` (the one with secrets), `other_service`, `people` by role, and what apps add."""

    people: dict[str, User]


def build_world() -> World:
    """Make the organisation, without the content of the apps."""
    service = make_service("finance", name_fr="Finances", name_en="Finance")
    other = make_service("schools", name_fr="Écoles", name_en="Schools")
    people = {
        "stranger": make_person("sam.stranger", outsider=True),
        "outsider": make_person("olga.outsider", service=other, role=Role.HEAD),
        "member": make_person("mia.member", service=service),
        "contributor": make_person("cal.contributor", service=service, role=Role.CONTRIBUTOR),
        "head": make_person("hal.head", service=service, role=Role.HEAD),
        "it_admin": make_person("ida.admin", it_admin=True),
    }
    return World(service=service, other_service=other, people=people)
