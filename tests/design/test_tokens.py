"""The colours hold the contrasts of WCAG 2.2 AA by day and by night."""

import re
from pathlib import Path

import pytest

CSS = Path(__file__).parents[2] / "config/design/static/design"
HEX = re.compile(r"--([a-z0-9-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));")

TEXT = [
    *[
        (ink, ground)
        for ink in ("ink", "ink-soft", "ink-faint", "lagoon", "mangrove", "coral")
        for ground in ("paper", "surface", "raised", "hover")
    ],
    *[(ink, "sunken") for ink in ("ink", "ink-soft", "ink-faint")],
    ("ink-soft", "mangrove-soft"),
    ("ink", "mangrove-soft"),
    ("ink", "lagoon-soft"),
    ("ink", "leaf-soft"),
    ("ink", "marigold-soft"),
    ("ink", "coral-soft"),
    ("mangrove", "mangrove-soft"),
    ("mangrove-deep", "mangrove-soft"),
    ("lagoon", "lagoon-soft"),
    ("marigold-ink", "marigold-soft"),
    ("marigold-ink", "paper"),
    ("coral", "coral-soft"),
    ("leaf", "leaf-soft"),
    ("leaf", "paper"),
    ("on-mangrove", "mangrove"),
    ("on-mangrove", "mangrove-deep"),
    ("on-coral", "coral"),
    ("on-marigold", "marigold"),
    ("on-shade", "shade"),
    ("on-shade", "shade-raised"),
    ("on-shade-soft", "shade"),
    ("on-shade-soft", "shade-raised"),
]
BOUNDS = [
    ("edge", "paper"),
    ("edge", "surface"),
    ("focus", "paper"),
    ("focus", "surface"),
    ("focus", "raised"),
    ("marigold", "shade"),
    ("marigold", "shade-raised"),
]


def _tokens():
    found = {}
    for name, day, night, both in HEX.findall((CSS / "tokens.css").read_text()):
        found[name] = (day or both, night or both)
    return found


def _light(colour):
    def linear(part):
        part /= 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    red, green, blue = (linear(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    high, low = sorted((_light(one), _light(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", [0, 1], ids=["day", "night"])
@pytest.mark.parametrize(("least", "pairs"), [(4.5, TEXT), (3, BOUNDS)], ids=["text", "bounds"])
def test_every_pair_can_be_read(theme, least, pairs):
    tokens = _tokens()
    weak = {
        pair: round(contrast(tokens[pair[0]][theme], tokens[pair[1]][theme]), 2)
        for pair in pairs
        if contrast(tokens[pair[0]][theme], tokens[pair[1]][theme]) < least
    }
    assert weak == {}


def test_every_token_used_is_defined_and_every_colour_is_a_token():
    css = {path.name: path.read_text() for path in CSS.glob("*.css")}
    defined = set(re.findall(r"(--[a-z0-9-]+):", "".join(css.values())))
    used = set(re.findall(r"var\((--[a-z0-9-]+)", "".join(css.values())))
    assert used - defined == set()
    stray = {
        name: re.findall(r"#[0-9a-fA-F]{3,8}\b", text)
        for name, text in css.items()
        if name not in ("tokens.css", "print.css")
    }
    assert {name: found for name, found in stray.items() if found} == {}
