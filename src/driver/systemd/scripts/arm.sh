# shellcheck shell=sh
# The dead-man of a change: before the first touch this host learns the way back, and goes it by itself unless somebody confirms
# the change in time. What waits for that is in revert.sh.
: "${state:?}" "${op:?}" "${work:?}" "${component:?}" "${operation:?}" "${generation:?}" "${seconds:?}"
armed=$state/armed/$component

# supersede: whoever changes the component now knows better than the change before. Not while the host goes back by itself.
supersede() {
  before_it_fires disarm
}

# arm SERVICE-TEXT LOOP-TEXT: the way back is on disk, and the clock runs; until the result is written it has the operation's own time.
arm() {
  mkdir -p -- "$armed"
  keep_text "$state/revert" "$2"
  keep_text /etc/systemd/system/homeostat-revert.service "$1"
  [ -L "$arm_wants" ] || { mkdir -p -- "${arm_wants%/*}" && ln -sfT ../homeostat-revert.service "$arm_wants"; }
  mv -T -- "$op/revert" "$op-revert"
  find "$op-revert" -type f -exec sync -- {} +
  : > "$op-revert/armed"
  write_armed "$((seconds + 60))"
  systemctl start --no-block homeostat-revert.service
}
arm_wants=/etc/systemd/system/multi-user.target.wants/homeostat-revert.service

# keep_text PATH TEXT: only what is not there already is written.
keep_text() {
  [ ! -f "$1" ] || [ "$(cat -- "$1")" != "$2" ] || return 0
  (umask 022 && printf '%s\n' "$2" > "$1.new") && sync -- "$1.new" && mv -fT -- "$1.new" "$1"
}

# write_armed SECONDS: from now on it has so long. A clock that nobody sets, and the boot that it belongs to.
write_armed() {
  read_uptime
  # shellcheck disable=SC2154
  arm_until=$((uptime + $1))
  read -r arm_boot < /proc/sys/kernel/random/boot_id
  write "$armed/wait" "operation $operation
generation $generation
boot $arm_boot
until $arm_until
end"
}

# await_confirmation OUTCOME: what was changed has to be heard of soon; what was refused changed nothing.
await_confirmation() {
  [ -e "$op-revert/armed" ] || return 0
  case $1 in
    refused) disarm ;;
    *) [ ! -e "$armed/wait" ] || write_armed "$REACHABLE_SECONDS" ;;
  esac
}
# DESIGN §7.
REACHABLE_SECONDS=30
