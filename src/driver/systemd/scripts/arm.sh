# shellcheck shell=sh
# The dead-man of a change: before the first touch this host learns the way back, and goes it by itself unless somebody confirms
# the change in time. What waits for that is in revert.sh.
: "${state:?}" "${op:?}" "${work:?}" "${component:?}" "${operation:?}" "${generation:?}" "${kind:?}" "${seconds:?}" "${fence:?}"
armed=$state/armed/$component

# supersede: whoever changes the component now knows better than the change before. Not while the host goes back by itself.
supersede() {
  # Only operations put something there, and we have the lock of this host.
  [ ! -d "$armed" ] || before_it_fires disarm
}

# arm SERVICE-TEXT LOOP-TEXT FILE...: the token is accepted, the way back, which needs these files, is on disk, and the clock runs; until
# the result is written it has the operation's own time.
arm() {
  keep_text "$state/revert" "$2"
  keep_text /etc/systemd/system/homeostat-revert.service "$1"
  [ -L "$arm_wants" ] || { mkdir -p -- "${arm_wants%/*}" && ln -sfT ../homeostat-revert.service "$arm_wants"; }
  shift 2
  : > "$op-revert/armed"
  draft_fence "$fence"
  draft_wait "$((seconds + 60))"
  sync -- "$state/fence.new" "$op-revert/wait" "$@"
  if [ -d "$armed" ]; then
    before_it_fires take_over
  else
    mkdir -p -- "$armed"
    take_over
  fi
  systemctl start --no-block homeostat-revert.service &
  arm_start=$!
  sync -- "$state" "$armed"
  wait "$arm_start"
}
arm_wants=/etc/systemd/system/multi-user.target.wants/homeostat-revert.service

# take_over: at every moment either the change before is waited for or this one.
take_over() {
  read_waiting
  take
  mv -fT -- "$op-revert/wait" "$armed/wait"
  # shellcheck disable=SC2154
  printf '%s\n' "$waiting" > "$work/superseded"
}

# keep_text PATH TEXT: only what is not there already is written.
keep_text() {
  [ ! -f "$1" ] || [ "$(cat -- "$1")" != "$2" ] || return 0
  (umask 022 && printf '%s\n' "$2" > "$1.new") && sync -- "$1.new" && mv -fT -- "$1.new" "$1"
}

# draft_wait SECONDS: from now on it has so long. A clock that nobody sets, and the boot that it belongs to.
draft_wait() {
  read_uptime
  # shellcheck disable=SC2154
  arm_until=$((uptime + $1))
  read -r arm_boot < /proc/sys/kernel/random/boot_id
  printf '%s\n' "operation $operation
generation $generation
kind $kind
boot $arm_boot
until $arm_until
end" > "$op-revert/wait"
}

# await_confirmation OUTCOME: what was changed has to be heard of soon; what was refused changed nothing. What waited before it keeps
# nothing to go back with.
await_confirmation() {
  if [ -s "$work/superseded" ] && read -r arm_before < "$work/superseded" && [ -n "$arm_before" ]; then
    rm -rf -- "$state/ops/$arm_before-revert"
  fi
  if [ "$1" = refused ]; then
    rm -rf -- "$op-revert"
  elif [ -e "$op-revert/armed" ] && [ -e "$armed/wait" ]; then
    draft_wait "$REACHABLE_SECONDS" && sync -- "$op-revert/wait" && mv -fT -- "$op-revert/wait" "$armed/wait" && sync -- "$armed"
  fi
}
# DESIGN §7.
REACHABLE_SECONDS=30
