# shellcheck shell=sh
# The highest token that this host has accepted: what an operation, a look and a change of a record have to agree on.
: "${state:?}"

# read_fence: sets seen_fence and fence_sender, and odd_fence to what the file says instead where it is damaged. Then the highest
# token among the operations kept here counts, without that of the operation that asks.
# shellcheck disable=SC2034
read_fence() {
  seen_fence=0
  fence_sender=
  odd_fence=
  [ -e "$state/fence" ] || return 0
  seen_fence=
  { read -r seen_fence; read -r fence_sender || :; } < "$state/fence" 2> /dev/null || :
  case $seen_fence in
    '' | *[!0-9]* | ????????????????*) ;;
    *) return 0 ;;
  esac
  fence_sender=
  odd_fence=${seen_fence:-nothing}
  set --
  for fence_run in "$state"/ops/*/run; do
    [ "$fence_run" = "${op:-}/run" ] || set -- "$@" "$fence_run"
  done
  seen_fence=0
  [ $# -eq 0 ] || seen_fence=$(sed -n 's/^fence=\([0-9]\{1,15\}\)$/\1/p' -- "$@" 2> /dev/null | sort -n | tail -n 1)
  : "${seen_fence:=0}"
}
