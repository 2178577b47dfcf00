"""The addresses of Wagtail's admin, each behind the gate."""

from __future__ import annotations

from wagtail.admin.urls import urlpatterns as wagtails
from wagtail.utils.urlpatterns import decorate_urlpatterns

from intranet.gate import through_the_gate

urlpatterns = decorate_urlpatterns(wagtails, through_the_gate)
