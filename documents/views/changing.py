"""Changing things: making folders, renaming, moving, the trash, old versions."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from directory import access
from directory.access import Level
from directory.delegation import HandedOver, refuse_handing_over
from directory.outside import text_from_outside, uuid_from_outside
from directory.phrases import about
from documents import actions, names, selectors
from documents.forms import NameForm
from documents.models import Node

from .answers import EXPECTED, actor_of, back_to, done, saved_as, sheet, told, words_of
from .browse import UNDO

MAX_CHOSEN = 500
_show_or_send = require_http_methods(["GET", "HEAD", "POST"])


def home_of(node: Node) -> str:
    """Return the address of the folder that `node` lies in."""
    return node.parent.get_absolute_url() if node.parent is not None else node.get_absolute_url()


def _with_space(node: Node) -> Node:
    # What was read along with the node has the same space: spare the database the question.
    if node.parent is not None:
        node.parent.space = node.space
    return node


@_show_or_send
def new_folder(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Make a folder in a folder."""
    parent = selectors.node_for(request.user, pk, Level.CONTRIBUTE)
    if not parent.is_folder:
        raise Http404
    form = NameForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.create_folder(
                actor=actor_of(request), parent=parent, name=form.cleaned_data["name"]
            )
        except ValidationError as error:
            form.add_error("name", error)
        else:
            told_name = saved_as(form.data["name"], made.name)
            return done(request, made.get_absolute_url(), _("Folder created."), told_name)
    context = {"node": parent, "form": form}
    title, status = _("New folder"), _status(request)
    return sheet(request, "documents/new_folder.html", context, title=title, status=status)


@_show_or_send
def rename(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Give a folder or document another name."""
    node = _with_space(selectors.node_for(request.user, pk, Level.CONTRIBUTE))
    form = NameForm(request.POST or None, initial={"name": node.name})
    if request.method == "POST" and form.is_valid():
        try:
            renamed = actions.rename(
                actor=actor_of(request), node=node, name=form.cleaned_data["name"]
            )
        except ValidationError as error:
            form.add_error("name", error)
        else:
            told_name = saved_as(form.data["name"], renamed.name)
            told_end = "" if node.is_folder else _without_ending(node.name, renamed.name)
            return done(
                request, back_to(request, home_of(node)), _("Renamed."), told_name, told_end
            )
    context = {"node": node, "form": form, "next": back_to(request, "")}
    title = _("Rename “%(name)s”") % {"name": node.name}
    return sheet(request, "documents/rename.html", context, title=title, status=_status(request))


@require_POST
def restore_version(request: HttpRequest, pk: uuid.UUID, number: int) -> HttpResponse:
    """Make an old version the newest again."""
    node = selectors.node_for(request.user, pk, Level.CONTRIBUTE)
    with told(request):
        version = actions.restore_version(actor=actor_of(request), node=node, number=number)
        messages.success(
            request,
            _("Version %(old)s has been restored, as version %(new)s.")
            % {"old": number, "new": version.number},
        )
    return done(request, node.get_absolute_url())


@require_POST
def restore(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take something back from the trash."""
    node = selectors.node_for(request.user, pk, Level.CONTRIBUTE)
    with told(request):
        back = actions.restore_from_trash(actor=actor_of(request), node=node)
        messages.success(
            request,
            _restored_as(node.name, back.name)
            or _("“%(name)s” has been restored.") % {"name": back.name},
        )
    return done(request, back_to(request, node.get_absolute_url()))


@_show_or_send
def move(request: HttpRequest) -> HttpResponse:
    """Show where what was chosen may go, folder by folder, and put it there.

    Fields: `node`, once for each that is chosen; `look`, the folder that is looked into, or
    `place`, its address as it is pasted;
    a POST with `to` moves, `conflict` both numbers the names that are taken there.
    """
    nodes = _chosen(request)
    fields = request.POST if request.method == "POST" else request.GET
    wanted = uuid_from_outside(request.POST.get("to"))
    looked = (
        wanted
        or uuid_from_outside(fields.get("look"))
        or selectors.where_to_begin(request.user, nodes[0])
    )
    target = selectors.node_for(request.user, looked)
    if not target.is_folder or target.is_trashed:
        raise Http404
    place = text_from_outside(fields.get("place"), longest=500) if wanted is None else ""
    pasted = selectors.folder_at(request.user, place) if place else None
    target = pasted or target
    if wanted is None:
        title = _("Move “%(name)s”") % {"name": nodes[0].name}
        if len(nodes) > 1:
            title = _("Move %(count)s items") % {"count": len(nodes)}
        context = _move_context(request, nodes, target)
        unknown = bool(place) and pasted is None
        context |= {"place": place if unknown else "", "unknown": unknown}
        status = 422 if unknown else 200
        return sheet(request, "documents/move.html", context, title=title, status=status)
    actor, keep_both = actor_of(request), request.POST.get("conflict") == "both"
    text = _each(
        request,
        nodes,
        lambda node: actions.move(actor=actor, node=node, to=target, keep_both=keep_both),
        lambda count: ngettext("%(count)s item moved.", "%(count)s items moved.", count),
    )
    return done(request, back_to(request, target.get_absolute_url()), text)


def _move_context(request: HttpRequest, nodes: list[Node], target: Node) -> dict[str, object]:
    chosen = {node.pk for node in nodes}
    folders = [
        folder
        for folder in selectors.folders_in(target, request.user)[:MAX_CHOSEN]
        if folder.pk not in chosen
    ]
    path = selectors.path_to(target, request.user)
    shared = selectors.shared_with(request.user)
    spaces = [space for group in selectors.spaces_of(request.user) for space in group.spaces]
    return {
        "nodes": nodes,
        "target": target,
        "path": path,
        "folders": folders,
        "spaces": spaces if target.is_root or not path else [],
        "shared": [node for node in shared if node.is_folder and node.pk not in chosen],
        "may_put": access.can(request.user, Level.CONTRIBUTE, target.scope_id),
        "refused": _refused(request, nodes, target),
        "already": all(node.parent_id == target.pk for node in nodes),
        "next": back_to(request, ""),
    }


def _refused(request: HttpRequest, nodes: list[Node], target: Node) -> str:
    """Return why none of `nodes` may go to the service of `target`, "" where one of them may."""
    words = ""
    for scope in {node.scope_id for node in nodes}:
        try:
            refuse_handing_over(actor_of(request), scope, target.scope_id)
        except HandedOver as refusal:
            words = words_of(refusal)
        else:
            return ""
    return words


@require_POST
def trash(request: HttpRequest) -> HttpResponse:
    """Put what was chosen into the trash, with a way back."""
    nodes = _chosen(request)
    text = _each(
        request,
        nodes,
        lambda node: actions.trash(actor=actor_of(request), node=node),
        lambda count: ngettext(
            "%(count)s item is in the trash.", "%(count)s items are in the trash.", count
        ),
    )
    if text:
        request.session[UNDO] = {"text": text, "nodes": [str(node.pk) for node in nodes]}
    return done(request, back_to(request, home_of(nodes[0])))


@require_POST
def untrash(request: HttpRequest) -> HttpResponse:
    """Take back several things from the trash, which the fields `node` name."""
    pks = _pks(request.POST)
    nodes = list(Node.objects.visible_to(request.user, Level.CONTRIBUTE).filter(pk__in=pks))
    if not nodes:
        raise Http404

    def take_back(node: Node) -> None:
        back = actions.restore_from_trash(actor=actor_of(request), node=node)
        if other := _restored_as(node.name, back.name):
            messages.success(request, other)

    text = _each(
        request,
        nodes,
        take_back,
        lambda count: ngettext("%(count)s item restored.", "%(count)s items restored.", count),
    )
    return done(request, back_to(request, reverse("documents:spaces")), text)


def _without_ending(old: str, new: str) -> str:
    """Return the sentence that tells that a document lost its extension, "" where it has one."""
    ending = names.split(old)[1]
    if not ending or names.split(new)[1]:
        return ""
    return _("The name no longer has the extension “%(extension)s”.") % {"extension": ending}


def _restored_as(old: str, new: str) -> str:
    """Return the sentence that tells why something has another name now, "" where it has not."""
    if new == old:
        return ""
    fields = {"name": old, "kept": new}
    if new == names.mended(old):
        return _("“%(name)s” has been restored as “%(kept)s”, which every system accepts.") % fields
    return _("“%(name)s” has been restored as “%(kept)s”: its name was taken.") % fields


def _each(
    request: HttpRequest,
    nodes: list[Node],
    act: Callable[[Node], object],
    words: Callable[[int], str],
) -> str:
    """Do something to each node; say on the next page which could not, and return how many did."""
    count = 0
    for node in nodes:
        try:
            act(node)
        except Http404:
            text = _("It is no longer there, or you may not do this.")
            messages.error(request, about(node.name, text))
        except EXPECTED as error:
            messages.error(request, about(node.name, words_of(error)))
        else:
            count += 1
    return words(count) % {"count": count} if count else ""


def _chosen(request: HttpRequest) -> list[Node]:
    """Return the nodes that the fields `node` name and the person may change; 404 for none."""
    fields = request.POST if request.method == "POST" else request.GET
    pks = _pks(fields)
    nodes = selectors.chosen(request.user, pks, Level.CONTRIBUTE)
    if not nodes:
        raise Http404
    return nodes


def _pks(fields: QueryDict) -> list[uuid.UUID]:
    """Return the ids that the fields `node` say."""
    return list(filter(None, map(uuid_from_outside, fields.getlist("node")[:MAX_CHOSEN])))


def _status(request: HttpRequest) -> int:
    """Return the status of a form that is shown: first time, or because it was wrong."""
    return 422 if request.method == "POST" else 200
