"""French or English? A vote of stop words: enough to choose an analyzer, and free."""

from __future__ import annotations

import re
from collections import Counter

from .words import words

# The most frequent function words of each language that are not words of the other.
_FRENCH = words(
    "le la les un une des du de et est en dans pour que qui par sur au aux ce cette ces il elle "
    "ils elles nous vous je ne pas plus avec son sa ses leur leurs ou où mais être sont été ont "
    "cet votre vos notre nos si lors afin dont à"
)
_ENGLISH = words(
    "the of and to in is that it for was with as be by this are or from at which have has not "
    "been were their they will would can an his her its you your we our there if when all but "
    "may shall must"
)
# Neighbours that share words with both: they only take votes away.
_OTHERS = words(
    "el los las del y con por para como su sus al más una fue lo il di che della dei con per non "
    "sono gli nel alla o os do da em não com dos uma der die das und ist nicht mit von den dem "
    "ein eine auf für zu het een van de en te dat niet op voor zijn og af til som det"
)
_WORD = re.compile(r"[^\W\d_]+")
SAMPLE = 20_000
LEAST = 3


def guess_language(text: str) -> str:
    """ "fr", "en", or "" where the text is too short, mixed or in another language.

    Counts stop words in the first 20,000 characters. The winner needs three of them,
    twice as many as the other, and one word in twenty-five of all (so that a list of
    names, or a third language sharing a few words, gives no answer).
    """
    said = Counter(word.lower() for word in _WORD.findall(text[:SAMPLE]))
    total = said.total()
    votes = {
        "fr": sum(said[word] for word in _FRENCH),
        "en": sum(said[word] for word in _ENGLISH),
    }
    (best, most), (_, other) = sorted(votes.items(), key=lambda item: -item[1])
    if sum(said[word] for word in _OTHERS) >= most:
        return ""
    if most < LEAST or most < 2 * other or most * 25 < total:
        return ""
    return best
