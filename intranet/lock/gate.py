"""The gate before every view of Wagtail's, on the site and in its admin.

A view behind it sees only what its person may know of, and writes in one transaction with
the journal. In the admin only the views that are named here exist, and only for people
who edit a page; all else is not found. A view whose address names a model or an action
exists for those that are named with it (`MEANT`), and for no others. What is sent to it
is taken in after that.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.urls import resolve, reverse
from django.utils.datastructures import MultiValueDictKeyError
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from wagtail import hooks
from wagtail.images.models import SourceImageIOError

from directory import journal
from directory.access import Level
from directory.models import User
from directory.outside import number_from_outside
from documents.uploads import asks_for_its_body
from intranet import sending
from intranet.links import ClosedLinksError, closed_links
from intranet.lock.permissions import is_editor, plain
from intranet.lock.viewing import looking_as
from intranet.models import BasePage
from intranet.page_forms import PageForm
from intranet.parameters import of_this_site, require_sense_of_address, require_sense_of_form
from intranet.pictures.preparing import brought_by, prepared
from intranet.readiness import NotReadyError

_View = Callable[..., HttpResponseBase]

# Views that serve the admin's own parts and hold nothing of anybody's.
PARTS = {"wagtailadmin_sprite", "wagtailadmin_javascript_catalog", "wagtailadmin_login"}

# The views of the admin that exist, by name (namespaces joined by ":"). What is not named here
# is not found: accounts, groups, sites, collections, documents, tags, reports, workflows'
# setting up, privacy, password resets, whatever a later Wagtail may bring.
OPEN = {
    "wagtailadmin_home",
    "wagtailadmin_explore_root",
    "wagtailadmin_explore",
    "wagtailadmin_explore_results",
    "wagtail_bulk_action",
    "wagtailadmin_choose_page",
    "wagtailadmin_choose_page_child",
    "wagtailadmin_choose_page_search",
    "wagtailadmin_choose_page_chosen_multiple",
    "wagtailadmin_choose_page_external_link",
    "wagtailadmin_choose_page_email_link",
    "wagtailadmin_choose_page_phone_link",
    "wagtailadmin_choose_page_anchor_link",
    "wagtailadmin_account",
    "wagtailadmin_logout",
    "wagtailadmin_page_links",
    "wagtailadmin_page_moving",
    "wagtailadmin_editing_sessions:ping",
    "wagtailadmin_editing_sessions:release",
    "wagtailadmin_pages:add",
    "wagtailadmin_pages:preview_on_add",
    "wagtailadmin_pages:usage",
    "wagtailadmin_pages:edit",
    "wagtailadmin_pages:preview_on_edit",
    "wagtailadmin_pages:view_draft",
    "wagtailadmin_pages:add_subpage",
    "wagtailadmin_pages:delete",
    "wagtailadmin_pages:unpublish",
    "wagtailadmin_pages:search",
    "wagtailadmin_pages:search_results",
    "wagtailadmin_pages:move",
    "wagtailadmin_pages:move_confirm",
    "wagtailadmin_pages:set_page_position",
    "wagtailadmin_pages:copy",
    "wagtailadmin_pages:workflow_action",
    "wagtailadmin_pages:collect_workflow_action_data",
    "wagtailadmin_pages:confirm_workflow_cancellation",
    "wagtailadmin_pages:workflow_preview",
    "wagtailadmin_pages:workflow_history",
    "wagtailadmin_pages:workflow_history_detail",
    "wagtailadmin_pages:lock",
    "wagtailadmin_pages:unlock",
    "wagtailadmin_pages:revisions_index",
    "wagtailadmin_pages:revisions_view",
    "wagtailadmin_pages:revisions_revert",
    "wagtailadmin_pages:revisions_unschedule",
    "wagtailadmin_pages:revisions_compare",
    "wagtailadmin_pages:history",
    "wagtailadmin_pages:history_results",
    "wagtailadmin_api:pages:listing",
    "wagtailadmin_api:pages:detail",
    "simple_translation:submit_page_translation",
    "wagtailimages:index",
    "wagtailimages:index_results",
    "wagtailimages:add",
    "wagtailimages:add_multiple",
    "wagtailimages:create_multiple_from_uploaded_image",
    "wagtailimages:edit",
    "wagtailimages:edit_multiple",
    "wagtailimages:delete",
    "wagtailimages:delete_multiple",
    "wagtailimages:delete_upload_multiple",
    "wagtailimages:image_usage",
    "wagtailimages_chooser:choose",
    "wagtailimages_chooser:choose_results",
    "wagtailimages_chooser:chosen",
    "wagtailimages_chooser:chosen_multiple",
    "wagtailimages_chooser:create",
    "wagtailimages_chooser:select_format",
} | PARTS

_WRITTEN: set[tuple[str, ...]] = {
    ("intranet", kind) for kind in ("notepage", "eventpage", "plainpage")
}
_EDITED: set[tuple[str, ...]] = {("intranet", "basepage")}  # as the editor names every page
_REVIEW: set[tuple[str, ...]] = {("approve",), ("reject",)}

# What the address of a view may name, in the order of `_NAMES`: generic views take any model
# and any action that some app has registered, those of accounts and groups among them.
MEANT: dict[str, set[tuple[str, ...]]] = {
    "wagtail_bulk_action": {
        ("intranet", "basepage", "delete"),
        ("intranet", "basepage", "move"),
        ("intranet", "basepage", "publish"),
        ("intranet", "basepage", "unpublish"),
        ("intranet", "siteimage", "delete"),
    },
    "wagtailadmin_pages:add": _WRITTEN,
    "wagtailadmin_pages:preview_on_add": _WRITTEN,
    "wagtailadmin_pages:workflow_action": _REVIEW,
    "wagtailadmin_pages:collect_workflow_action_data": _REVIEW,
    "wagtailadmin_editing_sessions:ping": _EDITED,
}

# The arguments of an address that name an app, a model or an action. One of another name that
# is not known to be a key is refused by a test.
_NAMES = (
    "app_label",
    "app_name",
    "content_type_app_name",
    "model_name",
    "content_type_model_name",
    "action",
    "action_name",
)

# The buttons of the editor that publish.
_PUBLISHING = {"action-publish", "action-workflow-action"}

# In these the page that the address names is one that the person edits.
_EDITING = {"wagtailadmin_pages", "simple_translation"}


def through_the_gate(view: _View) -> _View:
    """Decorate a view of Wagtail's admin."""

    # Django's check of the token reads the form, and so comes second.
    @asks_for_its_body
    @csrf_exempt
    @functools.wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        match = request.resolver_match
        name = match.view_name if match else ""
        if name not in OPEN or not is_meant(name, kwargs) or not is_editor(request.user):
            raise Http404
        require_sense_of_address(
            request, {**kwargs, **{str(n): value for n, value in enumerate(args)}}
        )
        request.GET = of_this_site(request.GET)  # type: ignore[assignment]
        request.user = plain(request.user)
        with looking_as(request.user):
            if match and _EDITING.intersection(match.namespaces):
                _require_edited(
                    request, {**kwargs, **{str(n): value for n, value in enumerate(args)}}
                )
            if (wanted := sending.ask(request, name, kwargs)) is not None:
                return wanted
            return _inside(request, view, args, kwargs)

    return gate


@csrf_protect
def _inside(
    request: HttpRequest, view: _View, args: tuple[object, ...], kwargs: dict[str, object]
) -> HttpResponseBase:
    """Call a view of the admin that the person may enter, with all that was sent."""
    require_sense_of_form(request)
    try:
        return _answer(view, request, *args, **kwargs)
    except (PermissionDenied, SourceImageIOError) as error:
        raise Http404 from error
    except MultiValueDictKeyError as error:
        # A field without which Wagtail's own forms are never sent.
        raise BadRequest from error
    except NotReadyError as error:
        # What was under way is taken back, the draft is as it was.
        messages.error(request, " ".join(error.messages))
        return redirect("wagtailadmin_pages:edit", error.page.pk)
    except ClosedLinksError as error:
        return _asking(view, request, error.page, *args, **kwargs)


def is_meant(view: str, arguments: dict[str, object]) -> bool:
    """Tell whether the models and actions that an address of `view` names are meant there."""
    named = tuple(arguments[name] for name in _NAMES if name in arguments)
    return not named or named in MEANT.get(view, ())


def offer_what_is_meant() -> None:
    """Take from the bulk actions the models that they are not meant for.

    Offered below a list, what the gate does not let through would lead nowhere. To be called
    before any view of the admin is asked for: Wagtail registers them then.
    """
    for action in hooks.get_hooks("register_bulk_action"):
        action.models = [
            model
            for model in action.models
            if (model._meta.app_label, model._meta.model_name, action.action_type)
            in MEANT["wagtail_bulk_action"]
        ]


def seen_by_the_reader(view: _View) -> _View:
    """Decorate a view of Wagtail's site."""

    @functools.wraps(view)
    def gate(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        with looking_as(request.user):
            return _rendered(view(request, *args, **kwargs))

    return gate


def _require_edited(request: HttpRequest, arguments: Mapping[str, object]) -> None:
    """Raise Http404 unless every page that the address names is one that the person edits.

    A published page of another service may be read, and linked to; its editor, history and
    the rest answer as if there were no such page.
    """
    named = {
        number_from_outside(value)
        for key, value in arguments.items()
        if key in ("page_id", "parent_page_id", "page_to_move_id", "destination_id", "pk")
    }
    if named and BasePage.objects.filter(pk__in=named).visible_to(
        request.user, Level.CONTRIBUTE
    ).count() != len(named):
        raise Http404


def _answer(view: _View, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return _rendered(view(request, *args, **kwargs))
    # Pictures are decoded before the transaction, which every other write waits for.
    with prepared(brought_by(request)):
        with journal.transaction():
            response = view(request, *args, **kwargs)
        _tell_of_links(request, response)
        return _rendered(response)


def _tell_of_links(request: HttpRequest, response: HttpResponseBase) -> None:
    """Tell beside the errors of a form what will be asked once they are corrected."""
    form = (getattr(response, "context_data", None) or {}).get("form")
    if isinstance(form, PageForm) and form.errors and form.publishes:
        assert isinstance(request.user, User)  # noqa: S101  (see directory.middleware)
        links = closed_links(form.as_sent(), request.user)
        if links:
            messages.warning(request, render_to_string("intranet/links_too.html", {"links": links}))


def _asking(
    view: _View, request: HttpRequest, page: BasePage, *args: object, **kwargs: object
) -> HttpResponseBase:
    """Ask about the links of `page`, which somebody publishes; nothing that was typed is lost.

    What the view did is taken back. Where it was a form, the same form is kept as a draft.
    """
    asked = request.POST
    approves = "action-workflow-action" in asked or kwargs.get("action_name") == "approve"
    number = page.pk
    if _PUBLISHING.intersection(asked):
        draft = asked.copy()
        for action in _PUBLISHING:
            draft.pop(action, None)
        request.POST = draft  # type: ignore[assignment]
        kept = _answer(view, request, *args, **kwargs)
        if kept.status_code != HTTPStatus.FOUND:
            return kept
        # A new page has its number only now.
        number = resolve(urlsplit(kept.headers["Location"]).path).kwargs["page_id"]
    address = reverse("wagtailadmin_page_links", args=[number])
    return redirect(f"{address}?do={'approve' if approves else 'publish'}")


def _rendered(response: HttpResponseBase) -> HttpResponseBase:
    """Render the answer here: outside, its queries would see everything."""
    render = getattr(response, "render", None)
    return render() if callable(render) else response
