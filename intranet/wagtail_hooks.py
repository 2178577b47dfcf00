"""What is registered with Wagtail."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail import hooks
from wagtail.admin import messages
from wagtail.admin.action_menu import ActionMenuItem
from wagtail.admin.forms import choosers
from wagtail.admin.menu import MenuItem
from wagtail.admin.ui.components import Component
from wagtail.admin.ui.sidebar import LinkMenuItem as LinkMenuItemComponent
from wagtail.admin.views.pages.edit import EditView
from wagtail.admin.views.pages.search import SearchView
from wagtail.images.forms import ImageInsertionForm
from wagtail.images.views.chooser import viewset as image_chooser

from directory.models import User
from directory.outside import text_from_outside
from directory.phrases import about
from intranet import form_keys, links, panels
from intranet.models import BasePage
from intranet.notices.actions import changes_requested, editor_of, mark_address_read
from intranet.page_forms import schedule_told
from intranet.views import moving

if TYPE_CHECKING:
    from wagtail.admin.views.pages.bulk_actions import MoveBulkAction

# What the menu of the admin keeps; the views behind all the rest are not found.
_MENU = {"explorer", "images", "site"}

# Wagtail asks for this word when it starts, and would show it to everybody in that language.
image_chooser.search_tab_label = _("Search")

# Wagtail has these in English alone, made of the names of the fields.
for form, labels in {
    choosers.ExternalLinkChooserForm: {},
    choosers.AnchorLinkChooserForm: {"url": _("Anchor")},
    choosers.PhoneLinkChooserForm: {"phone_number": _("Phone number")},
    choosers.EmailLinkChooserForm: {
        "email_address": _("E-mail address"),
        "subject": _("Subject"),
        "body": _("Message"),
    },
}.items():
    for name, label in {**labels, "link_text": _("Link text")}.items():
        form.base_fields[name].label = label

# As above: Wagtail asks for these once, and has no name for what its search lists.
ImageInsertionForm.base_fields["image_is_decorative"].label = _("Image is decorative")
ImageInsertionForm.base_fields["alt_text"].label = _("Alt text")
SearchView.verbose_name = BasePage._meta.verbose_name
SearchView.verbose_name_plural = BasePage._meta.verbose_name_plural


class BackToTheSite(MenuItem):
    """Leads to the home page in the reader's language.

    Its address must not begin those of the admin: the menu would mark it as "here".
    """

    def render_component(self, request: HttpRequest) -> LinkMenuItemComponent:
        """Return the entry for the language of the request."""
        return LinkMenuItemComponent(
            self.name, self.label, reverse("wagtail_serve", args=[""]), icon_name=self.icon_name
        )


@hooks.register("register_admin_menu_item")
def back_to_the_site() -> MenuItem:
    """Lead back from the admin to the site."""
    return BackToTheSite(_("Back to the site"), "/", name="site", icon_name="home", order=1)


@hooks.register("construct_main_menu")
def short_menu(request: HttpRequest, items: list[MenuItem]) -> None:
    """Keep the pages and the images in the menu."""
    items[:] = [item for item in items if item.name in _MENU]


@hooks.register("construct_homepage_panels")
def panels_in_sight(request: HttpRequest, shown: list[Component]) -> None:
    """Show the panels of `intranet.panels` beside Wagtail's, or in their place."""
    shown[:] = [panels.NARROWED.get(type(panel), lambda panel=panel: panel)() for panel in shown]
    shown += [panels.PreparationsPanel(), panels.SectionsPanel()]


@hooks.register("construct_page_action_menu")
def plain_actions(
    items: list[ActionMenuItem], request: HttpRequest, context: Mapping[str, BasePage | None]
) -> None:
    """Offer before anything else to approve what waits for a review, else to publish.

    Whoever may not publish is offered first to submit again what changes were requested to.
    Wagtail's "restart" is offered beside that alone, and differs from it by nothing here: a
    review has one step.
    """
    items[:] = [item for item in items if item.name != "action-restart-workflow"]
    page = context.get("page") or context.get("parent_page")
    if page is None:
        return
    first = []
    if page.permissions_for_user(request.user).can_publish():
        first = ["approve", "action-publish"]
    elif context["view"] == "edit" and changes_requested(page) is not None:
        first = ["action-submit"]
    for name in first:
        found = next((item for item in items if item.name == name), None)
        if found is not None:
            items.remove(found)
            items.insert(0, found)
            return


@hooks.register("before_edit_page")
def read_where_it_leads(request: HttpRequest, page: BasePage) -> None:
    """Take what leads to the editor of a page as read, by whichever way somebody came there."""
    if request.method == "GET" and isinstance(request.user, User):
        mark_address_read(actor=request.user, url=editor_of(page.pk))


@hooks.register("before_edit_page")
def say_what_is_asked_for(request: HttpRequest, page: BasePage) -> None:
    """Show the remark of whoever sent a draft back over it, until it is submitted again.

    The notice that brings its author here counts as read from then on, and is easily gone.
    """
    review = changes_requested(page) if request.method == "GET" else None
    if review is None:
        return
    step = review.current_task_state
    if step.comment:
        words = gettext("Changes requested by %(name)s: %(remark)s")
    else:
        words = gettext("Changes requested by %(name)s.")
    messages.warning(request, words % {"name": step.finished_by or "–", "remark": step.comment})


@hooks.register("before_edit_page")
def say_what_is_wrong_with_the_schedule(request: HttpRequest, page: BasePage) -> None:
    """Tell what a draft keeps of a schedule that cannot be: its fields are in a closed dialog."""
    if request.method == "GET":
        for name, words in schedule_told(page).items():
            label = capfirst(page._meta.get_field(name).verbose_name)
            messages.warning(request, about(label, words))


@hooks.register("after_edit_page")
def say_what_came_of_the_review(request: HttpRequest, page: BasePage) -> None:
    """Tell reviewers what their decision did; Wagtail says of either that the page is updated."""
    decision = text_from_outside(request.POST.get("workflow-action-name"), longest=40)
    if not request.POST.get("action-workflow-action") or decision not in ("approve", "reject"):
        return
    # Both are looked up: the review may have ended otherwise while its page was open.
    if decision == "reject":
        review = changes_requested(page)
        if review is not None:
            words = gettext("Changes requested from %(name)s.")
            messages.success(request, words % {"name": review.requested_by or "–"})
    elif BasePage._base_manager.filter(
        pk=page.pk, live=True, has_unpublished_changes=False
    ).exists():
        messages.success(request, gettext("It is published."))


@hooks.register("before_create_page")
def one_page_of_a_form(
    request: HttpRequest, parent: BasePage, kind: type[Model]
) -> HttpResponseBase | None:
    """Have a form that has made its page edit that page, with the rights which that asks for.

    An autosave alone is refused: it was typed before what made the page, or does not know of
    it, and must not be laid over it unasked.
    """
    number = form_keys.page_begun_by(request, parent, kind) if request.method == "POST" else None
    if number is None:
        return None
    sent = request.POST.copy()
    sent["loaded_revision_id"] = "0"  # the form was opened on no version of the page
    request.POST = sent  # type: ignore[assignment]
    return EditView.as_view()(request, number)


@hooks.register("before_publish_page")
def ask_about_links(request: HttpRequest, page: BasePage) -> None:
    """Have whoever publishes asked about links that readers cannot follow; see the gate."""
    links.ask(page)


@hooks.register("before_move_page")
def ask_about_readers(
    request: HttpRequest, page: BasePage, destination: BasePage
) -> HttpResponse | None:
    """Have whoever moves a page asked about its readers, in the place of "are you sure"."""
    return moving.asking(request, [page], destination)


@hooks.register("before_bulk_action")
def ask_about_readers_of_several(
    request: HttpRequest, action_type: str, objects: Iterable[BasePage], action: MoveBulkAction
) -> HttpResponse | None:
    """Have whoever moves several pages asked about their readers."""
    if action_type != "move" or not issubclass(action.model, BasePage):
        return None
    parent = action.cleaned_form.cleaned_data["chooser"]
    return moving.asking(request, [page.specific for page in objects], parent)


@hooks.register("insert_global_admin_css")
def own_style() -> str:
    """Give the admin the site's colours."""
    return format_html('<link rel="stylesheet" href="{}">', static("intranet/admin.css"))


@hooks.register("insert_global_admin_js")
def own_appearance() -> str:
    """Show the admin light or dark as the person chose for the site."""
    return format_html('<script src="{}"></script>', static("intranet/admin.js"))
