#!/usr/bin/env python3
"""Build the icon sprite from an unpacked lucide-static package.

    npm pack lucide-static && tar xzf lucide-static-*.tgz
    python scripts/icon_sprite.py package

The names wanted are the lines of config/design/icons.txt.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

DESIGN = Path(__file__).resolve().parent.parent / "config" / "design"


def symbol(name: str, svg: str) -> str:
    """Return the drawing of one icon file as a <symbol>.

    Raises ValueError where the file is not an icon of 24 by 24.
    """
    match = re.search(r"<svg(?P<attributes>[^>]*)>(?P<body>.*)</svg>", svg, re.S)
    if not match or 'viewBox="0 0 24 24"' not in match["attributes"]:
        raise ValueError(f"{name}: not an icon of 24 by 24")
    body = re.sub(r">\s+<", "><", match["body"].strip()).replace(" />", "/>")
    return f'<symbol id="{name}" viewBox="0 0 24 24">{body}</symbol>'


def main() -> None:
    """Write config/design/static/design/icons.svg."""
    package = Path(sys.argv[1])
    names = (DESIGN / "icons.txt").read_text().split()
    symbols = [symbol(n, (package / "icons" / f"{n}.svg").read_text()) for n in sorted(set(names))]
    target = DESIGN / "static" / "design" / "icons.svg"
    target.write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" fill="none" stroke="currentColor" '
        'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">\n'
        + "\n".join(symbols)
        + "\n</svg>\n"
    )
    sys.stdout.write(f"{len(symbols)} icons, {target.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
