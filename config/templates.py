"""How our templates are read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from django.template import Origin
from django_cotton import cotton_loader

ROOT: Final = Path(__file__).resolve().parents[1]
_INDENTATION: Final = re.compile(r"\s*\n\s*")


class Loader(cotton_loader.Loader):
    """Cotton's, which leaves the indentation of our templates out of the pages.

    It is for those who read a template: a list of a hundred documents was heavier by half for
    it. An end of a line stays, so that nothing is joined that was apart; what is kept as it is
    written (`pre`) comes from variables, and what is translated is `trimmed`.
    """

    def get_contents(self, origin: Origin) -> str:
        """Return the text of a template, with its components put in."""
        text: str = super().get_contents(origin)
        path = Path(origin.name)
        if path.suffix == ".html" and path.is_relative_to(ROOT) and ".venv" not in path.parts:
            return _INDENTATION.sub("\n", text)
        return text
