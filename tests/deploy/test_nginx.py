"""The shipped nginx configuration before a production web process: every promise it makes."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from types import SimpleNamespace

import httpx
import pytest
from django.test import override_settings

from documents import blobs
from tests.documents.conftest import make_world
from tests.servers.base import ServerMissing, unavailable

from .bounds import (
    a_client_that_stalls_holds_up_nobody,
    a_flood_of_passwords_is_kept_away,
    a_flood_of_sockets_is_kept_away,
    a_network_is_one_address,
    too_much_is_refused_at_once,
    what_nobody_asked_for_is_not_taken,
    who_may_not_is_told_before_the_body,
    who_may_sends_large_ones,
)
from .clients import CONTENT, session_key, signed_in
from .hostile import (
    a_nul_spoils_nobodys_news,
    listening,
    of_two_who_remove_each_other_one_stays,
)
from .site import Site

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site()
    try:
        site.start()
    except ServerMissing as error:
        unavailable(str(error))
    try:
        yield site
    finally:
        site.stop()


@pytest.fixture
def world() -> SimpleNamespace:
    return make_world()


def test_the_whole_way(site: Site, world: SimpleNamespace) -> None:
    """One site for all of it: its start takes much longer than what is asked of it."""
    doors_are_as_they_should_be(site)
    styles_come_from_the_disk(site)
    url, name = an_upload_is_not_kept_on_the_way(site, world)
    a_download_is_sent_by_nginx_with_what_protects_it(site, world, url)
    blobs_have_no_address_of_their_own(site, world, name)
    too_much_is_refused_at_once(site, world)
    who_may_not_is_told_before_the_body(site, world)
    who_may_sends_large_ones(site, world)
    what_nobody_asked_for_is_not_taken(site, world)
    notices_come_through(site, world)
    a_nul_spoils_nobodys_news(site, world)
    of_two_who_remove_each_other_one_stays(site, world)
    a_client_that_stalls_holds_up_nobody(site, world)
    a_site_that_is_stopped_says_so(site)
    a_flood_of_passwords_is_kept_away(site)
    a_network_is_one_address(site)
    a_flood_of_sockets_is_kept_away(site)


def doors_are_as_they_should_be(site: Site) -> None:
    plain = httpx.get(
        f"http://127.0.0.1:{site.nginx.plain_port}/search/?q=a", headers={"Host": "localhost"}
    )
    assert (plain.status_code, plain.headers["location"]) == (308, "https://localhost/search/?q=a")
    with signed_in(site) as anybody:
        door = anybody.get("/", headers={"X-Request-ID": "chosen-by-the-client"})
        assert door.status_code == 302
        assert door.headers["location"].startswith("/sign-in/")
        assert door.headers["x-request-id"] != "chosen-by-the-client"
        page = anybody.get("/sign-in/", headers={"Accept-Encoding": "gzip"})
        assert page.status_code == 200
        assert "max-age=31536000" in page.headers["strict-transport-security"]
        assert page.headers["server"] == "nginx"
        assert "content-encoding" not in page.headers
        cookies = page.headers.get_list("set-cookie")
        assert cookies
        assert all("Secure" in cookie for cookie in cookies)
        assert all(cookie.startswith("__Host-") for cookie in cookies)
        assert anybody.get("/health/ready").json()["parts"]["database"] == "ok"


def styles_come_from_the_disk(site: Site) -> None:
    with signed_in(site) as anybody:
        page = anybody.get("/sign-in/").text
        style = re.search(r'href="(/static/[^"]+\.css)"', page)
        assert style, page[:2000]
        found = anybody.get(style[1], headers={"Accept-Encoding": "gzip"})
        assert found.status_code == 200
        assert found.headers["content-type"].startswith("text/css")
        assert found.headers["content-encoding"] == "gzip"
        assert "immutable" in found.headers["cache-control"]
        assert found.headers["x-content-type-options"] == "nosniff"
        assert "x-request-id" not in found.headers, "Marigot was not asked"
        assert anybody.get("/static/../marigot.sqlite3").status_code in (302, 400, 404)
        assert anybody.get("/static/none.css").status_code == 404


def an_upload_is_not_kept_on_the_way(site: Site, world: SimpleNamespace) -> tuple[str, str]:
    """The first half reaches Marigot's disk while the second has not been sent."""
    staging = site.data / "blobs" / "tmp"
    half = len(CONTENT) // 2
    arrived = []

    def body() -> Iterator[bytes]:
        yield CONTENT[:half]
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            if staging.is_dir():
                arrived.append(max((f.stat().st_size for f in staging.iterdir()), default=0))
                if arrived[-1] >= half - 65536:
                    break
            time.sleep(0.05)
        yield CONTENT[half:]

    with signed_in(site, world.contributor) as browser:
        answer = browser.put(
            f"/d/{world.space.root_id}/files",
            params={"name": "Budget été.bin"},
            content=body(),
            headers={"Content-Length": str(len(CONTENT))},
        )
    assert answer.status_code == 201, answer.text
    assert arrived[-1] >= half - 65536, "nginx keeps the body"
    assert not [f for f in site.nginx.bodies.rglob("*") if f.is_file()]
    with signed_in(site, world.stranger) as browser:
        denied = browser.put(
            f"/d/{world.space.root_id}/files", params={"name": "b.bin"}, content=b"x"
        )
    assert denied.status_code == 404
    return f"{answer.json()['url']}download", hashlib.sha256(CONTENT).hexdigest()


def a_download_is_sent_by_nginx_with_what_protects_it(
    site: Site, world: SimpleNamespace, url: str
) -> None:
    with signed_in(site, world.member) as browser:
        whole = browser.get(url)
        assert whole.content == CONTENT
        assert "x-accel-redirect" not in whole.headers
        etag = whole.headers["etag"]
        assert etag == f'"{hashlib.sha256(CONTENT).hexdigest()}"'
        assert whole.headers["content-disposition"].startswith("attachment")
        assert whole.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert whole.headers["x-content-type-options"] == "nosniff"
        assert whole.headers["cross-origin-resource-policy"] == "same-origin"
        assert whole.headers["cache-control"] == "private, no-cache"
        assert "max-age" in whole.headers["strict-transport-security"]
        assert "last-modified" not in whole.headers
        for name in whole.headers:
            assert len(whole.headers.get_list(name)) == 1, name

        part = browser.get(url, headers={"Range": "bytes=1000-1999"})
        assert (part.status_code, part.content) == (206, CONTENT[1000:2000])
        assert part.headers["content-range"] == f"bytes 1000-1999/{len(CONTENT)}"
        same = browser.get(url, headers={"Range": "bytes=0-9", "If-Range": etag})
        assert (same.status_code, same.content) == (206, CONTENT[:10])
        other = browser.get(url, headers={"Range": "bytes=0-9", "If-Range": '"another"'})
        assert (other.status_code, len(other.content)) == (200, len(CONTENT))
        kept = browser.get(url, headers={"If-None-Match": etag})
        assert (kept.status_code, kept.content) == (304, b"")
        head = browser.head(url)
        assert (head.status_code, head.headers["content-length"]) == (200, str(len(CONTENT)))
    with signed_in(site, world.stranger) as browser:
        for headers in ({}, {"If-None-Match": etag}, {"Range": "bytes=0-9"}):
            denied = browser.get(url, headers=headers)
            assert denied.status_code == 404
            assert "etag" not in denied.headers


def blobs_have_no_address_of_their_own(site: Site, world: SimpleNamespace, name: str) -> None:
    with override_settings(BLOB_FOLDER=site.data / "blobs"), blobs.open_blob(name) as file:
        assert file.read(4) == CONTENT[:4], "it is there, on the disk"
    with signed_in(site, world.member) as browser:
        for address in (
            f"/_blobs/{name[:2]}/{name}",
            f"//_blobs/{name[:2]}/{name}",
            f"/%5fblobs/{name[:2]}/{name}",
            f"/static/../_blobs/{name[:2]}/{name}",
            f"/_blobs/../_blobs/{name[:2]}/{name}",
            "/_blobs/",
        ):
            found = browser.get(address, headers={"X-Accel-Redirect": address})
            assert found.status_code == 404, address
            assert CONTENT[:16] not in found.content


def notices_come_through(site: Site, world: SimpleNamespace) -> None:
    with listening(site, session_key(world.member)) as ear:
        ear.say({"since": None})
        ear.until_caught()
    with listening(site, "nobody") as ear:
        assert ear.close_code() == 4401
    assert "WebSocket" not in site.log.read_text(), "a line of every page that is opened"
    assert "Uvicorn running" in site.log.read_text()


def a_site_that_is_stopped_says_so(site: Site) -> None:
    site.stop_web()
    with signed_in(site) as anybody:
        page = anybody.get("/")
    assert page.status_code == 502
    assert "revient dans un instant" in page.text
    assert "will be back in a moment" in page.text
    assert page.headers["cache-control"] == "no-store"
