# shellcheck shell=sh
# What a component owns on this host and what was there before it: recorded before the first touch, restored at the end.
: "${state:?}" "${home:?}" "${op:?}" "${work:?}" "${component:?}" "${generation:?}" "${newline:?}" "${keeper?}" "${reverted?}"

# read_record: what the component's record says, in variables; several lines of a kind stay lines.
read_record() {
  was_generation=0
  was_revision=
  was_verified=
  was_rejected=
  was_owned=
  [ -e "$home/record" ] || return 0
  while IFS= read -r record_line; do
    case $record_line in
      'generation '*) was_generation=${record_line#* } ;;
      'revision '*) was_revision=${record_line#* } ;;
      'verified '*) was_verified=$record_line ;;
      'rejected '*) was_rejected=$was_rejected${was_rejected:+$newline}$record_line ;;
      'owned '*) was_owned=$was_owned${was_owned:+$newline}$record_line ;;
      end) return 0 ;;
    esac
  done < "$home/record"
  # The next look finds that too, and the record is mended before this is tried again.
  printf 'the record %s is damaged\n' "$home/record"
  return 1
}

# record_text GENERATION REVISION REJECTED-LINES OWNED-LINES: what is verified stays as read_record found it; who keeps the
# component is whoever changes it.
record_text() {
  record_text="component $component
generation $1
revision $2
${keeper:+keeper $keeper$newline}${reverted:+reverted $reverted$newline}${was_verified:+$was_verified$newline}${3:+$3$newline}${4:+$4$newline}end"
}

# remember (KIND KEY NAME)...: makes these ours, after noting what was there before. KEY is the directory of that note.
remember() {
  [ -d "$home/origin" ] || mkdir -p -- "$home/origin"
  read_record
  remember_owned=$was_owned
  while [ $# -gt 0 ]; do
    case $newline$remember_owned$newline in
      *"${newline}owned $1:$3$newline"*) ;;
      *)
        note_origin "$1" "$2" "$3"
        remember_owned=$remember_owned${remember_owned:+$newline}"owned $1:$3"
        ;;
    esac
    shift 3
  done
  [ "$remember_owned" != "$was_owned" ] || return 0
  record_text "$was_generation" "$was_revision" "$was_rejected" "$remember_owned"
  write "$home/record" "$record_text"
}

# note_origin KIND KEY NAME: an older owner's note counts, because what it found is what there was.
note_origin() {
  note=$home/origin/$2
  rm -rf -- "$note" "$note.new"
  note_other=$(other_owner "$1:$3" "$2")
  if [ -n "$note_other" ] && [ -d "$note_other/origin/$2" ]; then
    cp -a -- "$note_other/origin/$2" "$note.new"
  else
    mkdir -- "$note.new"
    printf '%s\n' "$1:$3" > "$note.new/id"
    "origin_of_${1%%-*}" "$note.new" "$3" "$1"
  fi
  sync "$note.new"/*
  mv -T -- "$note.new" "$note"
  sync "$home/origin"
}

# other_owner ID KEY: the directory of another component that owns it, or nothing. Where its record is damaged, its note counts.
other_owner() {
  for other in "$state"/components/*; do
    if [ "$other" = "$home" ] || [ ! -e "$other/origin/$2" ]; then continue; fi
    if grep -qsxF -- "owned $1" "$other/record" || ! grep -qsx end "$other/record"; then
      printf '%s' "$other"
      return 0
    fi
  done
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

# is_absent PATH: fails the step where it cannot be told.
is_absent() {
  [ ! -e "$1" ] && [ ! -L "$1" ] || return 1
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

# without LINES LINE: sets `lines` to those but this one.
without() {
  lines=$newline$1$newline
  case $lines in
    *"$newline$2$newline"*) lines=${lines%%"$newline$2$newline"*}$newline${lines#*"$newline$2$newline"} ;;
  esac
  lines=${lines#"$newline"}
  lines=${lines%"$newline"}
}

# draft_record REVISION REJECTED ID...: what is to be true soon, on disk beside the record, like the target that makes it; the ids
# are no longer ours.
draft_record() {
  draft_revision=$1
  draft_reject=$2
  shift 2
  [ -d "$home/generations" ] || mkdir -p -- "$home/generations"
  read_record
  draft_owned=$was_owned
  for draft_gone do
    without "$draft_owned" "owned $draft_gone"
    draft_owned=$lines
  done
  # What is brought about again is rejected no more.
  without "$was_rejected" "rejected $draft_revision"
  draft_rejected=$lines
  if [ -n "$draft_reject" ]; then
    # What was proven last and is rejected now makes way for what was proven before it, and is brought back.
    case $was_verified in *" $draft_reject") was_verified="verified $generation $draft_revision" ;; esac
    draft_rejected=$(printf '%s\n' "$draft_rejected" "rejected $draft_reject" | awk 'NF && !seen[$0]++' | tail -n 20)
  fi
  record_text "$generation" "$draft_revision" "$draft_rejected" "$draft_owned"
  printf '%s\n' "$record_text" > "$home/record.new"
  unsynced "$home/record.new"
  draft_last_fence
  unsynced "$state/fence.new"
  draft_generation
  unsynced "$op/kept/target.json"
  unsynced "$op/kept"
  flush
}

# settle KEY...: it is true now; these are the notes of what is no longer ours. The result goes to disk with the record, and counts
# when everything else is done, too.
settle() {
  # The notes first: without them, what the record still names is left as it is.
  for settle_key do rm -rf -- "$home/origin/$settle_key"; done
  [ ! -e "$op/kept" ] || keep_generation
  mv -fT -- "$home/record.new" "$home/record"
  unsynced "$home"
  draft_result succeeded
  unsynced "$op/reserve"
  flush
  leave_fence
  : > "$work/drafted"
}

# Nothing of the component is left here, and nobody may have to bring it back.
forget_component() {
  flush
  move_away
  rm -rf -- "$state/components/.$component.gone"
}
