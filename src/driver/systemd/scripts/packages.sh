# shellcheck shell=sh
# Packages and users, by Debian's own tools.
: "${state:?}" "${home:?}" "${op:?}" "${work:?}" "${component:?}" "${operation:?}" "${restore?}"
export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1

# apt_get ARGUMENT...: never asks, keeps configuration files that were edited, waits for another package manager. What it fetches
# stays in its cache, where generations take it from.
apt_get() {
  bounded apt-get -q -y -o Dpkg::Use-Pty=0 -o APT::Keep-Downloaded-Packages=true -o DPkg::Lock::Timeout=60 -o Dpkg::Options::=--force-confold "$@"
}

# install_packages UNIT... -- PACKAGE...: units that do not run stay masked meanwhile: Debian starts a service when its package is
# installed or configured, with the configuration that it ships.
install_packages() {
  : > "$op/masked"
  while [ "$1" != -- ]; do
    case $(systemctl show --property=ActiveState --value -- "$1") in inactive | failed) printf '%s\n' "$1" >> "$op/masked" ;; esac
    shift
  done
  shift
  mask_units "$op/masked"
  install_code=0
  { note_pinned "$@" && finish_interrupted_dpkg && install_or_update "$@"; } || install_code=$?
  unmask_code=0
  unmask_units "$op/masked" || unmask_code=$?
  [ "$unmask_code" -ne 0 ] || rm -f -- "$op/masked"
  [ "$install_code" -eq 0 ] || return "$install_code"
  return "$unmask_code"
}

# mask_units LIST: a unit that its package keeps in /etc takes no runtime mask; a condition that never holds keeps it from starting.
mask_units() {
  xargs -r -d '\n' -a "$1" systemctl mask --runtime --quiet --
  while read -r mask_unit; do
    mkdir -p -- "/run/systemd/system/$mask_unit.d"
    printf '[Unit]\nConditionPathExists=!/run\n' > "/run/systemd/system/$mask_unit.d/homeostat-installing.conf"
  done < "$1"
}

unmask_units() {
  while read -r mask_unit; do
    rm -f -- "/run/systemd/system/$mask_unit.d/homeostat-installing.conf"
    # systemctl takes the directory away with the mask, but not where an operation was killed between the two.
    rmdir -- "/run/systemd/system/$mask_unit.d" 2> /dev/null || :
  done < "$1"
  xargs -r -d '\n' -a "$1" systemctl unmask --runtime --quiet --
}

# note_pinned PACKAGE...: that it was us who asked for this very version, before it comes.
note_pinned() {
  for pinned_word do
    case $pinned_word in *=*) printf '%s\n' "$pinned_word" ;; esac
  done > "$work/pinned"
  [ -s "$work/pinned" ] || return 0
  [ ! -e "$home/pinned" ] || cat -- "$home/pinned" >> "$work/pinned"
  write "$home/pinned" "$(sort -u -- "$work/pinned")"
}

# What dpkg left in the middle is finished first: nothing can be installed before that.
finish_interrupted_dpkg() {
  [ -n "$(dpkg --audit 2>&1)" ] || return 0
  bounded dpkg --configure -a --force-confold || apt_get --no-remove --fix-broken install
}

# Where apt's own user can read what is kept, under a name that apt does not decode.
lent=/var/cache/apt/archives/homeostat-$operation

# lend_archives PATH-OR-PACKAGE...: prints the words for apt-get.
lend_archives() {
  lend_number=0
  for lend_word do
    case $lend_word in
      /*)
        lend_number=$((lend_number + 1))
        mkdir -p -- "${lent%/*}"
        cp -- "$lend_word" "$lent-$lend_number.deb"
        chmod 0644 -- "$lent-$lend_number.deb"
        lend_word=$lent-$lend_number.deb
        ;;
    esac
    printf '%s\n' "$lend_word"
  done
}

# kept_archives PACKAGE...: each as the archive that the generation to be restored keeps of it, where that is undamaged; else as it is.
kept_archives() {
  kept_home=$home/generations/$restore
  for kept_word do
    kept_archive=$(sed -n "s/^installed \(${kept_word%%=*}\) \(.*\)/\1 \2/p" "$kept_home/manifest" | while read -r kept_name kept_version kept_arch; do
      case $kept_word in *=*) [ "${kept_word#*=}" = "$kept_version" ] || continue ;; esac
      archive_of "$kept_name" "$kept_version" "$kept_arch"
    done)
    if [ -n "$kept_archive" ] && grep -sF "  $kept_archive" "$kept_home/packages.sums" |
      (cd -- "$kept_home/packages" && sha256sum --check --status -); then
      printf '%s\n' "$kept_home/packages/$kept_archive"
    else
      printf '%s\n' "$kept_word"
    fi
  done
}

# install_or_update PACKAGE-OR-ARCHIVE...: the lists are fetched only when the first try shows that they are missing or old.
install_or_update() {
  install_words=$*
  [ -z "$restore" ] || install_words=$(kept_archives "$@")
  # Names, versions and paths of ours hold no blanks.
  # shellcheck disable=SC2086
  install_words=$(lend_archives $install_words)
  update_code=0
  # shellcheck disable=SC2086
  install_words $install_words || update_code=$?
  rm -f -- "$lent"-*.deb
  return "$update_code"
}

install_words() {
  apt_get --no-install-recommends --no-remove --allow-downgrades install -- "$@" > "$op/apt" 2>&1 && return 0
  install_failed=$?
  cat -- "$op/apt"
  grep -qE 'Unable to locate package|was not found|no installation candidate|Failed to fetch|Unable to fetch' "$op/apt" ||
    return "$install_failed"
  printf 'fetching the package lists and trying again\n'
  apt_get update && apt_get --no-install-recommends --no-remove --allow-downgrades install -- "$@"
}

# expect_origins (PACKAGE HOST)...: each would be installed from that host's repository; a namesake from elsewhere is refused. What is
# restored came from there when it was installed first, and the repository may be gone.
expect_origins() {
  origins_words=
  while [ $# -gt 0 ]; do
    if [ -z "$restore" ] || [ "$(kept_archives "$1")" = "$1" ]; then origins_words="$origins_words $1 $2"; fi
    shift 2
  done
  # Names hold no blanks.
  # shellcheck disable=SC2086
  set -- $origins_words
  [ $# -gt 0 ] || return 0
  origins_candidates "$@" > "$op/origins" && return 0
  printf 'fetching the package lists\n'
  apt_get update || return
  origins_candidates "$@" > "$op/origins" || {
    cat -- "$op/origins"
    return 1
  }
}

origins_candidates() {
  while [ $# -gt 0 ]; do
    LC_ALL=C apt-cache policy -- "$1" > "$op/policy"
    # Below the line of the candidate, whether or not it is marked as installed, stands who offers it.
    awk -v host="$2" '
      $1 == "Candidate:" { candidate = $2 }
      /^ (\*\*\*|   ) [^ ]/ { offered = ($(NF - 1) == candidate) }
      offered { sub("^[a-z+]+://", "", $2); sub("/.*", "", $2); if ($2 == host) found = 1 }
      END { exit !found }' "$op/policy" || {
      printf '%s would not come from %s:\n' "$1" "$2"
      cat -- "$op/policy"
      return 1
    }
    shift 2
  done
}

# make_user NAME HOME GROUPS: a system user with a group of its own name; GROUPS is a list with commas, or empty.
make_user() {
  if getent passwd -- "$1" > /dev/null; then
    # usermod refuses to move the home of a user who has processes, so it is asked for nothing that is so already.
    case $(getent passwd -- "$1" | cut -d : -f 6) in "$2") ;; *) usermod --home "$2" -- "$1" ;; esac
    getent group -- "$1" > /dev/null || groupadd --system -- "$1"
    usermod --append --groups "$1${3:+,$3}" -- "$1"
    return
  fi
  if getent group -- "$1" > /dev/null; then make_group=--gid=$1; else make_group=--user-group; fi
  useradd --system "$make_group" --home-dir "$2" --no-create-home --shell /usr/sbin/nologin ${3:+--groups "$3"} -- "$1"
}

# restore_packages (KEY NAME)...: removes those that were not there before us, unless that would take others along; those that were
# go back to their version. Their configuration and data stay.
restore_packages() {
  restore_gone=
  while [ $# -gt 0 ]; do
    if is_ours_alone "package:$2" "$1"; then
      if grep -qx absent "$home/origin/$1/state"; then restore_gone="$restore_gone $2"; else restore_version "$home/origin/$1" "$2"; fi
    fi
    shift 2
  done
  # Package names hold no blanks: they were checked before they came here.
  # shellcheck disable=SC2086
  set -- $restore_gone
  [ $# -gt 0 ] || return 0
  finish_interrupted_dpkg
  restore_plan=$(apt-get -s -q remove -- "$@" | sed -n 's/^Remv \([^ ]*\).*/\1/p')
  for restore_other in $restore_plan; do
    case " $* " in
      *" $restore_other "*) ;;
      *)
        printf 'removing %s would take %s along; the packages stay\n' "$*" "$restore_other"
        return 0
        ;;
    esac
  done
  [ -z "$restore_plan" ] || apt_get remove -- "$@"
}

# restore_version NOTE NAME: the version that was there before us, where the one there now is ours; what came later stays.
restore_version() {
  read -r _ restore_name restore_was restore_arch < "$1/state" || :
  # shellcheck disable=SC2016
  restore_now=$(dpkg-query -W -f '${Version}' -- "$2" 2> /dev/null) || return 0
  if [ -z "$restore_was" ] || [ "$restore_now" = "$restore_was" ]; then return 0; fi
  grep -qsxF -- "$2=$restore_now" "$home/pinned" || return 0
  finish_interrupted_dpkg
  restore_archive=$1/$(archive_of "$restore_name" "$restore_was" "$restore_arch")
  [ -f "$restore_archive" ] || restore_archive=$2=$restore_was
  install_or_update "$restore_archive" ||
    printf '%s was %s before us, which cannot be had any more; it stays %s\n' "$2" "$restore_was" "$restore_now"
}
