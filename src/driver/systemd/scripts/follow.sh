# shellcheck shell=sh
# Follows the journal until nobody takes what is written any more, and leaves nothing running then: journalctl alone would notice
# only with its next line. Its arguments are journalctl's.

follow_journal() {
  journalctl --follow "$@" &
  follow_journal=$!
  # From here on a reader that is gone is an error of printf, and not the end of this shell.
  trap '' PIPE
  while sleep 1 && kill -0 "$follow_journal" 2> /dev/null && printf '\n' 2> /dev/null; do
    :
  done
  kill "$follow_journal" 2> /dev/null
  wait "$follow_journal"
}
