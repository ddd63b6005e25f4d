# shellcheck shell=sh
# Prints what the host's logs tell of what people did, and what changed files say that everybody may read. Changes nothing.
# The caller sets the variables checked here, reads `show.sh` too, and calls `trace`.
: "${mark:?}" "${since:?}" "${until:?}"

# trace [PATH...]: each log has its time, and what it did not say by then is not waited for.
trace() {
  printf '\n%s begin\n\n%s caller\n' "$mark" "$mark"
  # Without `sudo` it is SSH that says who we are here; where nobody came in, nobody is to be left out.
  printf '%s\n%s\n%s\n' "${SUDO_USER:-$(id -un)}" "${SSH_CONNECTION%% *}" "$(date +%z)"
  printf '\n%s journal\n' "$mark"
  timeout 2 journalctl --quiet --no-pager --reverse --lines=200 --since="@$since" --until="@$until" --output=json \
    --output-fields=MESSAGE,_COMM _COMM=sudo + _COMM=sshd + _COMM=sshd-session + _COMM=su + _COMM=login 2> /dev/null
  printf '\n%s packages\n' "$mark"
  tail -c 16384 -- /var/log/apt/history.log 2> /dev/null
  printf '\n%s files\n' "$mark"
  trace_number=0
  for trace_path do
    show "$trace_number" "$trace_path"
    trace_number=$((trace_number + 1))
  done
  printf '\n%s end\n' "$mark"
}
