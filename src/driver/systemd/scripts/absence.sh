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
