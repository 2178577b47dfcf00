# shellcheck shell=bash
# What the scripts share. Sourced, never run.

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
VENV=$ROOT/.venv
PYTHON=$VENV/bin/python
export ROOT VENV PYTHON

say() {
    printf '%s\n' "$*"
}

# Print each argument as a line of one error, and stop.
fail() {
    printf 'marigot: %s\n' "$1" >&2
    shift
    [ "$#" -eq 0 ] || printf '         %s\n' "$@" >&2
    exit 1
}

# need_space FOLDER MEGABYTES WHAT-FOR: stop where the disk has less.
need_space() {
    local folder=$1 free
    while [ ! -d "$folder" ]; do folder=$(dirname "$folder"); done
    free=$(df -Pm "$folder" | awk 'NR == 2 { print $4 }')
    [ "${free:-0}" -ge "$2" ] || fail \
        "not enough room on the disk: $3 needs $2 MB in $1, ${free:-0} MB are free." \
        "Nothing was changed. Free some room, then run it again."
}

# Run a command that ends with this script, even where only the script is sent a signal.
tied() {
    setpriv --pdeathsig TERM -- "$@"
}
