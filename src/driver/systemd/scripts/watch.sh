# shellcheck shell=sh
# Tells of changes as they happen: path units of systemd see the files, the journal tells of them and of every unit. It all runs
# below one transient service, and goes with it: when the reader is gone, when its time is over, when somebody stops it.
# The caller sets the variable checked here, and calls the functions in this order.
: "${watch:?}"

# watch_paths NUMBER PATH...: the service of that number starts whenever one of them changes. It lasts a moment, so that a storm of
# changes is told of a few times a second and not once each.
watch_paths() {
  watch_number=$1
  shift
  for watch_path do
    set -- "$@" "--path-property=PathChanged=$watch_path"
    shift
  done
  systemd-run --quiet --collect --unit="$watch-$watch_number" --description='Homeostat: a managed file changes' "$@" \
    --path-property=BindsTo="$watch.service" --path-property=After="$watch.service" \
    --path-property=TriggerLimitIntervalSec=0 --property=StartLimitIntervalSec=0 --service-type=oneshot sleep 0.2 2>&1 |
    sed 's/^/! /'
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
  printf 'ready\n'
  while sleep 15; do
    kill -0 "$follow_journal" && printf '\n' || exit 1
  done
}

since=$(date +%s)
