#!/usr/bin/env bash
# Measure which branches the tests take of the files listed in pyproject.toml; fail where one is
# left. ARGS in the environment goes to pytest in the place of the tests that this takes.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

read -r -a tests <<<"${ARGS:-tests/directory tests/documents tests/intranet tests/config/serving}"
tied "$ROOT/scripts/setup.sh" test
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
export COVERAGE_FILE=$data/coverage

MARIGOT_DATA="$data" tied "$PYTHON" -m coverage run -m pytest -q --without-browser "${tests[@]}"
"$PYTHON" -m coverage report
