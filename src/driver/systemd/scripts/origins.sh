# shellcheck shell=sh
# What was there before a component: noted before the first touch, for whoever takes the component away.
: "${home:?}"

# note_origins (KIND KEY NAME)...: all notes are on disk before any of them counts.
note_origins() {
  tell_absent "$@"
  make_notes "$@"
  while [ $# -gt 0 ]; do
    note_origin "$home/origin.new/$2" "$@"
    shift 3
  done
  sync -- "$home"/origin.new/* "$home"/origin.new/*/*
  mv -t "$home/origin" -- "$home"/origin.new/*
  sync -- "$home/origin"
  rmdir -- "$home/origin.new"
}

# make_notes (KIND KEY NAME)...: empty ones, in place of what a killed operation has left. Keys are words.
make_notes() (
  left=origin.new new=
  while [ $# -gt 0 ]; do
    left="$left origin/$2"
    new="$new origin.new/$2"
    shift 3
  done
  mkdir -p -- "$home/origin"
  cd -- "$home" || return
  # shellcheck disable=SC2086
  rm -rf -- $left
  # shellcheck disable=SC2086
  mkdir -p -- $new
)

# note_origin NOTE KIND KEY NAME...: an older owner's note counts, because what it found is what there was.
note_origin() {
  note_other=$(other_owner "$2:$4" "$3")
  if [ -n "$note_other" ] && [ -d "$note_other/origin/$3" ]; then
    cp -a -- "$note_other/origin/$3/." "$1"
  else
    printf '%s\n' "$2:$4" > "$1/id"
    "origin_of_${2%%-*}" "$1" "$4" "$2"
  fi
}

# One that was there keeps its archive beside the note, where there is one: we may be asked for another version.
origin_of_package() {
  # shellcheck disable=SC2016
  origin_was=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Version} ${Architecture}\n' -- "$2" 2> /dev/null | sed -n 's/^installed //p' | head -n 1) || :
  if [ -z "$origin_was" ]; then
    printf 'absent\n' > "$1/state"
    return
  fi
  printf 'installed %s\n' "$origin_was" > "$1/state"
  # Name, version and architecture hold no blanks.
  # shellcheck disable=SC2086
  origin_archive=$(archive_of $origin_was)
  origin_from=/var/cache/apt/archives/$origin_archive
  [ ! -f "$origin_from" ] || ln -- "$origin_from" "$1/" 2> /dev/null || cp -- "$origin_from" "$1/"
}

origin_of_user() {
  if getent passwd -- "$2" > /dev/null; then printf 'present\n' > "$1/state"; else printf 'absent\n' > "$1/state"; fi
}

# missing_parents PATH: the directories above it that do not exist, the deepest first.
missing_parents() {
  missing=${1%/*}
  while [ -n "$missing" ] && [ ! -e "$missing" ]; do
    printf '%s\n' "$missing"
    missing=${missing%/*}
  done
}

# tell_absent (KIND KEY NAME)...: sets `surely` to yes when every file and directory that seems not to be there is certain not to be.
tell_absent() {
  tell_left=$#
  while [ "$tell_left" -gt 0 ]; do
    case $1 in
      file | directory) [ -e "$3" ] || [ -L "$3" ] || set -- "$@" "$3" ;;
    esac
    shift 3
    tell_left=$((tell_left - 3))
  done
  surely=no
  if [ $# -eq 0 ] || are_absent "$@"; then surely=yes; fi
}

# is_absent PATH: fails the step where it cannot be told.
is_absent() {
  [ ! -e "$1" ] && [ ! -L "$1" ] || return 1
  [ "$surely" = no ] || return 0
  if absent_reason=$(absence "$1"); then return 0; fi
  printf 'cannot look at %s: %s\n' "$1" "$absent_reason"
  exit 1
}

origin_of_directory() {
  if is_absent "$2"; then
    missing_parents "$2" > "$1/parents"
    printf 'absent\n' > "$1/state"
  elif [ -d "$2" ] && [ ! -L "$2" ]; then
    stat --printf 'present %a %u %g\n' -- "$2" > "$1/state"
  else
    refuse "$2 is there and is no directory; move it away to let this component have the place"
  fi
}

origin_of_file() {
  if is_absent "$2"; then
    missing_parents "$2" > "$1/parents"
    printf 'absent\n' > "$1/state"
  elif [ -L "$2" ]; then
    readlink -n -- "$2" > "$1/content"
    printf 'symlink\n' > "$1/state"
  elif [ -f "$2" ]; then
    cp --no-dereference -- "$2" "$1/content"
    stat --printf 'file %a %u %g\n' -- "$2" > "$1/state"
  else
    refuse "$2 is there and is no file; move it away to let this component have the place"
  fi
}

origin_of_unit() {
  systemctl show --property=LoadState,UnitFileState,ActiveState -- "$2" > "$1/state"
}
