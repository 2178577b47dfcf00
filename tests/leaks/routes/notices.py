"""The notices: those of the closed scope of the service carry the secret."""

from __future__ import annotations

from intranet.notices.models import NoticeKind
from tests.intranet.notices.factories import make_notice, to_service
from tests.leaks.route import Route, expect
from tests.leaks.world import SECRET, World

# Whoever is in the service and nobody else.
ITS_PEOPLE = {"member": 302, "contributor": 302, "head": 302}
HEADS = {"head": 200, "outsider": 200}  # the outsider heads another service


def build(world: World) -> None:
    """Add a notice to the service's people alone."""
    world.notice = make_notice(
        f"Avis {SECRET}",
        body_fr=f"Texte {SECRET}",
        kind=NoticeKind.MESSAGE,
        scope=world.service.scope,
        audiences=to_service(world.service),
    )


def _at(verb: str):
    return lambda world: f"/notices/{world.notice.pk}/{verb}"


ROUTES = [
    Route("notices:list", lambda w: "/notices/", expect(200)),
    Route("notices:list", lambda w: "/notices/?show=unread&page=2", expect(200)),
    Route("notices:since", lambda w: "/notices/since/?n=0", expect(200)),
    Route(
        "notices:since",
        lambda w: "/notices/since/?n=0",
        expect(200, anonymous=401),
        headers={"Accept": "application/json"},
    ),
    Route("notices:open", _at(""), expect(404, **ITS_PEOPLE)),
    Route("notices:read", _at("read/"), expect(404, **ITS_PEOPLE), method="post"),
    Route("notices:unread", _at("unread/"), expect(404, **ITS_PEOPLE), method="post"),
    Route("notices:withdraw", _at("withdraw/"), expect(404, head=302), method="post"),
    Route("notices:read_all", lambda w: "/notices/read/", expect(302), "post", {"up_to": "1"}),
    Route(
        "notices:undo_read_all",
        lambda w: "/notices/read/undo/",
        expect(302),
        "post",
        {"earlier": "0"},
    ),
    Route("notices:new", lambda w: "/notices/new/", expect(404, **HEADS)),
    Route(
        "notices:new",
        lambda w: "/notices/new/",
        # Another service's head is not offered this one: the form is wrong.
        expect(404, head=200, outsider=422),
        method="post",
        data=lambda w: {
            "service": w.service.pk,
            "audience": "service",
            "title_fr": "Bonjour",
            "step": "preview",
        },
    ),
    Route("notices:sent", lambda w: "/notices/sent/", expect(404, **HEADS)),
]
