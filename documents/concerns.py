"""What those who run the site are told of the documents."""

from __future__ import annotations

from django.conf import settings
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from directory.concerns import Concern
from documents import blobs
from documents.models import Damage, Version

SHOWN = 20


def room() -> list[Concern]:
    """Return what there is to know of the room for files; no query."""
    try:
        free = blobs.free_bytes()
    except OSError:
        return []  # there is no store to measure: see `obstructed`
    if free >= max(settings.DISK_WARNING_BYTES, settings.DISK_RESERVE_BYTES):
        return []
    full = free < settings.DISK_RESERVE_BYTES
    return [
        Concern(
            "error" if full else "warn",
            _("The disk is full") if full else _("The disk will soon be full"),
            _(
                "%(free)s are left where the documents are stored. Make room: below %(reserve)s no "
                "file is accepted any more, then nothing at all."
            )
            % {
                "free": filesizeformat(free),
                "reserve": filesizeformat(settings.DISK_RESERVE_BYTES),
            },
        )
    ]


def obstructed() -> list[Concern]:
    """Return where the store cannot take files, or cannot find those it has; no query."""
    found = blobs.obstacles()
    if not found:
        return []
    lines = [
        (_("%(path)s is not a folder") if not one.is_folder else _("%(path)s cannot be written"))
        % {"path": one.path}
        for one in found[:SHOWN]
    ]
    return [
        Concern(
            "error",
            _("Some files cannot be stored"),
            _(
                "Something is in the way where the documents are stored (MARIGOT_DATA): files that "
                "belong there are refused, and those that were there are not found. Move away what "
                "is not a folder, put the folder back from the backup, give it to the account "
                "Marigot runs under, then run verify_blobs."
            ),
            lines,
        )
    ]


def damaged() -> list[Concern]:
    """Return the documents whose bytes the store has lost: address and service; two queries."""
    found = list(Damage.objects.order_by("found_at")[: SHOWN + 1])
    if not found:
        return []
    what = {damage.blob_id: damage.what for damage in found[:SHOWN]}
    versions = (
        Version.objects.filter(blob_id__in=list(what))
        .select_related("node__space__service")
        .order_by("at")[: 2 * SHOWN]
    )
    lines = [
        _("%(address)s, version %(number)s (%(service)s) – %(sha256)s: %(what)s")
        % {
            "address": version.node.get_absolute_url(),
            "number": version.number,
            "service": version.node.space.service.name,
            "sha256": version.blob_id,
            "what": what[version.blob_id],
        }
        for version in versions
    ]
    more = len(found) > SHOWN
    return [
        Concern(
            "error",
            ngettext(
                "%(count)s stored file is damaged",
                "%(count)s stored files are damaged",
                len(what),
            )
            % {"count": f"{SHOWN}+" if more else len(what)},
            _(
                "They are not sent to anybody. Put each one back from the backup, under the same "
                "name in the same folder, or have the good file uploaded again; then run "
                "verify_blobs."
            ),
            lines,
        )
    ]
