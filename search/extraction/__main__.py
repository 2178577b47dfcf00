"""`python -m search.extraction FILE…`: what would be indexed of a file, and why not more."""

from __future__ import annotations

import sys
from pathlib import Path

from .results import ExtractionUnavailable, Limits
from .service import extract


def main(names: list[str]) -> int:
    """Print status, kind, language, metadata and text of each file; 1 if one cannot be opened."""
    failed = 0
    for name in names:
        try:
            found = extract(Path(name), limits=Limits())
        except OSError as error:
            sys.stderr.write(f"{name}: {error.strerror}\n")
            failed = 1
            continue
        except ExtractionUnavailable as error:
            sys.stderr.write(f"{error}\n")
            return 2
        facts = [found.status, found.kind, found.mime, found.language, f"{found.seconds:.3f} s"]
        of_itself = found.metadata
        told = [of_itself.title, of_itself.author, of_itself.about, str(found.detail)]
        sys.stdout.write(f"== {name}: {', '.join(fact for fact in [*facts, *told] if fact)}\n")
        for text in filter(None, (found.text, found.for_search)):
            sys.stdout.write(f"{text}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
