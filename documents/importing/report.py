"""What an import tells of itself."""

from __future__ import annotations

from dataclasses import dataclass, field

from .walking import Skipped


@dataclass(slots=True)
class Report:
    """What an import did. `skipped` says what was not taken and why; times are in seconds.

    `elsewhere`: how many of the files and folders that were here already had been renamed or
    moved by users; what is new about them went to where they are. `renamed`: the place in the
    share of what is kept under a mended name, and that name.
    """

    folders: int = 0
    added: int = 0
    versions: int = 0
    unchanged: int = 0
    elsewhere: int = 0
    bytes: int = 0
    seconds: float = 0.0
    stopped: bool = False
    skipped: list[Skipped] = field(default_factory=list)
    renamed: list[tuple[str, str]] = field(default_factory=list)

    @property
    def files(self) -> int:
        """How many files were dealt with."""
        return self.added + self.versions + self.unchanged

    @property
    def rate(self) -> float:
        """Files a second."""
        return self.files / self.seconds if self.seconds else 0.0
