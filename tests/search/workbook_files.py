"""Small workbooks made on the spot, in the formats of Excel that are not XML."""

from __future__ import annotations

import struct
from itertools import pairwise

from .extraction_files import OFFICE, RELATIONS, ooxml

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


def xlsb_record(kind, body=b""):
    """A record of a part of an XLSB (MS-XLSB 2.1.4)."""
    return _sevens(kind) + _sevens(len(body)) + body


def _sevens(number):
    low = bytes([number & 0x7F | (0x80 if number > 0x7F else 0)])
    return low + _sevens(number >> 7) if number > 0x7F else low


def _counted(text):
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb(sheets, *, formats=(), since_1904=False, listed=b"", extra=None, others=()):
    """A binary workbook; `sheets` and `formats` as for `xls`, their strings in their cells.

    `listed` are records put after those of the sheets; `extra` are parts by name and `others`
    their types, (part, type).
    """
    book = xlsb_record(131) + xlsb_record(153, struct.pack("<III", since_1904, 0, 0))
    book += xlsb_record(143)
    members, parts, relations = {}, [("xl/styles.bin", "application/vnd.ms-excel.styles")], ""
    for number, (name, state, rows) in enumerate(sheets, 1):
        head = struct.pack("<II", state, number)
        book += xlsb_record(156, head + _counted(f"rId{number}") + _counted(name))
        part = f"xl/worksheets/sheet{number}.bin"
        members[part] = _xlsb_sheet(rows, len(formats))
        parts.append((part, "application/vnd.ms-excel.worksheet"))
        relations += (
            f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" '
            f'Target="worksheets/sheet{number}.bin"/>'
        )
    members["xl/workbook.bin"] = book + listed + xlsb_record(144) + xlsb_record(132)
    relations += f'<Relationship Id="rIdS" Type="{OFFICE}/styles" Target="styles.bin"/>'
    members["xl/_rels/workbook.bin.rels"] = (
        f'<Relationships xmlns="{RELATIONS}">{relations}</Relationships>'
    )
    numbers = [code if isinstance(code, int) else 164 + at for at, code in enumerate(formats)]
    codes = [
        xlsb_record(44, struct.pack("<H", 164 + at) + _counted(code))
        for at, code in enumerate(formats)
        if isinstance(code, str)
    ]
    named = xlsb_record(626, bytes(4)) + _xlsb_style(9) + xlsb_record(627)
    used = b"".join(_xlsb_style(number) for number in [0, *numbers])
    members["xl/styles.bin"] = (
        xlsb_record(615, struct.pack("<I", len(codes)))
        + b"".join(codes)
        + xlsb_record(616)
        + named
        + xlsb_record(617, struct.pack("<I", len(numbers) + 1))
        + used
        + xlsb_record(618)
    )
    main_type = "application/vnd.ms-excel.sheet.binary.macroEnabled.main"
    return ooxml("xl/workbook.bin", main_type, {**members, **(extra or {})}, [*parts, *others])


def _xlsb_style(number):
    return xlsb_record(47, struct.pack("<HH", 0, number) + bytes(12))


def _xlsb_sheet(rows, styles):
    data = xlsb_record(129) + xlsb_record(148, struct.pack("<IIII", 0, len(rows), 0, 9))
    data += xlsb_record(145)
    for row, values in enumerate(rows):
        style = row + 1 if row < styles else 0
        data += xlsb_record(0, struct.pack("<IIHHBI", row, 0, 300, 0, 0, 0))
        for column, value in enumerate(values):
            place = struct.pack("<II", column, style)
            if isinstance(value, bytes):
                data += value
            elif isinstance(value, str):
                data += xlsb_record(6, place + _counted(value))
            elif isinstance(value, int):
                data += xlsb_record(2, place + struct.pack("<i", value << 2 | 2))
            else:
                data += xlsb_record(5, place + struct.pack("<d", value))
    return data + xlsb_record(146) + xlsb_record(130)
