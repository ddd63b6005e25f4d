# shellcheck shell=sh
# Files and directories: staged whole, checked, put live by renaming, taken back to what was there before.
: "${state:?}" "${home:?}" "${op:?}" "${component:?}" "${operation:?}" "${newline:?}"

# borrow (SHA256 PATH)...: stages live files that do not change, so that checkers find everything in its place.
borrow() {
  borrow_sums=
  borrow_words=$#
  while [ "$borrow_words" -gt 0 ]; do
    borrow_sums="$borrow_sums$1  $op/root$2$newline"
    set -- "$@" "$2"
    shift 2
    borrow_words=$((borrow_words - 2))
  done
  [ -d "$op/root" ] || mkdir -- "$op/root"
  cp --parents -- "$@" "$op/root"
  printf '%s' "$borrow_sums" | sha256sum --check --quiet --strict -
}

# validate COMMAND...: the component's own checker; what it refuses stays refused.
validate() {
  validate_code=0
  bounded "$@" || validate_code=$?
  case $validate_code in
    0 | 124 | 137) ;;
    *) : > "$op/certain" ;;
  esac
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

# put (PATH OWNER GROUP MODE)...: every file is ready beside its place, on disk, before the first one goes live.
put() {
  put_number=0
  : > "$op/moves"
  while [ $# -gt 0 ]; do
    [ ! -d "$1" ] || [ -L "$1" ] || refuse "$1 is a directory; move it away to let this component have the place"
    make_parents "$1"
    put_ready "$1" ".homeostat-$operation-$put_number" "$op/root$1" "$2" "$3" "$4"
    put_number=$((put_number + 1))
    shift 4
  done
  while IFS= read -r put_temp && IFS= read -r put_path; do
    put_live "$put_path" "$put_temp"
  done < "$op/moves"
  rm -f -- "$op/temps" "$op/moves"
}

# put_ready PATH TEMP SOURCE OWNER GROUP MODE: TEMP, beside PATH, is as PATH shall be.
put_ready() (
  printf '%s\n' "${1%/*}/$2" >> "$op/temps"
  printf '%s\n%s\n' "$2" "$1" >> "$op/moves"
  enter "${1%/*}"
  install -o "$4" -g "$5" -m "$6" -T -- "$3" "$2"
  sync "$2"
)

# put_live PATH TEMP: PATH is the old or the new, at every moment.
put_live() (
  enter "${1%/*}"
  mv -fT -- "$2" "${1##*/}"
  sync .
)

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
      [ ! -d "${2%/*}" ] || (enter "${2%/*}" && rm -f -- "${2##*/}" && sync .)
      remove_empty "$1/parents"
      ;;
    symlink)
      make_parents "$2"
      printf '%s\n' "${2%/*}/$restore_temp" > "$op/temps"
      (enter "${2%/*}" && ln -sfT -- "$(cat -- "$1/content")" "$restore_temp")
      put_live "$2" "$restore_temp"
      ;;
    file)
      make_parents "$2"
      put_ready "$2" "$restore_temp" "$1/content" "$restore_user" "$restore_group" "$restore_mode"
      put_live "$2" "$restore_temp"
      ;;
  esac
  rm -f -- "$op/temps" "$op/moves"
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
