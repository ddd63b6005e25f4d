# shellcheck shell=sh
# Roles and databases of the host's PostgreSQL server: what was there before us, what is put in, and who may no longer log in.
: "${home:?}" "${op:?}" "${work:?}"

# origin_of_postgres NOTE NAME KIND: whether it is there, and whether a role may log in. Before the server is installed nothing is.
origin_of_postgres() {
  case $3 in
    postgres-role) origin_sql="SELECT CASE WHEN rolcanlogin THEN 'login' ELSE 'nologin' END FROM pg_roles WHERE rolname = '$2'" ;;
    *) origin_sql="SELECT 'present' FROM pg_database WHERE datname = '$2'" ;;
  esac
  if [ ! -d /var/lib/postgresql ]; then
    origin_state=absent
  elif origin_state=$(printf '%s;' "$origin_sql" | run_psql 2> /dev/null); then
    origin_state=${origin_state:-absent}
  else
    origin_state=unknown
  fi
  printf '%s\n' "$origin_state" > "$1/state"
}

# put_into_postgres FILE: a server that has just been started may still be on its way up.
put_into_postgres() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    if printf 'SELECT;' | run_psql > "$work/postgres" 2>&1; then break; fi
    sleep 0.5
  done
  run_psql < "$op/$1"
}

# leave_roles (KEY NAME)...: those that could not log in before us, because they were not there, cannot any more; they own data,
# so they stay. A server that does not answer is left as it is.
leave_roles() {
  while [ $# -gt 0 ]; do
    if is_ours_alone "postgres-role:$2" "$1" && grep -qxE 'absent|nologin' "$home/origin/$1/state"; then
      printf "SELECT format('ALTER ROLE %%I NOLOGIN', rolname) FROM pg_roles WHERE rolname = '%s' \\\\gexec\n" "$2" | run_psql ||
        printf 'the role %s is left as it is\n' "$2"
    fi
    shift 2
  done
}
