"""What the confined child does with one picture. No more of Django is here than its settings.

Everything that Pillow and Willow load by name is loaded before the fork: a child opens no file.
"""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Callable
from typing import Any, BinaryIO

from django.conf import settings
from PIL import AvifImagePlugin, Image, ImageCms, ImageOps

if not settings.configured:
    settings.configure(WILLOW_OPTIMIZERS=False)  # Willow asks for it while it is imported

import willow
from willow.plugins.pillow import PillowImage

Send = Callable[[bytes, bytes], None]

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "AVIF")
_PIECE = 512 * 1024
_TURNED = (5, 6, 7, 8)
_ORIENTATION = 0x0112
_GAP, _LEAST = 3, 2

Image.init()
Image.MAX_IMAGE_PIXELS = None  # the caller counts them, before anything is decoded
AvifImagePlugin.DEFAULT_MAX_THREADS = 1  # a child starts no thread
_LOADED = (willow, ImageCms, ImageOps)  # which Willow imports late


def _open(stream: BinaryIO) -> Image.Image:
    warnings.simplefilter("ignore")
    return Image.open(io.BytesIO(stream.read()), formats=FORMATS)


def _says_early(picture: Image.Image) -> bool:
    """Tell whether the head says how the picture is to be turned: of a PNG, the end may."""
    return picture.format != "PNG" or "exif" in picture.info


def look(stream: BinaryIO, arguments: dict[str, Any], send: Send) -> None:
    """Tell format, size, frames and transparency, from the head of the file alone."""
    picture = _open(stream)
    width, height = picture.size
    several = picture.format == "MPO"  # a JPEG of some cameras, with a preview behind it
    told = {
        "format": "jpeg" if several else (picture.format or "").lower(),
        "width": width,
        "height": height,
        "turned": _says_early(picture) and picture.getexif().get(_ORIENTATION) in _TURNED,
        "frames": 1 if several else int(getattr(picture, "n_frames", 1)),
        "alpha": picture.mode in ("RGBA", "LA")
        or (picture.mode == "P" and "transparency" in picture.info),
    }
    send(b"P", json.dumps(told).encode())


def render(stream: BinaryIO, arguments: dict[str, Any], send: Send) -> None:
    """Carry out `plans`: lists of Willow operations with their arguments, the last of which saves.

    Sends what each saves, in their order. The picture is decoded once, and what several plans
    begin with is done once.
    """
    source = _open(stream)
    early = _says_early(source)
    source.load()
    source = _of_bytes(source)
    plans = arguments["plans"]
    made: list[bytes] = [b""] * len(plans)
    _carry_out(PillowImage(source), list(enumerate(plans)), early, made)
    for content in made:
        for start in range(0, len(content), _PIECE):
            send(b"B", content[start : start + _PIECE])
        send(b"E", b"")


def _of_bytes(image: Image.Image) -> Image.Image:
    """Return the picture with a byte for each value: neither JPEG nor WebP has bits or words."""
    if image.mode == "1":
        plain = image.convert("L")
    elif image.mode.startswith("I"):  # 16 bits of grey, as of a scanner
        plain = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    else:
        return image
    plain.info.pop("transparency", None)
    return plain


def _carry_out(
    picture: Any, plans: list[tuple[int, list[Any]]], early: bool, made: list[bytes]
) -> None:
    """Do the first step of each of `plans` with `picture`, then the others with what comes of it.

    What a plan saves is put into `made`, at the plan's number.
    """
    while plans:
        step = plans[0][1][0]
        alike = [(number, steps[1:]) for number, steps in plans if steps[0] == step]
        plans = [plan for plan in plans if plan[1][0] != step]
        name, positional, named = step
        values = [tuple(value) if isinstance(value, list) else value for value in positional]
        if name.startswith("save_as_"):
            output = io.BytesIO()
            getattr(picture, name)(output, *values, **named, apply_optimizers=False)
            for number, _rest in alike:
                made[number] = output.getvalue()
            continue
        if name == "auto_orient" and not early:
            result = picture  # nobody reckoned with it
        elif name == "resize":
            result = _reduced(picture, *values[0]).resize(*values)
        else:
            result = getattr(picture, name)(*values, **named)
        if not plans:
            del picture  # nothing else is made of it, and it may be large
            _carry_out(result, alike, early, made)
            return
        _carry_out(result, alike, early, made)


def _reduced(picture: Any, width: int, height: int) -> Any:
    """Return the picture at some three times the size that it is to be made, where it is larger.

    The mean of whole blocks of pixels costs a third of what a good filter over all costs, and
    is what Pillow does itself where it is told a `reducing_gap`.
    """
    image = picture.image
    factor = min(image.width // (_GAP * width), image.height // (_GAP * height))
    if factor < _LEAST:
        return picture
    if image.mode in ("1", "P"):  # as Willow does it
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    return PillowImage(image.reduce(factor))
