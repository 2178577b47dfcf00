"""Sending notices, and taking them back."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language_info, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from directory import access
from directory.access import Level
from directory.labels import names_of
from directory.outside import text_from_outside
from intranet.links import closed_at
from intranet.notices.actions import publish_notice, withdraw_notice
from intranet.notices.forms import AUDIENCES, NoticeForm
from intranet.notices.models import Notice, NoticeKind
from intranet.notices.querysets import may_send, reach

from . import person_of

PER_PAGE = 20


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a notice, see it with the number of people it reaches, and send it."""
    if not may_send(request.user):
        raise Http404
    form = NoticeForm(request.POST or None, person=person_of(request))
    step = text_from_outside(request.POST.get("step"), longest=20)
    if request.method != "POST" or step == "edit" or not form.is_valid():
        status = 422 if request.method == "POST" and step != "edit" else 200
        return render(request, "notices/new.html", {"form": form}, status=status)
    access.require(request.user, Level.MANAGE, form.scope)
    people = reach(scope=form.scope, audiences=form.audiences).count()
    if step != "send":
        closed = None
        if url := form.cleaned_data["url"]:
            closed = closed_at(url, scope=form.scope, person=person_of(request))
        return render(request, "notices/preview.html", _preview(form, people) | {"closed": closed})
    publish_notice(
        actor=person_of(request),
        kind=NoticeKind.MESSAGE,
        scope=form.scope,
        audiences=form.audiences,
        url=form.cleaned_data["url"],
        expires_at=form.expires_at,
        **{name: form.cleaned_data[name] for name in _TEXTS},
    )
    messages.success(
        request,
        ngettext(
            "The notice is published. It reaches %(count)d person.",
            "The notice is published. It reaches %(count)d people.",
            people,
        )
        % {"count": people},
    )
    return redirect("notices:sent")


_TEXTS = ("title_fr", "body_fr", "title_en", "body_en")


def _preview(form: NoticeForm, people: int) -> dict[str, object]:
    data = form.cleaned_data
    return {
        "form": form,
        "people": people,
        "versions": [
            {
                "language": language,
                "name": get_language_info(language)["name_translated"],
                "title": data[f"title_{language}"],
                "body": data[f"body_{language}"],
            }
            for language in ("fr", "en")
            if data[f"title_{language}"]
        ],
        "audience": dict(AUDIENCES)[data["audience"]],
        "url": data["url"],
        "last_day": data["last_day"],
    }


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """Show the notices of the services that the person heads."""
    if not may_send(request.user):
        raise Http404
    rows = (
        Notice.objects.managed_by(request.user)
        .select_related("author", "scope")
        .prefetch_related("audiences")
    )
    page = Paginator(rows.order_by("-sequence"), PER_PAGE).get_page(request.GET.get("page"))
    names = names_of(notice.scope for notice in page.object_list)
    lines = [(notice, names[notice.scope_id]) for notice in page.object_list]
    return render(request, "notices/sent.html", {"page": page, "lines": lines})


@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a notice back."""
    notice = Notice.objects.managed_by(request.user).filter(pk=pk).first()
    if notice is None:
        raise Http404
    withdraw_notice(actor=person_of(request), notice=notice)
    messages.success(request, _("The notice is withdrawn: nobody is shown it any more."))
    return redirect("notices:sent")
