"""The two forms of a message: what its HTML says and its plain text does not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from .. import plain

_WORD = re.compile(r"\w+")
# What programs put beside the words of a link when they make plain text of HTML.
_ADDRESS = re.compile(r"<[^<>\s]{1,2000}>|\b\w{1,20}://\S{1,2000}|\[\d{1,4}\]")


def unsaid(text: str, said: str) -> str:
    """Return the lines of `text` that are not in `said`: a word, or two side by side, is new.

    Some programs write "this message cannot be shown" for plain text, or the first lines; most
    write all of it, which is then not read twice.
    """
    known = {*_heard(said), *_heard(_ADDRESS.sub(" ", said))}
    lines = plain.clean(text).split("\n")
    return "\n".join(line for line in lines if not known.issuperset(_heard(line)))


def _heard(text: str) -> Iterator[int]:
    """Yield a number for each word of `text`, and for each two that follow one another."""
    words = _WORD.findall(plain.clean(text).casefold())
    yield from map(hash, words)
    yield from map(hash, pairwise(words))
