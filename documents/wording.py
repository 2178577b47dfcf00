"""What the journal's actions on documents are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

ACTIONS = {
    "blob.damaged": _("File found damaged"),
    "blob.healed": _("File intact again"),
    "document.imported": _("Document imported"),
    "document.inheritance_broken": _("Document given rights of its own"),
    "document.inheritance_restored": _("Document follows its folder again"),
    "document.moved": _("Document moved"),
    "document.renamed": _("Document renamed"),
    "document.restored": _("Document restored"),
    "document.scope_changed": _("Document given a place of its own"),
    "document.set_aside": _("Document left where its folder was"),
    "document.trashed": _("Document moved to the trash"),
    "document.uploaded": _("Document uploaded"),
    "document.version_added": _("New version of a document"),
    "folder.created": _("Folder created"),
    "folder.inheritance_broken": _("Folder given rights of its own"),
    "folder.inheritance_restored": _("Folder follows the one above again"),
    "folder.moved": _("Folder moved"),
    "folder.renamed": _("Folder renamed"),
    "folder.restored": _("Folder restored"),
    "folder.scope_changed": _("Folder given a place of its own"),
    "folder.set_aside": _("Folder left where the one around it was"),
    "folder.trashed": _("Folder moved to the trash"),
    "space.changed": _("Space changed"),
    "space.created": _("Document space created"),
    "version.extracted": _("Text extracted from a document"),
}
