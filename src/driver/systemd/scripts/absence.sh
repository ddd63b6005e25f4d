# shellcheck shell=sh
# Tells "there is nothing" apart from "cannot be looked at": only the first may be taken for absence. Part of both scripts.

# absence PATH: true when it is certain that nothing is at PATH; otherwise false, with the reason on standard output.
absence() {
  absence_said=$(LC_ALL=C stat --printf= -- "$1" 2>&1) && {
    printf 'it has just appeared'
    return 1
  }
  case $absence_said in
    *': No such file or directory' | *': Not a directory') return 0 ;;
  esac
  printf '%s' "${absence_said##*: }"
  return 1
}

# are_absent PATH...: true when that is certain of every one of them.
are_absent() {
  absence_said=$(LC_ALL=C stat --printf= -- "$@" 2>&1) && return 1
  # One complaint for each, on a line of its own; whatever else is said, they are asked for one by one.
  absence_left=$#
  while IFS= read -r absence_line; do
    case $absence_line in
      'stat: '*': No such file or directory' | 'stat: '*': Not a directory') absence_left=$((absence_left - 1)) ;;
      *) return 1 ;;
    esac
  done << END
$absence_said
END
  [ "$absence_left" -eq 0 ]
}
