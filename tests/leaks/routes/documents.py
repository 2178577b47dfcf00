"""The documents: a space of the service with a folder, documents and something in the trash."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile

from documents.actions import break_inheritance, trash
from tests.documents.factories import make_document, make_folder, make_space, make_version
from tests.leaks.route import Route, expect
from tests.leaks.world import SECRET, World

# Who reads the service's space, and who may change it.
READ = {"member": 200, "contributor": 200, "head": 200}
WRITE = {"contributor": 200, "head": 200}
WROTE = {"contributor": 302, "head": 302}
LED = {"member": 302, "contributor": 302, "head": 302}
ALONE = {"head": 200}


def build(world: World) -> None:
    """Add a space of the service, and one thing in it that only its head reads."""
    world.space = make_space(world.service, "budgets", name_fr=f"Budgets {SECRET}")
    world.elsewhere = make_space(world.other_service, "classes")
    world.folder = make_folder(world.space, f"Dossier {SECRET}")
    world.document = make_document(world.folder, f"Bilan {SECRET}.txt", SECRET.encode())
    make_version(world.document, f"Encore {SECRET}".encode())
    world.picture = make_document(
        world.folder, f"Photo {SECRET}.png", b"\x89PNG\r\n\x1a\n" + SECRET.encode()
    )
    world.gone = make_document(world.folder, f"Ancien {SECRET}.txt", SECRET.encode())
    trash(actor=None, node=world.gone)
    world.private = make_document(world.folder, f"Salaires {SECRET}.txt", SECRET.encode())
    break_inheritance(actor=None, node=world.private, keep_access=False)


def _d(what: str, verb: str = ""):
    return lambda world: f"/d/{getattr(world, what).pk}/{verb}"


def _root(verb: str):
    return lambda world: f"/d/{world.space.root_id}/{verb}"


def _file(world: World):
    return {"file": SimpleUploadedFile("nouveau.txt", b"x")}


ROUTES = [
    Route("documents:spaces", lambda w: "/spaces/", expect(200)),
    Route("documents:new_space", lambda w: "/spaces/new/", expect(404, head=200, outsider=200)),
    Route(
        "documents:new_space",
        lambda w: "/spaces/new/",
        # Another service's head is not offered this service: the form is wrong.
        expect(404, head=302, outsider=422),
        method="post",
        data=lambda w: {"service": w.service.pk, "name_fr": "Nouveau"},
    ),
    Route("documents:space", lambda w: "/spaces/budgets/", expect(404, **READ)),
    Route("documents:space", lambda w: "/spaces/budgets/?sort=-date&page=2", expect(404, **READ)),
    Route("documents:space_settings", lambda w: "/spaces/budgets/settings/", expect(404, **ALONE)),
    Route(
        "documents:space_settings",
        lambda w: "/spaces/budgets/settings/",
        expect(404, head=302),
        method="post",
        data={"name_fr": "Autre"},
    ),
    Route("documents:space_trash", lambda w: "/spaces/budgets/trash/", expect(404, **WRITE)),
    # An address of before: whatever space it names, it answers the same.
    Route("documents:folder", lambda w: f"/spaces/budgets/f/{w.folder.pk}/", expect(404, **LED)),
    Route("documents:folder", lambda w: f"/spaces/classes/f/{w.folder.pk}/", expect(404, **LED)),
    Route("documents:folder", lambda w: f"/spaces/budgets/f/{w.document.pk}/", expect(404, **LED)),
    Route("documents:node", _d("document"), expect(404, **READ)),
    Route("documents:node", _d("private"), expect(404, **ALONE)),
    Route("documents:node", _d("gone"), expect(404, **WRITE)),
    Route("documents:node", _d("folder"), expect(404, **READ)),
    Route("documents:node", _root(""), expect(404, **LED)),
    Route("documents:download", _d("document", "download"), expect(404, **READ)),
    Route("documents:download", _d("private", "download"), expect(404, **ALONE)),
    Route("documents:download", _d("gone", "download"), expect(404, **WRITE)),
    Route(
        "documents:download",
        _d("document", "download"),
        expect(404, member=206, contributor=206, head=206),
        headers={"Range": "bytes=0-3"},
    ),
    Route("documents:download_version", _d("document", "v/1/download"), expect(404, **READ)),
    Route("documents:download_version", _d("private", "v/1/download"), expect(404, **ALONE)),
    Route("documents:preview", _d("picture", "preview"), expect(404, **READ)),
    Route("documents:preview", _d("document", "preview"), expect(404)),
    Route("documents:preview_version", _d("picture", "v/1/preview"), expect(404, **READ)),
    Route("documents:files", _root("files?name=a.txt"), expect(404, **WRITE)),
    Route(
        "documents:files",
        _root("files?name=a.txt"),
        expect(404, contributor=201, head=201),
        method="put",
    ),
    Route("documents:upload", _root("upload/"), expect(404, **WRITE)),
    Route("documents:upload", _root("upload/"), expect(404, **WROTE), "post", _file),
    Route("documents:upload", _d("document", "upload/"), expect(404, **WROTE), "post", _file),
    Route("documents:upload", _d("private", "upload/"), expect(404, head=302), "post", _file),
    Route("documents:new_folder", _root("folder/"), expect(404, **WRITE)),
    Route(
        "documents:new_folder", _root("folder/"), expect(404, **WROTE), "post", {"name": "Nouveau"}
    ),
    Route("documents:rename", _d("document", "rename/"), expect(404, **WRITE)),
    Route(
        "documents:rename",
        _d("document", "rename/"),
        expect(404, **WROTE),
        "post",
        {"name": "Autre.txt"},
    ),
    Route("documents:restore", _d("gone", "restore/"), expect(404, **WROTE), method="post"),
    Route("documents:access", _d("document", "access/"), expect(404, **ALONE)),
    Route(
        "documents:access_change", _d("document", "access/change/?do=break"), expect(404, **ALONE)
    ),
    Route("documents:access_offered", _d("document", "access/people?q=o"), expect(404, **ALONE)),
    Route(
        "documents:access",
        _d("document", "access/"),
        expect(404, head=302),
        "post",
        {"do": "break"},
    ),
    Route(
        "documents:restore_version",
        _d("document", "v/1/restore/"),
        expect(404, **WROTE),
        method="post",
    ),
    Route("documents:move", lambda w: f"/d/move/?node={w.document.pk}", expect(404, **WRITE)),
    Route(
        "documents:move",
        lambda w: "/d/move/",
        expect(404, **WROTE),
        "post",
        lambda w: {"node": w.document.pk, "to": w.space.root_id},
    ),
    Route(
        "documents:move",
        lambda w: "/d/move/",
        # The other service's head may put things there, and does not see this one.
        expect(404),
        "post",
        lambda w: {"node": w.document.pk, "to": w.elsewhere.root_id},
    ),
    Route(
        "documents:trash",
        lambda w: "/d/trash/",
        expect(404, **WROTE),
        "post",
        lambda w: {"node": w.document.pk},
    ),
    Route(
        "documents:trash",
        lambda w: "/d/trash/",
        expect(404, head=302),
        "post",
        lambda w: {"node": w.private.pk},
    ),
    Route(
        "documents:untrash",
        lambda w: "/d/untrash/",
        expect(404, **WROTE),
        "post",
        lambda w: {"node": w.gone.pk},
    ),
]
