#!/usr/bin/env bash
# Write requirements/*.txt from requirements/*.in: exact versions, hashes, no index address.
# Versions stay as they are locked where they still fit. Usage: lock.sh [--upgrade]
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

compile() {
    "$PYTHON" -m uv pip compile --quiet --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header "$@"
}

compile "$@" requirements/base.in --output-file requirements/base.txt
# The same versions for the tests as for running.
compile "$@" requirements/dev.in --constraint requirements/base.txt --output-file requirements/dev.txt
say "Locked. See what moved: git diff requirements"
