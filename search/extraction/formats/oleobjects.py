"""Files embedded in OLE storages: packages, and documents kept by another program."""

from __future__ import annotations

import struct
from collections.abc import Container

import olefile

from ..dispatch import read_nested
from ..results import MIB
from ..sink import Sink, Source

OBJECT_BYTES = 64 * MIB
_NATIVE = "\x01ole10native"
_WHOLE_FILES = {"contents", "package", "embeddedodf"}


def read_objects(
    source: Source, ole: olefile.OleFileIO, sink: Sink, unseen: Container[str] = frozenset()
) -> bool:
    """Read the embedded files of all storages, within the budget; whether there was any.

    Left out are those in the storages named by `unseen`, in capitals.
    """
    found = False
    for path in ole.listdir():
        name = path[-1].lower()
        if path[0].upper() in unseen:
            continue
        if name == _NATIVE:
            label, data = _native(ole.openstream(path).read(OBJECT_BYTES))
        elif name in _WHOLE_FILES:
            label, data = "", ole.openstream(path).read(OBJECT_BYTES)
        else:
            continue
        found = True
        sink.text("\n")
        sink.line(label)
        read_nested(source, sink, label, data)
    return found


def _native(data: bytes) -> tuple[str, bytes]:
    """Name and content of a package stream (MS-OLEDS 2.3.6, and what Packager puts in it)."""
    if len(data) < 6:
        return "", b""
    flags = struct.unpack_from("<H", data, 4)[0]
    if flags != 2:  # not a package: the bytes of the object themselves
        return "", data[4:]
    end = data.find(b"\x00", 6)
    label = data[6:end].decode("cp1252", "replace") if 0 < end - 6 < 260 else ""
    path_end = data.find(b"\x00", end + 1)
    position = path_end + 1 + 4  # two numbers follow the original path
    if path_end < 0 or position + 4 > len(data):
        return label, b""
    temporary = struct.unpack_from("<I", data, position)[0]
    position += 4 + temporary
    if position + 4 > len(data):
        return label, b""
    size = struct.unpack_from("<I", data, position)[0]
    return label, data[position + 4 : position + 4 + size]
