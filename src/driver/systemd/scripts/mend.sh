# shellcheck shell=sh
# Writes a damaged record of a component anew: from the notes and targets that lie beside it, and from what the controller
# remembers. The damaged one is kept. The caller sets the variables checked here; `verified` is a revision or empty, `rejected` a
# list of revisions.
: "${mark:?}" "${state:?}" "${component:?}" "${generation:?}" "${fence:?}" "${verified?}" "${rejected?}" "${keeper?}"
home=$state/components/$component

mend() {
  [ -d "$home" ] || {
    answer refused "there is no $home on this host"
    return
  }
  between_operations mended write_anew
}

write_anew() {
  read_fence
  # Whoever changed the host meanwhile may have written the record too.
  # shellcheck disable=SC2154
  [ "$seen_fence" -eq "$fence" ] || {
    printf 'token %s came in between, after %s\n' "$seen_fence" "$fence"
    return 1
  }
  mend_number=$(newest_kept '.*')
  if [ -z "$mend_number" ] || [ "$mend_number" -lt "$generation" ]; then mend_number=$generation; fi
  mend_owned=$(noted)
  mend_verified=
  [ -z "$verified" ] || mend_verified=$(newest_kept "$verified")
  {
    printf 'component %s\ngeneration %s\nrevision %s\n' "$component" "$mend_number" "$(revision_of "$mend_number")"
    [ -z "$keeper" ] || printf 'keeper %s\n' "$keeper"
    [ -z "$verified" ] || printf 'verified %s %s\n' "${mend_verified:-$generation}" "$verified"
    for mend_rejected in $rejected; do printf 'rejected %s\n' "$mend_rejected"; done
    [ -z "$mend_owned" ] || printf '%s\n' "$mend_owned"
    printf 'end\n'
  } > "$home/record.new" && sync "$home/record.new" || return
  if [ -e "$home/record" ] || [ -L "$home/record" ]; then
    rm -rf -- "$home/record.damaged" && mv -T -- "$home/record" "$home/record.damaged" || return
  fi
  mv -fT -- "$home/record.new" "$home/record" && sync "$home" || return
  printf '%s %s\n' "$mend_number" "$(grep -c '^owned ' "$home/record")"
}

# noted: what is owned, as the notes of what was there before tell: one is written before anything is touched, and goes with it.
noted() {
  set -- "$home"/origin/*/id
  [ ! -e "$1" ] || sed -n -E 's/^(package|user|directory|file|unit):./owned &/p' -- "$@" | sort
}

# revision_of GENERATION: of its kept target, or nothing.
revision_of() {
  [ ! -e "$home/generations/$1/target.json" ] ||
    sed -n -E 's/.*"revision":"([0-9a-f]{64})".*/\1/p' -- "$home/generations/$1/target.json" | head -n 1
}

# newest_kept PATTERN: the number of the newest generation whose revision it matches, or nothing.
newest_kept() {
  for kept in "$home"/generations/*/target.json; do
    kept=${kept%/target.json}
    kept=${kept##*/}
    case $kept in *[!0-9]* | ????????????????*) continue ;; esac
    ! revision_of "$kept" | grep -qx -- "$1" || printf '%s\n' "$kept"
  done | sort -n | tail -n 1
}
