# shellcheck shell=sh
# Prints regular files that everybody on the host may read, one a line: the number given with it, and the content in base64.
# Changes nothing. The caller sets the variable checked here and calls `show` for each file.
: "${largest:?}"

show() {
  { [ -f "$2" ] && [ ! -h "$2" ]; } || return 0
  case $(stat -c %A -- "$2") in
    ???????r*) ;;
    *) return 0 ;;
  esac
  [ "$(stat -c %s -- "$2")" -le "$largest" ] || return 0
  printf '%s %s\n' "$1" "$(base64 -w 0 -- "$2")"
}
