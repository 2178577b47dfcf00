"""The doors through which files come in."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods

from directory.access import Level
from directory.incoming import what_was_lost
from directory.outside import number_from_outside, only_text, text_from_outside
from directory.phrases import about
from documents import actions, blobs, names, selectors
from documents.actions import Conflict, Uploaded, tree
from documents.actions.folders import ensure_path
from documents.models import Node
from documents.uploads import (
    BODY_FAILURES,
    StagedFile,
    ask_for_file,
    ask_for_form,
    asks_for_its_body,
    stage_body,
    staging_files,
)
from documents.uploads.body import Interrupted, check_room

from .answers import EXPECTED, actor_of, back_to, done, error_answer, saved_as, sheet, words_of

MAX_DEPTH = 40
_LATEST_MODIFIED = 10**14 - 1  # milliseconds: the year 5138


# Django's CSRF check reads the form of a POST, which is none here: it comes second.
@asks_for_its_body
@csrf_exempt
@require_http_methods(["GET", "PUT"])
@csrf_protect
def files(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Take one file, the body of a PUT, into a folder or as a version of a document.

    Query: `name` (compulsory for a folder); `path`, the folders below to put it in, made
    where missing; `conflict` ask, version or both; `modified`, milliseconds since 1970;
    `comment`. Answers JSON: 201 made, 200 nothing new, 409 name taken, 413 too large,
    422 bad name, 507 disk full or store broken; `told` is the sentence on a name that is kept
    otherwise. A GET asks beforehand, with `size`, what a PUT would meet.
    """
    node = selectors.node_for(request.user, pk, Level.CONTRIBUTE)
    try:
        if node.is_folder:
            names.require_whole(request.GET, "path", "name")
        parts = _parts(request)
        name = names.clean(_name(request)) if node.is_folder else node.name
        conflict = _conflict(request.GET)
        if len(parts) > MAX_DEPTH:
            raise ValidationError(_("The folders are nested too deeply."), code="too_deep")
        if request.method == "GET":
            check_room(number_from_outside(request.GET.get("size")) or 0)
        if node.is_folder and not parts and conflict is Conflict.ASK:
            tree.refuse_taken(name, folder=node, actor=actor_of(request), scope=node.scope_id)
        if request.method == "GET":
            return JsonResponse({"free": True})
        if (wanted := ask_for_file(request)) is not None:
            return wanted
        with stage_body(request) as staged:
            result = _keep(request, node, parts, name, staged, conflict)
    except (*EXPECTED, Interrupted, *BODY_FAILURES) as error:
        return error_answer(error)
    return JsonResponse(
        {
            "id": str(result.node.pk),
            "name": result.node.name,
            "url": result.node.get_absolute_url(),
            "version": result.version.number,
            "created": result.created,
            "unchanged": result.unchanged,
            "told": _told(request, node, parts, result),
        },
        status=200 if result.unchanged else 201,
    )


def _told(request: HttpRequest, node: Node, parts: list[str], result: Uploaded) -> str:
    if not node.is_folder:
        lost = what_was_lost(request.GET, "name")
        return _noted_as(result.version.original_name) if lost else ""
    kept = [*map(names.clean, parts), result.node.name]
    return saved_as("/".join([*parts, _name(request)]), "/".join(kept))


def _keep(
    request: HttpRequest,
    node: Node,
    parts: list[str],
    name: str,
    staged: blobs.Staged,
    conflict: Conflict,
) -> Uploaded:
    actor, modified = actor_of(request), _modified(request.GET)
    comment = _comment(request.GET)
    if node.is_folder:
        folder = ensure_path(actor=actor, parent=node, parts=parts)
        return actions.upload(
            actor=actor,
            folder=folder,
            name=name,
            staged=staged,
            conflict=conflict,
            comment=comment,
            modified_at=modified,
        )
    before = node.current_version_id
    version = actions.add_version(
        actor=actor,
        node=node,
        staged=staged,
        original_name=_name(request),
        comment=comment,
        modified_at=modified,
    )
    return Uploaded(node, version, created=False, unchanged=version.pk == before)


# The parser of the form must be told where files go before anything reads the form, which
# Django's CSRF check does: it comes second here, and the right is asked before either.
@asks_for_its_body
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def upload(request: HttpRequest, pk: uuid.UUID) -> HttpResponse:
    """Show a plain form, and take the files that it sends: into a folder, or a new version."""
    node = selectors.node_for(request.user, pk, Level.CONTRIBUTE)
    if request.method != "POST":
        return _form(request, node)
    if (wanted := ask_for_form(request)) is not None:
        return wanted
    with staging_files(request) as sent:
        return _take_form(request, node, [file for _, each in sent.lists() for file in each])


@csrf_protect
def _take_form(request: HttpRequest, node: Node, sent: list[StagedFile]) -> HttpResponse:
    conflict = _conflict(request.POST)
    sent = [file for file in sent if file.name]
    if not sent:
        return _form(request, node, error=_("Choose a file."), status=422)
    if len(sent) > 1 and not node.is_folder:
        error = _("A version is one file. Nothing was saved: choose one.")
        return _form(request, node, error=error, status=422)
    taken, wrong, renamed = 0, [], []
    for file in sent:
        name = only_text(file.name, mark="\ufffd")
        try:
            if file.error is not None:
                raise file.error
            told = _take_one(request, node, file, conflict)
        except EXPECTED as error:
            wrong.append(about(name, words_of(error)))
        else:
            taken += 1
            if told:
                renamed.append(about(name, told))
    for line in wrong:
        messages.error(request, line)
    for line in renamed:
        messages.info(request, line)
    text = ngettext("%(count)s file saved.", "%(count)s files saved.", taken) % {"count": taken}
    return done(request, back_to(request, node.get_absolute_url()), text if taken else "")


def _take_one(request: HttpRequest, node: Node, file: StagedFile, conflict: Conflict) -> str:
    """Keep one file; return what is to be told of its name."""
    actor, comment = actor_of(request), _comment(request.POST)
    assert file.staged is not None  # noqa: S101  (there is no error)
    if node.is_folder:
        result = actions.upload(
            actor=actor,
            folder=node,
            name=file.name,
            staged=file.staged,
            conflict=conflict,
            comment=comment,
        )
        return saved_as(file.name, result.node.name)
    text = only_text(file.name)
    version = actions.add_version(
        actor=actor,
        node=node,
        staged=file.staged,
        original_name=text,
        comment=comment,
    )
    return _noted_as(version.original_name) if text != file.name else ""


def _noted_as(name: str) -> str:
    return _("Its name is not valid text: it is noted as “%(name)s”.") % {"name": name}


def _form(request: HttpRequest, node: Node, *, error: str = "", status: int = 200) -> HttpResponse:
    context = {"node": node, "error": error, "limit": settings.UPLOAD_MAX_BYTES}
    title = _("Upload into “%(name)s”") if node.is_folder else _("New version of “%(name)s”")
    return sheet(
        request,
        "documents/upload.html",
        context,
        title=title % {"name": node.title},
        status=status,
    )


def _parts(request: HttpRequest) -> list[str]:
    """Return the folders that the address names; more than MAX_DEPTH are no fewer for the bound."""
    path = text_from_outside(request.GET.get("path"), longest=(MAX_DEPTH + 2) * names.MAX_LENGTH)
    return [part for part in path.split("/") if part]


def _name(request: HttpRequest) -> str:
    """Return the name of the file as it was sent; one that is too long stays so."""
    return text_from_outside(request.GET.get("name"), longest=2 * names.MAX_LENGTH)


def _comment(fields: QueryDict) -> str:
    return text_from_outside(fields.get("comment"), longest=500)


def _conflict(fields: QueryDict) -> Conflict:
    text = text_from_outside(fields.get("conflict"), longest=20)
    return Conflict(text) if text in set(Conflict) else Conflict.ASK


def _modified(fields: QueryDict) -> datetime | None:
    """Return the date that a browser gives a file, None where it makes no sense."""
    number = number_from_outside(fields.get("modified"), most=_LATEST_MODIFIED)
    return datetime.fromtimestamp(number / 1000, UTC) if number is not None else None
