# shellcheck shell=sh
# Tells of changes as they happen: watch.pl sees the files, the journal tells of every unit. It all runs in one transient service, and goes
# with it: when the reader is gone, when its time is over, when somebody stops it. The caller has made `watch_program`, and calls the
# functions in this order.

# watch_files (NUMBER COMPONENT PATH)...: by itself, since the journal would tell only four times a second. Says `ready` when it watches.
watch_files() {
  if command -v perl > /dev/null; then
    watch_program | perl - "$@" &
    watch_files=$!
  else
    watch_files=$$
    printf '! there is no perl here: what changes in files is found by the next look\nready\n'
  fi
}

# follow UNIT...: what systemd says of them, and an empty line every 15 s that ends this when nobody takes it any more.
follow() {
  follow_number=$#
  while [ "$follow_number" -gt 0 ]; do
    set -- "$@" "UNIT=$1"
    shift
    follow_number=$((follow_number - 1))
  done
  journalctl --follow --since="@$since" --output=json --output-fields=UNIT --quiet _PID=1 "$@" &
  follow_journal=$!
  while sleep 15; do
    kill -0 "$follow_journal" "$watch_files" && printf '\n' || exit 1
  done
}

since=$(date +%s)
