# shellcheck shell=sh
# Files and directories: staged whole, checked, put live by renaming, taken back to what was there before.
: "${state:?}" "${home:?}" "${op:?}" "${work:?}" "${component:?}" "${operation:?}" "${newline:?}"

# validate COMMAND...: the component's own checker; what it refuses stays refused. Why it does is told last, where it is not cut off.
validate() {
  validate_code=0
  bounded "$@" > "$work/said" 2> "$work/complained" || validate_code=$?
  judge_check
}

# await_check VALIDATE...: the same where staging has begun with it, and tells how it ended; else it is done now.
await_check() {
  if IFS= read -r validate_code <&7 && [ -n "$validate_code" ]; then judge_check; else "$@"; fi
}

# judge_check: of the checker that has just ended.
judge_check() {
  case $validate_code in
    0) return 0 ;;
    124 | 137) ;;
    *) : > "$work/certain" ;;
  esac
  cat -- "$work/said" "$work/complained"
  return "$validate_code"
}

# enter DIRECTORY: goes there and stays, whatever happens to its name meanwhile. A symbolic link on the way must be root's own:
# a service that may write to a directory above must not lead root's hand elsewhere.
enter() {
  enter_above=$1
  enter_expected=$1
  while [ -n "$enter_above" ]; do
    if [ -L "$enter_above" ]; then
      enter_expected=
      [ "$(stat --format=%u -- "$enter_above")" = 0 ] ||
        refuse "$enter_above is a symbolic link that is not root's; nothing is put there" || return
    fi
    enter_above=${enter_above%/*}
  done
  cd -P -- "${1:-/}" || return
  [ -z "$enter_expected" ] || [ "$(pwd -P)" = "$enter_expected" ] || refuse "$1 is not where it was a moment ago"
}

# make_parents PATH: the directories above it, for everybody to read.
make_parents() {
  parents_base=${1%/*}
  while [ -n "$parents_base" ] && [ ! -d "$parents_base" ]; do
    parents_base=${parents_base%/*}
  done
  [ "$parents_base" != "${1%/*}" ] || return 0
  parents_rest=${1#"$parents_base/"}
  make_below "$parents_base" "${parents_rest%/*}"
}

make_below() (
  enter "$1"
  umask 022
  mkdir -p -- "$2"
)

# make_directories (PATH OWNER GROUP MODE)...
make_directories() {
  while [ $# -gt 0 ]; do
    make_parents "$1"
    [ ! -L "$1" ] || refuse "$1 is a symbolic link; move it away to let this component have the place"
    [ -d "$1" ] || (enter "${1%/*}" && mkdir -- "${1##*/}")
    set_access "$1" "$2:$3" "$4"
    shift 4
  done
}

# set_access DIRECTORY OWNER:GROUP MODE
set_access() (
  enter "$1"
  chown -- "$2" .
  chmod -- "$3" .
)

# make_ready (PATH OWNER GROUP MODE)...: every file is beside its place, as it shall be there; on disk when somebody says `flush`.
make_ready() {
  ready_number=0
  while [ $# -gt 0 ]; do
    [ ! -d "$1" ] || [ -L "$1" ] || refuse "$1 is a directory; move it away to let this component have the place"
    make_parents "$1"
    make_one_ready "$1" ".homeostat-$operation-$ready_number" "$op/root$1" "$2" "$3" "$4"
    ready_number=$((ready_number + 1))
    shift 4
  done
}

# make_one_ready PATH TEMP SOURCE OWNER GROUP MODE: TEMP, beside PATH, is as PATH shall be.
make_one_ready() (
  printf '%s\n' "${1%/*}/$2" >> "$op/temps"
  printf '%s\n%s\n' "$2" "$1" >> "$work/moves"
  unsynced "${1%/*}/$2"
  enter "${1%/*}"
  install -o "$4" -g "$5" -m "$6" -T -- "$3" "$2" || explain "$?" "$1 was to be written"
)

# explain CODE WHAT: what somebody was about, for whoever reads only a program's own words; fails with that code.
explain() {
  printf '%s\n' "$2" >&2
  return "$1"
}

# put_live: all that is ready, once all of it is on disk; each is the old or the new at every moment.
put_live() {
  flush
  while IFS= read -r live_temp && IFS= read -r live_path; do
    rename_beside "$live_path" "$live_temp"
    unsynced "${live_path%/*}"
  done < "$work/moves"
  : > "$work/moves"
  : > "$op/temps"
}

# rename_beside PATH TEMP
rename_beside() (
  enter "${1%/*}"
  mv -fT -- "$2" "${1##*/}"
)

# unsynced PATH: has to be on disk before the record or the result says so, or before it is renamed.
unsynced() {
  printf '%s\n' "$1" >> "$work/unsynced"
}

# flush: all of that is on disk.
flush() {
  [ -s "$work/unsynced" ] || return 0
  set --
  flush_last=
  while IFS= read -r flush_path; do
    [ "$flush_path" = "$flush_last" ] || [ ! -e "$flush_path" ] || set -- "$@" "$flush_path"
    flush_last=$flush_path
  done < "$work/unsynced"
  [ $# -eq 0 ] || sync -- "$@"
  : > "$work/unsynced"
}

# is_ours_alone ID KEY: true when it is ours alone and we know what was there before; otherwise the host keeps it as it is.
is_ours_alone() {
  grep -qsxF -- "owned $1" "$home/record" || {
    printf '%s is not ours; left as it is\n' "$1"
    return 1
  }
  alone_other=$(other_owner "$1" "$2")
  [ -z "$alone_other" ] || {
    printf '%s belongs to %s too; left as it is\n' "$1" "${alone_other##*/}"
    return 1
  }
  [ -e "$home/origin/$2/state" ] || {
    printf 'what was there before %s is not known; left as it is\n' "$1"
    return 1
  }
}

# restore_files (KEY PATH)...: as they were before us, with content, mode and owner.
restore_files() {
  while [ $# -gt 0 ]; do
    if is_ours_alone "file:$2" "$1"; then restore_file "$home/origin/$1" "$2"; fi
    shift 2
  done
}

# restore_file NOTE PATH
restore_file() {
  read -r restore_what restore_mode restore_user restore_group < "$1/state" || :
  restore_temp=.homeostat-$operation-0
  case $restore_what in
    absent)
      [ ! -d "${2%/*}" ] || (enter "${2%/*}" && rm -f -- "${2##*/}")
      unsynced "${2%/*}"
      remove_empty "$1/parents"
      ;;
    symlink)
      make_parents "$2"
      printf '%s\n' "${2%/*}/$restore_temp" > "$op/temps"
      printf '%s\n%s\n' "$restore_temp" "$2" > "$work/moves"
      (enter "${2%/*}" && ln -sfT -- "$(cat -- "$1/content")" "$restore_temp")
      put_live
      ;;
    file)
      make_parents "$2"
      make_one_ready "$2" "$restore_temp" "$1/content" "$restore_user" "$restore_group" "$restore_mode"
      put_live
      ;;
  esac
}

# remove_empty LIST: the directories that came with a file of ours, as far as nothing else is in them.
remove_empty() {
  [ ! -s "$1" ] || xargs -r -d '\n' -a "$1" rmdir -- 2> /dev/null || :
}

# restore_directories (KEY PATH)...: only an empty one that we made is removed; data is never deleted.
restore_directories() {
  while [ $# -gt 0 ]; do
    if is_ours_alone "directory:$2" "$1" && [ -d "$2" ] && [ ! -L "$2" ]; then
      read -r restore_what restore_mode restore_user restore_group < "$home/origin/$1/state" || :
      if [ "$restore_what" = present ]; then
        set_access "$2" "$restore_user:$restore_group" "$restore_mode"
      elif rmdir -- "$2"; then
        remove_empty "$home/origin/$1/parents"
      fi
    fi
    shift 2
  done
}
