# shellcheck shell=sh
# Tells of changes as they happen: path units of systemd see the files, the journal tells of every unit. It all runs below one
# transient service, and goes with it: when the reader is gone, when its time is over, when somebody stops it.
# The caller sets the variable checked here, and calls the functions in this order.
: "${watch:?}"
# The service's own runtime directory.
home=/run/$watch

# hear: what the services of watched paths say goes out as it comes. The journal would tell of them too, but journald wakes who
# follows it four times a second at most. Each lasts a moment, so that a storm of changes is told of a few times a second and not
# once each; the empty line before keeps what it says whole where the journal is in the middle of a line. While one runs systemd does
# not see what changes: each is told once more when it is over for sure.
hear() {
  mkfifo -m 0600 -- "$home/told"
  cat > "$home/tell" << 'end of tell'
printf '\n+ %s\n' "$2" 1<> "$1"
exec sleep 0.2
end of tell
  while IFS= read -r hear_line; do
    [ -n "$hear_line" ] || continue
    printf '\n%s\n' "$hear_line"
    { sleep 0.5 && printf '\n%s\n' "$hear_line"; } &
  done 0<> "$home/told" &
  hear_loop=$!
}

# watch_paths NUMBER COMPONENT PATH...: the service of that number starts whenever one of them changes, and says so; not for what our own
# operation does to the component, which is looked at afterwards anyway. Of a symbolic link on the way systemd does not tell that it
# leads elsewhere from now on; the directory that it is in does.
watch_paths() {
  watch_number=$1
  watch_component=$2
  shift 2
  for watch_path do
    set -- "$@" "--path-property=PathChanged=$watch_path"
    shift
    while [ -n "$watch_path" ]; do
      watch_above=${watch_path%/*}
      [ ! -L "$watch_path" ] || set -- "$@" "--path-property=PathChanged=${watch_above:-/}"
      watch_path=$watch_above
    done
  done
  [ -z "$watch_component" ] || set -- "$@" "--property=ConditionPathExists=!/run/homeostat-changing-$watch_component"
  systemd-run --quiet --collect --unit="$watch-$watch_number" --description='Homeostat: a managed file changes' "$@" \
    --path-property=BindsTo="$watch.service" --path-property=After="$watch.service" \
    --path-property=TriggerLimitIntervalSec=0 --property=StartLimitIntervalSec=0 --service-type=oneshot \
    sh "$home/tell" "$home/told" "$watch_number" 2>&1 |
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
    kill -0 "$follow_journal" "$hear_loop" && printf '\n' || exit 1
  done
}

since=$(date +%s)
