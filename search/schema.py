"""What is indexed, how, and how it is weighed: both engines derive theirs from this page.

The score of a document for a word is a whole number that depends on the document and on
what the asking person may see, on nothing else:

    rarity(word) x sum over forms and fields of share x weight x saturation(tf, length)

`rarity` is BM25's inverse document frequency, counted among the documents that the person
may see, so that a hidden document changes no order. `saturation` is BM25's, with average
lengths that are constants of this page for the same reason. Whole numbers add up to the
same sum in any order, so that equal documents tie exactly, and the date and the key decide.
"""

from __future__ import annotations

import hashlib
import math
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from fractions import Fraction
from typing import Final

from . import text
from .query import MOST_WORDS


class FieldType(StrEnum):
    """How a field is held."""

    KEYWORD = "keyword"
    INTEGER = "integer"
    DATE = "date"
    BOOLEAN = "boolean"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `filtered`: it can be asked for and counted; `shown`: it comes back with a hit.

    `weight` and `usual_length` (in words) are those of a text field in the score.
    """

    name: str
    type: FieldType
    filtered: bool = False
    shown: bool = False
    weight: float = 0.0
    usual_length: int = 0


FIELDS: Final[tuple[Field, ...]] = (
    Field("key", FieldType.KEYWORD, filtered=True, shown=True),
    Field("kind", FieldType.KEYWORD, filtered=True, shown=True),
    Field("pk", FieldType.KEYWORD, shown=True),
    Field("scope_id", FieldType.INTEGER, filtered=True),
    Field("service_id", FieldType.INTEGER, filtered=True, shown=True),
    Field("language", FieldType.KEYWORD, filtered=True, shown=True),
    Field("file_type", FieldType.KEYWORD, shown=True),
    Field("url", FieldType.KEYWORD, shown=True),
    Field("date", FieldType.DATE, filtered=True, shown=True),
    Field("order", FieldType.INTEGER, filtered=True),
    Field("version", FieldType.INTEGER, filtered=True),
    Field("deleted_at", FieldType.DATE, filtered=True),
    Field("title", FieldType.TEXT, shown=True, weight=2.0, usual_length=6),
    Field("summary", FieldType.TEXT, weight=0.5, usual_length=12),
    Field("body", FieldType.TEXT, weight=1.0, usual_length=350),
)
TEXT_FIELDS: Final = tuple(f for f in FIELDS if f.type is FieldType.TEXT)

# Of a word's exact form beside its stem: twice as much for the stem, since an exact match
# scores by both. Shares are whole numbers (see above).
STEM_SHARE: Final = 2
EXACT_SHARE: Final = 1
SATURATION: Final = 1.2  # BM25's k1
LENGTH: Final = 0.5  # BM25's b
STEPS: Final = 16  # of 1.0 of saturation, and of 1.0 of rarity
MOST_DOCUMENTS: Final = 10_000_000
MOST_EXACT: Final = 2**24  # engines add scores up as floats of 32 bits: whole numbers until here

# How both engines count follows from the weights: in this many parts of 1.0, so that all of them
# are whole numbers, and in as many bits as the most that a word can be worth in a document takes.
WEIGHT_PARTS: Final = math.lcm(*(Fraction(each.weight).denominator for each in TEXT_FIELDS))
_MOST_IMPACT: Final = math.ceil(STEPS * sum(f.weight for f in TEXT_FIELDS) * (SATURATION + 1))
IMPACT_BITS: Final = _MOST_IMPACT.bit_length()
TOP_IMPACT: Final = 2**IMPACT_BITS - 1

TOP_SCORE: Final = TOP_IMPACT * (STEM_SHARE + EXACT_SHARE)  # of a word, by rarity

LONGEST_PREFIX: Final = 16  # letters of a word that are indexed for results while typing
LONGEST_BODY: Final = 2_000_000  # characters; what lies behind is not searched
REVISION: Final = 3  # to be raised when the analysis changes


def saturation(frequency: int, length: int, of: Field) -> float:
    """Return BM25's weight of a word that occurs `frequency` times in `length` words."""
    norm = SATURATION * (1 - LENGTH + LENGTH * length / of.usual_length)
    return frequency * (SATURATION + 1) / (frequency + norm)


def rarity(found: int, among: int) -> int:
    """Return the weight of a word that `found` of `among` documents hold, in STEPS of 1.0."""
    value = math.log(1 + (among - found + 0.5) / (found + 0.5))
    return max(1, round(STEPS * value))


def _refuse_what_no_engine_holds() -> None:
    """Raise ValueError where equal documents might not tie: weights are read off this page."""
    if not all(each.weight > 0 and each.usual_length > 0 for each in TEXT_FIELDS):
        raise ValueError("Every text field of the search needs a weight and a usual length.")
    # As many words as a query has, each the rarest there can be, and a reference as typed.
    scores = (_MOST_IMPACT + TOP_IMPACT) * (STEM_SHARE + EXACT_SHARE) * WEIGHT_PARTS
    most = MOST_WORDS * rarity(0, MOST_DOCUMENTS) * scores
    if most > MOST_EXACT:
        weights = ", ".join(f"{each.name} {each.weight}" for each in TEXT_FIELDS)
        raise ValueError(
            f"The weights of the search ({weights}) make scores of up to {most}, counted in parts "
            f"of 1/{WEIGHT_PARTS}: engines add whole numbers up exactly to {MOST_EXACT} only. "
            "Take smaller weights, or such as are halves."
        )


_refuse_what_no_engine_holds()


def fingerprint() -> str:
    """Return what identifies this schema: an index made by another one is to be rebuilt."""
    parts = (
        REVISION, FIELDS, STEM_SHARE, EXACT_SHARE, SATURATION, LENGTH, STEPS, LONGEST_PREFIX,
        text.ELIDED, text.LONGEST_WORD,
    )  # fmt: skip
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class SearchDocument:
    """One object as it is indexed: what an app hands over for its kinds.

    `scope_id` says who may find it; `language` is "fr", "en" or "" where it is not known
    (then it is taken for French). `date` is what sorting by date and the date facet go by.
    """

    kind: str
    pk: str
    scope_id: int
    title: str
    url: str
    date: datetime
    service_id: int | None = None
    language: str = ""
    body: str = ""
    summary: str = ""
    file_type: str = ""

    @property
    def key(self) -> str:
        """The document's identity in the index."""
        return key_of(self.kind, self.pk)

    @property
    def order(self) -> int:
        """What equals are sorted by: the date to the second, then the key; a positive 63 bits."""
        seconds = min(max(int(self.date.timestamp()) + 2**33, 0), 2**35 - 1)
        return seconds << 28 | zlib.crc32(self.key.encode()) >> 4


def key_of(kind: str, pk: object) -> str:
    """Return the identity in the index of the object `pk` of `kind`."""
    return f"{kind}:{pk}"


def language_of(document: SearchDocument) -> text.Language:
    """Return the language by whose rules the words of `document` are stemmed."""
    return "en" if document.language.lower().startswith("en") else "fr"


def texts_of(document: SearchDocument) -> dict[str, str]:
    """Return the text of each text field of `document`, cleaned and cut, as it is indexed."""
    return {
        "title": text.clean(document.title[:1000]),
        "summary": text.clean(document.summary[:10_000]),
        "body": text.clean(document.body[:LONGEST_BODY]),
    }
