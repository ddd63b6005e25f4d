# shellcheck shell=sh
# The host's own PostgreSQL server, asked and changed by psql as its administrator, over the local socket. What it shall do comes
# by standard input, so that it shows in no argument list.

# Nothing of these sessions is in the server's log or shown to who looks at what it does, and none of them waits for ever.
quietly='-c log_statement=none -c log_min_error_statement=panic -c log_min_duration_statement=-1 -c track_activities=off'
quietly="$quietly -c pg_stat_statements.track=none -c lock_timeout=10s -c statement_timeout=60s"

# run_psql: the newest there is; without one, or without a server, it says so and fails. It never waits for a password.
run_psql() {
  for run_program in /usr/lib/postgresql/*/bin/psql; do :; done
  [ -x "$run_program" ] || {
    printf 'PostgreSQL is not installed\n'
    return 1
  }
  # The whole environment of the administrator: what is set for root is nothing to psql.
  setpriv --reuid=postgres --regid=postgres --init-groups \
    env -i --chdir=/ PATH=/usr/bin:/bin LC_ALL=C.UTF-8 PGCONNECT_TIMEOUT=5 PGOPTIONS="$quietly" \
    "$run_program" --no-psqlrc --no-password --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse \
    --host=/run/postgresql --dbname=postgres
}
