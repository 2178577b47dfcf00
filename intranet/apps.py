"""The intranet app."""

from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntranetConfig(AppConfig):
    """Registers the intranet app with Django."""

    name = "intranet"
    verbose_name = _("Intranet")
