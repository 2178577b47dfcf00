"""The pictures of the documentation, as a browser draws them in both schemes."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

ROOT = Path(__file__).resolve().parents[2]
PICTURES = sorted(ROOT.glob("docs/*.svg"))
OUTSIDE = """() => {
  const rects = [...document.querySelectorAll("svg rect")].map((rect) => rect.getBBox());
  const holds = (box, x, y) =>
    x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
  return [...document.querySelectorAll("svg text")].filter((text) => {
    const { x, y, width, height } = text.getBBox();
    const around = rects.filter((rect) => holds(rect, x, y + height / 2));
    return !around.every((rect) => holds(rect, x + width + 4, y + height / 2));
  }).map((text) => text.textContent);
}"""
LIGHTNESS = """() => {
  const of = (element) => {
    const [red, green, blue] = getComputedStyle(element).fill.match(/[\\d.]+/g).map(Number);
    return (red + green + blue) / 765;
  };
  return {
    ground: of(document.querySelector("svg > rect")),
    boxes: [...document.querySelectorAll("svg rect")].map(of),
    words: [...document.querySelectorAll("svg text")].map(of),
  };
}"""


@pytest.mark.parametrize("picture", PICTURES, ids=lambda path: path.stem)
def test_a_picture_keeps_its_words_in_their_boxes_and_follows_the_scheme(
    page: Page, picture: Path
) -> None:
    page.set_viewport_size({"width": 700, "height": 900})
    page.set_content(picture.read_text(encoding="utf-8"))
    assert page.evaluate(OUTSIDE) == []
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        light = page.evaluate(LIGHTNESS)
        assert (light["ground"] > 0.5) is (scheme == "light")
        paper, ink = (min, max) if scheme == "light" else (max, min)
        assert abs(paper(light["boxes"]) - ink(light["words"])) > 0.4
