# shellcheck shell=sh
# The frame of an operation on a host: one at a time, in steps, with a result that is written last. What the steps do is in
# the other files of this folder. The caller sets the variables checked here before these functions are read.
: "${state:?}" "${operation:?}" "${component:?}" "${fence:?}" "${generation:?}" "${seconds:?}" "${observed?}" "${sender?}"
umask 077
export LC_ALL=C.UTF-8 TZ=UTC HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
op=$state/ops/$operation
# shellcheck disable=SC2034
home=$state/components/$component
# Notes of what processes have loaded live as long as the processes can: until the next boot.
# shellcheck disable=SC2034
loaded=/run/homeostat/units
# shellcheck disable=SC2034
newline='
'

# write PATH TEXT: PATH holds TEXT, in full and on disk, or is as it was.
write() {
  printf '%s\n' "$2" > "$1.new" && sync "$1.new" && mv -fT -- "$1.new" "$1" && sync "${1%/*}"
}

# refuse MESSAGE: this cannot be done, now or later.
refuse() {
  printf '%s\n' "$1"
  : > "$op/certain"
  return 1
}

# Seconds since the host was started: a clock that nobody sets.
uptime_seconds() {
  read -r uptime _ < /proc/uptime
  uptime=${uptime%.*}
}

# bounded COMMAND...: ends it when the operation's time is over; one second is always left, so that it can fail by itself.
bounded() {
  uptime_seconds
  bounded_for=$((deadline - uptime))
  [ "$bounded_for" -ge 1 ] || bounded_for=1
  bounded_code=0
  timeout -k 5 "$bounded_for" "$@" || bounded_code=$?
  [ "$bounded_code" -ne 124 ] || printf 'ended after the %s seconds that this operation has\n' "$seconds"
  return "$bounded_code"
}

# step NAME COMMAND...: runs it in a shell of its own that stops at the first error; its failure ends the operation.
step() {
  step_name=$1
  shift
  printf '%s\n' "$step_name" > "$op/step"
  (
    set -eu
    "$@"
  ) > "$op/output" 2>&1 < /dev/null 9>&-
  step_code=$?
  [ "$step_code" -eq 0 ] || finish "$failing"
}

# Takes the host for this operation and starts its clock. What fails until `taken` is refused: nothing was changed.
begin() {
  failing=refused
  : > "$op/output"
  step_name='take the lock of this host'
  step_code=1
  started=$(date +%s%3N)
  exec 9>> "$state/lock"
  flock -w 60 9 || {
    printf 'another operation held %s for 60 s\n' "$state/lock" > "$op/output"
    finish refused
  }
  uptime_seconds
  deadline=$((uptime + seconds))
}

taken() {
  failing=failed
}

# Only a token above all that were seen may change this host; it is on disk before anything is changed, with who sent it.
accept_fence() {
  read_fence
  # shellcheck disable=SC2154
  [ "$fence" -gt "$seen_fence" ] ||
    refuse "token $fence is not above $seen_fence, which this host has seen${fence_sender:+ from $fence_sender}"
  [ -z "$observed" ] || [ "$observed" -eq "$seen_fence" ] ||
    refuse "another operation${fence_sender:+ of $fence_sender}, token $seen_fence, came in between since this host was looked at"
  write "$state/fence" "$fence${sender:+$newline$sender}"
}

# The end of what changes things raises the token once more: who looked in the middle of it has seen neither state.
leave_fence() {
  printf '%s\n' "$((fence + 1))${sender:+$newline$sender}" > "$state/fence.new" && sync "$state/fence.new" &&
    mv -fT -- "$state/fence.new" "$state/fence"
}

# Takes back what an operation that was ended in the middle left lying about: temporary files and masks.
clean_up_after_others() {
  for left in "$state"/ops/*/temps; do
    [ -e "$left" ] || continue
    remove_temps "$left"
  done
  for left in "$state"/ops/*/masked; do
    [ -e "$left" ] || continue
    unmask_units "$left"
    rm -f -- "$left"
  done
}

# remove_temps LIST: a list that was cut short by a power failure must not name anything else.
remove_temps() {
  sed -n '\,/\.homeostat-[a-z0-9-]*-[0-9]*$,p' "$1" | xargs -r -d '\n' rm -f --
  rm -f -- "$1"
}

# finish OUTCOME: the result, in room that was set aside for it; nothing happens after it.
finish() {
  finish_output=
  [ ! -s "$op/output" ] || finish_output=$(tail -c 4096 -- "$op/output" | base64 -w 0)
  finish_certain=false
  [ ! -e "$op/certain" ] || finish_certain=true
  [ ! -e "$op/temps" ] || remove_temps "$op/temps"
  rm -rf -- "$op/reserve" "$op/root" "$op/target.json"
  [ "$1" = refused ] || leave_fence
  [ "$1" != succeeded ] || prune_operations
  write "$op/result" "outcome $1
step $step_name
exit $step_code
certain $finish_certain
started $started
finished $(date +%s%3N)
output $finish_output
end"
  [ "$1" = succeeded ] || exit 1
  exit 0
}

# Keeps what the newest 20 operations left; older ones were looked at long ago. Now and then is often enough.
prune_operations() {
  set -- "$state"/ops/*
  [ $# -gt 30 ] || return 0
  find "$state/ops" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +21 | cut -d ' ' -f 2- |
    xargs -r -d '\n' rm -rf --
}
