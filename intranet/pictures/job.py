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
    """Carry out `steps`, each a Willow operation with its arguments; send what the last saves."""
    source = _open(stream)
    early = _says_early(source)
    source.load()
    picture: Any = PillowImage(source)
    del source
    output = io.BytesIO()
    for name, positional, named in arguments["steps"]:
        if name == "auto_orient" and not early:
            continue  # nobody reckoned with it
        values = [tuple(value) if isinstance(value, list) else value for value in positional]
        if name.startswith("save_as_"):
            values, named = [output, *values], {**named, "apply_optimizers": False}
        picture = getattr(picture, name)(*values, **named)
    content = output.getvalue()
    for start in range(0, len(content), _PIECE):
        send(b"B", content[start : start + _PIECE])
    send(b"E", b"")
