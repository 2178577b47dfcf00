"""A zip file read within bounds that are checked before anything is unpacked."""

from __future__ import annotations

import lzma
import zipfile
import zlib
from typing import IO

from ..results import MIB, Status
from ..sink import Refusal, Source, encrypted, malformed

DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)
"""What reading a damaged member may raise."""
HARMLESS = 16 * MIB
"""Below this unpacked size no ratio is too high: empty pictures and tables pack very well."""


class Archive:
    """The members of a zip file by name, without regard to case. Raises Refusal past a bound."""

    def __init__(self, source: Source) -> None:
        limits = source.limits
        try:
            self._zip = zipfile.ZipFile(source.stream)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError) as error:
            raise malformed("zip", f"Its zip directory cannot be read: {error}.") from error
        members = self._zip.infolist()
        if len(members) > limits.zip_entries:
            message = f"It holds {len(members)} parts; at most {limits.zip_entries} are accepted."
            raise Refusal(Status.TOO_LARGE, "zip_entries", message)
        unpacked = sum(member.file_size for member in members)
        if unpacked > limits.zip_bytes:
            message = f"It unpacks to {unpacked} bytes; at most {limits.zip_bytes} are accepted."
            raise Refusal(Status.TOO_LARGE, "zip_bytes", message)
        if unpacked > HARMLESS and unpacked > limits.zip_ratio * max(source.size, 1):
            message = f"It unpacks to more than {limits.zip_ratio} times its size."
            raise Refusal(Status.TOO_LARGE, "zip_ratio", message)
        self.names = [member.filename for member in members if not member.is_dir()]
        self._members = {member.filename.lstrip("/").lower(): member for member in members}

    def __contains__(self, name: str) -> bool:
        return name.lstrip("/").lower() in self._members

    def size(self, name: str) -> int:
        """Unpacked size that the directory declares; reading never gives more."""
        return self._members[name.lstrip("/").lower()].file_size

    def open(self, name: str) -> IO[bytes]:
        """Open a member. Raises Refusal where it is missing, encrypted or damaged."""
        member = self._members.get(name.lstrip("/").lower())
        if member is None:
            raise malformed("zip_member", f"Its part {name} is missing.")
        if member.flag_bits & 1:
            raise encrypted()
        try:
            return self._zip.open(member)
        except (zipfile.BadZipFile, OSError, RuntimeError, ValueError) as error:
            raise malformed("zip_member", f"Its part {name} cannot be read: {error}.") from error

    def read(self, name: str, most: int = 64 * MIB) -> bytes:
        """Content of a member, at most `most` bytes. Raises Refusal."""
        with self.open(name) as stream:
            try:
                return stream.read(most)
            except DAMAGE as error:
                message = f"Its part {name} is damaged: {error}."
                raise malformed("zip_member", message) from error
