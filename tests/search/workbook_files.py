"""Small workbooks made on the spot, in the formats of Excel that are not XML."""

from __future__ import annotations

import struct
from itertools import pairwise

_FREE, _CHAIN_END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR = 512


def ole(streams):
    """An OLE file (MS-CFB) of {"name" or "storage/name": bytes}."""
    data, chains = b"", []
    nodes = [["Root Entry", 5, {}, _CHAIN_END, 0]]  # name, type, children, first sector, size
    for path, content in streams.items():
        *storages, name = path.split("/")
        parent = nodes[0]
        for storage in storages:
            if storage not in parent[2]:
                parent[2][storage] = len(nodes)
                nodes.append([storage, 1, {}, 0, 0])
            parent = nodes[parent[2][storage]]
        # Below 4096 bytes a stream would lie elsewhere; what follows its end is not looked at.
        content = content.ljust(4096, b"\0")
        parent[2][name] = len(nodes)
        nodes.append([name, 2, {}, len(data) // _SECTOR, len(content)])
        content += bytes(-len(content) % _SECTOR)
        chains.append(len(content) // _SECTOR)
        data += content
    directory = _directory(nodes)
    chains.append(len(directory) // _SECTOR)
    table = []
    for length in chains:
        table += [*range(len(table) + 1, len(table) + length), _CHAIN_END]
    sectors = 1
    while (len(table) + sectors) * 4 > sectors * _SECTOR:
        sectors += 1
    first = len(table)
    table += [_FAT] * sectors
    table += [_FREE] * (sectors * _SECTOR // 4 - len(table))
    head = struct.pack(
        "<8s16xHHHHH6xIIIIIIIII",
        *(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6),
        *(0, sectors, first - chains[-1], 0, 4096, _CHAIN_END, 0, _CHAIN_END, 0),
    )
    places = [*range(first, first + sectors), *[_FREE] * (109 - sectors)]
    return (
        head
        + struct.pack("<109I", *places)
        + data
        + directory
        + struct.pack(f"<{len(table)}I", *table)
    )


def _directory(nodes):
    after, below = {}, {}
    for index, (_name, _kind, children, _start, _size) in enumerate(nodes):
        order = sorted(children, key=lambda name: (len(name), name.upper()))
        ids = [children[name] for name in order]
        below[index] = ids[0] if ids else _FREE
        after.update(pairwise(ids))
    entries = b""
    for index, (name, kind, _children, start, size) in enumerate(nodes):
        wide = name.encode("utf-16-le") + b"\0\0"
        entries += struct.pack("<64sHBB", wide, len(wide), kind, 1)
        entries += struct.pack(
            "<III36xIII", _FREE, after.get(index, _FREE), below[index], start, size, 0
        )
    return entries + bytes(-len(entries) % _SECTOR)


def record(kind, body=b""):
    """A record of an XLS stream (MS-XLS 2.1.4)."""
    return struct.pack("<HH", kind, len(body)) + body


def xls(sheets, *, version=0x0600, objects=None, **options):
    """A workbook of Excel 97 (or, by its `version`, 5); `objects` are more streams of the file."""
    stream = xls_stream(sheets, version=version, **options)
    return ole({"Workbook" if version >= 0x0600 else "Book": stream, **(objects or {})})


def xls_stream(sheets, *, formats=(), since_1904=False, version=0x0600, extra=b""):
    """The stream of a workbook; `sheets` are (name, state, rows).

    Numbers of the n-th row of a sheet have the n-th of `formats`, a number or the code of a
    format. Cells of bytes are records put in place of the cell. `extra` records are added to the
    first part of the stream.
    """
    numbers = [code if isinstance(code, int) else 164 + at for at, code in enumerate(formats)]
    head = record(0x22, struct.pack("<H", since_1904))
    for at, code in enumerate(formats):
        if isinstance(code, str):
            head += record(0x041E, struct.pack("<H", 164 + at) + _text(code, version, 1))
    for number in [0, *numbers]:
        head += record(0xE0, struct.pack("<HH", 0, number).ljust(20, b"\0"))
    head += extra
    begin = record(0x0809, struct.pack("<HHHHII", version, 5, 0, 0, 0, 0))
    parts = [_xls_sheet(rows, version, len(formats)) for _name, _state, rows in sheets]
    names = [
        struct.pack("<BB", state, 0) + _text(name, version, 0) for name, state, _rows in sheets
    ]
    place = len(begin) + len(head) + sum(8 + len(name) for name in names) + 4
    for part, name in zip(parts, names, strict=True):
        head += record(0x85, struct.pack("<I", place) + name)
        place += len(part)
    return begin + head + record(0x0A) + b"".join(parts)


def _text(text, version, more):
    """A string with its length, of one byte or, in formats and cells of Excel 97, two."""
    if version < 0x0600:
        return struct.pack("<B", len(text)) + text.encode("cp1252")
    return struct.pack("<HB" if more else "<BB", len(text), 1) + text.encode("utf-16-le")


def _xls_sheet(rows, version, styles):
    cells = record(0x0809, struct.pack("<HHHHII", version, 0x10, 0, 0, 0, 0))
    for row, values in enumerate(rows):
        style = row + 1 if row < styles else 0
        for column, value in enumerate(values):
            place = struct.pack("<HHH", row, column, style)
            if isinstance(value, bytes):
                cells += value
            elif isinstance(value, str):
                label = _text(value, version, 1)
                if version < 0x0600:
                    label = struct.pack("<H", len(value)) + label[1:]
                cells += record(0x0204, place + label)
            elif isinstance(value, int):
                cells += record(0x027E, place + struct.pack("<i", value << 2 | 2))
            else:
                cells += record(0x0203, place + struct.pack("<d", value))
    return cells + record(0x0A)
