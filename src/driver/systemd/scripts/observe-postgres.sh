# shellcheck shell=sh
# Looks at roles and databases of the host's PostgreSQL server. That there is none, or that it does not answer, is an answer too.

# see_postgres SQL: its answer is one line, the last; warnings come before it. Without SQL nothing is asked.
see_postgres() {
  section postgres
  [ -n "$1" ] || return 0
  if see_said=$(printf '%s' "$1" | run_psql 2>&1); then
    printf 'answering\n%s\n' "$see_said"
  else
    printf 'silent\n%.1000s\n' "$see_said"
  fi
}
