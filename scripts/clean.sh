#!/usr/bin/env bash
# Remove what can be made again. Data folders and the cache of fetched servers stay.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

if [ -L .venv ]; then rm .venv; else rm -rf .venv; fi
rm -rf .cache .pytest_cache .ruff_cache .mypy_cache .import_linter_cache .hypothesis .coverage static-collected
find config intranet documents search directory tests -name __pycache__ -type d -prune -exec rm -rf {} +
find config intranet documents search directory -path '*/LC_MESSAGES/*.mo' -delete
