"""`python -m config.embedded`: everything Marigot needs, from one command.

Starts the directory server with the demo organisation, prepares the data folder, serves
HTTP and WebSockets, runs the workers, and stops all of it at Ctrl-C or SIGTERM.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .supervisor import ROOT, run


def main() -> int:
    """Read the command line and run; return the exit status."""
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--port", type=int, default=8000, help="port to serve at")
    parser.add_argument("--data", type=Path, default=ROOT / "data", help="folder for all data")
    options = parser.parse_args()
    if not 1 <= options.port <= 65535:
        parser.error("the port is a number from 1 to 65535")
    return run(options.data, options.port)


if __name__ == "__main__":
    sys.exit(main())
