# shellcheck shell=sh
# What a generation keeps on this host, enough to go back to it without network and without a controller:
#   target.json   what the component is, with tokens for secrets
#   manifest      the same for a shell, a line each; written whole before the generation counts
#   files/        the contents of its files, each named by its SHA-256; equal ones are one file for all generations
#   packages/     the archives of its packages, as far as apt had them; packages.sums lists their SHA-256
: "${state:?}" "${home:?}" "${op:?}" "${work:?}" "${component:?}" "${generation:?}"

# draft_generation: everything but the packages, beside the record, before it is true.
draft_generation() {
  [ -e "$op/kept/manifest" ] || return 0
  mkdir -p -- "$op/kept/files"
  # By the shell itself: somebody may wait for this.
  set --
  while IFS= read -r draft_line; do
    case $draft_line in
      'file '*) printf '%s\n' "${draft_line#file }" ;;
      'package '*)
        draft_line=${draft_line#package }
        set -- "$@" "${draft_line%% *}"
        ;;
    esac
  done < "$op/kept/manifest" > "$work/files"
  keep_shared
  keep_new
  {
    printf 'time %s\n' "${started:-0}"
    list_installed "$@"
    printf 'end\n'
  } >> "$op/kept/manifest"
  unsynced "$op/kept/manifest"
  unsynced "$op/kept/files"
}

# keep_shared: what an earlier generation keeps undamaged is kept once.
keep_shared() {
  keep_seen=
  while read -r keep_sum _; do
    case $keep_seen in *"$keep_sum"*) continue ;; esac
    keep_seen=$keep_seen$keep_sum
    # The others are the same file, or it is kept anew.
    set -- "$home"/generations/*/files/"$keep_sum"
    [ ! -e "$1" ] || printf '%s  %s\n' "$keep_sum" "$1"
  done < "$work/files" > "$work/copies"
  [ -s "$work/copies" ] || return 0
  { sha256sum --check -- "$work/copies" 2> /dev/null || :; } > "$work/good"
  set --
  while IFS= read -r keep_copy; do
    case $keep_copy in *': OK') set -- "$@" "${keep_copy%: OK}" ;; esac
  done < "$work/good"
  [ $# -eq 0 ] || ln -t "$op/kept/files" -- "$@"
}

# keep_new: the rest, as it was staged or, where it was in its place already, as it is there.
keep_new() {
  while IFS= read -r keep_line; do
    keep_sum=${keep_line%% *}
    keep_path=/${keep_line#* /}
    [ ! -e "$op/kept/files/$keep_sum" ] || continue
    if [ -e "$op/root$keep_path" ]; then
      ln -- "$op/root$keep_path" "$op/kept/files/$keep_sum"
    elif [ -f "$keep_path" ]; then
      cp -- "$keep_path" "$op/kept/files/$keep_sum"
      printf '%s  %s\n' "$keep_sum" "$op/kept/files/$keep_sum" | sha256sum --check --status || {
        rm -f -- "$op/kept/files/$keep_sum"
        continue
      }
    fi
    unsynced "$op/kept/files/$keep_sum"
  done < "$work/files"
}

# list_installed PACKAGE...: the version of each that is there now.
list_installed() {
  [ $# -gt 0 ] || return 0
  # shellcheck disable=SC2016
  { dpkg-query -W -f 'installed ${Package} ${Version} ${Architecture} ${db:Status-Status}\n' -- "$@" 2> /dev/null || :; } |
    sed -n 's/ installed$//p'
}

# keep_generation: it counts with the record that names it, which follows. One that is made again is complete at every moment.
keep_generation() {
  keep_home=$home/generations/$generation
  if [ ! -e "$keep_home" ]; then
    mv -T -- "$op/kept" "$keep_home"
    unsynced "$home/generations"
    return
  fi
  if [ -d "$op/kept/files" ]; then
    mkdir -p -- "$keep_home/files"
    for keep_file in "$op/kept/files"/*; do
      # What is live may be linked from both places, and mv refuses to put a file in its own place.
      # shellcheck disable=SC3013
      [ ! -e "$keep_file" ] || [ "$keep_file" -ef "$keep_home/files/${keep_file##*/}" ] ||
        mv -f -t "$keep_home/files" -- "$keep_file"
    done
    unsynced "$keep_home/files"
    mv -fT -- "$op/kept/manifest" "$keep_home/manifest"
  fi
  mv -fT -- "$op/kept/target.json" "$keep_home/target.json"
  unsynced "$keep_home"
}

# keep_packages: their archives, from earlier generations or from apt, when nobody waits any more.
keep_packages() {
  keep_home=$home/generations/$generation
  grep -qs '^installed ' "$keep_home/manifest" || return 0
  mkdir -p -- "$keep_home/packages"
  sed -n 's/^installed //p' "$keep_home/manifest" | while read -r keep_words; do
    # Name, version and architecture hold no blanks.
    # shellcheck disable=SC2086
    keep_archive $keep_words
  done
}

# archive_of NAME VERSION ARCHITECTURE: as apt calls it, where a colon cannot stand in a name.
archive_of() {
  case $2 in
    *:*) printf '%s_%s%%3a%s_%s.deb' "$1" "${2%%:*}" "${2#*:}" "$3" ;;
    *) printf '%s_%s_%s.deb' "$1" "$2" "$3" ;;
  esac
}

# keep_archive NAME VERSION ARCHITECTURE: links or copies it; what is to be found nowhere is not kept, and so not listed.
keep_archive() {
  keep_name=$(archive_of "$@")
  ! grep -qs "  $keep_name\$" "$keep_home/packages.sums" || return 0
  for keep_sums in "$home"/generations/*/packages.sums; do
    keep_line=$(grep -s "  $keep_name\$" "$keep_sums") || continue
    ln -f -- "${keep_sums%/*}/packages/$keep_name" "$keep_home/packages/" 2> /dev/null || continue
    list_archive "$keep_line"
    return
  done
  keep_from=$(apt_archive "$keep_name" "$1=$2")
  [ -f "$keep_from" ] || return 0
  keep_to=$keep_home/packages/$keep_name
  ln -f -- "$keep_from" "$keep_to" 2> /dev/null || cp -- "$keep_from" "$keep_to" || {
    rm -f -- "$keep_to"
    return 0
  }
  sync -- "$keep_to"
  list_archive "$(cd -- "$keep_home/packages" && sha256sum -- "$keep_name")"
}

# apt_archive ARCHIVE PACKAGE=VERSION: where apt left what it fetched, or where a repository has it that is a directory of this host.
apt_archive() {
  if [ -f "/var/cache/apt/archives/$1" ]; then
    printf '%s' "/var/cache/apt/archives/$1"
  else
    timeout 10 apt-get -q download --print-uris "$2" < /dev/null 2> /dev/null |
      sed -n "s/^'file:\([^']*\)'.*/\1/p" | sed 's/%2b/+/g; s/%7e/~/g; s/%3a/:/g'
  fi
}

# list_archive LINE: it is kept from now on.
list_archive() {
  { [ ! -e "$keep_home/packages.sums" ] || cat -- "$keep_home/packages.sums"; printf '%s\n' "$1"; } > "$keep_home/packages.sums.new"
  mv -fT -- "$keep_home/packages.sums.new" "$keep_home/packages.sums"
}

# prune_generations: the newest 10 stay, and the running and the last verified one.
prune_generations() {
  set -- "$home"/generations/*
  [ $# -gt 10 ] || return 0
  read_record || return
  # shellcheck disable=SC2154
  keep_verified=${was_verified#verified }
  keep_verified=${keep_verified%% *}
  find "$home/generations" -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort -rn | tail -n +11 | while read -r keep_number; do
    [ "$keep_number" = "$generation" ] || [ "$keep_number" = "$keep_verified" ] || rm -rf -- "$home/generations/$keep_number"
  done
}
