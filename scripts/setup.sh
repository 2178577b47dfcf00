#!/usr/bin/env bash
# Make this machine ready: Debian packages, the virtual environment, compiled messages.
# Usage: setup.sh run|dev|test
#   run   what Marigot runs on     dev   the linters and test libraries as well
#   test  the servers and the browser of the tests as well
# What is there already is left alone: a second run asks nothing of the network.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
# shellcheck source=scripts/needs.sh
. "$ROOT/scripts/needs.sh"

KIND=${1:-}
case $KIND in
run) LOCKED=requirements/base.txt ;;
dev | test) LOCKED=requirements/dev.txt ;;
*) fail "usage: scripts/setup.sh run|dev|test" ;;
esac
STAMP=$VENV/installed

# One set-up of a checkout at a time. The kernel holds the lock for as long as the process
# lives, so that a killed set-up never leaves a stale one.
if [ "${MARIGOT_SETUP_LOCKED:-}" != "$ROOT" ]; then
    command -v flock >/dev/null || fail "flock was not found. Install it: apt-get install util-linux"
    mkdir -p "$ROOT/.cache" 2>/dev/null || fail "the checkout cannot be written to: $ROOT"
    lock=$ROOT/.cache/set-up.lock
    export MARIGOT_SETUP_LOCKED=$ROOT
    alone() {
        status=0
        tied flock --close --conflict-exit-code 75 "$1" "$2" "$lock" \
            setpriv --pdeathsig TERM -- "$ROOT/scripts/setup.sh" "$KIND" || status=$?
    }
    alone --timeout 0
    if [ "$status" -eq 75 ]; then
        say "Another set-up of this checkout is under way; waiting for it (15 minutes at most) …"
        alone --timeout 900
    fi
    [ "$status" -ne 75 ] || fail "the other set-up still holds $lock." "See which process: fuser -v $lock"
    exit "$status"
fi

fingerprint() {
    sha256sum "$ROOT/$1" | cut -d' ' -f1
}

# The environment is whole when the stamp, written last, names the lock file as it is now
# and the place where it was made (its programs hold that path).
environment_ready() {
    [ -L "$VENV" ] && return 0 # somebody's own, shared between checkouts: never changed here
    [ -f "$STAMP" ] && grep -qsFx "$(fingerprint "$LOCKED")" "$STAMP" && environment_usable
}

environment_usable() {
    grep -qsFx "$ROOT" "$STAMP" && "$PYTHON" -c 'import django, pip' 2>/dev/null
}

install_packages() {
    missing_packages "$@"
    [ "${#MISSING[@]}" -eq 0 ] && return 0
    local command="apt-get install --no-install-recommends ${MISSING[*]}"
    command -v apt-get >/dev/null || fail "these programs or headers are missing (names of Debian's packages):" \
        "${MISSING[*]}" "Install them with this system's package manager, then run it again."
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        if sudo -n true 2>/dev/null; then
            as_root=(sudo -n)
        else
            fail "some Debian packages are missing, and only root may install them. Run this, then try again:" \
                "sudo $command" \
                "(the servers among them need not be started: Marigot starts its own copies)"
        fi
    fi
    need_space /usr "$PACKAGES_MB" "installing Debian packages"
    say "Installing Debian packages (a few minutes, once): ${MISSING[*]} …"
    local log=$ROOT/.cache/packages.log
    if ! "${as_root[@]}" "$ROOT/scripts/packages.sh" "${MISSING[@]}" >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        fail "the Debian packages could not be installed; the lines above say why (all: $log)." \
            "Install them by hand, then run it again: $command"
    fi
    missing_packages "$@"
    [ "${#MISSING[@]}" -eq 0 ] || fail "still missing after the installation: ${MISSING[*]}"
}

make_environment() {
    local stamp=("$ROOT" "$(fingerprint "$LOCKED")")
    # dev.txt holds all of base.txt (a test compares them), so it makes both whole.
    [ "$KIND" = run ] || stamp+=("$(fingerprint requirements/base.txt)")
    if ! environment_usable; then
        [ ! -e "$VENV" ] || say "The virtual environment is not whole: making it anew."
        rm -rf "$VENV"
        say "Making the virtual environment …"
        python3 -m venv "$VENV" || fail "the virtual environment could not be made in $VENV; see above."
    fi
    rm -f "$STAMP" # from here on, an interruption leaves an environment that is made anew
    say "Installing the locked Python packages of $LOCKED (a few minutes, once) …"
    tied "$PYTHON" -m pip install --quiet --no-input --disable-pip-version-check \
        --require-hashes --requirement "$ROOT/$LOCKED" </dev/null || fail \
        "the locked Python packages could not be installed; the lines above say why." \
        "Run it again once the cause is gone."
    local misfits
    misfits=$("$PYTHON" -m pip check --disable-pip-version-check) || fail \
        "the installed Python packages do not fit together: $misfits"
    printf '%s\n' "${stamp[@]}" >"$STAMP.new"
    mv "$STAMP.new" "$STAMP"
}

refuse_old_python() {
    python3 -c "$LEAST_PYTHON" 2>/dev/null || [ -L "$VENV" ] || fail \
        "Marigot needs Python 3.11 or later; python3 here is $(python3 --version 2>&1)." \
        "Debian 12 and later have it: apt-get install python3 python3-venv"
}

groups=(run)
[ "$KIND" != test ] || groups+=(test)
environment_ready || groups+=(build)
# Where it is too old nothing is installed; where there is none, one is installed first.
! has_program python3 || refuse_old_python
install_packages "${groups[@]}"
refuse_old_python
if ! environment_ready; then
    need_space "$ROOT" "$ENVIRONMENT_MB" "the virtual environment"
    make_environment
fi
"$ROOT/scripts/messages.sh"
if [ "$KIND" = test ]; then
    (cd "$ROOT" && "$PYTHON" -m tests.servers install)
fi
