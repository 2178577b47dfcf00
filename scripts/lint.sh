#!/usr/bin/env bash
# Every check that reads the code without running it. All of them run; any finding fails.
set -uo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
cd "$ROOT" || exit 1

MARIGOT_DATA=$(mktemp -d)
export MARIGOT_DATA
trap 'rm -rf "$MARIGOT_DATA"' EXIT

failed=()
check() {
    local name=$1
    shift
    say "── $name"
    "$@" || failed+=("$name")
}

manage() {
    DJANGO_SETTINGS_MODULE=$1 "$PYTHON" manage.py "${@:2}"
}

# The production settings on values of a made-up site: they must pass without a warning.
check_production() {
    env \
        MARIGOT_SECRET_KEY="$("$PYTHON" -c 'import secrets; print(secrets.token_urlsafe(64))')" \
        MARIGOT_BASE_URL=https://intranet.example.org \
        MARIGOT_ALLOWED_HOSTS=intranet.example.org \
        MARIGOT_LDAP_URL=ldaps://directory.example.org \
        MARIGOT_LDAP_BIND_DN=cn=marigot,dc=example,dc=org \
        MARIGOT_LDAP_BIND_PASSWORD=unused \
        MARIGOT_LDAP_BASE_DN=dc=example,dc=org \
        DJANGO_SETTINGS_MODULE=config.settings.production \
        "$PYTHON" manage.py check --deploy --fail-level WARNING
}

TEMPLATES=(config directory documents intranet search tests)

# The formatter leaves a line as long as it is where it finds no place to break it.
short_lines() {
    local long
    long=$(find "${TEMPLATES[@]}" -path '*/templates/*.html' \
        -exec env LC_ALL=C.UTF-8 grep -HnE '.{121,}' {} +) || return 0
    say "longer than 120 characters:" "$long"
    return 1
}

check "ruff check" "$VENV/bin/ruff" check .
check "ruff format" "$VENV/bin/ruff" format --check .
check "mypy" "$VENV/bin/mypy"
check "import-linter" "$VENV/bin/lint-imports"
check "oxlint" "$VENV/bin/oxlint" --deny-warnings config directory documents intranet search tests/js
check "djangofmt" "$VENV/bin/djangofmt" --check "${TEMPLATES[@]}"
check "djangofmt check" "$VENV/bin/djangofmt" check "${TEMPLATES[@]}"
check "lines of templates" short_lines
check "what comes from outside" "$PYTHON" scripts/outside_rule.py
check "makemigrations" manage config.settings.test makemigrations --check --dry-run
check "check --deploy" check_production
if command -v shellcheck >/dev/null; then
    check "shellcheck" shellcheck -x scripts/*.sh .ci/run deploy/marigot
else
    say "── shellcheck is not installed: the scripts were not checked (apt-get install shellcheck)"
fi

[ "${#failed[@]}" -eq 0 ] || fail "these checks failed: $(printf '%s, ' "${failed[@]}" | sed 's/, $//')"
