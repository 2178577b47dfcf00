"""A key of production: what a person types is refused, what chance makes never is."""

from __future__ import annotations

import base64
import random
import re
from pathlib import Path

import pytest
from django.core.management.utils import get_random_secret_key

from config.settings import safety
from tests.config.test_settings import told

ROOT = Path(__file__).resolve().parents[2]
MADE = 2000
SIGNS = "abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)"  # of get_random_secret_key


def _as_documented(chance: random.Random) -> str:
    """What `secrets.token_urlsafe(64)` gives, from seeded bytes."""
    return base64.urlsafe_b64encode(chance.randbytes(64)).rstrip(b"=").decode()


def _by_django(chance: random.Random) -> str:
    """What `get_random_secret_key` gives, from a seed."""
    return "".join(chance.choices(SIGNS, k=50))


def _in_hexadecimal(chance: random.Random) -> str:
    """What `openssl rand -hex 32` gives."""
    return chance.randbytes(32).hex()


def _in_base64(chance: random.Random) -> str:
    """What `openssl rand -base64 48` gives."""
    return base64.b64encode(chance.randbytes(48)).decode()


@pytest.mark.parametrize("way", [_as_documented, _by_django, _in_hexadecimal, _in_base64])
def test_no_key_that_chance_made_is_refused(way):
    chance = random.Random(2026)
    assert [key for key in (way(chance) for _ in range(MADE)) if told(SECRET_KEY=key)] == []


def test_the_documented_way_is_the_one_that_is_tried_here():
    example = (ROOT / "deploy/marigot.env.example").read_text()
    for text in (example, safety._NEW_KEY):
        assert re.findall(r"secrets\.\w+\(\d+\)", text) == ["secrets.token_urlsafe(64)"]
    assert set(get_random_secret_key()) <= set(SIGNS)


@pytest.mark.parametrize(
    "key",
    [
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
        "zyxwvutsrqponmlkjihgfedcba9876543210ZYXWVUTSRQPONMLKJIHGFEDCBA",
        "azertyuiopqsdfghjklmwxcvbn1234567890AZERTYUIOPQSDFGHJKLMWXCVBN",
        "qwertyuiopasdfghjklzxcvbnm1234567890QWERTYUIOPASDFGHJKLZXCVBNM",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm1QAZ2WSX3EDC4RFV5TGB6YHN7UJM",
        "marigot-production-secret-key-of-the-collectivite-2026-change-me",
        "MarigotProductionSecretKeyOfTheCollectivite2026ChangeMeNow",
        "Collectivité-de-Saint-Martin-intranet-Marigot-2026-clé-secrète",
        "change-me-change-me-change-me-change-me-change-me-1",
        "Django-Insecure-abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGH",
        "DJANGO-INSECURE-k3v9-Zq7w-Lm2x-Rt8y-Bn4u-Hs6j-Dp1c-Fg5a-Ve0i",
    ],
)
def test_a_key_that_a_person_typed_is_refused(key):
    (fault,) = told(SECRET_KEY=key)
    assert fault.startswith("MARIGOT_SECRET_KEY")
    assert safety._NEW_KEY in fault
