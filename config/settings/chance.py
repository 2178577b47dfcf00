"""How much of a key was left to chance: what a reader could go on writing adds little to it."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from itertools import pairwise

# What is typed on without a thought: alphabet, figures, rows and columns of keys.
_TYPED_ON = (
    "abcdefghijklmnopqrstuvwxyz 01234567890"
    " azertyuiop qsdfghjklm wxcvbn qwertyuiop asdfghjkl zxcvbnm qwertzuiop yxcvbnm"
    " 1aqw 1qaz 2zsx 2wsx 3edc 4rfv 5tgb 6yhn 7ujm"
)
_NEIGHBOURS = frozenset(
    pair
    for one, other in pairwise(_TYPED_ON)
    if " " not in (one, other)
    for pair in (one + other, other + one)
)
# A letter and what may follow it: the 180 pairs of nine in ten in French and English words.
_FOLLOWED = (
    "abcdgiklmnprstuvy bael cacehikotu daeiorsu eacdefgilmnprstuvxz fio geior haeio ibcdefglmnorstv"
    " jo ke ladeilostu mabeimop nacdeginostu ocdfilmnprstuw paeloprtu qu racdeimnorstuvy saehiopstu"
    " taehiorstu uaeilmnprstv veio wahio xt yo"
)
_SPOKEN = frozenset(each[0] + other for each in _FOLLOWED.split() for other in each[1:])
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+")
_SPOKEN_SHARE = 0.75
_FORESEEN = 1.0  # bits of a letter of written text (Shannon), or of what goes on as before


def bits_of_chance(key: str) -> float:
    """Return about how many bits of `key` were left to chance; never more than it can hold.

    A character counts for as much as it is rare in the key, and for one bit at most where it
    stands in what looks like a word, or goes on from the one before it as an alphabet, a
    keyboard or the key itself has done.
    """
    key = "".join(c for c in unicodedata.normalize("NFKD", key) if not unicodedata.combining(c))
    counted = Counter(key)
    foreseen = _in_words(key) | _going_on(key.lower())
    bits = 0.0
    for at, character in enumerate(key):
        rare = -math.log2(counted[character] / len(key))
        bits += min(rare, _FORESEEN) if at in foreseen else rare
    return bits


def _in_words(key: str) -> set[int]:
    """Return the places of the letters that may be words, of one case or capitalised."""
    places: set[int] = set()
    for word in _WORD.finditer(key):
        pairs = [one + other in _SPOKEN for one, other in pairwise(word.group().lower())]
        if pairs and sum(pairs) >= _SPOKEN_SHARE * len(pairs):
            places.update(range(*word.span()))
    return places


def _going_on(key: str) -> set[int]:
    """Return the places of the characters that continue what stands before them in `key`."""
    places: set[int] = set()
    seen: set[str] = set()
    for at in range(1, len(key)):
        pair, three = key[at - 1 : at + 1], key[max(0, at - 2) : at + 1]
        if pair[0] == pair[1] or pair in _NEIGHBOURS or three in seen:
            places.add(at)
        seen.add(three)
    return places
