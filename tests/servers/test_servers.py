"""Every real server starts, does its work, stops, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import smtplib
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from email.message import EmailMessage
from pathlib import Path

import psycopg
import pytest
import redis
from playwright.sync_api import Browser

from . import base, chromium
from .base import HOST, Server, ServerError, ServerMissing, free_port, program, unavailable
from .elasticsearch import Elasticsearch
from .fixtures import started
from .postgres import Postgres
from .redis import Redis
from .smtp import Smtp

ROOT = Path(__file__).resolve().parents[2]


def processes_of(folder: Path) -> list[int]:
    """Ids of the live processes whose command line or working folder names `folder`."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace")
            where = str((entry / "cwd").readlink())
        except OSError:
            continue  # it ended meanwhile
        if str(folder) in words or str(folder) in where:
            found.append(int(entry.name))
    return found


def wait_until_gone(folder: Path) -> None:
    deadline = time.monotonic() + 120
    while processes_of(folder):
        assert time.monotonic() < deadline, f"still alive: {processes_of(folder)}"
        time.sleep(0.05)


@pytest.mark.parametrize(
    "kind", [Postgres, Redis, pytest.param(Elasticsearch, marks=pytest.mark.slow)]
)
def test_a_server_starts_answers_and_leaves_nothing(kind: type[Server]) -> None:
    for server in started(kind()):
        folder = server.folder
        assert server.answers()
        assert processes_of(folder), "the server's processes are told by its folder"
    assert not server.running
    assert not folder.exists()
    wait_until_gone(folder)


def test_postgres_makes_databases_and_refuses_a_wrong_password(postgres_url: str) -> None:
    with psycopg.connect(postgres_url, autocommit=True) as link:
        link.execute("CREATE DATABASE made_by_a_test")
        link.execute("DROP DATABASE made_by_a_test")
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(postgres_url, password="wrong")


def test_postgres_keeps_commits_when_killed() -> None:
    for server in started(Postgres(durable=True)):
        with psycopg.connect(server.url) as link:
            link.execute("CREATE TABLE kept (id int)")
            link.execute("INSERT INTO kept VALUES (7)")
        server.kill()
        assert not server.answers()
        server.start()
        with psycopg.connect(server.url) as link:
            assert link.execute("SELECT id FROM kept").fetchall() == [(7,)]


def test_redis_carries_messages(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client, client.pubsub() as channel:
        channel.subscribe("wakeup")
        assert channel.get_message(timeout=60)["type"] == "subscribe"
        client.publish("wakeup", "now")
        assert channel.get_message(timeout=60)["data"] == b"now"


def test_elasticsearch_analyses_french(elasticsearch_url: str) -> None:
    from elasticsearch import Elasticsearch as Client

    with Client(elasticsearch_url) as client:
        tokens = client.indices.analyze(analyzer="french", text="les délibérations")["tokens"]
    assert [token["token"] for token in tokens] == ["delib"]


@pytest.mark.slow
def test_secured_elasticsearch_wants_a_key_over_tls() -> None:
    from elasticsearch import AuthenticationException
    from elasticsearch import Elasticsearch as Client

    try:
        node = Elasticsearch(secured=True)
    except ServerMissing as error:
        unavailable(str(error))
    for server in started(node):
        assert isinstance(server, Elasticsearch)
        trusted = ssl.create_default_context(cafile=server.ca_file)
        with Client(server.url, ssl_context=trusted, api_key=server.api_key) as client:
            assert client.info()["version"]["number"] == server.distribution.version
        with (
            Client(server.url, ssl_context=trusted) as stranger,
            pytest.raises(AuthenticationException),
        ):
            stranger.info()
        with pytest.raises(urllib.error.URLError, match="CERTIFICATE_VERIFY_FAILED"):
            urllib.request.urlopen(server.url, timeout=60)


def test_smtp_keeps_messages_and_can_refuse(smtp: Smtp) -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", "Été"
    message.set_content("Réunion à 10 h")
    with smtplib.SMTP(HOST, smtp.port, timeout=60) as client:
        client.send_message(message)
        smtp.refusal = "451 try later"
        with pytest.raises(smtplib.SMTPDataError, match="try later"):
            client.send_message(message)
    (kept,) = smtp.messages
    assert kept["Subject"] == "Été"
    assert kept.get_content().strip() == "Réunion à 10 h"


def test_chromium_runs_scripts_and_fetches_nothing_outside(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content("<title>Marigot</title><p id=a></p>")
    page.evaluate("document.querySelector('#a').textContent = [1, 2].map(n => n * 2).join()")
    assert page.title() == "Marigot"
    assert page.text_content("#a") == "2,4"
    page.close()


def test_what_a_page_asks_of_others_is_seen_and_leads_nowhere(browser: Browser) -> None:
    context = browser.new_context()
    outside = chromium.requests_outside(context)
    page = context.new_page()
    with page.expect_event("requestfailed", timeout=60_000) as failed:
        page.set_content("<img src='https://elsewhere.example.org/b.png'>")
    assert "ERR_NAME_NOT_RESOLVED" in str(failed.value.failure)
    assert outside[-1] == "https://elsewhere.example.org/b.png"
    context.close()


def test_a_browser_closes_while_its_pages_still_wait_for_answers(browser: Browser) -> None:
    with socket.create_server((HOST, 0)) as silent:
        context = browser.new_context()
        chromium.requests_outside(context)
        page = context.new_page()
        address = f"http://{HOST}:{silent.getsockname()[1]}"
        images = "".join(f"<img src='{address}/{n}'>" for n in range(30))
        page.set_content(images, wait_until="commit")
        silent.accept()[0].close()  # they are on their way
        context.close()
    assert browser.is_connected()


def test_the_server_dies_with_a_killed_run(tmp_path: Path) -> None:
    script = (
        "import time\n"
        "from tests.servers.redis import Redis\n"
        "server = Redis().start()\n"
        "print(server.folder, flush=True)\n"
        "time.sleep(600)\n"
    )
    try:
        program("redis-server", packages=Redis.packages)
    except ServerMissing as error:
        unavailable(str(error))
    with subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as run:
        assert run.stdout is not None
        folder = Path(run.stdout.readline().strip())
        assert processes_of(folder)
        run.send_signal(signal.SIGKILL)
        run.wait()
    wait_until_gone(folder)
    (folder / "server.log").unlink()
    folder.rmdir()


class MisconfiguredRedis(Redis):
    """Redis with an option that it does not know."""

    def command(self) -> list[str | Path]:
        return [*super().command(), "--no-such-option", "1"]


def test_a_failed_start_shows_the_log_and_leaves_nothing() -> None:
    try:
        program("redis-server", packages=Redis.packages)
    except ServerMissing as error:
        unavailable(str(error))
    server = MisconfiguredRedis()
    folder = server.folder
    with pytest.raises(ServerError, match=r"(?s)stopped by itself with status 1.*no-such-option"):
        server.start()
    assert not server.running
    assert not folder.exists()


def test_a_server_is_not_mistaken_for_another_on_its_port() -> None:
    for first in started(Redis()):
        second = Redis(first.port)
        with pytest.raises(ServerError, match=f"port {first.port} is in use"):
            second.start()
        assert not second.running
        assert first.answers()


def test_a_missing_program_says_what_to_install() -> None:
    with pytest.raises(ServerMissing, match="apt-get install some-package"):
        program("no-such-program-anywhere", packages="some-package")


def test_a_free_port_is_nobody_elses_before_its_server_is_up_and_after_it_stopped() -> None:
    """Nor does the kernel give it to who asks for any."""
    port = free_port()
    lowest = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert port < lowest
    again = (
        "from tests.servers import base\n"
        f"base._PORTS = range({port}, {port + 1})\n"
        "try: print(base.free_port())\n"
        "except base.ServerError as error: print(error)\n"
    )
    told = subprocess.run([sys.executable, "-c", again], cwd=ROOT, capture_output=True, text=True)
    assert "no port" in told.stdout, told.stderr


def test_a_port_that_is_in_use_is_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(base, "_PORTS", range(port, port + 1))
        with pytest.raises(ServerError, match="no port"):
            free_port()


def test_the_browser_is_found_where_its_fixture_says(chromium_path: Path) -> None:
    assert chromium.find() == chromium_path
    assert os.access(chromium_path, os.X_OK)
