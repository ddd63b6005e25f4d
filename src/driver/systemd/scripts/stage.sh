# shellcheck shell=sh
# The part of an operation that runs while the controller is connected: takes what is sent, checks it, has the operation run as
# a unit of its own and waits for its result. The caller sets the variables checked here.
: "${mark:?}" "${state:?}" "${operation:?}" "${component:?}"
umask 077
op=$state/ops/$operation
work=/run/homeostat/ops/$operation

section() {
  printf '\n%s %s\n' "$mark" "$1"
}

# open_stage: a place that nobody had before, so that an id is used once: 3 where somebody had it.
open_stage() {
  [ -d "$state/components" ] || { mkdir -p -- "$state/ops" "$state/components" && chmod 0700 -- "$state"; } || return
  mkdir -- "$op" && return
  [ ! -e "$op" ] || return 3
  return 1
}

drop_stage() {
  rm -rf -- "$op" "$op-revert" "$work"
}

# receive_kept GENERATION DIGEST PATH: the same with what the host itself keeps; whether it still is that is checked with the rest.
receive_kept() {
  cp -- "$state/components/$component/generations/$1/files/$2" "$op/$3"
}

# check_received: standard input lists the digests.
check_received() {
  cd -- "$op" && sha256sum --check --quiet --strict -
}

# fill_stage DIRECTORY...: what is sent, in these directories; room for the result is set aside first.
fill_stage() {
  open_stage || return
  # What is received is handed to `printf`: a program of that name would show it to everybody in its argument list.
  PATH='' printf '%16384s' '' > "$op/reserve" && mkdir -p -- "$work" "$@" && receive_run && receive_all
}

# give_start DIRECTORY...: what the unit waits for, the time, comes only when everything is there and right, and then how the check
# ended that needs nothing else; otherwise the reason goes to descriptor 4.
give_start() {
  give_code=0
  give_said=$(fill_stage "$@" 2>&1) || give_code=$?
  case $give_code in
    0)
      date +%s%3N
      exec 4>&-
      check_ahead
      ;;
    3) printf 'the id was used before\n' >&4 ;;
    *) printf '%s\nit was not staged\n' "$give_said" >&4 ;;
  esac
}

# check DIGEST SECONDS COMMAND...: as the unit would, and tells it the exit code.
check() {
  check_code=0
  check_digest=$1
  shift
  if ! passed_ahead "$check_digest"; then
    in_peace "$@" > "$work/said" 2> "$work/complained" < /dev/null || check_code=$?
    [ "$check_code" -ne 124 ] || printf 'ended after %s seconds\n' "$1" >> "$work/said"
  fi
  printf '%s\n' "$check_code"
}

# run_operation SECONDS DIRECTORY...: true as soon as its result is written; otherwise says what was said until it was gone. The unit
# goes on without us when the connection is lost. It is started before anything is received, because both take time, and ends by itself
# where it is not told to begin. Its directory in /run, which goes with it, keeps what watches the component's files quiet.
run_operation() {
  run_seconds=$1
  shift
  {
    give_start "$@" | {
      # shellcheck disable=SC2016
      systemd-run --quiet --collect --wait --pipe --unit="homeostat-op-$operation" \
        --description="Homeostat operation $operation" \
        --property=RuntimeMaxSec="$run_seconds" --property=TimeoutStopSec=10 \
        --property=RuntimeDirectory="homeostat-changing-$component" --property=RuntimeDirectoryMode=0700 \
        /bin/sh -c 'IFS= read -r started || exit 0; . "$0"' "$op/run" <&3 2>&1 3<&- 4>&- &
    } 3<&0
  } 4>&1 | await_report
}

# await_report: 0 when the result is written, 2 when nothing was started, 3 when there was an operation of this id before, 1 when all that
# could say so are gone.
await_report() {
  await_code=1
  while IFS= read -r report; do
    case $report in
      'the result is written') return 0 ;;
      'it was not staged') await_code=2 ;;
      'the id was used before') await_code=3 ;;
      *) printf '%s\n' "$report" ;;
    esac
  done
  return "$await_code"
}

# show FILE: a short text, without a program for it.
show() {
  while IFS= read -r show_line; do printf '%s\n' "$show_line"; done < "$1"
}

# stage_and_run SECONDS DIRECTORY...: the caller has made `receive_run` and `receive_all`, which take what is sent, and `check_ahead`.
stage_and_run() {
  section begin
  stage_code=0
  stage_said=$(run_operation "$@") || stage_code=$?
  if [ "$stage_code" -eq 3 ]; then
    section used
  elif [ "$stage_code" -eq 2 ]; then
    drop_stage
    section unstaged
    printf '%s\n' "$stage_said"
  elif [ -e "$op/result" ]; then
    section result
    show "$op/result"
  else
    section ended
    printf '%s\n' "$stage_said"
    [ ! -e "$work/step" ] || printf 'its last step was: %s\n' "$(cat -- "$work/step")"
  fi
  section end
}
