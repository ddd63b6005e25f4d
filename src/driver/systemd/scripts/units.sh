# shellcheck shell=sh
# Units: what systemd knows of them, enablement, activity, and our note of what a running process has loaded.
: "${home:?}" "${op:?}" "${work:?}" "${loaded:?}" "${newline:?}"

property() {
  systemctl show --property="$1" --value -- "$2"
}

# forget_loaded UNIT...: before a file that they read is changed, so that our note is never newer than the truth. An empty note
# says nothing.
forget_loaded() {
  for forget_unit do
    [ ! -e "$loaded/$forget_unit.loaded" ] || : > "$loaded/$forget_unit.loaded"
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

# set_enabled UNIT yes|no [OPTION]: static units and their like are neither. OPTION is one of systemctl's.
set_enabled() {
  unmask "$1"
  case $2:$(property UnitFileState "$1") in
    yes:disabled | yes:linked | yes:) bounded systemctl enable --quiet ${3:+"$3"} -- "$1" ;;
    no:enabled | no:enabled-runtime) bounded systemctl disable --quiet ${3:+"$3"} -- "$1" ;;
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
  bounded systemctl "$bring_verb" --quiet -- "$1" > "$work/systemctl" 2>&1 || bring_code=$?
  if [ "$bring_code" -ne 0 ]; then
    # It goes on with what it had, though systemd has a newer time for it now: this digest is that of no files.
    [ "$2" != reload ] || printf '%s %064d\n' "$1" 0 >> "$work/up"
    explain_unit "$1"
    return "$bring_code"
  fi
  printf '%s %s\n' "$1" "$3" >> "$work/up"
}

# explain_unit UNIT: why it does not run, as far as systemd and its journal tell.
explain_unit() {
  [ "$(property ActiveState "$1")" != failed ] || : > "$work/certain"
  head -c 500 -- "$work/systemctl"
  systemctl show --property=ActiveState,SubState,Result,ExecMainStatus -- "$1" | tr '\n' ' '
  printf '\nthe end of its journal:\n'
  timeout 5 journalctl --sync || :
  # Of this operation: what was said before it explains nothing, and comes first.
  explain_since=${started:-1000}
  timeout 10 journalctl --no-pager --quiet --output=cat --lines=20 --since="@${explain_since%???}" --unit="$1" |
    tail -c 3000
}

# note_loaded: what the processes that run now have read, for every unit that was brought up.
note_loaded() {
  [ -s "$work/up" ] || return 0
  set --
  while read -r note_unit note_digest; do set -- "$@" "$note_unit"; done < "$work/up"
  systemctl show --timestamp=us+utc --property=InvocationID,StateChangeTimestamp -- "$@" > "$work/shown"
  [ -d "$loaded" ] || mkdir -p -- "$loaded"
  while read -r note_unit note_digest <&3; do
    while IFS= read -r note_line <&4 && [ -n "$note_line" ]; do
      case $note_line in
        InvocationID=*) note_invocation=${note_line#*=} ;;
        StateChangeTimestamp=*) note_changed=${note_line#*=} ;;
      esac
    done
    # One line, written at once.
    printf '%s %s %s %s\n' "$note_unit" "$note_invocation" "$note_digest" "$note_changed" > "$loaded/$note_unit.loaded"
  done 3< "$work/up" 4< "$work/shown"
  : > "$work/up"
}

stop_unit() {
  [ "$(property LoadState "$1")" != not-found ] || [ "$(property ActiveState "$1")" != inactive ] || return 0
  bounded systemctl stop --quiet -- "$1" || {
    explain_unit "$1"
    return 1
  }
  rm -f -- "$loaded/$1.loaded"
}

# stop_removed KEY UNIT: before its files and packages go. One that ran before us is left to restore_unit.
stop_removed() {
  if ! is_ours_alone "unit:$2" "$1"; then return 0; fi
  rm -f -- "$loaded/$2.loaded"
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
