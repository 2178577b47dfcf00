"""The ASGI application: HTTP by Django, WebSockets by Channels."""

from __future__ import annotations

import gc
import os

import django
from channels.routing import ProtocolTypeRouter, URLRouter
from django.conf import settings
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
django.setup(set_prefix=False)

from config.serving.handler import Handler  # noqa: E402  (needs Django set up)
from config.serving.origins import SiteOriginValidator  # noqa: E402  (needs Django set up)
from config.serving.proxies import Believing  # noqa: E402  (needs Django set up)
from intranet.notices.routing import websocket_urlpatterns  # noqa: E402  (needs Django set up)

sockets = SiteOriginValidator(URLRouter(websocket_urlpatterns))
application = Believing(
    ProtocolTypeRouter({"http": Handler(), "websocket": sockets}), settings.PROXIES
)

# What is loaded by now stays. Looked through by the garbage collector again and again, it
# would hold up every request and every socket for a tenth of a second and more at a time.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
