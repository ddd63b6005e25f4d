# shellcheck shell=sh
# The frame of an operation on a host: one at a time, in steps, with a result that is written last. What the steps do is in
# the other files of this folder. The caller sets the variables checked here before these functions are read.
: "${state:?}" "${operation:?}" "${component:?}" "${fence:?}" "${generation:?}" "${seconds:?}" "${observed?}" "${sender?}"
umask 077
export LC_ALL=C.UTF-8 TZ=UTC HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
op=$state/ops/$operation
# What nobody needs after it, where nothing has to be written to a disk.
work=/run/homeostat/ops/$operation
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
  : > "$work/certain"
  return 1
}

# Time since the host was started, by a clock that nobody sets.
read_uptime() {
  read -r uptime _ < /proc/uptime
  hundredths=${uptime%.*}${uptime#*.}
  uptime=${uptime%.*}
}

# bounded COMMAND...: ends it when the operation's time is over; one second is always left, so that it can fail by itself.
bounded() {
  read_uptime
  bounded_for=$((deadline - uptime))
  [ "$bounded_for" -ge 1 ] || bounded_for=1
  bounded_code=0
  timeout -k 5 "$bounded_for" "$@" || bounded_code=$?
  [ "$bounded_code" -ne 124 ] || printf 'ended after the %s seconds that this operation has\n' "$seconds"
  return "$bounded_code"
}

# Takes the host for this operation and starts its clock.
begin() {
  # Whoever started us tells when: at once, or never.
  [ -n "${started:-}" ] || IFS= read -r started || exit 0
  # They wait for the report on descriptor 8; nothing else is meant for them. What they may still say comes on descriptor 7.
  exec 7<&0 8>&1 > /dev/null 2>&1 < /dev/null
  aside=
  step_code=0
  read_uptime
  began=$hundredths
  exec 9>> "$state/lock"
  flock -w 60 9 || {
    step_code=1
    printf 'take the lock of this host\n' > "$work/step"
    printf 'another operation held %s for 60 s\n' "$state/lock" > "$work/output"
    finish refused
  }
  read_uptime
  deadline=$((uptime + seconds))
}

# perform FUNCTION: runs its steps in a shell of their own that stops at the first error; a failure ends the operation.
perform() {
  : > "$work/output"
  (
    set -eu
    # Nothing may go on beside a result.
    trap 'wait; note_loaded || :' EXIT
    "$1"
  ) >> "$work/output" 2>&1 8>&- 9>&-
  step_code=$?
  if [ "$step_code" -eq 0 ]; then
    finish succeeded
  elif [ -e "$work/taken" ]; then
    finish failed
  else
    finish refused
  fi
}

# step NAME COMMAND...: what the output says from here on is of this one.
step() {
  printf '%s\n' "$1" > "$work/step"
  : > "$work/output"
  shift
  "$@"
}

# aside NAME COMMAND...: a step that goes on beside the next ones, one at a time; its failure shows where they join.
aside() {
  join
  aside_name=$1
  shift
  ("$@") > "$work/aside" 2>&1 &
  aside=$!
}

# join: nothing goes on aside any more, and nothing of it has failed.
join() {
  [ -n "$aside" ] || return 0
  join_code=0
  wait "$aside" || join_code=$?
  aside=
  [ "$join_code" -ne 0 ] || return 0
  printf '%s\n' "$aside_name" > "$work/step"
  cat -- "$work/aside" > "$work/output"
  return "$join_code"
}

# Only a token above all that were seen may change this host.
check_fence() {
  read_fence
  # shellcheck disable=SC2154
  [ "$fence" -gt "$seen_fence" ] ||
    refuse "token $fence is not above $seen_fence, which this host has seen${fence_sender:+ from $fence_sender}"
  [ -z "$observed" ] || [ "$observed" -eq "$seen_fence" ] ||
    refuse "another operation${fence_sender:+ of $fence_sender}, token $seen_fence, came in between since this host was looked at"
}

# The token is on disk before anything is changed, with who sent it.
accept_fence() {
  supersede
  draft_fence "$fence"
  sync -- "$state/fence.new"
  take
  sync -- "$state"
}

# take: from here on this host is changed; what fails before is refused.
take() {
  : > "$work/taken"
  leave_fence
}

# draft_fence TOKEN
draft_fence() {
  printf '%s\n' "$1${sender:+$newline$sender}" > "$state/fence.new"
}

# The end of what changes things raises the token once more: who looked in the middle of it has seen neither state.
draft_last_fence() {
  draft_fence "$((fence + 1))"
}

leave_fence() {
  mv -fT -- "$state/fence.new" "$state/fence"
}

# Takes back what an operation that was ended in the middle left lying about: temporary files and masks.
clean_up_after_others() {
  for left in "$state"/ops/*/temps; do
    [ ! -s "$left" ] || remove_temps "$left"
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
  : > "$1"
}

# finish OUTCOME: the result; nothing of the host is changed after it.
finish() {
  [ ! -s "$op/temps" ] || remove_temps "$op/temps"
  # From here on whoever changes the component's files is somebody else.
  rmdir -- "/run/homeostat-changing-$component" 2> /dev/null || :
  if [ "$1" = succeeded ] && [ -e "$work/drafted" ]; then
    mv -fT -- "$op/reserve" "$op/result" && tell
  else
    [ "$1" = refused ] || { draft_last_fence && sync -- "$state/fence.new" && leave_fence; }
    draft_result "$1" && sync -- "$op/reserve" && mv -fT -- "$op/reserve" "$op/result" && tell
  fi
  tidy_up "$1"
  [ "$1" = succeeded ] || exit 1
  exit 0
}

# draft_result OUTCOME: in the room that was set aside for it.
draft_result() {
  draft_step=
  [ ! -e "$work/step" ] || read -r draft_step < "$work/step"
  draft_output=
  [ ! -s "$work/output" ] || draft_output=$(tail -c 4096 -- "$work/output" | base64 -w 0)
  draft_certain=false
  [ ! -e "$work/certain" ] || draft_certain=true
  read_uptime
  # Never earlier than it was: what is to prove the change must have happened after it.
  draft_finished=$((started + (hundredths - began + 1) * 10))
  printf '%s\n' "outcome $1
step $draft_step
exit $step_code
certain $draft_certain
started $started
finished $draft_finished
output $draft_output
end" > "$op/reserve"
}

# tell: to whoever waits for it, and may be gone by now.
tell() {
  trap '' PIPE
  printf 'the result is written\n' >&8
}

# tidy_up OUTCOME: what nobody waits for.
tidy_up() {
  exec 8>&-
  await_confirmation "$1"
  sync -- "$op"
  rm -rf -- "$op/root" "$op/sql" "$op/kept" "$op/reserve" "$work"
  [ "$1" != succeeded ] || prune_operations
  [ "$1" != succeeded ] || { keep_packages && prune_generations; }
}

# Keeps what the newest 20 operations left; older ones were looked at long ago. Now and then is often enough.
prune_operations() {
  set -- "$state"/ops/*
  [ $# -gt 30 ] || return 0
  for prune_place in "$state/ops" "${work%/*}"; do
    find "$prune_place" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %p\n' | sort -rn | tail -n +21 | cut -d ' ' -f 2- |
      xargs -r -d '\n' rm -rf --
  done
}
