#!/usr/bin/env bash
# Set up what is missing, then become Marigot: signals and the exit status are its own.
# PORT and DATA come from the environment (see the Makefile).
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

PORT=${PORT:-8000}
DATA=$(realpath -m -- "${DATA:-data}")
if ! [[ $PORT =~ ^[0-9]{1,5}$ ]] || [ "$((10#$PORT))" -lt 1 ] || [ "$((10#$PORT))" -gt 65535 ]; then
    fail "PORT=$PORT is not a port: give a number from 1 to 65535."
fi
need_space "$DATA" 512 "Marigot"
tied "$ROOT/scripts/setup.sh" run
cd "$ROOT"
exec "$PYTHON" -m config.embedded --port "$PORT" --data "$DATA"
