"""Which scope the address of a page stands in."""

from __future__ import annotations

import re

from intranet.lock.viewing import sees_everything
from intranet.models import BasePage
from intranet.serving import HOME_LANGUAGES, home_slug

_PAGE = re.compile(r"^/(\w\w)/(.+?)/?$")


@sees_everything
def scope_at(path: str) -> int | None:
    """Return the id of the scope of the page at `path`; see `directory.places`.

    Where the language of the address has no such page, another language's is meant, as when
    the page is served. Whoever asks is told by `directory.access` what they may know of it.
    """
    match = _PAGE.match(path)
    if match is None:
        return None
    language, below = match.groups()
    paths = {code: f"/{home_slug(code)}/{below}/" for code in HOME_LANGUAGES}
    found: dict[str, int | None] = dict(
        BasePage.objects.filter(url_path__in=paths.values()).values_list("url_path", "scope_id")
    )
    return found.get(paths.get(language, "")) or next(filter(None, found.values()), None)
