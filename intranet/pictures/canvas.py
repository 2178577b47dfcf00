"""A picture as Wagtail's filters see it, of which nothing is decoded here."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from .looking import Picture, Plan, Step, look_at, render


@dataclass(frozen=True, slots=True)
class Saved:
    """What was rendered: the file that it was written to, and the name of its format."""

    f: BinaryIO
    format_name: str


class Canvas:
    """Stands for a Willow image: notes what is to be done, and has a child do it all at the end.

    So the filters stay Wagtail's own. What they ask of a picture on the way (its size, whether
    it is transparent) follows from what is known of it and from what is to be done. Where `plans`
    is given, what is to be done is added to it, and nothing is rendered.
    """

    def __init__(self, content: bytes, plans: list[Plan] | None = None) -> None:
        self._content = content
        self._plans = plans
        self._picture = look_at(content)
        self._steps: list[Step] = []
        self._alpha = self._picture.alpha
        self.width, self.height = self._picture.width, self._picture.height

    @property
    def format_name(self) -> str:
        """The format that the picture came in, as Willow names it."""
        return self._picture.format

    @property
    def mime_type(self) -> str:
        """Its media type."""
        return f"image/{self._picture.format}"

    @property
    def image(self) -> Canvas:
        """Itself: filters ask it for width and height."""
        return self

    def get_size(self) -> tuple[int, int]:
        """Return width and height."""
        return self.width, self.height

    def get_frame_count(self) -> int:
        """Return how many pictures follow each other."""
        return self._picture.frames

    def has_alpha(self) -> bool:
        """Tell whether parts are transparent."""
        return self._alpha

    def has_animation(self) -> bool:
        """Say no, as Willow does with Pillow: the first frame is rendered."""
        return False

    def auto_orient(self) -> Canvas:
        """Turn it as it is to be shown."""
        if self._picture.turned:
            self.width, self.height = self.height, self.width
        return self._note("auto_orient")

    def crop(self, rect: Iterable[float]) -> Canvas:
        """Keep what lies inside `rect`: left, top, right, bottom."""
        left, top, right, bottom = (int(value) for value in rect)
        left, top = max(0, left), max(0, top)
        right, bottom = min(right, self.width), min(bottom, self.height)
        if (left, top, right, bottom) == (0, 0, self.width, self.height):
            return self  # a copy of the whole, which may be large
        self.width, self.height = right - left, bottom - top
        return self._note("crop", (left, top, right, bottom))

    def resize(self, size: Iterable[float]) -> Canvas:
        """Make it that large."""
        self.width, self.height = (int(value) for value in size)
        return self._note("resize", (self.width, self.height))

    def set_background_color_rgb(self, color: Iterable[int]) -> Canvas:
        """Put a colour behind what is transparent."""
        self._alpha = False
        return self._note("set_background_color_rgb", tuple(color))

    def __getattr__(self, name: str) -> Any:
        """Return what saves it in a format: `save_as_jpeg(output, quality=…)` and the like."""
        if not name.startswith("save_as_"):
            raise AttributeError(name)
        return functools.partial(self._save, name)

    def _save(self, name: str, output: BinaryIO, **options: object) -> Saved:
        format_name = name.removeprefix("save_as_")
        result = Picture(format_name, self.width, self.height)
        plan = Plan([*self._steps, (name, (), options)], result)
        if self._plans is None:
            output.write(render(self._content, [plan])[0])
            output.seek(0)
        else:
            self._plans.append(plan)
        return Saved(output, format_name)

    def _note(self, name: str, *arguments: object) -> Canvas:
        self._steps.append((name, arguments, {}))
        return self
