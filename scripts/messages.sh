#!/usr/bin/env bash
# Compile the translations whose text is newer than their compiled form.
set -euo pipefail
# shellcheck source=scripts/lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

command -v msgfmt >/dev/null || fail "msgfmt was not found. Install it: apt-get install gettext"
while IFS= read -r -d '' text; do
    compiled=${text%.po}.mo
    [ "$compiled" -nt "$text" ] && continue
    # Moved into place whole, so that a running server never reads half of it.
    msgfmt --check-format --output-file="$compiled.$$" "$text" || {
        rm -f "$compiled.$$"
        fail "this translation cannot be compiled: ${text#"$ROOT"/}"
    }
    mv "$compiled.$$" "$compiled"
done < <(find "$ROOT"/{config,intranet,documents,search,directory} -path '*/LC_MESSAGES/*.po' -print0)
