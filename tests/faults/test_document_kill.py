"""kill -9 in the middle of uploads: what was acknowledged is whole, and nothing is half."""

from __future__ import annotations

import multiprocessing
import random
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as live_settings

from directory import journal
from documents import blobs
from documents.models import Node
from tests.directory.factories import make_service
from tests.documents.factories import make_space

from .test_consumer_kill import database_url

KILLS = 25


def call_upload(*args: Any) -> None:
    """Run in the fork."""
    from tests.faults import document_kill_target

    document_kill_target.upload_for_ever(*args)


@pytest.fixture
def forks(monkeypatch, settings, tmp_path):
    settings.BLOB_FOLDER = tmp_path / "blobs"
    monkeypatch.setenv("MARIGOT_DATABASE_URL", database_url())
    monkeypatch.setenv("MARIGOT_DATA", str(live_settings.DATA))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.test")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.faults.document_kill_target"])
    return server


def lines(out: Path) -> int:
    return out.read_bytes().count(b"\n")


def kill_after(process: BaseProcess, out: Path, more: int, pause: float) -> bool:
    """Kill the process `pause` seconds after it wrote `more` lines; false where it ended before."""
    target, deadline = lines(out) + more, time.monotonic() + 120
    while lines(out) < target and process.is_alive():
        assert time.monotonic() < deadline
        time.sleep(0.0005)
    time.sleep(pause)
    alive = process.is_alive()
    process.kill()
    process.join()
    return alive


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_an_acknowledged_upload_survives_and_a_half_one_is_never_seen(forks, tmp_path):
    from tests.faults.document_kill_target import content_of

    space = make_space(make_service("finance"), "s")
    out, chance = tmp_path / "acknowledged", random.Random(11)
    out.touch()
    for _ in range(KILLS):
        process = forks.Process(
            target=call_upload, args=(space.pk, str(tmp_path / "blobs"), str(out)), daemon=True
        )
        process.start()
        assert kill_after(process, out, chance.randint(1, 6), chance.random() * 0.02)
    acknowledged = out.read_text().split()
    assert len(acknowledged) >= KILLS
    found = {
        node.name: node for node in Node.objects.exclude(name="").select_related("current_version")
    }
    assert set(acknowledged) <= set(found)
    assert len(found) <= len(acknowledged) + KILLS  # committed, but killed before it could say so
    for name, node in found.items():
        assert blobs.path_of(node.current_version.blob_id).read_bytes() == content_of(name)
    assert list(journal.verify()) == []
    assert [problem for problem in blobs.verify() if problem] == []
