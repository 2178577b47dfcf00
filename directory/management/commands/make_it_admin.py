"""`manage.py make_it_admin`: name somebody who administers access."""

from __future__ import annotations

from django.core.management.base import BaseCommand, CommandError, CommandParser

from directory.actions.memberships import add_member
from directory.models import AccessGroup, Role, User


class Command(BaseCommand):
    """Puts an account among the IT admins by hand: the first of a site, or a rescue account."""

    help = (
        "Lets an account administer access. The others are best named by a rule: "
        "manage.py map_group GROUP it_admin."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("login")

    def handle(self, *args: object, login: str, **options: object) -> None:
        """Run the command."""
        user = User.objects.filter(username=login, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no open account {login}.")
        add_member(actor=None, access_group=AccessGroup.objects.get(role=Role.IT_ADMIN), user=user)
        self.stdout.write(f"{user} administers access from now on.")
