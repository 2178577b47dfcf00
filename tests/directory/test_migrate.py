"""A kill at any moment leaves each migration done and noted, or neither."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from config.embedded.supervisor import ROOT

# One whose statements are put off to its end: foreign keys and their indexes.
PUT_OFF = "0004_grants_end_with_their_basis"
KILLED = 9
KILL = f"""
import os, django
django.setup()
from django.core.management import call_command
from django.db.migrations.recorder import MigrationRecorder
note = MigrationRecorder.record_applied

def killed(self, app, name):
    if (app, name) == ("directory", {PUT_OFF!r}):
        os._exit({KILLED})
    note(self, app, name)

MigrationRecorder.record_applied = killed
call_command("migrate", "directory", {PUT_OFF!r}, verbosity=0)
"""


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    of_the_test = {
        "DJANGO_SETTINGS_MODULE": "config.settings.test",
        "MARIGOT_DATA": str(folder),
        "MARIGOT_DATABASE_URL": "",
    }
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=os.environ | of_the_test,
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_kill_between_a_migration_and_its_note_undoes_it(tmp_path):
    killed = run(tmp_path, "-c", KILL)
    assert killed.returncode == KILLED, killed.stderr
    again = run(tmp_path, "manage.py", "migrate", "directory", PUT_OFF, "--verbosity=0")
    assert again.returncode == 0, again.stderr
    left = run(tmp_path, "manage.py", "migrate", "directory", PUT_OFF, "--check")
    assert left.returncode == 0, left.stdout
