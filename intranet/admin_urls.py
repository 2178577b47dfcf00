"""The addresses of Wagtail's admin, each behind the gate."""

from __future__ import annotations

from django.urls import include, path
from django.views.generic import RedirectView
from wagtail.admin.auth import require_admin_access
from wagtail.admin.urls import urlpatterns as wagtails
from wagtail.contrib.simple_translation.views import SubmitSnippetTranslationView
from wagtail.utils.urlpatterns import decorate_urlpatterns

from directory.views.session import sign_out
from intranet.lock.gate import offer_what_is_meant, through_the_gate
from intranet.views.account import AccountView
from intranet.views.links import closed_links
from intranet.views.moving import moving
from intranet.views.translating import TranslateView

# The whole namespace stands here, as addresses are made of the first of a name; the gate
# closes the one of snippets.
translating = [
    path("submit/page/<int:page_id>/", TranslateView.as_view(), name="submit_page_translation"),
    path(
        "submit/snippet/<slug:app_label>/<slug:model_name>/<str:pk>/",
        SubmitSnippetTranslationView.as_view(),
        name="submit_snippet_translation",
    ),
]
# In the place of Wagtail's: people and signing in are the directory's affair.
ours = [
    path("login/", RedirectView.as_view(url="/"), name="wagtailadmin_login"),
    path("logout/", sign_out, name="wagtailadmin_logout"),
    path("account/", require_admin_access(AccountView.as_view()), name="wagtailadmin_account"),
    path(
        "pages/<int:page_id>/links/",
        require_admin_access(closed_links),
        name="wagtailadmin_page_links",
    ),
    path(
        "pages/moving/<int:destination_id>/",
        require_admin_access(moving),
        name="wagtailadmin_page_moving",
    ),
    path(
        "translation/", include((translating, "simple_translation"), namespace="simple_translation")
    ),
]

offer_what_is_meant()
urlpatterns = decorate_urlpatterns([*ours, *wagtails], through_the_gate)
