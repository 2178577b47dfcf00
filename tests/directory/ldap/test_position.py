"""How far a directory has come."""

from __future__ import annotations

from directory.ldap.position import kept_form


def test_a_position_of_many_servers_is_kept_by_its_hash():
    short, long = "20261126#000001#000000", " ".join(f"20261126#{n:03}#000000" for n in range(30))
    assert kept_form(short) == short
    assert len(kept_form(long)) == 64
    assert kept_form(long) != kept_form(f"{long} ")
