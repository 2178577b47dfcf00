"""What the administration of access is tried on; its fixtures are imported by name."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from directory.actions.scopes import create_scope
from directory.models import DirGroup, GroupRule, Role, ScopeKind, SyncRun
from tests.kept import kept

from .factories import group_of, make_person, make_service, make_source

SECRET = "Sanction de M. Untel"


@kept
def admin():
    return make_person("ida.admin", it_admin=True)


@pytest.fixture
def client(admin):
    client = Client(headers={"accept-language": "en"})
    client.force_login(admin, backend="directory.backends.DirectoryBackend")
    return client


@kept
def world(admin):
    """A service with people, a folder whose name tells something, a rule and a run."""

    service = make_service("finance", name_fr="Finances", name_en="Finance")
    group = DirGroup.objects.create(source=make_source(), external_id="0" * 32, name="fin-readers")
    return SimpleNamespace(
        service=service,
        member=make_person("mia.member", service=service),
        head=make_person("hal.head", service=service, role=Role.HEAD),
        secret=create_scope(actor=None, kind=ScopeKind.FOLDER, label=SECRET, parent=service.scope),
        group=group,
        rule=GroupRule.objects.create(dir_group=group, access_group=group_of(service, Role.MEMBER)),
        run=SyncRun.objects.create(
            source=make_source(),
            trigger=SyncRun.Trigger.COMMAND,
            state=SyncRun.State.APPLIED,
            started_at=timezone.now(),
            finished_at=timezone.now(),
            counts={"people_created": 1},
            diff={"people_created": [{"name": "Mia", "login": "mia.member"}]},
        ),
    )
