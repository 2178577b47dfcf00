#!/usr/bin/env bash
# Install Debian packages, as root, without starting or enabling the servers they bring:
# Marigot runs its own copies of the programs, on ports and in folders of its own.
# Usage: packages.sh PACKAGE…
set -euo pipefail

POLICY=/usr/sbin/policy-rc.d
CLUSTER=/etc/postgresql-common/createcluster.d/marigot-set-up.conf
SAVED=$POLICY.before-marigot
# Packages that bring a system service of the same name; samba brings two more.
SERVICES=(slapd redis-server postgresql nginx samba samba-ad-dc winbind)
declare -A BRINGS=([samba]="smbd nmbd")

restore() {
    rm -f "$CLUSTER"
    if [ -e "$SAVED" ]; then
        mv -f "$SAVED" "$POLICY"
    elif grep -qs 'Marigot is installing' "$POLICY"; then
        rm -f "$POLICY"
    fi
}

installed() {
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# One at a time on this machine; the kernel lets the lock go however this ends.
if [ "${MARIGOT_PACKAGES_LOCKED:-}" != 1 ]; then
    mkdir -p /run/lock
    MARIGOT_PACKAGES_LOCKED=1 exec flock --close /run/lock/marigot-packages "$0" "$@"
fi

export DEBIAN_FRONTEND=noninteractive
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
restore # what a killed run left

new=()
for package in "${SERVICES[@]}"; do
    installed "$package" || new+=("$package")
done

if [ -e "$POLICY" ]; then mv "$POLICY" "$SAVED"; fi
printf '#!/bin/sh\n# Marigot is installing packages: nothing is started.\nexit 101\n' >"$POLICY"
chmod 755 "$POLICY"
if [[ " $* " == *" postgresql "* ]]; then
    mkdir -p "$(dirname "$CLUSTER")"
    echo 'create_main_cluster = false' >"$CLUSTER"
fi

options=(-qq -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0)
dpkg --configure -a </dev/null # what an interrupted installation left
apt-get "${options[@]}" update </dev/null
apt-get "${options[@]}" install --yes --no-install-recommends -- "$@" </dev/null

for package in "${new[@]}"; do
    installed "$package" || continue
    for service in ${BRINGS[$package]:-$package}; do
        update-rc.d "$service" disable >/dev/null 2>&1 ||
            echo "marigot: the system service $service could not be disabled; Marigot does not need it." >&2
    done
done
