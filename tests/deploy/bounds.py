"""What is too much, too slow or too often for the site: it is refused, and delays nobody else."""

from __future__ import annotations

import http.client
import itertools
import json
import select
import socket
import time
from types import SimpleNamespace

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import override

from tests.intranet.factories import make_section
from tests.servers.base import HOST

from .clients import CONTENT, session_key, signed_in, trusting
from .site import Site


def too_much_is_refused_at_once(site: Site, world: SimpleNamespace) -> None:
    """Nothing of the body is sent: the announced length is enough. Marigot is asked or not."""
    space = f"/d/{world.space.root_id}"
    pages = [
        ("/sign-in/", 13 * 2**20),
        ("/d/move/", 13 * 2**20),
        ("/admin/pages/add/intranet/notepage/3/", 7 * 2**20),
        ("/admin/images/add/", 14 * 2**20),
        (f"{space}/upload/", 3 * 2**30),
    ]
    for path, size in pages:
        for accept in ("text/html,*/*", "*/*", "text/html, application/json", ""):
            status, kind, text = head_answered(
                site, world.contributor, "POST", path, size, accept=accept
            )
            assert (status, kind) == (413, "text/html"), (path, accept)
            for language in ("fr", "en"):
                with override(language):
                    for words in (
                        _("This is too large to be sent"),
                        _(
                            "Nothing was saved. Send less at once, or put large files in a "
                            "document space."
                        ),
                    ):
                        assert words in " ".join(text.split()), (path, accept)
        status, kind, text = head_answered(
            site, world.contributor, "POST", path, size, accept="application/json"
        )
        assert (status, kind) == (413, "application/json"), path
        assert "This is too large to be sent." in json.loads(text)["error"]
    with signed_in(site) as anybody:
        long = anybody.get("/search/", params={"q": "a" * 9000})
        heavy = anybody.get("/search/", headers={"Cookie": f"a={'b' * 9000}"})
    for answer, wanted in ((long, 414), (heavy, 431)):
        assert answer.status_code == wanted
        assert "trop volumineux" in answer.text
        assert "This is too large to be sent" in answer.text
    for size in (3 * 2**30, 65 * 2**20):  # the second is for Marigot to refuse
        where = f"{space}/files?name=huge.bin"
        status, kind, text = head_answered(site, world.contributor, "PUT", where, size)
        assert (status, kind) == (413, "application/json"), size
        assert json.loads(text)["code"] == "too_large"
        assert json.loads(text)["message"]


def who_may_not_is_told_before_the_body(site: Site, world: SimpleNamespace) -> None:
    """nginx keeps none of it to itself until it is there: Marigot is asked for the right."""
    refused = {302, 401, 403, 404}
    for path, method, wanted in (
        ("/admin/pages/add/intranet/notepage/3/", "POST", refused),
        ("/admin/pages/3/edit/", "POST", refused),
        ("/admin/images/add/", "POST", refused),
        (f"/d/{world.space.root_id}/upload/", "POST", refused),
        (f"/d/{world.space.root_id}/files?name=b.bin", "PUT", refused),
        ("/spaces/", "POST", {413}),
        ("/admin/", "POST", {413}),
    ):
        for person in (None, world.stranger):
            assert answer_to_head(site, person, method, path, 5 * 10**6) in wanted, (path, person)


def who_may_sends_large_ones(site: Site, world: SimpleNamespace) -> None:
    make_section(world.finance)
    with signed_in(site, world.head) as browser:
        answer = browser.post("/admin/images/add/", files={"file": ("a.png", CONTENT)})
    assert answer.status_code == 200, "a form that says that this is no picture"
    assert not [f for f in site.nginx.bodies.rglob("*") if f.is_file()]


def answer_to_head(site: Site, person: object, method: str, path: str, size: int) -> int:
    """The status for a body that is announced, and does not come."""
    return head_answered(site, person, method, path, size)[0]


def head_answered(
    site: Site, person: object, method: str, path: str, size: int, *, accept: str = "*/*"
) -> tuple[int, str, str]:
    """The status, the type and the text for a body that is announced, and does not come."""
    connection = http.client.HTTPSConnection(
        "localhost", site.nginx.port, context=trusting(site), timeout=120
    )
    connection.putrequest(method, path)
    connection.putheader("Content-Length", str(size))
    connection.putheader("Accept", accept)
    if person is not None:
        cookies = f"__Host-session={session_key(person)}; __Host-csrf={'a' * 32}"
        connection.putheader("Cookie", cookies)
        connection.putheader("X-CSRFToken", "a" * 32)
    connection.putheader("Origin", site.url)
    connection.endheaders()
    try:
        response = connection.getresponse()
        kind = response.headers.get_content_type()
        return response.status, kind, response.read().decode()
    finally:
        connection.close()


def stalled(site: Site, request: str, cookie: str, *, straight: bool = False) -> socket.socket:
    """A client that sends `request` and then neither sends nor takes anything more."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.settimeout(60)
    client.connect((HOST, site.port if straight else site.nginx.port))
    if not straight:
        client = trusting(site).wrap_socket(client, server_hostname="localhost")
    lines = [request, "Host: localhost", f"Cookie: {cookie}", f"X-CSRFToken: {'a' * 32}"]
    lines += [f"Origin: {site.url}", "X-Forwarded-Proto: https", "X-Forwarded-For: 10.0.0.9"]
    client.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + b"x" * 1000)
    return client


def status_of(client: socket.socket) -> int:
    """The status with which it is answered, 0 where it was cut off."""
    try:
        return int(client.recv(100).split(b" ")[1])
    except (OSError, IndexError):
        return 0


def answered(clients: list[socket.socket], count: int) -> list[int]:
    """The statuses of those that are answered, once they are so many."""
    while len(ready := select.select(clients, [], [], 60)[0]) < count:
        time.sleep(0.1)
    return [status_of(each) for each in ready]


def a_client_that_stalls_holds_up_nobody(site: Site, world: SimpleNamespace) -> None:
    """110 uploads and 110 downloads of one person, behind nginx and past it."""
    content = CONTENT * 8
    with signed_in(site, world.contributor) as browser:
        put = f"/d/{world.space.root_id}/files"
        url = browser.put(put, params={"name": "b"}, content=content).json()["url"]
    cookie = f"__Host-session={session_key(world.contributor)}; __Host-csrf={'a' * 32}"
    length = "\r\nContent-Length: 50000000"
    clients = [
        [stalled(site, f"PUT {put}?name=p{n} HTTP/1.1{length}", cookie) for n in range(110)],
        [stalled(site, f"GET {url}download HTTP/1.1", cookie) for n in range(110)],
        [
            stalled(site, f"PUT {put}?name=s{n} HTTP/1.1{length}", cookie, straight=True)
            for n in range(110)
        ],
        [stalled(site, f"POST /d/move/ HTTP/1.1{length}", cookie, straight=True)],
    ]
    try:
        for person in (world.head, world.contributor):
            with signed_in(site, person) as browser:
                for path in ("/spaces/", "/notices/", "/health/ready", url, f"{url}download"):
                    assert browser.get(path).status_code == 200, path
                # Small enough to be taken in before anything is known, and large.
                for size in (10, 10**6):
                    name = f"{person.pk}-{size}"
                    answer = browser.put(put, params={"name": name}, content=b"x" * size)
                    # The one who stalls has no share left, until his first ones are given up.
                    told = (201,) if person is world.head else (201, 429)
                    assert answer.status_code in told, answer.text
        uploads, downloads, straight, form = clients
        refused = answered(uploads + straight, 220 - 6)
        assert 429 in refused
        assert set(refused) <= {429, 503, 408, 0}
        first = [status_of(each) for each in downloads]
        assert 429 in first
        assert set(first) <= {429, 200, 0}
        assert status_of(form[0]) in (413, 429, 503)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
                )
                assert cursor.fetchone()[0] < 20
    finally:
        for client in itertools.chain.from_iterable(clients):
            client.close()


def what_nobody_asked_for_is_not_taken(site: Site, world: SimpleNamespace) -> None:
    """Files to addresses that take none, from anybody: nothing of them reaches a disk."""
    with signed_in(site) as anybody:
        for path in ("/sign-in/", "/language/"):
            answer = anybody.post(path, files={"file": ("a.bin", CONTENT)})
            assert answer.status_code == 413, path
    with signed_in(site, world.member) as browser:
        for path in ("/d/move/", "/spaces/", "/language/"):
            answer = browser.post(path, files={"file": ("a.bin", CONTENT)})
            assert answer.status_code == 413, path
            answer = browser.post(path, files={"file": ("a.bin", CONTENT[:9000])})
            assert answer.status_code == 400, path
    with signed_in(site) as anybody:
        token = anybody.get("/sign-in/").cookies["__Host-csrf"]
        form = {"username": "nobody", "password": "wrong", "csrfmiddlewaretoken": token}
        statuses = [anybody.post("/sign-in/", data=form).status_code for _ in range(3)]
        assert 429 not in statuses


def a_flood_of_passwords_is_kept_away(site: Site) -> None:
    """From one address; the page may be asked for. What came before is part of the burst."""
    with signed_in(site) as anybody:
        answers = [anybody.post("/sign-in/", data={"username": "a"}) for _ in range(150)]
        assert {answer.status_code for answer in answers[:75]} == {502}
        assert answers[-1].status_code == 429
        assert answers[-1].headers["retry-after"] == "5"
        assert anybody.post("/language/", data={"language": "en"}).status_code == 429
        assert {anybody.get("/sign-in/").status_code for _ in range(20)} == {502}


def a_network_is_one_address(site: Site) -> None:
    """Of IPv6 all that one machine may call itself; an address of IPv4 is one however written."""

    def sent(*addresses: str) -> list[int]:
        with signed_in(site) as anybody:
            return [
                anybody.post("/sign-in/", headers={"X-Comes-From": address}).status_code
                for address in addresses
            ]

    network = [f"2001:db8:a:d::{n:x}:{n * 7919 % 65536:x}" for n in range(150)]
    assert sent(*network)[-1] == 429
    assert sent("2001:db8:a:d:ffff::1", "2001:db8:a:e::1", "2001:db8::d:0:0:0:1") == [429, 502, 502]
    assert sent(*["::ffff:198.51.100.1"] * 150)[-1] == 429
    assert sent("198.51.100.1", "198.51.100.2", "::ffff:198.51.100.3") == [429, 502, 502]


def a_flood_of_sockets_is_kept_away(site: Site) -> None:
    """From one address, behind which 2,000 people may come back at once after a restart.

    What came before is part of the burst.
    """
    with signed_in(site) as anybody:
        tried = [anybody.get("/ws/notices/").status_code for _ in range(5100)]
        assert set(tried[:4900]) == {502}
        assert tried[-1] == 429
        assert anybody.get("/").status_code == 502, "pages are not held"
