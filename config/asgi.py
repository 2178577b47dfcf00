"""The ASGI application: HTTP by Django, WebSockets by the notices' hub."""

from __future__ import annotations

import os

import django
from channels.routing import ProtocolTypeRouter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
django.setup(set_prefix=False)

from documents.uploads.asgi import StreamingHandler  # noqa: E402  (needs Django set up)
from intranet.notices.hub import application as notices  # noqa: E402  (needs Django set up)

application = ProtocolTypeRouter({"http": StreamingHandler(), "websocket": notices})
