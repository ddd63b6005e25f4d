# shellcheck shell=sh
# Looks at a host and prints what it sees, in sections that begin with a mark nobody can guess. Changes nothing.
# The caller sets `mark` and `state` before these functions are read, and calls one after the other.
: "${mark:?}" "${state:?}"

section() {
  printf '\n%s %s\n' "$mark" "$1"
}

# lacking TOOL...: the names of those that this host does not have.
lacking() {
  for lacking_tool do
    command -v "$lacking_tool" > /dev/null 2>&1 || printf '%s\n' "$lacking_tool"
  done
  [ -d /run/systemd/system ] || printf 'systemd as the first process\n'
}

see_host() {
  section host
  read -r see_boot < /proc/sys/kernel/random/boot_id
  read -r see_machine < /etc/machine-id
  see_fence=0
  [ ! -e "$state/fence" ] || read -r see_fence < "$state/fence"
  printf 'boot %s\nmachine %s\ntime %s\nfence %s\n' "$see_boot" "$see_machine" "$(date +%s%3N)" "$see_fence"
}

# see_files LIMIT PATH...: facts of what is there, digests of regular files of at most LIMIT bytes, reasons for the rest.
see_files() {
  see_limit=$1
  shift
  section stat
  [ $# -eq 0 ] || stat --printf '%f %U %u %G %g %s %.6Z %n\0' -- "$@" 2> /dev/null
  section hash
  [ $# -eq 0 ] || find "$@" -maxdepth 0 -type f -size "-$((see_limit + 1))c" -exec sha256sum -z -- {} + 2> /dev/null
  section missing
  for see_path do
    [ -e "$see_path" ] || [ -L "$see_path" ] || {
      if see_reason=$(absence "$see_path"); then see_reason=absent; fi
      printf '%s\t%s\000' "$see_reason" "$see_path"
    }
  done
}

# see_units UNIT...: one block of properties for each, in the order given.
see_units() {
  section units
  [ $# -eq 0 ] || systemctl show --timestamp=us+utc \
    --property=Id,LoadState,ActiveState,SubState,UnitFileState,Result,NRestarts,InvocationID,StateChangeTimestamp,NeedDaemonReload \
    -- "$@"
  section loaded
  see_records /run/homeostat/units/*.loaded
}

see_records() {
  [ ! -e "$1" ] || cat -- "$@"
}

see_packages() {
  section packages
  [ $# -eq 0 ] || dpkg-query -W -f '${Package}\t${Architecture}\t${db:Status-Status}\t${db:Status-Eflag}\t${Version}\n' -- "$@" 2> /dev/null
}

# see_origins PACKAGE...: what apt knows of where each can come from, the installed version marked.
see_origins() {
  section origins
  [ $# -eq 0 ] || apt-cache policy -- "$@"
}

see_users() {
  section users
  for see_user do
    see_entry=$(getent passwd -- "$see_user") || continue
    printf '%s\n%s\n' "$see_entry" "$(id -nG -- "$see_user")"
  done
}

see_components() {
  section components
  see_records "$state"/components/*/record
}

# see_operations ID...: whether it was begun here, and what it came to. Whether it runs is among the units, looked at before.
see_operations() {
  section operations
  for see_id do
    see_began=unknown
    [ ! -d "$state/ops/$see_id" ] || see_began=begun
    printf 'operation %s %s\n' "$see_id" "$see_began"
    [ ! -e "$state/ops/$see_id/result" ] || cat -- "$state/ops/$see_id/result"
  done
}
