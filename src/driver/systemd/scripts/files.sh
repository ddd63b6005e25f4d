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

make_directories() {
  while [ $# -gt 0 ]; do
    if [ ! -d "$1" ]; then
      (umask 022 && mkdir -p -- "${1%/*}")
      mkdir -- "$1"
    fi
    chown -- "$2:$3" "$1"
    chmod -- "$4" "$1"
    shift 4
  done
}

# put (PATH OWNER GROUP MODE)...: every file is ready beside its place, on disk, before the first one goes live.
put() {
  put_number=0
  for put_argument do
    case $put_argument in /*) ;; *) continue ;; esac
    [ ! -d "$put_argument" ] || [ -L "$put_argument" ] || refuse "$put_argument is a directory"
  done
  : > "$op/moves"
  while [ $# -gt 0 ]; do
    put_directory=${1%/*}
    [ -d "$put_directory/" ] || (umask 022 && mkdir -p -- "$put_directory")
    put_temp=$put_directory/.homeostat-$operation-$put_number
    printf '%s\n' "$put_temp" >> "$op/temps"
    printf '%s\n%s\n' "$put_temp" "$1" >> "$op/moves"
    install -o "$2" -g "$3" -m "$4" -T -- "$op/root$1" "$put_temp"
    put_number=$((put_number + 1))
    shift 4
  done
  xargs -r -d '\n' -a "$op/temps" sync --
  while IFS= read -r put_temp && IFS= read -r put_path; do
    mv -fT -- "$put_temp" "$put_path"
    sync -- "${put_path%/*}/"
  done < "$op/moves"
  rm -f -- "$op/temps" "$op/moves"
}

# is_ours_alone ID KEY: true when it is ours alone and we know what was there before; otherwise the host keeps it as it is.
is_ours_alone() {
  grep -qsxF -- "owned $1" "$home/record" || {
    printf '%s is not ours; left as it is\n' "$1"
    return 1
  }
  alone_other=$(other_owner "$1")
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

restore_file() {
  read -r restore_what restore_mode restore_user restore_group < "$1/state" || :
  [ "$restore_what" = absent ] || (umask 022 && mkdir -p -- "${2%/*}")
  restore_temp=${2%/*}/.homeostat-$operation-0
  printf '%s\n' "$restore_temp" > "$op/temps"
  case $restore_what in
    absent)
      rm -f -- "$2"
      remove_empty "$1/parents"
      ;;
    symlink)
      ln -sfT -- "$(cat -- "$1/content")" "$restore_temp"
      mv -fT -- "$restore_temp" "$2"
      ;;
    file)
      install -o "$restore_user" -g "$restore_group" -m "$restore_mode" -T -- "$1/content" "$restore_temp"
      sync -- "$restore_temp"
      mv -fT -- "$restore_temp" "$2"
      ;;
  esac
  [ ! -d "${2%/*}" ] || sync -- "${2%/*}/"
  rm -f -- "$op/temps"
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
        chown -- "$restore_user:$restore_group" "$2"
        chmod -- "$restore_mode" "$2"
      elif rmdir -- "$2"; then
        remove_empty "$home/origin/$1/parents"
      fi
    fi
    shift 2
  done
}
