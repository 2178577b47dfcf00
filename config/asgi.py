"""The ASGI application: HTTP by Django, WebSockets by the notices' hub."""

from __future__ import annotations

import os

from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
http = get_asgi_application()

from intranet.notices.hub import application as notices  # noqa: E402  (needs Django set up)

application = ProtocolTypeRouter({"http": http, "websocket": notices})
