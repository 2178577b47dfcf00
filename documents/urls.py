"""Addresses of the documents.

Everything about one folder or document hangs on its permanent link, /d/<uuid>/.
"""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from .views import browse, changing, document, sharing, spaces, uploading

app_name = "documents"
urlpatterns: list[URLPattern | URLResolver] = [
    path("spaces/", browse.spaces, name="spaces"),
    path("spaces/new/", spaces.new_space, name="new_space"),
    path("spaces/<slug:slug>/", browse.space, name="space"),
    path("spaces/<slug:slug>/settings/", spaces.space_settings, name="space_settings"),
    path("spaces/<slug:slug>/trash/", browse.trash, name="space_trash"),
    path("spaces/<slug:slug>/f/<uuid:pk>/", browse.folder, name="folder"),
    path("d/move/", changing.move, name="move"),
    path("d/trash/", changing.trash, name="trash"),
    path("d/untrash/", changing.untrash, name="untrash"),
    path("d/<uuid:pk>/", browse.node, name="node"),
    path("d/<uuid:pk>/files", uploading.files, name="files"),
    path("d/<uuid:pk>/upload/", uploading.upload, name="upload"),
    path("d/<uuid:pk>/folder/", changing.new_folder, name="new_folder"),
    path("d/<uuid:pk>/rename/", changing.rename, name="rename"),
    path("d/<uuid:pk>/restore/", changing.restore, name="restore"),
    path("d/<uuid:pk>/access/", sharing.node_access, name="access"),
    path("d/<uuid:pk>/access/change/", sharing.access_change, name="access_change"),
    path("d/<uuid:pk>/access/people", sharing.offered, name="access_offered"),
    path("d/<uuid:pk>/download", document.download, name="download"),
    path("d/<uuid:pk>/preview", document.preview, name="preview"),
    path("d/<uuid:pk>/v/<int:number>/download", document.download, name="download_version"),
    path("d/<uuid:pk>/v/<int:number>/preview", document.preview, name="preview_version"),
    path("d/<uuid:pk>/v/<int:number>/restore/", changing.restore_version, name="restore_version"),
]
