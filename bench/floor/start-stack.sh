#!/bin/sh
# The floor of the whole stack: what makes each host what it is to be, and nothing that looks, checks or goes back, over OpenSSH
# ControlMasters that are already there, all hosts at once. Usage: start-stack.sh SSH_CONFIG DIRECTORY HOST...; runs DIRECTORY/HOST.sh on
# each, then DIRECTORY/HOST.last.sh where there is one.
config=$1
directory=$2
shift 2
run() {
  jobs=
  for host in "$@"; do
    [ ! -e "$directory/$host$suffix" ] || {
      ssh -F "$config" "$host" sh <"$directory/$host$suffix" >"$directory/$host.out" 2>&1 &
      jobs="$jobs $!"
    }
  done
  for job in $jobs; do wait "$job" || exit 1; done
}
suffix=.sh
run "$@"
suffix=.last.sh
run "$@"
