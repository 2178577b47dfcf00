"""The addresses of the site's pages, and all of those of Wagtail's admin."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from intranet.actions.notes import draft_page, publish_page
from intranet.actions.sections import ensure_section
from intranet.models import EventPage, NotePage, PlainPage
from tests.intranet.factories import make_image, paragraph
from tests.intranet.test_admin_writing import form
from tests.leaks.hostile_blocks import KINDS, sent
from tests.leaks.route import Route, expect
from tests.leaks.world import SECRET, World

# Whoever edits any page; whoever edits the service's.
EDITORS = expect(404, contributor=200, head=200, outsider=200)
OWN = expect(404, contributor=200, head=200)
HEAD = expect(404, head=200)
CLOSED = expect(404)


def build(world: World) -> None:
    """Add sections to both services, and to the one with secrets pages and an image."""
    world.section = ensure_section(world.service, actor=None)["fr"]
    ensure_section(world.other_service, actor=None)
    head = world.people["head"]
    common = {"actor": head, "service": world.service, "body": paragraph(f"{SECRET} text")}
    world.note = publish_page(NotePage, title=f"{SECRET} note", **common)
    world.draft = draft_page(NotePage, title=f"{SECRET} draft", audience="organisation", **common)
    world.event = publish_page(
        EventPage, title=f"{SECRET} event", start=timezone.now(), place_name=SECRET, **common
    )
    world.page = publish_page(PlainPage, title=f"{SECRET} page", **common)
    world.open_note = publish_page(
        NotePage, actor=head, service=world.service, title="Open to all", audience="organisation"
    )
    world.image = make_image(world.service.scope, f"{SECRET} image")
    world.rendition = world.image.get_rendition("width-20")


def at(name: str, *of: str) -> Callable[[World], str]:
    """The address of the view `name` with the primary keys of the world's objects `of`."""

    def address(world: World) -> str:
        return reverse(name, args=[getattr(world, each).pk for each in of])

    return address


def page(
    name: str,
    expected: dict[str, int] = OWN,
    of: str = "note",
    method: str = "get",
    data: dict[str, str] | None = None,
) -> Route:
    name = f"wagtailadmin_pages:{name}"
    return Route(name, at(name, of), expected, method, data)


def revision(name: str, expected: dict[str, int] = OWN) -> Route:
    name = f"wagtailadmin_pages:{name}"
    return Route(
        name,
        lambda w: reverse(name, args=[w.note.pk, w.note.get_latest_revision().pk]),
        expected,
    )


# A page as its editor sends it, with a block of each kind.
WRITTEN = form("Written") | sent(*KINDS)
SAVED = expect(404, contributor=302, head=302)


SITE = [
    Route("intranet:front_door", at("intranet:front_door"), expect(302)),
    Route(
        "intranet:write", at("intranet:write"), expect(404, outsider=302, contributor=302, head=302)
    ),
    *(
        Route(f"intranet:{name}", at(f"intranet:{name}"), expect(200))
        for name in ("notes", "events", "services", "to_review")
    ),
    Route("intranet:events", lambda w: reverse("intranet:events") + "?show=past", expect(200)),
    Route(
        "intranet:image",
        lambda w: w.rendition.url,
        expect(404, member=200, contributor=200, head=200),
    ),
    Route(
        "intranet:image",
        lambda w: w.image.file.url,
        expect(404, member=200, contributor=200, head=200),
    ),
    Route("intranet:image", lambda w: "/images/images/nothing.png", CLOSED),
    Route("wagtail_serve", lambda w: "/fr/", expect(200)),
    Route("wagtail_serve", lambda w: "/en/", expect(200)),
    Route("wagtail_serve", lambda w: w.section.address_own, expect(200, stranger=404)),
    Route("wagtail_serve", lambda w: w.open_note.address_own, expect(200, stranger=404)),
    Route("wagtail_serve", lambda w: w.draft.address_own, CLOSED),
    Route("wagtail_serve", lambda w: "/fr/nowhere/", CLOSED),
    *(
        Route(
            "wagtail_serve",
            lambda w, kind=kind, tail=tail: getattr(w, kind).address_in(tail[0]) + tail[1],
            expect(404, member=200, contributor=200, head=200),
        )
        for kind in ("note", "event", "page")
        for tail in (("fr", ""), ("en", ""))
    ),
    Route(
        "wagtail_serve",
        lambda w: f"{w.event.address_own}?ics",
        expect(404, member=200, contributor=200, head=200),
    ),
]

PAGES = [
    Route("wagtailadmin_home", at("wagtailadmin_home"), EDITORS),
    Route("wagtailadmin_explore_root", at("wagtailadmin_explore_root"), EDITORS),
    Route("wagtailadmin_explore", at("wagtailadmin_explore", "section"), EDITORS),
    Route("wagtailadmin_explore", at("wagtailadmin_explore", "note"), OWN),
    Route("wagtailadmin_explore_results", at("wagtailadmin_explore_results", "section"), EDITORS),
    Route("wagtailadmin_choose_page", at("wagtailadmin_choose_page"), EDITORS),
    Route(
        "wagtailadmin_choose_page_child", at("wagtailadmin_choose_page_child", "section"), EDITORS
    ),
    Route("wagtailadmin_choose_page_child", at("wagtailadmin_choose_page_child", "note"), OWN),
    Route(
        "wagtailadmin_choose_page_search",
        lambda w: reverse("wagtailadmin_choose_page_search") + "?q=note",
        EDITORS,
    ),
    Route(
        "wagtailadmin_choose_page_chosen_multiple",
        lambda w: f"{reverse('wagtailadmin_choose_page_chosen_multiple')}?id={w.note.pk}",
        EDITORS,
    ),
    *(
        Route(f"wagtailadmin_choose_page_{kind}", at(f"wagtailadmin_choose_page_{kind}"), EDITORS)
        for kind in ("external_link", "email_link", "phone_link", "anchor_link")
    ),
    Route(
        "wagtail_bulk_action",
        lambda w: (
            reverse("wagtail_bulk_action", args=["intranet", "basepage", "delete"])
            + f"?id={w.note.pk}&id={w.draft.pk}&next=/admin/"
        ),
        OWN,
    ),
    Route(
        "wagtail_bulk_action",
        lambda w: (
            reverse("wagtail_bulk_action", args=["intranet", "siteimage", "delete"])
            + f"?id={w.image.pk}&next=/admin/"
        ),
        OWN,
    ),
    Route(
        "wagtailadmin_pages:add",
        lambda w: reverse("wagtailadmin_pages:add", args=["intranet", "notepage", w.section.pk]),
        OWN,
    ),
    Route(
        "wagtailadmin_pages:add",
        lambda w: reverse("wagtailadmin_pages:add", args=["intranet", "notepage", w.section.pk]),
        SAVED,
        "post",
        WRITTEN,
    ),
    Route(
        "wagtailadmin_pages:preview_on_add",
        lambda w: reverse(
            "wagtailadmin_pages:preview_on_add", args=["intranet", "notepage", w.section.pk]
        ),
        OWN,
        "post",
        WRITTEN,
    ),
    Route(
        "wagtailadmin_page_moving",
        lambda w: reverse("wagtailadmin_page_moving", args=[w.section.pk]) + f"?id={w.note.pk}",
        HEAD,
    ),
    Route("wagtailadmin_page_links", at("wagtailadmin_page_links", "note"), HEAD),
    page("usage"),
    page("edit"),
    page("edit", of="draft"),
    page("edit", SAVED, method="post", data=WRITTEN),
    page("preview_on_edit", method="post", data=WRITTEN),
    page("view_draft"),
    page("view_draft", of="draft"),
    page("add_subpage", of="section"),
    page("delete", expect(404, contributor=302, head=200)),
    page("unpublish", expect(404, contributor=302, head=200)),
    Route(
        "wagtailadmin_pages:search",
        lambda w: f"{reverse('wagtailadmin_pages:search')}?q=note",
        EDITORS,
    ),
    Route(
        "wagtailadmin_pages:search_results",
        lambda w: f"{reverse('wagtailadmin_pages:search_results')}?q=note",
        EDITORS,
    ),
    page("move", expect(404, contributor=302, head=200)),
    Route(
        "wagtailadmin_pages:move_confirm",
        at("wagtailadmin_pages:move_confirm", "note", "section"),
        expect(404, contributor=302, head=302),
        "post",
    ),
    page("set_page_position", expect(404, contributor=302, head=200), method="post"),
    page("copy"),
    page("lock", expect(404, contributor=302, head=302), method="post"),
    page("unlock", expect(404, contributor=302, head=302), method="post"),
    page("revisions_index", expect(404, contributor=302, head=302)),
    revision("revisions_view"),
    revision("revisions_revert"),
    revision("revisions_unschedule", expect(404, contributor=302, head=200)),
    Route(
        "wagtailadmin_pages:revisions_compare",
        lambda w: reverse(
            "wagtailadmin_pages:revisions_compare", args=[w.note.pk, "earliest", "latest"]
        ),
        OWN,
    ),
    page("workflow_history"),
    page("history"),
    page("history_results"),
    page("confirm_workflow_cancellation"),
    Route(
        "wagtailadmin_pages:workflow_preview",
        lambda w: reverse("wagtailadmin_pages:workflow_preview", args=[w.note.pk, 1]),
        expect(404, contributor=302, head=302),
    ),
    *(
        Route(
            f"wagtailadmin_pages:{name}",
            lambda w, name=name, rest=rest: reverse(
                f"wagtailadmin_pages:{name}", args=[w.note.pk, *rest]
            ),
            CLOSED,  # there is no workflow under way to act upon
        )
        for name, rest in (
            ("workflow_action", ("approve", 1)),
            ("collect_workflow_action_data", ("approve", 1)),
            ("workflow_history_detail", (1,)),
        )
    ),
    Route(
        "wagtailadmin_api:pages:listing",
        lambda w: f"{reverse('wagtailadmin_api:pages:listing')}?child_of={w.section.pk}",
        expect(404, contributor=200, head=200, outsider=400),
    ),
    Route("wagtailadmin_api:pages:detail", at("wagtailadmin_api:pages:detail", "note"), OWN),
    Route(
        "simple_translation:submit_page_translation",
        at("simple_translation:submit_page_translation", "note"),
        OWN,
    ),
    Route("wagtailadmin_account", at("wagtailadmin_account"), EDITORS),
    Route("wagtailadmin_dismissibles", at("wagtailadmin_dismissibles"), CLOSED, "patch"),
    Route(
        "wagtailadmin_logout",
        at("wagtailadmin_logout"),
        expect(404, contributor=302, head=302, outsider=302),
        "post",
    ),
    Route(
        "wagtailadmin_login",
        at("wagtailadmin_login"),
        expect(404, contributor=302, head=302, outsider=302),
    ),
    Route("wagtailadmin_sprite", at("wagtailadmin_sprite"), EDITORS),
    Route("wagtailadmin_javascript_catalog", at("wagtailadmin_javascript_catalog"), EDITORS),
    Route(
        "wagtailadmin_editing_sessions:ping",
        lambda w: reverse(
            "wagtailadmin_editing_sessions:ping", args=["intranet", "basepage", w.note.pk, 999]
        ),
        OWN,
        "post",
    ),
    Route(
        "wagtailadmin_editing_sessions:release",
        lambda w: reverse("wagtailadmin_editing_sessions:release", args=[999]),
        EDITORS,
        "post",
    ),
]


def image(name: str, *rest: object, expected: dict[str, int] = OWN, method: str = "get") -> Route:
    return Route(name, lambda w: reverse(name, args=[w.image.pk, *rest]), expected, method)


IMAGES = [
    Route("wagtailimages:index", at("wagtailimages:index"), EDITORS),
    Route("wagtailimages:index_results", at("wagtailimages:index_results"), EDITORS),
    Route("wagtailimages:add", at("wagtailimages:add"), EDITORS),
    Route("wagtailimages:add_multiple", at("wagtailimages:add_multiple"), EDITORS),
    image("wagtailimages:edit"),
    image("wagtailimages:delete", expected=expect(404, contributor=302, head=200)),
    image("wagtailimages:image_usage"),
    image(
        "wagtailimages:edit_multiple",
        expected=expect(404, contributor=200, head=200),
        method="post",
    ),
    image(
        "wagtailimages:delete_multiple",
        expected=expect(404, contributor=302, head=200),
        method="post",
    ),
    *(
        Route(name, lambda w, name=name: reverse(name, args=[1]), CLOSED, "post")
        for name in (
            "wagtailimages:create_multiple_from_uploaded_image",
            "wagtailimages:delete_upload_multiple",
        )
    ),
    Route("wagtailimages_chooser:choose", at("wagtailimages_chooser:choose"), EDITORS),
    Route(
        "wagtailimages_chooser:choose_results", at("wagtailimages_chooser:choose_results"), EDITORS
    ),
    image("wagtailimages_chooser:chosen"),
    Route(
        "wagtailimages_chooser:chosen_multiple",
        lambda w: f"{reverse('wagtailimages_chooser:chosen_multiple')}?id={w.image.pk}",
        EDITORS,
    ),
    Route("wagtailimages_chooser:create", at("wagtailimages_chooser:create"), EDITORS),
    image("wagtailimages_chooser:select_format"),
]

# What of Wagtail's is not there for anybody.
SHUT = """
admin/^.*/$ admin/test404/
simple_translation:submit_snippet_translation
wagtailadmin_api:documents:detail wagtailadmin_api:documents:find wagtailadmin_api:documents:listing
wagtailadmin_api:images:detail wagtailadmin_api:images:find wagtailadmin_api:images:listing
wagtailadmin_api:pages:action wagtailadmin_api:pages:find
wagtailadmin_block_preview
wagtailadmin_collections:add wagtailadmin_collections:delete wagtailadmin_collections:edit
wagtailadmin_collections:index wagtailadmin_collections:set_privacy
wagtailadmin_error_test
wagtailadmin_pages:choose_parent wagtailadmin_pages:convert_alias wagtailadmin_pages:set_privacy
wagtailadmin_pages:type_use wagtailadmin_pages:type_use_results
wagtailadmin_password_reset wagtailadmin_password_reset_complete
wagtailadmin_password_reset_confirm wagtailadmin_password_reset_done
wagtailadmin_reports:aging_pages wagtailadmin_reports:aging_pages_results
wagtailadmin_reports:locked_pages wagtailadmin_reports:locked_pages_results
wagtailadmin_reports:page_types_usage wagtailadmin_reports:page_types_usage_results
wagtailadmin_reports:site_history wagtailadmin_reports:site_history_results
wagtailadmin_reports:workflow wagtailadmin_reports:workflow_results
wagtailadmin_reports:workflow_tasks wagtailadmin_reports:workflow_tasks_results
wagtailadmin_tag_autocomplete wagtailadmin_tag_model_autocomplete
wagtailadmin_workflows:add wagtailadmin_workflows:add_task wagtailadmin_workflows:disable
wagtailadmin_workflows:disable_task wagtailadmin_workflows:edit wagtailadmin_workflows:edit_task
wagtailadmin_workflows:enable wagtailadmin_workflows:enable_task wagtailadmin_workflows:index
wagtailadmin_workflows:index_results wagtailadmin_workflows:remove
wagtailadmin_workflows:select_task_type wagtailadmin_workflows:task_chooser
wagtailadmin_workflows:task_chooser_create wagtailadmin_workflows:task_chooser_results
wagtailadmin_workflows:task_chosen wagtailadmin_workflows:task_index
wagtailadmin_workflows:task_index_results wagtailadmin_workflows:usage
wagtailadmin_workflows:usage_results
wagtaildocs:add wagtaildocs:add_multiple wagtaildocs:create_multiple_from_uploaded_document
wagtaildocs:delete wagtaildocs:delete_multiple wagtaildocs:delete_upload_multiple
wagtaildocs:document_usage wagtaildocs:edit wagtaildocs:edit_multiple wagtaildocs:index
wagtaildocs:index_results wagtaildocs_chooser:choose wagtaildocs_chooser:choose_results
wagtaildocs_chooser:chosen wagtaildocs_chooser:chosen_multiple wagtaildocs_chooser:create
wagtailembeds:chooser wagtailembeds:chooser_upload
wagtailimages:preview wagtailimages:url_generator wagtailimages:url_generator_output
wagtaillocales:add wagtaillocales:delete wagtaillocales:edit wagtaillocales:history
wagtaillocales:history_results wagtaillocales:index wagtaillocales:index_results
wagtaillocales:usage
wagtailsettings:edit wagtailsettings:preview_on_edit
wagtailsites:add wagtailsites:copy wagtailsites:delete wagtailsites:edit wagtailsites:history
wagtailsites:history_results wagtailsites:index wagtailsites:index_results wagtailsites:usage
wagtailsnippets:index
wagtailusers_groups:add wagtailusers_groups:delete wagtailusers_groups:edit
wagtailusers_groups:history wagtailusers_groups:history_results wagtailusers_groups:index
wagtailusers_groups:index_results wagtailusers_groups:usage
wagtailusers_users:add wagtailusers_users:copy wagtailusers_users:delete wagtailusers_users:edit
wagtailusers_users:history wagtailusers_users:history_results wagtailusers_users:index
wagtailusers_users:index_results wagtailusers_users:usage
""".split()  # noqa: SIM905


def closed(name: str) -> Route:
    """A view that is not found; asked for with the first page, or any word, as arguments."""

    def address(world: World) -> str:
        if name.startswith("admin/"):
            return "/admin/test404/" if "404" in name else "/admin/no-such-thing/"
        for arguments in ARGUMENTS:
            try:
                return reverse(name, args=[world.note.pk if a == "pk" else a for a in arguments])
            except NoReverseMatch:
                continue
        raise AssertionError(f"no arguments fit {name}")

    return Route(name, address, CLOSED)


ARGUMENTS: list[tuple[object, ...]] = [
    (),
    ("pk",),
    ("intranet", "notepage"),
    ("intranet", "notepage", "pk"),
    ("pk", "copy"),
    ("pk", 1),
    ("Mg", "set-password"),
]

ROUTES = [*SITE, *PAGES, *IMAGES, *(closed(name) for name in SHUT)]
