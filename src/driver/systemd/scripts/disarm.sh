# shellcheck shell=sh
# The end of the waiting for a confirmation of a component's last change. It has a lock of its own, which nobody holds for long: an
# operation on another component may hold that of the host for minutes.
: "${state:?}" "${component:?}"

# before_it_fires COMMAND...: while the host cannot begin to go back. Refused when it has.
before_it_fires() (
  flock -w 10 7 || {
    printf 'the lock %s is held by somebody\n' "$state/armed.lock"
    return 1
  }
  [ ! -e "$state/armed/$component/firing" ] || {
    printf 'this host is just going back by itself, since nobody confirmed the last change of %s in time\n' "$component"
    return 1
  }
  "$@"
) 7>> "$state/armed.lock"

# disarm: the host does not go back by itself any more, and keeps nothing to go back with.
disarm() {
  read_waiting
  rm -rf -- "$state/armed/$component" ${waiting:+"$state/ops/$waiting-revert"}
}

# move_away: the component is gone from here: its record goes in one move.
move_away() {
  rm -rf -- "$state/components/.$component.gone"
  [ -e "$state/components/$component" ] || return 0
  mv -T -- "$state/components/$component" "$state/components/.$component.gone"
  sync "$state/components"
}

# read_waiting: sets `waiting` to the operation that waits for its confirmation, or to nothing.
read_waiting() {
  waiting=
  [ -e "$state/armed/$component/wait" ] || return 0
  while IFS= read -r waiting_line; do
    case $waiting_line in 'operation '*) waiting=${waiting_line#operation } ;; esac
  done < "$state/armed/$component/wait"
  case $waiting in *[!a-z0-9-]*) waiting= ;; esac
}
