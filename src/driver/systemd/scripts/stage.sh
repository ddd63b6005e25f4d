# shellcheck shell=sh
# The part of an operation that runs while the controller is connected: takes what is sent, checks it, starts the operation as
# a unit of its own and waits for its result. The caller sets the variables checked here.
: "${mark:?}" "${state:?}" "${operation:?}"
umask 077
op=$state/ops/$operation

section() {
  printf '\n%s %s\n' "$mark" "$1"
}

# open_stage: a directory that nobody had before, so that an id is used once; room for the result is set aside at once.
open_stage() {
  [ -d "$state/components" ] || { mkdir -p -- "$state/ops" "$state/components" && chmod 0700 -- "$state"; } || return 1
  [ ! -e "$op" ] || return 3
  mkdir -- "$op" && printf '%16384s' '' > "$op/reserve"
}

# receive PATH: standard input, in base64, becomes this file of the operation.
receive() {
  case $1 in */*) [ -d "$op/${1%/*}" ] || mkdir -p -- "$op/${1%/*}" || return 1 ;; esac
  base64 -d > "$op/$1"
}

# check_received: standard input lists the digests.
check_received() {
  cd -- "$op" && sha256sum --check --quiet --strict -
}

# run_operation SECONDS: the unit goes on without us when the connection is lost.
run_operation() {
  systemd-run --quiet --collect --wait --unit="homeostat-op-$operation" \
    --description="Homeostat operation $operation" \
    --property=RuntimeMaxSec="$1" --property=TimeoutStopSec=10 /bin/sh "$op/run" 2>&1
}

# stage_and_run SECONDS CHECKED-RECEIVE: CHECKED-RECEIVE is the function that takes everything that is sent.
stage_and_run() {
  section begin
  stage_said=$(open_stage 2>&1) || {
    if [ $? -eq 3 ]; then section used; else section unstaged; fi
    printf '%s\n' "$stage_said"
    section end
    return
  }
  stage_said=$("$2" 2>&1) || {
    rm -rf -- "$op"
    section unstaged
    printf '%s\n' "$stage_said"
    section end
    return
  }
  stage_said=$(run_operation "$1" < /dev/null)
  if [ -e "$op/result" ]; then
    section result
    cat -- "$op/result"
  else
    section ended
    printf '%s\n' "$stage_said"
    [ ! -e "$op/step" ] || printf 'its last step was: %s\n' "$(cat -- "$op/step")"
  fi
  section end
}
