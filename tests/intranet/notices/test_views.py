"""The pages of the notices."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from directory.models import Role
from intranet.notices.models import NOT_SENT, Notice, NoticeKind
from intranet.notices.querysets import state_of
from intranet.notices.views.listing import AT_ONCE
from tests.directory.factories import make_person, make_service
from tests.documents.factories import make_document, make_space
from tests.html import has, read_in, value_of

from .factories import make_notice, to_person, to_service

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]


def client_of(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user, backend="directory.backends.DirectoryBackend")
    return client


@pytest.fixture
def blob_folder(tmp_path, settings):
    settings.BLOB_FOLDER = tmp_path / "blobs"


@pytest.fixture
def finance():
    return make_service("finance")


@pytest.fixture
def zoe(finance):
    return make_person("zoe.finance", service=finance)


@pytest.fixture
def head(finance):
    return make_person("hal.head", service=finance, role=Role.HEAD)


def test_the_list_shows_what_is_for_the_person_newest_first(zoe, finance):
    make_notice("Ancien")
    make_notice("Réservé", scope=finance.scope)
    make_notice("À quelqu’un d’autre", audiences=to_person(make_person("ivo.schools")))
    html = client_of(zoe).get("/notices/").content.decode()
    assert html.index("Réservé") < html.index("Ancien")
    assert "quelqu’un d’autre" not in html
    assert has(html, "[data-unread]", "2")
    other = client_of(make_person("eve.else")).get("/notices/").content.decode()
    assert "Réservé" not in other


def test_the_list_pages_and_filters(zoe):
    notices = [make_notice(f"Avis {number:02}") for number in range(25)]
    client = client_of(zoe)
    first = client.get("/notices/").content.decode()
    assert "Avis 24" in first
    assert "Avis 04" not in first
    assert "Avis 04" in client.get("/notices/?page=2").content.decode()
    assert client.get("/notices/?page=nonsense").status_code == 200
    client.post(reverse("notices:read", args=[notices[24].pk]))
    unread = client.get("/notices/?show=unread").content.decode()
    assert "Avis 24" not in unread
    assert "Avis 23" in unread


def test_the_list_costs_the_same_for_one_notice_and_for_many(zoe, django_assert_max_num_queries):
    client = client_of(zoe)
    make_notice()
    client.get("/notices/")
    for number in range(30):
        make_notice(str(number), actor=zoe)
    # session, account, levels, roles; state, count, rows; whoever heads a service: may send
    with django_assert_max_num_queries(7):
        client.get("/notices/")


def test_reading_one_and_undoing_it(zoe):
    notice = make_notice()
    client = client_of(zoe)
    answer = client.post(f"/notices/{notice.pk}/read/", {"next": "/notices/?show=unread"})
    assert answer["Location"] == f"/notices/?show=unread#notice-{notice.pk}"
    assert state_of(zoe).unread == 0
    answer = client.post(f"/notices/{notice.pk}/unread/", headers={"Accept": "application/json"})
    assert answer.json() == {"unread": 1}


def test_where_to_go_next_is_never_another_site(zoe):
    notice = make_notice()
    client = client_of(zoe)
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
        answer = client.post(f"/notices/{notice.pk}/read/", {"next": elsewhere})
        assert answer["Location"].startswith("/notices/")


def test_reading_all_keeps_what_came_meanwhile_and_can_be_undone(zoe):
    shown = make_notice("vu")
    make_notice("arrivé entre-temps")
    client = client_of(zoe)
    answer = client.post("/notices/read/", {"up_to": shown.sequence}, follow=True)
    assert state_of(zoe).unread == 1
    assert value_of(answer, "earlier") == "0"
    client.post("/notices/read/undo/", {"earlier": "0"})
    assert state_of(zoe).unread == 2
    for nonsense in ("", "-1", "x", "9" * 30, "²"):
        assert client.post("/notices/read/", {"up_to": nonsense}).status_code == 302
        assert client.post("/notices/read/undo/", {"earlier": nonsense}).status_code == 302
    assert state_of(zoe).unread == 2


def test_opening_goes_there_and_marks_as_read(zoe):
    notice = make_notice(url="/search/?q=budget")
    bare = make_notice("sans lien")
    client = client_of(zoe)
    assert client.head(f"/notices/{notice.pk}/").status_code == 302
    assert state_of(zoe).unread == 2
    assert client.get(f"/notices/{notice.pk}/")["Location"] == "/search/?q=budget"
    assert client.get(f"/notices/{bare.pk}/")["Location"] == f"/notices/#notice-{bare.pk}"
    assert state_of(zoe).unread == 0


def test_what_is_not_for_the_person_does_not_exist(zoe, finance):
    notice = make_notice(scope=finance.scope, audiences=to_service(finance))
    other = client_of(make_person("ivo.schools"))
    missing = notice.pk + 1000
    for pk in (notice.pk, missing):
        assert other.get(f"/notices/{pk}/", follow=True).status_code == 404
        for verb in ("read", "unread", "withdraw"):
            assert other.post(f"/notices/{pk}/{verb}/", follow=True).status_code == 404
    assert other.get("/notices/since/?n=0").json()["notices"] == []


def test_since_answers_what_is_new_and_unread(zoe):
    first = make_notice("un", title_en="one", body_fr="Le texte")
    client = client_of(zoe, headers={"Accept-Language": "fr"})
    news = client.get("/notices/since/?n=0").json()
    assert news["unread"] == 1
    assert news["notices"] == [
        {
            "id": first.pk,
            "sequence": first.sequence,
            "kind": "message",
            "title": "un",
            "language": "fr",
            "body": "Le texte",
            "url": f"/notices/{first.pk}/",
            "published": first.published_at.isoformat(),
        }
    ]
    assert news["whole"] is True
    assert client.get(f"/notices/since/?n={news['sequence']}").json()["notices"] == []
    assert client.get("/notices/since/?n=999999999999").json()["notices"] == []
    for nonsense in ("", "?n=", "?n=-1", "?n=x", "?n=1.5", f"?n={'9' * 40}"):
        answer = client.get(f"/notices/since/{nonsense}")
        assert answer.status_code == 400
        assert "error" in answer.json()


def test_since_tells_whether_there_are_more_than_it_answers(zoe):
    client = client_of(zoe)
    for number in range(AT_ONCE):
        make_notice(f"Avis {number}")
    news = client.get("/notices/since/?n=0").json()
    assert (len(news["notices"]), news["unread"], news["whole"]) == (AT_ONCE, AT_ONCE, False)


def test_somebody_not_signed_in_gets_the_door():
    answer = Client().get("/notices/since/?n=0", headers={"Accept": "application/json"})
    assert answer.status_code == 401
    assert Client().get("/notices/").status_code == 302


def compose(**fields):
    return {"audience": "service", "title_fr": "Réunion à 14 h"} | fields


def test_a_head_sends_to_the_service_after_a_preview(head, finance, zoe):
    make_person("ivo.schools")
    client = client_of(head)
    assert client.get("/notices/new/").status_code == 200
    preview = client.post("/notices/new/", compose(service=finance.pk, step="preview"))
    assert preview.context["people"] == 2
    assert Notice.objects.count() == 0
    sent = client.post("/notices/new/", compose(service=finance.pk, step="send"))
    assert sent["Location"] == "/notices/sent/"
    notice = Notice.objects.get()
    assert (notice.author, notice.scope) == (head, finance.scope)
    assert (state_of(zoe).unread, state_of(head).unread) == (1, 0)
    assert "Réunion à 14 h" in client.get("/notices/sent/").content.decode()


@pytest.mark.parametrize("audience", ["service", "everyone"])
def test_the_preview_says_who_cannot_open_the_link(head, finance, zoe, blob_folder, audience):
    make_person("ivo.schools")
    document = make_document(make_space(finance, "budgets"), "plan.txt")
    client = client_of(head, headers={"accept-language": "en"})

    def preview(url: str) -> str:
        sent = compose(service=finance.pk, step="preview", audience=audience, url=url)
        return read_in(client.post("/notices/new/", sent))

    shown = preview(document.get_absolute_url())
    assert ("Not everybody can open the link" in shown) == (audience == "everyone")
    assert ("1 person cannot open it: Ivo" in shown) == (audience == "everyone")
    assert "Leads to nothing that you can open yourself." in preview(f"/d/{uuid.uuid4()}/")
    assert "Not everybody" not in preview("/search/")


def test_what_was_sent_is_listed_with_the_service_as_the_reader_calls_it(head, finance):
    finance.name_fr, finance.name_en = "Budget et paie", "Budget and pay"
    finance.save()
    make_notice("Hello", scope=finance.scope)
    for language, name in (("en", "Budget and pay"), ("fr", "Budget et paie")):
        client = client_of(head, headers={"accept-language": language})
        assert has(client.get("/notices/sent/"), "span", name)


def test_to_the_whole_organisation(head, finance):
    ivo = make_person("ivo.schools")
    stranger = make_person("sam.stranger", outsider=True)
    client_of(head).post(
        "/notices/new/", compose(service=finance.pk, audience="everyone", step="send")
    )
    assert Notice.objects.get().scope == finance.public_scope
    assert (state_of(ivo).unread, state_of(stranger).unread) == (1, 0)


def test_an_end_is_the_end_of_that_day(head, finance):
    day = timezone.localdate() + timedelta(days=2)
    client_of(head).post(
        "/notices/new/", compose(service=finance.pk, last_day=day.isoformat(), step="send")
    )
    end = timezone.localtime(Notice.objects.get().expires_at)
    assert (end.date(), end.hour) == (day, 23)


def test_what_cannot_be_sent_is_said(head, finance):
    client = client_of(head)
    yesterday = timezone.localdate() - timedelta(days=1)
    for wrong, field in (
        ({"title_fr": ""}, "title_fr"),
        ({"body_en": "text without a title"}, "title_en"),
        ({"url": "https://elsewhere.example/x"}, "url"),
        ({"url": "//elsewhere.example/x"}, "url"),
        ({"url": "http://testserver.elsewhere.example/x"}, "url"),
        ({"url": "http://testserver//elsewhere.example/x"}, "url"),
        ({"url": "search"}, "url"),
        ({"url": "http://["}, "url"),
        ({"last_day": yesterday.isoformat()}, "last_day"),
        ({"last_day": "soon"}, "last_day"),
        ({"audience": "nobody"}, "audience"),
        ({"title_fr": "x" * 201}, "title_fr"),
    ):
        answer = client.post("/notices/new/", compose(service=finance.pk, step="send") | wrong)
        assert answer.status_code == 422, wrong
        assert field in answer.context["form"].errors, wrong
    assert Notice.objects.count() == 0


@pytest.mark.parametrize(
    "typed",
    [
        "/search/?q=x#end",
        "http://testserver/search/?q=x#end",
        "HTTPS://TestServer/search/?q=x#end",
        "testserver/search/?q=x#end",
        "<http://localhost:8000/search/?q=x#end>",
    ],
)
def test_the_address_of_a_page_of_this_site_becomes_a_path(head, finance, typed):
    data = compose(service=finance.pk, url=typed, step="send")
    assert client_of(head).post("/notices/new/", data).status_code == 302
    assert Notice.objects.get().url == "/search/?q=x#end"


def test_what_nobody_sees_of_a_paste_is_left_out(head, finance):
    client = client_of(head)
    pasted = {"title_fr": "Le bud\u00adget\u00a0 voté\u200b", "body_fr": "La mu\u00adnicipalité"}
    client.post("/notices/new/", compose(service=finance.pk, step="send") | pasted)
    notice = Notice.objects.get()
    assert (notice.title_fr, notice.body_fr) == ("Le budget voté", "La municipalité")
    nothing = compose(service=finance.pk, step="send") | {"title_fr": "\u200b\u00ad"}
    assert client.post("/notices/new/", nothing).status_code == 422


def test_only_heads_send_and_only_for_their_service(head, finance, zoe):
    contributor = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    it_admin = make_person("ida.admin", it_admin=True)
    schools = make_service("schools")
    for person in (zoe, contributor, it_admin):
        client = client_of(person)
        for path in ("/notices/new/", "/notices/sent/"):
            assert client.get(path, follow=True).status_code == 404
        attempt = client.post("/notices/new/", compose(service=finance.pk), follow=True)
        assert attempt.status_code == 404
    answer = client_of(head).post("/notices/new/", compose(service=schools.pk, step="send"))
    assert answer.status_code == 422
    assert Notice.objects.count() == 0


def test_a_head_withdraws_what_the_service_published(head, finance, zoe):
    notice = make_notice(scope=finance.scope)
    elsewhere = make_notice(scope=make_service("schools").scope)
    client = client_of(head)
    assert client_of(zoe).post(f"/notices/{notice.pk}/withdraw/", follow=True).status_code == 404
    assert client.post(f"/notices/{elsewhere.pk}/withdraw/", follow=True).status_code == 404
    assert client.post(f"/notices/{notice.pk}/withdraw/").status_code == 302
    assert state_of(zoe).unread == 0


def test_every_text_is_escaped(head, finance, zoe):
    bad = '<img src=x onerror="alert(1)">'
    make_notice(bad, scope=finance.scope, body_fr=bad)
    for person, path in ((zoe, "/notices/"), (head, "/notices/sent/")):
        html = client_of(person).get(path).content.decode()
        assert "<img src=x" not in html
        assert "&lt;img" in html


@pytest.mark.parametrize("kind", NoticeKind)
def test_a_kind_has_the_same_icon_wherever_it_is_listed(head, finance, kind):
    make_notice("Voirie", kind=kind, scope=finance.scope)
    drawn = f'#{kind.icon}"></use>'
    pages = ["/notices/"] if kind in NOT_SENT else ["/notices/", "/notices/sent/"]
    for page in pages:
        html = client_of(head).get(page).content.decode()
        (beside,) = re.findall(r'<span class="notice-kind">(.+?)</span>', html)
        assert drawn in beside
