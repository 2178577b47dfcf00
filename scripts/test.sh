#!/usr/bin/env bash
# Set up, check the code, run the whole suite against real servers.
# ARGS in the environment goes to pytest, to run a part: make test ARGS="tests/search -x"
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT" || exit 1

tied "$ROOT/scripts/setup.sh" test || exit 1
lint=0
if [ -z "${ARGS:-}" ]; then
    tied "$ROOT/scripts/lint.sh" || lint=1
fi
# Words of ARGS are separate arguments.
# shellcheck disable=SC2086
exec "$PYTHON" -m tests.servers test --failed-before "$lint" -- ${ARGS:-} </dev/null
