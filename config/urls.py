"""The addresses of Marigot."""

from __future__ import annotations

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from config import health, icon

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("favicon.ico", icon.favicon, name="favicon"),
    path("", include("directory.urls")),
    path("search/", include("search.urls")),
    path("", include("documents.urls")),
    path("notices/", include("intranet.notices.urls")),
    path("admin/", include("intranet.admin_urls")),
    path("", include("intranet.urls")),
]
urlpatterns += i18n_patterns(path("", include("intranet.site_urls")))

handler400 = "config.errors.handler400"
handler403 = "config.errors.handler403"
handler404 = "config.errors.handler404"
handler500 = "config.errors.handler500"
