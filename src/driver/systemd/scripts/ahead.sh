# shellcheck shell=sh
# The first check of a change, made while its writing still settles: what is checked may never come, and nothing of it is kept but that it
# passed. Whoever finds nothing here makes the check itself.
ahead=/run/homeostat/ahead
# An older one says too little about the host as it is now, in seconds.
AHEAD_COUNTS=10

# in_peace SECONDS COMMAND...: with an environment that is always the same, and an end.
in_peace() {
  HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin timeout -k 5 "$@"
}

# try_ahead DIRECTORY...: in `op`, which is below `ahead` and locked until it is done. The caller has made `receive_all` and `check_first`.
try_ahead() {
  rm -rf -- "$ahead"
  mkdir -p -- "$@" && exec 9< "${op:?}" && flock -n 9 && receive_all || return
  if check_first > /dev/null 2>&1 < /dev/null 9>&-; then
    read -r try_at _ < /proc/uptime
    printf '%s\n' "${try_at%.*}" > "$op/passed"
  fi
  rm -rf -- "$op/root"
}

# passed_ahead DIGEST: whether this very check passed a moment ago; one that is still being made is waited for.
passed_ahead() {
  [ -n "$1" ] && [ -d "$ahead/$1" ] || return
  { flock -w "$AHEAD_COUNTS" 9; } 9< "$ahead/$1" || return
  { read -r passed_at < "$ahead/$1/passed"; } 2> /dev/null || return
  read -r passed_now _ < /proc/uptime
  [ "$((${passed_now%.*} - passed_at))" -le "$AHEAD_COUNTS" ]
}
