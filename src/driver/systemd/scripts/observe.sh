# shellcheck shell=sh
# Looks at a host and prints what it sees, in sections that begin with a mark nobody can guess. Changes nothing.
# The caller sets `mark` and `state` before these functions are read, and calls one after the other.
: "${mark:?}" "${state:?}"

section() {
  printf '\n%s %s\n' "$mark" "$1"
}

# lacking TOOL...: sets `lack` to the names of those that this host does not have, each on a line.
lacking() {
  lack=
  for lacking_tool do
    command -v "$lacking_tool" > /dev/null 2>&1 || lack="$lack$lacking_tool
"
  done
  [ -d /run/systemd/system ] || lack="${lack}systemd as the first process
"
}

see_host() {
  section host
  read -r see_boot < /proc/sys/kernel/random/boot_id
  read -r see_machine < /etc/machine-id
  read_fence
  # shellcheck disable=SC2154
  printf 'boot %s\nmachine %s\nfence %s %.200s\n' "$see_boot" "$see_machine" "$seen_fence" "$odd_fence"
}

# see_files LIMIT PATH...: facts of what is there, digests of regular files of at most LIMIT bytes, reasons for the rest. The rest is
# asked for twice: what an operation brings or takes away in the middle of this look has to be in one of the answers.
# Among the facts, told apart by `/./`: the time, which is when the kernel made the entry of this very process, and what tells
# whether dpkg has written anything, or apt would answer otherwise.
see_files() {
  see_limit=$1
  shift
  section missing
  see_missing "$@"
  section files
  find /proc/self/./stat /var/lib/dpkg/./status /var/lib/dpkg/./updates \
    /var/lib/apt/./lists /etc/apt/./* /etc/apt/*.d/./* "$@" -maxdepth 0 \
    -printf '%y %m %u %g %s %C@ %i %p\0' \
    -type f -size "-$((see_limit + 1))c" ! -path '*/./*' -exec sha256sum -z -- {} + 2> /dev/null
  section gone
  see_missing "$@"
}

see_missing() {
  see_count=$#
  for see_path do
    [ -e "$see_path" ] || [ -L "$see_path" ] || set -- "$@" "$see_path"
  done
  shift "$see_count"
  # Most often they are simply not there, and one program is enough to be certain of that.
  if [ $# -gt 0 ] && are_absent "$@"; then
    printf 'absent\t%s\000' "$@"
    return
  fi
  for see_path do
    if see_reason=$(absence "$see_path"); then see_reason=absent; fi
    printf '%s\t%s\000' "$see_reason" "$see_path"
  done
}

# see_units UNIT...: one block of properties for each, in the order given.
see_units() {
  [ $# -eq 0 ] || exec systemctl show --timestamp=us+utc \
    --property=Id,LoadState,ActiveState,SubState,UnitFileState,Result,NRestarts,InvocationID,StateChangeTimestamp,NeedDaemonReload \
    -- "$@"
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

# see_effect NUMBER COMMAND...: why what a unit did holds no more, on one line; nothing where it holds, or nobody can tell.
see_effect() {
  see_number=$1
  shift
  see_code=0
  see_said=$(timeout -k 1 10 "$@" 2>&1) || see_code=$?
  [ "$see_code" -ne 1 ] || printf '%s %.500s\n' "$see_number" "$(printf '%s' "$see_said" | tr -s '[:cntrl:]' ' ')"
}

# The names of components; then what is told on standard input, what processes have loaded, and the records: each under a heading of
# its own, so that a damaged one spoils no other.
see_components() {
  section components
  set --
  for see_home in "$state"/components/*; do
    case ${see_home##*/} in *[!a-z0-9.-]*) continue ;; esac
    if [ -e "$see_home/record" ] || [ -L "$see_home/record" ]; then
      printf 'recorded %s\n' "${see_home##*/}"
      set -- "$@" "$see_home/record"
    elif [ -d "$see_home/generations" ] && [ -d "$see_home/origin" ]; then
      printf 'unrecorded %s\n' "${see_home##*/}"
    fi
    for see_kept in "$see_home"/generations/*/manifest; do
      see_kept=${see_kept%/manifest}
      [ ! -e "$see_kept/manifest" ] || printf 'kept %s %s\n' "${see_home##*/}" "${see_kept##*/}"
    done
  done
  see_armed
  section told
  for see_loaded in /run/homeostat/units/*.loaded; do
    [ ! -e "$see_loaded" ] || set -- "$see_loaded" "$@"
  done
  head --verbose --bytes=1M -- - "$@" 2> /dev/null
}

# see_armed: what this host takes back by itself unless it is confirmed, and in how many seconds; also what it is just taking back.
see_armed() {
  for see_armed in "$state"/armed/*; do
    [ -d "$see_armed" ] || continue
    see_id='' see_until=''
    # In this order: one becomes the other.
    for see_wait in wait firing; do
      if [ -n "$see_id" ] || [ ! -e "$see_armed/$see_wait" ]; then continue; fi
      while read -r see_word see_rest; do
        case $see_word in
          operation) see_id=$see_rest ;;
          until) see_until=$see_rest ;;
        esac
      done 2> /dev/null < "$see_armed/$see_wait"
    done
    case $see_id:$see_until in : | :* | *: | *:*[!0-9]*) continue ;; esac
    read -r see_uptime _ < /proc/uptime
    printf 'armed %s %s %s\n' "${see_armed##*/}" "$see_id" "$((see_until - ${see_uptime%%.*}))"
  done
}

# see_operations ID...: whether it was begun here, and what it came to. Whether it runs is among the units, looked at before.
see_operations() {
  section operations
  for see_id do
    see_began=unknown
    [ ! -d "$state/ops/$see_id" ] || see_began=begun
    [ ! -e "$state/ops/$see_id/result" ] || see_began=ended
    printf '\n%s/ %s %s\n' "$mark" "$see_id" "$see_began"
    [ "$see_began" != ended ] || head --bytes=64K -- "$state/ops/$see_id/result" 2> /dev/null
  done
}
