"""Bodies stay on the wire until the right to send them is known, and hold nobody up."""

from __future__ import annotations

import asyncio
import gc
import io
import threading
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as django_settings

from config.serving.handler import Handler
from config.serving.incoming import SMALL, ClientLeft, IncomingBody
from config.serving.pace import Pace
from config.serving.shares import Shares
from documents.models import Node
from documents.uploads.asking import FORM as LARGEST_FORM
from tests.documents.conftest import make_world
from tests.documents.factories import content_of

from .exchange import FORM, MULTIPART, QUICK, Exchange, handler_with, signed_in, until

pytestmark = pytest.mark.django_db(transaction=True)
PIECE = b"x" * 65536


@pytest.fixture
def quick():
    with handler_with(pace=QUICK) as handler:
        yield handler


def multipart(content, field="file"):
    return (
        f'--b\r\nContent-Disposition: form-data; name="{field}"; filename="a.bin"\r\n\r\n'.encode()
        + content
        + b"\r\n--b--\r\n"
    )


def prepare(who):
    world = make_world()
    return world, signed_in(getattr(world, who))


def names():
    return set(Node.objects.exclude(name="").values_list("name", flat=True))


def put(world, headers, pieces, *, name="a.bin", **options):
    return Exchange(
        "PUT", f"/d/{world.space.root_id}/files?name={name}", headers, pieces, **options
    )


async def test_a_file_is_taken_piece_by_piece(blob_folder, handler):
    world, headers = await sync_to_async(prepare)("contributor")
    pieces = [PIECE] * 40
    headers |= {"Content-Length": str(sum(map(len, pieces)))}
    assert await put(world, headers, pieces).run(handler) == 201
    node = await Node.objects.aget(name="a.bin")
    assert await sync_to_async(content_of)(node) == PIECE * 40


async def test_a_file_of_unknown_length_is_taken(blob_folder, handler):
    world, headers = await sync_to_async(prepare)("contributor")
    headers |= {"Transfer-Encoding": "chunked"}
    assert await put(world, headers, [b"one", b"two"]).run(handler) == 201
    node = await Node.objects.aget(name="a.bin")
    assert await sync_to_async(content_of)(node) == b"onetwo"


async def test_who_may_not_send_is_answered_before_the_body(blob_folder, handler):
    world, headers = await sync_to_async(prepare)("member")
    headers |= {"Content-Length": str(40 * len(PIECE))}
    exchange = put(world, headers, [PIECE] * 40)
    assert await exchange.run(handler) == 404
    assert exchange.asked == 0
    assert not blob_folder.exists()


async def test_a_name_that_is_taken_is_told_before_the_body(blob_folder, handler):
    world, headers = await sync_to_async(prepare)("contributor")
    assert await put(world, headers | {"Content-Length": "3"}, [b"one"]).run(handler) == 201
    exchange = put(world, headers | {"Content-Length": str(len(PIECE))}, [PIECE])
    assert await exchange.run(handler) == 409
    assert exchange.asked == 0


@pytest.mark.parametrize("path", ["/sign-in/", "/language/", "/", "/d/move/", "/nowhere/"])
@pytest.mark.parametrize("kind", [FORM, MULTIPART])
async def test_nothing_large_is_taken_from_somebody_unknown(path, kind, handler):
    headers = {"Host": "testserver", "Content-Length": str(SMALL + 1)} | kind
    exchange = Exchange("POST", path, headers, [PIECE] * 40)
    assert await exchange.run(handler) in (302, 413)
    assert exchange.asked == 0


async def test_a_form_larger_than_forms_are_is_refused_before_and_while_it_comes(handler):
    _world, headers = await sync_to_async(prepare)("member")
    headers |= FORM
    length = {"Content-Length": str(LARGEST_FORM + 1)}
    told = Exchange("POST", "/d/move/", headers | length, [PIECE] * 100)
    assert await told.run(handler) == 413
    assert told.asked == 0
    untold = Exchange("POST", "/d/move/", headers | {"Transfer-Encoding": "chunked"}, [PIECE] * 100)
    assert await untold.run(handler) == 413
    assert untold.asked == 2


@pytest.mark.parametrize("path", ["/language/", "/d/move/", "/notices/"])
async def test_a_file_is_refused_where_none_is_taken(path, handler, settings, tmp_path):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    _world, headers = await sync_to_async(prepare)("member")
    for content, status in ((b"small", 400), (b"x" * 50_000, 400), (PIECE * 45, 413)):
        form = multipart(content)
        sent = headers | MULTIPART | {"Content-Length": str(len(form))}
        exchange = Exchange("POST", path, sent, [form])
        assert await exchange.run(handler) == status
        assert list(tmp_path.iterdir()) == []


async def test_a_form_without_files_is_taken_in_either_way(handler):
    world, headers = await sync_to_async(prepare)("contributor")
    form = b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\nPlans\r\n'
    form += (
        b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\n'
        + PIECE[:60_000]
        + b"\r\n--b--\r\n"
    )
    sent = headers | MULTIPART | {"Content-Length": str(len(form))}
    path = f"/d/{world.space.root_id}/folder/"
    assert await Exchange("POST", path, sent, [form[:9], form[9:]]).run(handler) == 302
    assert await sync_to_async(names)() == {"Plans"}


async def test_a_form_that_has_no_files_where_some_are_taken_is_read_whole(handler):
    world, headers = await sync_to_async(prepare)("contributor")
    form = b"comment=" + PIECE + b"&csrfmiddlewaretoken=" + headers.pop("X-CSRFToken").encode()
    headers |= FORM | {"Content-Length": str(len(form))}
    path = f"/d/{world.space.root_id}/upload/"
    assert await Exchange("POST", path, headers, [form[:9], form[9:]]).run(handler) == 422


async def test_a_form_with_files_is_taken_from_the_wire_too(blob_folder, handler):
    world, headers = await sync_to_async(prepare)("contributor")
    form = multipart(PIECE * 3)
    headers |= MULTIPART | {"Content-Length": str(len(form))}
    pieces = [form[at : at + 50_000] for at in range(0, len(form), 50_000)]
    exchange = Exchange("POST", f"/d/{world.space.root_id}/upload/", headers, pieces)
    assert await exchange.run(handler) == 302
    node = await Node.objects.aget(name="a.bin")
    assert await sync_to_async(content_of)(node) == PIECE * 3
    assert list((blob_folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("door", ["files", "upload/"])
async def test_a_client_that_leaves_leaves_nothing(blob_folder, handler, door):
    world, headers = await sync_to_async(prepare)("contributor")
    method, pieces = ("PUT", [PIECE] * 3) if door == "files" else ("POST", [multipart(PIECE)[:-9]])
    headers |= MULTIPART | {"Content-Length": "10000000"}
    path = f"/d/{world.space.root_id}/{door}?name=a.bin"
    exchange = Exchange(method, path, headers, pieces, ends=False)
    assert await exchange.run(handler) is None
    assert await sync_to_async(names)() == set()
    assert list((blob_folder / "tmp").iterdir()) == []


async def test_a_body_shorter_than_announced_is_told_and_leaves_nothing(blob_folder, handler):
    world, headers = await sync_to_async(prepare)("contributor")
    for length in ("500", "50000"):
        exchange = put(world, headers | {"Content-Length": length}, [b"short"])
        assert await exchange.run(handler) == 400
        assert b"interrupted" in exchange.content
    assert await sync_to_async(names)() == set()
    assert list((blob_folder / "tmp").iterdir()) == []


@pytest.mark.parametrize("length", ["200", "900000"])
async def test_a_silent_client_is_given_up(blob_folder, quick, length):
    world, headers = await sync_to_async(prepare)("contributor")
    exchange = put(world, headers | {"Content-Length": length}, [b"x" * 100], silent=True)
    assert await exchange.run(quick) == 408
    assert await sync_to_async(names)() == set()


async def test_a_client_that_drips_is_given_up_though_it_is_never_silent(blob_folder):
    """Each byte comes soon; the whole never would."""
    world, headers = await sync_to_async(prepare)("contributor")

    class Dripping(Exchange):
        async def receive(self):
            await asyncio.sleep(0.01)
            return {"type": "http.request", "body": b"x", "more_body": True}

    path = f"/d/{world.space.root_id}/files?name=a"
    with handler_with(pace=Pace(grace=0.3, rate=10_000)) as handler:
        exchange = Dripping("PUT", path, headers | {"Content-Length": "900000"}, [])
        assert await exchange.run(handler) == 408
        assert b"too_slow" in exchange.content
        form = Dripping("POST", "/d/move/", headers | FORM | {"Content-Length": "60000"}, [])
        assert await form.run(handler) == 408


def test_a_transfer_is_not_waited_for_without_end():
    pace = Pace(grace=30, rate=1000, longest=3600)
    assert pace.left(0, 0) == 30
    assert pace.left(20, 100_000) == 110
    assert pace.left(3600, 10**12) == 0


async def test_one_person_has_few_uploads_under_way_and_is_told(blob_folder):
    """Those of others go on; so do the person's own once one is over."""
    with handler_with(uploads=Shares(each=2, all=3)) as handler:
        world, headers = await sync_to_async(prepare)("contributor")
        other = await sync_to_async(signed_in)(world.head)
        length = {"Content-Length": "900000"}
        stalled = [put(world, headers | length, [PIECE], silent=True, name=n) for n in "ab"]
        tasks = [asyncio.ensure_future(each.run(handler)) for each in stalled]
        await until(lambda: all(each.asked > 1 for each in stalled))
        third = put(world, headers | length, [PIECE], name="c")
        assert await third.run(handler) == 429
        assert b"busy" in third.content
        assert third.asked == 0
        form = {"Content-Length": "900000"} | MULTIPART | {"Accept": "text/html"}
        page = Exchange("POST", f"/d/{world.space.root_id}/upload/", headers | form, [PIECE])
        assert await page.run(handler) == 429
        assert b"<h1>" in page.content
        whole = put(world, other | {"Content-Length": str(len(PIECE))}, [PIECE], name="d")
        assert await whole.run(handler) == 201
        stalled.append(put(world, other | length, [PIECE], silent=True, name="e"))
        tasks.append(asyncio.ensure_future(stalled[-1].run(handler)))
        await until(lambda: stalled[-1].asked > 1)
        full = put(world, other | length, [PIECE], name="f")
        assert await full.run(handler) == 503
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_stalled_upload_holds_no_thread_of_the_views(blob_folder, handler, settings):
    world, headers = await sync_to_async(prepare)("contributor")
    more = settings.VIEWS_AT_WORK + 2
    length = {"Content-Length": "900000"}
    stalled = [put(world, headers | length, [PIECE], silent=True, name=str(n)) for n in range(more)]
    tasks = [asyncio.ensure_future(each.run(handler)) for each in stalled]
    await until(lambda: all(each.asked > 1 for each in stalled))
    assert await Exchange("GET", "/spaces/", headers).run(handler) == 200
    whole = put(world, headers | {"Content-Length": str(len(PIECE))}, [PIECE], name="whole")
    assert await whole.run(handler) == 201
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_disk_that_is_slow_to_take_a_form_holds_nobody_else_up(blob_folder):
    """Others are answered while it writes; the form is then whole, and in order."""
    takes, asked, written = threading.Event(), threading.Event(), bytearray()

    class SlowFile(io.BytesIO):
        def write(self, data):
            asked.set()
            assert takes.wait(timeout=60), "nothing went on while the disk was waited for"
            written.extend(data)
            return super().write(data)

    opened = []

    def open_file():
        opened.append(SlowFile())
        return opened[-1]

    with handler_with(open_file=open_file) as handler:
        world, headers = await sync_to_async(prepare)("contributor")
        form = b"comment=" + b"".join(b"%07d" % n for n in range(90_000)) + b"end"
        pieces = [form[at : at + 65_536] for at in range(0, len(form), 65_536)]
        sent = headers | FORM | {"Content-Length": str(len(form))}
        exchange = Exchange("POST", f"/d/{world.space.root_id}/upload/", sent, list(pieces))
        upload = asyncio.ensure_future(exchange.run(handler))
        await until(asked.is_set)
        assert await Exchange("GET", "/spaces/", headers).run(handler) == 200
        before = exchange.asked
        assert before < len(pieces), "nothing more is taken in than the disk takes"
        takes.set()
        assert await upload == 422  # no file was chosen
        assert len(opened) == 1
        assert written == form


async def test_what_memory_does_not_keep_is_a_file_with_the_same_bytes():
    content = b"".join(b"%07d" % n for n in range(200_000))
    for length in (10, 256 * 1024, 256 * 1024 + 1, len(content)):
        pieces = [content[at : min(at + 50_000, length)] for at in range(0, length, 50_000)]

        async def receive(left=pieces):
            return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

        scope = {"method": "PUT", "headers": [(b"content-length", str(length).encode())]}
        body = IncomingBody(receive, scope, Pace())
        body.limit = length
        with await body.collect() as file:
            assert file.read() == content[:length]


def body_of(messages, **options):
    """A body of a length that is not told, which comes as `messages`."""

    async def receive():
        return messages.pop(0)

    scope = {"method": "PUT", "headers": [(b"transfer-encoding", b"chunked")]}
    body = IncomingBody(receive, scope, Pace(), **options)
    body.limit = 10**9
    return body


async def test_a_form_that_does_not_come_whole_leaves_no_open_file():
    opened = []

    def open_file():
        opened.append(io.BytesIO())
        return opened[-1]

    messages = [{"type": "http.request", "body": PIECE, "more_body": True}] * 9
    messages.append({"type": "http.disconnect"})

    body = body_of(messages, open_file=open_file)
    with pytest.raises(ClientLeft):
        await body.collect()
    await until(lambda: opened[0].closed)


@pytest.mark.parametrize("last", [PIECE * 5, None], ids=["disk", "client"])
async def test_a_full_disk_is_told_once_and_its_file_is_closed(last):
    opened, unheard = [], []
    asyncio.get_running_loop().set_exception_handler(lambda loop, fault: unheard.append(fault))

    def open_file():
        opened.append(Path("/dev/full").open("w+b", buffering=10**6))  # noqa: SIM115
        return opened[-1]

    messages = [{"type": "http.request", "body": PIECE * 5, "more_body": True}]
    if last:
        messages += [{"type": "http.request", "body": last, "more_body": True}] * 9
    messages.append({"type": "http.disconnect"})

    body = body_of(messages, open_file=open_file)
    # What ended the body is told, not what closing met after it.
    with pytest.raises(OSError if last else ClientLeft) as ended:
        await body.collect()
    assert opened[0].closed
    assert "No space left" in "".join(ended.value.__notes__)
    del ended
    gc.collect()
    await asyncio.sleep(0)
    assert unheard == []


async def test_other_requests_are_as_ever(handler):
    _world, headers = await sync_to_async(prepare)("member")
    assert await Exchange("GET", "/spaces/", headers).run(handler) == 200
    form = headers | FORM | {"Content-Length": "6"}
    assert await Exchange("POST", "/d/trash/", form, [b"node=1"]).run(handler) == 404
    gone = Exchange("GET", "/spaces/", headers, ends=False)
    assert await gone.run(handler) in (None, 200)


async def test_a_body_that_no_view_reads_is_left_alone(handler):
    _world, headers = await sync_to_async(prepare)("member")
    exchange = Exchange("GET", "/spaces/", headers | {"Content-Length": "900000"}, [PIECE] * 9)
    assert await exchange.run(handler) == 200


async def test_the_body_is_not_read_in_the_loop():
    async def receive():
        raise AssertionError

    scope = {"method": "PUT", "headers": [(b"content-length", b"1")]}
    with pytest.raises(RuntimeError):
        IncomingBody(receive, scope, Pace()).read(1)


async def test_a_line_is_read():
    pieces = [b"one\ntw", b"o"]

    async def receive():
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    scope = {"method": "PUT", "headers": [(b"content-length", b"7")]}
    body = IncomingBody(receive, scope, Pace())
    lines = await asyncio.to_thread(lambda: [body.readline(), body.readline(), body.readline()])
    assert lines == [b"one\n", b"two", b""]


def test_the_site_is_served_by_this_handler():
    from config.asgi import application

    assert isinstance(application.application.application_mapping["http"], Handler)
    assert django_settings.ASGI_APPLICATION == "config.asgi.application"


@pytest.mark.parametrize("kind", [FORM, MULTIPART])
async def test_who_leaves_within_a_form_of_files_is_no_fault(kind, handler, caplog):
    world, headers = await sync_to_async(prepare)("contributor")
    headers |= kind | {"Content-Length": str(2 * SMALL)}
    address = f"/d/{world.space.root_id}/upload/"
    sent = Exchange("POST", address, headers, [b"comment=a"], ends=False)
    assert await sent.run(handler) is None
    assert not caplog.records
