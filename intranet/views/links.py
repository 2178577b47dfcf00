"""What is asked of whoever publishes a page whose links are not open to all it is for."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from directory.access import Level
from directory.models import User
from directory.outside import text_from_outside
from intranet.actions.links import open_documents
from intranet.links import answered
from intranet.links import closed_links as closed_links_of
from intranet.models import BasePage

_DO = ("publish", "approve")


@require_http_methods(["GET", "HEAD", "POST"])
def closed_links(request: HttpRequest, page_id: int) -> HttpResponse:
    """List the links that readers cannot follow; then publish (`?do=`), or approve.

    Field `documents`: `open` gives the readers access to the documents that the person
    manages, `leave` goes on as it is. Raises Http404 where the person may not publish it.
    """
    assert isinstance(request.user, User)  # noqa: S101  (see directory.middleware)
    pages = BasePage.objects.visible_to(request.user, Level.CONTRIBUTE)
    page: BasePage = get_object_or_404(pages, pk=page_id).get_latest_revision_as_object()
    do = text_from_outside(request.GET.get("do", "publish"), longest=20)
    if do not in _DO or not _may(request.user, page, do):
        raise Http404
    links = closed_links_of(page, request.user)
    scheduled = page.go_live_at is not None and page.go_live_at > timezone.now()
    if request.method == "POST":
        choice = text_from_outside(request.POST.get("documents"), longest=20)
        if choice not in ("open", "leave"):
            raise Http404
        try:
            if choice == "open":
                open_documents(actor=request.user, page=page, links=links)
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
            return redirect(request.get_full_path())
        with answered():
            _publish(request.user, page, do)
        words = _("“%(title)s” is published.")
        if scheduled:
            words = _("“%(title)s” will be published at the time set.")
        messages.success(request, words % {"title": page.title})
        return redirect("wagtailadmin_explore", page.get_parent().pk)
    return render(
        request,
        "intranet/closed_links.html",
        {
            "page": page,
            "page_title": _("Before it is published"),
            "links": links,
            "scheduled": scheduled,
            "to_open": [link for link in links if link.node is not None],
        },
    )


def _may(person: User, page: BasePage, do: str) -> bool:
    if do == "publish":
        return bool(page.permissions_for_user(person).can_publish())
    task = page.current_workflow_task
    return task is not None and "approve" in {
        name for name, _words, _modal in task.get_actions(page, person)
    }


def _publish(person: User, page: BasePage, do: str) -> None:
    if do == "publish":
        page.get_latest_revision().publish(user=person)
    else:
        page.current_workflow_task.on_action(page.current_workflow_task_state, person, do)
