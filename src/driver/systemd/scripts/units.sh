# shellcheck shell=sh
# Units: what systemd knows of them, enablement, activity, and our note of what a running process has loaded.
: "${home:?}" "${op:?}" "${loaded:?}" "${newline:?}"

property() {
  systemctl show --property="$1" --value -- "$2"
}

# forget_loaded UNIT...: before a file that they read is changed, so that our note is never newer than the truth.
forget_loaded() {
  for forget_unit do
    rm -f -- "$loaded/$forget_unit.loaded"
  done
}

# reload_manager FORCE UNIT...: makes systemd read its files, where FORCE is yes or it says itself that they have changed.
reload_manager() {
  reload_needed=$1
  shift
  if [ "$reload_needed" = no ]; then
    case $(systemctl show --property=NeedDaemonReload --value -- "$@") in *yes*) reload_needed=yes ;; esac
  fi
  [ "$reload_needed" = no ] || bounded systemctl daemon-reload
}

unmask() {
  case $(property LoadState "$1") in
    masked) systemctl unmask --quiet -- "$1" && systemctl unmask --runtime --quiet -- "$1" ;;
  esac
}

# set_enabled UNIT yes|no: static units and their like are neither.
set_enabled() {
  unmask "$1"
  case $2:$(property UnitFileState "$1") in
    yes:disabled | yes:linked | yes:) bounded systemctl enable --quiet -- "$1" ;;
    no:enabled | no:enabled-runtime) bounded systemctl disable --quiet -- "$1" ;;
  esac
}

# bring_up UNIT start|restart|reload DIGEST: what cannot be reloaded is restarted; DIGEST stands for the files it reads.
bring_up() {
  case $2 in
    reload) bring_verb=reload-or-restart ;;
    *)
      bring_verb=$2
      # What was started too often in a short time is refused until its count is cleared (man systemd.unit, StartLimitBurst):
      # a crash loop before us, or only our own changes, five in ten seconds. A unit that is not loaded yet has no count.
      systemctl reset-failed -- "$1" 2> /dev/null || :
      ;;
  esac
  bring_code=0
  bounded systemctl "$bring_verb" --quiet -- "$1" > "$op/systemctl" 2>&1 || bring_code=$?
  if [ "$bring_code" -ne 0 ]; then
    explain_unit "$1"
    return "$bring_code"
  fi
  note_loaded "$1" "$3"
}

# explain_unit UNIT: why it does not run, as far as systemd and its journal tell.
explain_unit() {
  [ "$(property ActiveState "$1")" != failed ] || : > "$op/certain"
  head -c 500 -- "$op/systemctl"
  systemctl show --property=ActiveState,SubState,Result,ExecMainStatus -- "$1" | tr '\n' ' '
  printf '\nthe end of its journal:\n'
  timeout 5 journalctl --sync || :
  timeout 10 journalctl --no-pager --quiet --output=cat --lines=20 --unit="$1" | tail -c 3000
}

# note_loaded UNIT DIGEST: what the process that runs now has read.
note_loaded() {
  note_text=$(systemctl show --timestamp=us+utc --property=InvocationID,StateChangeTimestamp -- "$1")
  note_invocation=${note_text##*InvocationID=}
  note_changed=${note_text##*StateChangeTimestamp=}
  [ -d "$loaded" ] || mkdir -p -- "$loaded"
  printf '%s %s %s %s\n' "$1" "${note_invocation%%"$newline"*}" "$2" "${note_changed%%"$newline"*}" > "$loaded/$1.new"
  mv -fT -- "$loaded/$1.new" "$loaded/$1.loaded"
}

stop_unit() {
  [ "$(property LoadState "$1")" != not-found ] || [ "$(property ActiveState "$1")" != inactive ] || return 0
  bounded systemctl stop --quiet -- "$1" || {
    explain_unit "$1"
    return 1
  }
  forget_loaded "$1"
}

# stop_removed KEY UNIT: before its files and packages go. One that ran before us is left to restore_unit.
stop_removed() {
  if ! is_ours_alone "unit:$2" "$1"; then return 0; fi
  forget_loaded "$2"
  case $(grep '^ActiveState=' "$home/origin/$1/state"):$(property ActiveState "$2") in
    ActiveState=active:* | *:inactive | *:failed) ;;
    *) bounded systemctl stop --quiet -- "$2" ;;
  esac
  if grep -qx 'LoadState=not-found' "$home/origin/$1/state" && [ -n "$(property UnitFileState "$2")" ]; then
    systemctl disable --quiet -- "$2" || :
  fi
}

# restore_unit KEY UNIT: enablement and activity as they were before us, after its files are back.
restore_unit() {
  if ! is_ours_alone "unit:$2" "$1" || [ "$(property LoadState "$2")" = not-found ]; then return 0; fi
  restore_was=$(cat -- "$home/origin/$1/state")
  case $restore_was in
    *LoadState=masked*)
      systemctl mask --quiet -- "$2"
      return 0
      ;;
  esac
  case $restore_was in
    *UnitFileState=enabled*) set_enabled "$2" yes ;;
    *UnitFileState=disabled* | *LoadState=not-found*) set_enabled "$2" no ;;
  esac
  case $restore_was in
    *ActiveState=active* | *ActiveState=reloading* | *ActiveState=activating*) bounded systemctl restart --quiet -- "$2" ;;
  esac
}
