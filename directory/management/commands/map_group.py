"""`manage.py map_group`: let a group of the directory give a role."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.models import AccessGroup, DirGroup, GroupRule, Role, Service
from directory.models.group import SERVICE_ROLES
from directory.sorting import SortKey
from directory.sync import config, rules

SITE_ROLES = (Role.EVERYONE, Role.IT_ADMIN)


class Command(BaseCommand):
    """Adds, removes or lists the rules that map groups of the directory to roles."""

    help = "Maps a group of the directory to a role of a service, or of the whole site."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("group", nargs="?", help="name of the group; none lists the rules")
        parser.add_argument(
            "role",
            nargs="?",
            choices=[role.value for role in (*SERVICE_ROLES, *SITE_ROLES)],
            help="everyone and it_admin are of the site, the others of a service",
        )
        parser.add_argument("service", nargs="?", help="identifier of the service")
        parser.add_argument(
            "--direct", action="store_true", help="not the members of groups in the group"
        )
        parser.add_argument("--remove", action="store_true", help="take the rule away")
        parser.add_argument("--dry-run", action="store_true", help="say who enters and who leaves")

    def handle(
        self,
        *args: object,
        group: str | None,
        role: str | None,
        service: str | None,
        direct: bool,
        remove: bool,
        dry_run: bool,
        **options: object,
    ) -> None:
        """Run the command."""
        if not group:
            self._list()
            return
        dir_group, access_group = self._found(group, role, service)
        rule = GroupRule.objects.filter(dir_group=dir_group, access_group=access_group).first()
        nested = not direct
        if remove and rule is None:
            raise CommandError("There is no such rule.")
        effect = (
            rules.effect_of_removing(rule)
            if remove and rule is not None
            else rules.effect_of_adding(
                dir_group=dir_group, access_group=access_group, nested=nested
            )
        )
        for sign, people in (("+", effect.enter), ("-", effect.leave)):
            for person in people:
                self.stdout.write(f"  {sign} {person.display_name} ({person.user.username})")
        if dry_run:
            return
        try:
            if remove and rule is not None:
                rules.remove_rule(actor=None, rule=rule)
            else:
                rules.add_rule(
                    actor=None, dir_group=dir_group, access_group=access_group, nested=nested
                )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(f"{dir_group} → {access_group}: done.")

    def _list(self) -> None:
        for rule in GroupRule.objects.select_related(
            "dir_group", "access_group__service", "access_group__group"
        ).order_by(SortKey("dir_group__name"), "pk"):
            self.stdout.write(f"{rule}{'' if rule.nested else ' (direct members only)'}")

    def _found(
        self, group: str, role: str | None, slug: str | None
    ) -> tuple[DirGroup, AccessGroup]:
        found = list(
            DirGroup.objects.filter(source=config.source(), name__iexact=group, gone_at=None)
        )
        if len(found) != 1:
            raise CommandError(
                f"The directory has no group {group}, as last read "
                "(manage.py sync_directory reads it)."
                if not found
                else f"The directory has {len(found)} groups called {group}."
            )
        if not role:
            raise CommandError("Say which role.")
        if role in SITE_ROLES:
            if slug:
                raise CommandError(f"{role} is a role of the site: name no service.")
            return found[0], AccessGroup.objects.get(role=role)
        if not slug:
            raise CommandError(f"{role} is a role of a service: name the service.")
        try:
            return found[0], AccessGroup.objects.get(role=role, service__slug=slug)
        except AccessGroup.DoesNotExist:
            known = ", ".join(Service.objects.order_by("slug").values_list("slug", flat=True))
            raise CommandError(f"There is no service {slug}; there are: {known}.") from None
