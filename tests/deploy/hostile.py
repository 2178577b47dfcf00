"""What one client sends, or two at once ask for, behind nginx: it harms nobody else."""

from __future__ import annotations

from types import SimpleNamespace

from directory.models import Membership, Role
from tests.directory.factories import make_person
from tests.intranet.notices.factories import make_notice
from tests.intranet.notices.serving import Ear
from tests.racing import at_once

from .clients import in_two_threads, session_key, signed_in
from .site import Site

# A quoted value may carry any octet. A NUL as it is goes no further than nginx.
NUL = '"abcdefgh\\000ijkl"'
ROUNDS = 3


def listening(site: Site, key: str) -> Ear:
    """A page that is open with the session `key`."""
    return Ear(
        site.url.replace("https", "wss") + "/ws/notices/",
        ssl=in_two_threads(site),
        origin=site.url,
        additional_headers={"Cookie": f"__Host-session={key}"},
        proxy=None,
        open_timeout=60,
    )


def a_nul_spoils_nobodys_news(site: Site, world: SimpleNamespace) -> None:
    """In cookies of sockets and of pages, in addresses, in forms."""
    with listening(site, session_key(world.member)) as open_before:
        open_before.say({"since": None})
        open_before.until_caught()
        refused = [listening(site, NUL) for _ in range(5)]
        with signed_in(site) as anybody:
            anybody.headers["Cookie"] = f"__Host-session={NUL}; __Host-csrf={NUL}"
            assert anybody.get("/notices/").status_code == 302
            assert anybody.post("/sign-in/", data={"username": "a\0b"}).status_code == 403
        with signed_in(site, world.it_admin) as browser:
            for address in (
                "/notices/?page=1%00",
                "/access/people/?q=%00",
                "/access/journal/?page=1%00",
            ):
                assert browser.get(address).status_code == 200, address
            assert browser.get("/access/people/%00/").status_code in (400, 404)
            form = {"name_fr": "\0", "name_en": "a\0b", "slug": "a\0b"}
            assert browser.post("/access/services/new/", data=form).status_code == 422
        with listening(site, session_key(world.member)) as opened_after:
            opened_after.say({"since": None})
            opened_after.until_caught()
            notice = make_notice()
            for ear in (open_before, opened_after):
                assert ear.next_notice()["id"] == notice.pk
        for ear in refused:
            assert ear.close_code() == 4401
            ear.close()


def of_two_who_remove_each_other_one_stays(site: Site, world: SimpleNamespace) -> None:
    """IT administrators; the one of the world would be left in any case."""
    administrators = Membership.objects.filter(access_group__role=Role.IT_ADMIN)
    administrators.filter(user=world.it_admin).delete()
    for number in range(ROUNDS):
        pair = [make_person(f"{name}.{number}", it_admin=True) for name in ("one", "two")]
        browsers = [signed_in(site, person) for person in pair]
        others = [administrators.get(user=person).pk for person in reversed(pair)]
        answers = at_once(
            *(
                lambda browser=browser, pk=pk: browser.post(f"/access/memberships/{pk}/remove/")
                for browser, pk in zip(browsers, others, strict=True)
            )
        )
        assert {answer.status_code for answer in answers} <= {302, 404}
        assert administrators.count() == 1
        administrators.all().delete()
        for browser in browsers:
            browser.close()
