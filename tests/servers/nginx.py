"""nginx with the site's own configuration of deploy/, on a port and in a folder of its own."""

from __future__ import annotations

import os
import pwd
import socket
from pathlib import Path

from config.embedded.certificates import Certificates, certificates_in

from .base import HOST, Server, free_port, program

DEPLOYED = Path(__file__).resolve().parents[2] / "deploy" / "nginx"

_AROUND = """\
daemon off;
user {user};
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr info;
events {{ worker_connections 1024; }}
http {{
    include /etc/nginx/mime.types;
    default_type application/octet-stream;
    access_log {folder}/access.log;
    client_body_temp_path {folder}/bodies;
    proxy_temp_path {folder}/proxied;
    fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
    # Tests come from where they say.
    set_real_ip_from {host};
    real_ip_header X-Comes-From;
    include {folder}/marigot.conf;
}}
"""


class Nginx(Server):
    """The reverse proxy before a web process at `upstream`, with the data of `data`.

    What a site changes in deploy/nginx/marigot.conf is changed: ports, certificate, folders.
    It runs as who starts it, since it reads the blobs of the tests.
    """

    name = "nginx"
    packages = "nginx"

    def __init__(self, upstream: int, data: Path) -> None:
        super().__init__()
        self.plain_port = free_port()
        self.upstream = upstream
        self.data = data

    @property
    def url(self) -> str:
        """Address of the site."""
        return f"https://localhost:{self.port}"

    @property
    def bodies(self) -> Path:
        """Where nginx puts the bodies that it keeps before it passes them on."""
        return self.folder / "bodies"

    @property
    def certificates(self) -> Certificates:
        """The certificates of the server and of their authority."""
        return certificates_in(self.folder / "tls")

    def prepare(self) -> None:
        """Write the configuration. Raises ValueError where the site's is not as expected."""
        text = (DEPLOYED / "marigot.conf").read_text()
        for there, here in (
            ("127.0.0.1:8001", f"{HOST}:{self.upstream}"),
            ("listen 80;", f"listen {HOST}:{self.plain_port};"),
            ("listen [::]:80;", ""),
            ("listen 443 ssl http2;", f"listen {HOST}:{self.port} ssl http2;"),
            ("listen [::]:443 ssl http2;", ""),
            ("server_name intranet.example.org;", "server_name localhost;"),
            ("/etc/marigot/tls/fullchain.pem", str(self.certificates.server)),
            ("/etc/marigot/tls/privkey.pem", str(self.certificates.key)),
            ("/var/lib/marigot/", f"{self.data}/"),
            ("/opt/marigot/deploy/nginx", str(DEPLOYED)),
            # Whom the burst is used up for stays refused, however slow the machine is.
            ("rate=5r/s", "rate=1r/m"),
            ("rate=100r/s", "rate=1r/m"),
        ):
            if there not in text:
                raise ValueError(f"{DEPLOYED}/marigot.conf holds no {there!r}")
            text = text.replace(there, here)
        self.write("marigot.conf", text)
        user = pwd.getpwuid(os.geteuid()).pw_name
        self.write("nginx.conf", _AROUND.format(folder=self.folder, user=user, host=HOST))

    def command(self) -> list[str | Path]:
        """Run the server in the foreground."""
        nginx = program("nginx", packages=self.packages)
        return [nginx, "-p", self.folder, "-c", self.folder / "nginx.conf", "-e", "stderr"]

    def as_server_user(self) -> list[str | Path]:
        """Keep the rights there are."""
        return [program("setpriv", packages="util-linux")]

    def answers(self) -> bool:
        """Tell whether it listens."""
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0
