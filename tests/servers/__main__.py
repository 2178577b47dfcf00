"""`python -m tests.servers install | test [-- pytest arguments] | services`."""

from __future__ import annotations

import argparse
import sys

from .base import ServerError


def main() -> int:
    """Read the command line and do what it asks; return an exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.servers")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("install", help="fetch the servers that no package offers")
    commands.add_parser("services", help="start the servers for a developer")
    test = commands.add_parser("test", help="run the suite with the servers up")
    test.add_argument("--failed-before", type=int, default=0, help="1 where a check failed")
    test.add_argument("arguments", nargs="*", help="what is passed to pytest, after --")
    chosen = parser.parse_args()
    match chosen.command:
        case "install":
            from .distribution import install

            try:
                install()
            except ServerError as error:
                print(f"marigot: {error}", file=sys.stderr)
                return 1
        case "services":
            from .services import serve

            return serve()
        case "test":
            from .runner import run_suite

            return run_suite(bool(chosen.failed_before), chosen.arguments)
    return 0


if __name__ == "__main__":
    sys.exit(main())
