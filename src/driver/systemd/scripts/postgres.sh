# shellcheck shell=sh
# The host's own PostgreSQL server, asked and changed by psql as its administrator, over the local socket. What it shall do comes
# by standard input, so that it shows in no argument list.

# run_psql: the newest there is; without one, or without a server, it says so and fails. It never waits for a password.
run_psql() {
  for run_program in /usr/lib/postgresql/*/bin/psql; do :; done
  [ -x "$run_program" ] || {
    printf 'PostgreSQL is not installed\n'
    return 1
  }
  # The whole environment of the administrator: what is set for root is nothing to psql.
  cd / && setpriv --reuid=postgres --regid=postgres --init-groups \
    env -i PATH=/usr/bin:/bin LC_ALL=C.UTF-8 PGCONNECT_TIMEOUT=5 \
    "$run_program" --no-psqlrc --no-password --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --set=VERBOSITY=terse \
    --host=/run/postgresql --dbname=postgres
}
