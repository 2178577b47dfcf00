"""What lies in a file share that nobody put there: of systems, and of programs at work."""

from __future__ import annotations

import re
from typing import Final

# Windows, macOS, Linux, and the storage boxes of Synology, QNAP and NetApp.
_FOLDERS: Final = re.compile(
    r"""
    \$recycle\.bin | recycle[rd] | system\ volume\ information
    | \.trashes | \.trash(-.*)? | \.spotlight-v100 | \.fseventsd | \.temporaryitems
    | \.documentrevisions-v100 | \.appledouble | __macosx
    | lost\+found | \.zfs | [.~]snapshot
    | @eadir | \#recycle | \#snapshot | @recycle | \.@__thumb
    """,
    re.VERBOSE | re.IGNORECASE,
)
# `~$` and `.~lock` are held by an office program while a document is open; `._` is what macOS
# keeps of a file beside it where the file system cannot; `.tmp`, `.part` … were never finished.
_FILES: Final = re.compile(
    r"""
    thumbs\.db(:.*)? | ehthumbs(_vista)?\.db | desktop\.ini | \.ds_store | \.localized | icon\r
    | \._.+ | \.directory | \.apdisk | \.nfs[0-9a-f]{8,} | \.fuse_hidden[0-9a-f]+
    | ~\$.+ | \.~lock\..+\# | .+\.(laccdb|ldb|dwl2?) | \..+\.sw[op]
    | .*\.tmp | .+\.(part|partial|crdownload)
    """,
    re.VERBOSE | re.IGNORECASE,
)


def is_leftover(name: str, *, is_folder: bool) -> bool:
    """Tell whether a file or folder of that name is a leftover of a system or program."""
    return bool((_FOLDERS if is_folder else _FILES).fullmatch(name))
