"""Bytes over HTTP: downloads, ranges and ETags, after the right was asked."""

from __future__ import annotations

import asyncio

import pytest
from django.test import AsyncClient, override_settings

from documents import blobs
from documents.actions import trash
from documents.models import Node

from .asking import signed_in
from .factories import content_of, make_document, make_folder, make_version

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
CONTENT = bytes(range(256)) * 4


def body(response):
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.fixture
def served(world):
    node = make_document(world.space, "Été & fils.bin", CONTENT)
    return signed_in(world.member), f"/d/{node.pk}/download", node


def test_a_download_is_the_file_and_nothing_a_browser_would_run(served):
    client, address, node = served
    response = client.get(address)
    assert body(response) == CONTENT
    assert response["Content-Length"] == str(len(CONTENT))
    assert response["Content-Disposition"] == (
        "attachment; filename*=utf-8''%C3%89t%C3%A9%20%26%20fils.bin"
    )
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert response["Cache-Control"] == "private, no-cache"
    assert response["ETag"] == f'"{node.current_version.blob_id}"'
    head = client.head(address)
    assert (head["Content-Length"], body(head)) == (str(len(CONTENT)), b"")


@pytest.mark.parametrize(
    ("asked", "status", "start", "end"),
    [
        ("bytes=0-9", 206, 0, 10),
        ("bytes=1000-", 206, 1000, 1024),
        ("bytes=-24", 206, 1000, 1024),
        ("bytes=1000-99999", 206, 1000, 1024),
        ("bytes=-99999", 206, 0, 1024),
        ("bytes=0-0", 206, 0, 1),
        ("bytes=1024-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
        ("bytes=9-3", 200, 0, 1024),
        ("bytes=a-b", 200, 0, 1024),
        ("bytes=0-1,5-6", 200, 0, 1024),
        ("lines=0-9", 200, 0, 1024),
    ],
)
def test_a_range(served, asked, status, start, end):
    client, address, _node = served
    response = client.get(address, headers={"Range": asked})
    assert response.status_code == status
    if status == 206:
        assert response["Content-Range"] == f"bytes {start}-{end - 1}/1024"
        assert response["Content-Length"] == str(end - start)
    if status == 416:
        assert response["Content-Range"] == "bytes */1024"
    else:
        assert body(response) == CONTENT[start:end]


def test_a_range_of_what_has_changed_meanwhile_is_the_whole(served):
    client, address, node = served
    fresh = f'"{node.current_version.blob_id}"'
    for condition, status in [(fresh, 206), ('"other"', 200), ("Sun, 22 Nov 2026", 200)]:
        response = client.get(address, headers={"Range": "bytes=0-9", "If-Range": condition})
        assert (response.status_code, len(body(response))) == (
            status,
            10 if status == 206 else 1024,
        )


def test_what_the_browser_has_is_not_sent_again(served):
    client, address, node = served
    etag = f'"{node.current_version.blob_id}"'
    assert client.get(address, headers={"If-None-Match": etag}).status_code == 304
    assert body(client.get(address, headers={"If-None-Match": '"other"'})) == CONTENT
    assert client.get(address, headers={"If-Match": '"other"'}).status_code == 412
    make_version(node, b"new")
    assert body(client.get(address, headers={"If-None-Match": etag})) == b"new"


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("who", ["stranger", "it_admin"])
def test_conditions_tell_nothing_to_those_who_may_not(world, who, method):
    node = make_document(world.space, "a.png", PNG)
    client = signed_in(getattr(world, who))
    etag = f'"{node.current_version.blob_id}"'
    missing = "00000000-0000-7000-8000-000000000000"
    for headers in [
        {},
        {"If-None-Match": etag},
        {"If-None-Match": "*"},
        {"If-Match": '"other"'},
        {"Range": "bytes=0-1"},
        {"Range": "bytes=99999-"},
    ]:
        for door in ["download", "preview", "v/1/download", "v/1/preview"]:
            denied = getattr(client, method)(f"/d/{node.pk}/{door}", headers=headers)
            absent = getattr(client, method)(f"/d/{missing}/{door}", headers=headers)
            assert denied.status_code == absent.status_code == 404
            assert set(denied.headers) == set(absent.headers)
            assert "ETag" not in denied.headers


def test_each_version_has_its_own_bytes(world):
    node = make_document(world.space, "a.txt", b"one")
    make_version(node, b"two")
    client = signed_in(world.member)
    assert body(client.get(f"/d/{node.pk}/v/1/download")) == b"one"
    assert body(client.get(f"/d/{node.pk}/v/2/download")) == b"two"
    assert body(client.get(f"/d/{node.pk}/download")) == b"two"
    assert client.get(f"/d/{node.pk}/v/3/download").status_code == 404


def test_a_folder_has_no_bytes(world):
    folder = make_folder(world.space)
    assert signed_in(world.member).get(f"/d/{folder.pk}/download").status_code == 404


def test_an_empty_file(world):
    node = make_document(world.space, "empty.txt", b"")
    client = signed_in(world.member)
    response = client.get(f"/d/{node.pk}/download")
    assert (response.status_code, body(response)) == (200, b"")
    assert client.get(f"/d/{node.pk}/").status_code == 200


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [
        ("a.png", PNG, "image/png"),
        ("a.pdf", b"%PDF-1.7\n", "application/pdf"),
        ("a.jpg", b"\xff\xd8\xff\xe0....", "image/jpeg"),
        ("a.webp", b"RIFF....WEBPVP8 ", "image/webp"),
        ("a.png", b"<script>alert(1)</script>", ""),
        ("a.html", b"<script>alert(1)</script>", ""),
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", ""),
        ("a.txt", b"text", ""),
        ("a.xhtml", b"<html/>", ""),
    ],
)
def test_only_what_is_truly_an_image_or_a_pdf_is_shown(world, name, content, shown):
    node = make_document(world.space, name, content)
    client = signed_in(world.member)
    response = client.get(f"/d/{node.pk}/preview")
    assert response.status_code == (200 if shown else 404)
    if shown:
        assert response["Content-Type"] == shown
        assert response["Content-Disposition"].startswith("inline")
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert ("sandbox" in response["Content-Security-Policy"]) is (shown != "application/pdf")
        assert body(response) == content
    download = client.get(f"/d/{node.pk}/download")
    assert download["Content-Disposition"].startswith("attachment")
    assert not download["Content-Type"].startswith(("text/", "image/svg", "application/xhtml"))
    assert body(download) == content
    assert client.get(f"/d/{node.pk}/").status_code == 200


def test_nginx_sends_the_file_where_it_may(served):
    client, address, node = served
    sha256 = node.current_version.blob_id
    with override_settings(ACCEL_LOCATION="/_blobs/"):
        response = client.get(address, headers={"Range": "bytes=0-9"})
    assert response["X-Accel-Redirect"] == f"/_blobs/{sha256[:2]}/{sha256}"
    assert (response.status_code, response.content) == (200, b"")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.django_db(transaction=True)
async def test_under_asgi_a_file_is_sent_piece_by_piece(blob_folder):
    from asgiref.sync import sync_to_async

    from .conftest import make_world

    def prepare():
        world = make_world()
        return world, make_document(world.space, "large.bin", b"x" * 3_000_000)

    world, node = await sync_to_async(prepare)()
    client = AsyncClient()
    await client.aforce_login(world.member, backend="directory.backends.DirectoryBackend")
    response = await client.get(f"/d/{node.pk}/download", headers={"Range": "bytes=10-"})
    assert response.is_async
    pieces = [piece async for piece in response.streaming_content]
    assert max(map(len, pieces)) <= 512 * 1024
    assert sum(map(len, pieces)) == 2_999_990
    await asyncio.sleep(0)


# The door for scripts


def put(client, node, content=b"x", **query):
    from urllib.parse import urlencode

    return client.put(
        f"/d/{node.pk}/files?{urlencode(query)}",
        content,
        content_type="application/octet-stream",
        headers={"Accept": "application/json"},
    )


def test_a_script_puts_a_file(world):
    client = signed_in(world.contributor)
    response = put(client, world.space.root, b"abc", name="a.txt", modified="1300000000000")
    assert response.status_code == 201
    told = response.json()
    node = Node.objects.get(pk=told["id"])
    assert told == {
        "id": str(node.pk),
        "name": "a.txt",
        "url": f"/d/{node.pk}/",
        "version": 1,
        "created": True,
        "unchanged": False,
        "told": "",
    }
    assert content_of(node) == b"abc"
    assert node.current_version.modified_at.year == 2011


def test_a_script_is_told_each_fault(world, settings, blob_folder):
    settings.UPLOAD_MAX_BYTES = 1024 * 1024
    client, root = signed_in(world.contributor), world.space.root
    make_document(root, "taken.txt", b"old")
    make_folder(root, "folder")
    cases = [
        ({"name": "taken.txt"}, b"x", 409, "name_taken"),
        ({"name": "folder", "conflict": "version"}, b"x", 409, "name_taken"),
        ({"name": "a", "path": "taken.txt"}, b"x", 409, "name_taken"),
        ({"name": "a/b"}, b"x", 422, "separator"),
        ({"name": ""}, b"x", 422, "empty"),
        ({"name": "a", "path": "x/../y"}, b"x", 422, "reserved"),
        ({"name": "a\tb"}, b"x", 422, "control"),
        ({"name": "a\x01b"}, b"x", 422, "control"),
        ({"name": "a", "path": "x/y\x00"}, b"x", 422, "control"),
        ({"name": "a", "path": "/".join("x" * 60)}, b"x", 422, "too_deep"),
        ({"name": "big"}, b"x" * (1024 * 1024 + 1), 413, "too_large"),
    ]
    for query, content, status, code in cases:
        response = put(client, root, content, **query)
        assert (response.status_code, response.json()["code"]) == (status, code), query
        assert response.json()["message"]
    taken = put(client, root, name="taken.txt").json()["existing"]
    assert (taken["name"], taken["folder"]) == ("taken.txt", False)
    assert Node.objects.filter(parent=root).count() == 2
    assert list((blob_folder / "tmp").iterdir()) == []


def test_a_script_asks_beforehand(world, settings):
    settings.UPLOAD_MAX_BYTES = 1000
    client, address = signed_in(world.contributor), f"/d/{world.space.root_id}/files"
    make_document(world.space, "taken.txt")
    assert client.get(address, {"name": "a", "size": "10"}).json() == {"free": True}
    assert client.get(address, {"name": "taken.txt", "size": "10"}).status_code == 409
    assert client.get(address, {"name": "a", "size": "1001"}).status_code == 413
    assert client.get(address, {"name": "a\x01", "size": "10"}).status_code == 422


def test_a_full_disk_is_told_beforehand_and_afterwards(world, settings):
    settings.DISK_RESERVE_BYTES = 1 << 60
    client = signed_in(world.contributor)
    response = put(client, world.space.root, name="a.txt")
    assert (response.status_code, response.json()["code"]) == (507, "storage_full")


def test_whole_folders_are_put(world):
    client, root = signed_in(world.contributor), world.space.root
    for name in ("a.txt", "b.txt"):
        assert put(client, root, name=name, path="2026/Bilans").status_code == 201
    folder = Node.objects.get(name="Bilans")
    assert folder.parent.name == "2026"
    assert {n.name for n in folder.children.all()} == {"a.txt", "b.txt"}
    again = put(client, root, b"y", name="a.txt", path="2026/bilans")
    assert again.status_code == 409
    assert (
        put(client, root, b"y", name="A.txt", path="2026/bilans", conflict="both").json()["name"]
        == "A (2).txt"
    )


def test_a_version_is_put(world):
    client = signed_in(world.contributor)
    node = make_document(world.space, "a.txt", b"1")
    assert put(client, node, b"2", name="b.txt").json()["version"] == 2
    assert put(client, node, b"2", name="b.txt").json()["unchanged"] is True
    assert content_of(node) == b"2"
    trash(actor=None, node=node)
    assert put(client, node, b"3").status_code == 422


@pytest.mark.parametrize("who", ["member", "stranger", "it_admin"])
def test_the_door_is_not_there_for_those_who_may_not(world, who, blob_folder):
    client = signed_in(getattr(world, who))
    assert put(client, world.space.root, name="a.txt").status_code == 404
    assert client.get(f"/d/{world.space.root_id}/files", {"name": "a"}).status_code == 404
    assert not blob_folder.exists()


def test_a_lost_blob_is_an_error_and_no_empty_file(world):
    node = make_document(world.space, "a.txt", b"lost")
    blobs.path_of(node.current_version.blob_id).unlink()
    client = signed_in(world.member)
    client.raise_request_exception = False
    assert client.get(f"/d/{node.pk}/download").status_code == 500
