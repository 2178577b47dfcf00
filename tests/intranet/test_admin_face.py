"""The editor as a head of service sees it: its first page, its words, no way off the site."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup, NavigableString
from django.urls import reverse
from django.utils import timezone
from wagtail.users.models import UserProfile

from directory.models import Role
from intranet.blocks import BodyBlock
from tests.directory.factories import group_of, join, make_person, make_service
from tests.html import element, elements, has, read_in, texts
from tests.kept import kept
from tests.leaks.routes import intranet as routes
from tests.leaks.world import build_world

from .factories import make_event, make_image, make_note, make_page, make_section

pytestmark = [pytest.mark.django_db, pytest.mark.one_database]

LEADS_OFF = re.compile(r"""(?:href|src|action)=["'](?:https?:)?//(?!localhost|testserver)[^"']*""")


@kept
def finance(finance):
    make_section(finance)
    return finance


def page(client, address, language="fr"):
    answer = client.get(address, headers={"accept-language": language})
    assert answer.status_code == 200, address
    if answer["Content-Type"] == "application/json":  # a dialog
        return answer.json().get("html", "")
    return answer.content.decode()


@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_of_the_editor_leads_off_the_site_or_calls_itself_wagtail(
    sign_in, finance, head, language
):
    note = make_note(finance, "A note")
    image = make_image(finance.scope)
    client = sign_in(head)
    section = make_section(finance)[language]
    for address in (
        reverse("wagtailadmin_home"),
        reverse("wagtailadmin_account"),
        reverse("wagtailadmin_explore", args=[section.pk]),
        reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk]),
        reverse("wagtailadmin_pages:edit", args=[note.pk]),
        reverse("wagtailadmin_pages:history", args=[note.pk]),
        reverse("wagtailadmin_pages:copy", args=[note.pk]),
        reverse("wagtailadmin_pages:unpublish", args=[note.pk]),
        reverse("wagtailimages:index"),
        reverse("wagtailimages:add"),
        reverse("wagtailimages:edit", args=[image.pk]),
    ):
        shown = page(client, address, language)
        assert LEADS_OFF.findall(shown) == [], address
        title = read_in(element(shown, "head title"))
        assert "Wagtail" not in title, address
        assert "Marigot" in title, address


def test_the_editor_writes_the_first_of_a_month_as_the_french_do(sign_in, finance, head):
    first = datetime(2031, 11, 1, 12, tzinfo=UTC)
    note = make_note(finance, "Dated", expire_at=first, first_published_at=first)
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])
    shown = page(sign_in(head), edit)
    assert "1er novembre 2031" in read_in(element(shown, "[data-side-panel='status']"))
    assert not re.search(r"\b1 novembre", shown)


def test_no_block_that_is_offered_has_a_preview_which_is_shut(sign_in, finance, head):
    """That of a kind of block, before there is one; the preview of the page is another."""
    assert [name for name, block in BodyBlock().child_blocks.items() if block.is_previewable] == []
    assert sign_in(head).get(reverse("wagtailadmin_block_preview")).status_code == 404


UNFRENCH = re.compile(
    r"\w'\w|[^\s] [:;?!»](?!\w)|« |\((?:e|la|tte)\)|ce/cette|workflow|[Mm]odération|[Rr]égion|"
    r"[Ee]-mail|\b[Pp]ages? enfants?|[Ee]mail|Link text|Subject|Phone number|images sélectionnés\b|"
    r"[Ss]lug|[Dd]épubli|[Pp]révisualis|\bStatu[st]\b|\b0 minute|[\w)»][:;?!»](?=\s|$)|"
    r"\d%|en masse|[Vv]isible pour|\w/(?:masquer|désactiver)|raccourcis claviers|[Nn]otification|"
    r"Date mise|[Ss]era créé\b|\b(?:Publié|Créé|Déplacé|Renommé|[Rr]ejetée?|[Pp]rogrammé)\b|"
    r"[Mm]odifications nécessaires|\bWagtail\b|\bRoot\b|\bNone\b|---"
)

# The site's own words are review, language, address and "off the site"; its quotes are round.
UNENGLISH = re.compile(
    r"workflow|moderation|\blocales?\b|\bslugs?\b|snippet|notification|\bwagtail\b|\broot\b|"
    r"\bnone\b|\bunpublish(?!ed\b)|[\"']|---",
    re.IGNORECASE,
)


# Where the editor has words that are no text of the page.
TOLD = ("title", "aria-label", "placeholder", "alt", "data-w-tooltip-content-value")
# A counter that stays hidden as long as it counts nothing, and a bar whose words a script sets.
UNREAD = "[data-side-panel-toggle-counter][hidden], .progress .bar"


def words_of(html):
    """Return what is read of a page, text by text: without its scripts and what it keeps.

    With what is read out, what a field or a pointer shows, and what a dialog will say.
    """
    soup = BeautifulSoup(html, "html.parser")
    told = [each[name] for name in TOLD for each in soup.find_all(attrs={name: True})]
    for each in [*soup(["script", "style", "svg", "textarea"]), *soup.select(UNREAD)]:
        each.decompose()
    texts = [text for text in soup.find_all(string=True) if type(text) is NavigableString]
    return [text.strip(" \t\r\n") for text in [*told, *texts]]


def addresses_of_the_editor(role, world):
    """Return each address of the manifest that shows the editor to `role`.

    Left out are what holds no words (icons, pictures, scripts) and a draft as its readers will see
    it: that is a page of the site, in its own language.
    """
    wordless = {
        *("wagtailadmin_sprite", "wagtailadmin_javascript_catalog"),
        "wagtailadmin_pages:view_draft",
        *("wagtailadmin_api:pages:listing", "wagtailadmin_api:pages:detail"),
        *("wagtailimages:preview", "wagtailimages_chooser:chosen"),
        *("wagtailimages_chooser:chosen_multiple", "wagtailadmin_choose_page_chosen_multiple"),
    }
    return {
        route.url(world)
        for route in (*routes.PAGES, *routes.IMAGES)
        if route.method == "get" and route.expect[role] == 200 and route.name not in wordless
    }


@pytest.mark.parametrize(("language", "wrongly"), [("fr", UNFRENCH), ("en", UNENGLISH)])
def test_the_editor_speaks_as_the_site_does(sign_in, language, wrongly):
    world = build_world()
    routes.build(world)
    head, author = world.people["head"], world.people["contributor"]
    waits, returned, later = (
        make_note(world.service, title, by=by, draft=True, **fields)
        for title, by, fields in (
            ("Waits", author, {}),
            ("Returned", author, {}),
            ("Later", head, {"go_live_at": timezone.now() + timedelta(days=1)}),
        )
    )
    for draft in (waits, returned):
        draft.get_workflow().start(draft, author)
    state = returned.current_workflow_task_state
    state.task.specific.on_action(state, head, "reject", comment="Say when")
    addresses = addresses_of_the_editor("head", world)
    assert {"/admin/account/", "/admin/images/multiple/add/", "/admin/pages/"} <= addresses
    addresses |= {
        reverse(f"wagtailadmin_pages:{name}", args=[draft.pk])
        for name in ("edit", "history", "workflow_history")
        for draft in (waits, returned, later)
    } | {
        reverse("wagtail_bulk_action", args=["intranet", "basepage", action])
        + f"?id={world.note.pk}&id={world.draft.pk}&next=/admin/"
        for action in ("move", "publish", "unpublish")
    }
    written = {
        reverse("wagtailadmin_pages:add", args=["intranet", "eventpage", world.section.pk]),
        reverse("wagtailadmin_pages:edit", args=[waits.pk]),
        reverse("wagtailadmin_pages:edit", args=[returned.pk]),
        reverse("wagtailadmin_account"),
    }
    wrong = []
    for person, asked in ((head, addresses), (author, written)):
        client = sign_in(person)
        for address in sorted(asked):
            html = page(client, address, language)
            wrong += [(address, words) for words in words_of(html) if wrongly.search(words)]
    assert wrong == []


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("fr", ["Affichage", "Courriels", "Densité", "Demandes de relecture"], "Thème"),
        ("en", ["Display", "E-mails", "Density", "Submissions"], "theme"),
    ],
)
def test_the_account_offers_what_takes_effect(sign_in, finance, head, language, said, unsaid):
    """Nobody comments, and light or dark is chosen on the site."""
    client = sign_in(head)
    shown = page(client, reverse("wagtailadmin_account"), language)
    words = " ".join(words_of(shown))
    assert [text for text in said if text not in words] == []
    assert unsaid not in words
    named = "[name^='notifications-'], [name^='theme-']"
    fields = {field["name"] for field in elements(shown, named)}
    assert fields == {
        *("theme-contrast", "theme-density", "theme-keyboard_shortcuts"),
        *("notifications-submitted_notifications", "notifications-approved_notifications"),
        "notifications-rejected_notifications",
    }
    sent = {"theme-contrast": "more_contrast", "theme-density": "snug"}
    assert client.post(reverse("wagtailadmin_account"), sent).status_code == 302
    profile = UserProfile.get_for_user(head)
    assert (profile.contrast, profile.density) == ("more_contrast", "snug")
    assert not profile.approved_notifications
    assert profile.updated_comments_notifications


@pytest.mark.parametrize(
    ("language", "ago", "foreign"), [("fr", "il y a", " ago"), ("en", " ago", "il y a")]
)
@pytest.mark.parametrize("action", [None, "reject"])
def test_a_review_says_how_long_ago_in_the_readers_language(
    sign_in, finance, head, language, ago, foreign, action
):
    author = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    note = make_note(finance, "Reviewed", by=author, draft=True)
    note.get_workflow().start(note, author)
    state = note.current_workflow_task_state
    hour = timezone.now() - timedelta(hours=1)
    type(state).objects.update(started_at=hour)
    if action:
        state.task.specific.on_action(state, head, action)
        type(state).objects.update(finished_at=hour)
    address = reverse("wagtailadmin_pages:edit", args=[note.pk])
    soup = BeautifulSoup(page(sign_in(author), address, language), "html.parser")
    status = soup.find(attrs={"data-side-panel": "status"}).get_text(" ")
    assert ago in status
    assert foreign not in status


def test_the_scripts_of_the_editor_are_told_their_french(sign_in, finance, head):
    script = page(sign_in(head), reverse("wagtailadmin_javascript_catalog"))
    catalogue = script.encode().decode("unicode_escape") if "\\u" in script else script
    assert "Épingler la barre d’outils" in catalogue
    assert "Chercher parmi les choix…" in catalogue
    assert "Êtes-vous sûr(e)" not in catalogue


def test_the_first_page_says_what_is_in_preparation_and_how_to_write(sign_in, finance, head):
    make_note(finance, "a-draft", draft=True)
    make_note(finance, "a-schedule", draft=True, go_live_at=timezone.now() + timedelta(days=1))
    schools = make_service("schools")
    make_note(schools, "of-theirs", draft=True)
    shown = page(sign_in(head), "/admin/")
    for text in ("a-draft", "a-schedule", "Programmée", "/write/?kind=event", "/fr/finance/"):
        assert text in shown
    assert "of-theirs" not in shown


def test_the_short_way_leads_to_every_kind_of_page(sign_in, finance, head):
    client = sign_in(head)
    for kind, model in (("note", "notepage"), ("event", "eventpage"), ("page", "plainpage")):
        answer = client.get(f"/write/?kind={kind}", headers={"accept-language": "fr"})
        assert f"/add/intranet/{model}/" in answer["Location"]
    assert client.get("/write/?kind=homepage").status_code == 404
    schools = make_service("schools", name_fr="\u00c9coles", name_en="Schools")
    make_section(schools)
    join(head, group_of(schools, Role.HEAD))
    choice = page(sign_in(head), "/write/?kind=event")
    assert choice.count("/add/intranet/eventpage/") == 2
    assert texts(choice, "main h2 a") == ["\u00c9coles", "Finances"]


def test_a_new_note_has_a_paragraph_to_write_in_and_empty_ones_are_dropped(sign_in, finance, head):
    from intranet.blocks import BodyBlock
    from intranet.models import NotePage

    section = make_section(finance)["fr"]
    client = sign_in(head)
    address = reverse("wagtailadmin_pages:add", args=["intranet", "notepage", section.pk])
    form = client.get(address).context["form"]
    assert [child.block_type for child in form["body"].value()] == ["paragraph"]
    answer = client.post(
        address,
        {
            "title": "Only a title",
            "slug": "only-a-title",
            "audience": "service",
            "date": "2026-11-22",
            "body-count": "2",
            "body-0-type": "paragraph",
            "body-0-order": "0",
            "body-0-deleted": "",
            "body-0-value": "null",
            "body-1-type": "quote",
            "body-1-order": "1",
            "body-1-deleted": "",
            "body-1-value-text": "Said",
            "body-1-value-source": "",
            "action-publish": "action-publish",
        },
    )
    assert answer.status_code == 302, answer.context["form"].errors
    note = NotePage.objects.get(title="Only a title")
    assert [child.block_type for child in note.body] == ["quote"]
    assert isinstance(note.body.stream_block, BodyBlock)


def test_an_image_goes_to_ones_only_service_unless_one_says_otherwise(sign_in, finance, head):
    client = sign_in(head)
    form = client.get(reverse("wagtailimages:add")).context["form"]
    assert form["scope"].value() == finance.scope.pk
    other = make_service("schools")
    join(head, group_of(other, Role.HEAD))
    form = sign_in(head).get(reverse("wagtailimages:add")).context["form"]
    assert form["scope"].value() is None


def test_the_icon_of_the_site_has_the_address_that_browsers_guess(client, db):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].endswith(".ico")


def test_the_editor_says_who_can_read_the_page(sign_in, finance, head):
    closed = make_note(finance, "closed")
    open_to_all = make_note(finance, "open", audience="organisation")
    client = sign_in(head)
    for note, readers in ((closed, "Finance only"), (open_to_all, "The whole organisation")):
        shown = page(client, reverse("wagtailadmin_pages:edit", args=[note.pk]), "en")
        panel = re.sub(r"\s+", " ", shown[shown.index("Who can read it:") :])[:400]
        assert readers in panel
        assert "anyone can view" not in shown


def test_the_one_other_language_is_chosen_beforehand(sign_in, finance, head):
    note = make_note(finance, "Bonjour")
    address = reverse("simple_translation:submit_page_translation", args=[note.pk])
    shown = page(sign_in(head), address)
    assert "Langues" in shown
    assert has(shown, "[name='locales'][checked]")


@pytest.mark.parametrize(("language", "said"), [("fr", "Rechercher"), ("en", "Search")])
def test_the_first_tab_of_the_pictures_is_in_the_language_of_its_reader(
    sign_in, head, language, said
):
    client = sign_in(head)
    client.cookies["marigot_language"] = language
    shown = client.get(reverse("wagtailimages_chooser:choose")).json()["html"]
    assert read_in(element(shown, "[href='#tab-search']")).split()[0] == said


@pytest.mark.parametrize("make", [make_note, make_event, make_page])
def test_the_main_button_of_what_waits_for_a_review_approves_it(sign_in, finance, head, make):
    author = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    draft = make(finance, "Reviewed", by=author, draft=True)
    edit = reverse("wagtailadmin_pages:edit", args=[draft.pk])

    def main_button(person):
        menu = sign_in(person).get(edit).context["action_menu"]
        offered = [menu.default_item.name, *(item.name for item in menu.menu_items)]
        assert ("action-publish" in offered) == (person == head)
        return offered[0]

    assert main_button(head) == "action-publish"
    draft.get_workflow().start(draft, author)
    assert main_button(head) == "approve"
    assert main_button(author) != "approve"
    state = draft.current_workflow_task_state
    state.task.specific.on_action(state, head, "reject")
    assert main_button(head) == "action-publish"


@pytest.mark.parametrize(
    ("language", "again", "draft_is", "requested", "under_review"),
    [
        ("fr", "Soumettre de nouveau", "Brouillon", "Modifications demandées", "En relecture"),
        ("en", "Submit again", "Draft", "Changes requested", "Under review"),
    ],
)
@pytest.mark.parametrize("is_live", [False, True])
def test_where_changes_are_requested_the_author_submits_again_by_the_main_button(
    sign_in, finance, head, language, again, draft_is, requested, under_review, is_live
):
    author = make_person("cal.contributor", service=finance, role=Role.CONTRIBUTOR)
    note = make_note(finance, "Reviewed", by=head if is_live else author, draft=not is_live)
    if is_live:
        note.title = "Reviewed again"
        note.save_revision(user=author)
    note.get_workflow().start(note, author)
    edit = reverse("wagtailadmin_pages:edit", args=[note.pk])

    def offered(client):
        soup = BeautifulSoup(page(client, edit, language), "html.parser")
        buttons = soup.find("footer").find_all("button", class_="button")
        texts = [" ".join(button.get_text().split()) for button in buttons]
        panel = soup.find(id="w-status-side-panel") or soup.find(
            attrs={"data-side-panel": "status"}
        )
        return texts, [text.split("\n")[0] for text in panel.stripped_strings]

    writes = sign_in(author)
    assert under_review in offered(writes)[1]
    state = note.current_workflow_task_state
    state.task.specific.on_action(state, head, "reject", comment="Le samedi ?")
    assert offered(writes)[0][0] == again
    for client in (writes, sign_in(head)):
        texts, said = offered(client)
        assert texts.count(again) == 1
        assert not [text for text in texts if "Reprendre" in text or "Restart" in text]
        assert under_review not in said
        assert draft_is in said
        assert len([text for text in said if text.startswith(requested)]) == 1
