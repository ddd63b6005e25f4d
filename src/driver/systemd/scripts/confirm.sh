# shellcheck shell=sh
# Marks the running generation of a component as verified. The caller sets the variables checked here.
: "${mark:?}" "${state:?}" "${component:?}" "${generation:?}" "${fence:?}"
record=$state/components/$component/record

confirm() {
  [ -e "$record" ] || {
    answer refused "this host has no record of $component"
    return
  }
  between_operations confirmed mark_verified
}

# mark_verified: and from here on this host does not go back by itself any more: one lock is between that and this.
mark_verified() {
  before_it_fires write_verified
}

write_verified() {
  read_fence
  # shellcheck disable=SC2154
  [ "$fence" -ge "$seen_fence" ] || {
    printf 'token %s is below %s, which this host has seen\n' "$fence" "$seen_fence"
    return 1
  }
  confirm_text=$(cat -- "$record") || return
  confirm_revision=$(sed -n 's/^revision //p' "$record") || return
  if [ -z "$confirm_revision" ] || ! grep -qx "generation $generation" "$record"; then
    printf 'generation %s is not the one that runs here\n' "$generation"
    return 1
  fi
  confirm_line="verified $generation $confirm_revision"
  if grep -qxF "$confirm_line" "$record"; then
    disarm
    return
  fi
  printf '%s\n' "$confirm_text" | sed -e '/^verified /d' -e "s/^revision .*/&\\n$confirm_line/" > "$record.new" &&
    grep -qx end "$record.new" && sync "$record.new" && mv -fT -- "$record.new" "$record" && sync "${record%/*}" && disarm
}
