#!/bin/sh
# The floor of a quiet pass: one observation script per host, over an OpenSSH ControlMaster that is already there, all hosts at
# once. Usage: observe.sh SSH_CONFIG DIRECTORY HOST...; runs DIRECTORY/HOST.sh on each and keeps what it says in HOST.out.
config=$1
directory=$2
shift 2
jobs=
for host in "$@"; do
  ssh -F "$config" "$host" sh <"$directory/$host.sh" >"$directory/$host.out" &
  jobs="$jobs $!"
done
for job in $jobs; do wait "$job" || exit 1; done
