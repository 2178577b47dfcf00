"""How a telephone number is shown and called: the one place that draws one."""

from __future__ import annotations

import re

_WITHIN = re.compile(r"(?<=[\d).])[ \u202f]+(?=[\d(])|(?<=\()[ \u202f]+|[ \u202f]+(?=\))")
# The first number of several, and without the words around it; "05/90" is one, "05 90 / 06 90" two.
_FIRST = re.compile(r"\+?[0-9(](?:[0-9()./\-\u2010-\u2015]|\s(?!/))*")


def written(number: str) -> str:
    """Return the number as it stands, in one piece: no line of a page ends within it.

    Words beside it ("poste 12") break as words do.
    """
    return _WITHIN.sub("\xa0", number)


def address(number: str) -> str:
    """Return what a telephone calls the number by, whatever it is written with.

    Of several the first. The (0) of +33 (0)5 is dialled within the country alone.
    """
    found = _FIRST.search(number)
    first = found[0] if found else ""
    plus = "+" if first.startswith("+") else ""
    return f"tel:{plus}{re.sub('[^0-9]', '', first.replace('(0)', '') if plus else first)}"
