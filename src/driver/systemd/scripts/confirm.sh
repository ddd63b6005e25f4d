# shellcheck shell=sh
# Marks the running generation of a component as verified. The caller sets the variables checked here.
: "${mark:?}" "${state:?}" "${component:?}" "${generation:?}" "${fence:?}"
record=$state/components/$component/record

answer() {
  printf '\n%s begin\n\n%s %s\n%s\n\n%s end\n' "$mark" "$mark" "$1" "$2" "$mark"
}

confirm() {
  umask 077
  [ -e "$record" ] || {
    answer refused "this host has no record of $component"
    return
  }
  # An operation that runs now may be making another generation: it is waited for, or it wins.
  exec 9>> "$state/lock"
  flock -w 10 9 || {
    answer refused 'an operation is running on this host'
    return
  }
  if confirm_said=$(mark_verified 2>&1); then answer confirmed "$confirm_said"; else answer refused "$confirm_said"; fi
}

mark_verified() {
  confirm_seen=0
  [ ! -e "$state/fence" ] || read -r confirm_seen < "$state/fence"
  [ "$fence" -ge "$confirm_seen" ] || {
    printf 'token %s is below %s, which this host has seen\n' "$fence" "$confirm_seen"
    return 1
  }
  confirm_text=$(cat -- "$record") || return
  confirm_revision=$(sed -n 's/^revision //p' "$record") || return
  if [ -z "$confirm_revision" ] || ! grep -qx "generation $generation" "$record"; then
    printf 'generation %s is not the one that runs here\n' "$generation"
    return 1
  fi
  confirm_line="verified $generation $confirm_revision"
  if grep -qxF "$confirm_line" "$record"; then return 0; fi
  printf '%s\n' "$confirm_text" | sed -e '/^verified /d' -e "s/^revision .*/&\\n$confirm_line/" > "$record.new" &&
    grep -qx end "$record.new" && sync "$record.new" && mv -fT -- "$record.new" "$record" && sync "${record%/*}"
}
