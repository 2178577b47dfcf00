"""The process that writes the index is killed with SIGKILL; another one reads all the while."""

from __future__ import annotations

import multiprocessing
import random
import time

import pytest
from django.conf import settings

from search.engines.base import IndexDamaged, Write
from search.engines.tantivy import TantivyEngine
from tests.search.shelf import document, find

KILLS = 10


def index_target_live(folder: str, acknowledged: str, first: int) -> None:
    """Run in the fork, where Django is set up by the module's import."""
    from tests.faults import index_target

    index_target.live(folder, acknowledged, first)


@pytest.mark.slow
def test_what_was_acknowledged_survives_and_is_seen_by_readers(tmp_path, monkeypatch):
    folder, notes = tmp_path / "index", tmp_path / "acknowledged"
    notes.touch()
    reader = TantivyEngine(folder, "test")
    reader.ensure()
    chance = random.Random(11)
    monkeypatch.setenv("MARIGOT_DATA", str(settings.DATA))
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "config.settings.test")
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(["tests.faults.index_target"])

    def acknowledged() -> int:
        lines = notes.read_text().split()
        return int(lines[-1]) if lines else 0

    seen = 0
    for _ in range(KILLS):
        first = acknowledged()
        process = server.Process(
            target=index_target_live, args=(str(folder), str(notes), first), daemon=True
        )
        process.start()
        try:
            deadline = time.monotonic() + 120
            while acknowledged() == first:
                assert time.monotonic() < deadline, "the writer does not go on after a kill"
                assert process.is_alive(), "the writer ended by itself"
                time.sleep(0.005)
            time.sleep(chance.random() * 0.15)
        finally:
            process.kill()
            process.join()
        total = find(reader, "papier").total
        assert total >= max(seen, acknowledged())
        seen = total
    last = acknowledged()
    held = reader.holds([f"paper:{number}" for number in range(last)])
    assert len(held) == last
    # Nobody holds the lock of the dead, and nothing is there twice.
    name = reader.live()
    reader.write(name, [Write("paper:0", 2, document("0", "Dernier papier"))])
    assert find(reader, "dernier").total == 1
    assert reader.stats(name).documents == find(reader, "papier").total


def test_a_damaged_index_says_how_to_heal_it(tmp_path):
    engine = TantivyEngine(tmp_path, "test")
    name = engine.ensure()
    engine.write(name, [Write("paper:1", 1, document("1", "Papier"))])
    for file in (tmp_path / name).glob("*.*"):
        if file.suffix not in {".json", ".lock"}:
            file.write_bytes(b"")
    (tmp_path / name / "meta.json").write_text("{")
    for again in (engine, TantivyEngine(tmp_path, "test")):
        with pytest.raises(IndexDamaged, match="rebuild_index"):
            find(again, "papier")
    fresh = engine.create()
    engine.promote(fresh)
    assert find(engine, "papier").total == 0
