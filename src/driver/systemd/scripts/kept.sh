# shellcheck shell=sh
# Checks what this host keeps of a generation. Changes nothing. The caller sets the variables checked here.
: "${mark:?}" "${state:?}" "${component:?}" "${revision:?}"
generations=$state/components/$component/generations

inspect() {
  printf '\n%s begin\n' "$mark"
  inspect_number=$(newest_kept)
  [ -z "$inspect_number" ] || {
    printf '\n%s generation %s\n' "$mark" "$inspect_number"
    grep '^file ' -- "$generations/$inspect_number/manifest"
    printf '\n%s checked\n' "$mark"
    check_kept
  }
  printf '\n%s end\n' "$mark"
}

# newest_kept: the number of the newest generation of this revision whose manifest is whole, or nothing.
newest_kept() {
  for kept in "$generations"/*/manifest; do
    if ! grep -qsx "revision $revision" "$kept" || ! grep -qsx end "$kept"; then continue; fi
    kept=${kept%/manifest}
    kept=${kept##*/}
    case $kept in *[!0-9]* | ????????????????*) ;; *) printf '%s\n' "$kept" ;; esac
  done | sort -n | tail -n 1
}

# check_kept: `files/DIGEST: OK` for each copy that is what it was.
check_kept() (
  cd -- "$generations/$inspect_number" || return
  sed -n 's,^file \([0-9a-f]\{64\}\) .*,\1  files/\1,p' manifest | sort -u | sha256sum --check - 2> /dev/null
)
