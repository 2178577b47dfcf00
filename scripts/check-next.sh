#!/usr/bin/env bash
# Run the tests of the lock over Wagtail against the newest Wagtail 8 of the index, in an
# environment of its own that is thrown away. What is locked stays as it is. ARGS in the
# environment goes to pytest in their place.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT"

read -r -a tests <<<"${ARGS:-tests/intranet tests/leaks}"
tied "$ROOT/scripts/setup.sh" test
need_space "$ROOT" 2048 "a second environment"
next=$(mktemp -d "$ROOT/.cache/next.XXXXXX")
trap 'rm -rf "$next"' EXIT

sed 's/^wagtail==.*/wagtail>=8,<9/' requirements/base.in >"$next/base.in"
cp requirements/dev.in "$next/dev.in"
cp requirements/dev.txt "$next/dev.txt" # all the others stay as they are locked, where they fit
"$PYTHON" -m uv pip compile --quiet --python-version 3.11 --generate-hashes --no-emit-index-url \
    --no-emit-find-links --no-header --upgrade-package wagtail \
    "$next/dev.in" --output-file "$next/dev.txt"
say "Wagtail: $(grep -o '^wagtail==[^ ]*' "$next/dev.txt"), locked is $(grep -o '^wagtail==[^ ]*' requirements/base.txt)"
"$PYTHON" -m venv "$next/venv"
tied "$next/venv/bin/python" -m pip install --quiet --no-input --disable-pip-version-check \
    --require-hashes --requirement "$next/dev.txt"
# Migrations that a newer Wagtail would need of us are found here, too.
MARIGOT_DATA="$next/data" DJANGO_SETTINGS_MODULE=config.settings.test \
    "$next/venv/bin/python" manage.py makemigrations --check --dry-run
MARIGOT_DATA="$next/data" tied "$next/venv/bin/python" -m pytest -q -p no:cacheprovider \
    "${tests[@]}"
