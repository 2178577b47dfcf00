"""`manage.py migrate`, of which a kill leaves no migration half noted.

Django writes that a migration is done after its transaction where statements were put off to
the end of it (the index of a foreign key, for one). Killed between the two, the next start
would do it again and fail for good. With nothing put off, Django notes it in the transaction.
"""

from __future__ import annotations

from typing import Any

from django.core.management.commands import migrate
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState


class Executor(MigrationExecutor):
    """Ends what a migration puts off within it."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, *args: Any, **options: Any
    ) -> ProjectState:
        """Run a migration forwards."""
        of_django = migration.apply

        def apply(
            state: ProjectState, editor: BaseDatabaseSchemaEditor, *args: Any, **options: Any
        ) -> ProjectState:
            state = of_django(state, editor, *args, **options)
            while migration.atomic and editor.deferred_sql:
                editor.execute(editor.deferred_sql.pop(0), None)
            return state

        migration.apply = apply  # type: ignore[method-assign, assignment]
        try:
            return super().apply_migration(state, migration, *args, **options)
        finally:
            del migration.apply


# There is no other way to have Django take it (decision 31).
migrate.MigrationExecutor = Executor  # type: ignore[attr-defined]


class Command(migrate.Command):
    """Django's own, with that executor."""
