# shellcheck shell=sh
# Prints what files say: a line for each that is a regular file of at most `largest` bytes, its number and the content in base64.
# Of `public` only those that everybody may read; of `all` the others too. Changes nothing. The caller sets the variables checked
# here and calls `show` for each file.
: "${largest:?}" "${of:?}"

show() {
  { [ -f "$2" ] && [ ! -h "$2" ]; } || return 0
  case $of:$(stat -c %A -- "$2") in
    all:* | public:???????r*) ;;
    *) return 0 ;;
  esac
  [ "$(stat -c %s -- "$2")" -le "$largest" ] || return 0
  printf '%s %s\n' "$1" "$(base64 -w 0 -- "$2")"
}
