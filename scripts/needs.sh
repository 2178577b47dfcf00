# shellcheck shell=bash
# What must be on the machine, and which Debian package brings it. Sourced, never run.

# Room that a set-up needs at most, in MB.
PACKAGES_MB=1800
ENVIRONMENT_MB=800
LEAST_PYTHON='import sys; sys.exit(sys.version_info < (3, 11))'
export PACKAGES_MB ENVIRONMENT_MB LEAST_PYTHON

# Whether a program is there; /usr/sbin is not on every user's path.
has_program() {
    PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v "$1" >/dev/null
}

# Whether the C compiler finds a header (the second argument: where else to look).
has_header() {
    printf '#include <%s>\n' "$1" | cc ${2:+"-I$2"} -E -x c - >/dev/null 2>&1
}

# Whether the dynamic loader finds a library.
has_library() {
    python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$1" 2>/dev/null
}

has_postgres() {
    has_program initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

# What Marigot needs at any time.
missing_run() {
    has_program python3 || MISSING+=(python3)
    python3 -c 'import ensurepip, venv' 2>/dev/null || MISSING+=(python3-venv)
    has_program slapd || MISSING+=(slapd)
    has_program ldapsearch || MISSING+=(ldap-utils)
    has_program msgfmt || MISSING+=(gettext)
    has_library libseccomp.so.2 || MISSING+=(libseccomp2)
}

# What is needed only while the Python packages are installed: python-ldap is compiled.
missing_build() {
    local include
    has_program cc || MISSING+=(gcc)
    has_header stdlib.h || MISSING+=(libc6-dev)
    include=$(python3 -c 'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null || true)
    has_header Python.h "$include" || MISSING+=(python3-dev)
    has_header ldap.h || MISSING+=(libldap-dev)
    has_header sasl/sasl.h || MISSING+=(libsasl2-dev)
}

# What the tests start.
missing_test() {
    has_postgres || MISSING+=(postgresql)
    has_program redis-server || MISSING+=(redis-server)
    has_program chromium || MISSING+=(chromium)
    has_program mvn || MISSING+=(maven)
    has_program java || MISSING+=(openjdk-17-jre-headless)
    has_program nginx || MISSING+=(nginx)
    has_program samba || MISSING+=(samba samba-ad-dc)
    has_program samba-tool || MISSING+=(samba-common-bin)
    [ -d /usr/share/samba/setup ] || MISSING+=(samba-ad-provision)
    compgen -G '/usr/lib/*/samba/ldb/samba_dsdb.so' >/dev/null || MISSING+=(samba-dsdb-modules)
    compgen -G '/usr/lib/*/samba/vfs/acl_xattr.so' >/dev/null || MISSING+=(samba-vfs-modules)
    has_program winbindd || MISSING+=(winbind)
    has_program ns-slapd || MISSING+=(389-ds-base)
    has_program dscreate || MISSING+=(python3-lib389)
    has_program certutil || MISSING+=(libnss3-tools)
    has_program rsync || MISSING+=(rsync)
    has_program sqlite3 || MISSING+=(sqlite3)
    has_program systemd-analyze || MISSING+=(systemd)
    has_program openssl || MISSING+=(openssl)
    has_program setpriv || MISSING+=(util-linux)
    has_program shellcheck || MISSING+=(shellcheck)
}

# missing_packages GROUP…: put into MISSING the packages of the groups that are not there.
missing_packages() {
    MISSING=()
    local group
    for group in "$@"; do "missing_$group"; done
}
