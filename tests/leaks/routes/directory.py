"""The addresses of the directory: sign-in, and the administration of access."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils import timezone

from directory.models import (
    AccessGroup,
    DirGroup,
    GroupRule,
    Membership,
    Role,
    SyncRun,
)
from tests.directory.factories import give, group_of, make_source
from tests.leaks.route import Route, expect
from tests.leaks.world import World

SHOWN = expect(404, it_admin=200)
DONE = expect(404, it_admin=302)


def build(world: World) -> None:
    """Add a rule, a reading, a grant and a membership by hand."""
    world.dir_group = DirGroup.objects.create(
        source=make_source(), external_id="0" * 32, name="finance-readers"
    )
    world.rule = GroupRule.objects.create(
        dir_group=world.dir_group, access_group=group_of(world.service, Role.MEMBER)
    )
    world.run = SyncRun.objects.create(
        source=make_source(),
        trigger=SyncRun.Trigger.COMMAND,
        state=SyncRun.State.HELD,
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    world.grant = give(world.people["member"], 1, world.service.scope)
    world.by_hand = Membership.objects.get(
        user=world.people["member"], access_group__service=world.service
    )


def at(name: str, *of: str) -> Any:
    """The address `name`; `of` are paths to its arguments from the world."""

    def url(world: World) -> str:
        arguments = []
        for path in of:
            value: Any = world
            for part in path.split("."):
                value = value[part] if isinstance(value, dict) else getattr(value, part)
            arguments.append(value)
        return reverse(f"directory:{name}", args=arguments)

    return url


def _group(world: World) -> str:
    return reverse("directory:access_group", args=[AccessGroup.objects.get(role=Role.EVERYONE).pk])


def _explained(world: World) -> str:
    who, where = world.people["member"].pk, world.service.scope_id
    return f"{reverse('directory:access_explain')}?person={who}&scope={where}"


ROUTES = [
    Route("directory:sign_in", at("sign_in"), expect(302, anonymous=200)),
    # Not there where the site does not allow it; tests/directory/test_new_password.py has it there.
    Route("directory:new_password", at("new_password"), expect(404, anonymous=404)),
    Route("directory:session", at("session"), expect(200, anonymous=200)),
    Route("directory:sign_out", at("sign_out"), expect(302), "post"),
    Route("directory:sign_out_elsewhere", at("sign_out_elsewhere"), expect(302), "post"),
    Route(
        "directory:language", at("language"), expect(302), "post", {"language": "en", "next": "/"}
    ),
    Route("directory:access", at("access"), SHOWN),
    Route("directory:access_people", at("access_people"), SHOWN),
    Route("directory:access_people_offered", at("access_people_offered"), SHOWN),
    Route("directory:access_person", at("access_person", "people.member.pk"), SHOWN),
    Route(
        "directory:access_member_add",
        at("access_member_add", "people.outsider.pk"),
        DONE,
        "post",
        lambda w: {"access_group": group_of(w.service, Role.MEMBER).pk},
    ),
    Route("directory:access_release", at("access_release", "people.member.pk"), DONE, "post"),
    Route("directory:access_sign_out", at("access_sign_out", "people.outsider.pk"), DONE, "post"),
    Route("directory:access_close", at("access_close", "people.outsider.pk"), DONE, "post"),
    Route("directory:access_open", at("access_open", "people.outsider.pk"), DONE, "post"),
    Route("directory:access_member_remove", at("access_member_remove", "by_hand.pk"), DONE, "post"),
    Route("directory:access_services", at("access_services"), SHOWN),
    Route("directory:access_service", at("access_service", "service.slug"), SHOWN),
    Route("directory:access_service_new", at("access_service_new"), SHOWN),
    Route("directory:access_service_edit", at("access_service_edit", "service.slug"), SHOWN),
    Route("directory:access_group", _group, SHOWN),
    Route("directory:access_scopes", at("access_scopes"), SHOWN),
    Route("directory:access_scope", at("access_scope", "service.scope_id"), SHOWN),
    Route(
        "directory:access_grant",
        at("access_grant", "service.scope_id"),
        DONE,
        "post",
        {"person": "olga.outsider", "level": "read", "reason": "test"},
    ),
    Route(
        "directory:access_revoke",
        lambda w: f"/access/grants/user/{w.grant.pk}/revoke/",
        DONE,
        "post",
    ),
    Route("directory:access_revoke", lambda w: f"/access/grants/user/{w.grant.pk}/revoke/", SHOWN),
    Route(
        "directory:access_keep", lambda w: f"/access/grants/user/{w.grant.pk}/keep/", DONE, "post"
    ),
    Route("directory:access_review", at("access_review"), SHOWN),
    Route("directory:access_explain", _explained, SHOWN),
    Route("directory:access_directory", at("access_directory"), SHOWN),
    Route("directory:access_check", at("access_check"), SHOWN),
    Route("directory:access_connection", at("access_connection"), SHOWN),
    Route("directory:access_read", at("access_read"), DONE, "post", {"dry_run": "yes"}),
    Route("directory:access_run", at("access_run", "run.pk"), SHOWN),
    Route("directory:access_approve", at("access_approve", "run.pk"), DONE, "post"),
    Route("directory:access_jobs", at("access_jobs"), SHOWN),
    Route("directory:access_rules", at("access_rules"), SHOWN),
    Route("directory:access_rule_new", at("access_rule_new"), SHOWN),
    Route("directory:access_rule", at("access_rule", "rule.pk"), SHOWN),
    Route("directory:access_rule_remove", at("access_rule_remove", "rule.pk"), DONE, "post"),
    Route("directory:access_journal", at("access_journal"), SHOWN),
    Route(
        "directory:access_journal_export",
        at("access_journal_export"),
        expect(404, it_admin=200),
        "post",
    ),
]
