# shellcheck shell=sh
# What a component owns on this host: recorded before the first touch, together with what was there before.
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
  read_record
  remember_owned=$was_owned
  remember_left=$#
  while [ "$remember_left" -gt 0 ]; do
    case $newline$remember_owned$newline in
      *"${newline}owned $1:$3$newline"*) ;;
      *)
        set -- "$@" "$1" "$2" "$3"
        remember_owned=$remember_owned${remember_owned:+$newline}"owned $1:$3"
        ;;
    esac
    shift 3
    remember_left=$((remember_left - 3))
  done
  [ $# -gt 0 ] || return 0
  note_origins "$@"
  record_text "$was_generation" "$was_revision" "$was_rejected" "$remember_owned"
  write "$home/record" "$record_text"
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
